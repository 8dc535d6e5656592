//! What makes applications runs of one job, and what they are tagged with: names out of an application's
//! name and its configuration, by rules that users may set.
//!
//! Pure, and cheap enough to be asked anew for every application when the rules change.

mod job;
mod tags;

pub use job::{Jobs, Step};

use anyhow::Result;

use crate::fold::rows::ConfRow;
use crate::settings::{JobsConfig, TagsConfig};

/// The rules, ready to be used.
#[derive(Debug, Clone)]
pub struct Naming {
    jobs: Jobs,
    tags: TagsConfig,
    fingerprint: String,
}

/// What the rules make of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The recurring job that it is a run of.
    pub job: String,
    /// Lines of `key=value`, sorted by key; `None` without any.
    pub tags: Option<String>,
}

/// Raised when the same rules make other names than before.
const VERSION: u32 = 1;

impl Naming {
    /// # Errors
    /// When a rule of the configuration is no regular expression.
    pub fn new(jobs: &JobsConfig, tags: &TagsConfig) -> Result<Self> {
        Ok(Naming {
            jobs: Jobs::new(jobs)?,
            tags: tags.clone(),
            fingerprint: format!("{VERSION} {jobs:?} {tags:?}"),
        })
    }

    /// What the rules make of an application with this name and configuration.
    pub fn names(&self, app_name: &str, conf: &[ConfRow]) -> Names {
        Names {
            job: self.jobs.job(app_name, conf),
            tags: tags::tags(&self.tags, conf),
        }
    }

    /// How an application comes to its job, step by step; the last name is the job.
    pub fn explain(&self, app_name: &str, conf: &[ConfRow]) -> Vec<Step> {
        self.jobs.explain(app_name, conf)
    }

    /// Equal for rules that make the same names.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Properties that must be kept for the rules, besides those that always are.
    pub fn properties(&self) -> Vec<String> {
        let of_tags = self.tags.keys.iter().map(|(_, property)| property.clone());
        self.jobs.properties().chain(of_tags).collect()
    }
}

/// The value of a property among what is kept of the configuration.
fn value<'a>(conf: &'a [ConfRow], key: &str) -> Option<&'a str> {
    conf.iter()
        .find(|row| row.key == key)
        .map(|row| row.value.trim())
        .filter(|value| !value.is_empty())
}
