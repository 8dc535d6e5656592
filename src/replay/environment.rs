//! What the application is and what it ran with.

use std::sync::LazyLock;

use regex::Regex;

use super::executors::{map_of_entries, pairs};
use super::order::{
    as_immutable_map, as_mutable_map, hash_of_double, hash_of_list, hash_of_long, hash_of_pair, hash_of_text,
};
use super::{EnvironmentInfo, ExecutorRequest, Identity, Pair, Profile, Replay};
use crate::event::ApplicationEnd;
use crate::event::detail::{AppStart, Environment, Pairs, ProfileAdded};

/// The default of `spark.redaction.regex`.
static SECRETS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)secret|password|token|access[.]?key|credential").ok());

/// What Spark puts in the place of a secret.
const REDACTED: &str = "*********(redacted)";

impl Replay {
    pub(super) fn application_started(&mut self, event: &AppStart) {
        self.store.identity = Some(Identity {
            id: event.id.as_deref().unwrap_or_default().to_owned(),
            name: event.name.to_string(),
            attempt: event.attempt.as_deref().map(str::to_owned),
            user: event.user.to_string(),
            started_ms: event.time_ms,
            ended_ms: None,
            exit_code: None,
        });
        if let Some(logs) = &event.driver_logs {
            let driver = self.store.strings.name("driver");
            if let Some(driver) = self.live_executors.get_mut(&driver) {
                driver.was_written = true;
                driver.shown.logs = map_of_entries(logs);
                driver.shown.attributes = event
                    .driver_attributes
                    .as_ref()
                    .map(map_of_entries)
                    .unwrap_or_default();
            }
        }
    }

    pub(super) fn application_ended(&mut self, event: &ApplicationEnd) {
        if let Some(identity) = &mut self.store.identity {
            identity.ended_ms = Some(event.time_ms);
            identity.exit_code = event.exit_code;
        }
    }

    pub(super) fn environment(&mut self, event: &Environment) {
        if let Some(cpus) = event.spark.get("spark.task.cpus") {
            self.cpus_per_task = cpus.trim().parse().ok().or(self.cpus_per_task);
        }
        let owned = |key: &str| event.jvm.get(key).map(str::to_owned);
        self.store.environment = Some(EnvironmentInfo {
            java_version: owned("Java Version"),
            java_home: owned("Java Home"),
            scala_version: owned("Scala Version"),
            spark: redacted(&event.spark),
            hadoop: redacted(&event.hadoop),
            system: redacted(&event.system),
            metrics: redacted(&event.metrics),
            classpath: sorted(&event.classpath),
        });
    }

    pub(super) fn profile_added(&mut self, event: &ProfileAdded) {
        let executor = event.executor.0.iter().map(|(_, request)| ExecutorRequest {
            name: request.name.to_string(),
            amount: request.amount,
            discovery_script: request.discovery_script.to_string(),
            vendor: request.vendor.to_string(),
        });
        let task = event
            .task
            .0
            .iter()
            .map(|(_, request)| (request.name.to_string(), request.amount));
        let (mut executor, mut task): (Vec<ExecutorRequest>, Vec<(String, f64)>) =
            (executor.collect(), task.collect());
        // Each is a set of entries first, whose hashes come from all that is requested.
        let most = executor.len();
        as_mutable_map(&mut executor, most, |request| {
            let name = hash_of_text(&request.name);
            let request = [
                name,
                hash_of_long(request.amount),
                hash_of_text(&request.discovery_script),
                hash_of_text(&request.vendor),
            ];
            hash_of_pair(name, hash_of_list(&request))
        });
        let most = task.len();
        as_mutable_map(&mut task, most, |(name, amount)| {
            let name = hash_of_text(name);
            hash_of_pair(name, hash_of_list(&[name, hash_of_double(*amount)]))
        });
        let profile = Profile {
            executor: as_immutable_map(executor, |request| hash_of_text(&request.name)),
            task: as_immutable_map(task, |(name, _)| hash_of_text(name)),
        };
        self.store.profiles.insert(event.id, profile);
    }
}

fn sorted(properties: &Pairs) -> Vec<Pair> {
    let mut sorted = pairs(properties);
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}

fn redacted(properties: &Pairs) -> Vec<Pair> {
    let mut redacted = sorted(properties);
    for (key, value) in &mut redacted {
        let is_secret = SECRETS
            .as_ref()
            .is_none_or(|secrets| secrets.is_match(key) || secrets.is_match(value));
        if is_secret {
            *value = REDACTED.to_owned();
        }
    }
    redacted
}
