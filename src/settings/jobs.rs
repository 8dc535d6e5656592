//! `[jobs]` and `[tags]`: how runs of the same work are told, and what applications are tagged with.

use anyhow::Result;

use super::section::Section;
use crate::error::UserError;

/// What makes applications runs of one recurring job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobsConfig {
    /// Spark configuration keys that name the job; the first that an application has decides.
    /// `a+b` joins the values of two.
    pub keys: Vec<String>,
    /// Whether the same name under another user is another job.
    pub include_user: Option<bool>,
    /// Applied to application names before they are normalized, in this order.
    pub rules: Vec<Rule>,
}

/// `[[jobs.rule]]`: a regular expression and what takes the place of its match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub pattern: String,
    pub replacement: String,
}

/// What besides the usual labels is a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagsConfig {
    /// Names of tags, and the Spark properties that hold their values.
    pub keys: Vec<(String, String)>,
}

impl TagsConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        let keys = section.texts("keys")?.unwrap_or_default();
        let pairs = keys.iter().map(|key| match key.split_once('=') {
            Some((name, property)) if !name.trim().is_empty() && !property.trim().is_empty() => {
                Ok((name.trim().to_owned(), property.trim().to_owned()))
            }
            _ => Err(
                UserError::usage(format!("`{key}` in tags.keys is not NAME=PROPERTY"))
                    .hint("such as team=spark.acme.team")
                    .into(),
            ),
        });
        Ok(Self {
            keys: pairs.collect::<Result<_>>()?,
        })
    }
}

impl JobsConfig {
    pub(super) fn read(section: &Section<'_>) -> Result<Self> {
        Ok(Self {
            keys: section.texts("keys")?.unwrap_or_default(),
            include_user: section.boolean("include_user")?,
            rules: section.sections("rule", Rule::read)?,
        })
    }
}

impl Rule {
    fn read(section: &Section<'_>) -> Result<Self> {
        let (pattern, replacement) = (section.text("match")?, section.text("replace")?);
        Ok(Self {
            pattern: pattern.ok_or_else(|| section.missing("match"))?,
            replacement: replacement.ok_or_else(|| section.missing("replace"))?,
        })
    }
}
