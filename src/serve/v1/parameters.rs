//! What stands behind the `?`, typed as Jersey types it for Spark.

use super::answer::Refused;

/// The parameters of a request, decoded.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a raw query apart.
    ///
    /// # Errors
    /// When its escapes are none.
    pub(super) fn parse(raw: Option<&str>) -> Result<Self, Refused> {
        let mut pairs = Vec::new();
        for pair in raw.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decoded(key, true)?, decoded(value, true)?));
        }
        Ok(Query(pairs))
    }

    /// All values of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter: of several the first.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A whole number. Spark's resource is not found where it is none.
    pub(super) fn int(&self, name: &str, default: i32) -> Result<i32, Refused> {
        match self.first(name) {
            None | Some("") => Ok(default),
            Some(text) => text.parse().map_err(|_| Refused::NotFoundPage),
        }
    }

    /// True only where it says so.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        match self.first(name) {
            None | Some("") => default,
            Some(text) => text.eq_ignore_ascii_case("true"),
        }
    }

    /// A repeatable choice. An empty one is a choice that nothing meets: `None`.
    pub(super) fn choices<T: Copy>(
        &self,
        name: &str,
        known: &[(&str, T)],
    ) -> Result<Vec<Option<T>>, Refused> {
        self.all(name)
            .map(|text| {
                if text.is_empty() {
                    return Ok(None);
                }
                known
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(text))
                    .map(|(_, choice)| Some(*choice))
                    .ok_or(Refused::NotFoundPage)
            })
            .collect()
    }
}

/// Undoes percent-encoding; in a query a plus is a blank.
pub(super) fn decoded(text: &str, is_query: bool) -> Result<String, Refused> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'%' => {
                let digits = rest.get(..2).ok_or(Refused::BadRequestPage)?;
                let hex = |digit: u8| char::from(digit).to_digit(16).ok_or(Refused::BadRequestPage);
                let value = hex(digits[0])? * 16 + hex(digits[1])?;
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
                rest = &rest[2..];
            }
            b'+' if is_query => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Refused::BadRequestPage)
}

/// `java.lang.Double.parseDouble`.
pub(super) fn java_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|char: char| char <= ' ');
    let (is_negative, size) = match text.strip_prefix(['+', '-']) {
        Some(size) => (text.starts_with('-'), size),
        None => (false, text),
    };
    let value = match size {
        "NaN" => f64::NAN,
        "Infinity" => f64::INFINITY,
        _ => {
            let hex = size.strip_prefix("0x").or_else(|| size.strip_prefix("0X"));
            match hex {
                Some(hex) => hex_double(hex)?,
                None => {
                    let size = size.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(size);
                    let is_number = size.contains(|char: char| char.is_ascii_digit())
                        && size
                            .bytes()
                            .all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
                        && !size.starts_with(['+', '-', 'e', 'E']);
                    is_number.then(|| size.parse().ok()).flatten()?
                }
            }
        }
    };
    Some(if is_negative { -value } else { value })
}

/// The rest of `0x1.8p1`.
fn hex_double(text: &str) -> Option<f64> {
    let text = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    let mut scale = exponent;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    scale -= 4 * i32::try_from(fraction.len()).ok()?;
    Some(value * 2_f64.powi(scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_read_as_java_reads_them() {
        for (text, value) in [
            ("0.5", 0.5),
            (" 0.9 ", 0.9),
            ("0.5d", 0.5),
            ("0x1p-1", 0.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e-2", 0.01),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(java_double(text), Some(value), "{text}");
        }
        assert!(java_double("NaN").unwrap().is_nan());
        for text in ["", "foo", "nan", "inf", "0.5dd", "e5", "--1", "0x1", "1_0"] {
            assert_eq!(java_double(text), None, "{text}");
        }
    }

    #[test]
    fn queries_are_taken_apart() {
        let query = Query::parse(Some("a=1+2&b=%C3%A9&a=3&&c")).unwrap();
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1 2", "3"]);
        assert_eq!(query.first("b"), Some("é"));
        assert_eq!(query.first("c"), Some(""));
        assert!(Query::parse(Some("a=%zz")).is_err());
    }
}
