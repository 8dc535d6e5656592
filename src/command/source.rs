//! `shh source check`: try a place of logs out, step by step.

use std::io::ErrorKind;

use anyhow::Result;

use crate::cli::{SourceAction, SourceArgs};
use crate::error::Exit;
use crate::settings::{Settings, SourceCheckSettings};
use crate::source::{RemoteError, Step, check, remote_error};
use crate::ui::Ui;

pub(super) fn run(args: &SourceArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let SourceAction::Check(args) = &args.action;
    let decided = SourceCheckSettings::decide(args, settings)?;
    for warning in &decided.remote.warnings {
        ui.warn(warning);
    }
    ui.print(&format!("{}\n", decided.location))?;
    let mut printed = Ok(());
    let works = check(&decided.location, &decided.remote, &mut |step| {
        if printed.is_ok() {
            printed = ui.print(&line(step));
        }
    });
    printed?;
    Ok(if works { Exit::Done } else { Exit::Failed })
}

fn line(step: &Step) -> String {
    let took = crate::number::seconds(step.took.as_secs_f64());
    match &step.outcome {
        Ok(said) => format!("  {:<14} ok      {said} ({took})\n", step.name),
        Err(error) => {
            let hint = remote_error(error).and_then(RemoteError::advice);
            let hint = hint.or(match error.kind() {
                ErrorKind::NotFound => Some("does it exist? A path is one of this machine"),
                ErrorKind::PermissionDenied => Some("run as a user who may read it"),
                _ => None,
            });
            let hint = hint.map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            format!("  {:<14} FAILED  {error} ({took})\n{hint}", step.name)
        }
    }
}
