//! What `shh report` and `shh trends` are to answer.

use std::path::PathBuf;

use anyhow::Result;
use jiff::tz::TimeZone;

use super::{
    Bucket, Condition, CostConfig, Filters, Format, GroupBy, IngestSettings, Settings, Size, Subject, parse,
};
use crate::cli::{IngestArgs, QueryArgs, RemoteArgs, ReportArgs, TrendsArgs};
use crate::error::UserError;

/// Rows of a table for reading, unless `--limit` says otherwise.
const DEFAULT_LIMIT: u64 = 20;

/// A question about the fleet, decided.
#[derive(Clone, Debug)]
pub struct QuerySettings {
    /// The report or trend; `None` asks for the list of them.
    pub name: Option<String>,
    pub database: PathBuf,
    /// The moment that windows end at, in milliseconds since 1970.
    pub now_ms: i64,
    /// To be done first.
    pub ingest: Option<IngestSettings>,
    pub filters: Filters,
    /// What to rank or to break down by; `None` is the report's own choice.
    pub by: Option<String>,
    pub group_by: Option<GroupBy>,
    /// What the report is about, where it is about something.
    pub subjects: Vec<Subject>,
    /// Prices, if there are any.
    pub cost: Option<CostConfig>,
    /// Whether the same job name under another user is another job.
    pub jobs_by_user: bool,
    pub output: OutputSettings,
    /// Standard output if there is none.
    pub output_file: Option<PathBuf>,
    /// What must not hold for any row.
    pub fail_if: Vec<Condition>,
    /// Run the query so many times and print how long it took.
    pub timings: Option<u32>,
}

/// A time series, decided.
#[derive(Clone, Debug)]
pub struct TrendsSettings {
    pub query: QuerySettings,
    pub bucket: Bucket,
    /// Where buckets are cut.
    pub zone: TimeZone,
    pub capacity_cores: Option<u64>,
    pub capacity_memory_bytes: Option<u64>,
}

/// How a table is to be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputSettings {
    pub format: Format,
    /// Every column in full.
    pub is_wide: bool,
    /// With the definitions of the columns.
    pub explains: bool,
}

impl QuerySettings {
    /// Decides what a report is to show.
    ///
    /// # Errors
    /// When a value is not valid.
    pub fn decide(args: &ReportArgs, settings: &Settings) -> Result<Self> {
        let mut decided = Self::of(args.name.as_ref(), &args.query, DEFAULT_LIMIT, settings)?;
        decided.by.clone_from(&args.by);
        let subjects = args
            .subjects
            .iter()
            .map(|text| Subject::read(text, settings.now_ms));
        decided.subjects = subjects.collect::<Result<_>>()?;
        Ok(decided)
    }

    fn of(name: Option<&String>, args: &QueryArgs, default_limit: u64, settings: &Settings) -> Result<Self> {
        // What machines read is never cut, unless they ask for it.
        let default_limit = match args.format {
            Format::Table | Format::Md => default_limit,
            Format::Json | Format::Csv => 0,
        };
        Ok(Self {
            name: name.cloned(),
            database: settings.database.clone(),
            now_ms: settings.now_ms,
            ingest: ingest_first(args, settings)?,
            filters: Filters::decide(&args.filters, default_limit, settings.now_ms)?,
            by: None,
            group_by: args.group_by.as_deref().map(GroupBy::read).transpose()?,
            subjects: Vec::new(),
            cost: settings.config.cost.clone(),
            jobs_by_user: settings.config.jobs.include_user.unwrap_or(true),
            output: OutputSettings {
                format: args.format,
                is_wide: args.wide,
                explains: args.explain,
            },
            output_file: args.output.output.clone(),
            fail_if: conditions(&args.fail.fail_if, name)?,
            timings: args.timings,
        })
    }
}

impl TrendsSettings {
    /// What a report is to show, as if it were a series.
    #[must_use]
    pub fn of_report(query: QuerySettings) -> Self {
        Self {
            query,
            bucket: Bucket::Day,
            zone: TimeZone::UTC,
            capacity_cores: None,
            capacity_memory_bytes: None,
        }
    }

