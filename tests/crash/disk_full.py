"""A full disk: a clear error, the published file untouched, nothing left behind.

    python disk_full.py --shh PROGRAM [--dir FOLDER]

As root the database lies on a small tmpfs (and on a small ext4 where loop devices can be had), of many sizes from `holds
the database and nothing more` up to `enough`, so that the disk is full while copying, appending, checkpointing. Where
nothing can be mounted, a limit on the size of files (RLIMIT_FSIZE) stands in for it.
"""
import os
import resource
import shutil
import signal
import subprocess

import common
import corpus
from common import check

KNOWN, NEW = 60, 200
PAGE = 4096


class Tmpfs:
    name = "tmpfs"

    def __init__(self, folder):
        self.path = os.path.join(folder, "tmpfs")
        os.makedirs(self.path, exist_ok=True)

    def mount(self, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "shh-test", self.path], check=True, capture_output=True)

    def unmount(self):
        subprocess.run(["umount", self.path], check=True, capture_output=True)

    def options(self):
        return {}


class Ext4(Tmpfs):
    name = "ext4"

    def __init__(self, folder):
        self.path, self.image = os.path.join(folder, "ext4"), os.path.join(folder, "ext4.image")
        os.makedirs(self.path, exist_ok=True)

    def mount(self, size):
        with open(self.image, "wb") as file:
            file.truncate(size + (2 << 20))  # its own tables
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-O", "^has_journal", self.image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.path], check=True, capture_output=True)


class FileLimit:
    """No file may grow beyond a size."""

    name = "RLIMIT_FSIZE"

    def __init__(self, folder):
        self.path, self.size = os.path.join(folder, "limit"), None

    def mount(self, size):
        os.makedirs(self.path)
        self.size = size

    def unmount(self):
        shutil.rmtree(self.path)

    def options(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error of the write instead
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.size))

        return {"preexec_fn": limit, "restore_signals": False}


def can_mount(disk):
    try:
        disk.mount(1 << 20)
        disk.unmount()
        return True
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{disk.name} cannot be mounted here: {getattr(error, 'stderr', b'') or error}")
        return False


def sizes(held, small, large):
    """Too small for the copy, for what is appended to its log, for the checkpoint; and enough."""
    copy = [held + small * part // 4 for part in (1, 2, 3)]
    append = [held + small + (100 << 10) * part for part in range(1, 9)]
    checkpoint = [held + small + (1 << 20) + (large - small) * part // 4 for part in (1, 2, 3)]
    return [size // PAGE * PAGE for size in (*copy, *append, *checkpoint, held + large + (2 << 20), held + large + (8 << 20))]


def first_lines(err):
    lines = [line.strip() for line in err.splitlines() if not line.startswith("hint: ")]
    return " / ".join(line[:110] for line in lines[:3])


def check_error(what, status, err):
    check(status == 1, f"{what}: exit status {status}: {err}")
    check(err.startswith("error: ") and "\nhint: " in err, f"{what}: no error and hint: {err}")
    check(any(word in err for word in ("room", "No space", "too large")), f"{what}: does not say that the disk is full: {err}")
    check("panicked" not in err, f"{what}: {err}")


def attempt(shh, disk, size, logs, base, expected):
    """An ingest on a disk of this size: what it says first, or None when it succeeded."""
    disk.mount(size)
    try:
        database = os.path.join(disk.path, "shh.duckdb")
        shutil.copyfile(base, database)
        before = common.bytes_of(database)
        status, out, err = common.ingest(shh, logs, database, **disk.options())
        what = f"{disk.name} of {size >> 10} KiB"
        check(common.litter(database) == [] or (disk.name == "ext4" and common.litter(database) == ["lost+found"]),
              f"{what}: left behind: {common.litter(database)} (exit status {status})")
        if status == 0:
            differs = common.difference(common.contents(database), expected)
            check(differs is None, f"{what}: other rows than with room: {differs}")
            return None
        check_error(what, status, err)
        check("published file is untouched" in err, f"{what}: does not say that the published file is untouched: {err}")
        check(out == "", f"{what}: prints a summary: {out}")
        check(common.bytes_of(database) == before, f"{what}: the published file is not as it was")
        return first_lines(err)
    finally:
        disk.unmount()


def main():
    parsed = common.arguments(__doc__)
    with common.Folder(parsed) as folder:
        logs, base, full = (os.path.join(folder, name) for name in ("logs", "base.duckdb", "full.duckdb"))
        corpus.make(logs, KNOWN)
        common.ingest_ok(parsed.shh, logs, base)
        corpus.make(logs, NEW, first=KNOWN)
        shutil.copyfile(base, full)
        common.ingest_ok(parsed.shh, logs, full)
        expected = common.contents(full)
        small, large = os.path.getsize(base), os.path.getsize(full)
        print(f"database {small >> 10} KiB, with the new logs {large >> 10} KiB")
        tried, disks = [], []
        # Mounted disks hold the old and the new file; a limit on files only meets the new one.
        for disk, held in [(Tmpfs(folder), small), (Ext4(folder), small), (FileLimit(folder), 0)]:
            if disk.name != FileLimit.name and not can_mount(disk):
                continue
            disks.append(disk)
            failed, succeeded = 0, 0
            for size in sizes(held, small, large):
                said = attempt(parsed.shh, disk, size, logs, base, expected)
                failed, succeeded = failed + (said is not None), succeeded + (said is None)
                print(f"{disk.name} {size >> 10:6} KiB: {said or 'succeeded'}", flush=True)
            check(failed >= 8, f"{disk.name}: only {failed} sizes were too small")
            check(succeeded >= 1, f"{disk.name}: none of the sizes was enough")
            tried.append(f"{disk.name}: {failed} full, {succeeded} with room")

        # No database yet, and no room for one.
        disk = disks[0]
        for size in (16 << 10, 64 << 10, 256 << 10, large // 4 // PAGE * PAGE, large // 2 // PAGE * PAGE):
            disk.mount(size)
            try:
                database = os.path.join(disk.path, "shh.duckdb")
                status, _, err = common.ingest(parsed.shh, logs, database, **disk.options())
                what = f"first ingest, {disk.name} of {size >> 10} KiB"
                print(f"{what}: {first_lines(err)}")
                check_error(what, status, err)
                check(set(os.listdir(disk.path)) <= {"shh.duckdb.lock", "lost+found"}, f"{what}: left behind: {os.listdir(disk.path)}")
            finally:
                disk.unmount()
    common.finish("; ".join(tried))


if __name__ == "__main__":
    main()
