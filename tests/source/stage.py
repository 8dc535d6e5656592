"""What the source tests share: the program, the servers of one run, comparing what was ingested."""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "crash"))
from common import check, contents, difference, finish  # noqa: E402,F401

import corpus  # noqa: E402
import servers  # noqa: E402
from fake_s3 import FakeS3  # noqa: E402

# What a store does not keep as it was: times, and where the log lies.
TIMES = {"modified_ms", "directory_modified_ms"}


class Stage:
    """Servers are started when the first check asks for them, and stopped at the end."""

    def __init__(self, parsed):
        self.shh, self.directory, self.parsed = os.path.abspath(parsed.shh), parsed.dir, parsed
        os.makedirs(self.directory, exist_ok=True)
        self.running, self.databases, self.notes = {}, 0, []

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def once(self, name, start):
        if name not in self.running:
            self.running[name] = start()
        return self.running[name]

    def corpus(self):
        def start():
            out = self.path("corpus")
            if not os.path.exists(out):
                corpus.make(out + ".part")
                os.rename(out + ".part", out)
            return out
        return self.once("corpus", start)

    def big(self):
        """One log of three ranges, in a directory of its own."""
        def start():
            os.makedirs(self.path("big"), exist_ok=True)
            corpus.big(os.path.join(self.corpus(), "real", "local-1795395144482"), self.path("big", "local-1795395144482"))
            return self.path("big")
        return self.once("big", start)

    def s3(self):
        return self.once("s3", lambda: servers.Seaweed(self.parsed.weed, self.path("s3")))

    def hdfs(self):
        return self.once("hdfs", lambda: servers.Hdfs(self.classpath(), self.path("hdfs"), datanodes=2))

    def secure(self):
        def start():
            kdc = self.kdc()
            return servers.Hdfs(self.classpath(), self.path("secure"), krb5=kdc.krb5, keytab=kdc.service,
                                realm=servers.REALM, protection="privacy")
        return self.once("secure", start)

    def kdc(self):
        return self.once("kdc", lambda: servers.Kdc(self.path("kdc")))

    def ha(self):
        return self.once("ha", lambda: servers.Hdfs(self.classpath(), self.path("ha"), ha="true"))

    def toxiproxy(self):
        return self.once("toxiproxy", lambda: servers.Toxiproxy(self.parsed.toxiproxy, self.path("toxiproxy")))

    def fake(self):
        return self.once("fake", lambda: FakeS3(self.corpus()))

    def classpath(self):
        with open(self.parsed.classpath) as file:
            return file.read().strip()

    def note(self, text):
        print(f"  {text}", flush=True)
        self.notes.append(text)

    def stop(self):
        for server in reversed(list(self.running.values())):
            if hasattr(server, "stop"):
                server.stop()

    def database(self):
        self.databases += 1
        path = self.path(f"{self.databases}.duckdb")
        for old in (path, path + ".lock"):
            if os.path.exists(old):
                os.remove(old)
        return path

    def environment(self, more=None):
        """Nothing of the developer's own."""
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HADOOP_", "KRB5", "SHH_"))}
        keep.update({"AWS_EC2_METADATA_DISABLED": "true", "HOME": self.directory}, **(more or {}))
        return keep

    def run(self, *arguments, environment=None, seconds=180):
        """The program: (exit status, stdout, stderr, seconds)."""
        begun = time.monotonic()
        try:
            done = subprocess.run([self.shh, *arguments], capture_output=True, text=True, timeout=seconds,
                                  env=self.environment(environment), cwd=self.directory)
        except subprocess.TimeoutExpired:
            return None, "", f"still at work after {seconds} s", seconds
        return done.returncode, done.stdout, done.stderr, time.monotonic() - begun

    def ingest(self, *locations, database=None, more=(), **options):
        """An ingest: its database, exit status, summary (None without one), stderr, seconds."""
        database = database or self.database()
        arguments = ["ingest", "--database", database, "--format", "json", *more]
        for location in locations:
            arguments += ["--log-directory", location]
        status, out, err, took = self.run(*arguments, **options)
        return Ingest(database, status, json.loads(out) if out.startswith("{") else None, err, took)

    def of_s3(self, endpoint=None):
        keys = servers.Seaweed.keys
        return {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1],
                "AWS_ENDPOINT_URL_S3": endpoint or self.s3().endpoint}

    def of_secure(self):
        return {"HADOOP_CONF_DIR": self.secure().conf, "KRB5_CONFIG": self.kdc().krb5, "KRB5CCNAME": self.path("none")}

    def keytab(self):
        return ["--kerberos-principal", f"alice@{servers.REALM}", "--keytab-path", self.kdc().alice]


class Ingest:
    def __init__(self, database, status, summary, err, seconds):
        self.database, self.status, self.summary, self.err, self.seconds = database, status, summary, err, seconds

    def rows(self, root):
        """What was ingested, wherever it lay."""
        tables = contents(self.database, TIMES)
        return {table: [tuple(text.replace(root, "") if isinstance(text, str) else text for text in row) for row in rows]
                for table, rows in tables.items()}

    def requests(self, kind=None):
        (counts,) = self.summary["requests"]
        return counts if kind is None else counts[kind]


def same_rows(ingest, root, expected, what):
    """Whether an ingest has the rows that the local one has."""
    if not check(ingest.status == expected.status, f"{what}: exit status {ingest.status}, not {expected.status}: {ingest.err[-600:]}"):
        return
    found = difference(expected.rows(expected.root), ingest.rows(root))
    check(found is None, f"{what}: the rows differ from local ones: {str(found)[:800]}")
