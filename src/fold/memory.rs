//! How much memory the container of an executor holds, from configuration and resource profile.
//!
//! Heap + overhead + off-heap (only if enabled) + PySpark memory (whenever set), in MiB. An overhead that
//! is given replaces the derived one even if it is smaller; a derived one is truncated to whole MiB and is
//! at least the minimum. Spark: `ResourceProfile.getResourcesForClusterManager`.

use crate::event::{Properties, ResourceProfile};

/// The container memory of executors without a resource profile of their own, and what profiles inherit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DefaultMemory {
    heap_mib: i64,
    overhead_mib: i64,
    is_off_heap: bool,
    off_heap_mib: i64,
    pyspark_mib: i64,
    /// No overhead was configured: it follows from the heap.
    is_derived: bool,
    overhead_factor: f64,
    least_overhead_mib: i64,
}

/// A container's memory, and the heap within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContainerMemory {
    pub heap_mib: i64,
    pub total_mib: i64,
}

impl DefaultMemory {
    pub(super) fn from_conf(conf: &Properties) -> Self {
        let mib = |key: &str| conf.get(key).and_then(|text| parse_mib(text, 1 << 20));
        let heap_mib = mib("spark.executor.memory").unwrap_or(1024);
        let least_mib = mib("spark.executor.minMemoryOverhead").unwrap_or(384);
        let given_mib =
            mib("spark.executor.memoryOverhead").or_else(|| mib("spark.yarn.executor.memoryOverhead"));
        let overhead_factor = overhead_factor(conf);
        let overhead_mib =
            given_mib.unwrap_or_else(|| derived_overhead_mib(heap_mib, overhead_factor, least_mib));
        let is_off_heap = conf.get("spark.memory.offHeap.enabled") == Some("true");
        let off_heap_mib = if is_off_heap {
            conf.get("spark.memory.offHeap.size")
                .and_then(|text| parse_mib(text, 1))
                .unwrap_or(0)
        } else {
            0
        };
        let pyspark_mib = mib("spark.executor.pyspark.memory").unwrap_or(0);
        DefaultMemory {
            heap_mib,
            overhead_mib,
            is_off_heap,
            off_heap_mib,
            pyspark_mib,
            is_derived: given_mib.is_none(),
            overhead_factor,
            least_overhead_mib: least_mib,
        }
    }

    /// The same with what the default resource profile requests, where the log holds it.
    pub(super) fn requested(mut self, profile: Option<&ResourceProfile>) -> Self {
        let Some(profile) = profile else { return self };
        if let Some(heap_mib) = profile.heap_mib {
            self.heap_mib = heap_mib;
            if self.is_derived {
                self.overhead_mib =
                    derived_overhead_mib(heap_mib, self.overhead_factor, self.least_overhead_mib);
            }
        }
        self.overhead_mib = profile.overhead_mib.unwrap_or(self.overhead_mib);
        self.off_heap_mib = profile
            .off_heap_mib
            .filter(|_| self.is_off_heap)
            .unwrap_or(self.off_heap_mib);
        self.pyspark_mib = profile.pyspark_mib.unwrap_or(self.pyspark_mib);
        self
    }

    /// The overhead in MiB, and whether it follows from the heap.
    pub(super) fn overhead(&self) -> (i64, bool) {
        (self.overhead_mib, self.is_derived)
    }

    /// The container of an executor with `profile`. What a profile does not request it inherits.
    pub(super) fn container(&self, profile: Option<&ResourceProfile>) -> ContainerMemory {
        let part = |given: Option<i64>, default: i64| given.unwrap_or(default);
        let heap_mib = part(profile.and_then(|p| p.heap_mib), self.heap_mib);
        let total_mib = [
            heap_mib,
            part(profile.and_then(|p| p.overhead_mib), self.overhead_mib),
            part(
                profile.and_then(|p| p.off_heap_mib).filter(|_| self.is_off_heap),
                self.off_heap_mib,
            ),
            part(profile.and_then(|p| p.pyspark_mib), self.pyspark_mib),
        ]
        .into_iter()
        .fold(0_i64, i64::saturating_add);
        ContainerMemory { heap_mib, total_mib }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "Spark truncates to whole MiB; a float cast saturates"
)]
fn derived_overhead_mib(heap_mib: i64, factor: f64, least_mib: i64) -> i64 {
    ((heap_mib as f64 * factor) as i64).max(least_mib)
}

