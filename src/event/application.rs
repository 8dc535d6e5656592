//! Events about the application as a whole: start, end, environment, resource profiles.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// `SparkListenerApplicationStart`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ApplicationStart<'a> {
    #[serde(rename = "App Name", borrow, default)]
    pub app_name: Cow<'a, str>,
    /// Absent in Spark 1.0.
    #[serde(rename = "App ID", borrow, default)]
    pub app_id: Option<Cow<'a, str>>,
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    #[serde(rename = "User", borrow, default)]
    pub user: Cow<'a, str>,
    #[serde(rename = "App Attempt ID", borrow, default)]
    pub attempt: Option<Cow<'a, str>>,
}

/// `SparkListenerApplicationEnd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct ApplicationEnd {
    #[serde(rename = "Timestamp")]
    pub time_ms: i64,
    /// Since Spark 4.0.
    #[serde(rename = "ExitCode", default)]
    pub exit_code: Option<i64>,
}

/// `SparkListenerEnvironmentUpdate`, the parts a fleet question can need. Hadoop and metrics properties
/// and the classpath are left in the log.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct EnvironmentUpdate<'a> {
    #[serde(rename = "JVM Information", borrow, default)]
    pub jvm: Properties<'a>,
    #[serde(rename = "Spark Properties", borrow, default)]
    pub spark: Properties<'a>,
    #[serde(rename = "System Properties", borrow, default)]
    pub system: Properties<'a>,
}

/// More properties than any application has. A line of nothing but tiny ones would take many times its size in
/// memory, and as many looks for each key.
const MOST_PROPERTIES: usize = 10_000;

/// A map of strings in the order of the log, the first [`MOST_PROPERTIES`] of them. A key given twice keeps its last
/// value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Properties<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Properties<'_> {
    /// The value of `key`, if it is set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, value)| value.as_ref())
    }
}

impl<'a> Properties<'a> {
    /// The value of `key`, borrowed from the line where it can be.
    pub(super) fn take(&self, key: &str) -> Option<Cow<'a, str>> {
        self.0
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, value)| value.clone())
    }
}

/// A string that borrows from the line where it can (a bare `Cow` inside a map entry never would).
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Properties<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Properties<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Properties::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<Text<'de>, Option<Text<'de>>>()? {
                    if let Some(value) = value.filter(|_| entries.len() < MOST_PROPERTIES) {
                        entries.push((key.0, value.0));
                    }
                }
                Ok(Properties(entries))
            }
        }
        deserializer.deserialize_any(Entries)
    }
}

/// `SparkListenerResourceProfileAdded`, the amounts that decide cores and memory. Memory is in MiB.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceProfile {
    pub id: i64,
    pub executor_cores: Option<i64>,
    pub heap_mib: Option<i64>,
    pub overhead_mib: Option<i64>,
    pub off_heap_mib: Option<i64>,
    pub pyspark_mib: Option<i64>,
    /// Cores that one task occupies; may be a fraction.
    pub task_cpus: Option<f64>,
}

#[derive(Deserialize)]
pub(super) struct ResourceProfileAdded<'a> {
    #[serde(rename = "Resource Profile Id")]
    id: i64,
    #[serde(rename = "Executor Resource Requests", borrow, default)]
    executor: BTreeMap<Cow<'a, str>, Amount>,
    #[serde(rename = "Task Resource Requests", borrow, default)]
    task: BTreeMap<Cow<'a, str>, Amount>,
}

#[derive(Deserialize)]
struct Amount {
    #[serde(rename = "Amount")]
    amount: f64,
}

impl From<ResourceProfileAdded<'_>> for ResourceProfile {
    fn from(added: ResourceProfileAdded<'_>) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "amounts are whole MiB; a float cast saturates"
        )]
        let executor = |name: &str| added.executor.get(name).map(|a| a.amount as i64);
        ResourceProfile {
            id: added.id,
            executor_cores: executor("cores"),
            heap_mib: executor("memory"),
            overhead_mib: executor("memoryOverhead"),
            off_heap_mib: executor("offHeap"),
            pyspark_mib: executor("pyspark.memory"),
            task_cpus: added.task.get("cpus").map(|a| a.amount),
        }
    }
}
