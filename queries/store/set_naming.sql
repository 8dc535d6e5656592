update naming set fingerprint = ?
