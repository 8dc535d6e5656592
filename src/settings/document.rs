//! A TOML document, read key by key.
//!
//! It remembers every key that was asked for, so the code that reads the configuration is also the
//! list of the keys there are: whatever was written and never asked for is unknown. Errors name the
//! file, the line, the key, and what was expected.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::Result;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::section::Section;
use crate::error::UserError;

/// A parsed document and the keys that were asked for so far, as dotted paths.
pub(super) struct Document<'a> {
    name: &'a str,
    text: &'a str,
    root: Spanned<DeTable<'a>>,
    known: RefCell<BTreeSet<String>>,
}

impl<'a> Document<'a> {
    /// Parses `text`; `name` is what errors call it.
    ///
    /// # Errors
    /// When it is not TOML.
    pub(super) fn parse(name: &'a str, text: &'a str) -> Result<Self> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self {
                name,
                text,
                root,
                known: RefCell::default(),
            }),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                let message = error.message().replace('\n', ", ");
                Err(UserError::usage(format!("cannot read {name}, line {line}: {message}")).into())
            }
        }
    }

    /// The table that holds everything.
    pub(super) fn root(&self) -> Section<'_> {
        Section::root(self, self.root.get_ref())
    }

    /// To be called when everything was asked for: refuses what is left.
    ///
    /// # Errors
    /// Names the first unknown key, and the key that was probably meant.
    pub(super) fn refuse_unknown_keys(&self) -> Result<()> {
        let known = self.known.borrow();
        let mut written = Vec::new();
        collect_keys(self.root.get_ref(), "", &known, &mut written);
        let unknown = written
            .into_iter()
            .filter(|(key, _)| !known.contains(key))
            .min_by_key(|(_, at)| *at);
        let Some((key, at)) = unknown else {
            return Ok(());
        };
        let line = line_of(self.text, at);
        let error = UserError::usage(format!("unknown key `{key}` in {}, line {line}", self.name));
        Err(error.hint(suggestion(&key, &known)).into())
    }

    /// Fails for want of a key that has to be there.
    pub(super) fn missing(&self, key: &str) -> anyhow::Error {
        UserError::usage(format!("`{key}` is missing in {}", self.name)).into()
    }

    #[cfg(test)]
    pub(super) fn known_keys(&self) -> Vec<String> {
        self.known.borrow().iter().cloned().collect()
    }

    #[cfg(test)]
    pub(super) fn written_keys(&self) -> BTreeSet<String> {
        let mut written = Vec::new();
        collect_keys(self.root.get_ref(), "", &self.known.borrow(), &mut written);
        written.into_iter().map(|(key, _)| key).collect()
    }

    /// Takes note that there is such a key.
    pub(super) fn ask(&self, key: &str) {
        self.known.borrow_mut().insert(key.to_owned());
    }

    pub(super) fn mismatch(
        &self,
        key: &str,
        span: &Range<usize>,
        found: &str,
        expected: &str,
    ) -> anyhow::Error {
        let line = line_of(self.text, span.start);
        let name = self.name;
        UserError::usage(format!(
            "`{key}` in {name}, line {line}: expected {expected}, found {found}"
        ))
        .into()
    }
}

/// The dotted path and position of every key, below unknown tables none.
fn collect_keys(table: &DeTable<'_>, path: &str, known: &BTreeSet<String>, keys: &mut Vec<(String, usize)>) {
    for (key, value) in table {
        let path = if path.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{path}.{}", key.get_ref())
        };
        if known.contains(&path) {
            match value.get_ref() {
                DeValue::Table(table) => collect_keys(table, &path, known, keys),
                DeValue::Array(array) => {
                    let tables = array.iter().filter_map(|value| value.get_ref().as_table());
                    tables.for_each(|table| collect_keys(table, &path, known, keys));
                }
                _ => {}
            }
        }
        keys.push((path, key.span().start));
    }
}

