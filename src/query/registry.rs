//! The queries: each file of `queries/report` and `queries/trends` with what its header says of it.
//!
//! A header is comment lines at the top: `-- title:`, `-- answers:`, one `-- column: NAME UNIT [wide]
//! [series] [zoned]: DEFINITION` for each column of the result in its order, and where they apply
//!
//! - `-- default-window: 30d` or `all`: how far back it looks unless told;
//! - `-- window: logs`: it is about logs, whenever their applications ran;
//! - `-- includes: unfinished`: unfinished applications always count;
//! - `-- by: WORD WORD ...`: what `--by` takes, the default first;
//! - `-- about: application` or `-- about: two things`: it is about what is named behind its name;
//! - `-- needs: WHAT`: without which it has no rows;
//! - `-- part-of: NAME`: shown only as a part of that report;
//! - `-- for: pages`: asked by the dashboard only, which pages through it;
//! - `-- variant-of: NAME` and `-- when: filtered`, `grouped` or `by WORD`: another text for the same
//!   question; one without columns of its own answers with those of the first.

use anyhow::Result;

use super::narrow::words;
use super::table::{Column, Unit};
use super::window::EVERYTHING_MS;
use crate::error::UserError;
use crate::settings::Span;

/// Which command a query belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Report,
    Trends,
}

impl Kind {
    /// The command's name.
    pub fn command(self) -> &'static str {
        match self {
            Kind::Report => "report",
            Kind::Trends => "trends",
        }
    }

    /// What one of its queries is called.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Report => "report",
            Kind::Trends => "trend",
        }
    }

    /// How far back it looks unless told.
    pub fn default_window_ms(self) -> i64 {
        const DAY_MS: i64 = 86_400_000;
        match self {
            Kind::Report => 7 * DAY_MS,
            Kind::Trends => 30 * DAY_MS,
        }
    }
}

/// A query: its text, and what its header says.
#[derive(Debug, Clone)]
pub struct Query {
    pub kind: Kind,
    /// As it is typed: `resource-hogs`.
    pub name: &'static str,
    pub title: &'static str,
    pub answers: &'static str,
    pub columns: Vec<Column>,
    pub sql: &'static str,
    /// How far back it looks unless told; `None` is the command's own default.
    pub default_window_ms: Option<i64>,
    /// The query is about logs, not about applications within a window.
    pub is_about_logs: bool,
    /// Unfinished applications always count, because they hold what they hold.
    pub includes_unfinished: bool,
    /// The query is about one application, named behind its name.
    pub is_about_one_app: bool,
    /// How many things are named behind its name.
    pub subjects: usize,
    /// What `--by` takes, the default first.
    pub by: Vec<&'static str>,
    /// What there must be for it to have rows.
    pub needs: Option<&'static str>,
    /// The report that it is a part of.
    pub part_of: Option<&'static str>,
    /// Only the dashboard asks it.
    pub is_for_pages: bool,
    variants: Vec<Variant>,
}