    /// Decides what a trend is to show.
    ///
    /// # Errors
    /// When a value is not valid.
    pub fn decide(args: &TrendsArgs, settings: &Settings) -> Result<Self> {
        let capacity_memory: Option<Size> = args
            .capacity_memory
            .as_deref()
            .map(|text| parse("--capacity-memory", text))
            .transpose()?;
        if capacity_memory.is_some_and(|size| size.bytes == 0) {
            return Err(UserError::usage("--capacity-memory is 0".to_owned()).into());
        }
        Ok(Self {
            // Every bucket of the window is shown.
            query: QuerySettings {
                by: args.by.clone(),
                ..QuerySettings::of(args.name.as_ref(), &args.query, 0, settings)?
            },
            bucket: args.bucket,
            zone: args.tz.as_deref().map_or(Ok(TimeZone::UTC), zone)?,
            capacity_cores: args.capacity_cores,
            capacity_memory_bytes: capacity_memory.map(|size| size.bytes),
        })
    }
}

fn conditions(texts: &[String], name: Option<&String>) -> Result<Vec<Condition>> {
    if name.is_none() && !texts.is_empty() {
        return Err(UserError::usage("--fail-if is about the rows of a report or trend: name one").into());
    }
    texts.iter().map(|text| parse("--fail-if", text)).collect()
}

/// Only a flag asks for an ingest: a report must not begin to read logs because of a configuration
/// that was written for `ingest`. How it reads them does follow the configuration.
fn ingest_first(args: &QueryArgs, settings: &Settings) -> Result<Option<IngestSettings>> {
    if args.log_directory.is_empty() {
        if args.remote == RemoteArgs::default() {
            return Ok(None);
        }
        return Err(UserError::usage(
            "flags of HDFS and S3 are about the logs that --log-directory reads first, and there is none"
                .to_owned(),
        )
        .hint("name one with --log-directory DIR, or leave these flags out to ask the database as it is")
        .into());
    }
    let ingest = IngestArgs {
        log_directory: args.log_directory.clone(),
        remote: args.remote.clone(),
        ..IngestArgs::default()
    };
    IngestSettings::decide(&ingest, settings).map(Some)
}

fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        UserError::usage(format!("there is no time zone `{name}`"))
            .hint("names are those of the IANA database, such as Europe/Berlin or America/New_York")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::tests::settings;
    use super::super::{LastWindow, Span};
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::env;

    const DAY_MS: i64 = 86_400_000;
    const NOW_MS: i64 = 1_000_000_000_000;

    fn trends(line: &str) -> Result<TrendsSettings> {
        let cli = Cli::try_parse_from(format!("shh trends {line}").split_whitespace()).unwrap();
        let Command::Trends(args) = cli.command else {
            panic!("not a trend")
        };
        TrendsSettings::decide(&args, &settings(&cli.global, &[], "")?)
    }

    fn report(line: &str) -> Result<QuerySettings> {
        let cli = Cli::try_parse_from(format!("shh report {line}").split_whitespace()).unwrap();
        let Command::Report(args) = cli.command else {
            panic!("not a report")
        };
        let variables = [(env::SHH_LOG_DIRECTORY, "/env"), (env::SHH_DEPTH, "9")];
        QuerySettings::decide(&args, &settings(&cli.global, &variables, "")?)
    }

    fn filters(line: &str) -> Filters {
        report(line).unwrap().filters
    }

    fn error(line: &str) -> String {
        report(line).unwrap_err().to_string()
    }

    #[test]
    fn windows() {
        assert_eq!(
            filters("apps"),
            Filters {
                limit: 20,
                ..Filters::default()
            }
        );
        assert_eq!(
            filters("apps --last 2d").last,
            Some(LastWindow::Span(Span::from_days(2)))
        );
        assert_eq!(filters("apps --last all").last, Some(LastWindow::All));
        assert_eq!(filters("apps --since 7d").since_ms, Some(NOW_MS - 7 * DAY_MS));
        let window = filters("apps --since 2026-11-01 --until 2026-11-08");
        assert_eq!(window.until_ms.unwrap() - window.since_ms.unwrap(), 7 * DAY_MS);
    }

    #[test]
    fn what_is_wrong_with_a_window() {
        assert_eq!(
            error("apps --since 1d --until 2d"),
            "the window is empty: --since is not before --until"
        );
        let expected = "expected a duration such as `7d` or `36h`, or `all`";
        assert_eq!(
            error("apps --last week"),
            format!("invalid value `week` for --last: {expected}")
        );
        assert_eq!(
            error("apps --last 0"),
            format!("invalid value `0` for --last: {expected}")
        );
    }

    #[test]
    fn filters_are_taken_over() {
        let filters =
            filters("apps --user a --queue b --app-name c --app-id d --status failed --include-local");
        let words = [
            filters.user,
            filters.queue,
            filters.app_name,
            filters.app_id,
            filters.status,
        ];
        assert_eq!(words.map(Option::unwrap), ["a", "b", "c", "d", "failed"]);
        assert!(filters.include_local && !filters.include_incomplete);
    }

    #[test]
    fn sort_orders() {
        assert_eq!(
            filters("apps --sort dur_s").sort,
            Some(("dur_s".to_owned(), None))
        );
        assert_eq!(
            filters("apps --sort dur_s:asc").sort,
            Some(("dur_s".to_owned(), Some(true)))
        );
        assert_eq!(
            filters("apps --sort dur_s:desc").sort,
            Some(("dur_s".to_owned(), Some(false)))
        );
        assert!(error("apps --sort dur_s:up").starts_with("invalid value `dur_s:up` for --sort: "));
        assert!(report("apps --sort :asc").is_err());
    }

    #[test]
    fn what_machines_read_is_never_cut() {
        assert_eq!(filters("apps --format md").limit, 20);
        assert_eq!(filters("apps --format json").limit, 0);
        assert_eq!(filters("apps --format csv --limit 5").limit, 5);
        assert_eq!(filters("apps --limit 0").limit, 0);
        assert_eq!(trends("usage").unwrap().query.filters.limit, 0);
    }

    #[test]
    fn only_the_flag_asks_for_an_ingest() {
        assert_eq!(report("apps").unwrap().ingest, None);
        let ingest = report("apps --log-directory /flag").unwrap().ingest.unwrap();
        assert_eq!(ingest.locations[0].to_string(), "/flag");
        assert_eq!(ingest.depth, 9);
    }

    #[test]
    fn flags_of_other_machines_are_about_the_logs_that_are_read_first() {
        let line = "apps --log-directory spark --s3 --s3-bucket logs --s3-region eu-central-1";
        let ingest = report(line).unwrap().ingest.unwrap();
        assert_eq!(ingest.locations[0].to_string(), "s3://logs/spark");
        assert_eq!(ingest.remote.s3.region.as_deref(), Some("eu-central-1"));
        let trend = trends("usage --log-directory /logs --hdfs --hdfs-namenode hdfs://nn:8020").unwrap();
        let ingest = trend.query.ingest.unwrap();
        assert_eq!(ingest.locations[0].to_string(), "hdfs://nn:8020/logs");
        assert!(error("apps --s3-region eu-central-1").contains("--log-directory"));
    }

    #[test]
    fn trends_have_a_step_and_a_capacity() {
        let decided = trends("usage").unwrap();
        assert_eq!((decided.bucket, decided.capacity_cores), (Bucket::Day, None));
        let decided =
            trends("concurrency --bucket hour --capacity-cores 400 --capacity-memory 2TiB").unwrap();
        assert_eq!(decided.bucket, Bucket::Hour);
        assert_eq!(
            (decided.capacity_cores, decided.capacity_memory_bytes),
            (Some(400), Some(2 << 40))
        );
        assert!(trends("concurrency --capacity-memory 0").is_err());
    }
}
