//! What a report is about, and what one row of it is about.

use anyhow::Result;

use super::{When, parse};
use crate::error::UserError;

/// Something that a report is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The id of an application, or the name of a job.
    Name(String),
    /// Milliseconds since 1970; the end is not part of it.
    Window { since_ms: i64, until_ms: i64 },
}

impl Subject {
    pub(super) fn read(text: &str, now_ms: i64) -> Result<Self> {
        let Some((since, until)) = text.split_once("..") else {
            return Ok(Self::Name(text.to_owned()));
        };
        let edge = |text: &str, open: i64| match text {
            "" => Ok(open),
            text => parse::<When>("SINCE..UNTIL", text).map(|when| when.to_ms(now_ms)),
        };
        let (since_ms, until_ms) = (edge(since, 0)?, edge(until, now_ms)?);
        if since_ms >= until_ms {
            return Err(UserError::usage(format!("the window `{text}` is empty")).into());
        }
        Ok(Self::Window { since_ms, until_ms })
    }
}

/// What one row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupBy {
    App,
    Job,
    User,
    Queue,
    Version,
    Kind,
    Day,
    /// The value of the tag with this key.
    Tag(String),
}

impl GroupBy {
    const WORDS: [(&str, Self); 7] = [
        ("app", Self::App),
        ("job", Self::Job),
        ("user", Self::User),
        ("queue", Self::Queue),
        ("version", Self::Version),
        ("kind", Self::Kind),
        ("day", Self::Day),
    ];

    pub(super) fn read(text: &str) -> Result<Self> {
        if let Some(key) = text.strip_prefix("tag:").filter(|key| !key.is_empty()) {
            return Ok(Self::Tag(key.to_owned()));
        }
        let known = Self::WORDS.into_iter().find(|(word, _)| *word == text);
        known.map(|(_, group_by)| group_by).ok_or_else(|| {
            UserError::usage(format!("invalid value `{text}` for --group-by"))
                .hint("it takes app, job, user, queue, version, kind, day or tag:KEY")
                .into()
        })
    }

    /// The word for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let known = Self::WORDS.iter().find(|(_, group_by)| group_by == self);
        known.map_or("tag", |(word, _)| *word)
    }
}
