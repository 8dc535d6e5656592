//! `logs`: the files of an application as a zip, made while it is sent.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::exchange::{Answer, Body};
use crate::source::{Log, Open, Sources};

/// The answer for these logs, files or rolling directories.
pub(super) fn answer(app: &str, attempt: Option<&str>, logs: Vec<Log>, sources: Arc<Sources>) -> Answer {
    let attempt = attempt.map_or_else(String::new, |attempt| format!("-{attempt}"));
    Answer {
        status: 200,
        content_type: "application/octet-stream",
        headers: vec![(
            "content-disposition",
            format!("attachment; filename=eventLogs-{app}{attempt}.zip"),
        )],
        body: Body::Stream(Box::new(move |out| write(out, &logs, &sources))),
    }
}

fn write(out: &mut dyn Write, logs: &[Log], sources: &Sources) -> io::Result<()> {
    let mut zip = ZipWriter::new_stream(out);
    // Most logs are packed already.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
        .large_file(true);
    for log in logs {
        let path = Path::new(&log.path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !path.is_absolute() {
            // On another machine: what of it is read, which is all but what only says how far the application is.
            for file in &log.files {
                let directory = if log.is_rolling {
                    format!("{name}/")
                } else {
                    String::new()
                };
                zip.start_file(format!("{directory}{}", file.name()), options)?;
                io::copy(&mut sources.open(file)?, &mut zip)?;
            }
            continue;
        }
        if !path.is_dir() {
            zip.start_file(&*name, options)?;
            io::copy(&mut fs::File::open(path)?, &mut zip)?;
            continue;
        }
        zip.add_directory(format!("{name}/"), options)?;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let file = entry.file_name();
            let file = file.to_string_lossy();
            if file.ends_with(".crc") || !entry.path().is_file() {
                continue;
            }
            zip.start_file(format!("{name}/{file}"), options)?;
            io::copy(&mut fs::File::open(entry.path())?, &mut zip)?;
        }
    }
    zip.finish()?.flush()
}
