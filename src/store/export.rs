//! The tables as Parquet, for other tools and other machines, and to be asked again.
//!
//! An export is a directory: one directory for each table, and a manifest. It is written beside its place and
//! moved there when it is whole and on disk. Large tables are in parts, a day each, so that a reader who wants
//! a week reads a week: one file a day, written one after the other, because then memory is bounded by one row
//! group however many days there are.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use duckdb::Connection;
use jiff::Timestamp;
use jiff::civil::Date;

use super::manifest::{ExportedTable, MANIFEST, Manifest};
use super::part::{self, DayOf};
use super::publish::explain_full;
use super::schema::SCHEMA_VERSION;
use super::{Limits, create_parent, open_read_only, sibling};
use crate::error::UserError;

const EXPORT_TABLE: &str = include_str!("../../queries/store/export_table.sql");
const EXPORT_APPS_OF_DAY: &str = include_str!("../../queries/store/export_apps_of_day.sql");
const EXPORT_HOURS_OF_DAY: &str = include_str!("../../queries/store/export_hours_of_day.sql");
const EXPORT_NOTHING: &str = include_str!("../../queries/store/export_nothing.sql");
const DATA_AS_OF: &str = include_str!("../../queries/store/data_as_of.sql");

/// Every table, and what the day of its parts is of.
const TABLES: [(&str, Option<DayOf>); 15] = [
    ("apps", None),
    ("executors", Some(DayOf::Application)),
    ("jobs", Some(DayOf::Application)),
    ("stages", Some(DayOf::Application)),
    ("sql_executions", Some(DayOf::Application)),
    ("failures", None),
    ("conf", Some(DayOf::Application)),
    ("resource_profiles", None),
    ("usage", Some(DayOf::Hour)),
    ("fleet_minutes", None),
    ("logs", None),
    ("ingests", None),
    ("prunes", None),
    ("naming", None),
    ("schema_version", None),
];

const FILE: &str = "data.parquet";

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    pub tables: u64,
    pub rows: u64,
    pub files: u64,
    pub bytes: u64,
}

/// Writes every table to `directory`, which may be an export already and is then replaced whole.
///
/// # Errors
/// When the directory is something else, or cannot be written.
pub fn export(database: &Path, limits: Limits, directory: &Path) -> Result<Exported> {
    // One thread writes one file of a part.
    let conn = open_read_only(database, Limits { threads: 1, ..limits })?;
    let place = Place::of(directory)?;
    let staging = Staging::create(&place.path)?;
    let mut exported = Exported {
        tables: 0,
        rows: 0,
        files: 0,
        bytes: 0,
    };
    let mut tables = Vec::new();
    for (table, day_of) in TABLES {
        let rows = write_table(&conn, &staging.path, table, day_of)
            .with_context(|| format!("cannot export the table {table}"))?;
        exported.tables += 1;
        exported.rows += rows;
        tables.push(ExportedTable {
            name: table.to_owned(),
            rows,
            day_of: day_of.map(|day_of| {
                match day_of {
                    DayOf::Application => "apps.start",
                    DayOf::Hour => "hour",
                }
                .to_owned()
            }),
        });
    }
    let data_as_of_ms: Option<i64> = conn.query_row(DATA_AS_OF, [], |row| row.get(0))?;
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        shh_version: env!("CARGO_PKG_VERSION").to_owned(),
        data_as_of: data_as_of_ms
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .map(|time| time.to_string()),
        tables,
    };
    fs::write(
        staging.path.join(MANIFEST),
        serde_json::to_string_pretty(&manifest)? + "\n",
    )
    .context("cannot write the manifest")?;
    sync(&staging.path, &mut exported).context("cannot write the export to disk")?;
    staging.put_in_place(&place)?;
    Ok(exported)
}

/// Writes a table and answers its rows.
fn write_table(conn: &Connection, root: &Path, table: &str, day_of: Option<DayOf>) -> Result<u64> {
    let directory = root.join(table);
    fs::create_dir(&directory)?;
    part::choose(conn, table, None, Some(&directory.join(FILE)))?;
    let rows = part::count(conn)?;
    let Some(day_of) = day_of else {
        conn.execute(EXPORT_TABLE, []).map_err(explain_full)?;
        return Ok(rows);
    };
    if rows == 0 {
        conn.execute(EXPORT_NOTHING, []).map_err(explain_full)?;
        return Ok(0);
    }
    let sql = match day_of {
        DayOf::Application => EXPORT_APPS_OF_DAY,
        DayOf::Hour => EXPORT_HOURS_OF_DAY,
    };
    let mut written = 0;
    for day in part::days(conn, day_of)? {
        let part_directory = directory.join(format!("day={}", date(day)?));
        fs::create_dir(&part_directory)?;
        let file = part_directory.join(FILE);
        part::choose(conn, table, Some(day), Some(&file))?;
        let rows = conn.execute(sql, []).map_err(explain_full)? as u64;
        if rows == 0 {
            // Applications of that day have nothing of the kind.
            fs::remove_dir_all(&part_directory)?;
        }
        written += rows;
    }
    if written != rows {
        bail!("it has {rows} rows, of which {written} belong to an application");
    }
    Ok(rows)
}

