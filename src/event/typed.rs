//! The definition of every event: serde structs that name the fields that matter and skip the rest.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::application::ResourceProfileAdded;
use super::executor::RawExecutorAdded;
use super::job::{RawJobEnd, RawJobStart};
use super::plan::file_nodes;
use super::stage::RawStageEvent;
use super::task::{RawTaskEnd, RawTaskStart};
use super::{Event, Parsed, SqlExecutionStart};

/// Spark's own writer puts `Event` first and no space anywhere.
const PREFIX: &[u8] = b"{\"Event\":\"";

/// Reads one line by its event's name, wherever in the line the name stands.
pub fn parse(line: &[u8]) -> Parsed<'_> {
    let outcome = match leading_name(line) {
        Some(name) => parse_named(name, line),
        None => match serde_json::from_slice::<Tag>(line) {
            Ok(tag) => parse_named(tag.event.as_bytes(), line),
            Err(error) => Err(error),
        },
    };
    match outcome {
        Ok(event) => Parsed::Event(event),
        Err(error) => Parsed::Malformed(describe(&error)),
    }
}

/// The event's name if it is the line's first key.
fn leading_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(PREFIX)?;
    let end = memchr::memchr(b'"', rest)?;
    rest.get(..end)
}

fn parse_named<'a>(name: &[u8], line: &'a [u8]) -> Result<Event<'a>, serde_json::Error> {
    let name = name.strip_prefix(b"SparkListener").unwrap_or(name);
    Ok(match name {
        b"TaskEnd" => Event::TaskEnd(read::<RawTaskEnd>(line)?.into()),
        b"TaskStart" => Event::TaskStart(read::<RawTaskStart>(line)?.into()),
        b"StageSubmitted" => Event::StageSubmitted(read::<RawStageEvent>(line)?.info),
        b"StageCompleted" => Event::StageCompleted(read::<RawStageEvent>(line)?.info),
        b"JobStart" => Event::JobStart(read::<RawJobStart>(line)?.into()),
        b"JobEnd" => Event::JobEnd(read::<RawJobEnd>(line)?.into()),
        b"LogStart" => Event::LogStart {
            spark_version: read::<LogStart>(line)?.spark_version,
        },
        b"ApplicationStart" => Event::ApplicationStart(read(line)?),
        b"ApplicationEnd" => Event::ApplicationEnd(read(line)?),
        b"EnvironmentUpdate" => Event::EnvironmentUpdate(read(line)?),
        b"ResourceProfileAdded" => Event::ResourceProfileAdded(read::<ResourceProfileAdded>(line)?.into()),
        b"ExecutorAdded" => Event::ExecutorAdded(read::<RawExecutorAdded>(line)?.into()),
        b"ExecutorRemoved" => Event::ExecutorRemoved(read(line)?),
        b"StageExecutorMetrics" => Event::StageExecutorMetrics(read(line)?),
        b"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart" => {
            Event::SqlExecutionStart(SqlExecutionStart {
                file_nodes: file_nodes(line),
                ..read(line)?
            })
        }
        b"org.apache.spark.sql.execution.ui.SparkListenerSQLAdaptiveExecutionUpdate" => {
            read::<IgnoredAny>(line)?;
            Event::SqlPlanUpdate {
                file_nodes: file_nodes(line),
            }
        }
        b"org.apache.spark.sql.execution.ui.SparkListenerDriverAccumUpdates" => {
            // A vendor's Spark may write them in another way; the line is none the worse for it.
            match read(line) {
                Ok(updates) => Event::DriverAccumUpdates(updates),
                Err(_) => Event::Other {
                    time_ms: read::<Times>(line)?.latest(),
                },
            }
        }
        b"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionEnd" => {
            Event::SqlExecutionEnd(read(line)?)
        }
        b"org.apache.spark.sql.streaming.StreamingQueryListener$QueryStartedEvent" => {
            Event::StreamingQueryStarted
        }
        _ => Event::Other {
            time_ms: read::<Times>(line)?.latest(),
        },
    })
}

fn read<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(line)
}

/// What is wrong with the line, without its content: logs hold secrets, messages must not.
fn describe(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "cut off in the middle of its JSON".to_owned(),
        serde_json::error::Category::Data => {
            format!("a field has an unexpected value at column {}", error.column())
        }
        _ => format!("not JSON at column {}", error.column()),
    }
}

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "Event")]
    event: String,
}

#[derive(Deserialize)]
struct LogStart<'a> {
    #[serde(rename = "Spark Version", borrow)]
    spark_version: std::borrow::Cow<'a, str>,
}

/// The times that any event may carry at its top level.
#[derive(Deserialize)]
struct Times {
    #[serde(rename = "Timestamp", default)]
    timestamp: Time,
    #[serde(rename = "time", default)]
    time: Time,
    #[serde(rename = "eventTime", default)]
    event_time: Time,
    #[serde(rename = "Task Info", default)]
    task_info: Option<TaskTimes>,
}

#[derive(Deserialize)]
struct TaskTimes {
    #[serde(rename = "Launch Time", default)]
    launch: Time,
    #[serde(rename = "Getting Result Time", default)]
    getting_result: Time,
}

impl Times {
    fn latest(&self) -> Option<i64> {
        let (launch, getting_result) = match &self.task_info {
            Some(info) => (info.launch.0, info.getting_result.0),
            None => (None, None),
        };
        [
            self.timestamp.0,
            self.time.0,
            self.event_time.0,
            launch,
            getting_result,
        ]
        .into_iter()
        .flatten()
        .max()
    }
}

/// Milliseconds if the value is a number; events of other projects use the same keys for texts.
#[derive(Default)]
struct Time(Option<i64>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> serde::de::Visitor<'de> for AnyValue {
            type Value = Time;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("any value")
            }
            fn visit_i64<E>(self, value: i64) -> Result<Time, E> {
                Ok(Time(Some(value)))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Time, E> {
                Ok(Time(i64::try_from(value).ok()))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_str<E>(self, _: &str) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_unit<E>(self) -> Result<Time, E> {
                Ok(Time(None))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Time, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Time(None))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Time, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Time(None))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}
