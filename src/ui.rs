//! Everything that is printed: data on standard output, talk on standard error. No other module prints.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;

use crate::render::{Screen, Style};
use crate::settings::{ColorWhen, TerminalSettings};

/// The terminal, as far as the user wants it used.
#[derive(Debug)]
pub(crate) struct Ui {
    is_quiet: bool,
    verbosity: u8,
    color: ColorWhen,
    width: Option<u16>,
    shows_progress: bool,
}

impl Ui {
    pub(crate) fn new(settings: &TerminalSettings) -> Self {
        Ui {
            is_quiet: settings.is_quiet,
            verbosity: settings.verbosity,
            color: settings.color,
            width: settings.width,
            shows_progress: settings.shows_progress,
        }
    }

    /// Standard output, buffered; to be flushed by the caller, who learns of errors.
    #[expect(clippy::unused_self, reason = "only who has the terminal may print")]
    pub(crate) fn out(&self) -> io::BufWriter<io::StdoutLock<'static>> {
        io::BufWriter::new(io::stdout().lock())
    }

    /// Writes a text to standard output.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn print(&self, text: &str) -> Result<()> {
        let mut out = self.out();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Says something the user may want to know; silent with `--quiet`.
    pub(crate) fn status(&self, text: &str) {
        if !self.is_quiet {
            say(text);
        }
    }

    /// Says something only who asked for detail wants to know (`-v`).
    pub(crate) fn detail(&self, text: &str) {
        if self.verbosity > 0 {
            say(text);
        }
    }

    /// Says that something is wrong that does not stop the command.
    pub(crate) fn warn(&self, text: &str) {
        say(&format!("warning: {text}"));
    }

    /// Says what a condition was set to find out; never silent.
    #[expect(clippy::unused_self, reason = "only who has the terminal may print")]
    pub(crate) fn alarm(&self, text: &str) {
        say(text);
    }

    /// How tables are to look.
    pub(crate) fn screen(&self, wide: bool) -> Screen {
        let is_terminal = io::stdout().is_terminal();
        let width = match self.width {
            Some(width) => Some(usize::from(width)),
            None if is_terminal => terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)),
            None => None,
        };
        let color = match self.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => is_terminal,
        };
        Screen {
            width,
            wide,
            style: Style { color },
        }
    }

    /// The width that was asked for, whatever the terminal's.
    pub(crate) fn chosen_width(&self) -> Option<usize> {
        self.width.map(usize::from)
    }

    /// Whether colors are wanted even where there is no terminal.
    pub(crate) fn always_colors(&self) -> bool {
        matches!(self.color, ColorWhen::Always)
    }

    /// Whether a progress bar may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress && !self.is_quiet && io::stderr().is_terminal()
    }
}

/// Writes a line to standard error. There is nobody left to tell when that fails.
pub(crate) fn say(text: &str) {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{text}");
}