/// `2026-10-05`
fn date(day: i64) -> Result<Date> {
    let second = day.checked_mul(86_400).context("a day beyond all calendars")?;
    let time = Timestamp::from_second(second)?;
    Ok(time.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// Where the export goes, and whether one is there.
struct Place {
    path: PathBuf,
    is_taken: bool,
}

impl Place {
    fn of(directory: &Path) -> Result<Self> {
        let path = match fs::canonicalize(directory) {
            Ok(path) => path,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Place {
                    path: std::path::absolute(directory)?,
                    is_taken: false,
                });
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot look at `{}`", directory.display()));
            }
        };
        if !path.is_dir() {
            return Err(refusal(directory, "it is a file"));
        }
        let mut names = Vec::new();
        for entry in
            fs::read_dir(&path).with_context(|| format!("cannot list the directory `{}`", path.display()))?
        {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        let Ok(manifest) = Manifest::of(&path) else {
            return Err(refusal(directory, "its manifest cannot be read"));
        };
        if manifest.is_none() && !names.is_empty() {
            return Err(refusal(
                directory,
                "it holds something else than an export of shh",
            ));
        }
        let is_table = |name: &String| {
            manifest
                .iter()
                .flat_map(|manifest| &manifest.tables)
                .any(|table| table.name == *name)
        };
        let is_ours = |name: &&String| *name == MANIFEST || is_table(name);
        if let Some(foreign) = names.iter().find(|name| !is_ours(name)) {
            return Err(refusal(
                directory,
                &format!("besides an export it holds `{foreign}`, which would be lost"),
            ));
        }
        Ok(Place { path, is_taken: true })
    }
}

fn refusal(directory: &Path, why: &str) -> anyhow::Error {
    UserError::failure(format!("`{}` is not overwritten: {why}", directory.display()))
        .hint("name a directory that does not exist yet, is empty, or is an export of shh")
        .into()
}

/// The directory that is written, beside its place. Dropped before it is put there, it is removed.
struct Staging {
    path: PathBuf,
    /// Holds an advisory lock, so that another export knows that this one lives.
    _lock: File,
}

impl Staging {
    fn create(place: &Path) -> Result<Self> {
        let parent = create_parent(place)?;
        let name = place.file_name().context("a directory without a name")?;
        let prefix = format!(".{}.shh-export-", name.to_string_lossy());
        remove_stale(&parent, &prefix);
        let path = parent.join(format!("{prefix}{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make the directory `{}`", path.display()))?;
        let lock = File::open(&path)?;
        // Where a directory cannot be locked, nobody takes it for left over either.
        let _ = lock.try_lock();
        Ok(Staging { path, _lock: lock })
    }

    fn put_in_place(self, place: &Place) -> Result<()> {
        let cannot = || format!("cannot move the export to `{}`", place.path.display());
        if place.is_taken {
            let old = exchange(&self.path, &place.path).with_context(cannot)?;
            // The new export is there; what cannot be removed of the old one is only in the way.
            let _ = fs::remove_dir_all(old);
        } else {
            fs::rename(&self.path, &place.path).with_context(cannot)?;
        }
        if let Ok(directory) = File::open(create_parent(&place.path)?) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Puts `new` in the place of the directory `place` and answers where that is now: in one step where the file
/// system can, else in two.
fn exchange(new: &Path, place: &Path) -> io::Result<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        if renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).is_ok() {
            return Ok(new.to_owned());
        }
    }
    let old = sibling(new, ".old");
    fs::rename(place, &old)?;
    fs::rename(new, place)?;
    Ok(old)
}

/// Removes what exports that died have left: directories of a name that only exports have, which nobody holds a
/// lock on.
fn remove_stale(parent: &Path, prefix: &str) {
    let is_of_export = |name: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            let process = rest.strip_suffix(".old").unwrap_or(rest);
            !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        if is_of_export(&entry.file_name().to_string_lossy())
            && File::open(&path).is_ok_and(|directory| directory.try_lock().is_ok())
        {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// Brings every file to disk and counts them.
fn sync(directory: &Path, exported: &mut Exported) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            sync(&path, exported)?;
        } else {
            let file = File::open(&path)?;
            file.sync_all()?;
            exported.files += 1;
            exported.bytes += file.metadata()?.len();
        }
    }
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
    Ok(())
}
