//! Cached RDDs and the memory of executors that blocks take. Only logs with block updates have any.

use std::collections::HashMap;

use super::order::{as_mutable_map, hash_of_text};
use super::{Distribution, Executor, Partition, Rdd, Replay, Strings};
use crate::event::detail::{BlockInfo, RddInfo, StorageLevel};

/// An RDD that is cached, or will be.
#[derive(Debug)]
pub(super) struct LiveRdd {
    id: i64,
    name: String,
    num_partitions: i64,
    level: StorageLevel,
    memory_used: i64,
    disk_used: i64,
    partitions: Vec<LivePartition>,
    places: HashMap<String, usize>,
    distribution: Vec<LiveDistribution>,
    /// The most executors that it was spread over at once.
    most_executors: usize,
}

#[derive(Debug)]
struct LivePartition {
    block: String,
    memory_used: i64,
    disk_used: i64,
    executors: Vec<String>,
}

#[derive(Debug)]
struct LiveDistribution {
    executor: String,
    memory_used: i64,
    disk_used: i64,
    on_heap_used: i64,
    off_heap_used: i64,
    /// As last computed: what is free is not looked at again until the next block.
    shown: Distribution,
}

/// What remains after a change, which is never less than nothing.
fn plus(old: i64, delta: i64) -> i64 {
    old.saturating_add(delta).max(0)
}

/// Spark's words for a storage level.
pub(super) fn description(level: StorageLevel) -> String {
    let disk = if level.use_disk { "Disk " } else { "" };
    let memory = match (level.use_memory, level.use_off_heap) {
        (true, true) => "Memory (off heap) ",
        (true, false) => "Memory ",
        (false, _) => "",
    };
    let form = if level.is_deserialized {
        "Deserialized"
    } else {
        "Serialized"
    };
    format!("{disk}{memory}{form} {}x Replicated", level.replication)
}

impl LiveRdd {
    pub(super) fn new(info: &RddInfo) -> Self {
        LiveRdd {
            id: info.id,
            name: info.name.to_string(),
            num_partitions: info.num_partitions,
            level: info.level,
            memory_used: 0,
            disk_used: 0,
            partitions: Vec::new(),
            places: HashMap::new(),
            distribution: Vec::new(),
            most_executors: 0,
        }
    }

    fn remove_partition(&mut self, block: &str) {
        if let Some(place) = self.places.remove(block) {
            self.partitions.remove(place);
            for later in self.places.values_mut().filter(|later| **later > place) {
                *later -= 1;
            }
        }
    }

    /// What a removed executor held is lost.
    pub(super) fn forget_executor(&mut self, executor: &str) {
        self.distribution.retain(|held| held.executor != executor);
        let mut lost = Vec::new();
        for partition in &mut self.partitions {
            if !partition.executors.iter().any(|holder| holder == executor) {
                continue;
            }
            let holders = i64::try_from(partition.executors.len()).unwrap_or(1);
            let (memory, disk) = (partition.memory_used / holders, partition.disk_used / holders);
            self.memory_used = plus(self.memory_used, -memory);
            self.disk_used = plus(self.disk_used, -disk);
            if holders == 1 {
                lost.push(partition.block.clone());
            } else {
                partition.memory_used = plus(partition.memory_used, -memory);
                partition.disk_used = plus(partition.disk_used, -disk);
                partition.executors.retain(|holder| holder != executor);
            }
        }
        for block in lost {
            self.remove_partition(&block);
        }
    }

    /// Changes a partition by one block update; answers by how much the number of blocks of the executor changes.
    fn update(&mut self, block: &str, executor: &str, level: StorageLevel, memory: i64, disk: i64) -> i64 {
        let place = match self.places.get(block) {
            Some(place) => *place,
            None => {
                self.partitions.push(LivePartition {
                    block: block.to_owned(),
                    memory_used: 0,
                    disk_used: 0,
                    executors: Vec::new(),
                });
                self.places.insert(block.to_owned(), self.partitions.len() - 1);
                self.partitions.len() - 1
            }
        };
        let partition = &mut self.partitions[place];
        let mut blocks = 0;
        if !level.is_valid() {
            blocks = -1;
            partition.executors.retain(|holder| holder != executor);
        } else if !partition.executors.iter().any(|holder| holder == executor) {
            blocks = 1;
            partition.executors.push(executor.to_owned());
        }
        if partition.executors.is_empty() {
            self.remove_partition(block);
        } else {
            partition.memory_used = plus(partition.memory_used, memory);
            partition.disk_used = plus(partition.disk_used, disk);
        }
        blocks
    }

