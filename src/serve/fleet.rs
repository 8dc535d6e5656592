//! The figures of the fleet that a monitor gets: those of `shh report summary`.

use jiff::tz::TimeZone;

use super::database::Refusal;
use super::site::Site;
use crate::query::table::Table;
use crate::query::{Kind, Parameters, find};
use crate::settings::{Bucket, Filters};

const WEEK_MS: i64 = 7 * 86_400_000;

pub(super) async fn summary(site: &Site) -> Result<Table, Refusal> {
    let (cost, jobs_by_user, now_ms) = (site.cost.clone(), site.jobs_by_user, site.clock.now_ms());
    site.database
        .ask(site.database.current(), move |session| {
            let query = find(Kind::Report, "summary").ok_or_else(|| anyhow::anyhow!("no summary"))?;
            session.answer(
                &query,
                &Parameters {
                    filters: &Filters::default(),
                    now_ms,
                    default_window_ms: WEEK_MS,
                    by: None,
                    group_by: None,
                    subjects: &[],
                    bucket: Bucket::Day,
                    zone: &TimeZone::UTC,
                    capacity_cores: None,
                    capacity_memory_bytes: None,
                    cost: cost.as_ref(),
                    jobs_by_user,
                },
            )
        })
        .await
}
