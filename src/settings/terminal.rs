//! How to talk: colors, progress, loudness, width.

use anyhow::Result;
use clap::ValueEnum;

use super::{ColorWhen, Environment};
use crate::cli::GlobalArgs;
use crate::env;
use crate::error::UserError;

/// How to talk. Whether there is a terminal at all is for `ui` to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSettings {
    /// Nothing but errors.
    pub is_quiet: bool,
    /// How often `-v` was given.
    pub verbosity: u8,
    /// `Auto` means: at a terminal.
    pub color: ColorWhen,
    /// False where progress bars are not wanted, even at a terminal.
    pub shows_progress: bool,
    /// Width of tables, where it is not the terminal's.
    pub width: Option<u16>,
}

impl TerminalSettings {
    pub(super) fn decide(args: &GlobalArgs, environment: &Environment) -> Result<Self> {
        let is_dumb = environment.raw(env::TERM).is_some_and(|term| term == "dumb");
        let has_no_color = is_dumb || environment.raw(env::NO_COLOR).is_some();
        let otherwise = if has_no_color {
            ColorWhen::Never
        } else {
            ColorWhen::Auto
        };
        let color = match args.color {
            Some(color) => Some(color),
            None => color_of_environment(environment)?,
        };
        Ok(Self {
            is_quiet: args.quiet,
            verbosity: args.verbose,
            color: color.unwrap_or(otherwise),
            shows_progress: !args.no_progress && !args.quiet && !is_dumb,
            width: width(environment),
        })
    }
}

fn color_of_environment(environment: &Environment) -> Result<Option<ColorWhen>> {
    let Some(text) = environment.text(env::SHH_COLOR)? else {
        return Ok(None);
    };
    match ColorWhen::from_str(&text, true) {
        Ok(color) => Ok(Some(color)),
        Err(_) => Err(UserError::usage(format!(
            "invalid value `{text}` for {}: expected `auto`, `always` or `never`",
            env::SHH_COLOR
        ))
        .into()),
    }
}

/// Shells set `COLUMNS` for themselves; something odd in it is no reason to fail.
fn width(environment: &Environment) -> Option<u16> {
    let columns = environment.text(env::COLUMNS).ok().flatten()?;
    columns.parse().ok().filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(flag: Option<ColorWhen>, variables: &[(&str, &str)]) -> ColorWhen {
        let args = GlobalArgs {
            color: flag,
            ..GlobalArgs::default()
        };
        TerminalSettings::decide(&args, &Environment::of(variables.to_vec()))
            .unwrap()
            .color
    }

    #[test]
    fn color_follows_flag_then_environment_then_no_color() {
        let both = [("NO_COLOR", "1"), ("SHH_COLOR", "always")];
        assert_eq!(color(Some(ColorWhen::Never), &both), ColorWhen::Never);
        assert_eq!(color(None, &both), ColorWhen::Always);
        assert_eq!(color(None, &both[..1]), ColorWhen::Never);
        assert_eq!(color(None, &[("NO_COLOR", "")]), ColorWhen::Auto);
        assert_eq!(color(None, &[("TERM", "dumb")]), ColorWhen::Never);
        assert_eq!(color(None, &[]), ColorWhen::Auto);
    }

    #[test]
    fn an_odd_color_is_an_error_and_an_odd_width_is_not() {
        let decide =
            |variable| TerminalSettings::decide(&GlobalArgs::default(), &Environment::of([variable]));
        let error = decide(("SHH_COLOR", "pink")).unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid value `pink` for SHH_COLOR: expected `auto`, `always` or `never`"
        );
        assert_eq!(decide(("COLUMNS", "wide")).unwrap().width, None);
        assert_eq!(decide(("COLUMNS", "160")).unwrap().width, Some(160));
    }

    #[test]
    fn quiet_shows_no_progress() {
        let shows = |args: &GlobalArgs| {
            TerminalSettings::decide(args, &Environment::of([("", ""); 0]))
                .unwrap()
                .shows_progress
        };
        assert!(shows(&GlobalArgs::default()));
        assert!(!shows(&GlobalArgs {
            quiet: true,
            ..GlobalArgs::default()
        }));
        assert!(!shows(&GlobalArgs {
            no_progress: true,
            ..GlobalArgs::default()
        }));
    }
}
