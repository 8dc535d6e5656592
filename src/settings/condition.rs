//! `--fail-if`: a comparison of a column with a number.

use std::fmt;
use std::str::FromStr;

use super::Malformed;

/// `idle_pct>70`
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub column: String,
    pub comparison: Comparison,
    pub number: f64,
}

/// How a value is compared with the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
}

/// Longer signs first: `>=` begins with `>`.
const SIGNS: [(&str, Comparison); 6] = [
    (">=", Comparison::GreaterOrEqual),
    ("<=", Comparison::LessOrEqual),
    ("!=", Comparison::NotEqual),
    (">", Comparison::Greater),
    ("<", Comparison::Less),
    ("=", Comparison::Equal),
];

const MALFORMED: Malformed = Malformed {
    expected: "COLUMN OP NUMBER such as `idle_pct>70`, with one of > >= < <= = !=",
};

impl FromStr for Condition {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let at = text.find(['>', '<', '=', '!']).ok_or(MALFORMED)?;
        let (column, rest) = text.split_at(at);
        let (sign, comparison) = SIGNS
            .into_iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .ok_or(MALFORMED)?;
        let column = column.trim();
        let number: f64 = rest[sign.len()..].trim().parse().map_err(|_| MALFORMED)?;
        if column.is_empty() || !number.is_finite() {
            return Err(MALFORMED);
        }
        Ok(Self {
            column: column.to_owned(),
            comparison,
            number,
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = SIGNS
            .iter()
            .find(|(_, comparison)| *comparison == self.comparison)
            .map_or("", |(sign, _)| sign);
        write!(f, "{}{sign}{}", self.column, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_parse_and_print() {
        for (text, printed) in [
            ("idle_pct>70", "idle_pct>70"),
            (" idle_pct  >=  70.5 ", "idle_pct>=70.5"),
            ("a<-1e3", "a<-1000"),
            ("a<=0", "a<=0"),
            ("a=1", "a=1"),
            ("a!=1", "a!=1"),
        ] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_condition() {
        for text in [
            "", "idle_pct", ">1", "a>", "a>b", "a>>1", "a=>1", "a==1", "a!1", "a>nan", "a>inf", "a>1GiB",
        ] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
    }
}
