//! What `shh prune` and `shh compact` are to do.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::ingest::{DEFAULT_MEMORY_LIMIT, memory_limit_bytes, wait};
use super::section::Section;
use super::{Settings, Span, SummaryFormat, parse};
use crate::cli::{CompactArgs, PruneArgs, RewriteArgs};
use crate::error::UserError;

const DAY_MS: i64 = 86_400_000;

/// `[retention]`: how long figures are kept, where `shh prune` is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RetentionConfig {
    pub older_than: Option<Span>,
}

impl RetentionConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            older_than: section.parsed("older_than")?,
        })
    }
}

/// A prune, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneSettings {
    /// What ended before goes: the begin of a day in UTC.
    pub before_ms: i64,
    pub is_dry_run: bool,
    pub rewrite: RewriteSettings,
}

/// What every command needs that replaces the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RewriteSettings {
    pub database: PathBuf,
    /// How long to wait for the lock.
    pub wait: Duration,
    pub memory_limit_bytes: u64,
    pub summary: SummaryFormat,
}

impl PruneSettings {
    /// Decides what goes.
    ///
    /// # Errors
    /// When a value is not valid, or nobody says how long figures are kept.
    pub fn decide(args: &PruneArgs, settings: &Settings) -> Result<Self> {
        let older_than = match &args.older_than {
            Some(text) => Some(parse::<Span>("--older-than", text)?),
            None => settings.config.retention.older_than,
        };
        let Some(older_than) = older_than else {
            return Err(UserError::usage("how long are figures to be kept?")
                .hint("say --older-than 400d, or set `retention.older_than` in the configuration file")
                .into());
        };
        if older_than.ms() < DAY_MS {
            return Err(UserError::usage(format!(
                "figures cannot be kept for {older_than} only: a day is the least"
            ))
            .into());
        }
        let before_ms = settings.now_ms.saturating_sub(older_than.ms());
        Ok(Self {
            before_ms: before_ms.div_euclid(DAY_MS).saturating_mul(DAY_MS),
            is_dry_run: args.dry_run,
            rewrite: RewriteSettings::of(&args.rewrite, settings)?,
        })
    }
}

impl RewriteSettings {
    /// Decides how the database is written anew.
    ///
    /// # Errors
    /// When a value is not valid.
    pub fn decide(args: &CompactArgs, settings: &Settings) -> Result<Self> {
        Self::of(&args.rewrite, settings)
    }

    fn of(args: &RewriteArgs, settings: &Settings) -> Result<Self> {
        Ok(Self {
            database: settings.database.clone(),
            wait: wait(&args.wait, settings)?,
            memory_limit_bytes: memory_limit_bytes(
                &args.memory_limit,
                settings,
                settings.config.ingest.memory_limit,
                DEFAULT_MEMORY_LIMIT,
            )?,
            summary: args.format,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;
    use super::*;
    use crate::cli::GlobalArgs;
    use crate::env;

    /// The moment of these settings is 01:46:40 of day 11574.
    fn prune(older_than: Option<&str>, config: &str) -> Result<PruneSettings> {
        let args = PruneArgs {
            older_than: older_than.map(str::to_owned),
            ..PruneArgs::default()
        };
        let variables = [(env::SHH_WAIT, "5s")];
        PruneSettings::decide(&args, &settings(&GlobalArgs::default(), &variables, config)?)
    }

    #[test]
    fn the_limit_is_the_begin_of_a_day() {
        assert_eq!(prune(Some("1d"), "").unwrap().before_ms, 11_573 * DAY_MS);
        assert_eq!(prune(Some("30h"), "").unwrap().before_ms, 11_572 * DAY_MS);
        assert_eq!(prune(Some("400d"), "").unwrap().before_ms, 11_174 * DAY_MS);
    }

    #[test]
    fn the_flag_wins_over_the_file_and_one_of_them_is_needed() {
        let config = "retention.older_than = '10d'\ningest.wait = '3s'";
        assert_eq!(prune(None, config).unwrap().before_ms, 11_564 * DAY_MS);
        assert_eq!(prune(Some("1d"), config).unwrap().before_ms, 11_573 * DAY_MS);
        assert_eq!(prune(None, config).unwrap().rewrite.wait.as_secs(), 5);
        assert_eq!(
            prune(None, "").unwrap_err().to_string(),
            "how long are figures to be kept?"
        );
        assert!(prune(Some("1h"), "").is_err());
        assert!(prune(Some("soon"), "").is_err());
    }
}
