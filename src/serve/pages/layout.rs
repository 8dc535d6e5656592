//! What is around every page: the head, the navigation, how old the data is and how far to trust it.

use maud::{DOCTYPE, Markup, html};

use super::super::site::Site;
use super::super::{assets, database::Instance};
use super::view::View;
use crate::number;
use crate::query::table::Coverage;
use crate::render::trust_line;

/// The pages that the navigation leads to.
const PAGES: [(&str, &str); 7] = [
    ("/", "Overview"),
    ("/optimize", "Optimize"),
    ("/trends", "Trends"),
    ("/applications", "Applications"),
    ("/jobs", "Jobs"),
    ("/failures", "Failures"),
    ("/quality", "Quality"),
];

/// A page, without what is around it.
pub(super) struct Page {
    pub title: String,
    /// What the figures cover.
    pub coverage: Option<Coverage>,
    pub content: Markup,
}

/// The whole document.
pub(super) fn document(page: &Page, view: &View, site: &Site, instance: &Instance) -> String {
    let now_ms = site.settings.clock.now_ms();
    let section = view.path.split('/').nth(1).unwrap_or_default();
    let is_here = |path: &str| path.trim_start_matches('/') == section;
    html! {
        (DOCTYPE)
        html lang="en" data-version=(instance.version()) {
            head {
                meta charset="utf-8";
                title { (page.title) " · shh" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content="Fleet analytics for Apache Spark";
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::url("style.css"));
                script src=(assets::url("app.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the figures" }
                header {
                    div.top {
                        a.brand href=(view.other("/")) { "shh" }
                        nav aria-label="Pages" {
                            @for (path, name) in PAGES {
                                a href=(view.other(path)) aria-current=[is_here(path).then_some("page")] { (name) }
                            }
                        }
                        (age(instance, now_ms))
                    }
                    p.trust id="trust" {
                        @match &page.coverage {
                            Some(coverage) => { (trust_line(coverage)) },
                            None => { "Figures are those of the published database." },
                        }
                    }
                }
                p.news id="news" role="status" hidden {}
                main id="main" {
                    (page.content)
                }
                footer {
                    p {
                        "shh " (env!("CARGO_PKG_VERSION")) " · "
                        a href="/api/v1/openapi.json" { "API" } " · "
                        a href="/health" { "Health" } " · "
                        a href="/metrics" { "Metrics" }
                    }
                }
            }
        }
    }
    .into_string()
}

/// How old the data is. A script keeps it true while the page is open.
fn age(instance: &Instance, now_ms: i64) -> Markup {
    let Some(filled_ms) = instance.data_as_of_ms else {
        return html! { p.age id="age" { "no data yet" } };
    };
    #[expect(clippy::cast_precision_loss, reason = "an age for people")]
    let age_s = now_ms.saturating_sub(filled_ms).max(0) as f64 / 1000.0;
    let moment = jiff::Timestamp::from_millisecond(filled_ms).map(|moment| format!("{moment:.0}"));
    let moment = moment.unwrap_or_default();
    html! {
        p.age id="age" {
            "data " time datetime=(moment) title=(moment) {
                @if age_s < 60.0 { "under a minute" } @else { (number::seconds(age_s)) }
            } " old"
        }
    }
}

/// A page that says why there are no figures.
pub(super) fn trouble(title: &str, detail: &str, hint: Option<&str>) -> Page {
    Page {
        title: title.to_owned(),
        coverage: None,
        content: html! {
            section.trouble {
                h1 { (title) }
                p { (detail) }
                @if let Some(hint) = hint { p.hint { (hint) } }
                p { a href="/" { "To the overview" } }
            }
        },
    }
}
