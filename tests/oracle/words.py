"""What the oracle makes of texts: jobs, tags, kinds, engines, classes of failures, texts without secrets and numbers.

Written from the comments of queries/schema/0001_tables.sql and what `shh jobs NAME` prints. The lists
of words are definitions and the same as the product's.
"""
import re

# ------------------------------------------------------------------------------------------- secrets, texts to show

REDACTED = "*********(redacted)"
SECRET = re.compile(r"secret|password|token|access[._-]?key|credential", re.I)  # spark.redaction.regex
SECRET_IN_TEXT = re.compile(
    r"""((?:secret|password|passwd|token|access[._-]?key|credentials?)(?:[._-]?(?:key|id|value)){0,2}["']?"""
    r"""(?:\s*(?:=>|[=:])\s*|\s+(?:is\s+)?["'])["']?)[^\s"',;)&]+|(://[^\s/:@]*:)[^\s/@]+@""", re.I)


def redacted_text(text):
    return SECRET_IN_TEXT.sub(lambda at: at[1] + REDACTED if at[1] else at[2] + REDACTED + "@", text)


def redacted_value(key, value):
    """By key and by value, as Spark does."""
    return REDACTED if SECRET.search(key) or SECRET.search(value) else value


def shown(text, most):
    """Redacted, then cut; control characters are blanks."""
    if text is None:
        return None
    return "".join(" " if is_control(char) else char for char in redacted_text(text[:4096]))[:most]


def is_control(char):
    return ord(char) < 32 or 127 <= ord(char) < 160


def normalised(text):
    """The first line that is not empty; words with a digit in them are `*`, and `*` swallows . - : and further `*`."""
    if text is None:
        return None
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    result = ""
    for part in re.findall(r"\w+|\W", shown(line, 400)):
        if re.fullmatch(r"\w+", part):
            part = "*" if re.search(r"[0-9]", part) else part
            result += "" if part == "*" and result.endswith("*") else part
        elif not (result.endswith("*") and part in ".-:"):
            result += part
    return result[:160] or None


# ------------------------------------------------------------------------------------------- configuration that is kept

KEPT = set("""
spark.airflow.dag_id spark.airflow.task_id spark.app.tags spark.cores.max spark.default.parallelism spark.driver.cores
spark.driver.maxResultSize spark.driver.memory spark.driver.memoryOverhead spark.eventLog.compress
spark.eventLog.logStageExecutorMetrics spark.eventLog.rolling.enabled spark.executor.cores
spark.executor.heartbeatInterval spark.executor.instances spark.executor.memory spark.executor.memoryOverhead
spark.executor.memoryOverheadFactor spark.executor.metrics.pollingInterval spark.executor.minMemoryOverhead
spark.executor.processTreeMetrics.enabled spark.executor.pyspark.memory spark.kubernetes.memoryOverheadFactor
spark.kubernetes.namespace spark.kubernetes.resource.type spark.master spark.memory.fraction
spark.memory.offHeap.enabled spark.memory.offHeap.size spark.memory.storageFraction spark.plugins spark.serializer
spark.shh.job spark.shuffle.service.enabled spark.speculation spark.sql.autoBroadcastJoinThreshold
spark.sql.files.maxPartitionBytes spark.sql.shuffle.partitions spark.submit.deployMode spark.task.cpus
spark.task.maxFailures spark.yarn.executor.memoryOverhead spark.yarn.primary.py.file spark.yarn.queue spark.yarn.tags
""".split())
KEPT_PREFIXES = ("spark.databricks.clusterUsageTags.", "spark.dynamicAllocation.", "spark.kubernetes.driver.label.",
                 "spark.sql.adaptive.")


def kept(app):
    """{key: value}: chosen properties and two facts of the environment, redacted, at most 400 characters each."""
    chosen = {key: value for key, value in app.properties.items() if key in KEPT or key.startswith(KEPT_PREFIXES)}
    if "Java Version" in app.jvm:
        chosen["java.version"] = app.jvm["Java Version"]
    if "sun.java.command" in app.system:
        chosen["sun.java.command"] = app.system["sun.java.command"]
    return {key: redacted_text(redacted_value(key, value))[:400] for key, value in sorted(chosen.items())}


# ------------------------------------------------------------------------------------------- jobs and tags

JOB_KEYS = [["spark.shh.job"], ["spark.airflow.dag_id", "spark.airflow.task_id"],
            ["spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name"]]
DATE = r"(?:19|20)\d\d[-_/.](?:0[1-9]|1[0-2])[-_/.](?:0[1-9]|[12]\d|3[01])"
TIME = r"(?:[T _-]?[0-2]\d[:_.-][0-5]\d(?:[:_.-][0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
COMPACT = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_-]?[0-2]\d(?:[0-5]\d){0,2})?Z?"
ALONE = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"  # never within a word
CUTS = [re.compile(ALONE.format(pattern), re.ASCII) for pattern in (
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",  # a UUID
    DATE + TIME,
    COMPACT,
    r"1\d{9}(?:\d{3})?",  # seconds or milliseconds since 1970
    r"[0-7][0-9A-HJKMNP-TV-Z]{25}",  # a ULID
    r"(?=[0-9a-fA-F]{8})[a-fA-F]*\d[0-9a-fA-F]*",  # a hexadecimal id: 8 or more, a digit among them
)]
GENERIC = {"*", "", "spark shell", "spark-shell", "pysparkshell", "pyspark-shell", "sparkr-shell", "spark pi",
           "databricks shell"}


