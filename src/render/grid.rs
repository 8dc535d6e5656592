//! How columns share the width of a terminal.
//!
//! Nothing is lost while everything fits. After that, in this order: headers take more lines, text is
//! shortened, columns go from the end, where those of least priority stand. The first two stay.

use super::line;

/// Between columns.
pub(super) const GAP: usize = 2;

/// Text is not shortened below this. An id of a cluster manager keeps its number at this width.
const LEAST_TEXT: usize = 12;

/// The first column says what the row is about: it is not shortened below this where others can go instead.
const LEAST_FIRST: usize = 18;

/// Nor is a sentence below this: what cannot be understood any more leaves its room to what can.
const LEAST_SENTENCE: usize = 36;

/// Longer values are sentences.
const LONGEST_NAME: usize = 48;

/// Columns that are never hidden.
const ALWAYS_SHOWN: usize = 2;

/// What the layout needs to know of a column.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    /// The text above the column.
    pub(super) header: &'a str,
    /// Width of the widest value.
    pub(super) widest: usize,
    /// Whether its values may be shortened. Amounts may not: half a number is another number.
    pub(super) may_shrink: bool,
}

/// The layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid<'a> {
    /// The width of each column shown; the rest of the columns are hidden.
    pub(super) widths: Vec<usize>,
    /// The lines of each header, all of the same number, filled up with empty lines from the top.
    pub(super) headers: Vec<Vec<&'a str>>,
}

/// Lays the columns out for this width; none is without limit.
pub(super) fn fit<'a>(fields: &[Field<'a>], width: Option<usize>) -> Grid<'a> {
    let one_line = |field: &Field<'a>| vec![field.header];
    let readable = |place: usize, field: &Field<'a>| match place {
        0 => LEAST_FIRST,
        _ if field.widest > LONGEST_NAME => LEAST_SENTENCE,
        _ => LEAST_TEXT,
    };
    let Some(width) = width else {
        return shrink(fields, &one_line, usize::MAX, &readable);
    };
    let fewest = ALWAYS_SHOWN.min(fields.len());
    for shown in (fewest..=fields.len()).rev() {
        let fields = &fields[..shown];
        let grid = shrink(fields, &one_line, usize::MAX, &readable);
        if total(&grid.widths) <= width {
            return grid;
        }
        let grid = shrink(fields, &broken, width, &readable);
        if total(&grid.widths) <= width {
            return grid;
        }
    }
    shrink(&fields[..fewest], &broken, width, &|_, _| LEAST_TEXT)
}

/// Takes columns of the terminal from the widest text until the grid fits, or no text is wider than `least` says.
/// The first column says what the row is about, so it may stay half as wide again as the others.
fn shrink<'a>(
    fields: &[Field<'a>],
    header: &impl Fn(&Field<'a>) -> Vec<&'a str>,
    width: usize,
    least: &impl Fn(usize, &Field<'a>) -> usize,
) -> Grid<'a> {
    let mut headers: Vec<Vec<&str>> = fields.iter().map(header).collect();
    let header_widths: Vec<usize> = headers.iter().map(|lines| widest(lines)).collect();
    let mut widths: Vec<usize> = fields
        .iter()
        .zip(&header_widths)
        .map(|(field, &header)| field.widest.max(header))
        .collect();
    while total(&widths) > width {
        let may_shrink = |&index: &usize| {
            let field = &fields[index];
            field.may_shrink && widths[index] > least(index, field).max(header_widths[index])
        };
        let weight = |&index: &usize| widths[index] * if index == 0 { 2 } else { 3 };
        // The last of the widest: columns in front matter more.
        let Some(index) = (0..widths.len()).filter(may_shrink).max_by_key(weight) else {
            break;
        };
        widths[index] -= 1;
    }
    let lines = headers.iter().map(Vec::len).max().unwrap_or(0);
    for header in &mut headers {
        header.splice(0..0, vec![""; lines - header.len()]);
    }
    Grid { widths, headers }
}

/// The header in as few lines as its values need, broken after underscores so that the name can still be
/// read off it.
fn broken<'a>(field: &Field<'a>) -> Vec<&'a str> {
    let words: Vec<&str> = field.header.split_inclusive('_').collect();
    let longest = words.iter().map(|word| line::width(word)).max().unwrap_or(0);
    // Two lines are enough for most names; a third one only helps where the values are narrower still.
    let mut room = field.widest.max(longest);
    loop {
        let lines = pack(field.header, &words, room);
        if lines.len() <= 2 {
            return lines;
        }
        room += 1;
    }
}

