"""Clients that do not behave, each of its own sort, all at once. Each says what the server may answer to it."""

import asyncio
import collections
import os
import random
import socket
import struct
import time

import wire

IDLE = 500
SLOW = 40
SLOW_S = 100
HALF_OPEN = 40
HEADER_BYTES = 100_000_000

METHODS = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"]
TRICKS = [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/api/v1/%2e%2e/%2e%2e/etc/passwd",
    "/api/v1/applications/..%2f..%2fetc%2fpasswd/jobs", "/api/v1/applications/%00/jobs", "/api/v1//applications",
    "/api/v1/applications/../../../etc/passwd", "/assets/../../../etc/passwd", "/assets/..%5c..%5cCargo.toml", "/%", "//health",
    "/api/v1/applications/%ff%fe", "/api/v1/applications/" + "a" * 5000 + "/jobs", "/" + "a" * 20_000,
    "/api/v1/applications/eventlog_v2_x/logs", "/api/v1/applications/$(id)/jobs", "/api/v1/applications/'%20or%201=1/jobs",
]
BROKEN = [
    b"GET /health\r\n\r\n", b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"\r\n" * 50,
    b"GET /health HTTP/1.1\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /x",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\n folded: line\r\n\r\n", b"GET /health HTTP/1.1\r\nHost localhost\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /api/v1/reports/apps?limit=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/v1/applications?limit=x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/v1/applications?minDate=never HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/v1/applications/nobody/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /api/v1/reports/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + b"a" * 40_000 + b"\r\n\r\n",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 300 + b"\r\n",
]
REFUSALS = {400, 401, 404, 405, 406, 414, 421, 431, 505}


