//! `logs`: the files of an application as a zip, made while it is sent.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::event_logs::EventLogs;
use super::super::exchange::{Answer, Body};
use crate::source::{Log, Open};

/// The answer for these logs, files or rolling directories.
pub(super) fn answer(app: &str, attempt: Option<&str>, logs: &Arc<EventLogs>, found: Vec<Log>) -> Answer {
    let attempt = attempt.map_or_else(String::new, |attempt| format!("-{attempt}"));
    let logs = Arc::clone(logs);
    Answer {
        status: 200,
        content_type: "application/octet-stream",
        headers: vec![(
            "content-disposition",
            format!("attachment; filename=eventLogs-{app}{attempt}.zip"),
        )],
        body: Body::Stream(Box::new(move |out| {
            let mut zip = ZipWriter::new_stream(out);
            for log in &found {
                if log.path.starts_with('/') {
                    add_local(&mut zip, Path::new(&log.path))?;
                } else {
                    add_remote(&mut zip, log, &logs)?;
                }
            }
            zip.finish()?.flush()
        })),
    }
}

type Zip<'a> = ZipWriter<zip::write::StreamWriter<&'a mut dyn Write>>;

/// Most logs are packed already.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true)
}

/// Everything that lies there, whether it is read or not, as Spark does it.
fn add_local(zip: &mut Zip, path: &Path) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !path.is_dir() {
        zip.start_file(&*name, options())?;
        io::copy(&mut fs::File::open(path)?, zip)?;
        return Ok(());
    }
    zip.add_directory(format!("{name}/"), options())?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let file = entry.file_name();
        let file = file.to_string_lossy();
        if file.ends_with(".crc") || !entry.path().is_file() {
            continue;
        }
        zip.start_file(format!("{name}/{file}"), options())?;
        io::copy(&mut fs::File::open(entry.path())?, zip)?;
    }
    Ok(())
}

/// What is read of a log on another machine, and the file whose name alone says how far the application is:
/// without it Spark reads no rolling directory.
fn add_remote(zip: &mut Zip, log: &Log, logs: &EventLogs) -> io::Result<()> {
    let name = log.path.rsplit('/').next().unwrap_or_default();
    let mut directory = String::new();
    if log.is_rolling {
        directory = format!("{name}/");
        zip.add_directory(&*directory, options())?;
        if let Some(app) = name.strip_prefix("eventlog_v2_") {
            let suffix = if log.in_progress { ".inprogress" } else { "" };
            zip.start_file(format!("{directory}appstatus_{app}{suffix}"), options())?;
        }
    }
    for file in &log.files {
        zip.start_file(format!("{directory}{}", file.name()), options())?;
        io::copy(&mut logs.open(file)?, zip)?;
    }
    Ok(())
}
