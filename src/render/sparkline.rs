//! A series of values as one line of block characters.

use super::grid::GAP;
use super::{Screen, cell, line};
use crate::number::approximate;
use crate::query::table::{Column, Table, Value};

/// A series is drawn at least this long, even where that is too long.
const LEAST: usize = 8;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line for each series of the table: name, blocks from the oldest to the newest bucket, range. None
/// if the table has no series, or its rows are not one per bucket.
pub(super) fn lines(table: &Table, screen: Screen) -> Option<String> {
    let is_newest_first = order(table)?;
    let series: Vec<Series> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.series)
        .map(|(index, column)| Series::new(table, index, column, is_newest_first))
        .collect();
    let names = series.iter().map(|series| line::width(series.name)).max()?;
    let ranges = series.iter().map(|series| line::width(&series.range)).max()?;
    let room = screen.width.map_or(usize::MAX, |width| {
        width.saturating_sub(names + ranges + 2 * GAP).max(LEAST)
    });
    let draw = |series: &Series| {
        let name = line::pad(series.name, names, false);
        let gap = " ".repeat(GAP);
        format!(
            "{}{gap}{}{gap}{}",
            screen.style.bold(&name),
            blocks(&series.values, room),
            series.range
        )
    };
    let mut lines: Vec<String> = series.iter().map(draw).collect();
    let together = rows_per_block(table.rows.len(), room);
    if together > 1 {
        lines.push(
            screen
                .style
                .dim(&format!("(each block is the highest of {together} rows)")),
        );
    }
    Some(lines.join("\n"))
}

/// Whether the rows run from the newest to the oldest; none if they are not in the order of time, or
/// several of them share a moment.
fn order(table: &Table) -> Option<bool> {
    let time = |row: usize, column: usize| match table.value(row, column) {
        Value::Time(ms) | Value::LocalTime { clock_ms: ms, .. } => Some(*ms),
        _ => None,
    };
    let is_time = |column: usize| (0..table.rows.len()).all(|row| time(row, column).is_some());
    let Some(column) = (0..table.columns.len()).find(|&column| is_time(column)) else {
        return Some(false);
    };
    let times: Vec<i64> = (0..table.rows.len())
        .filter_map(|row| time(row, column))
        .collect();
    if times.is_sorted_by(|first, second| first < second) {
        Some(false)
    } else {
        times.is_sorted_by(|first, second| first > second).then_some(true)
    }
}

struct Series<'a> {
    name: &'a str,
    values: Vec<Option<f64>>,
    range: String,
}

impl<'a> Series<'a> {
    fn new(table: &Table, index: usize, column: &'a Column, is_newest_first: bool) -> Self {
        let mut values: Vec<Option<f64>> = (0..table.rows.len())
            .map(|row| match table.value(row, index) {
                Value::Int(value) => Some(approximate(*value)),
                Value::Float(value) if value.is_finite() => Some(*value),
                _ => None,
            })
            .collect();
        if is_newest_first {
            values.reverse();
        }
        let known = || values.iter().flatten().copied();
        let range = match (known().reduce(f64::min), known().reduce(f64::max)) {
            (Some(least), Some(most)) => {
                let (least, most) = (cell::amount(least, column.unit), cell::amount(most, column.unit));
                if least == most {
                    most
                } else {
                    format!("{least} – {most}")
                }
            }
            _ => cell::human(&Value::Null, column.unit),
        };
        Self {
            name: &column.name,
            values,
            range,
        }
    }
}

/// The values from 0 to the largest in eight steps; only zero gets the lowest. Unknown is a space.
/// Where there are more values than room, a character stands for several and shows their largest:
/// peaks are what people look for.
fn blocks(values: &[Option<f64>], room: usize) -> String {
    let largest = values.iter().flatten().copied().fold(0.0, f64::max);
    let block = |value: f64| {
        let share = if largest > 0.0 { value / largest } else { 0.0 };
        (1..BLOCKS.len())
            .rev()
            .find(|&step| share > least_share(step))
            .map_or(BLOCKS[0], |step| BLOCKS[step])
    };
    values
        .chunks(rows_per_block(values.len(), room))
        .map(|bucket| {
            bucket
                .iter()
                .flatten()
                .copied()
                .reduce(f64::max)
                .map_or(' ', block)
        })
        .collect()
}

/// How many rows share a character.
fn rows_per_block(rows: usize, room: usize) -> usize {
    rows.div_ceil(room.max(1)).max(1)
}

/// The share of the largest value above which a value gets this step: the nearest step, but more than
/// nothing is more than the lowest.
fn least_share(step: usize) -> f64 {
    const STEPS: f64 = 7.0;
    match u32::try_from(step) {
        Ok(0 | 1) | Err(_) => 0.0,
        Ok(step) => (f64::from(step) - 0.5) / STEPS,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn all(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn values_are_scaled_from_zero_to_the_largest() {
        assert_eq!(
            blocks(&all(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 80),
            "▁▂▃▄▅▆▇█"
        );
        assert_eq!(blocks(&all(&[0.0, 0.001, 7000.0]), 80), "▁▂█");
        assert_eq!(blocks(&all(&[0.0, 0.0]), 80), "▁▁");
        assert_eq!(blocks(&all(&[-1.0, 1.0]), 80), "▁█");
        assert_eq!(blocks(&[], 80), "");
    }

    #[test]
    fn unknown_is_a_gap() {
        assert_eq!(blocks(&[Some(1.0), None, Some(1.0)], 80), "█ █");
        assert_eq!(blocks(&[None, None], 80), "  ");
    }

    #[test]
    fn long_series_keep_their_peaks() {
        let mut values = vec![Some(0.0); 100];
        values[55] = Some(9.0);
        assert_eq!(blocks(&values, 10), "▁▁▁▁▁█▁▁▁▁");
        assert_eq!(blocks(&values, 99).chars().count(), 50);
    }

    #[test]
    fn series_stand_below_each_other_with_their_range() {
        let expected = "alloc_core_h  ▃▆█▁ ▄▇  0 – 1,234.5\n\
                        busy_pct      ▇█▇  ▇█  38.0 % – 46.5 %";
        assert_eq!(
            lines(&sample::usage(), Screen::default()).as_deref(),
            Some(expected)
        );
        let mut newest_first = sample::usage();
        newest_first.rows.reverse();
        assert_eq!(lines(&newest_first, Screen::default()).as_deref(), Some(expected));
    }

    #[test]
    fn a_narrow_terminal_is_told_what_a_block_is() {
        let page = lines(
            &sample::usage(),
            Screen {
                width: Some(10),
                ..Screen::default()
            },
        );
        assert!(!page.unwrap_or_default().contains("each block"));
        let mut long = sample::usage();
        long.rows = (0..30)
            .map(|day| vec![Value::Time(day), Value::Int(day), Value::Null])
            .collect();
        assert_eq!(
            lines(
                &long,
                Screen {
                    width: Some(30),
                    ..Screen::default()
                }
            )
            .as_deref(),
            Some(
                "alloc_core_h  ▂▃▄▅▆▇██  0 – 29.0\n\
                 busy_pct                -\n\
                 (each block is the highest of 4 rows)"
            )
        );
    }

    #[test]
    fn no_line_without_series_or_with_several_rows_a_bucket() {
        assert_eq!(lines(&sample::small(), Screen::default()), None);
        let mut grouped = sample::usage();
        grouped.rows.push(grouped.rows[6].clone());
        assert_eq!(lines(&grouped, Screen::default()), None);
    }
}
