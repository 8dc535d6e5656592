//! `shh jobs`: how an application name becomes the name of a job.

use anyhow::Result;

use crate::cli::JobsArgs;
use crate::error::{Exit, UserError};
use crate::fold::rows::ConfRow;
use crate::naming::Naming;
use crate::settings::Settings;
use crate::ui::Ui;

pub(super) fn run(args: &JobsArgs, settings: &Settings, ui: &Ui) -> Result<Exit> {
    let naming = Naming::new(&settings.config.jobs, &settings.config.tags)?;
    let conf: Vec<ConfRow> = args
        .conf
        .iter()
        .map(|text| property(text))
        .collect::<Result<_>>()?;
    let mut text = String::new();
    for (place, name) in args.name.iter().enumerate() {
        if place > 0 {
            text.push('\n');
        }
        let steps = naming.explain(name, &conf);
        let width = steps
            .iter()
            .map(|step| step.what.chars().count())
            .max()
            .unwrap_or(0);
        for step in &steps {
            text.push_str(&format!("{:width$}  {}\n", step.what, step.name));
        }
        let job = steps.last().map_or(name.as_str(), |step| step.name.as_str());
        text.push_str(&format!("{:width$}  {job}\n", "job"));
        if let Some(tags) = naming.names(name, &conf).tags {
            for tag in tags.lines() {
                text.push_str(&format!("{:width$}  {tag}\n", "tag"));
            }
        }
    }
    ui.print(&text)?;
    Ok(Exit::Done)
}

/// `KEY=VALUE`
fn property(text: &str) -> Result<ConfRow> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(ConfRow {
            key: key.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err(UserError::usage(format!("`{text}` is not KEY=VALUE")).into()),
    }
}
