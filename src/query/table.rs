//! The answer to one query: columns with unit and definition, rows, and how far to trust them.
//!
//! This is the only thing that `render` and `serve` receive. It holds raw values (bytes, seconds,
//! milliseconds since the epoch); they become text where they leave the program.

/// The answer to one query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The name on the command line, for example `hogs`.
    pub name: String,
    /// What the table is called, for example `Resource hogs`.
    pub title: String,
    /// The question it answers, for example `who uses the cluster`.
    pub answers: String,
    /// The columns in order of priority: a narrow terminal drops them from the end.
    pub columns: Vec<Column>,
    /// The rows; each has one value per column.
    pub rows: Vec<Vec<Value>>,
    /// What the rows were computed from.
    pub coverage: Coverage,
    /// What there must be for it to have rows, if it has none.
    pub needs: Option<String>,
    /// Another table of the same answer follows, and says what both cover.
    pub is_continued: bool,
    /// How many rows there are in all, if `--limit` cut some.
    pub more_rows: Option<u64>,
}

impl Table {
    /// Leaves out columns, with their values.
    pub fn drop_columns(&mut self, is_unwanted: impl Fn(&Column) -> bool) {
        let places: Vec<usize> = (0..self.columns.len())
            .rev()
            .filter(|place| is_unwanted(&self.columns[*place]))
            .collect();
        for place in places {
            self.columns.remove(place);
            for row in self.rows.iter_mut().filter(|row| place < row.len()) {
                row.remove(place);
            }
        }
    }

    /// The unit of a value: that of its column, or the one that its row names.
    #[must_use]
    pub fn unit(&self, row: usize, column: usize) -> Unit {
        let unit = self.columns.get(column).map_or(Unit::Text, |column| column.unit);
        let named = || {
            let place = self.columns.iter().position(|column| column.name == "unit")?;
            match self.value(row, place) {
                Value::Text(name) => Unit::parse(name),
                _ => None,
            }
        };
        if unit == Unit::Row {
            named().unwrap_or_default()
        } else {
            unit
        }
    }

    /// The value in a row; unknown where the row is shorter than the columns.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> &Value {
        self.rows
            .get(row)
            .and_then(|row| row.get(column))
            .unwrap_or(&Value::Null)
    }
}

/// One column of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// The name in every format and in `--sort`, with its unit as a suffix: `alloc_core_h`.
    pub name: String,
    /// What its numbers are in.
    pub unit: Unit,
    /// What it means and how it is computed, for `--explain`.
    pub definition: String,
    /// Shown for people only with `--wide`; always part of JSON and CSV.
    pub wide: bool,
    /// Drawn as a sparkline above the table.
    pub series: bool,
    /// Its moments are those of the clocks in the time zone of `--tz`.
    pub zoned: bool,
}

impl Column {
    /// Whether the text tells its values apart by their ends, as ids, paths and queues
    /// (`root.prod.etl`) do. Such a value is shortened in its middle.
    #[must_use]
    pub fn is_identifier(&self) -> bool {
        const WORDS: [&str; 6] = ["id", "path", "log", "location", "uri", "queue"];
        let last_word = self.name.rsplit('_').next().unwrap_or_default();
        self.unit == Unit::Text && WORDS.contains(&last_word)
    }
}

