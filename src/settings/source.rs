//! What `shh source check` is to do.

use anyhow::Result;

use super::{Defaults, Location, RemoteSettings, Settings};
use crate::cli::SourceCheckArgs;

/// A place to try out, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCheckSettings {
    pub location: Location,
    pub remote: RemoteSettings,
}

impl SourceCheckSettings {
    /// Decides from arguments, environment and configuration.
    ///
    /// # Errors
    /// When the location or a setting is not valid.
    pub fn decide(args: &SourceCheckArgs, settings: &Settings) -> Result<Self> {
        let defaults = Defaults::decide(&args.remote, settings)?;
        Ok(Self {
            location: Location::parse(&args.location, &defaults)?,
            remote: RemoteSettings::decide(&args.remote, settings)?,
        })
    }
}
