//! A question as a URL asks it: the flags of `shh report` and `shh trends` as parameters.
//!
//! `--app-name` is `appName`; a switch such as `--include-local` is `includeLocal=true`. They are read by the
//! command line's own parser and decided by its own code, so that the same question has the same answer.

use std::ffi::OsString;

use anyhow::Result;
use clap::error::ContextKind;

use super::problem::Problem;
use crate::cli::asked::{Flag, flags, read};
use crate::cli::{ReportArgs, TrendsArgs};
use crate::error::UserError;
use crate::query::{Kind, Query};
use crate::settings::{QuerySettings, Settings, TrendsSettings};

/// Other names for parameters, as the first dashboards of this kind had them.
const OTHER_NAMES: [(&str, &str); 2] = [("startDate", "since"), ("endDate", "until")];
/// What a report is about, where it is about something.
pub(super) const SUBJECT: &str = "subject";
pub(super) const FORMAT: &str = "format";

/// Parameters of a URL, in their order.
pub(super) type Pairs = Vec<(String, String)>;

/// Reads the query of a URL.
pub(super) fn pairs(query: Option<&str>) -> Pairs {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        // A form sends its empty fields as well.
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// A parameter of reports or trends.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    /// As it stands in a URL.
    pub name: String,
    pub flag: Flag,
}

/// The parameters of all reports, or of all trends.
pub(super) fn parameters(kind: Kind) -> Vec<Parameter> {
    let flags = match kind {
        Kind::Report => flags::<ReportArgs>(),
        Kind::Trends => flags::<TrendsArgs>(),
    };
    flags
        .into_iter()
        .map(|flag| Parameter {
            name: camel_case(&flag.long),
            flag,
        })
        .collect()
}

/// Decides what `query` is asked. `most_rows` bounds the rows, `rows` is how many there are unless told.
///
/// # Errors
/// A problem that names the parameter.
pub(super) fn decide(
    query: &Query,
    pairs: &[(String, String)],
    rows: Rows,
    settings: &Settings,
) -> Result<TrendsSettings, Problem> {
    let known = parameters(query.kind);
    let mut arguments = Vec::new();
    let mut subjects = Vec::new();
    for (name, value) in pairs {
        let own = OTHER_NAMES
            .iter()
            .find(|(other, _)| other == name)
            .map_or(name.as_str(), |(_, own)| *own);
        if own == SUBJECT && query.subjects > 0 {
            subjects.push(value.clone());
            continue;
        }
        let Some(parameter) = known.iter().find(|parameter| parameter.name == own) else {
            return Err(unknown(name, &known));
        };
        let long = &parameter.flag.long;
        if query.subjects == 1 && long == "app-id" {
            subjects.push(value.clone());
        } else if parameter.flag.is_switch {
            match value.as_str() {
                "true" => arguments.push(OsString::from(format!("--{long}"))),
                "false" => {}
                _ => return Err(wrong(name, format!("`{value}` is neither true nor false"), None)),
            }
        } else {
            arguments.push(OsString::from(format!("--{long}={value}")));
        }
    }
    let decided = match query.kind {
        Kind::Report => {
            let mut args: ReportArgs = read(arguments).map_err(|error| of_parser(&error, &known))?;
            args.name = Some(query.name.to_owned());
            args.subjects = subjects;
            args.query.filters.limit = Some(rows.limit(args.query.filters.limit)?);
            QuerySettings::decide(&args, settings).map(TrendsSettings::of_report)
        }
        Kind::Trends => {
            let mut args: TrendsArgs = read(arguments).map_err(|error| of_parser(&error, &known))?;
            args.name = Some(query.name.to_owned());
            args.query.filters.limit = Some(rows.limit(args.query.filters.limit)?);
            TrendsSettings::decide(&args, settings)
        }
    };
    decided.map_err(|error| of_error(&error, query.kind))
}

/// How many rows an answer may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub usual: u64,
    pub most: u64,
}

