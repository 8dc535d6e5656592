//! Where a result goes: to standard output, or to a file that is written beside its place and moved there when
//! it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::error::UserError;
use crate::render::{Screen, Style};
use crate::ui::Ui;

/// Where a result goes. Dropped before it is delivered, it leaves nothing.
pub(super) enum Destination {
    StandardOutput,
    /// Something that is no file and cannot be replaced, such as a pipe.
    Device(PathBuf, File),
    File(Draft),
}

/// A file beside its place.
pub(super) struct Draft {
    path: PathBuf,
    place: PathBuf,
    file: File,
}

impl Destination {
    /// Opens the file, if there is one, before the work begins: what cannot be written is known at once.
    pub(super) fn open(file: Option<&Path>) -> Result<Self> {
        let Some(place) = file else {
            return Ok(Destination::StandardOutput);
        };
        let failure = || UserError::failure(format!("cannot write `{}`", place.display()));
        match fs::metadata(place) {
            Ok(metadata) if metadata.is_dir() => Err(failure().because("it is a directory").into()),
            Ok(metadata) if !metadata.is_file() => {
                let file = File::options().write(true).open(place);
                let file = file.map_err(|error| failure().because(error))?;
                Ok(Destination::Device(place.to_owned(), file))
            }
            // The place that a link points to is replaced, not the link.
            Ok(metadata) => {
                let place = fs::canonicalize(place).map_err(|error| failure().because(error))?;
                let draft = Draft::create(place).map_err(|error| failure().because(error))?;
                // Readers of the old file may read the new one.
                let _ = draft.file.set_permissions(metadata.permissions());
                Ok(Destination::File(draft))
            }
            Err(_) => {
                let draft = Draft::create(place.to_owned()).map_err(|error| failure().because(error))?;
                Ok(Destination::File(draft))
            }
        }
    }

    /// How tables are to look there: a file is no terminal.
    pub(super) fn screen(&self, is_wide: bool, ui: &Ui) -> Screen {
        let screen = ui.screen(is_wide);
        match self {
            Destination::StandardOutput => screen,
            Destination::Device(..) | Destination::File(_) => Screen {
                width: ui.chosen_width(),
                style: Style {
                    color: ui.always_colors(),
                },
                ..screen
            },
        }
    }

    /// Writes the result and puts it in its place.
    pub(super) fn deliver(self, ui: &Ui, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let failure = |place: &Path| format!("cannot write `{}`", place.display());
        match self {
            Destination::StandardOutput => {
                let mut out = ui.out();
                write(&mut out)?;
                out.flush()?;
            }
            Destination::Device(place, file) => {
                let mut out = BufWriter::new(file);
                write(&mut out)
                    .and_then(|()| out.flush())
                    .with_context(|| failure(&place))?;
            }
            Destination::File(draft) => {
                let mut out = BufWriter::new(&draft.file);
                write(&mut out)
                    .and_then(|()| out.flush())
                    .and_then(|()| draft.file.sync_all())
                    .and_then(|()| fs::rename(&draft.path, &draft.place))
                    .with_context(|| failure(&draft.place))?;
            }
        }
        Ok(())
    }
}

impl Draft {
    fn create(place: PathBuf) -> io::Result<Self> {
        let name = place.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let mut draft = OsString::from(".");
        draft.push(name);
        draft.push(format!(".{}", std::process::id()));
        let path = place.with_file_name(draft);
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Draft { path, place, file })
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone by now if it is in its place.
        let _ = fs::remove_file(&self.path);
    }
}
