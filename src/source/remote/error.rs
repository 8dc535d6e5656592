//! What went wrong with a store on another machine: one line for people, what to do, and whether trying again can help.

use std::{error, fmt, io};

/// What kind of failure it is; decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The network, or a server in trouble: the next attempt may succeed.
    Transient,
    /// It answers, and asks for patience: it is starting, in standby or overloaded.
    Busy,
    /// The same as [`Fault::Transient`], given up: a circuit breaker is open or the budget is spent.
    Unavailable,
    /// There is nothing of that name.
    Missing,
    /// Not allowed, or not known to the store.
    Denied,
    /// It is no longer what was read until now: it has to be read again from its start.
    Changed,
    /// It is known to be longer than what can be read while it is being written.
    Unseen,
    /// Anything that trying again will not change.
    Permanent,
}

/// A failure of a store on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteError {
    fault: Fault,
    message: String,
    hint: Option<String>,
}

impl RemoteError {
    /// Takes the first line of `message`: servers answer with stack traces.
    pub fn new(fault: Fault, message: impl AsRef<str>) -> Self {
        let message = message.as_ref();
        let line = message.lines().map(str::trim).find(|line| !line.is_empty());
        RemoteError {
            fault,
            message: line.unwrap_or("no reason given").to_owned(),
            hint: None,
        }
    }

    /// Adds what the user can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure, said of a larger undertaking.
    #[must_use]
    pub fn of(mut self, undertaking: &str) -> Self {
        self.message = format!("{undertaking}: {}", self.message);
        self
    }

    /// The same failure, given up on.
    #[must_use]
    pub fn given_up(mut self, attempts: u32, seconds: f64) -> Self {
        self.fault = Fault::Unavailable;
        if attempts > 1 {
            self.message = format!("{} (tried {attempts} times in {seconds:.1} s)", self.message);
        }
        self
    }

    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// What the user can do, if that is known.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether the next attempt may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self.fault, Fault::Transient | Fault::Busy)
    }

    /// Whether it was a live server that said so.
    pub fn is_busy(&self) -> bool {
        self.fault == Fault::Busy
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for RemoteError {}

impl From<RemoteError> for io::Error {
    fn from(error: RemoteError) -> Self {
        let kind = match error.fault {
            Fault::Missing => io::ErrorKind::NotFound,
            Fault::Denied => io::ErrorKind::PermissionDenied,
            Fault::Transient | Fault::Busy | Fault::Unavailable => io::ErrorKind::TimedOut,
            Fault::Changed | Fault::Unseen | Fault::Permanent => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

/// The remote failure behind an error of reading or listing, if it is one.
pub fn remote_error(error: &io::Error) -> Option<&RemoteError> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_trace_is_cut_to_its_first_line() {
        let error = RemoteError::new(
            Fault::Denied,
            "\n  Permission denied: user=alice\n\tat org.apache.Foo\n",
        );
        assert_eq!(error.to_string(), "Permission denied: user=alice");
        assert_eq!(
            RemoteError::new(Fault::Denied, " \n").to_string(),
            "no reason given"
        );
    }

    #[test]
    fn the_failure_survives_as_an_error_of_input() {
        let error: io::Error = RemoteError::new(Fault::Missing, "gone").hint("look").into();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(error.to_string(), "gone");
        assert_eq!(remote_error(&error).unwrap().advice(), Some("look"));
        assert!(remote_error(&io::Error::other("else")).is_none());
    }

    #[test]
    fn what_was_given_up_says_how_long_it_was_tried() {
        let error = RemoteError::new(Fault::Transient, "refused").given_up(3, 20.04);
        assert_eq!(error.to_string(), "refused (tried 3 times in 20.0 s)");
        assert_eq!(error.fault(), Fault::Unavailable);
    }
}
