//! What an application's environment decides, and what is kept of it.

use super::conf::chosen_conf;
use super::memory::{DefaultMemory, parse_mib};
use super::rows::ConfRow;
use super::{display_text, is_sane_cpus, kind};
use crate::event::{EnvironmentUpdate, Properties};

/// What `SparkListenerEnvironmentUpdate` says; defaults where there was none.
#[derive(Debug, Default)]
pub(super) struct Environment {
    pub(super) conf: Vec<ConfRow>,
    pub(super) is_local: Option<bool>,
    pub(super) queue: Option<String>,
    pub(super) task_cpus: Option<f64>,
    pub(super) memory: Option<DefaultMemory>,
    pub(super) driver: Driver,
    pub(super) engine: Option<&'static str>,
    pub(super) command: Option<String>,
    pub(super) has_dynamic_allocation: bool,
    /// What `spark.sql.adaptive.enabled` was set to, if it was.
    pub(super) adaptive: Option<bool>,
    pub(super) serializer: Option<String>,
    pub(super) java_version: Option<String>,
}

/// What the driver holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Driver {
    pub(super) cores: f64,
    /// Heap and overhead.
    pub(super) memory_mib: i64,
}

impl Default for Driver {
    fn default() -> Self {
        Driver::from_conf(&Properties::default())
    }
}

impl Driver {
    fn from_conf(spark: &Properties) -> Self {
        let mib = |key: &str| spark.get(key).and_then(|text| parse_mib(text, 1 << 20));
        let heap_mib = mib("spark.driver.memory").unwrap_or(1024);
        // As for executors, Kubernetes gives more to Python and R.
        let default_factor = match spark.get("spark.kubernetes.resource.type") {
            Some("python" | "r") => 0.4,
            _ => 0.1,
        };
        let factor = [
            "spark.driver.memoryOverheadFactor",
            "spark.kubernetes.memoryOverheadFactor",
        ]
        .into_iter()
        .find_map(|key| spark.get(key)?.trim().parse::<f64>().ok())
        .unwrap_or(default_factor);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "Spark truncates to whole MiB; a float cast saturates"
        )]
        let derived_mib =
            ((heap_mib as f64 * factor) as i64).max(mib("spark.driver.minMemoryOverhead").unwrap_or(384));
        let overhead_mib = mib("spark.driver.memoryOverhead").unwrap_or(derived_mib);
        Driver {
            cores: spark
                .get("spark.driver.cores")
                .and_then(|cores| cores.trim().parse().ok())
                .filter(is_sane_cpus)
                .unwrap_or(1.0),
            memory_mib: heap_mib.saturating_add(overhead_mib),
        }
    }
}

impl Environment {
    /// `kept` are Spark properties to keep besides those that always are.
    pub(super) fn new(update: &EnvironmentUpdate, kept: &[String]) -> Self {
        let spark = &update.spark;
        let is_local = match spark.get("spark.master") {
            Some(master) if master.contains("(redacted)") => None,
            Some(master) => Some(master == "local" || master.starts_with("local[")),
            None => None,
        };
        let queue = spark
            .get("spark.yarn.queue")
            .or_else(|| spark.get("spark.kubernetes.namespace"));
        let java_version = update.jvm.get("Java Version");
        Environment {
            conf: chosen_conf(update, kept),
            is_local,
            queue: queue.map(|queue| display_text(queue, 100)),
            task_cpus: spark
                .get("spark.task.cpus")
                .and_then(|cpus| cpus.trim().parse().ok())
                .filter(is_sane_cpus),
            memory: Some(DefaultMemory::from_conf(spark)),
            driver: Driver::from_conf(spark),
            engine: Some(kind::engine(update)),
            command: update.system.get("sun.java.command").map(str::to_owned),
            has_dynamic_allocation: spark.get("spark.dynamicAllocation.enabled") == Some("true"),
            adaptive: spark.get("spark.sql.adaptive.enabled").map(|text| text == "true"),
            serializer: spark
                .get("spark.serializer")
                .map(|class| display_text(class.rsplit('.').next().unwrap_or(class), 60)),
            java_version: java_version
                .and_then(|text| text.split_whitespace().next())
                .map(|version| display_text(version, 40)),
        }
    }
}

/// Whether adaptive query execution is on where nothing sets it: since Spark 3.2.
pub(super) fn adaptive_by_default(spark_version: &str) -> Option<bool> {
    let mut parts = spark_version.split('.').map(|part| part.parse::<u32>().ok());
    let major = parts.next()??;
    let minor = parts.next()??;
    Some((major, minor) >= (3, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_holds_heap_and_overhead() {
        let driver = Driver::default();
        assert_eq!((driver.cores, driver.memory_mib), (1.0, 1024 + 384));
        let spark = Properties(vec![
            ("spark.driver.memory".into(), "8g".into()),
            ("spark.driver.cores".into(), "4".into()),
        ]);
        let driver = Driver::from_conf(&spark);
        assert_eq!((driver.cores, driver.memory_mib), (4.0, 8192 + 819));
    }

    #[test]
    fn adaptive_execution_came_on_with_3_2() {
        assert_eq!(adaptive_by_default("3.1.3"), Some(false));
        assert_eq!(adaptive_by_default("3.2.0"), Some(true));
        assert_eq!(adaptive_by_default("4.3.0-SNAPSHOT"), Some(true));
        assert_eq!(adaptive_by_default("custom"), None);
    }
}