/// Another text for the same question.
#[derive(Debug, Clone)]
struct Variant {
    when: When,
    columns: Vec<Column>,
    sql: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// Only some of the applications are asked for.
    Filtered,
    /// `--group-by` is given.
    Grouped,
    /// `--by` is this word.
    By(&'static str),
}

impl Query {
    /// The text that answers as asked.
    ///
    /// # Errors
    /// When `--by` or `--group-by` is not for this query.
    pub fn chosen(mut self, is_filtered: bool, is_grouped: bool, by: Option<&str>) -> Result<Self> {
        let command = self.kind.command();
        if let Some(by) = by
            && !self.by.contains(&by)
        {
            let error = UserError::usage(format!("`{command} {}` does not know --by {by}", self.name));
            return Err(match self.by.is_empty() {
                true => error.hint("it takes no --by").into(),
                false => error.hint(format!("it takes {}", self.by.join(", "))).into(),
            });
        }
        let has_groups = |sql: &str| sql.contains("group_name");
        let wanted = |variant: &Variant| match variant.when {
            When::Filtered => is_filtered,
            When::Grouped => is_grouped,
            When::By(word) => by == Some(word),
        };
        if let Some(variant) = self.variants.iter().position(wanted) {
            let variant = self.variants.swap_remove(variant);
            self.sql = variant.sql;
            if !variant.columns.is_empty() {
                self.columns = variant.columns;
            }
        }
        if is_grouped && !has_groups(self.sql) {
            let grouped: Vec<&str> = list(self.kind)
                .into_iter()
                .filter(|query| {
                    has_groups(query.sql)
                        || query.variants.iter().any(|variant| variant.when == When::Grouped)
                })
                .map(|query| query.name)
                .collect();
            return Err(
                UserError::usage(format!("`{command} {}` cannot be grouped", self.name))
                    .hint(format!("--group-by is for {}", grouped.join(", ")))
                    .into(),
            );
        }
        Ok(self)
    }

    /// Whether its text names this table.
    pub(super) fn selects_from(&self, table: &str) -> bool {
        words(self.sql).any(|word| word == table)
    }
}

macro_rules! queries {
    ($($kind:ident $folder:literal { $($name:literal $file:literal)* })*) => {
        &[$($((Kind::$kind, $name, include_str!(concat!("../../queries/", $folder, "/", $file, ".sql"))),)*)*]
    };
}

/// Every query, in the order in which they are listed.
const FILES: &[(Kind, &str, &str)] = queries! {
    Report "report" {
        "summary" "summary"
        "resource-hogs" "resource_hogs"
        "resource-hogs-grouped" "resource_hogs_grouped"
        "efficiency" "efficiency"
        "cost" "cost"
        "memory" "memory"
        "idle" "idle"
        "skew" "skew"
        "spill" "spill"
        "failures" "failures"
        "regressions" "regressions"
        "jobs" "jobs"
        "owners" "owners"
        "config" "config"
        "executors" "executors"
        "executors-by-host" "executors_by_host"
        "tasks" "tasks"
        "apps" "apps"
        "app" "app"
        "app-findings" "app_findings"
        "app-timeline" "app_timeline"
        "app-jobs" "app_jobs"
        "app-stages" "app_stages"
        "app-executors" "app_executors"
        "app-sql" "app_sql"
        "app-configuration" "app_configuration"
        "app-list" "app_list"
        "compare" "compare"
        "compare-configuration" "compare_configuration"
        "compare-stages" "compare_stages"
        "quality" "quality"
    }
    Trends "trends" {
        "usage" "usage"
        "concurrency" "concurrency"
        "concurrency-filtered" "concurrency_filtered"
        "cost" "cost"
        "efficiency" "efficiency"
        "waste" "waste"
        "failures" "failures"
        "data" "data"
        "wait" "wait"
        "durations" "durations"
        "versions" "versions"
        "heatmap" "heatmap"
        "forecast" "forecast"
    }
};

/// The queries of a command.
pub fn list(kind: Kind) -> Vec<Query> {
    FILES
        .iter()
        .filter(|(of, _, _)| *of == kind)
        .filter_map(|(_, name, _)| find(kind, name))
        .filter(|query| query.part_of.is_none() && !query.is_for_pages)
        .collect()
}

/// The query of that name.
pub fn find(kind: Kind, name: &str) -> Option<Query> {
    let (_, name, sql) = FILES
        .iter()
        .find(|(of, known, _)| *of == kind && *known == name)?;
    if header(sql, "variant-of").is_some() {
        return None;
    }
    let variants = FILES
        .iter()
        .filter(|(of, _, sql)| *of == kind && header(sql, "variant-of") == Some(name))
        .filter_map(|(_, _, sql)| variant(sql))
        .collect();
    let about = header(sql, "about");
    Some(Query {
        kind,
        name,
        title: header(sql, "title").unwrap_or_default(),
        answers: header(sql, "answers").unwrap_or_default(),
        columns: columns(sql),
        sql,
        default_window_ms: header(sql, "default-window").and_then(|text| match text {
            "all" => Some(EVERYTHING_MS),
            text => text.parse::<Span>().ok().map(|span| span.ms()),
        }),
        is_about_logs: header(sql, "window") == Some("logs"),
        includes_unfinished: header(sql, "includes") == Some("unfinished"),
        is_about_one_app: about == Some("application"),
        subjects: match about {
            Some("application") => 1,
            Some("two things") => 2,
            _ => 0,
        },
        by: header(sql, "by")
            .map(|words| words.split_whitespace().collect())
            .unwrap_or_default(),
        needs: header(sql, "needs"),
        part_of: header(sql, "part-of"),
        is_for_pages: header(sql, "for") == Some("pages"),
        variants,
    })
}

fn variant(sql: &'static str) -> Option<Variant> {
    let when = match header(sql, "when")? {
        "filtered" => When::Filtered,
        "grouped" => When::Grouped,
        other => When::By(other.strip_prefix("by ")?),
    };
    Some(Variant {
        when,
        columns: columns(sql),
        sql,
    })
}

fn columns(sql: &str) -> Vec<Column> {
    sql.lines()
        .filter_map(|line| line.strip_prefix("-- column: "))
        .filter_map(column)
        .collect()
}

/// The reports that are shown only as parts of this one, in their order.
pub fn parts(kind: Kind, name: &str) -> Vec<Query> {
    FILES
        .iter()
        .filter(|(of, _, _)| *of == kind)
        .filter_map(|(_, part, _)| find(kind, part))
        .filter(|query| query.part_of == Some(name))
        .collect()
}

/// The known name that is most like `name`.
pub(super) fn nearest(kind: Kind, name: &str) -> Option<&'static str> {
    list(kind)
        .into_iter()
        .map(|query| (strsim::jaro_winkler(query.name, name), query.name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn header<'a>(sql: &'a str, key: &str) -> Option<&'a str> {
    sql.lines()
        .take_while(|line| line.starts_with("--"))
        .find_map(|line| line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": "))
}

