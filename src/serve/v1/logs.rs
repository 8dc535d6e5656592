//! `logs`: the files of an application as a zip, made while it is sent.

use std::io::{self, Write};
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
        body: Body::Stream(Box::new(move |out| write(out, &logs, &found))),
    }
}

fn write(out: &mut dyn Write, logs: &EventLogs, found: &[Log]) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    // Most logs are packed already.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true);
    for log in found {
        let name = log.path.rsplit('/').next().unwrap_or_default();
        let directory = if log.is_rolling {
            zip.add_directory(format!("{name}/"), options)?;
            if let Some(status) = status_file(name, log.in_progress) {
                zip.start_file(format!("{name}/{status}"), options)?;
            }
            format!("{name}/")
        } else {
            String::new()
        };
        for file in &log.files {
            zip.start_file(format!("{directory}{}", file.name()), options)?;
            io::copy(&mut logs.open(file)?, &mut zip)?;
        }
    }
    zip.finish()?.flush()
}

/// The file whose name alone says how far the application is; without it Spark reads no rolling directory.
fn status_file(directory: &str, in_progress: bool) -> Option<String> {
    let app = directory.strip_prefix("eventlog_v2_")?;
    let suffix = if in_progress { ".inprogress" } else { "" };
    Some(format!("appstatus_{app}{suffix}"))
}
