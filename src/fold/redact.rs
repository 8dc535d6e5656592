//! Secrets never reach the database: values of configuration as Spark redacts them, and free text.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// What Spark writes in place of a secret.
pub(super) const REDACTED: &str = "*********(redacted)";

/// Spark's default `spark.redaction.regex`, looked for in key and value alike, and `access-key` besides.
static SENSITIVE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("(?i)secret|password|token|access[._-]?key|credential").ok());

/// In free text (descriptions, error messages) a secret stands behind a word like these, or in front of
/// the `@` of a URL.
static SENSITIVE_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
r#"(?i)((?:secret|password|passwd|token|access[._-]?key|credentials?)(?:[._-]?(?:key|id|value)){0,2}["']?(?:\s*(?:=>|[=:])\s*|\s+(?:is\s+)?["'])["']?)[^\s"',;)&]+|(://[^\s/:@]*:)[^\s/@]+@"#,
    )
    .ok()
});

/// Texts up to this many bytes are looked at before a regular expression is run over them: for most, that
/// it begins costs more than they do.
const SHORT_BYTES: usize = 256;

/// Whether one of the expressions may match. False only if neither can: each of their words begins with one
/// of these, and folding of case makes other letters equal to those of ASCII.
fn is_suspicious(text: &str) -> bool {
    let text = text.as_bytes();
    text.len() > SHORT_BYTES
        || !text.is_ascii()
        || text.windows(3).any(|three| match three[0] | 0x20 {
            b's' => three[1..].eq_ignore_ascii_case(b"ec"),
            b'p' => three[1..].eq_ignore_ascii_case(b"as"),
            b't' => three[1..].eq_ignore_ascii_case(b"ok"),
            b'a' => three[1..].eq_ignore_ascii_case(b"cc"),
            b'c' => three[1..].eq_ignore_ascii_case(b"re"),
            b':' => &three[1..] == b"//",
            _ => false,
        })
}

/// The value to keep for a configuration key.
pub(super) fn redact_value<'a>(key: &str, value: &'a str) -> &'a str {
    match SENSITIVE.as_ref() {
        Some(sensitive) => {
            let is_sensitive = |text: &str| is_suspicious(text) && sensitive.is_match(text);
            if is_sensitive(key) || is_sensitive(value) {
                REDACTED
            } else {
                value
            }
        }
        None => REDACTED,
    }
}

/// A text with what looks like a secret in it replaced.
pub(super) fn redact_text(text: &str) -> Cow<'_, str> {
    match SENSITIVE_TEXT.as_ref() {
        Some(_) if !is_suspicious(text) => Cow::Borrowed(text),
        Some(sensitive) => sensitive.replace_all(text, |found: &regex::Captures| {
            match (found.get(1), found.get(2)) {
                (Some(name), _) => format!("{}{REDACTED}", name.as_str()),
                (None, Some(user)) => format!("{}{REDACTED}@", user.as_str()),
                (None, None) => REDACTED.to_owned(),
            }
        }),
        None => Cow::Borrowed(REDACTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_redacted_by_key_and_by_value_as_spark_does() {
        assert_eq!(
            redact_value("spark.hadoop.fs.s3a.secret.key", "hunter2"),
            REDACTED
        );
        assert_eq!(redact_value("spark.hadoop.fs.s3a.access.key", "AKIA"), REDACTED);
        assert_eq!(
            redact_value("spark.app.conf", "jdbc:x?Password=hunter2"),
            REDACTED
        );
        assert_eq!(redact_value("spark.executor.memory", "4g"), "4g");
    }

    #[test]
    fn every_word_of_the_expressions_is_suspicious() {
        for text in [
            "my SECRET",
            "passWord",
            "passwd",
            "ToKen",
            "Access_key",
            "x-credentials",
            "s3a://u:p@h",
            "\u{17f}ecret",
            "to\u{212a}en",
        ] {
            assert!(is_suspicious(text), "{text}");
        }
        for text in ["", "4g", "to", "count at x.py:12", "spark.executor.memory"] {
            assert!(!is_suspicious(text), "{text}");
        }
    }

    #[test]
    fn free_text_loses_the_secret_and_keeps_the_rest() {
        for (text, secret) in [
            ("connect jdbc:x?user=a&password=hunter2&ssl=1 failed", "hunter2"),
            ("OPTIONS (url 'u', password 'hunter2')", "hunter2"),
            ("fs.s3a.secret.key: hunter2, region: x", "hunter2"),
            (r#"{"token": "hunter2"}"#, "hunter2"),
            ("GET https://bob:hunter2@host/path", "hunter2"),
        ] {
            let redacted = redact_text(text);
            assert!(!redacted.contains(secret), "{redacted}");
            assert!(redacted.contains(REDACTED), "{redacted}");
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in [
            "count at tokenize.py:12",
            "parallelize at PasswordStage.scala:3",
            "a: b = c",
        ] {
            assert_eq!(redact_text(text), text);
        }
    }
}
