//! The queries: each file of `queries/report` and `queries/trends` with what its header says of it.
//!
//! A header is comment lines at the top: `-- title:`, `-- answers:`, one `-- column: NAME UNIT [wide]
//! [series]: DEFINITION` for each column of the result in its order, and where they apply `-- window: logs`
//! (it is about logs, whenever their applications ran), `-- includes: unfinished` (unfinished applications
//! always count) and, for a file that answers the same for a chosen part of the applications, `-- variant-of:
//! NAME`.

use super::table::{Column, Unit};

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
    /// The text to use when only some of the applications are asked for.
    pub filtered_sql: Option<&'static str>,
    /// The query is about logs, not about applications within a window.
    pub is_about_logs: bool,
    /// Unfinished applications always count, because they hold what they hold.
    pub includes_unfinished: bool,
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
        "efficiency" "efficiency"
        "apps" "apps"
        "quality" "quality"
    }
    Trends "trends" {
        "usage" "usage"
        "concurrency" "concurrency"
        "concurrency-filtered" "concurrency_filtered"
    }
};

/// The queries of a command.
pub fn list(kind: Kind) -> Vec<Query> {
    FILES
        .iter()
        .filter(|(of, _, _)| *of == kind)
        .filter_map(|(_, name, _)| find(kind, name))
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
    let variant = FILES
        .iter()
        .find(|(of, _, sql)| *of == kind && header(sql, "variant-of") == Some(name));
    Some(Query {
        kind,
        name,
        title: header(sql, "title").unwrap_or_default(),
        answers: header(sql, "answers").unwrap_or_default(),
        columns: sql
            .lines()
            .filter_map(|line| line.strip_prefix("-- column: "))
            .filter_map(column)
            .collect(),
        sql,
        filtered_sql: variant.map(|(_, _, sql)| *sql),
        is_about_logs: header(sql, "window") == Some("logs"),
        includes_unfinished: header(sql, "includes") == Some("unfinished"),
    })
}

/// The known name that is most like `name`.
pub fn nearest(kind: Kind, name: &str) -> Option<&'static str> {
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

/// `NAME UNIT [wide] [series]: DEFINITION`.
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
