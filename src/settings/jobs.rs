//! `[jobs]`: how runs of the same work are told. Not used by any report of this version.

use anyhow::Result;

use super::section::Section;

/// What makes applications runs of one recurring job.
#[derive(Clone, Debug, Default, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub pattern: String,
    pub replacement: String,
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
