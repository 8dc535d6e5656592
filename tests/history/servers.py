"""Plain HTTP to both servers, and what of their answers is compared."""

import gzip
import http.client
import json


class Server:
    """One server, asked over one connection that is opened again when it was closed."""

    def __init__(self, name, port):
        self.name = name
        self.port = port
        self.connection = None

    def get(self, path, headers=None, method="GET"):
        """Status, content type, body, headers."""
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            try:
                self.connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in (headers or {}).items():
                    self.connection.putheader(name, value)
                self.connection.endheaders()
                answer = self.connection.getresponse()
                body = answer.read()
                break
            except (http.client.HTTPException, ConnectionError, BrokenPipeError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise
        if answer.getheader("Connection", "").lower() == "close":
            self.connection.close()
            self.connection = None
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return answer.status, answer.getheader("Content-Type"), body, answer

    def json(self, path):
        status, _, body, _ = self.get(path)
        if status != 200:
            raise AssertionError(f"{self.name} {path}: {status} {body[:200]!r}")
        return json.loads(body)
