//! What a page is about, as its URL says it: the window and the filters, which follow from page to page.

use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::asked::{self, Pairs};
use crate::query::{Kind, find};

/// Parameters that every page understands and hands on.
const COMMON: [&str; 16] = [
    "last",
    "since",
    "until",
    "user",
    "queue",
    "appName",
    "job",
    "tag",
    "status",
    "includeLocal",
    "includeIncomplete",
    "sparkVersion",
    "minDuration",
    "minCoreHours",
    "startDate",
    "endDate",
];
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The URL of a page, taken apart.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub path: String,
    pub pairs: Pairs,
}

impl View {
    pub(super) fn new(path: &str, query: Option<&str>) -> Self {
        View {
            path: path.to_owned(),
            pairs: asked::pairs(query),
        }
    }

    /// The value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// One of these words, the first if the URL has none of them.
    pub(super) fn one_of<'a>(&self, name: &str, words: &[&'a str]) -> &'a str {
        let asked = self.get(name);
        words
            .iter()
            .copied()
            .find(|word| asked == Some(word))
            .unwrap_or(words[0])
    }

    /// What every question of the page is asked with.
    pub(super) fn common(&self) -> Pairs {
        self.pairs
            .iter()
            .filter(|(name, _)| COMMON.contains(&name.as_str()))
            .cloned()
            .collect()
    }

    /// The common parameters and these.
    pub(super) fn asking(&self, more: &[(&str, &str)]) -> Pairs {
        let mut pairs: Pairs = self
            .common()
            .into_iter()
            .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
            .collect();
        pairs.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        pairs
    }

    /// This page with some parameters replaced; an empty value takes one away.
    pub(super) fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs: Pairs = self
            .pairs
            .iter()
            .filter(|(name, _)| !changes.iter().any(|(other, _)| other == name))
            .cloned()
            .collect();
        pairs.extend(
            changes
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        url(&self.path, &pairs)
    }

    /// Another page with the same window and filters.
    pub(super) fn other(&self, path: &str) -> String {
        url(path, &self.common())
    }

    /// The form of window and filters. Fields of the page itself go before its button.
    pub(super) fn form(&self, usual_window: &str, own: &Markup) -> Markup {
        let windows = [
            ("1d", "24 hours"),
            ("7d", "7 days"),
            ("30d", "30 days"),
            ("90d", "90 days"),
            ("all", "everything"),
        ];
        let has_dates = ["since", "until", "startDate", "endDate"]
            .iter()
            .any(|name| self.get(name).is_some());
        let last = self.get("last");
        let field = |name: &str, label: &str, hint: &str| {
            html! {
                label { span { (label) } input type="text" name=(name) value=[self.get(name)] placeholder=(hint) autocomplete="off" spellcheck="false"; }
            }
        };
        html! {
            form.filters method="get" action=(self.path) {
                label {
                    span { "Window" }
                    select name="last" {
                        option value="" selected[last.is_none()] {
                            @if has_dates { "as in the address" } @else { (usual_window) " (usual)" }
                        }
                        @for (value, words) in windows {
                            option value=(value) selected[last == Some(value)] { "last " (words) }
                        }
                    }
                }
                @for name in ["since", "until"] {
                    @if let Some(value) = self.get(name) {
                        @if last.is_none() { input type="hidden" name=(name) value=(value); }
                    }
                }
                (field("user", "User", "any"))
                (field("queue", "Queue", "any"))
                (field("appName", "Name", "any"))
                @if let Some(job) = self.get("job") { input type="hidden" name="job" value=(job); }
                label.check {
                    input type="checkbox" name="includeLocal" value="true" checked[self.get("includeLocal") == Some("true")];
                    span { "local mode" }
                }
                (own)
                button type="submit" { "Show" }
                @if !self.common().is_empty() { a.reset href=(self.path) { "Reset" } }
            }
        }
    }
}

/// A path with a query.
pub(super) fn url(path: &str, pairs: &[(String, String)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", query.join("&")),
    }
}

/// A part of a path or query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Where the same figures are had: the call of the API, and the command.
pub(super) fn source(kind: Kind, name: &str, pairs: &[(String, String)]) -> Markup {
    let folder = match kind {
        Kind::Report => "reports",
        Kind::Trends => "trends",
    };
    html! {
        p.source {
            a href=(url(&format!("/api/v1/{folder}/{name}"), pairs)) { "API" }
            " "
            code { (command(kind, name, pairs)) }
        }
    }
}

/// The command that gives the same figures.
fn command(kind: Kind, name: &str, pairs: &[(String, String)]) -> String {
    // A part is shown with the report that it is a part of.
    let of = find(kind, name).and_then(|query| query.part_of).unwrap_or(name);
    let mut command = format!("shh {} {of}", kind.command());
    let known = asked::parameters(kind);
    for (name, value) in pairs {
        if name == asked::SUBJECT {
            command.push_str(&format!(" {}", quoted(value)));
            continue;
        }
        let Some(parameter) = known.iter().find(|parameter| parameter.name == *name) else {
            continue;
        };
        match parameter.flag.is_switch {
            true if value == "true" => command.push_str(&format!(" --{}", parameter.flag.long)),
            true => {}
            false => command.push_str(&format!(" --{} {}", parameter.flag.long, quoted(value))),
        }
    }
    command
}

/// For a shell.
fn quoted(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=@,+".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_it_all() {
        let view = View::new("/applications", Some("user=a%20b&sort=start&page=2&last="));
        assert_eq!(
            view.with(&[("page", "3")]),
            "/applications?user=a%20b&sort=start&page=3"
        );
        assert_eq!(
            view.with(&[("page", ""), ("sort", "")]),
            "/applications?user=a%20b"
        );
        assert_eq!(view.other("/jobs"), "/jobs?user=a%20b");
        assert_eq!(view.asking(&[("limit", "5")]).len(), 2);
    }

    #[test]
    fn the_command_is_safe_to_paste() {
        let pairs = asked::pairs(Some(
            "user=a%20b&includeLocal=true&appName=%27;rm&limit=5&nothing=1",
        ));
        assert_eq!(
            command(Kind::Report, "apps", &pairs),
            r"shh report apps --user 'a b' --include-local --app-name ''\'';rm' --limit 5"
        );
    }
}
