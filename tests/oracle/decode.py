"""Event-log files -> lines. Independent of the Rust code: plain Python, one function per format.

    python decode.py FILE            prints the decoded text
    python decode.py --list DIR...   prints the logs found, one line each: name, in progress or not, files
"""
import os
import re
import struct
import sys
import zlib

import cramjam
import lz4.block
import xxhash
import zstandard

# ---------------------------------------------------------------- decoding
# Every decoder yields pieces of bytes and raises Damaged (after yielding what was good) when the stream is
# cut or broken.


class Damaged(Exception):
    pass


def plain(data):
    yield data


def zstd(data):
    # Many concatenated frames; read() crosses frames and simply ends where the data end, even inside a frame.
    reader = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True)
    while True:
        try:
            piece = reader.read(1 << 16)
        except zstandard.ZstdError as error:
            raise Damaged(f"zstd: {error}")
        if not piece:
            return
        yield piece


def lz4_block(data):
    # net.jpountz LZ4BlockOutputStream (reference, section 2.2). NOT the LZ4 frame format.
    at = 0
    while at < len(data):
        if len(data) - at < 21:
            raise Damaged("lz4: cut header")
        if data[at : at + 8] != b"LZ4Block":
            raise Damaged("lz4: no magic")
        token, packed, original, check = struct.unpack_from("<Biii", data, at + 8)
        body = data[at + 21 : at + 21 + packed]
        at += 21 + packed
        if packed < 0 or original < 0 or len(body) < packed:
            raise Damaged("lz4: cut block")
        if original == 0:
            continue  # end mark; another stream may follow
        try:
            out = body if token & 0xF0 == 0x10 else lz4.block.decompress(body, uncompressed_size=original)
        except lz4.block.LZ4BlockError as error:
            raise Damaged(f"lz4: {error}")
        if len(out) != original or xxhash.xxh32_intdigest(out, 0x9747B28C) & 0x0FFFFFFF != check:
            raise Damaged("lz4: checksum")
        yield out


XERIAL = b"\x82SNAPPY\x00"


def snappy(data):
    at = 0
    while at < len(data):
        if data[at : at + 4] == XERIAL[:4]:  # first header, or a concatenated stream
            at += 16
            continue
        if len(data) - at < 4:
            raise Damaged("snappy: cut length")
        (length,) = struct.unpack_from(">i", data, at)
        body = data[at + 4 : at + 4 + length]
        if length < 0 or len(body) < length:
            raise Damaged("snappy: cut chunk")
        at += 4 + length
        try:
            yield bytes(cramjam.snappy.decompress_raw(body))
        except cramjam.DecompressionError as error:
            raise Damaged(f"snappy: {error}")


def lzf_payload(body, size):
    out = bytearray()
    i = 0
    while i < len(body):
        control = body[i]
        i += 1
        if control < 32:
            out += body[i : i + control + 1]
            i += control + 1
        else:
            length = control >> 5
            if length == 7:
                length += body[i]
                i += 1
            start = len(out) - (((control & 31) << 8) | body[i]) - 1
            i += 1
            if start < 0:
                raise Damaged("lzf: reference before the start")
            for k in range(start, start + length + 2):
                out.append(out[k])
    if len(out) != size:
        raise Damaged("lzf: wrong length")
    return bytes(out)


def lzf(data):
    at = 0
    while at < len(data):
        if data[at : at + 2] != b"ZV":
            raise Damaged("lzf: no magic")
        try:
            kind, length = struct.unpack_from(">BH", data, at + 2)
            head, size = (5, length) if kind == 0 else (7, struct.unpack_from(">H", data, at + 5)[0])
        except struct.error:
            raise Damaged("lzf: cut header")
        body = data[at + head : at + head + length]
        if len(body) < length:
            raise Damaged("lzf: cut chunk")
        at += head + length
        try:
            yield body if kind == 0 else lzf_payload(body, size)
        except IndexError:
            raise Damaged("lzf: broken payload")


def gzip(data):
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            yield member.decompress(data) + member.flush()
        except zlib.error as error:
            raise Damaged(f"gzip: {error}")
        if not member.eof:
            raise Damaged("gzip: cut")
        data = member.unused_data


