//! The manifest of an export: what makes a directory one, and what its files hold.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::schema::SCHEMA_VERSION;
use crate::error::UserError;

/// The name of the file. Spark passes over names that begin with an underscore.
pub(super) const MANIFEST: &str = "_shh_export.json";

/// Its content. Names are a promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub schema_version: i64,
    pub shh_version: String,
    /// When the database was last filled, RFC 3339.
    pub data_as_of: Option<String>,
    pub tables: Vec<ExportedTable>,
}

/// One table of the export, in the directory of its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ExportedTable {
    pub name: String,
    pub rows: u64,
    /// What the day in the names of its directories is of, if it is in parts.
    pub day_of: Option<String>,
}

impl Manifest {
    /// The manifest of a directory; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not one.
    pub(super) fn of(directory: &Path) -> Result<Option<Self>> {
        let path = directory.join(MANIFEST);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        let manifest = serde_json::from_slice(&text).map_err(|error| {
            UserError::failure(format!("`{}` is no manifest of an export", path.display())).because(error)
        })?;
        Ok(Some(manifest))
    }

    /// The manifest of an export whose tables are those of this version.
    ///
    /// # Errors
    /// When the directory is no export, or of another version.
    pub(super) fn of_readable(directory: &Path) -> Result<Self> {
        let Some(manifest) = Self::of(directory)? else {
            return Err(UserError::failure(format!(
                "`{}` is a directory, but no export of shh: it has no {MANIFEST}",
                directory.display()
            ))
            .hint("name a database file or an export with --database")
            .into());
        };
        let version = manifest.schema_version;
        if version == SCHEMA_VERSION {
            return Ok(manifest);
        }
        let (age, hint) = if version > SCHEMA_VERSION {
            ("a newer", "use the newer shh, or name another with --database")
        } else {
            ("an older", "make it again with `shh export`")
        };
        Err(UserError::failure(format!(
            "the export `{}` was made by {age} shh (schema {version}, this one knows {SCHEMA_VERSION})",
            directory.display()
        ))
        .hint(hint)
        .into())
    }
}
