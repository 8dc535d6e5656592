//! The configuration file of Kerberos, where our own configuration names one.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::Result;

use crate::env;
use crate::error::UserError;
use crate::settings::Settings;

/// Begins the program again with `KRB5_CONFIG` set, if the configuration asks for it and nobody has set it.
///
/// The Kerberos library reads its own environment and nothing else, and to change the environment of a
/// running program is not safe. Nothing has been done yet, so beginning again costs a few milliseconds.
///
/// # Errors
/// When the program cannot be begun again.
pub(super) fn with_its_configuration(settings: &Settings) -> Result<()> {
    let Some(path) = &settings.config.history.hdfs.kerberos.krb5_config_path else {
        return Ok(());
    };
    if settings.environment.raw(env::KRB5_CONFIG).is_some() {
        return Ok(());
    }
    let error = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env(env::KRB5_CONFIG, path)
        .exec();
    Err(UserError::failure(format!(
        "cannot go on with {} set to `{}`",
        env::KRB5_CONFIG,
        path.display()
    ))
    .because(error)
    .into())
}
