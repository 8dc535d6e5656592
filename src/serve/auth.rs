//! Who may ask: the credentials of `--auth-file`, compared in a time that does not tell how much of a guess
//! was right.

use std::path::Path;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::{Choice, ConstantTimeEq};

use crate::error::UserError;

/// The values of `Authorization` that are let in.
#[derive(Clone)]
pub(super) struct Credentials {
    accepted: Vec<Vec<u8>>,
    has_basic: bool,
}

impl Credentials {
    /// Reads a file of lines `Bearer TOKEN` and `Basic USER:PASSWORD`.
    ///
    /// # Errors
    /// When it cannot be read, or has a line of another form, or none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let failure = || UserError::failure(format!("cannot use the credentials `{}`", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| failure().because(error))?;
        Self::parse(&text).map_err(|reason| {
            failure()
                .because(reason)
                .hint("each line is `Bearer TOKEN` or `Basic USER:PASSWORD`; # begins a comment")
                .into()
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut credentials = Credentials {
            accepted: Vec::new(),
            has_basic: false,
        };
        for (place, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (scheme, secret) = line.split_once(' ').unwrap_or((line, ""));
            let secret = secret.trim();
            let is_token = !secret.is_empty() && secret.bytes().all(|byte| byte.is_ascii_graphic());
            if scheme.eq_ignore_ascii_case("bearer") && is_token {
                credentials.accepted.push(format!("bearer {secret}").into_bytes());
            } else if scheme.eq_ignore_ascii_case("basic") && secret.find(':').is_some_and(|at| at > 0) {
                let encoded = STANDARD.encode(secret);
                credentials.accepted.push(format!("basic {encoded}").into_bytes());
                credentials.has_basic = true;
            } else {
                // The line itself may be a secret.
                return Err(format!("line {} is neither", place + 1));
            }
        }
        if credentials.accepted.is_empty() {
            return Err("it holds none".to_owned());
        }
        Ok(credentials)
    }

    /// Whether this value of `Authorization` is one of them.
    pub(super) fn accept(&self, authorization: &[u8]) -> bool {
        let Some(space) = authorization.iter().position(|byte| *byte == b' ') else {
            return false;
        };
        let (scheme, secret) = authorization.split_at(space);
        let mut shown = scheme.to_ascii_lowercase();
        shown.push(b' ');
        shown.extend(secret.trim_ascii());
        let found = self.accepted.iter().fold(Choice::from(0), |found, accepted| {
            found | accepted.as_slice().ct_eq(shown.as_slice())
        });
        found.into()
    }

    /// What to ask a browser for.
    pub(super) fn challenge(&self) -> &'static str {
        if self.has_basic {
            "Basic realm=\"shh\", charset=\"UTF-8\""
        } else {
            "Bearer realm=\"shh\""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_lets_in_who_shows_it() {
        let credentials =
            Credentials::parse("# who may ask\nBearer t0ken\n\n  basic ann:pass word  \n").unwrap();
        assert!(credentials.accept(b"Bearer t0ken"));
        assert!(credentials.accept(b"bearer   t0ken "));
        let encoded = STANDARD.encode("ann:pass word");
        assert!(credentials.accept(format!("Basic {encoded}").as_bytes()));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer t0keN",
            "Bearer t0ke",
            "Bearer t0kenn",
            "Basic t0ken",
            "t0ken",
        ] {
            assert!(!credentials.accept(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn browsers_are_asked_for_what_they_can_give() {
        assert!(
            Credentials::parse("basic a:b")
                .unwrap()
                .challenge()
                .starts_with("Basic")
        );
        assert!(
            Credentials::parse("bearer x")
                .unwrap()
                .challenge()
                .starts_with("Bearer")
        );
    }

    #[test]
    fn a_file_without_credentials_lets_nobody_serve() {
        for text in [
            "",
            "# nothing",
            "token",
            "basic nobody",
            "basic :x",
            "digest a:b",
            "bearer a b",
        ] {
            assert!(Credentials::parse(text).is_err(), "{text}");
        }
        let error = Credentials::read(Path::new("/nowhere"))
            .err()
            .unwrap()
            .to_string();
        assert_eq!(error, "cannot use the credentials `/nowhere`");
    }
}