/// What the values of a column are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Words. Integers in such a column are numbers that name something (a stage, an attempt).
    #[default]
    Text,
    /// A moment, UTC.
    Time,
    /// Yes or no.
    Bool,
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Cores held or used, times hours.
    CoreHours,
    /// GiB of memory held or used, times hours.
    GibHours,
    /// Hundredths; 100 is the whole.
    Percent,
    /// Cores.
    Cores,
    /// GiB.
    Gib,
    /// One thing divided by another of the same unit.
    Ratio,
    /// Money, in the currency of the configured prices.
    Cost,
    /// Each row in the unit that its column `unit` names.
    Row,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Time,
        Self::Bool,
        Self::Count,
        Self::Bytes,
        Self::Seconds,
        Self::CoreHours,
        Self::GibHours,
        Self::Percent,
        Self::Cores,
        Self::Gib,
        Self::Ratio,
        Self::Cost,
        Self::Row,
    ];

    /// The name in query headers and in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Time => "time",
            Self::Bool => "bool",
            Self::Count => "count",
            Self::Bytes => "bytes",
            Self::Seconds => "s",
            Self::CoreHours => "core_h",
            Self::GibHours => "gib_h",
            Self::Percent => "pct",
            Self::Cores => "cores",
            Self::Gib => "gib",
            Self::Ratio => "ratio",
            Self::Cost => "cost",
            Self::Row => "row",
        }
    }

    /// The unit with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.as_str() == name)
    }

    /// Whether its values are amounts, which line up at the right.
    #[must_use]
    pub const fn is_amount(self) -> bool {
        !matches!(self, Self::Text | Self::Time | Self::Bool)
    }
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not known. Never stands for zero.
    #[default]
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any number. NaN and infinities are shown as unknown.
    Float(f64),
    /// Words, possibly chosen by somebody hostile: nothing here is cleaned.
    Text(String),
    /// A moment: milliseconds since the epoch, UTC.
    Time(i64),
    /// A moment as the clocks of a time zone show it.
    LocalTime {
        /// What they show, as if they were UTC's: milliseconds since the epoch.
        clock_ms: i64,
        /// How far they are ahead of UTC, seconds.
        offset_s: i32,
    },
}

/// What a table was computed from: the facts of the line under it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Start of the window, ms UTC; none if it is open.
    pub window_since: Option<i64>,
    /// End of the window, ms UTC; none if it is open.
    pub window_until: Option<i64>,
    /// How the window came about.
    pub window_anchor: WindowAnchor,
    /// How many applications the rows were computed from.
    pub applications: u64,
    /// Applications in the window that were not counted.
    pub left_out: Vec<LeftOut>,
    /// Share of successful tasks whose end is missing in the logs, in percent.
    pub event_loss_pct: Option<f64>,
    /// Share of core-hours whose executors' memory peaks are known, in percent.
    pub peak_coverage_pct: Option<f64>,
    /// Logs that could be read only in part.
    pub damaged_logs: u64,
    /// When the database was last filled, ms UTC.
    pub data_as_of: Option<i64>,
    /// The prices behind estimated costs, in words; none without prices.
    pub price_source: Option<String>,
}

/// Applications that were not counted, for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Why, so that it reads well after a number: `local`, `unfinished`.
    pub reason: String,
    /// How many.
    pub applications: u64,
    /// The flag that counts them after all, for example `--include-local`; may be empty.
    pub flag: String,
}

/// How the window of a table came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WindowAnchor {
    /// It ends now.
    Now,
    /// It ends with the newest application, because nothing is as recent as now.
    NewestApplication,
    /// Both ends, or one, were given.
    Given,
    /// There is no window.
    #[default]
    Everything,
}

impl WindowAnchor {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::NewestApplication => "newest_application",
            Self::Given => "given",
            Self::Everything => "everything",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_found_by_its_name() {
        for unit in Unit::ALL {
            assert_eq!(Unit::parse(unit.as_str()), Some(unit));
        }
        assert_eq!(Unit::parse("furlongs"), None);
    }

    #[test]
    fn identifiers_are_known_by_the_last_word_of_their_name() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            ..Column::default()
        };
        assert!(column("app_id").is_identifier());
        assert!(column("path").is_identifier());
        assert!(column("queue").is_identifier());
        assert!(!column("app_name").is_identifier());
        assert!(!column("paid").is_identifier());
        assert!(
            !Column {
                unit: Unit::Count,
                ..column("stage_id")
            }
            .is_identifier()
        );
    }

    #[test]
    fn a_short_row_ends_in_unknown_values() {
        let table = Table {
            rows: vec![vec![Value::Int(1)]],
            ..Table::default()
        };
        assert_eq!(table.value(0, 0), &Value::Int(1));
        assert_eq!(table.value(0, 1), &Value::Null);
        assert_eq!(table.value(1, 0), &Value::Null);
    }
}
