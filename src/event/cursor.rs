//! Walks one line of an event log: literal, number, literal, number.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::application::Properties;
use super::flat;

static EVENT: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#""Event":""#));

static TASK_E: LazyLock<Finder> = LazyLock::new(|| Finder::new(r#","Task E"#));

/// As many as most applications have of a kind.
const USUAL_PROPERTIES: usize = 64;

/// The number that eight digits make, all in one register: pairs, then fours, then all eight.
#[inline(always)]
fn eight_digits(text: [u8; 8]) -> Option<u64> {
    let word = u64::from_le_bytes(text);
    let are_digits = (word & 0xF0F0_F0F0_F0F0_F0F0 == 0x3030_3030_3030_3030)
        && (word.wrapping_add(0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0 == 0x3030_3030_3030_3030);
    if !are_digits {
        return None;
    }
    let word = word & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (word.wrapping_mul(2561) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(6_553_601) >> 16) & 0x0000_FFFF_0000_FFFF;
    Some(fours.wrapping_mul(42_949_672_960_001) >> 32)
}

/// A place in a line. Every method moves on only when it answers `Some`.
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    pub(super) fn literal(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected.as_bytes())?;
        Some(())
    }

    /// A key and the whole number behind it.
    #[inline(always)]
    pub(super) fn field(&mut self, key: &str) -> Option<i64> {
        self.literal(key)?;
        self.integer()
    }

    #[inline(always)]
    pub(super) fn integer(&mut self) -> Option<i64> {
        // Most numbers of an event are a single digit.
        if let [digit @ b'0'..=b'9', b',' | b'}' | b']', ..] = self.rest {
            let value = i64::from(digit - b'0');
            self.rest = &self.rest[1..];
            return Some(value);
        }
        self.long_integer()
    }

    fn long_integer(&mut self) -> Option<i64> {
        let is_negative = self.rest.first() == Some(&b'-');
        let digits = if is_negative {
            self.rest.get(1..)?
        } else {
            self.rest
        };
        let mut value: u64 = 0;
        let mut length = 0;
        // Eight digits at once, as times and bytes have them; 18 digits cannot overflow, and a longer
        // number is the typed parser's.
        while length < 16
            && let Some(eight) = digits.get(length..).and_then(|rest| rest.first_chunk::<8>())
            && let Some(number) = eight_digits(*eight)
        {
            value = value * 100_000_000 + number;
            length += 8;
        }
        while let Some(digit @ b'0'..=b'9') = digits.get(length) {
            if length == 18 {
                return None;
            }
            value = value * 10 + u64::from(digit - b'0');
            length += 1;
        }
        // Nor is a zero with a sign, which is no whole number to serde.
        if length == 0 || (digits[0] == b'0' && (length > 1 || is_negative)) {
            return None;
        }
        let rest = &digits[length..];
        // A fraction or an exponent is not ours to round.
        if !matches!(rest.first(), Some(b',' | b'}' | b']')) {
            return None;
        }
        self.rest = rest;
        let value = i64::try_from(value).ok()?;
        Some(if is_negative { -value } else { value })
    }

    #[inline(always)]
    pub(super) fn skip_integer(&mut self, key: &str) -> Option<()> {
        self.field(key).map(drop)
    }

    /// A key that some versions leave out: the key without a number behind it is a surprise.
    #[inline(always)]
    pub(super) fn skip_optional_integer(&mut self, key: &str) -> Option<()> {
        match self.literal(key) {
            Some(()) => self.integer().map(drop),
            None => Some(()),
        }
    }

    /// A key that some versions leave out, with the number behind it, else `otherwise`.
    #[inline(always)]
    pub(super) fn optional_field(&mut self, key: &str, otherwise: i64) -> Option<i64> {
        match self.literal(key) {
            Some(()) => self.integer(),
            None => Some(otherwise),
        }
    }

    /// The numbers of an array whose opening bracket has been read.
    pub(super) fn integers(&mut self) -> Option<Vec<i64>> {
        let mut numbers = Vec::new();
        if self.literal("]").is_some() {
            return Some(numbers);
        }
        loop {
            numbers.push(self.integer()?);
            if self.literal("]").is_some() {
                return Some(numbers);
            }
            self.literal(",")?;
        }
    }

    #[inline(always)]
    pub(super) fn boolean(&mut self) -> Option<bool> {
        if self.literal("false").is_some() {
            Some(false)
        } else {
            self.literal("true").map(|()| true)
        }
    }

    /// The rest of a string whose opening quote has been read, if it holds no escape.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Option<&'a str> {
        let before = self.rest;
        self.skip_plain_string()?;
        let length = before.len() - self.rest.len() - 1;
        std::str::from_utf8(&before[..length]).ok()
    }

    #[inline(always)]
    pub(super) fn skip_plain_string(&mut self) -> Option<()> {
        let end = flat::plain_end(self.rest).filter(|end| self.rest[*end] == b'"')?;
        self.rest = &self.rest[end + 1..];
        Some(())
    }

    /// A whole string, escapes included.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let before = self.rest;
        self.literal("\"")?;
        match self.plain_string() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => {
                self.rest = before;
                self.json::<String>().map(Cow::Owned)
            }
        }
    }

    /// All entries of an object of strings.
    pub(super) fn properties(&mut self) -> Option<Properties<'a>> {
        let mut properties = Vec::with_capacity(USUAL_PROPERTIES);
        self.rest = flat::entries(self.rest, |key, value| {
            let key = std::str::from_utf8(key).ok()?;
            properties.push((Cow::Borrowed(key), value.read()?));
            Some(())
        })?;
        Some(Properties(properties))
    }

    /// One JSON value, read by the typed parser.
    pub(super) fn json<T: serde::Deserialize<'a>>(&mut self) -> Option<T> {
        let mut values = serde_json::Deserializer::from_slice(self.rest).into_iter::<T>();
        let value = values.next()?.ok()?;
        self.rest = self.rest.get(values.byte_offset()..)?;
        Some(value)
    }

    /// Moves behind the next place where `needle` stands, within this event.
    pub(super) fn jump(&mut self, needle: &Finder) -> Option<()> {
        let at = needle.find(self.rest)?;
        if EVENT.find(&self.rest[..at]).is_some() {
            return None;
        }
        self.rest = &self.rest[at + needle.needle().len()..];
        Some(())
    }

    /// Moves behind the next `,"Task E`: `Task Executor Metrics` of this event or, where a second
    /// `TaskEnd` was run into this line, the `Task End Reason` of that one. One search tells both.
    #[inline(always)]
    pub(super) fn jump_to_task_e(&mut self) -> Option<()> {
        let at = TASK_E.find(self.rest)?;
        if !self.rest[..at].ends_with(b"]}") {
            return None;
        }
        self.rest = &self.rest[at + TASK_E.needle().len()..];
        Some(())
    }

    /// The rest of the line may hold anything but a second event, and ends with `end` and a brace.
    pub(super) fn ends_event(&self, end: &str) -> Option<()> {
        let body = self.rest.strip_suffix(b"}")?;
        if !body.ends_with(end.as_bytes()) || EVENT.find(self.rest).is_some() {
            return None;
        }
        Some(())
    }
}
