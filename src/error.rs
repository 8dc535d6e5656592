//! Errors for people: what failed, why, and what to do; and what each means for the exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit codes of the program, as `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    Failed,
    Usage,
    /// Done, but some logs were skipped or damaged.
    Damaged,
    /// A condition of `--fail-if` holds.
    ConditionHolds,
    /// Another ingest holds the lock.
    Locked,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Damaged => 3,
            Exit::ConditionHolds => 4,
            Exit::Locked => 75,
        })
    }
}

/// An error that the user can do something about.
#[derive(Debug)]
pub struct UserError {
    exit: Exit,
    message: String,
    is_not_found: bool,
    hint: Option<String>,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl UserError {
    /// The command line, a setting or the configuration file is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The command was understood and could not be carried out.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// What was asked after is not there.
    pub fn not_found(message: impl Into<String>) -> Self {
        UserError {
            is_not_found: true,
            ..Self::new(Exit::Failed, message)
        }
    }

    /// Another ingest is at work.
    pub fn locked(message: impl Into<String>) -> Self {
        Self::new(Exit::Locked, message)
    }

    fn new(exit: Exit, message: impl Into<String>) -> Self {
        UserError {
            exit,
            message: message.into(),
            is_not_found: false,
            hint: None,
            cause: None,
        }
    }

    /// Whether the question is wrong, and not what it was asked of.
    pub fn is_usage(&self) -> bool {
        self.exit == Exit::Usage
    }

    /// Whether what was asked after is not there.
    pub fn is_not_found(&self) -> bool {
        self.is_not_found
    }

    /// What the user can do.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the error behind this one.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UserError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

/// What an error means for the exit code.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        return Exit::Done;
    }
    error
        .chain()
        .find_map(|cause| cause.downcast_ref::<UserError>())
        .map_or(Exit::Failed, |error| error.exit)
}

/// Whether the reader of our output has gone, which is no error (`shh ... | head`).
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// The error as it is shown: `error:`, then each `caused by:`, then the `hint:`.
pub fn describe(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    let mut shown = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // A cause that its wrapper already told in full, and DuckDB's number behind its own message.
        if !shown.contains(&cause) && !cause.starts_with("Error code ") {
            text.push_str(&format!("\n  caused by: {}", cause.trim_end()));
        }
        shown = cause;
    }
    let hint = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<UserError>())
        .and_then(|e| e.hint.as_deref());
    // DuckDB says so wherever it meets such a block: opening, asking, writing.
    let is_damaged = error
        .chain()
        .any(|cause| cause.to_string().contains("Corrupt database file"));
    let damaged = is_damaged.then_some(
        "the database is damaged: move it away and run `shh ingest` again, which makes it anew from the logs",
    );
    if let Some(hint) = damaged.or(hint) {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}
