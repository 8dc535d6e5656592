//! The dashboard: pages that are whole when they arrive, and need no script but for what moves.

mod application;
mod applications;
mod cells;
mod chart;
mod failures;
mod jobs;
mod layout;
mod optimize;
mod overview;
mod quality;
mod series;
mod trends;
mod view;

use std::sync::Arc;

use axum::http::Uri;
use percent_encoding::percent_decode_str;
use tokio::task::JoinSet;

use super::analytics::{Asking, query, several, table};
use super::asked::{self, Pairs, Rows};
use super::cache::Key;
use super::database::Instance;
use super::exchange::{Answer, Body, HTML};
use super::problem::Problem;
use super::site::Site;
use crate::query::table::Table;
use crate::query::{Kind, chosen};
use layout::{Page, document, trouble};
use view::View;

const MINUTE_MS: i64 = 60_000;
const ROWS: Rows = Rows {
    usual: 20,
    most: 10_000,
};
/// Of a trend every moment: a picture that ends before its window would say that nothing ran after.
const MOMENTS: Rows = Rows {
    usual: ROWS.most,
    most: ROWS.most,
};

/// A question of a page.
#[derive(Debug, Clone)]
struct Ask {
    kind: Kind,
    name: &'static str,
    pairs: Pairs,
}

impl Ask {
    fn report(name: &'static str, pairs: Pairs) -> Self {
        Ask {
            kind: Kind::Report,
            name,
            pairs,
        }
    }

    fn trend(name: &'static str, pairs: Pairs) -> Self {
        Ask {
            kind: Kind::Trends,
            name,
            pairs,
        }
    }

    fn source(&self) -> maud::Markup {
        view::source(self.kind, self.name, &self.pairs)
    }
}

/// What a page asks with.
struct Desk<'a> {
    site: &'a Arc<Site>,
    asking: Asking,
    view: View,
}

impl Desk<'_> {
    /// The answers to these questions, side by side.
    async fn tables(&self, asks: &[Ask]) -> Result<Vec<Arc<Table>>, Problem> {
        let mut running = JoinSet::new();
        for (place, ask) in asks.iter().enumerate() {
            let query = query(ask.kind, ask.name)?;
            let rows = match ask.kind {
                Kind::Report => ROWS,
                Kind::Trends => MOMENTS,
            };
            let decided = asked::decide(&query, &ask.pairs, rows, &self.asking.settings)?;
            let query = chosen(query, &decided.query).map_err(|error| asked::of_error(&error, ask.kind))?;
            let (site, instance) = (Arc::clone(self.site), Arc::clone(&self.asking.instance));
            let key = self.asking.key(view::url(
                &format!("{}/{}", ask.kind.command(), ask.name),
                &ask.pairs,
            ));
            running.spawn(async move {
                let made = table(&site, &instance, query, decided);
                (place, instance.tables.get(key, made).await)
            });
        }
        let mut tables: Vec<Arc<Table>> = asks.iter().map(|_| Arc::default()).collect();
        while let Some(ended) = running.join_next().await {
            let (place, table) = ended.map_err(|panic| Problem::internal(panic.to_string()))?;
            tables[place] = table?;
        }
        Ok(tables)
    }

    /// The answers to questions about one application, which is looked up once for all of them.
    async fn of_one_app(&self, asks: &[Ask]) -> Result<Vec<Table>, Problem> {
        let decided = |ask: &Ask| {
            let query = query(ask.kind, ask.name)?;
            let decided = asked::decide(&query, &ask.pairs, ROWS, &self.asking.settings)?;
            Ok((query, decided))
        };
        let questions: Vec<_> = asks.iter().map(decided).collect::<Result<_, Problem>>()?;
        several(self.site, &self.asking.instance, questions).await
    }

    /// The answers, where days that are too few for a picture are asked for by the hour.
    async fn drawn(&self, asks: &mut [Ask]) -> Result<Vec<Arc<Table>>, Problem> {
        let mut tables = self.tables(asks).await?;
        for place in 0..asks.len() {
            let has_bucket = asks[place].pairs.iter().any(|(name, _)| name == "bucket");
            if asks[place].kind == Kind::Trends
                && !has_bucket
                && (1..FEW_BUCKETS).contains(&tables[place].rows.len())
            {
                asks[place].pairs.push(("bucket".to_owned(), "hour".to_owned()));
                let again = self.tables(&asks[place..=place]).await?;
                tables[place] = Arc::clone(&again[0]);
            }
        }
        Ok(tables)
    }
}

/// Fewer buckets make no picture.
const FEW_BUCKETS: usize = 3;

/// The words for the buckets of a trend.
fn per(ask: &Ask) -> &'static str {
    match ask
        .pairs
        .iter()
        .find(|(name, _)| name == "bucket")
        .map(|(_, value)| value.as_str())
    {
        Some("hour") => "per hour",
        Some("week") => "per week",
        Some("month") => "per month",
        _ => "per day",
    }
}

/// Answers the path of a page; `None` where there is none.
pub(super) async fn answer(site: &Arc<Site>, instance: &Arc<Instance>, uri: &Uri) -> Option<Answer> {
    let path = uri.path();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let subject = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .ok()
            .map(|text| text.into_owned())
    };
    let which = match parts.as_slice() {
        [""] => Which::Overview,
        ["optimize"] => Which::Optimize,
        ["trends"] => Which::Trends,
        ["applications"] => Which::Applications,
        ["applications", id] if !id.is_empty() => Which::Application(subject(id)?),
        ["jobs"] => Which::Jobs,
        ["jobs", name] if !name.is_empty() => Which::Job(subject(name)?),
        ["failures"] => Which::Failures,
        ["quality"] => Which::Quality,
        _ => return None,
    };
    let desk = Desk {
        site,
        asking: Asking::now(site, instance),
        view: View::new(path, uri.query()),
    };
    let minute = site.settings.clock.now_ms().div_euclid(MINUTE_MS);
    let key = Key {
        version: desk.asking.instance.version(),
        time: minute,
        url: uri.to_string(),
    };
    let made = instance
        .answers
        .get(key, async {
            let page = which.page(&desk).await?;
            let text = document(&page, &desk.view, site, &desk.asking.instance);
            Ok((HTML, text.into_bytes()))
        })
        .await;
    Some(made.unwrap_or_else(|problem| {
        let page = trouble(problem.title, &problem.detail, problem.hint.as_deref());
        let text = document(&page, &desk.view, site, &desk.asking.instance);
        let answer = Answer::from(problem);
        Answer {
            content_type: HTML,
            body: Body::Whole(text.into_bytes()),
            ..answer
        }
    }))
}

enum Which {
    Overview,
    Optimize,
    Trends,
    Applications,
    Application(String),
    Jobs,
    Job(String),
    Failures,
    Quality,
}

impl Which {
    async fn page(&self, desk: &Desk<'_>) -> Result<Page, Problem> {
        match self {
            Which::Overview => overview::page(desk).await,
            Which::Optimize => optimize::page(desk).await,
            Which::Trends => trends::page(desk).await,
            Which::Applications => applications::page(desk).await,
            Which::Application(id) => application::page(desk, id).await,
            Which::Jobs => jobs::page(desk).await,
            Which::Job(name) => jobs::one(desk, name).await,
            Which::Failures => failures::page(desk).await,
            Which::Quality => quality::page(desk).await,
        }
    }
}
