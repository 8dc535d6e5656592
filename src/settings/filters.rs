//! Which applications a question is about.

use anyhow::Result;

use super::{Malformed, Span, When, parse};
use crate::cli::FilterArgs;
use crate::error::UserError;

/// Which applications a question is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    /// Begin of the window.
    pub since_ms: Option<i64>,
    /// End of the window, which is not part of it.
    pub until_ms: Option<i64>,
    /// Excludes the two above. When all three are `None`, the query's own default applies.
    pub last: Option<LastWindow>,
    /// A regular expression, as the next two.
    pub user: Option<String>,
    pub queue: Option<String>,
    pub app_name: Option<String>,
    pub app_id: Option<String>,
    /// The name of a recurring job.
    pub job: Option<String>,
    /// Keys and values that all must be there.
    pub tags: Vec<(String, String)>,
    /// A word of [`crate::cli::Status`].
    pub status: Option<String>,
    /// As many parts of it as are to be equal: `3.5` stands for `3.5.3`, too.
    pub spark_version: Option<String>,
    pub min_duration_ms: Option<i64>,
    /// Not negative.
    pub min_core_hours: Option<f64>,
    pub include_local: bool,
    pub include_incomplete: bool,
    /// 0 means all rows.
    pub limit: u64,
    /// A column, and whether it ascends, if that was said.
    pub sort: Option<(String, Option<bool>)>,
}

/// A window that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWindow {
    Span(Span),
    /// Everything there is.
    All,
}

impl Filters {
    pub(super) fn decide(args: &FilterArgs, default_limit: u64, now_ms: i64) -> Result<Self> {
        let moment = |flag, text: &Option<String>| {
            let when: Option<When> = text.as_deref().map(|text| parse(flag, text)).transpose()?;
            Ok::<_, anyhow::Error>(when.map(|when| when.to_ms(now_ms)))
        };
        let since_ms = moment("--since", &args.since)?;
        let until_ms = moment("--until", &args.until)?;
        let last = args.last.as_deref().map(last_window).transpose()?;
        if last.is_some() && (since_ms.is_some() || until_ms.is_some()) {
            return Err(UserError::usage("--last cannot be used with --since or --until".to_owned()).into());
        }
        if since_ms
            .zip(until_ms)
            .is_some_and(|(since_ms, until_ms)| since_ms >= until_ms)
        {
            return Err(
                UserError::usage("the window is empty: --since is not before --until".to_owned()).into(),
            );
        }
        Ok(Self {
            since_ms,
            until_ms,
            last,
            user: args.user.clone(),
            queue: args.queue.clone(),
            app_name: args.app_name.clone(),
            app_id: args.app_id.clone(),
            job: args.job.clone(),
            tags: args.tag.iter().map(|text| tag(text)).collect::<Result<_>>()?,
            status: args.status.map(|status| status.name().to_owned()),
            spark_version: args.spark_version.clone(),
            min_duration_ms: args
                .min_duration
                .as_deref()
                .map(|text| parse::<Span>("--min-duration", text).map(|span| span.ms()))
                .transpose()?,
            min_core_hours: args.min_core_hours.map(core_hours).transpose()?,
            include_local: args.include_local,
            include_incomplete: args.include_incomplete,
            limit: args.limit.unwrap_or(default_limit),
            sort: args.sort.as_deref().map(sort_order).transpose()?,
        })
    }
}

fn core_hours(number: f64) -> Result<f64> {
    if number.is_finite() && number >= 0.0 {
        return Ok(number);
    }
    Err(
        UserError::usage(format!("invalid value `{number}` for --min-core-hours"))
            .hint("it takes a number of core-hours, such as 0.5 or 100")
            .into(),
    )
}

/// `KEY=VALUE`
fn tag(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => {
            let malformed = Malformed {
                expected: "KEY=VALUE, such as `team=search`",
            };
            Err(UserError::usage(format!("invalid value `{text}` for --tag: {malformed}")).into())
        }
    }
}

fn last_window(text: &str) -> Result<LastWindow> {
    if text.trim().eq_ignore_ascii_case("all") {
        return Ok(LastWindow::All);
    }
    match text.parse::<Span>() {
        Ok(span) if span.ms() > 0 => Ok(LastWindow::Span(span)),
        _ => {
            let malformed = Malformed {
                expected: "a duration such as `7d` or `36h`, or `all`",
            };
            Err(UserError::usage(format!("invalid value `{text}` for --last: {malformed}")).into())
        }
    }
}

fn sort_order(text: &str) -> Result<(String, Option<bool>)> {
    let (column, ascends) = match text.split_once(':') {
        None => (text, None),
        Some((column, "asc")) => (column, Some(true)),
        Some((column, "desc")) => (column, Some(false)),
        Some(_) => ("", None),
    };
    if column.is_empty() {
        let malformed = Malformed {
            expected: "COLUMN, COLUMN:asc or COLUMN:desc",
        };
        return Err(UserError::usage(format!("invalid value `{text}` for --sort: {malformed}")).into());
    }
    Ok((column.to_owned(), ascends))
}
