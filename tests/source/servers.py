"""The real servers of the source tests: started on loopback and free ports, probed, stopped."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
REALM = "TESTS.LOCAL"


def free_ports(number):
    """Ports that nobody listens on. Another may take one before we do; the start then fails and says so."""
    sockets = [socket.socket() for _ in range(number)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def wait_for(what, probe, seconds=60, process=None):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process is not None and process.poll() is not None:
            raise SystemExit(f"{what} ended with status {process.returncode}")
        if probe():
            return
        time.sleep(0.1)
    raise SystemExit(f"{what} is not ready after {seconds} s")


def listens(port):
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A process that is stopped by its pid and by nothing else."""

    def __init__(self, command, log, environment=None, **options):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(command, stderr=self.log, env=environment, **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Seaweed(Server):
    """SeaweedFS. `mini`, because the process of `server` does not end at SIGTERM."""

    keys = ("testkey", "testsecret")

    def __init__(self, weed, directory, certificate=None, memory="256MiB"):
        os.makedirs(os.path.join(directory, "data"), exist_ok=True)
        identities = {"identities": [
            {"name": "anonymous", "actions": ["Read:public", "List:public"]},
            {"name": "admin", "credentials": [{"accessKey": "testkey", "secretKey": "testsecret"}],
             "actions": ["Admin", "Read", "List", "Tagging", "Write"]},
            {"name": "reader", "credentials": [{"accessKey": "readkey", "secretKey": "readsecret"}],
             "actions": ["Read:public", "List:public"]}]}
        config = os.path.join(directory, "s3.json")
        with open(config, "w") as out:
            json.dump(identities, out)
        ports = free_ports(11)
        names = ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
                 "s3.port", "s3.port.grpc", "admin.port", "admin.port.grpc"]
        self.port, tls_port = ports[6], ports[10]
        command = [weed, "-logtostderr=true", "mini", "-dir", os.path.join(directory, "data"), "-ip=127.0.0.1",
                   "-ip.bind=127.0.0.1", "-admin.ui=false", "-webdav=false", "-master.telemetry=false",
                   "-s3.config", config, "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
                   "-filer.localSocket", os.path.join(directory, "f.sock"),
                   "-s3.localSocket", os.path.join(directory, "s.sock"), "-bucket=logs,public"]
        command += [f"-{name}={port}" for name, port in zip(names, ports)]
        if certificate:
            command += [f"-s3.port.https={tls_port}", "-s3.cert.file", certificate[0], "-s3.key.file", certificate[1]]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_"))}
        environment["GOMEMLIMIT"] = memory
        super().__init__(command, os.path.join(directory, "weed.log"), environment, stdout=subprocess.DEVNULL)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.tls_endpoint = f"https://127.0.0.1:{tls_port}"
        wait_for("SeaweedFS", self.is_ready, process=self.process)

    def client(self, endpoint=None):
        import boto3
        from botocore.config import Config
        return boto3.client("s3", endpoint_url=endpoint or self.endpoint, region_name="us-east-1",
                            aws_access_key_id=self.keys[0], aws_secret_access_key=self.keys[1],
                            config=Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}))

    def is_ready(self):
        if not listens(self.port):
            return False
        try:
            for bucket in ("logs", "public"):
                self.client().head_bucket(Bucket=bucket)
            return True
        except Exception:  # of many kinds while it starts
            return False

    def upload(self, directory, bucket, prefix=""):
        """Puts every file of a directory; answers how many."""
        client = self.client()
        paths = [os.path.join(folder, name) for folder, _, names in sorted(os.walk(directory)) for name in sorted(names)]

        def put(path):
            with open(path, "rb") as body:
                client.put_object(Bucket=bucket, Key=prefix + os.path.relpath(path, directory), Body=body.read())
        with ThreadPoolExecutor(4) as threads:
            return len(list(threads.map(put, paths)))


