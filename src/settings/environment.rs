//! The process environment, as a value.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;

use super::{Malformed, parse};
use crate::error::UserError;

/// Looks environment variables up. A variable that is set to nothing counts as not set.
pub struct Environment {
    lookup: Box<Lookup>,
}

type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl Environment {
    /// The environment of this process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn of_process() -> Self {
        Self {
            lookup: Box::new(|name| std::env::var_os(name)),
        }
    }

    /// An environment of exactly these variables.
    pub fn of<N: Into<String>, V: Into<OsString>>(variables: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables: BTreeMap<String, OsString> = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            lookup: Box::new(move |name| variables.get(name).cloned()),
        }
    }

    /// The value as it is.
    pub fn raw(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// The value as a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// The value as text.
    ///
    /// # Errors
    /// When it is not Unicode.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        match self.raw(name).map(OsString::into_string).transpose() {
            Ok(text) => Ok(text),
            Err(value) => Err(UserError::usage(format!(
                "invalid value `{}` for {name}: it is not Unicode",
                value.to_string_lossy()
            ))
            .into()),
        }
    }

    /// The value, parsed.
    ///
    /// # Errors
    /// When it is not what was expected.
    pub fn parsed<T: FromStr<Err = Malformed>>(&self, name: &str) -> Result<Option<T>> {
        self.text(name)?.map(|text| parse(name, &text)).transpose()
    }

    /// The value, as a whole number between bounds.
    ///
    /// # Errors
    /// When it is not such a number.
    pub fn number(&self, name: &str, min: u64, max: u64) -> Result<Option<u64>> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match text.trim().parse::<u64>() {
            Ok(number) if (min..=max).contains(&number) => Ok(Some(number)),
            _ if max == u64::MAX => Err(UserError::usage(format!(
                "invalid value `{text}` for {name}: expected a whole number"
            ))
            .into()),
            _ => Err(UserError::usage(format!(
                "invalid value `{text}` for {name}: expected a whole number from {min} to {max}"
            ))
            .into()),
        }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set() {
        assert_eq!(Environment::of([("A", "")]).raw("A"), None);
        assert_eq!(Environment::of([("A", "x")]).raw("A"), Some("x".into()));
    }

    #[test]
    fn errors_name_the_variable() {
        let environment = Environment::of([("SHH_WAIT", "soon"), ("SHH_THREADS", "0")]);
        let error = environment.parsed::<Span>("SHH_WAIT").unwrap_err().to_string();
        assert_eq!(
            error,
            "invalid value `soon` for SHH_WAIT: expected a duration such as `90s`, `10m`, `36h` or `7d`"
        );
        let error = environment
            .number("SHH_THREADS", 1, 1024)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "invalid value `0` for SHH_THREADS: expected a whole number from 1 to 1024"
        );
    }
}
