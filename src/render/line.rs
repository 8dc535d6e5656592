//! Text for one line of a terminal: made harmless, measured, shortened, wrapped.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

const ELLIPSIS: &str = "…";

/// Where text loses what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// For names, told apart by how they begin.
    End,
    /// For ids and the like, told apart by how they end.
    Middle,
}

/// The text without anything that moves the cursor, colors, reorders or hides: logs are written by
/// strangers, and an application may be named anything.
///
/// Line breaks and tabs become spaces; other such characters become `�`, so that their presence
/// shows. Text beyond what anybody reads in a table is cut.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 500;
    let is_long = text.len() > LONGEST && text.chars().nth(LONGEST).is_some();
    if !is_long && !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut cleaned: String = text
        .chars()
        .take(if is_long { LONGEST - 1 } else { LONGEST })
        .map(|char| match char {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            char if is_hostile(char) => char::REPLACEMENT_CHARACTER,
            char => char,
        })
        .collect();
    if is_long {
        cleaned.push_str(ELLIPSIS);
    }
    Cow::Owned(cleaned)
}

/// Controls (escape sequences begin with one), marks that reorder text, and invisible characters. The
/// joiners U+200C and U+200D stay: some scripts cannot be written without them.
pub(super) fn is_hostile(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// How many columns of the terminal it takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `most` columns.
pub(super) fn shorten(text: &str, most: usize, cut: Cut) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(room) = most.checked_sub(width(ELLIPSIS)) else {
        return Cow::Borrowed("");
    };
    let (head, tail) = match cut {
        Cut::End => (prefix(text, room), ""),
        // The end tells ids apart, so it gets the odd column.
        Cut::Middle => (prefix(text, room / 2), suffix(text, room - room / 2)),
    };
    Cow::Owned(format!("{}{ELLIPSIS}{tail}", head.trim_end()))
}

/// The longest beginning of at most `most` columns. Measured as a whole: characters that combine are
/// not as wide as the sum of them.
fn prefix(text: &str, most: usize) -> &str {
    let ends = text.char_indices().map(|(at, char)| at + char.len_utf8());
    let fitting = ends.take_while(|&end| width(&text[..end]) <= most).last();
    &text[..fitting.unwrap_or(0)]
}

/// The longest end of at most `most` columns, not beginning with a mark of a character left out.
fn suffix(text: &str, most: usize) -> &str {
    let starts = text.char_indices().rev().map(|(at, _)| at);
    let fitting = starts.take_while(|&start| width(&text[start..]) <= most).last();
    text[fitting.unwrap_or(text.len())..]
        .trim_start_matches(|char: char| width(char.encode_utf8(&mut [0; 4])) == 0)
}

/// The text padded to `columns` with spaces before or after it.
pub(super) fn pad(text: &str, columns: usize, to_the_right: bool) -> String {
    let spaces = " ".repeat(columns.saturating_sub(width(text)));
    if to_the_right {
        spaces + text
    } else {
        text.to_owned() + &spaces
    }
}

/// The text in lines of at most `most` columns where words allow, the second and later ones indented.
pub(super) fn wrap(text: &str, most: Option<usize>, indent: usize) -> String {
    let Some(most) = most else { return text.to_owned() };
    let mut lines = String::with_capacity(text.len());
    let mut used = 0;
    for word in text.split(' ') {
        let needed = width(word);
        if used > 0 && used + 1 + needed > most {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if !lines.is_empty() {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += needed;
    }
    lines
}

/// Parts joined by semicolons, in lines of at most `most` columns that end between parts where they can.
pub(super) fn wrap_parts(parts: &[String], most: Option<usize>, indent: usize) -> String {
    let Some(most) = most else { return parts.join("; ") };
    let mut lines = String::new();
    let mut used = 0;
    for (index, part) in parts.iter().enumerate() {
        let end = if index + 1 < parts.len() { ";" } else { "" };
        let part = format!("{part}{end}");
        if index > 0 && used + 1 + width(&part) <= most {
            lines.push(' ');
            lines.push_str(&part);
            used += 1 + width(&part);
        } else {
            if index == 0 {
                lines.push_str(&wrap(&part, Some(most), indent));
            } else {
                let below = format!("\n{}", " ".repeat(indent));
                lines.push_str(&below);
                lines.push_str(&wrap(&part, Some(most.saturating_sub(indent)), 0).replace('\n', &below));
            }
            used = lines.rsplit('\n').next().map_or(0, width);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_made_harmless_and_visible() {
        assert_eq!(clean("plain näme 日本"), "plain näme 日本");
        assert_eq!(clean("a\nb\r\tc"), "a b  c");
        assert_eq!(clean("\x1b[31mred\x1b[0m"), "\u{fffd}[31mred\u{fffd}[0m");
        assert_eq!(clean("\u{9b}2J\u{7f}\0"), "\u{fffd}2J\u{fffd}\u{fffd}");
        assert_eq!(
            clean("a\u{202e}b\u{2066}c\u{200b}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}"
        );
    }

    #[test]
    fn endless_text_is_cut() {
        assert_eq!(clean(&"x".repeat(500)).chars().count(), 500);
        let cleaned = clean(&"x".repeat(1_000_000)).into_owned();
        assert_eq!(cleaned.chars().count(), 500);
        assert!(cleaned.ends_with('…'));
    }

    #[test]
    fn text_is_shortened_to_columns_not_characters() {
        assert_eq!(shorten("nightly-etl", 11, Cut::End), "nightly-etl");
        assert_eq!(shorten("nightly-etl", 8, Cut::End), "nightly…");
        assert_eq!(shorten("nightly etl", 9, Cut::End), "nightly…");
        assert_eq!(shorten("app-20261123-0042", 9, Cut::Middle), "app-…0042");
        assert_eq!(shorten("日本語日本語", 6, Cut::End), "日本…");
        assert_eq!(shorten("日本語日本語", 6, Cut::Middle), "日…語");
        assert_eq!(shorten("abc", 1, Cut::End), "…");
        assert_eq!(shorten("abc", 0, Cut::Middle), "");
    }

    #[test]
    fn marks_stay_with_their_character() {
        assert_eq!(
            shorten("e\u{301}e\u{301}e\u{301}e\u{301}", 3, Cut::End),
            "e\u{301}e\u{301}…"
        );
        assert_eq!(shorten("abcde\u{301}", 3, Cut::Middle), "a…e\u{301}");
        assert!(width(&shorten("aa❤️❤️", 4, Cut::End)) <= 4);
    }

    #[test]
    fn wrapped_lines_fit_and_are_indented() {
        assert_eq!(wrap("one two three four", Some(9), 2), "one two\n  three\n  four");
        assert_eq!(
            wrap("incomprehensibilities one", Some(5), 0),
            "incomprehensibilities\none"
        );
        assert_eq!(wrap("one two", None, 2), "one two");
        assert_eq!(wrap("", Some(5), 2), "");
    }
}