def decoder_of(data):
    """Magic bytes decide, never the extension (definitions 20)."""
    if re.match(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", data):
        return zstd
    if data.startswith(b"LZ4Block"):
        return lz4_block
    if data.startswith(XERIAL):
        return snappy
    if data.startswith(b"ZV"):
        return lzf
    if data.startswith(b"\x1f\x8b"):
        return gzip
    return plain


def lines_of_file(path):
    """(lines as bytes, damaged or not). A cut last line is a line too: it will fail as JSON and be skipped."""
    with open(path, "rb") as file:
        data = file.read()
    pieces, damaged = [], False
    try:
        for piece in decoder_of(data)(data):
            pieces.append(piece)
    except Damaged:
        damaged = True
    if decoder_of(data) is zstd and not damaged:
        damaged = zstd_is_cut(data)
    return b"".join(pieces).split(b"\n"), damaged


def zstd_is_cut(data):
    """stream_reader does not tell a cut last frame from a clean end: walk the frames' block headers."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            return True
        (magic,) = struct.unpack_from("<I", data, at)
        if magic & 0xFFFFFFF0 == 0x184D2A50:  # skippable frame
            at += 8 + struct.unpack_from("<I", data, at + 4)[0]
            continue
        if magic != 0xFD2FB528:
            return True
        flags = data[at + 4]
        single, checksum = flags >> 5 & 1, flags >> 2 & 1
        at += 5 + (0 if single else 1) + (0, 1, 2, 4)[flags & 3] + ((1 if single else 0), 2, 4, 8)[flags >> 6]
        last = False
        while not last:
            if len(data) - at < 3:
                return True
            head = int.from_bytes(data[at : at + 3], "little")
            last, kind, size = head & 1, head >> 1 & 3, head >> 3
            at += 3 + (1 if kind == 1 else size)  # kind 1: one byte repeated
        at += 4 if checksum else 0
        if at > len(data):
            return True
    return False


# ---------------------------------------------------------------- layout


class Log:
    """One event log: its path, the files to read in order, and whether its name says `in progress`.

    Reading notes what quality needs: events, malformed lines, decoded bytes, whether the stream is damaged."""

    def __init__(self, path, files, in_progress):
        self.path, self.files, self.in_progress = path, files, in_progress
        self.events = self.malformed = self.decoded_bytes = 0
        self.damaged = False

    def lines(self):
        """All lines; a damaged stream ends the log, later rolled files included (definitions 20)."""
        for path in self.files:
            lines, self.damaged = lines_of_file(path)
            self.decoded_bytes += sum(map(len, lines)) + len(lines) - 1
            yield from lines
            if self.damaged:
                return


def skipped_name(name):
    return name.startswith(".") or name.endswith(".crc")


class Rejected:
    """A rolling directory that Spark would not read."""

    def __init__(self, path):
        self.path = path


def rolling_log(path):
    """A directory `eventlog_v2_*` (reference, section 1.2), or None when Spark would reject it."""
    names = sorted(name for name in os.listdir(path) if not skipped_name(name))
    status = [name for name in names if name.startswith("appstatus_")]
    events = []
    for name in names:
        # `events_<n>_<rest>`; a left-over `.compact.inprogress` is ignored.
        match = re.match(r"events_(\d+)_", name)
        if match and not name.endswith(".compact.inprogress"):
            events.append((int(match.group(1)), name.endswith(".compact"), name))
    if not status or not events:
        return None
    events.sort()  # by index; `.compact` just after the plain file of the same index
    compacts = [i for i, (_, compact, _) in enumerate(events) if compact]
    if compacts:
        events = events[compacts[-1] :]
    indices = [index for index, _, _ in events]
    if indices != list(range(indices[0], indices[0] + len(indices))):
        return None
    in_progress = status[0].endswith(".inprogress")  # the first found decides: Spark's rule
    return Log(path, [os.path.join(path, name) for _, _, name in events], in_progress)


def find_logs(directory, rejected=None):
    """Every log below a directory, sorted by path. Directories other than `eventlog_v2_*` are entered, but for those
    that begin with `_`, where Hadoop keeps what is not finished. `rejected`: a list for what Spark would not read."""
    logs = []
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if skipped_name(name):
            continue
        if os.path.isdir(path):
            if name.startswith("eventlog_v2_"):
                log = rolling_log(path)
                logs += [log] if log else []
                if not log and rejected is not None:
                    rejected.append(Rejected(path))
            elif not name.startswith("_"):
                logs += find_logs(path, rejected)
        elif os.path.isfile(path) and os.path.getsize(path) > 0:
            logs.append(Log(path, [path], name.endswith(".inprogress")))
    return logs


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        for directory in sys.argv[2:]:
            for log in find_logs(directory):
                print(log.path, "in progress" if log.in_progress else "complete", *map(os.path.basename, log.files))
    else:
        for line in lines_of_file(sys.argv[1])[0]:
            sys.stdout.buffer.write(line + b"\n")