impl Rows {
    fn limit(self, asked: Option<u64>) -> Result<u64, Problem> {
        match asked {
            None => Ok(self.usual),
            Some(0) => Ok(self.most),
            Some(limit) if limit <= self.most => Ok(limit),
            Some(_) => Err(wrong(
                "limit",
                format!("an answer has {} rows at most", self.most),
                Some("ask with filters, or read the tables with `shh export`".to_owned()),
            )),
        }
    }
}

/// What is wrong with a question, as a problem: of the question if it was asked wrongly, else of the server.
pub(super) fn of_error(error: &anyhow::Error, kind: Kind) -> Problem {
    let user_error = error.chain().find_map(|cause| cause.downcast_ref::<UserError>());
    if let Some(missing) = user_error.filter(|error| error.is_not_found()) {
        let mut problem = Problem::new(404, "Not Found", missing.to_string());
        problem.parameter = Some(SUBJECT.to_owned());
        problem.hint = missing.hint_text().map(str::to_owned);
        return problem;
    }
    let Some(user_error) = user_error.filter(|error| error.is_usage()) else {
        return Problem::internal(format!("{error:#}"));
    };
    let known = parameters(kind);
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    let text = causes.join(": ");
    let hint = user_error.hint_text().map(|hint| in_url_words(hint, &known));
    let mentions = |text: &str, long: &str| {
        text.match_indices(&format!("--{long}")).any(|(at, found)| {
            !text[at + found.len()..].starts_with(|char: char| char.is_ascii_alphanumeric() || char == '-')
        })
    };
    let named = known
        .iter()
        .find(|parameter| mentions(&text, &parameter.flag.long))
        .or_else(|| {
            let hint = user_error.hint_text()?;
            known
                .iter()
                .find(|parameter| mentions(hint, &parameter.flag.long))
        })
        .map(|parameter| parameter.name.clone());
    let named = named.or_else(|| {
        let about = |words: &str| text.contains(words);
        if about("has no column") {
            Some("sort".to_owned())
        } else if about("the window") {
            Some("since".to_owned())
        } else if about("time zone") {
            Some("tz".to_owned())
        } else if about("what it is about") || about("unexpected argument") {
            Some(SUBJECT.to_owned())
        } else {
            None
        }
    });
    let mut problem = Problem::new(400, "Bad Request", in_url_words(&text, &known));
    problem.parameter = named;
    problem.hint = hint;
    problem
}

/// What the parser of the command line says, in the words of a URL.
fn of_parser(error: &clap::Error, known: &[Parameter]) -> Problem {
    let flag = error
        .get(ContextKind::InvalidArg)
        .map(ToString::to_string)
        .unwrap_or_default();
    let long = flag
        .trim_start_matches("--")
        .split([' ', '='])
        .next()
        .unwrap_or_default();
    let name = known
        .iter()
        .find(|parameter| parameter.flag.long == long)
        .map_or_else(|| long.to_owned(), |parameter| parameter.name.clone());
    let text = error.to_string();
    let detail = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take_while(|line| !line.starts_with("For more information") && !line.starts_with("Usage:"))
        .collect::<Vec<_>>()
        .join("; ");
    let detail = detail.trim_start_matches("error: ");
    wrong(&name, in_url_words(detail, known), None)
}

/// `--app-name` as `appName`.
fn in_url_words(text: &str, known: &[Parameter]) -> String {
    let mut known: Vec<&Parameter> = known.iter().collect();
    known.sort_by_key(|parameter| std::cmp::Reverse(parameter.flag.long.len()));
    known.into_iter().fold(text.to_owned(), |text, parameter| {
        text.replace(&format!("--{}", parameter.flag.long), &parameter.name)
    })
}