    fn spread(&mut self, executor: &Executor, level: StorageLevel, memory: i64, disk: i64) {
        let place = self
            .distribution
            .iter()
            .position(|held| held.executor == executor.id);
        let place = place.unwrap_or_else(|| {
            self.distribution.push(LiveDistribution {
                executor: executor.id.clone(),
                memory_used: 0,
                disk_used: 0,
                on_heap_used: 0,
                off_heap_used: 0,
                shown: Distribution {
                    address: String::new(),
                    memory_used: 0,
                    memory_remaining: 0,
                    disk_used: 0,
                    heap: None,
                },
            });
            self.most_executors = self.most_executors.max(self.distribution.len());
            self.distribution.len() - 1
        });
        let held = &mut self.distribution[place];
        held.memory_used = plus(held.memory_used, memory);
        held.disk_used = plus(held.disk_used, disk);
        if executor.memory.is_some() {
            let used = if level.use_off_heap {
                &mut held.off_heap_used
            } else {
                &mut held.on_heap_used
            };
            *used = plus(*used, memory);
        }
        held.show(executor);
    }

    pub(super) fn shown(mut self, _strings: &Strings) -> Rdd {
        let most = self.most_executors;
        as_mutable_map(&mut self.distribution, most, |held| hash_of_text(&held.executor));
        let rdd_level = self.level;
        let level_of = |partition: &LivePartition| StorageLevel {
            use_disk: partition.disk_used > 0,
            use_memory: partition.memory_used > 0,
            use_off_heap: rdd_level.use_off_heap,
            is_deserialized: partition.memory_used > 0 && rdd_level.is_deserialized,
            replication: i64::try_from(partition.executors.len()).unwrap_or(i64::MAX),
        };
        Rdd {
            id: self.id,
            name: self.name,
            num_partitions: self.num_partitions,
            level: description(rdd_level),
            memory_used: self.memory_used,
            disk_used: self.disk_used,
            distribution: self.distribution.into_iter().map(|held| held.shown).collect(),
            partitions: self
                .partitions
                .into_iter()
                .map(|partition| Partition {
                    level: description(level_of(&partition)),
                    block: partition.block,
                    memory_used: partition.memory_used,
                    disk_used: partition.disk_used,
                    executors: partition.executors,
                })
                .collect(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let partitions = self.partitions.iter().map(|partition| {
            2 * partition.block.len() + 160 + partition.executors.iter().map(|e| e.len() + 32).sum::<usize>()
        });
        200 + partitions.sum::<usize>() + self.distribution.len() * 256
    }
}

impl LiveDistribution {
    fn show(&mut self, executor: &Executor) {
        let address = executor.host_port.as_ref().or(executor.host.as_ref());
        self.shown = Distribution {
            address: address.cloned().unwrap_or_default(),
            memory_used: self.memory_used,
            memory_remaining: executor.max_memory.wrapping_sub(executor.memory_used),
            disk_used: self.disk_used,
            heap: executor.memory.map(|memory| {
                [
                    self.on_heap_used,
                    self.off_heap_used,
                    memory.total_on_heap.wrapping_sub(memory.used_on_heap),
                    memory.total_off_heap.wrapping_sub(memory.used_off_heap),
                ]
            }),
        };
    }
}

impl Replay {
    pub(super) fn block_updated(&mut self, info: &BlockInfo) {
        let executor = &*info.manager.executor_id;
        let sign = |is_kept: bool| if is_kept { 1 } else { -1 };
        let memory = info.memory_bytes.saturating_mul(sign(info.level.use_memory));
        let disk = info.disk_bytes.saturating_mul(sign(info.level.use_disk));
        let rdd_id = rdd_of_block(&info.block_id);
        if rdd_id.is_none() && !is_broadcast(&info.block_id) {
            return;
        }
        let name = self.store.strings.name(executor);
        if let Some(executor) = self.live_executors.get_mut(&name) {
            let shown = &mut executor.shown;
            if let Some(storage) = &mut shown.memory {
                let used = if info.level.use_off_heap {
                    &mut storage.used_off_heap
                } else {
                    &mut storage.used_on_heap
                };
                *used = plus(*used, memory);
            }
            shown.memory_used = plus(shown.memory_used, memory);
            shown.disk_used = plus(shown.disk_used, disk);
        }
        let Some(rdd_id) = rdd_id else { return };
        let holder = self
            .live_executors
            .get_mut(&name)
            .map(|executor| &mut executor.shown);
        let mut blocks = 0;
        if let Some(rdd) = self.live_rdds.get_mut(&rdd_id) {
            blocks = rdd.update(&info.block_id, executor, info.level, memory, disk);
            if let Some(holder) = &holder {
                if holder.rdd_blocks + blocks > 0 {
                    rdd.spread(holder, info.level, memory, disk);
                } else {
                    rdd.distribution.retain(|held| held.executor != holder.id);
                }
            }
            rdd.memory_used = plus(rdd.memory_used, memory);
            rdd.disk_used = plus(rdd.disk_used, disk);
            if let Some(holder) = &holder {
                for (_, other) in self.live_rdds.iter_mut().filter(|(id, _)| **id != rdd_id) {
                    if let Some(held) = other
                        .distribution
                        .iter_mut()
                        .find(|held| held.executor == holder.id)
                    {
                        held.show(holder);
                    }
                }
            }
        }
        if let Some(holder) = holder {
            holder.rdd_blocks += blocks;
        }
    }

    pub(super) fn unpersist(&mut self, rdd_id: i64) {
        let Some(rdd) = self.live_rdds.remove(&rdd_id) else {
            return;
        };
        for partition in &rdd.partitions {
            for executor in &partition.executors {
                let name = self.store.strings.name(executor);
                if let Some(executor) = self.live_executors.get_mut(&name) {
                    executor.shown.rdd_blocks -= 1;
                }
            }
        }
        for held in &rdd.distribution {
            let name = self.store.strings.name(&held.executor);
            let Some(executor) = self.live_executors.get_mut(&name) else {
                continue;
            };
            let executor = &mut executor.shown;
            if let Some(storage) = &mut executor.memory {
                if rdd.level.use_off_heap {
                    storage.used_off_heap = plus(storage.used_off_heap, -held.off_heap_used);
                } else {
                    storage.used_on_heap = plus(storage.used_on_heap, -held.on_heap_used);
                }
            }
            executor.memory_used = plus(executor.memory_used, -held.memory_used);
            executor.disk_used = plus(executor.disk_used, -held.disk_used);
        }
    }
}

/// The RDD of a block `rdd_<id>_<partition>`.
fn rdd_of_block(block: &str) -> Option<i64> {
    let (rdd, partition) = block.strip_prefix("rdd_")?.split_once('_')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(rdd) && is_number(partition))
        .then(|| rdd.parse().ok())
        .flatten()
}

/// Whether a block is named `broadcast_<id>` with any field behind it.
fn is_broadcast(block: &str) -> bool {
    let Some(rest) = block.strip_prefix("broadcast_") else {
        return false;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && matches!(rest.as_bytes().get(digits), None | Some(b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_told_by_their_names() {
        assert_eq!(rdd_of_block("rdd_12_3"), Some(12));
        assert_eq!(rdd_of_block("rdd_12"), None);
        assert_eq!(rdd_of_block("rdd_a_3"), None);
        assert!(is_broadcast("broadcast_1") && is_broadcast("broadcast_1_piece0"));
        assert!(!is_broadcast("broadcast_") && !is_broadcast("shuffle_1_2_3"));
    }

    #[test]
    fn levels_are_described_in_sparks_words() {
        let level = StorageLevel {
            use_disk: true,
            use_memory: true,
            use_off_heap: false,
            is_deserialized: true,
            replication: 2,
        };
        assert_eq!(description(level), "Disk Memory Deserialized 2x Replicated");
        assert_eq!(description(StorageLevel::default()), "Serialized 0x Replicated");
    }
}
