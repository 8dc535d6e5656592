//! Block managers and the blocks that they hold.

use serde::Deserialize;

use super::Text;

/// Where an RDD or a block is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct StorageLevel {
    #[serde(rename = "Use Disk", default)]
    pub use_disk: bool,
    #[serde(rename = "Use Memory", default)]
    pub use_memory: bool,
    #[serde(rename = "Use Off Heap", default)]
    pub use_off_heap: bool,
    #[serde(rename = "Deserialized", default)]
    pub is_deserialized: bool,
    #[serde(rename = "Replication", default)]
    pub replication: i64,
}

impl StorageLevel {
    /// Whether it keeps anything anywhere.
    pub fn is_valid(self) -> bool {
        (self.use_memory || self.use_disk) && self.replication > 0
    }
}

/// `SparkListenerBlockManagerAdded`.
#[derive(Debug, Deserialize)]
pub struct BlockManagerAdded<'a> {
    #[serde(rename = "Block Manager ID", borrow)]
    pub manager: BlockManagerId<'a>,
    #[serde(rename = "Maximum Memory")]
    pub max_memory_bytes: i64,
    /// Absent in Spark 1.0.
    #[serde(rename = "Timestamp", default)]
    pub time_ms: Option<i64>,
    /// Since Spark 2.2.
    #[serde(rename = "Maximum Onheap Memory", default)]
    pub max_on_heap_bytes: Option<i64>,
    #[serde(rename = "Maximum Offheap Memory", default)]
    pub max_off_heap_bytes: Option<i64>,
}

/// Names a block manager.
#[derive(Debug, Deserialize)]
pub struct BlockManagerId<'a> {
    #[serde(rename = "Executor ID", borrow)]
    pub executor_id: Text<'a>,
    #[serde(rename = "Host", borrow)]
    pub host: Text<'a>,
    #[serde(rename = "Port")]
    pub port: i64,
}

/// `SparkListenerBlockUpdated`.
#[derive(Debug, Deserialize)]
pub struct BlockUpdated<'a> {
    #[serde(rename = "Block Updated Info", borrow)]
    pub info: BlockInfo<'a>,
}

/// A block, and what its manager now holds of it.
#[derive(Debug, Deserialize)]
pub struct BlockInfo<'a> {
    #[serde(rename = "Block Manager ID", borrow)]
    pub manager: BlockManagerId<'a>,
    #[serde(rename = "Block ID", borrow)]
    pub block_id: Text<'a>,
    #[serde(rename = "Storage Level")]
    pub level: StorageLevel,
    #[serde(rename = "Memory Size")]
    pub memory_bytes: i64,
    #[serde(rename = "Disk Size")]
    pub disk_bytes: i64,
}