fn unknown(name: &str, known: &[Parameter]) -> Problem {
    let nearest = known
        .iter()
        .map(|parameter| (strsim::jaro_winkler(&parameter.name, name), &parameter.name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match nearest {
        Some((_, nearest)) => format!("did you mean `{nearest}`?"),
        None => {
            let names: Vec<&str> = known.iter().map(|parameter| parameter.name.as_str()).collect();
            format!("parameters: {}", names.join(", "))
        }
    };
    wrong(name, format!("there is no parameter `{name}`"), Some(hint))
}

fn wrong(name: &str, detail: String, hint: Option<String>) -> Problem {
    let mut problem = Problem::new(400, "Bad Request", detail);
    problem.parameter = Some(name.to_owned());
    problem.hint = hint;
    problem
}

fn camel_case(long: &str) -> String {
    let mut name = String::new();
    let mut begins_word = false;
    for char in long.chars() {
        match char {
            '-' => begins_word = true,
            char if begins_word => {
                name.extend(char.to_uppercase());
                begins_word = false;
            }
            char => name.push(char),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::find;

    const ROWS: Rows = Rows { usual: 10, most: 100 };

    fn ask(kind: Kind, name: &str, query: &str) -> Result<TrendsSettings, Problem> {
        let settings = crate::settings::for_tests();
        decide(&find(kind, name).unwrap(), &pairs(Some(query)), ROWS, &settings)
    }

    fn wrong_parameter(query: &str) -> String {
        let problem = ask(Kind::Report, "apps", query).map(|_| ()).unwrap_err();
        assert_eq!(problem.status, 400, "{problem:?}");
        problem.parameter.unwrap_or_default()
    }

    #[test]
    fn flags_are_parameters() {
        let decided = ask(
            Kind::Report,
            "apps",
            "user=a%20b&appName=x&includeLocal=true&includeIncomplete=false&tag=a=b&tag=c=d&limit=5&queue=",
        )
        .unwrap();
        let filters = decided.query.filters;
        assert_eq!(
            (filters.user.as_deref(), filters.app_name.as_deref()),
            (Some("a b"), Some("x"))
        );
        assert!(filters.include_local && !filters.include_incomplete && filters.queue.is_none());
        assert_eq!((filters.tags.len(), filters.limit), (2, 5));
    }

    #[test]
    fn the_first_dashboards_names_are_understood() {
        let filters = ask(Kind::Report, "apps", "startDate=2026-11-01&endDate=2026-11-08")
            .unwrap()
            .query
            .filters;
        assert_eq!(
            filters.until_ms.unwrap() - filters.since_ms.unwrap(),
            7 * 86_400_000
        );
    }

    #[test]
    fn trends_have_a_bucket_and_a_zone() {
        let decided = ask(Kind::Trends, "usage", "bucket=week&tz=Europe/Berlin").unwrap();
        assert_eq!(decided.bucket, crate::settings::Bucket::Week);
        let problem = ask(Kind::Trends, "usage", "bucket=year").map(|_| ()).unwrap_err();
        assert_eq!(problem.parameter.as_deref(), Some("bucket"));
        let problem = ask(Kind::Trends, "usage", "tz=Nowhere").map(|_| ()).unwrap_err();
        assert_eq!(problem.parameter.as_deref(), Some("tz"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, name) in [
            ("limit=many", "limit"),
            ("limit=101", "limit"),
            ("since=yesterday", "since"),
            ("last=week", "last"),
            ("status=fine", "status"),
            ("includeLocal=maybe", "includeLocal"),
            ("tag=nothing", "tag"),
            ("groupBy=moon", "groupBy"),
            ("usr=a", "usr"),
            ("since=2026-01-02&until=2026-01-01", "since"),
            ("user=a&user=b", "user"),
        ] {
            assert_eq!(wrong_parameter(query), name, "{query}");
        }
        let problem = ask(Kind::Report, "apps", "usr=a").map(|_| ()).unwrap_err();
        assert_eq!(problem.hint.as_deref(), Some("did you mean `user`?"));
    }

    #[test]
    fn what_a_report_is_about_is_its_subject() {
        let decided = ask(Kind::Report, "app", "appId=app-1").unwrap();
        assert_eq!(decided.query.subjects.len(), 1);
        let decided = ask(Kind::Report, "compare", "subject=a&subject=b").unwrap();
        assert_eq!(decided.query.subjects.len(), 2);
        assert_eq!(wrong_parameter("subject=a"), "subject");
    }
}
