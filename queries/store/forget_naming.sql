-- A new file says that nothing was named yet; what it says next comes from the old one.
delete from naming
