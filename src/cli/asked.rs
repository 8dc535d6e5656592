//! Reports and trends as others than the command line ask for them: the same flags with the same meaning, so
//! that a filter that is added to one is there for the other.

use std::ffi::OsString;

use clap::{ArgAction, Args, Command};

use super::RemoteArgs;

/// A flag that says what is asked for, not how it is to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without `--`: `app-name`.
    pub long: String,
    pub help: String,
    /// It is there or not, and has no value.
    pub is_switch: bool,
    pub can_repeat: bool,
    /// The words that it takes, if it takes no others.
    pub words: Vec<String>,
    pub is_number: bool,
}

/// What only the command line has: where logs are (with all of [`RemoteArgs`]), and how a table is printed.
const NOT_ASKED: [&str; 9] = [
    "log-directory",
    "format",
    "explain",
    "wide",
    "output",
    "fail-if",
    "timings",
    "help",
    "version",
];

/// The flags of `A` that say what is asked for.
#[must_use]
pub fn flags<A: Args>() -> Vec<Flag> {
    let (command, of_stores) = (command::<A>(), command::<RemoteArgs>());
    let is_asked = |long: &&str| {
        !NOT_ASKED.contains(long) && !of_stores.get_arguments().any(|arg| arg.get_long() == Some(long))
    };
    let mut flags = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let Some(long) = arg.get_long().filter(is_asked) else {
            continue;
        };
        let takes_value = arg.get_action().takes_values();
        let words: Vec<String> = match takes_value {
            true => arg
                .get_possible_values()
                .iter()
                .map(|word| word.get_name().to_owned())
                .collect(),
            false => Vec::new(),
        };
        let value_names = arg.get_value_names().unwrap_or_default();
        flags.push(Flag {
            long: long.to_owned(),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            is_switch: !takes_value,
            can_repeat: matches!(arg.get_action(), ArgAction::Append),
            words,
            is_number: value_names.iter().any(|name| *name == "N"),
        });
    }
    flags
}

/// Reads arguments such as `--user=ann`.
///
/// # Errors
/// As the command line would say.
pub fn read<A: Args>(arguments: Vec<OsString>) -> Result<A, clap::Error> {
    let matches = command::<A>().try_get_matches_from(arguments)?;
    A::from_arg_matches(&matches)
}

fn command<A: Args>() -> Command {
    let mut command = A::augment_args(Command::new("asked").no_binary_name(true).disable_help_flag(true));
    command.build();
    command
}

#[cfg(test)]
mod tests {
    use super::super::{ReportArgs, TrendsArgs};
    use super::*;

    #[test]
    fn what_is_asked_for_can_be_told_from_how_it_is_printed() {
        let names: Vec<String> = flags::<ReportArgs>().into_iter().map(|flag| flag.long).collect();
        for there in [
            "since",
            "until",
            "user",
            "tag",
            "include-local",
            "limit",
            "sort",
            "by",
            "group-by",
        ] {
            assert!(names.iter().any(|name| name == there), "{there}");
        }
        // Whoever may ask a question may not make the server read somewhere else, or as somebody else.
        let of_stores = [
            "hdfs",
            "hdfs-namenode",
            "keytab-path",
            "s3-endpoint",
            "s3-secret-access-key",
        ];
        for absent in NOT_ASKED.into_iter().chain(of_stores) {
            assert!(!names.iter().any(|name| name == absent), "{absent}");
        }
        let of_trends = flags::<TrendsArgs>();
        let bucket = of_trends.iter().find(|flag| flag.long == "bucket").unwrap();
        assert_eq!(bucket.words, ["hour", "day", "week", "month"]);
        assert!(
            of_trends
                .iter()
                .any(|flag| flag.long == "capacity-cores" && flag.is_number)
        );
    }

    #[test]
    fn arguments_are_read_as_on_the_command_line() {
        let args: ReportArgs = read(vec!["--user=ann".into(), "--include-local".into()]).unwrap();
        assert_eq!(args.query.filters.user.as_deref(), Some("ann"));
        assert!(args.query.filters.include_local);
        assert!(read::<ReportArgs>(vec!["--limit=many".into()]).is_err());
        assert!(read::<ReportArgs>(vec!["--last=7d".into(), "--since=1d".into()]).is_err());
    }
}