class Kdc(Server):
    """A private MIT KDC with principals for the name node, for alice, and for nobody else."""

    def __init__(self, directory):
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        (self.port,) = free_ports(1)
        self.krb5 = os.path.join(directory, "krb5.conf")
        kdc_conf = os.path.join(directory, "kdc.conf")
        with open(self.krb5, "w") as out:
            out.write(f"""[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  forwardable = true
[realms]
  {REALM} = {{
    kdc = 127.0.0.1:{self.port}
  }}
[domain_realm]
  localhost = {REALM}
""")
        with open(kdc_conf, "w") as out:
            out.write(f"""[kdcdefaults]
  kdc_listen = 127.0.0.1:{self.port}
  kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
  {REALM} = {{
    database_name = {directory}/principal
    key_stash_file = {directory}/stash
    acl_file = {directory}/kadm5.acl
    max_life = 10h
    max_renewable_life = 7d
    master_key_type = aes256-cts-hmac-sha1-96
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }}
[logging]
  kdc = FILE:{directory}/kdc.log
""")
        self.environment = dict(os.environ, KRB5_CONFIG=self.krb5, KRB5_KDC_PROFILE=kdc_conf)
        for name in ("KRB5CCNAME", "KRB5_CLIENT_KTNAME"):
            self.environment.pop(name, None)
        self.service = self.keytab("service")
        self.alice = self.keytab("alice")
        self.stale = self.keytab("stale")
        self.run("kdb5_util", "-r", REALM, "create", "-s", "-P", "masterpw")
        self.admin(f"""addprinc -randkey hdfs/localhost
addprinc -randkey HTTP/localhost
addprinc -randkey alice
addprinc -pw bobpw bob
ktadd -q -k {self.service} hdfs/localhost HTTP/localhost
ktadd -q -k {self.stale} alice
ktadd -q -k {self.alice} alice
""")
        super().__init__(["/usr/sbin/krb5kdc", "-n", "-r", REALM, "-P", os.path.join(directory, "kdc.pid")],
                         os.path.join(directory, "krb5kdc.err"), self.environment, stdout=subprocess.DEVNULL)
        wait_for("the KDC", lambda: listens(self.port), process=self.process)

    def keytab(self, name):
        return os.path.join(self.directory, f"{name}.keytab")

    def run(self, *command, **options):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        program = shutil.which(command[0], path=path)
        if program is None:
            raise SystemExit(f"{command[0]} is not installed (Debian: krb5-kdc krb5-admin-server krb5-user)")
        return subprocess.run([program, *command[1:]], env=self.environment, check=True, capture_output=True, text=True,
                              **options)

    def admin(self, commands):
        self.run("kadmin.local", "-r", REALM, input=commands)

    def ticket(self, cache, lifetime="1h"):
        """A ticket of bob in a file."""
        self.run("kinit", "-c", cache, "-l", lifetime, "bob", input="bobpw\n")
        return cache


class Hdfs(Server):
    """Name nodes and data nodes in one JVM; commands go in, answers come out."""

    def __init__(self, classpath, directory, **options):
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath,
                   os.path.join(HERE, "Cluster.java"), directory]
        command += [f"{key}={value}" for key, value in options.items()]
        super().__init__(command, os.path.join(directory, "hdfs.log"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True)
        line = self.answer(180)
        if not line.startswith("READY "):
            raise SystemExit(f"HDFS did not start: {line or 'no answer'} (see {directory}/hdfs.log)")
        facts = dict(word.split("=", 1) for word in line.split()[1:])
        self.conf, self.url = facts["conf"], facts["fs"]
        self.namenodes, self.http = facts["namenodes"].split(","), facts["http"].split(",")

    def answer(self, seconds):
        line = []
        reader = threading.Thread(target=lambda: line.append(self.process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(seconds)
        return line[0].strip() if line else ""

    def act(self, *words, seconds=300):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.answer(seconds)
        if not answer.startswith("OK"):
            raise SystemExit(f"HDFS, {words[0]}: {answer or 'no answer'}")
        return answer[3:]

    def put(self, path, to, replication=1, block_bytes=134217728):
        return int(self.act("put", path, to, replication, block_bytes))

    def operations(self):
        """Calls of clients so far, by name."""
        return {name: int(count) for name, count in (word.split("=") for word in self.act("ops").split())}

    def stop(self):
        try:
            self.process.stdin.write("stop\n")
            self.process.stdin.close()
            self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            pass
        super().stop()


class DataNode(Server):
    """One more data node, in a process of its own, which can be frozen: it keeps its connections and answers nothing."""

    def __init__(self, cluster, classpath, directory):
        os.makedirs(directory, exist_ok=True)
        settings = {"fs.defaultFS": cluster.url, "dfs.datanode.data.dir": os.path.join(directory, "data"),
                    "dfs.heartbeat.interval": "1"}
        settings.update({f"dfs.datanode.{port}address": "127.0.0.1:0" for port in ("", "http.", "ipc.")})
        command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath,
                   "org.apache.hadoop.hdfs.server.datanode.DataNode"]
        for key, value in settings.items():
            command += ["-D", f"{key}={value}"]
        live = int(cluster.act("live"))
        super().__init__(command, os.path.join(directory, "datanode.log"), stdout=subprocess.DEVNULL)
        wait_for("a data node", lambda: int(cluster.act("live")) > live, process=self.process)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        super().stop()


class Toxiproxy(Server):
    """A TCP proxy that spoils connections on demand."""

    def __init__(self, program, directory):
        os.makedirs(directory, exist_ok=True)
        (self.port,) = free_ports(1)
        super().__init__([program, "-host", "127.0.0.1", "-port", str(self.port), "-seed", "1"],
                         os.path.join(directory, "toxiproxy.log"), stdout=subprocess.DEVNULL)
        wait_for("toxiproxy", lambda: listens(self.port), process=self.process)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def proxy(self, name, upstream):
        """The port on 127.0.0.1 that leads to `upstream`."""
        made = self.ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "upstream": upstream, "enabled": True})
        return int(made["listen"].rsplit(":", 1)[1])

    def spoil(self, proxy, kind, toxicity=1.0, **attributes):
        self.ask("POST", f"/proxies/{proxy}/toxics",
                 {"name": kind, "type": kind, "stream": "downstream", "toxicity": toxicity, "attributes": attributes})

    def heal(self, proxy, kind):
        self.ask("DELETE", f"/proxies/{proxy}/toxics/{kind}")

    def enable(self, proxy, enabled):
        self.ask("POST", f"/proxies/{proxy}", {"enabled": enabled})
