//! `shh serve`: answer over HTTP until told to stop.

use anyhow::Result;

use crate::cli::ServeArgs;
use crate::error::Exit;
use crate::serve::{Listening, serve};
use crate::settings::{ServeSettings, Settings};
use crate::ui::Ui;

pub(super) fn run(args: &ServeArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let decided = ServeSettings::decide(args, settings)?;
    serve(&decided, |listening| {
        tell_who_can_ask(listening, ui);
        ui.status(&format!("listening on http://{}", listening.address));
        if matches!(settings.database.try_exists(), Ok(false)) {
            ui.status(&format!(
                "there is no database `{}` yet: answers are empty until an ingest has made it",
                settings.database.display()
            ));
        }
    })?;
    Ok(Exit::Done)
}

/// Says what it means to listen where other machines can reach it.
fn tell_who_can_ask(listening: &Listening, ui: &Ui) {
    if listening.address.ip().is_loopback() {
        return;
    }
    if listening.asks_for_credentials {
        ui.warn(&format!(
            "{} can be reached from other machines. Credentials and answers cross the network in clear text: \
             put a proxy with TLS in front",
            listening.address
        ));
    } else {
        ui.warn(&format!(
            "{} can be reached from other machines, and whoever reaches it can read every application's name, \
             user, configuration and figures: give --auth-file, or put a proxy that asks for credentials in front",
            listening.address
        ));
    }
}