/// The key that was probably meant, or those there are.
fn suggestion(unknown: &str, known: &BTreeSet<String>) -> String {
    let (section, name) = unknown.rsplit_once('.').unwrap_or(("", unknown));
    let closeness = |key: &str| {
        let (other_section, other_name) = key.rsplit_once('.').unwrap_or(("", key));
        let name_closeness = strsim::jaro_winkler(name, other_name);
        if section == other_section {
            name_closeness
        } else {
            name_closeness - 0.05
        }
    };
    let nearest = known.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
    if let Some(nearest) = nearest.filter(|key| closeness(key) >= 0.8) {
        return format!("did you mean `{nearest}`?");
    }
    let prefix = if section.is_empty() {
        String::new()
    } else {
        format!("{section}.")
    };
    let siblings = known
        .iter()
        .filter_map(|key| key.strip_prefix(&prefix))
        .filter(|key| !key.contains('.'));
    let siblings: Vec<&str> = siblings.collect();
    let place = if section.is_empty() {
        "at the top".to_owned()
    } else {
        format!("in [{section}]")
    };
    format!("the keys {place} are: {}", siblings.join(", "))
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::super::Span;
    use super::*;

    fn read(text: &str) -> Result<Option<u64>> {
        let document = Document::parse("settings.toml", text)?;
        let history = document.root().section("history")?;
        let depth = history.number("depth", 0, 64)?;
        history.boolean("enabled")?;
        history.parsed::<Span>("wait")?;
        history.section("hdfs")?.text("namenode_url")?;
        document.root().sections("rule", |rule| rule.text("match"))?;
        document.refuse_unknown_keys()?;
        Ok(depth)
    }

    fn error(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn values_are_found_and_may_be_absent() {
        assert_eq!(read("[history]\ndepth = 0x10").unwrap(), Some(16));
        assert_eq!(read("history.depth = 3").unwrap(), Some(3));
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("[[rule]]\nmatch = 'x'\n[[rule]]").unwrap(), None);
    }

    #[test]
    fn a_wrong_type_is_told_with_line_and_expectation() {
        assert_eq!(
            error("[history]\n\ndepth = 'four'"),
            "`history.depth` in settings.toml, line 3: expected a whole number from 0 to 64, found text"
        );
        assert_eq!(
            error("[history]\ndepth = 65"),
            "`history.depth` in settings.toml, line 2: expected a whole number from 0 to 64, found 65"
        );
        assert_eq!(
            error("[history]\nenabled = 1"),
            "`history.enabled` in settings.toml, line 2: expected true or false, found 1"
        );
        assert_eq!(
            error("[history]\nwait = 'soon'"),
            "`history.wait` in settings.toml, line 2: \
             expected a duration such as `90s`, `10m`, `36h` or `7d`, found `soon`"
        );
        assert_eq!(
            error("history = 1"),
            "`history` in settings.toml, line 1: expected a table, found 1"
        );
    }

    #[test]
    fn text_that_is_no_toml_is_told_with_its_line() {
        assert!(error("[history]\ndepth =\n").starts_with("cannot read settings.toml, line 2: "));
    }

    #[test]
    fn the_first_unknown_key_is_told() {
        assert_eq!(
            error("[history]\ndepht = 1\n[histroy]\nx = 1"),
            "unknown key `history.depht` in settings.toml, line 2"
        );
        assert_eq!(
            error("[[rule]]\nmach = 'x'"),
            "unknown key `rule.mach` in settings.toml, line 2"
        );
    }

    #[test]
    fn suggestions_prefer_the_same_section() {
        let known = [
            "history",
            "history.depth",
            "ingest",
            "ingest.threads",
            "history.hdfs",
        ];
        let known: BTreeSet<String> = known.into_iter().map(str::to_owned).collect();
        assert_eq!(
            suggestion("history.dept", &known),
            "did you mean `history.depth`?"
        );
        assert_eq!(
            suggestion("history.threads", &known),
            "did you mean `ingest.threads`?"
        );
        assert_eq!(suggestion("hdfs", &known), "did you mean `history.hdfs`?");
        assert_eq!(
            suggestion("history.zzz", &known),
            "the keys in [history] are: depth, hdfs"
        );
        assert_eq!(
            suggestion("zzz", &known),
            "the keys at the top are: history, ingest"
        );
    }
}
