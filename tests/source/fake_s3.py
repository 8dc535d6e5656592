"""A store that speaks as much of S3 as a reader of logs asks for, and misbehaves on demand: the first word of a bucket's
name says how. It serves the files of one directory and checks no signatures."""
import http.server
import os
import random
import socket
import struct
import threading
import time
import urllib.parse
import zlib
from xml.sax.saxutils import escape

HTML = b"<html><body>Please log in</body></html>"
STAMP = "2026-11-20T10:00:00.000Z"


class Store:
    """What is served, and what was asked."""

    def __init__(self, directory):
        self.random = random.Random(7)
        self.lock = threading.Lock()
        self.seen = {}
        self.lists = self.reads = 0
        self.objects = {}
        self.versions = {}
        self.tags = {}
        for folder, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    self.objects[os.path.relpath(path, directory)] = file.read()

    def tag(self, content):
        """Says which content it is; of a large one that takes too long to be found out for every range."""
        if id(content) not in self.tags:
            self.tags[id(content)] = content, zlib.crc32(content)
        return self.tags[id(content)][1]

    def times(self, what):
        """How often this was asked before."""
        with self.lock:
            self.seen[what] = self.seen.get(what, 0) + 1
            return self.seen[what] - 1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        bucket, _, key = urllib.parse.unquote(url.path).lstrip("/").partition("/")
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        mode = bucket.split("-")[0]
        if mode == "silent":
            time.sleep(120)
            return
        if mode == "storm" or mode == "busy" and self.store.times((bucket, self.path, self.headers.get("Range"))) < 2:
            return self.fail(503, "SlowDown", "Please reduce your request rate.")
        if key:
            self.read(mode, key)
        else:
            self.list(mode, bucket, query)

    def fail(self, status, code, message):
        body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'.encode()
        self.answer(status, body, {"Content-Type": "application/xml"})

    def answer(self, status, body, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def list(self, mode, bucket, query):
        self.store.lists += 1
        if mode == "htmllist":
            return self.answer(200, HTML, {"Content-Type": "text/html"})
        prefix, size = query.get("prefix", ""), int(query.get("max-keys", 1000))
        keys = sorted(key for key in self.store.objects if key.startswith(prefix))
        # Never in the order of keys, as some stores do.
        keys.sort(key=lambda key: zlib.crc32(key.encode()))
        start = int(query.get("continuation-token", 0))
        page, more = keys[start:start + size], start + size < len(keys)
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{STAMP}</LastModified>"
            f"<Size>{len(self.store.objects[key])}</Size></Contents>" for key in page)
        token = f"<NextContinuationToken>{start + size}</NextContinuationToken>" if more else ""
        body = (f'<?xml version="1.0"?><ListBucketResult><Name>{bucket}</Name><IsTruncated>{str(more).lower()}'
                f"</IsTruncated>{token}{contents}</ListBucketResult>")
        self.answer(200, body.encode(), {"Content-Type": "application/xml"})

    def read(self, mode, key):
        self.store.reads += 1
        content = self.store.objects.get(key)
        if content is None:
            return self.fail(404, "NoSuchKey", "The specified key does not exist.")
        if mode == "html":
            return self.answer(200, HTML, {"Content-Type": "text/html"})
        version = 1
        if mode == "replaced":
            # Another writer comes between the first range and the second.
            version = min(2, 1 + self.store.times(("replaced", key)))
            content = self.store.versions.get((key, version), content)
        tag = f'"{self.store.tag(content):08x}-{version}"'
        if self.headers.get("If-Match") not in (None, tag):
            return self.fail(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        first, last = int(first), min(int(last), len(content) - 1)
        if first >= len(content):
            return self.fail(416, "InvalidRange", "The requested range is not satisfiable")
        body = content[first:last + 1]
        self.send_response(206)
        self.send_header("ETag", tag)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.body(mode, key, body)

    def body(self, mode, key, body):
        # By key and not by place: an answer that goes on where a cut one ended is whole.
        asked = self.store.times((mode, key))
        cut = self.store.random.randrange(len(body) + 1)
        if mode == "cut" and asked == 0:
            self.wfile.write(body[:cut])
            self.close_connection = True
        elif mode == "reset" and self.store.random.random() < 0.05:
            self.wfile.write(body[:cut])
            self.wfile.flush()
            # Closing with nothing left to linger for sends a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif mode == "stall" and asked == 0 and self.store.times("stalls") < 3:
            self.wfile.write(body[:cut])
            self.wfile.flush()
            time.sleep(60)
        elif mode == "stuck":
            self.wfile.write(body[:len(body) // 2])
            self.wfile.flush()
            time.sleep(60)
        else:
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that hang up are what is tested


class FakeS3:
    def __init__(self, directory):
        self.store = Store(directory)
        handler = type("OwnHandler", (Handler,), {"store": self.store})
        self.server = Server(("127.0.0.1", 0), handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
