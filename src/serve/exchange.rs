//! A request as those who answer it see it, and an answer as they give it: no HTTP library on either side.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use super::kept::Kept;

/// A GET (or HEAD, which is answered alike; its body is dropped later).
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// As it was sent, percent-encoded; begins with `/`.
    pub path: String,
    /// What follows the `?`, as it was sent.
    pub query: Option<String>,
    /// The value of `Accept`; several are joined with commas.
    pub accept: Option<String>,
    /// The client can unpack gzip.
    pub takes_gzip: bool,
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
    /// As `Whole`, and will be sent again: what can be prepared was.
    Kept(Arc<Kept>),
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

    pub(crate) fn kept(kept: Arc<Kept>) -> Self {
        Answer {
            status: 200,
            content_type: kept.content_type,
            headers: Vec::new(),
            body: Body::Kept(kept),
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Answers requests. What it does not know it answers with a 404 of its own.
pub(crate) trait Endpoint: Send + Sync {
    /// The answer, if it is at hand; does not block.
    fn at_hand(&self, request: &Request) -> Option<Answer>;

    /// The answer, on a thread where it may block.
    fn answer(&self, request: &Request) -> Answer;
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const PROBLEM: &str = "application/problem+json";
