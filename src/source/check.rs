//! Tries a place out, step by step: what works is told, and the first thing that does not says why.

use std::io::{self, Read};
use std::net::ToSocketAddrs;
use std::time::{Duration, Instant};

use super::{Found, LogFile, Source, Sources};
use crate::settings::{Location, RemoteSettings};

/// Bytes that are read of the first log.
const SAMPLE_BYTES: usize = 1024;

/// What one step has found out, or why it could not.
#[derive(Debug)]
pub struct Step {
    /// One word.
    pub name: &'static str,
    pub outcome: io::Result<String>,
    pub took: Duration,
}

/// Where a store listens, as its settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

/// What a store can be asked before it is listed.
#[derive(Debug)]
pub struct Preliminaries {
    /// What the settings come to, in words.
    pub configuration: String,
    /// Servers of which one must be reached.
    pub addresses: Vec<Address>,
    pub connect_timeout: Duration,
}

/// Tries a place; `tell` hears of each step. False if one failed.
pub fn check(location: &Location, settings: &RemoteSettings, tell: &mut dyn FnMut(&Step)) -> bool {
    let sources = Sources::new(settings);
    let mut checking = Checking { tell };
    let Some(source) = checking.step("configuration", || {
        let source = sources.at(location)?;
        let said = source
            .preliminaries()
            .map_or_else(|| "a directory of this machine".to_owned(), |p| p.configuration);
        Ok((said, source))
    }) else {
        return false;
    };
    if let Some(preliminaries) = source.preliminaries()
        && !(checking.reach(&preliminaries)
            && checking
                .step("authenticate", || Ok((source.authenticate()?, ())))
                .is_some())
    {
        return false;
    }
    let Some(file) = checking.step("list", || first_file(&*source)) else {
        return false;
    };
    match file {
        Some(file) => checking.step("read", || sample(&sources, &file)).is_some(),
        None => true,
    }
}

struct Checking<'a> {
    tell: &'a mut dyn FnMut(&Step),
}

impl Checking<'_> {
    /// Carries out a step and tells of it; what it yields, if it succeeds.
    fn step<T>(&mut self, name: &'static str, act: impl FnOnce() -> io::Result<(String, T)>) -> Option<T> {
        let begun = Instant::now();
        let (outcome, yielded) = match act() {
            Ok((said, yielded)) => (Ok(said), Some(yielded)),
            Err(error) => (Err(error), None),
        };
        (self.tell)(&Step {
            name,
            outcome,
            took: begun.elapsed(),
        });
        yielded
    }

    fn reach(&mut self, preliminaries: &Preliminaries) -> bool {
        let addresses = &preliminaries.addresses;
        if addresses.is_empty() {
            return true;
        }
        let resolved = self.step("resolve", || {
            any(addresses, |address| {
                let found = (address.host.as_str(), address.port).to_socket_addrs()?.next();
                found
                    .map(|found| found.ip().to_string())
                    .ok_or_else(|| io::Error::other("the name has no address"))
            })
        });
        resolved.is_some()
            && self
                .step("connect", || {
                    any(addresses, |address| {
                        let mut last = io::Error::other("the name has no address");
                        for found in (address.host.as_str(), address.port).to_socket_addrs()? {
                            match std::net::TcpStream::connect_timeout(&found, preliminaries.connect_timeout)
                            {
                                Ok(_) => return Ok("open".to_owned()),
                                Err(error) => last = error,
                            }
                        }
                        Err(last)
                    })
                })
                .is_some()
    }
}

/// Tries each address; one that works is enough, and what is wrong with the others is told as well.
fn any(addresses: &[Address], attempt: impl Fn(&Address) -> io::Result<String>) -> io::Result<(String, ())> {
    let mut said = Vec::new();
    let mut works = false;
    for address in addresses {
        let outcome = attempt(address);
        works |= outcome.is_ok();
        let text = outcome.unwrap_or_else(|error| error.to_string());
        said.push(format!("{}:{} {text}", address.host, address.port));
    }
    let said = said.join(", ");
    if works {
        Ok((said, ()))
    } else {
        Err(io::Error::other(said))
    }
}

/// Lists without looking into nested directories, which could take long.
fn first_file(source: &dyn Source) -> io::Result<(String, Option<LogFile>)> {
    let listing = source.list(0)?;
    let mut first = None;
    for found in &listing.found {
        first = match found {
            Found::Whole(log) => log.files.first().cloned(),
            Found::Rolling(directory) => source
                .expand(directory)?
                .ok()
                .and_then(|log| log.files.first().cloned()),
            Found::Incomplete { .. } => None,
        };
        if first.is_some() {
            break;
        }
    }
    let said = match listing.found.len() {
        0 => "no logs right there (nested directories were not looked into), so none can be read".to_owned(),
        1 => "1 log".to_owned(),
        number => format!("{number} logs right there"),
    };
    Ok((said, first))
}

fn sample(sources: &Sources, file: &LogFile) -> io::Result<(String, ())> {
    use super::Open;
    let mut bytes = [0; SAMPLE_BYTES];
    let num = sources.open(file)?.read(&mut bytes)?;
    Ok((format!("{num} bytes of {}", file.path), ()))
}