/// The words of the header in lines of at most `room` columns.
fn pack<'a>(header: &'a str, words: &[&str], room: usize) -> Vec<&'a str> {
    let mut lines = Vec::new();
    let (mut start, mut end) = (0, 0);
    for word in words {
        if end > start && line::width(&header[start..end + word.len()]) > room {
            lines.push(&header[start..end]);
            start = end;
        }
        end += word.len();
    }
    lines.push(&header[start..end]);
    lines
}

fn widest(lines: &[&str]) -> usize {
    lines.iter().map(|text| line::width(text)).max().unwrap_or(0)
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(header: &str, widest: usize) -> Field<'_> {
        Field {
            header,
            widest,
            may_shrink: true,
        }
    }

    fn amount(header: &str, widest: usize) -> Field<'_> {
        Field {
            header,
            widest,
            may_shrink: false,
        }
    }

    fn fields() -> Vec<Field<'static>> {
        vec![
            text("app_name", 30),
            text("user", 8),
            amount("alloc_core_h", 7),
            amount("peak_executors", 3),
        ]
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        for width in [None, Some(70), Some(1000)] {
            let grid = fit(&fields(), width);
            assert_eq!(grid.widths, [30, 8, 12, 14]);
            assert_eq!(grid.headers[2], ["alloc_core_h"]);
        }
    }

    #[test]
    fn headers_break_first() {
        let grid = fit(&fields(), Some(69));
        assert_eq!(grid.widths, [30, 8, 7, 9]);
        assert_eq!(
            grid.headers,
            [
                ["", "app_name"],
                ["", "user"],
                ["alloc_", "core_h"],
                ["peak_", "executors"]
            ]
        );
    }

    #[test]
    fn then_text_is_shortened() {
        assert_eq!(fit(&fields(), Some(60)).widths, [30, 8, 7, 9]);
        assert_eq!(fit(&fields(), Some(48)).widths, [18, 8, 7, 9]);
    }

    #[test]
    fn then_columns_go_and_text_gets_their_room() {
        assert_eq!(fit(&fields(), Some(47)).widths, [28, 8, 7]);
        assert_eq!(fit(&fields(), Some(41)).widths, [22, 8, 7]);
        let with_advice = [fields(), vec![text("advice", 90)]].concat();
        assert_eq!(fit(&with_advice, Some(90)).widths, [22, 8, 7, 9, 36]);
        assert_eq!(fit(&with_advice, Some(80)).widths, [30, 8, 12, 14]);
        assert_eq!(fit(&fields(), Some(22)).widths, [12, 8]);
        assert_eq!(fit(&fields(), Some(0)).widths, [12, 8]);
    }

    #[test]
    fn no_columns_are_no_grid() {
        assert_eq!(
            fit(&[], Some(80)),
            Grid {
                widths: vec![],
                headers: vec![]
            }
        );
    }

    #[test]
    fn headers_break_only_where_it_helps() {
        assert_eq!(broken(&amount("alloc_core_h", 12)), ["alloc_core_h"]);
        assert_eq!(broken(&amount("alloc_core_h", 10)), ["alloc_", "core_h"]);
        assert_eq!(
            broken(&amount("shuffle_read_bytes", 9)),
            ["shuffle_", "read_bytes"]
        );
        assert_eq!(broken(&amount("one", 1)), ["one"]);
        assert_eq!(broken(&amount("", 1)), [""]);
    }
}
