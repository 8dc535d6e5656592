"""The usual misconfigurations: each is told in one line, with what to do. Also step by step by `shh source check`."""
import os

import servers
from stage import check


def told(stage, what, arguments, cause, hint, environment=None, seconds=30):
    """`source check` fails with this cause and hint, soon, and shows no stack trace."""
    status, out, err, took = stage.run("source", "check", *arguments, environment=environment)
    check(status == 1 and cause in out and hint in out, f"{what}: {status} {out[-700:]}{err[-300:]}")
    check("\tat " not in out and took < seconds, f"{what}: {took:.1f} s {out[-300:]}")


def works(stage, what, arguments, environment=None):
    status, out, err, _ = stage.run("source", "check", *arguments, environment=environment)
    steps = [line.split()[:2] for line in out.splitlines()[1:]]
    check(status == 0 and all(step[1] == "ok" for step in steps), f"{what}: {status} {out[-700:]}{err[-300:]}")
    check([step[0] for step in steps] == ["configuration", "resolve", "connect", "authenticate", "list", "read"],
          f"{what}: the steps are {steps}")


def s3(stage):
    endpoint, of_s3 = stage.s3().endpoint, stage.of_s3()
    stage.s3().upload(stage.corpus() + "/packed", "logs", "check/")
    place = "s3://logs/check"
    works(stage, "S3", [place], of_s3)
    told(stage, "no such bucket", ["s3://nobucket/x"], "there is no bucket `nobucket`", "hint: is the name right", of_s3)
    told(stage, "a wrong secret", [place], "SignatureDoesNotMatch", "does not belong to the access key id",
         dict(of_s3, AWS_SECRET_ACCESS_KEY="wrong"))
    told(stage, "a wrong key", [place], "InvalidAccessKeyId", "are the keys for this endpoint?",
         dict(of_s3, AWS_ACCESS_KEY_ID="wrong"))
    told(stage, "no permission", [place], "AccessDenied", "s3:ListBucket",
         dict(of_s3, AWS_ACCESS_KEY_ID="readkey", AWS_SECRET_ACCESS_KEY="readsecret"))
    told(stage, "no credentials", [place, "--s3-endpoint", endpoint], "there are no AWS credentials", "--s3-anonymous")
    told(stage, "no region", [place], "no AWS region is known", "--s3-region",
         {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    told(stage, "https where there is http", [place, "--s3-endpoint", endpoint.replace("http", "https")],
         "does not speak TLS", "http:// instead of https://", of_s3)
    (port,) = servers.free_ports(1)
    told(stage, "nobody there", [place, "--s3-endpoint", f"http://127.0.0.1:{port}"], "Connection refused", "", of_s3)
    told(stage, "a name that does not resolve", [place, "--s3-endpoint", "http://nowhere.invalid"], "resolve", "", of_s3)
    status, _, err, _ = stage.run("source", "check", place, "--s3-endpoint", "127.0.0.1:9000", environment=of_s3)
    check(status == 2 and "has no scheme" in err, f"an endpoint without scheme: {status} {err}")


def tls(stage):
    """A store with a certificate of our own authority."""
    import subprocess
    directory = stage.path("tls")
    os.makedirs(directory, exist_ok=True)
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=directory)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Tests")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "csr.pem", "-subj", "/CN=127.0.0.1")
    with open(os.path.join(directory, "san"), "w") as out:
        out.write("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "cert.pem",
            "-days", "2", "-extfile", "san")
    store = stage.once("tls", lambda: servers.Seaweed(
        stage.parsed.weed, directory, (os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem"))))
    store.upload(stage.corpus() + "/packed", "logs", "check/")
    environment = stage.of_s3(store.tls_endpoint)
    told(stage, "an unknown authority", ["s3://logs/check"], "an authority that is not trusted here", "AWS_CA_BUNDLE", environment)
    works(stage, "our own authority", ["s3://logs/check"], dict(environment, AWS_CA_BUNDLE=os.path.join(directory, "ca.pem")))


def kerberos(stage):
    cluster, kdc = stage.secure(), stage.kdc()
    place, realm = f"{cluster.url}/check", servers.REALM
    cluster.put(stage.corpus() + "/packed", "/check")
    secure = stage.of_secure()
    as_alice = lambda keytab, principal="alice": ["--kerberos-principal", f"{principal}@{realm}", "--keytab-path", keytab]  # noqa: E731
    works(stage, "Kerberos by keytab", [place, *as_alice(kdc.alice)], secure)
    told(stage, "a client without Kerberos", [place], "the cluster wants Kerberos", "HADOOP_CONF_DIR")
    told(stage, "no ticket", [place], "No Kerberos credentials", "kinit", secure)
    told(stage, "an old key", [place, *as_alice(kdc.stale)], "Decrypt integrity check failed", "get a new keytab", secure)
    told(stage, "somebody else's keytab", [place, *as_alice(kdc.alice, "eve")], "eve", "klist -k", secure)
    told(stage, "a wrong realm", [place, "--kerberos-principal", "alice@OTHER.REALM", "--keytab-path", kdc.alice],
         "alice@OTHER.REALM", "klist -k", secure)
    told(stage, "a krb5.conf without the realm", [place, *as_alice(kdc.alice)], "Cannot find KDC", "KRB5_CONFIG",
         dict(secure, KRB5_CONFIG="/dev/null"))
    cache = kdc.ticket(stage.path("short"), "2s")
    import time
    time.sleep(3)
    told(stage, "an expired ticket", [place], "expired", "kinit", dict(secure, KRB5CCNAME=f"FILE:{cache}"))
    told(stage, "no protection of data", [place, *as_alice(kdc.alice)], "no data node gives a block",
         "history.hdfs.data_transfer_protection", {name: value for name, value in secure.items() if name != "HADOOP_CONF_DIR"})
    away = stage.path("away.conf")
    (port,) = servers.free_ports(1)
    with open(kdc.krb5) as conf, open(away, "w") as out:
        out.write(conf.read().replace(str(kdc.port), str(port)))
    told(stage, "the KDC is away", [place, *as_alice(kdc.alice)], "Cannot contact any KDC", "is the KDC up",
         dict(secure, KRB5_CONFIG=away))
    configured = stage.path("krb5.toml")
    with open(configured, "w") as out:
        out.write(f'[history.hdfs]\nconfig_directory = "{cluster.conf}"\n[history.hdfs.kerberos]\nprincipal = "alice"\n'
                  f'realm = "{realm}"\nkeytab_path = "{kdc.alice}"\nkrb5_config_path = "{kdc.krb5}"\n')
    works(stage, "everything in the configuration file", ["--config", configured, place])


def tokens(stage):
    cluster, secure = stage.secure(), stage.of_secure()
    path = stage.path("token")
    services = cluster.act("token", "alice", path, "java").split()
    check(any("127.0.0.1" in service for service in services), f"the token is for {services}")
    port = cluster.namenodes[0].rsplit(":", 1)[1]
    works(stage, "a token names an address, we name a host", [f"hdfs://localhost:{port}/check"],
          dict(secure, HADOOP_TOKEN_FILE_LOCATION=path))
    with open(path, "rb") as token:
        content = token.read()
    for what, damaged, text in [("cut", content[:60], "ends too early"), ("foreign", b"hello world", "is no file of tokens")]:
        with open(path + what, "wb") as out:
            out.write(damaged)
        told(stage, f"a {what} token file", [f"{cluster.url}/check"], text, "HADOOP_TOKEN_FILE_LOCATION",
             dict(secure, HADOOP_TOKEN_FILE_LOCATION=path + what))
    other = content.replace(services[0].encode(), services[0].replace("127", "128").encode())
    with open(path + "other", "wb") as out:
        out.write(other)
    told(stage, "a token for another name node", [f"{cluster.url}/check"], "but none for", "name the name node as the token does",
         dict(secure, HADOOP_TOKEN_FILE_LOCATION=path + "other"))


def hdfs(stage):
    cluster = stage.hdfs()
    cluster.put(stage.corpus() + "/packed", "/check")
    works(stage, "HDFS", [f"{cluster.url}/check"])
    (port,) = servers.free_ports(1)
    told(stage, "nobody there", [f"hdfs://127.0.0.1:{port}/x"], "Connection refused", "")
    told(stage, "no name node named", ["hdfs:///x"], "no name node is named", "HADOOP_CONF_DIR")
    told(stage, "an unknown host", ["hdfs://nowhere.invalid:8020/x"], "resolve", "")
    conf = stage.path("broken-conf")
    os.makedirs(conf, exist_ok=True)
    told(stage, "an empty HADOOP_CONF_DIR", [f"{cluster.url}/check"], "there is neither core-site.xml nor", "HADOOP_CONF_DIR",
         {"HADOOP_CONF_DIR": conf})
    with open(os.path.join(conf, "core-site.xml"), "w") as out:
        out.write("<configuration><property><name>fs.defaultFS</name><value>hdfs://${env.NS}</value></property></configuration>")
    told(stage, "an unknown variable", ["hdfs:///x"], "fs.defaultFS is `hdfs://${env.NS}`", "write the value itself",
         {"HADOOP_CONF_DIR": conf})
    with open(os.path.join(conf, "core-site.xml"), "w") as out:
        out.write('<configuration xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="gone.xml"/></configuration>')
    told(stage, "an include of nothing", ["hdfs:///x"], "gone.xml", "", {"HADOOP_CONF_DIR": conf})


def standby(stage):
    """One name node named, and that one in standby."""
    cluster = stage.ha()
    cluster.put(stage.corpus() + "/packed", "/check")
    works(stage, "a name service", [f"{cluster.url}/check"], {"HADOOP_CONF_DIR": cluster.conf})
    states = []
    for namenode in cluster.namenodes:
        status, out, _, _ = stage.run("source", "check", f"hdfs://{namenode}/check")
        states.append((status, "in standby" in out and "name service" in out))
    check(sorted(states) == [(0, False), (1, True)], f"one active, one in standby: {states}")


def safe_mode(stage):
    """Reading goes on in safe mode; a name node that has just been started and knows no blocks says so."""
    cluster = stage.hdfs()
    cluster.act("safemode", "enter")
    works(stage, "safe mode", [f"{cluster.url}/check"])
    cluster.act("safemode", "leave")


CHECKS = [s3, tls, kerberos, tokens, hdfs, standby, safe_mode]
