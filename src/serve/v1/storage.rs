//! `storage/rdd` and `storage/rdd/{id}`.

use super::answer::Refused;
use super::json::Json;
use crate::replay::{Application, Rdd};

pub(super) fn list(app: &Application) -> Vec<u8> {
    let cached = app.rdds.values().filter(|rdd| !rdd.partitions.is_empty());
    Json::document(|json| json.list(cached, write))
}

pub(super) fn one(app: &Application, id: i32) -> Result<Vec<u8>, Refused> {
    let rdd = app
        .rdds
        .get(&i64::from(id))
        .ok_or_else(|| Refused::NotFound(format!("no rdd found w/ id {id}")))?;
    Ok(Json::document(|json| write(json, rdd)))
}

fn write(json: &mut Json, rdd: &Rdd) {
    json.object(|json| {
        json.key("id").int(rdd.id);
        json.key("name").text(&rdd.name);
        json.key("numPartitions").int(rdd.num_partitions);
        json.key("numCachedPartitions").count(rdd.partitions.len());
        json.key("storageLevel").text(&rdd.level);
        json.key("memoryUsed").int(rdd.memory_used);
        json.key("diskUsed").int(rdd.disk_used);
        if !rdd.distribution.is_empty() {
            json.key("dataDistribution")
                .list(&rdd.distribution, |json, held| {
                    json.object(|json| {
                        json.key("address").text(&held.address);
                        json.key("memoryUsed").int(held.memory_used);
                        json.key("memoryRemaining").int(held.memory_remaining);
                        json.key("diskUsed").int(held.disk_used);
                        if let Some([on_heap, off_heap, on_heap_left, off_heap_left]) = held.heap {
                            json.key("onHeapMemoryUsed").int(on_heap);
                            json.key("offHeapMemoryUsed").int(off_heap);
                            json.key("onHeapMemoryRemaining").int(on_heap_left);
                            json.key("offHeapMemoryRemaining").int(off_heap_left);
                        }
                    });
                });
        }
        json.key("partitions").list(&rdd.partitions, |json, partition| {
            json.object(|json| {
                json.key("blockName").text(&partition.block);
                json.key("storageLevel").text(&partition.level);
                json.key("memoryUsed").int(partition.memory_used);
                json.key("diskUsed").int(partition.disk_used);
                json.key("executors")
                    .list(&partition.executors, |json, id| json.text(id));
            });
        });
    });
}