class Hostile:
    def __init__(self, port, paths, ends):
        self.port, self.paths, self.ends = port, paths, ends
        self.large = [path for path, status in paths if status == 200 and ("taskList" in path or "openapi" in path or path.endswith("/sql"))]
        self.done = collections.Counter()
        self.errors = []

    def is_on(self):
        return time.time() < self.ends

    def wrong(self, what, got):
        self.errors.append(f"{what}: {got}")

    async def valid(self, seed):
        """Asks for everything that there is, each time over another connection."""
        rng = random.Random(seed)
        while self.is_on():
            path, expected = rng.choice(self.paths)
            method = "HEAD" if rng.random() < 0.1 else "GET"
            got = await wire.ask(self.port, wire.request(path, method, ["Connection: close"]), method)
            self.done["valid"] += 1
            if got is None or got[0] != expected:
                self.wrong(f"{method} {path}", f"{got and got[0]} for {expected} {got and got[2][:300]!r}")
            await asyncio.sleep(0.02)

    async def refused(self, seed):
        """Other methods, path tricks, broken requests: refused by 4xx or by closing, never by 5xx or silence."""
        rng = random.Random(seed)
        while self.is_on():
            sort = rng.randrange(3)
            if sort == 0:
                method = rng.choice(METHODS)
                sent, allowed = wire.request(rng.choice(self.paths)[0], method, ["Content-Length: 0", "Connection: close"]), {400, 405}
            elif sort == 1:
                sent, allowed = wire.request(rng.choice(TRICKS), headers=["Connection: close"]), {400, 404, 414}
            else:
                sent, allowed = rng.choice(BROKEN), REFUSALS
            got = await wire.ask(self.port, sent)
            self.done["refused"] += 1
            if got is not None and got[0] not in allowed:
                self.wrong(f"{sent[:80]!r}", got[0])
            if got is not None and b"root:" in got[2]:
                self.wrong(f"{sent[:80]!r}", "a file of the system")
            await asyncio.sleep(0.02)

    async def noise(self, seed):
        """Requests with bytes of theirs changed, and bytes that are none. Whatever is answered is no 5xx."""
        rng = random.Random(seed)
        while self.is_on():
            sent = bytearray(wire.request(rng.choice(self.paths)[0], headers=["Connection: close"]))
            for _ in range(rng.randrange(1, 6)):
                sent[rng.randrange(len(sent))] = rng.randrange(256)
            # Some are no end of a request: those wait until they are cut off.
            try:
                got = await wire.ask(self.port, bytes(sent), seconds=20)
            except (asyncio.TimeoutError, ValueError, IndexError):
                got = (0, {}, b"") if b"\r\n\r\n" not in sent else None
            self.done["noise"] += 1
            if got is not None and got[0] >= 500:
                self.wrong(f"{bytes(sent)[:80]!r}", f"{got[0]} {got[2][:300]!r}")
            await asyncio.sleep(0.02)

    async def slow(self, seed):
        """Asks for much, and takes ten bytes a second."""
        rng = random.Random(seed)
        while self.is_on():
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            began = time.time()
            try:
                await loop.sock_connect(client, (wire.HOST, self.port))
                await loop.sock_sendall(client, wire.request(rng.choice(self.large)) * 60)
                while self.is_on() and await asyncio.wait_for(loop.sock_recv(client, 10), 40):
                    await asyncio.sleep(1)
                    # What the system has taken it goes on to hand out; the server is to have let go.
                    if time.time() - began > SLOW_S:
                        if wire.is_established(self.port, client.getsockname()[1]):
                            self.wrong("a client that takes ten bytes a second", f"is held for more than {SLOW_S} s")
                        break
            except (ConnectionError, asyncio.TimeoutError):
                pass
            finally:
                client.close()
            self.done["slow readers"] += 1
            await asyncio.sleep(rng.random())

    async def half_open(self, seed):
        """Begins a request and says no more; or ends its side; or resets in the middle of an answer."""
        rng = random.Random(seed)
        while self.is_on():
            reader, writer = await wire.connect(self.port)
            sort = rng.randrange(3)
            try:
                if sort == 0:
                    writer.write(b"GET /health HTTP/1.1\r\nHost: lo")
                    # Cut off by the server.
                    await asyncio.wait_for(reader.read(), 40)
                elif sort == 1:
                    path, expected = rng.choice(self.paths)
                    writer.write(wire.request(path))
                    writer.write_eof()
                    got = await asyncio.wait_for(wire.answer(reader), 60)
                    if got is not None and got[0] != expected:
                        self.wrong(f"half-closed {path}", got[0])
                else:
                    writer.write(wire.request(rng.choice(self.large)) * 3)
                    await reader.read(100)
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            except asyncio.TimeoutError:
                self.wrong("half a request", "is waited for longer than 40 s")
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()
            self.done["half-open"] += 1
            await asyncio.sleep(rng.random())

    async def idle(self, seed):
        """Connects and does nothing, again and again."""
        await asyncio.sleep(seed / IDLE * 5)
        while self.is_on():
            try:
                reader, writer = await wire.connect(self.port)
                await asyncio.wait_for(reader.read(), 60)
                writer.close()
            except ConnectionError:
                pass
            except asyncio.TimeoutError:
                self.wrong("an idle connection", "is kept for more than 60 s")
            self.done["idle"] += 1

    async def long_header(self, _):
        """A header of 100 MB: cut off long before its end."""
        piece = b"a" * (1 << 20)
        while self.is_on():
            reader, writer = await wire.connect(self.port)
            sent = 0
            try:
                writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
                while sent < HEADER_BYTES:
                    writer.write(piece)
                    await asyncio.wait_for(writer.drain(), 40)
                    sent += len(piece)
                self.wrong("a header of 100 MB", "was taken")
            except (ConnectionError, asyncio.TimeoutError):
                pass
            finally:
                writer.close()
            self.done["long headers"] += 1
            await asyncio.sleep(1)

    async def everything(self):
        tasks = []
        for count, sort in ((8, self.valid), (4, self.refused), (4, self.noise), (SLOW, self.slow), (HALF_OPEN, self.half_open),
                            (IDLE, self.idle), (2, self.long_header)):
            tasks += [asyncio.create_task(self.guarded(sort, seed)) for seed in range(count)]
        await asyncio.sleep(self.ends - time.time())
        # What waits for an answer may have it; who only waits is ended.
        await asyncio.wait(tasks, timeout=5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def guarded(self, sort, seed):
        try:
            await sort(seed)
        except Exception as error:  # what the test does not expect is a failure, too
            if self.is_on():
                self.wrong(sort.__name__, f"{type(error).__name__}: {error}")


def run(port, paths, ends, queue):
    # The processors are for the server and those who behave.
    os.nice(10)
    hostile = Hostile(port, paths, ends)
    asyncio.run(hostile.everything())
    queue.put({"done": dict(hostile.done), "errors": hostile.errors})
