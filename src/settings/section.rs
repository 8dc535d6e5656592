//! One table of a TOML document: its values, typed and checked.

use std::str::FromStr;

use anyhow::Result;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::{Malformed, Size};

/// One table of the document, or the lack of it.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    path: String,
    table: Option<&'a DeTable<'a>>,
}

impl<'a> Section<'a> {
    pub(super) fn root(document: &'a Document<'a>, table: &'a DeTable<'a>) -> Self {
        Self {
            document,
            path: String::new(),
            table: Some(table),
        }
    }

    /// Whether the document has this table at all.
    pub(super) fn is_written(&self) -> bool {
        self.table.is_some()
    }

    /// The table `[…key]`; an empty one where there is none.
    ///
    /// # Errors
    /// When the key holds something else.
    pub(super) fn section(&self, key: &str) -> Result<Section<'a>> {
        let path = self.ask(key);
        let table = match self.value(key) {
            None => None,
            Some(value) => match value.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => return Err(self.mismatch(&path, value, "a table")),
            },
        };
        Ok(Section {
            document: self.document,
            path,
            table,
        })
    }

    /// Reads each of the tables `[[…key]]`. Where there is none, `read` still sees an empty one, so
    /// that its keys are known.
    ///
    /// # Errors
    /// When the key holds something else, and those of `read`.
    pub(super) fn sections<T>(&self, key: &str, read: impl Fn(&Section<'a>) -> Result<T>) -> Result<Vec<T>> {
        let path = self.ask(key);
        let section = |table| Section {
            document: self.document,
            path: path.clone(),
            table,
        };
        let Some(value) = self.value(key) else {
            let _ = read(&section(None));
            return Ok(Vec::new());
        };
        let DeValue::Array(array) = value.get_ref() else {
            return Err(self.mismatch(&path, value, &format!("tables, each written as [[{path}]]")));
        };
        let read_one = |value: &'a Spanned<DeValue<'a>>| match value.get_ref() {
            DeValue::Table(table) => read(&section(Some(table))),
            _ => Err(self.mismatch(&path, value, "a table")),
        };
        array.iter().map(read_one).collect()
    }

    /// A text.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>> {
        self.read(key, "text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// A text, or a list of them.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>> {
        self.read(key, "text in quotes, or a list of such", |value| match value {
            DeValue::String(text) => Some(vec![text.to_string()]),
            DeValue::Array(array) => array
                .iter()
                .map(|value| value.get_ref().as_str().map(str::to_owned))
                .collect(),
            _ => None,
        })
    }

    /// A text that means something.
    ///
    /// # Errors
    /// When it is something else, or does not parse.
    pub(super) fn parsed<T: FromStr<Err = Malformed>>(&self, key: &str) -> Result<Option<T>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        text.parse()
            .map(Some)
            .map_err(|malformed: Malformed| self.not_as_expected(key, &text, malformed.expected))
    }

    /// One of a few words.
    ///
    /// # Errors
    /// When it is another.
    pub(super) fn one_of<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(Some(*meaning));
        }
        let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        Err(self.not_as_expected(key, &text, &words.join(" or ")))
    }

    /// A size: a text such as `256MiB`, or a number of bytes.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn size(&self, key: &str) -> Result<Option<Size>> {
        if self.value(key).is_some_and(|value| value.get_ref().is_integer()) {
            return Ok(self.number(key, 0, i64::MAX as u64)?.map(|bytes| Size { bytes }));
        }
        self.parsed(key)
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>> {
        self.read(key, "true or false", DeValue::as_bool)
    }

    /// A whole number between bounds.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn number(&self, key: &str, min: u64, max: u64) -> Result<Option<u64>> {
        let expected = match max {
            max if max > i64::MAX as u64 / 2 => format!("a whole number, {min} or more"),
            max => format!("a whole number from {min} to {max}"),
        };
        self.read(key, &expected, |value| {
            let integer = value.as_integer()?;
            let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            (min..=max).contains(&number).then_some(number)
        })
    }

    /// A number, not negative.
    ///
    /// # Errors
    /// When it is something else.
    pub(super) fn decimal(&self, key: &str) -> Result<Option<f64>> {
        self.read(key, "a number, 0 or more", |value| {
            let number: f64 = match value {
                DeValue::Float(float) => float.as_str().parse().ok()?,
                DeValue::Integer(integer) => integer.as_str().parse().ok()?,
                _ => return None,
            };
            (number.is_finite() && number >= 0.0).then_some(number)
        })
    }

    /// Fails for want of a key that has to be there.
    pub(super) fn missing(&self, key: &str) -> anyhow::Error {
        self.document.missing(&self.path_of(key))
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        take: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Result<Option<T>> {
        let path = self.ask(key);
        let Some(value) = self.value(key) else {
            return Ok(None);
        };
        match take(value.get_ref()) {
            Some(taken) => Ok(Some(taken)),
            None => Err(self.mismatch(&path, value, expected)),
        }
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table?.get(key)
    }

    fn mismatch(&self, path: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> anyhow::Error {
        self.document
            .mismatch(path, &value.span(), &describe(value.get_ref()), expected)
    }

    fn not_as_expected(&self, key: &str, text: &str, expected: &str) -> anyhow::Error {
        let span = self.value(key).map_or(0..0, Spanned::span);
        self.document
            .mismatch(&self.path_of(key), &span, &format!("`{text}`"), expected)
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn ask(&self, key: &str) -> String {
        let path = self.path_of(key);
        self.document.ask(&path);
        path
    }
}

/// What was found instead; never the text itself, which may be a secret.
fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::String(_) => "text".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Integer(_) => "a number".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