fn overhead_factor(conf: &Properties) -> f64 {
    let number = |key: &str| conf.get(key).and_then(|text| text.trim().parse::<f64>().ok());
    number("spark.executor.memoryOverheadFactor")
        .or_else(|| number("spark.kubernetes.memoryOverheadFactor"))
        // One vendor's 3.1 has a percentage instead.
        .or_else(|| number("spark.memoryOverhead.multiplier.percent").map(|percent| percent / 100.0))
        // Kubernetes applications of Python and R get more; deploy mode cannot tell, it logs as `client`.
        .unwrap_or_else(|| match conf.get("spark.kubernetes.resource.type") {
            Some("python" | "r") => 0.4,
            _ => 0.1,
        })
}

/// A size as Spark writes it (`4g`, `512m`, `1024`), in whole MiB. `unit` is what a bare number counts, in
/// bytes. `None` for anything else.
pub(super) fn parse_mib(text: &str, unit: i64) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: i64 = text[..digits].parse().ok()?;
    let factor = match text[digits..].trim() {
        "" => unit,
        "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        "p" | "pb" | "pib" => 1 << 50,
        _ => return None,
    };
    Some(number.saturating_mul(factor) >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(entries: &[(&'static str, &'static str)]) -> Properties<'static> {
        Properties(
            entries
                .iter()
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect(),
        )
    }

    fn total(entries: &[(&'static str, &'static str)]) -> i64 {
        DefaultMemory::from_conf(&conf(entries)).container(None).total_mib
    }

    #[test]
    fn derived_overhead_is_truncated_and_has_a_floor() {
        assert_eq!(total(&[]), 1024 + 384);
        assert_eq!(total(&[("spark.executor.memory", "4g")]), 4096 + 409);
        assert_eq!(total(&[("spark.executor.minMemoryOverhead", "512m")]), 1024 + 512);
    }

    #[test]
    fn given_overhead_replaces_the_derived_one_even_if_smaller() {
        assert_eq!(
            total(&[
                ("spark.executor.memory", "8g"),
                ("spark.executor.memoryOverhead", "100m")
            ]),
            8292
        );
        assert_eq!(total(&[("spark.yarn.executor.memoryOverhead", "600")]), 1624);
    }

    #[test]
    fn off_heap_counts_only_if_enabled_and_pyspark_memory_whenever_set() {
        let size = ("spark.memory.offHeap.size", "1073741824");
        assert_eq!(total(&[size]), 1408);
        assert_eq!(total(&[size, ("spark.memory.offHeap.enabled", "true")]), 2432);
        assert_eq!(total(&[("spark.executor.pyspark.memory", "2g")]), 1408 + 2048);
    }

    #[test]
    fn python_on_kubernetes_gets_the_larger_factor() {
        let entries = [
            ("spark.executor.memory", "10g"),
            ("spark.kubernetes.resource.type", "python"),
        ];
        assert_eq!(total(&entries), 10240 + 4096);
    }

    #[test]
    fn the_default_profile_decides_over_the_configuration() {
        let profile = ResourceProfile {
            id: 0,
            executor_cores: None,
            heap_mib: Some(8192),
            overhead_mib: None,
            off_heap_mib: None,
            pyspark_mib: Some(100),
            task_cpus: None,
        };
        let default = DefaultMemory::from_conf(&conf(&[])).requested(Some(&profile));
        assert_eq!(default.container(Some(&profile)).total_mib, 8192 + 819 + 100);
        assert_eq!(default.overhead(), (819, true));
    }

    #[test]
    fn custom_profile_without_overhead_keeps_the_default_profiles() {
        let default = DefaultMemory::from_conf(&conf(&[("spark.executor.memory", "20g")]));
        let profile = ResourceProfile {
            id: 1,
            executor_cores: None,
            heap_mib: Some(2048),
            overhead_mib: None,
            off_heap_mib: None,
            pyspark_mib: None,
            task_cpus: None,
        };
        assert_eq!(default.container(Some(&profile)).total_mib, 2048 + 2048);
    }
}
