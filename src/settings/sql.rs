//! What `shh sql` is to answer.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::ingest::memory_limit_bytes;
use super::{Format, Settings, Size, Span, parse};
use crate::cli::SqlArgs;
use crate::error::UserError;

/// Rows of a table for reading, unless `--limit` says otherwise.
const DEFAULT_LIMIT: u64 = 100;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
/// What a question may take of the machine.
pub(super) const DEFAULT_MEMORY_LIMIT: Size = Size::from_mib(512);

/// A user's own question, decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlSettings {
    pub database: PathBuf,
    pub question: Question,
    pub format: Format,
    /// 0 means all rows.
    pub limit: u64,
    pub is_wide: bool,
    /// Standard output if there is none.
    pub output_file: Option<PathBuf>,
    pub timeout: Duration,
    pub memory_limit_bytes: u64,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Statement(String),
    /// A statement that comes on standard input.
    StandardInput,
    Tables,
    /// The columns of a table, or of all.
    Schema(Option<String>),
}

impl SqlSettings {
    /// Decides what is asked and what it may take.
    ///
    /// # Errors
    /// When a value is not valid.
    pub fn decide(args: &SqlArgs, settings: &Settings) -> Result<Self> {
        let question = match (&args.statement, &args.schema) {
            (Some(statement), _) if statement == "-" => Question::StandardInput,
            (Some(statement), _) => Question::Statement(statement.clone()),
            (None, Some(table)) => Question::Schema(Some(table.clone()).filter(|table| !table.is_empty())),
            (None, None) => Question::Tables,
        };
        let default_limit = match (args.format, &question) {
            (Format::Table | Format::Md, Question::Statement(_) | Question::StandardInput) => DEFAULT_LIMIT,
            _ => 0,
        };
        let timeout = match &args.timeout {
            Some(text) => parse::<Span>("--timeout", text)?.duration(),
            None => DEFAULT_TIMEOUT,
        };
        if timeout.is_zero() {
            return Err(UserError::usage("--timeout is 0").into());
        }
        Ok(Self {
            database: settings.database.clone(),
            question,
            format: args.format,
            limit: args.limit.unwrap_or(default_limit),
            is_wide: args.wide,
            output_file: args.output.output.clone(),
            timeout,
            memory_limit_bytes: memory_limit_bytes(&args.memory_limit, settings, None, DEFAULT_MEMORY_LIMIT)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::tests::settings;
    use super::*;
    use crate::cli::{Cli, Command};
    use crate::env;

    fn decide(words: &[&str]) -> Result<SqlSettings> {
        let cli = Cli::try_parse_from(["shh", "sql"].iter().chain(words))?;
        let Command::Sql(args) = cli.command else {
            panic!("not sql")
        };
        let variables = [(env::SHH_MEMORY_LIMIT, "64MiB")];
        SqlSettings::decide(&args, &settings(&cli.global, &variables, "")?)
    }

    #[test]
    fn one_thing_is_asked() {
        let question = |words: &[&str]| decide(words).unwrap().question;
        assert_eq!(
            question(&["select 1"]),
            Question::Statement("select 1".to_owned())
        );
        assert_eq!(question(&["-"]), Question::StandardInput);
        assert_eq!(question(&["--tables"]), Question::Tables);
        assert_eq!(question(&["--schema"]), Question::Schema(None));
        assert_eq!(
            question(&["--schema", "apps"]),
            Question::Schema(Some("apps".to_owned()))
        );
        for words in [&[][..], &["select 1", "--tables"], &["--tables", "--schema"]] {
            assert!(decide(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn bounds() {
        let decided = decide(&["select 1"]).unwrap();
        assert_eq!(
            (
                decided.limit,
                decided.timeout.as_secs(),
                decided.memory_limit_bytes
            ),
            (100, 60, 64 << 20)
        );
        let decided = decide(&["select 1", "--format=csv", "--timeout=2m", "--memory-limit=1GiB"]).unwrap();
        assert_eq!(
            (
                decided.limit,
                decided.timeout.as_secs(),
                decided.memory_limit_bytes
            ),
            (0, 120, 1 << 30)
        );
        assert!(decide(&["select 1", "--timeout=0"]).is_err());
        assert!(decide(&["select 1", "--memory-limit=1"]).is_err());
    }
}
