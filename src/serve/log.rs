//! What the server says: one line of `key=value` for each request and event, on standard error.
//!
//! A thread of its own writes them, so that a terminal or a pipe that does not take them holds nobody up.
//! Lines that find no room are dropped, and counted in the next that does.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::ui;

/// Lines that may wait to be written.
const WAITING_LINES: usize = 4096;
/// How long the last lines may take when the program ends.
const LAST_LINES_TIME: Duration = Duration::from_secs(1);

/// To say something; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Log {
    lines: Sender<String>,
    dropped: Arc<AtomicU64>,
    pub logs_requests: bool,
}

/// Writes what is left when it is waited for.
#[derive(Debug)]
pub(super) struct Writer {
    is_done: Receiver<()>,
}

impl Log {
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(logs_requests: bool) -> Result<(Self, Writer)> {
        let (lines, receiver) = bounded::<String>(WAITING_LINES);
        let (done, is_done) = bounded::<()>(1);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                for line in receiver {
                    ui::say(&line);
                }
                drop(done);
            })?;
        let log = Log {
            lines,
            dropped: Arc::default(),
            logs_requests,
        };
        Ok((log, Writer { is_done }))
    }

    pub(super) fn say(&self, line: Line) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let line = match dropped {
            0 => line,
            dropped => line.with("dropped_lines", dropped),
        };
        if let Err(TrySendError::Full(_)) = self.lines.try_send(line.text) {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }
}

impl Writer {
    /// Waits until everything is written that was said, once nobody can say anything any more.
    pub(super) fn finish(self) {
        let _ = self.is_done.recv_timeout(LAST_LINES_TIME);
    }
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
}

impl Line {
    /// A line about an event that happened now.
    pub(super) fn new(event: &str) -> Self {
        let line = Line { text: String::new() };
        let now = jiff::Timestamp::now();
        line.with("time", format_args!("{now:.3}")).with("event", event)
    }

    #[must_use]
    pub(super) fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(key);
        self.text.push('=');
        let value = value.to_string();
        let is_plain = |char: char| char.is_ascii_graphic() && !"\"\\=".contains(char);
        if !value.is_empty() && value.chars().all(is_plain) {
            self.text.push_str(&value);
            return self;
        }
        self.text.push('"');
        for char in value.chars() {
            match char {
                '"' | '\\' => self.text.extend(['\\', char]),
                '\n' => self.text.push_str("\\n"),
                char if char.is_ascii_graphic() || char == ' ' => self.text.push(char),
                // Writing to a String cannot fail.
                char => drop(write!(self.text, "\\u{:04x}", u32::from(char))),
            }
        }
        self.text.push('"');
        self
    }

    #[must_use]
    pub(super) fn with_some(self, key: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_could_break_the_line_are_quoted() {
        let line = |value: &str| Line { text: String::new() }.with("a", value).text;
        assert_eq!(line("/api/v1"), "a=/api/v1");
        assert_eq!(line(""), "a=\"\"");
        assert_eq!(line("x y=\"z\""), "a=\"x y=\\\"z\\\"\"");
        assert_eq!(
            line("one\ntwo\u{1b}[2J\u{202e}"),
            "a=\"one\\ntwo\\u001b[2J\\u202e\""
        );
    }
}
