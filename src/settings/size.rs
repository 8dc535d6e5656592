//! Amounts of bytes as people write them.

use std::fmt;
use std::str::FromStr;

use super::Malformed;

/// An amount of bytes: `4096`, `256MiB`, `1.5GiB`, `1GB`, `512m`.
///
/// `KiB` and its kin are powers of 1024, `KB` and its kin powers of 1000. A letter alone is a power
/// of 1024, as in Spark's own configuration. Case does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    pub bytes: u64,
}

const MALFORMED: Malformed = Malformed {
    expected: "a size such as `256MiB`, `1GB` or a number of bytes",
};

impl Size {
    /// `mib` mebibytes.
    pub const fn from_mib(mib: u64) -> Self {
        Self { bytes: mib << 20 }
    }
}

impl FromStr for Size {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let text = text.trim();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let factor = factor(unit.trim_start()).ok_or(MALFORMED)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 {
            return Err(MALFORMED);
        }
        let whole: u64 = whole.parse().map_err(|_| MALFORMED)?;
        let scale = 10_u128.pow(u32::try_from(fraction.len()).map_err(|_| MALFORMED)?);
        let fraction: u64 = fraction.parse().map_err(|_| MALFORMED)?;
        let bytes =
            u128::from(whole) * u128::from(factor) + u128::from(fraction) * u128::from(factor) / scale;
        Ok(Self {
            bytes: u64::try_from(bytes).map_err(|_| MALFORMED)?,
        })
    }
}

fn factor(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    let (prefix, base) = match unit.as_str() {
        "" | "b" => return Some(1),
        other => match other.strip_suffix("ib") {
            Some(prefix) => (prefix, 1024_u64),
            None => match other.strip_suffix('b') {
                Some(prefix) => (prefix, 1000),
                None => (other, 1024),
            },
        },
    };
    let power = match prefix {
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    Some(base.pow(power))
}

/// In the largest binary unit that says it exactly; parses back to the same size.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shift, unit) in [(50, "PiB"), (40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] {
            if self.bytes != 0 && self.bytes.is_multiple_of(1 << shift) {
                return write!(f, "{}{unit}", self.bytes >> shift);
            }
        }
        write!(f, "{}", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Option<u64> {
        text.parse::<Size>().ok().map(|size| size.bytes)
    }

    #[test]
    fn sizes_as_people_write_them() {
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("0"), Some(0));
        assert_eq!(bytes("10B"), Some(10));
        assert_eq!(bytes("256MiB"), Some(256 << 20));
        assert_eq!(bytes("256 mib"), Some(256 << 20));
        assert_eq!(bytes("512m"), Some(512 << 20));
        assert_eq!(bytes("1GB"), Some(1_000_000_000));
        assert_eq!(bytes("1.5GiB"), Some(3 << 29));
        assert_eq!(bytes("0.5k"), Some(512));
        assert_eq!(bytes("16TiB"), Some(16 << 40));
    }

    #[test]
    fn what_is_no_size() {
        for text in [
            "", "MiB", "1 XB", "-1", "1.2.3GB", ".5GB", "1.GB", "1e3", "99999PiB", "1iB", "ten",
        ] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn a_printed_size_parses_back() {
        for bytes in [0, 1, 1000, 1024, 3 << 29, 256 << 20, u64::MAX] {
            let size = Size { bytes };
            assert_eq!(size.to_string().parse(), Ok(size));
        }
        assert_eq!(Size::from_mib(256).to_string(), "256MiB");
    }
}
