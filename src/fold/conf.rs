//! The configuration worth keeping for fleet questions, redacted.

use super::failure::first_chars;
use super::redact::{redact_text, redact_value};
use super::rows::ConfRow;
use crate::event::EnvironmentUpdate;

/// Keys kept by name.
const KEYS: &[&str] = &[
    "spark.airflow.dag_id",
    "spark.airflow.task_id",
    "spark.app.tags",
    "spark.cores.max",
    "spark.default.parallelism",
    "spark.driver.cores",
    "spark.driver.maxResultSize",
    "spark.driver.memory",
    "spark.driver.memoryOverhead",
    "spark.eventLog.compress",
    "spark.eventLog.logStageExecutorMetrics",
    "spark.eventLog.rolling.enabled",
    "spark.executor.cores",
    "spark.executor.heartbeatInterval",
    "spark.executor.instances",
    "spark.executor.memory",
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.executor.metrics.pollingInterval",
    "spark.executor.minMemoryOverhead",
    "spark.executor.processTreeMetrics.enabled",
    "spark.executor.pyspark.memory",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.kubernetes.namespace",
    "spark.kubernetes.resource.type",
    "spark.master",
    "spark.memory.fraction",
    "spark.memory.offHeap.enabled",
    "spark.memory.offHeap.size",
    "spark.memory.storageFraction",
    "spark.plugins",
    "spark.serializer",
    "spark.shh.job",
    "spark.shuffle.service.enabled",
    "spark.speculation",
    "spark.sql.autoBroadcastJoinThreshold",
    "spark.sql.files.maxPartitionBytes",
    "spark.sql.shuffle.partitions",
    "spark.submit.deployMode",
    "spark.task.cpus",
    "spark.task.maxFailures",
    "spark.yarn.executor.memoryOverhead",
    "spark.yarn.primary.py.file",
    "spark.yarn.queue",
    "spark.yarn.tags",
];

/// Keys kept by what they begin with.
const PREFIXES: &[&str] = &[
    "spark.databricks.clusterUsageTags.",
    "spark.dynamicAllocation.",
    "spark.kubernetes.driver.label.",
    "spark.sql.adaptive.",
];

/// A value longer than this is cut: configuration is for comparing, not for storing programs.
const MOST_CHARS: usize = 400;

/// The chosen entries of an application's environment and those to keep besides, sorted by key.
pub(super) fn chosen_conf(environment: &EnvironmentUpdate, kept: &[String]) -> Vec<ConfRow> {
    let mut rows: Vec<ConfRow> = environment
        .spark
        .0
        .iter()
        .filter(|(key, _)| is_chosen(key) || kept.iter().any(|kept| kept == key))
        .map(|(key, value)| row(key, value))
        .collect();
    for (key, properties) in [
        ("java.version", &environment.jvm),
        ("sun.java.command", &environment.system),
    ] {
        let name = if key == "java.version" {
            "Java Version"
        } else {
            key
        };
        if let Some(value) = properties.get(name) {
            rows.push(row(key, value));
        }
    }
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows
}

fn is_chosen(key: &str) -> bool {
    KEYS.binary_search(&key).is_ok() || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

fn row(key: &str, value: &str) -> ConfRow {
    let value = redact_text(redact_value(key, value));
    ConfRow {
        key: key.to_owned(),
        value: first_chars(&value, MOST_CHARS).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Properties;

    #[test]
    fn keys_are_sorted_for_the_search() {
        assert!(KEYS.is_sorted());
    }

    #[test]
    fn keeps_chosen_keys_and_redacts() {
        let environment = EnvironmentUpdate {
            spark: Properties(vec![
                ("spark.executor.memory".into(), "4g".into()),
                ("spark.hadoop.fs.s3a.secret.key".into(), "hunter2".into()),
                ("spark.yarn.tags".into(), "token=hunter2".into()),
            ]),
            ..EnvironmentUpdate::default()
        };
        let rows = chosen_conf(&environment, &[]);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].key.as_str(), rows[0].value.as_str()),
            ("spark.executor.memory", "4g")
        );
        assert!(!rows[1].value.contains("hunter2"));
    }
}
