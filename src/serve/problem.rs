//! What went wrong, as RFC 9457 has it: a JSON problem.

use serde::Serialize;

use super::exchange::{Answer, PROBLEM};

/// Why a request is not answered.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    /// Nothing that the status does not say.
    #[serde(rename = "type")]
    kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Seconds after which it is worth another try.
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Problem {
            kind: "about:blank",
            title,
            status,
            detail: detail.into(),
            hint: None,
            parameter: None,
            retry_after_s: None,
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "Not Found", format!("there is nothing at `{what}`"))
    }

    /// Too much to do, or something is away: later it may work.
    pub(crate) fn unavailable(detail: impl Into<String>, retry_after_s: u32) -> Self {
        Problem {
            retry_after_s: Some(retry_after_s),
            ..Self::new(503, "Service Unavailable", detail)
        }
    }

    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::new(500, "Internal Server Error", detail)
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        // Texts and numbers: this cannot fail.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let answer = Answer::whole(problem.status, PROBLEM, body);
        match problem.retry_after_s {
            Some(seconds) => answer.with("retry-after", seconds.to_string()),
            None => answer,
        }
    }
}
