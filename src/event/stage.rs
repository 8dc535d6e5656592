//! The `Stage Info` of `SparkListenerStageSubmitted` and `SparkListenerStageCompleted`.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::cursor::Cursor;

/// One stage attempt as of the event. RDD information and call site details stay in the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StageInfo<'a> {
    #[serde(rename = "Stage ID")]
    pub stage_id: i64,
    /// Absent before Spark 1.1.
    #[serde(rename = "Stage Attempt ID", default)]
    pub stage_attempt: i64,
    #[serde(rename = "Stage Name", borrow, default)]
    pub name: Cow<'a, str>,
    #[serde(rename = "Number of Tasks", default)]
    pub num_tasks: i64,
    #[serde(rename = "Submission Time", default)]
    pub submitted_ms: Option<i64>,
    #[serde(rename = "Completion Time", default)]
    pub completed_ms: Option<i64>,
    #[serde(rename = "Failure Reason", borrow, default)]
    pub failure: Option<Cow<'a, str>>,
    /// The stages whose shuffle output this one reads; absent before Spark 1.5.
    #[serde(rename = "Parent IDs", default)]
    pub parent_ids: Vec<i64>,
    /// Since Spark 3.1.
    #[serde(rename = "Resource Profile Id", default)]
    pub resource_profile_id: i64,
    #[serde(rename = "Accumulables", borrow, default)]
    pub accumulables: Accumulables<'a>,
}

/// The `Accumulables` of a stage as they stand in the line, `[]` or longer: they are long and seldom of
/// interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accumulables<'a>(pub(super) &'a str);

impl Default for Accumulables<'_> {
    fn default() -> Self {
        Accumulables("[]")
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Accumulables<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Accumulables(raw.get()))
    }
}

impl Accumulables<'_> {
    /// The numbers of the counters that the stage's tasks added to; none if they are not as Spark writes them.
    pub fn ids(&self) -> Vec<i64> {
        self.scanned_ids().unwrap_or_else(|| self.parsed_ids())
    }

    /// What each counter begins with cannot stand inside a string, because a quote there is written `\"`. `None` where
    /// not every object begins so.
    fn scanned_ids(&self) -> Option<Vec<i64>> {
        let text = self.0.as_bytes();
        let mut ids = Vec::with_capacity(text.len() / USUAL_COUNTER_BYTES);
        for at in COUNTER.find_iter(text) {
            let mut cursor = Cursor {
                rest: &text[at + COUNTER.needle().len()..],
            };
            ids.push(cursor.integer()?);
        }
        (ids.len() == NEXT_OBJECT.find_iter(text).count() + 1).then_some(ids)
    }

    pub(super) fn parsed_ids(&self) -> Vec<i64> {
        #[derive(Deserialize)]
        struct Counter {
            #[serde(rename = "ID")]
            id: i64,
        }
        serde_json::from_str::<Vec<Counter>>(self.0)
            .map(|counters| counters.into_iter().map(|counter| counter.id).collect())
            .unwrap_or_default()
    }
}

static COUNTER: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#"{"ID":"#));
static NEXT_OBJECT: LazyLock<Finder> = LazyLock::new(|| Finder::new("},{"));
const USUAL_COUNTER_BYTES: usize = 128;

#[derive(Deserialize)]
pub(super) struct RawStageEvent<'a> {
    #[serde(rename = "Stage Info", borrow)]
    pub info: StageInfo<'a>,
}
