//! Columns of a trend as a picture.

use super::super::row::{number, rows};
use super::chart::{OverTime, Series};
use crate::query::table::{Table, Unit, Value};

/// What to draw of a trend.
pub(super) struct Drawing<'a> {
    pub title: &'a str,
    /// Behind the unit, such as `per day`.
    pub per: &'a str,
    /// Columns, and what they are called in the legend.
    pub columns: &'a [(&'a str, &'a str)],
    pub is_stacked: bool,
}

/// The picture of these columns over the buckets of a trend.
pub(super) fn over_time(found: &Table, drawing: &Drawing) -> OverTime {
    let buckets: Vec<(usize, i64)> = rows(found)
        .filter_map(|row| Some((row.place, row.time("bucket")?)))
        .collect();
    let place_of = |name: &str| found.columns.iter().position(|column| column.name == name);
    let unit = drawing
        .columns
        .iter()
        .find_map(|(name, _)| place_of(name))
        .map_or(Unit::Text, |place| found.columns[place].unit);
    let series = drawing
        .columns
        .iter()
        .filter_map(|(name, title)| {
            let place = place_of(name)?;
            let values: Vec<Option<f64>> = buckets
                .iter()
                .map(|(row, _)| number(found.value(*row, place)))
                .collect();
            // What is known nowhere has no line.
            values.iter().any(Option::is_some).then(|| Series {
                name: (*title).to_owned(),
                // Causes of idle are signed; below nothing there is nothing to draw.
                values: match drawing.is_stacked {
                    true => values
                        .iter()
                        .map(|value| value.map(|value| value.max(0.0)))
                        .collect(),
                    false => values,
                },
            })
        })
        .collect();
    OverTime {
        title: drawing.title.to_owned(),
        unit_words: words(unit, drawing.per),
        unit,
        times: buckets.iter().map(|(_, ms)| *ms).collect(),
        series,
        is_stacked: drawing.is_stacked,
        band: None,
        mark: None,
    }
}

/// The unit in words; of bytes and seconds the picture chooses its own.
fn words(unit: Unit, per: &str) -> String {
    let name = match unit {
        Unit::CoreHours => "core-hours",
        Unit::GibHours => "GiB-hours",
        Unit::Percent => "%",
        Unit::Cores => "cores",
        Unit::Gib => "GiB",
        Unit::Cost => "estimated cost",
        _ => "",
    };
    [name, per]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A table of a trend by groups as one series a group, the largest groups first and no more than eight.
pub(super) fn by_group(found: &Table, value: &str, title: &str, per: &str) -> OverTime {
    let mut times: Vec<i64> = rows(found).filter_map(|row| row.time("bucket")).collect();
    times.dedup();
    let mut groups: Vec<(String, Vec<Option<f64>>, f64)> = Vec::new();
    for row in rows(found) {
        let name = match row.value("group_name") {
            Value::Null => "unknown".to_owned(),
            _ => row.text("group_name").unwrap_or_default(),
        };
        let Some(place) = row
            .time("bucket")
            .and_then(|ms| times.iter().position(|time| *time == ms))
        else {
            continue;
        };
        let known = groups.iter().position(|(known, _, _)| *known == name);
        let group = known.unwrap_or_else(|| {
            groups.push((name, vec![None; times.len()], 0.0));
            groups.len() - 1
        });
        let amount = row.number(value);
        groups[group].1[place] = amount;
        groups[group].2 += amount.unwrap_or(0.0);
    }
    groups.sort_by(|a, b| b.2.total_cmp(&a.2));
    groups.truncate(8);
    let unit = found
        .columns
        .iter()
        .find(|column| column.name == value)
        .map_or(Unit::Text, |column| column.unit);
    OverTime {
        title: title.to_owned(),
        unit_words: words(unit, per),
        unit,
        times,
        series: groups
            .into_iter()
            .map(|(name, values, _)| Series { name, values })
            .collect(),
        is_stacked: true,
        band: None,
        mark: None,
    }
}
