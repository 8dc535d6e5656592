"""HTTP over a plain socket, so that a client can be as wrong as it likes."""

import asyncio

HOST = "127.0.0.1"


async def connect(port, limit=1 << 20):
    return await asyncio.wait_for(asyncio.open_connection(HOST, port, limit=limit), 10)


def request(path, method="GET", headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def answer(reader, method="GET"):
    """Status, header lines by lower-case name, body. None where the server closed without an answer."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    status = int(first.split(" ")[1])
    if method == "HEAD" or status in (204, 304):
        return status, headers, b""
    if "content-length" in headers:
        return status, headers, await reader.readexactly(int(headers["content-length"]))
    if headers.get("transfer-encoding", "").lower() == "chunked":
        pieces = []
        while size := int(await line_of(reader), 16):
            pieces.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readline()
        return status, headers, b"".join(pieces)
    return status, headers, await reader.read()


async def line_of(reader):
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise asyncio.IncompleteReadError(line, None)
    return line


async def ask(port, sent, method="GET", seconds=60):
    """Sends these bytes over a connection of their own; what came back, None if nothing did."""
    reader, writer = await connect(port)
    try:
        try:
            writer.write(sent)
            await writer.drain()
        except ConnectionError:
            # It may have answered, and closed, before it had everything.
            pass
        return await asyncio.wait_for(answer(reader, method), seconds)
    except (ConnectionError, asyncio.IncompleteReadError):
        return None
    finally:
        writer.close()


def is_established(server, client):
    """Whether the server's end of the connection from this port is open."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            _, local, remote, state = line.split()[:4]
            if int(local.split(":")[1], 16) == server and int(remote.split(":")[1], 16) == client:
                # 01 open; 08 its client has closed, it has not.
                return state in ("01", "08")
    return False
