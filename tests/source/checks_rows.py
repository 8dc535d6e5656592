"""The same 300 logs on a disk, in HDFS, in HDFS with Kerberos and privacy, and in S3 give the same rows; a second ingest
asks for listings and for nothing else."""
from stage import check, same_rows

import servers


def expected(stage):
    def start():
        root = stage.corpus() + "/"
        ingest = stage.ingest(root)
        ingest.root = root
        check(ingest.status == 3, f"damaged logs are told: {ingest.status} {ingest.err[-300:]}")
        found = ingest.summary["found"]
        check(found >= 300, f"the corpus has {found} logs")
        return ingest
    return stage.once("expected", start)


def again(stage, ingest, location, most_lists, what, **options):
    """Nothing has changed: listings, and no byte of a log."""
    second = stage.ingest(location, database=ingest.database, **options)
    counts = second.requests()
    # In HDFS a log that is being written may have grown without the listing telling.
    grown = 0 if what == "S3" else 6
    check(second.summary["unchanged"] >= second.summary["found"] - grown,
          f"{what}: unchanged {second.summary['unchanged']} of {second.summary['found']}")
    check(counts["reads"] <= grown, f"{what}: a second ingest reads {counts['reads']} ranges")
    check(counts["lists"] <= most_lists, f"{what}: {counts['lists']} pages of listings")


def s3(stage):
    if "uploaded" not in stage.running:
        number = stage.once("uploaded", lambda: stage.s3().upload(stage.corpus(), "logs", "corpus/"))
        stage.note(f"{number} objects in S3")
    ingest = stage.ingest("s3a://logs/corpus/", environment=stage.of_s3())
    same_rows(ingest, "s3://logs/corpus/", expected(stage), "S3")
    again(stage, ingest, "s3://logs/corpus", 3, "S3", environment=stage.of_s3())
    flags = stage.ingest(more=["--s3", "--s3-bucket", "logs", "--s3-region", "us-east-1", "--s3-endpoint", stage.s3().endpoint,
                               "--log-directory", "corpus"], environment=stage.of_s3())
    same_rows(flags, "s3://logs/corpus/", expected(stage), "S3 by the flags of the brief")


def hdfs(stage):
    cluster = stage.hdfs()
    cluster.put(stage.corpus(), "/corpus", 2)
    ingest = stage.ingest(f"{cluster.url}/corpus")
    same_rows(ingest, f"{cluster.url}/corpus/", expected(stage), "HDFS")
    again(stage, ingest, f"{cluster.url}/corpus", 40, "HDFS")
    flags = stage.ingest(more=["--hdfs", "--hdfs-namenode", cluster.url, "--log-directory", "/corpus"])
    same_rows(flags, f"{cluster.url}/corpus/", expected(stage), "HDFS by the flags of the brief")
    default = stage.ingest("hdfs:///corpus", environment={"HADOOP_CONF_DIR": cluster.conf})
    same_rows(default, f"{cluster.url}/corpus/", expected(stage), "HDFS by fs.defaultFS")


def small_blocks(stage):
    """Logs that span blocks."""
    cluster = stage.hdfs()
    cluster.put(stage.big(), "/big", 2, 1 << 20)
    local, remote = stage.ingest(stage.big()), stage.ingest(f"{cluster.url}/big")
    local.root = stage.big() + "/"
    same_rows(remote, f"{cluster.url}/big/", local, "a log of 12 blocks in HDFS")


def secure(stage):
    cluster = stage.secure()
    cluster.put(stage.corpus(), "/corpus")
    root = f"{cluster.url}/corpus/"
    ingest = stage.ingest("hdfs:///corpus", more=stage.keytab(), environment=stage.of_secure())
    same_rows(ingest, root, expected(stage), "HDFS with Kerberos by keytab")
    cache = stage.kdc().ticket(stage.path("ticket"))
    by_ticket = stage.ingest("hdfs:///corpus", environment=dict(stage.of_secure(), KRB5CCNAME=f"FILE:{cache}"))
    same_rows(by_ticket, root, expected(stage), "HDFS with Kerberos by ticket")
    for form in ("java", "protobuf"):
        tokens = stage.path(f"tokens-{form}")
        cluster.act("token", "alice", tokens, form)
        by_token = stage.ingest("hdfs:///corpus", environment=dict(stage.of_secure(), HADOOP_TOKEN_FILE_LOCATION=tokens))
        same_rows(by_token, root, expected(stage), f"HDFS with Kerberos by delegation token ({form})")


def high_availability(stage):
    cluster = stage.ha()
    cluster.put(stage.corpus(), "/corpus")
    environment = {"HADOOP_CONF_DIR": cluster.conf}
    for moment in ("before", "after"):
        ingest = stage.ingest(f"{cluster.url}/corpus", environment=environment)
        same_rows(ingest, f"{cluster.url}/corpus/", expected(stage), f"HDFS with two name nodes, {moment} a failover")
        cluster.act("failover")


def viewfs(stage):
    cluster = stage.hdfs()
    conf = stage.path("viewfs-conf")
    import os
    os.makedirs(conf, exist_ok=True)
    with open(os.path.join(conf, "core-site.xml"), "w") as out:
        out.write(f"""<?xml version="1.0"?><configuration>
<property><name>our.cluster</name><value>{cluster.url}</value></property>
<property><name>fs.defaultFS</name><value>viewfs://table</value></property>
<property><name>fs.viewfs.mounttable.table.link./logs</name><value>${{our.cluster}}/corpus</value></property>
<property><name>fs.viewfs.mounttable.table.linkFallback</name><value>${{our.cluster}}/</value></property>
</configuration>""")
    ingest = stage.ingest("viewfs://table/logs", environment={"HADOOP_CONF_DIR": conf})
    same_rows(ingest, "viewfs://table/logs/", expected(stage), "viewfs, with variables in the configuration")


def anonymous(stage):
    stage.once("public", lambda: stage.s3().upload(stage.corpus() + "/real", "public", "real/"))
    local = stage.ingest(stage.corpus() + "/real")
    local.root = stage.corpus() + "/real/"
    endpoint = ["--s3-endpoint", stage.s3().endpoint]
    ingest = stage.ingest("s3://public/real", more=[*endpoint, "--s3-anonymous"])
    same_rows(ingest, "s3://public/real/", local, "S3 without credentials, as asked")
    silent = stage.ingest("s3://public/real", more=endpoint)
    check(silent.status == 1 and "there are no AWS credentials" in silent.err,
          f"missing credentials are no anonymity: {silent.status} {silent.err[-300:]}")
    keys = servers.Seaweed.keys
    given = stage.ingest("s3://logs/corpus/real", more=[*endpoint, "--s3-access-key-id", keys[0], "--s3-secret-access-key", keys[1]])
    check(given.status == 3 and "a secret on the command line" in given.err, f"a secret as a flag works and warns: {given.err[-300:]}")


CHECKS = [s3, hdfs, small_blocks, secure, high_availability, viewfs, anonymous]
