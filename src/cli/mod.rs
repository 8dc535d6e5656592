//! What can be typed: the clap types of the whole command line.
//!
//! Nothing here reads a file or the environment, and nothing here uses another module, so that the
//! manual pages and the shell completions can be generated without the engine. Texts such as
//! `--since` stay text; [`crate::settings`] decides what they mean.
//!
//! To add a command: a file with its `Args` struct (the doc comments are its help), a variant of
//! [`Command`] here, and its decided counterpart in [`crate::settings`].

pub mod asked;
mod export;
mod global;
mod ingest;
mod jobs;
mod query;
mod remote;
mod result;
mod retention;
mod serve;
mod source;
mod sql;

use clap::{CommandFactory, Parser, Subcommand};

pub use export::ExportArgs;
pub use global::{ColorWhen, GlobalArgs};
pub use ingest::{IngestArgs, SummaryFormat};
pub use jobs::JobsArgs;
pub use query::{Bucket, FilterArgs, Format, QueryArgs, ReportArgs, Status, TrendsArgs};
pub use remote::RemoteArgs;
pub use result::{FailArgs, OutputArgs};
pub use retention::{CompactArgs, PruneArgs, RewriteArgs};
pub use serve::ServeArgs;
pub use source::{SourceAction, SourceArgs, SourceCheckArgs};
pub use sql::SqlArgs;

/// Fleet analytics for Apache Spark event logs
///
/// Reads the event logs that Spark applications leave behind, folds each into a few rows of one
/// DuckDB file, and answers questions about the whole fleet from it: who uses the cluster, what is
/// wasted, what fails.
#[derive(Debug, Parser)]
#[command(
    name = "shh",
    version,
    max_term_width = 100,
    help_expected = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = SHORT_AFTER_HELP,
    after_long_help = LONG_AFTER_HELP
)]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of this version.
#[derive(Debug, Subcommand)]
pub enum Command {
    Ingest(IngestArgs),
    Report(ReportArgs),
    Trends(TrendsArgs),
    Serve(ServeArgs),
    Jobs(JobsArgs),
    Sql(SqlArgs),
    Export(ExportArgs),
    Prune(PruneArgs),
    Compact(CompactArgs),
    Source(SourceArgs),
}

/// The command tree, for parsing and for generating the manual pages and the completions.
pub fn command() -> clap::Command {
    Cli::command()
}

const SHORT_AFTER_HELP: &str = "\
Examples:
  shh ingest --log-directory /var/log/spark-events
  shh report resource-hogs --last 7d
  shh trends usage --bucket week

`shh --help` also explains exit codes, environment and configuration files.";

const LONG_AFTER_HELP: &str = "\
Exit codes:
  0   done
  1   failed
  2   wrong usage
  3   done, but some logs were skipped or damaged (named on stderr, logs also in `shh report quality`)
  4   a condition of --fail-if holds
  75  another ingest, prune or compact holds the lock on the database

Environment (a flag wins over the environment, the environment over the configuration file):
  SHH_CONFIG            configuration file to use, instead of looking for one
  SHH_DATABASE          database file
  SHH_LOG_DIRECTORY     log directories for `ingest` and `serve`, separated by commas
  SHH_DEPTH             nested directories to look into
  SHH_MAX_APPLICATIONS  read at most so many logs in one run
  SHH_LINE_LIMIT        longest line of a log that is kept
  SHH_THREADS           worker threads
  SHH_MEMORY_LIMIT      memory DuckDB may use
  SHH_WAIT              how long to wait for another ingest
  SHH_HOST              address that `serve` listens on
  SHH_PORT              port that `serve` listens on
  SHH_UPDATE_INTERVAL   how often `serve` looks for new logs
  SHH_AUTH_FILE         file of the credentials that `serve` asks for
  SHH_REPLAY_CACHE      memory for applications whose logs `serve` has replayed
  SHH_ALLOWED_HOST      names under which `serve` may be reached, separated by commas
  SHH_COLOR             auto, always or never
  SHH_NOW               the moment taken as the present, to repeat a report as it was
  NO_COLOR              any value turns colors off
  HADOOP_CONF_DIR       Hadoop's configuration; also HADOOP_HOME, HADOOP_USER_NAME,
                        HADOOP_TOKEN_FILE_LOCATION, and KRB5_CONFIG, KRB5CCNAME of Kerberos
  AWS_...               credentials, profile, region, endpoint and certificates for S3, as everywhere
  COLUMNS               width of tables, instead of the terminal's

Configuration files (the first that exists is used; they are not merged):
  the file named by --config, else by SHH_CONFIG
  config/settings.toml
  $XDG_CONFIG_HOME/shh/settings.toml, or ~/.config/shh/settings.toml
  /etc/shh/settings.toml

Examples:
  shh ingest --log-directory /var/log/spark-events
  shh report
  shh report resource-hogs --last 7d
  shh report apps --status failed --format csv --limit 0 > failed.csv
  shh report summary --last 1d --fail-if 'wasted_pct>20'
  shh trends usage --bucket week --last 90d
  shh serve --log-directory /var/log/spark-events
  shh sql 'select queue, sum(alloc_core_h) from apps group by all'";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn global_flags_may_follow_the_command() {
        let cli = parse("shh report summary --database x.duckdb -vv --color never").unwrap();
        assert_eq!(cli.global.database.unwrap().to_str(), Some("x.duckdb"));
        assert_eq!(cli.global.verbose, 2);
        assert_eq!(cli.global.color, Some(ColorWhen::Never));
    }

    #[test]
    fn last_excludes_since_and_until() {
        assert!(parse("shh report apps --last 7d --since 2026-01-01").is_err());
        assert!(parse("shh trends usage --last 7d --until 2026-01-01").is_err());
        assert!(parse("shh report apps --since 2026-01-01 --until 2026-01-02").is_ok());
    }

    #[test]
    fn quiet_excludes_verbose() {
        assert!(parse("shh ingest -q -v").is_err());
    }

    #[test]
    fn timings_take_their_number_only_after_an_equals_sign() {
        let Command::Report(report) = parse("shh report --timings summary").unwrap().command else {
            panic!("not a report");
        };
        assert_eq!(report.query.timings, Some(1));
        assert_eq!(report.name.as_deref(), Some("summary"));
        let Command::Report(report) = parse("shh report summary --timings=100").unwrap().command else {
            panic!("not a report");
        };
        assert_eq!(report.query.timings, Some(100));
    }

    #[test]
    fn every_value_has_a_name_and_every_text_is_ascii() {
        fn check(command: &clap::Command) {
            for arg in command.get_arguments() {
                let help = format!(
                    "{}{}",
                    arg.get_help().map(ToString::to_string).unwrap_or_default(),
                    arg.get_long_help().map(ToString::to_string).unwrap_or_default()
                );
                assert!(help.is_ascii(), "{}: {help}", arg.get_id());
                if arg.get_action().takes_values() && arg.get_possible_values().is_empty() {
                    assert!(
                        arg.get_value_names().is_some(),
                        "the value of {} has no name",
                        arg.get_id()
                    );
                }
            }
            command.get_subcommands().for_each(check);
        }
        check(&command());
    }

    #[test]
    fn one_line_of_short_help_fits_a_line() {
        for command in command().get_subcommands() {
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(
                    help.len() <= 80,
                    "{} {}: {help}",
                    command.get_name(),
                    arg.get_id()
                );
            }
        }
    }
}