def job_name(app_name, conf):
    """Configured properties, else the name without dates, ids, attempts, random suffixes and counters."""
    for keys in JOB_KEYS:
        values = [conf.get(key, "").strip() for key in keys]
        if all(values):
            return "/".join(values)
    name = app_name.strip()
    for cut in CUTS:
        name = cut.sub("*", name)
    name = re.sub(r"(?i)([-_ .#])(?:attempt|retry|try|run)[-_ #]?\d+$", r"\1*", name, count=1)
    name = re.sub(r"^(.{4,}-)[bcdfghjklmnpqrstvwxz2456789]{5}$", r"\1*", name)  # Kubernetes' letters
    name = re.sub(r"([-_ .:#/(\[])\d+([)\]]?)$", r"\1*\2", name, count=1)
    name = re.sub(r"\*(?:[-_ .:/]*\*)+", "*", name)
    if name.lower() in GENERIC:
        what = program(conf)
        name = f"{name} ({what})" if what else name
    return name


def program(conf):
    """The script or main class of a name that says nothing."""
    if conf.get("spark.yarn.primary.py.file", "").strip():
        return conf["spark.yarn.primary.py.file"].strip().rsplit("/", 1)[-1]
    words = conf.get("sun.java.command", "").split()
    for word, following in zip(words, words[1:]):
        if word == "--class":
            return following.rsplit(".", 1)[-1]
    return next((word.rsplit("/", 1)[-1] for word in words if word.endswith((".py", ".jar", ".R"))), None)


TAG_PREFIXES = ("spark.kubernetes.driver.label.", "spark.databricks.clusterUsageTags.")
TAG_KEYS = {"spark.airflow.dag_id": "dag", "spark.airflow.task_id": "task", "spark.yarn.tags": "yarn",
            "spark.app.tags": "app"}


def tags(conf):
    """{key: value}."""
    result = {}
    for key, value in sorted(conf.items()):
        value = value.strip()
        prefix = next((prefix for prefix in TAG_PREFIXES if key.startswith(prefix)), None)
        name = key.removeprefix(prefix) if prefix else TAG_KEYS.get(key)
        if name and value:
            result[name] = value
        if key in ("spark.yarn.tags", "spark.app.tags"):
            for entry in value.split(","):
                at = re.match(r"\s*([^=:]*?)\s*[=:]\s*(.*?)\s*$", entry)
                if at and at[1] and at[2]:
                    result[at[1]] = at[2]
    return dict(sorted(result.items()))


# ------------------------------------------------------------------------------------------- kinds and engines

SERVICES = ("thriftserver", "thrift jdbc/odbc server", "sparkconnectserver", "spark connect server",
            "spark shell", "org.apache.spark.repl.main", "pysparkshell", "zeppelin",
            "livy", "jupyter", "toree")
ENGINES = (("spark.plugins", "com.nvidia.spark.sqlplugin", "rapids"), ("spark.plugins", "glutenplugin", "gluten"),
           ("spark.plugins", "cometplugin", "comet"), ("spark.databricks.photon.enabled", "true", "photon"),
           ("spark.databricks.clusterUsageTags.runtimeEngine", "photon", "photon"))


def kind(app, local):
    if local:
        return "local"
    if app.streaming:
        return "streaming"
    texts = app.name.lower(), app.system.get("sun.java.command", "").lower()
    named = any(service in text for service in SERVICES for text in texts)
    return "service" if named or app.end - app.start > 12 * 3_600_000 else "batch"


def engine(app):
    for key, word, name in ENGINES:
        if word in app.properties.get(key, "").lower():
            return name
    command = app.system.get("sun.java.command", "")
    python = ("true" in app.properties.get("spark.yarn.isPython", "").lower()
              or "python" in app.properties.get("spark.kubernetes.resource.type", "").lower()
              or "spark.yarn.primary.py.file" in app.properties
              or "pyspark-shell" in command or any(word.endswith(".py") for word in command.split()))
    return "python" if python else "jvm"


# ------------------------------------------------------------------------------------------- why executors go

REMOVALS = [  # the first that is found in the text, lower case
    ("memory", ("exceeding memory limits", "exceeding physical memory", "exceeding virtual memory", "oomkilled",
                "outofmemory", "out of memory", "code 137", "code: 137", "status 137", "exit code 52")),
    ("heartbeat", ("heartbeat timed out",)),
    # YARN says a lost or preempted node with exit statuses -100 and -102.
    ("node", ("preempt", "spot", "interruption", "worker lost", "node ", "lost* node", "status: -100", "status: -102",
              "host terminated", "decommissioned node")),
    ("released", ("killed by driver", "scale down", "finished decommissioning", "idle", "was shut down", "code 0",
                  "code: 0", "decommission")),
    ("stopped", ("code 143", "code: 143", "sigterm")),
    ("crash", ("exited", "exit code", "exit status", "crash", "remote rpc client disassociated", "lost")),
]


def removal_class(reason):
    reason = reason.lower()
    return next((name for name, words in REMOVALS if any(word in reason for word in words)), "unknown")
