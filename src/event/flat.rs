//! Strings of JSON, and flat objects of them (Spark's properties), without a JSON parser.
//!
//! Part of the scanner: what is not as Spark's writer makes it is `None`, and the typed parser's.

use std::borrow::Cow;

/// The value of a property, not yet looked into.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// With its quotes.
    quoted: &'a [u8],
    is_plain: bool,
}

impl<'a> Text<'a> {
    pub(super) fn read(self) -> Option<Cow<'a, str>> {
        if self.is_plain {
            let inner = self.quoted.get(1..self.quoted.len() - 1)?;
            std::str::from_utf8(inner).ok().map(Cow::Borrowed)
        } else {
            serde_json::from_slice::<String>(self.quoted).ok().map(Cow::Owned)
        }
    }
}

/// Shows each entry of the object at the front of `text` to `entry`, and answers what stands behind the
/// object. Values that `entry` does not read are not validated. An entry that is no string, or whose key holds
/// an escape, is not ours.
pub(super) fn entries<'a>(
    text: &'a [u8],
    mut entry: impl FnMut(&'a [u8], Text<'a>) -> Option<()>,
) -> Option<&'a [u8]> {
    let mut rest = text.strip_prefix(b"{")?;
    if let Some(behind) = rest.strip_prefix(b"}") {
        return Some(behind);
    }
    loop {
        rest = rest.strip_prefix(b"\"")?;
        let key_end = plain_end(rest).filter(|end| rest[*end] == b'"')?;
        let key = &rest[..key_end];
        let quoted = rest[key_end + 1..].strip_prefix(b":")?;
        let (end, is_plain) = quoted_end(quoted)?;
        let value = Text {
            quoted: &quoted[..end],
            is_plain,
        };
        entry(key, value)?;
        match quoted[end..].split_first()? {
            (b',', behind) => rest = behind,
            (b'}', behind) => return Some(behind),
            _ => return None,
        }
    }
}

/// Where the string at the front ends, its quotes included, and whether it is without escapes.
fn quoted_end(text: &[u8]) -> Option<(usize, bool)> {
    let (b'"', inner) = text.split_first()? else {
        return None;
    };
    let mut at = 0;
    let mut is_plain = true;
    loop {
        at += plain_end(inner.get(at..)?)?;
        match inner[at] {
            b'"' => return Some((at + 2, is_plain)),
            b'\\' => {
                is_plain = false;
                at += 2;
            }
            _ => return None,
        }
    }
}

/// The place of the first byte that ends a plain string: a quote, a backslash or a control character. Eight
/// bytes at once: most strings of events are too short for a search with wider registers to pay.
#[inline]
pub(super) fn plain_end(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    // The highest bit of each byte that is 0. Only the lowest one set can be relied on.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & TOPS;
    let mut at = 0;
    while let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*eight);
        let controls = word.wrapping_sub(0x20 * ONES) & !word & TOPS;
        let found =
            zeros(word ^ (u64::from(b'"') * ONES)) | zeros(word ^ (u64::from(b'\\') * ONES)) | controls;
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let is_end = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    text[at..].iter().position(is_end).map(|offset| at + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_strings_end_where_a_slow_search_says() {
        let slow = |text: &[u8]| {
            text.iter()
                .position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))
        };
        for special in [b'"', b'\\', 0, 0x1f] {
            for before in 0..=255 {
                for length in 0..20 {
                    for at in 0..=length {
                        let mut text = vec![before; length];
                        text.insert(at, special);
                        assert_eq!(plain_end(&text), slow(&text), "{text:?}");
                    }
                }
            }
        }
        assert_eq!(plain_end("12345678ä!#[]~ €".as_bytes()), None);
    }

    fn read(text: &str) -> Option<(Vec<(String, String)>, &str)> {
        let mut read = Vec::new();
        let behind = entries(text.as_bytes(), |key, value| {
            read.push((String::from_utf8(key.to_vec()).ok()?, value.read()?.into_owned()));
            Some(())
        })?;
        Some((read, std::str::from_utf8(behind).ok()?))
    }

    #[test]
    fn entries_are_read_in_order_and_escapes_undone() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(read("{}, x"), Some((vec![], ", x")));
        assert_eq!(
            read(r#"{"a":"","b.c":"x, \"y\"}\\","a":"ü"}}"#),
            Some((
                vec![pair("a", ""), pair("b.c", r#"x, "y"}\"#), pair("a", "ü")],
                "}"
            ))
        );
    }

    #[test]
    fn what_is_no_flat_object_of_strings_is_left_alone() {
        for text in [
            "",
            "[]",
            "{",
            r#"{"a"}"#,
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"a":{}}"#,
            r#"{"a":"b""#,
            r#"{"a":"b"x}"#,
            r#"{"a":"b",}"#,
            r#"{"a\n":"b"}"#,
            r#"{"a":"b\"}"#,
            r#"{ "a":"b"}"#,
            "{\"a\":\"b\nc\"}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
