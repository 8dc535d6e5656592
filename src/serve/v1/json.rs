//! JSON exactly as Jackson's default pretty printer writes it for Spark: two spaces for each object, arrays on
//! one line, doubles as Java prints them, dates in GMT.

use std::io::Write;

use super::time::date;

/// A document being written.
#[derive(Debug, Default)]
pub(super) struct Json {
    out: Vec<u8>,
    /// Objects around the place that is written to.
    depth: usize,
    /// Nothing stands yet in the innermost object or array.
    is_first: bool,
    /// The innermost is an array, whose elements need their commas written.
    in_array: bool,
}

impl Json {
    /// What `write` writes.
    pub(super) fn document(write: impl FnOnce(&mut Json)) -> Vec<u8> {
        let mut json = Json::default();
        write(&mut json);
        json.out
    }

    /// An object, of which `write` writes the entries.
    pub(super) fn object(&mut self, write: impl FnOnce(&mut Json)) {
        self.element();
        let outer = (self.is_first, self.in_array);
        self.out.push(b'{');
        self.depth += 1;
        (self.is_first, self.in_array) = (true, false);
        write(self);
        self.depth -= 1;
        if self.is_first {
            self.out.extend(b" }");
        } else {
            self.new_line();
            self.out.push(b'}');
        }
        (self.is_first, self.in_array) = outer;
    }

    /// An array, of which `write` writes the elements.
    pub(super) fn array(&mut self, write: impl FnOnce(&mut Json)) {
        self.element();
        let outer = (self.is_first, self.in_array);
        self.out.push(b'[');
        (self.is_first, self.in_array) = (true, true);
        write(self);
        self.out.extend(b" ]");
        (self.is_first, self.in_array) = outer;
    }

    /// An array with one element for each item.
    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Json, T),
    ) {
        self.array(|json| {
            for item in items {
                write(json, item);
            }
        });
    }

    /// The key of an entry, whose value comes next.
    pub(super) fn key(&mut self, key: &str) -> &mut Json {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.new_line();
        self.quoted(key);
        self.out.extend(b" : ");
        self
    }

    pub(super) fn text(&mut self, text: &str) {
        self.element();
        self.quoted(text);
    }

    pub(super) fn int(&mut self, value: i64) {
        self.element();
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{value}");
    }

    pub(super) fn count(&mut self, value: usize) {
        self.int(i64::try_from(value).unwrap_or(i64::MAX));
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.element();
        self.out.extend(if value { &b"true"[..] } else { b"false" });
    }

    pub(super) fn double(&mut self, value: f64) {
        self.element();
        if value.is_finite() {
            self.out.extend(java_double(value).as_bytes());
        } else {
            self.quoted(&java_double(value));
        }
    }

    /// A moment, in milliseconds since the epoch.
    pub(super) fn date(&mut self, ms: i64) {
        self.text(&date(ms));
    }

    /// A moment, if there is one.
    pub(super) fn some_date(&mut self, key: &str, ms: Option<i64>) {
        if let Some(ms) = ms {
            self.key(key).date(ms);
        }
    }

    /// A text, if there is one.
    pub(super) fn some_text(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.key(key).text(text);
        }
    }

    /// An object of texts.
    pub(super) fn texts(&mut self, pairs: &[(String, String)]) {
        self.object(|json| {
            for (key, value) in pairs {
                json.key(key).text(value);
            }
        });
    }

    /// What stands before an element of an array.
    fn element(&mut self) {
        if self.in_array {
            self.out.extend(if self.is_first { &b" "[..] } else { b", " });
            self.is_first = false;
        }
    }

    fn new_line(&mut self) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + 2 * self.depth, b' ');
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        let mut plain = 0;
        for (place, char) in text.char_indices() {
            let is_plain = char >= ' ' && char != '"' && char != '\\' && char <= '\u{ffff}';
            if is_plain {
                continue;
            }
            self.out.extend(&text.as_bytes()[plain..place]);
            plain = place + char.len_utf8();
            match char {
                '"' => self.out.extend(b"\\\""),
                '\\' => self.out.extend(b"\\\\"),
                '\n' => self.out.extend(b"\\n"),
                '\r' => self.out.extend(b"\\r"),
                '\t' => self.out.extend(b"\\t"),
                '\u{8}' => self.out.extend(b"\\b"),
                '\u{c}' => self.out.extend(b"\\f"),
                _ => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        let _ = write!(self.out, "\\u{unit:04X}");
                    }
                }
            }
        }
        self.out.extend(&text.as_bytes()[plain..]);
        self.out.push(b'"');
    }
}

/// `Double.toString` of Java.
pub(super) fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let text = format!("{value}");
        return if text.contains('.') { text } else { text + ".0" };
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_javas() {
        for (value, text) in [
            (0.0, "0.0"),
            (0.25, "0.25"),
            (624.0, "624.0"),
            (1e7, "1.0E7"),
            (68_756_415.0, "6.8756415E7"),
            (1e10, "1.0E10"),
            (9_999_999.0, "9999999.0"),
            (0.001, "0.001"),
            (0.000_9, "9.0E-4"),
            (-0.5, "-0.5"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(java_double(value), text);
        }
    }

    #[test]
    fn objects_and_arrays_are_laid_out_as_jackson_does() {
        let document = Json::document(|json| {
            json.array(|json| {
                json.object(|json| {
                    json.key("a").int(1);
                    json.key("b").list([1, 2], |json, number| json.int(number));
                    json.key("c").array(|_| {});
                    json.key("d").object(|_| {});
                    json.key("e").list(["x"], |json, text| {
                        json.object(|json| json.key("f").text(text));
                    });
                });
                json.object(|_| {});
                json.double(f64::NAN);
            });
        });
        let expected = r#"[ {
  "a" : 1,
  "b" : [ 1, 2 ],
  "c" : [ ],
  "d" : { },
  "e" : [ {
    "f" : "x"
  } ]
}, { }, "NaN" ]"#;
        assert_eq!(String::from_utf8(document).unwrap(), expected);
    }

    #[test]
    fn texts_are_escaped_as_jackson_does() {
        let text = Json::document(|json| json.text("é/<\"\\\n\u{1b}\u{7f}\u{2028}🐘"));
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "\"é/<\\\"\\\\\\n\\u001B\u{7f}\u{2028}\\uD83D\\uDC18\""
        );
    }
}