/// `NAME UNIT [wide] [series] [zoned]: DEFINITION`.
fn column(line: &str) -> Option<Column> {
    let (head, definition) = line.split_once(": ")?;
    let mut words = head.split_whitespace();
    let name = words.next()?;
    let unit = Unit::parse(words.next()?)?;
    let flags: Vec<&str> = words.collect();
    Some(Column {
        name: name.to_owned(),
        unit,
        definition: definition.to_owned(),
        wide: flags.contains(&"wide"),
        series: flags.contains(&"series"),
        zoned: flags.contains(&"zoned"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_has_a_title_an_answer_and_a_definition_for_each_column() {
        for (kind, name, sql) in FILES {
            let Some(query) = find(*kind, name) else {
                let of = header(sql, "variant-of").expect("no query and no variant");
                assert!(find(*kind, of).is_some(), "{name}");
                let lines = sql.lines().filter(|line| line.starts_with("-- column:")).count();
                assert_eq!(
                    variant(sql).map(|variant| variant.columns.len()),
                    Some(lines),
                    "{name}"
                );
                continue;
            };
            assert!(!query.title.is_empty() && !query.answers.is_empty(), "{name}");
            let lines = sql.lines().filter(|line| line.starts_with("-- column:")).count();
            assert_eq!(query.columns.len(), lines, "{name}: a column line cannot be read");
        }
    }

    #[test]
    fn a_typing_mistake_finds_its_report() {
        assert_eq!(nearest(Kind::Report, "resource-hog"), Some("resource-hogs"));
        assert_eq!(nearest(Kind::Report, "xyz"), None);
    }
}
