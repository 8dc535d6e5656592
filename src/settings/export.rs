//! What `shh export` is to write.

use std::path::PathBuf;

use anyhow::Result;

use super::ingest::memory_limit_bytes;
use super::sql::DEFAULT_MEMORY_LIMIT;
use super::{Settings, SummaryFormat};
use crate::cli::ExportArgs;

/// An export, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSettings {
    pub database: PathBuf,
    pub directory: PathBuf,
    pub memory_limit_bytes: u64,
    pub summary: SummaryFormat,
}

impl ExportSettings {
    /// Decides what goes where.
    ///
    /// # Errors
    /// When a value is not valid.
    pub fn decide(args: &ExportArgs, settings: &Settings) -> Result<Self> {
        Ok(Self {
            database: settings.database.clone(),
            directory: args.directory.clone(),
            memory_limit_bytes: memory_limit_bytes(&args.memory_limit, settings, None, DEFAULT_MEMORY_LIMIT)?,
            summary: args.format,
        })
    }
}
