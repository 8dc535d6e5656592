//! A request as those who answer it see it, and an answer as they give it: no HTTP library on either side.

use std::io::{self, Write};
use std::time::Instant;

use bytes::Bytes;

/// A GET (or HEAD, which is answered alike; its body is dropped later).
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As it was sent, percent-encoded; begins with `/`.
    pub path: String,
    /// What follows the `?`, as it was sent.
    pub query: Option<String>,
    /// The value of `Accept`; several are joined with commas.
    pub accept: Option<String>,
    /// After this nobody waits for the answer any more.
    pub deadline: Instant,
}

/// What is answered.
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    /// Besides those that every answer gets.
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

/// The content of an answer.
pub(crate) enum Body {
    /// All of it. Gets an ETag, and is not sent again to who has it.
    Whole(Vec<u8>),
    /// As `Whole`, and packed with gzip already, if that makes it shorter.
    Kept { body: Bytes, packed: Option<Bytes> },
    /// Written while it is being sent; the writer waits for slow readers and fails when they are gone.
    Stream(Writing),
}

/// Writes a body to where it is sent.
pub(crate) type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send>;

impl Answer {
    pub(crate) fn whole(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Answer {
            status,
            content_type,
            headers: Vec::new(),
            body: Body::Whole(body.into()),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers requests on a thread where it may block. What it does not know it answers with a 404 of its own.
pub(crate) trait Endpoint: Send + Sync {
    fn answer(&self, request: &Request) -> Answer;
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const PROBLEM: &str = "application/problem+json";
