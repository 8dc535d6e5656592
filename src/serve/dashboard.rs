//! The four paths that the first dashboard of this kind had, under its names and in its shapes, from the
//! reports and trends of this program. What it has more than they had is added; what is not known is null.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::analytics::{Asking, query, table};
use super::asked::{self, Pairs, Rows};
use super::database::Instance;
use super::exchange::{Answer, JSON};
use super::problem::Problem;
use super::row::{Row, rows};
use super::site::Site;
use crate::number;
use crate::query::table::Table;
use crate::query::{Kind, chosen};
use crate::settings::TrendsSettings;

/// The four paths below `/api/v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    ResourceHogs,
    EfficiencyAnalysis,
    UsageTrends,
    CostOptimization,
}

impl Path {
    pub(super) const ALL: [Self; 4] = [
        Self::ResourceHogs,
        Self::EfficiencyAnalysis,
        Self::UsageTrends,
        Self::CostOptimization,
    ];

    /// The path, behind `/api/v1/`.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::ResourceHogs => "optimization/resource-hogs",
            Self::EfficiencyAnalysis => "optimization/efficiency-analysis",
            Self::UsageTrends => "capacity/usage-trends",
            Self::CostOptimization => "capacity/cost-optimization",
        }
    }

    pub(super) fn summary(self) -> &'static str {
        match self {
            Self::ResourceHogs => "Applications that take most of a resource",
            Self::EfficiencyAnalysis => "Applications that hold more than they use, or have too little",
            Self::UsageTrends => "What was held and used, bucket by bucket",
            Self::CostOptimization => "What can be saved, job by job",
        }
    }

    /// The report or trend behind it.
    pub(super) fn source(self) -> (Kind, &'static str) {
        match self {
            Self::ResourceHogs => (Kind::Report, "resource-hogs"),
            Self::EfficiencyAnalysis => (Kind::Report, "efficiency"),
            Self::UsageTrends => (Kind::Trends, "usage"),
            Self::CostOptimization => (Kind::Report, "cost"),
        }
    }

    fn rows(self) -> Rows {
        let usual = match self {
            Self::ResourceHogs => 10,
            Self::EfficiencyAnalysis => 20,
            Self::UsageTrends => 0,
            Self::CostOptimization => 15,
        };
        // The limit of the trend is applied to its rows here, which are several for a bucket.
        Rows { usual, most: 10_000 }
    }
}

#[derive(Serialize)]
struct ResourceHog {
    app_id: Option<String>,
    app_name: Option<String>,
    resource_type: &'static str,
    consumption_value: Option<f64>,
    consumption_unit: &'static str,
    utilization_percentage: Option<f64>,
    efficiency_score: Option<f64>,
    efficiency_explanation: String,
    cost_impact: Option<f64>,
    recommendation: Option<String>,
    last_seen: Option<String>,
    share_percentage: Option<f64>,
    user: Option<String>,
    queue: Option<String>,
}

#[derive(Serialize)]
struct EfficiencyAnalysis {
    app_id: Option<String>,
    app_name: Option<String>,
    efficiency_category: Option<&'static str>,
    memory_efficiency: Option<f64>,
    memory_efficiency_explanation: String,
    cpu_efficiency: Option<f64>,
    cpu_efficiency_explanation: String,
    potential_cost_savings: Option<f64>,
    risk_level: Option<&'static str>,
    optimization_actions: Vec<String>,
    user: Option<String>,
    idle_core_h: Option<f64>,
}

#[derive(Serialize)]
struct PerformanceTrend {
    timestamp: i64,
    metric_name: &'static str,
    metric_value: Option<f64>,
    application_count: Option<u32>,
    date: Option<String>,
    unit: &'static str,
}

#[derive(Serialize)]
struct CostOptimization {
    optimization_type: &'static str,
    app_id: Option<String>,
    app_name: Option<String>,
    current_cost: Option<f64>,
    optimized_cost: Option<f64>,
    savings_percentage: Option<f64>,
    confidence_score: u8,
    implementation_difficulty: &'static str,
    optimization_details: String,
    formatted_savings: String,
    confidence: Option<String>,
    save_core_h: Option<f64>,
    save_gib_h: Option<f64>,
    because: Option<String>,
    risk: Option<String>,
}

/// Answers one of the paths.
pub(super) async fn answer(
    site: &Site,
    instance: &Arc<Instance>,
    path: Path,
    url_query: Option<&str>,
) -> Result<Answer, Problem> {
    let asking = Asking::now(site, instance);
    let pairs = asked::pairs(url_query);
    let key = asking.key(format!("{}?{}", path.path(), url_query.unwrap_or_default()));
    // What is wrong with the question is told without a look at what is kept.
    let decided = decide(path, &pairs, &asking)?;
    instance
        .answers
        .get(key, async {
            let (kind, name) = path.source();
            let limit = usize::try_from(decided.query.filters.limit).unwrap_or(usize::MAX);
            let by = decided.query.by.clone();
            let query =
                chosen(query(kind, name)?, &decided.query).map_err(|error| asked::of_error(&error, kind))?;
            let found = table(site, &asking.instance, query, in_full(path, decided)).await?;
            let body = match path {
                Path::ResourceHogs => {
                    let advice = advice(site, &asking, &pairs).await?;
                    json(&hogs(&found, by.as_deref().unwrap_or("cores"), &advice))
                }
                Path::EfficiencyAnalysis => json(&efficiency(&found)),
                Path::UsageTrends => json(&usage(&found, limit)),
                Path::CostOptimization => json(&optimizations(&found)),
            };
            Ok((JSON, body))
        })
        .await
}

fn decide(path: Path, pairs: &[(String, String)], asking: &Asking) -> Result<TrendsSettings, Problem> {
    let (kind, name) = path.source();
    let query = query(kind, name)?;
    let decided = asked::decide(&query, pairs, path.rows(), &asking.settings)?;
    chosen(query, &decided.query).map_err(|error| asked::of_error(&error, kind))?;
    Ok(decided)
}

/// All buckets, whatever the limit of rows.
fn in_full(path: Path, mut decided: TrendsSettings) -> TrendsSettings {
    if path == Path::UsageTrends {
        decided.query.filters.limit = 0;
    }
    decided
}

fn json<T: Serialize>(values: &[T]) -> Vec<u8> {
    // Texts and numbers: this cannot fail.
    serde_json::to_vec(values).unwrap_or_default()
}

/// What `shh report efficiency` advises, application by application.
async fn advice(site: &Site, asking: &Asking, pairs: &Pairs) -> Result<HashMap<String, String>, Problem> {
    let of_filters: Pairs = pairs
        .iter()
        .filter(|(name, _)| !["by", "sort", "limit", "groupBy"].contains(&name.as_str()))
        .cloned()
        .collect();
    let query = query(Kind::Report, "efficiency")?;
    let every = Rows {
        usual: 10_000,
        most: 10_000,
    };
    let decided = asked::decide(&query, &of_filters, every, &asking.settings)?;
    let query = chosen(query, &decided.query).map_err(|error| asked::of_error(&error, Kind::Report))?;
    let found = table(site, &asking.instance, query, decided).await?;
    Ok(rows(&found)
        .filter_map(|row| Some((row.text("app_id")?, row.text("advice")?)))
        .collect())
}

fn hogs(found: &Table, by: &str, advice: &HashMap<String, String>) -> Vec<ResourceHog> {
    const GIB: f64 = 1_073_741_824.0;
    let gib = |value: Option<f64>| value.map(|bytes| bytes / GIB);
    rows(found)
        .map(|row| {
            let shuffle = match (
                row.number("shuffle_read_bytes"),
                row.number("shuffle_write_bytes"),
            ) {
                (None, None) => None,
                (read, written) => Some(read.unwrap_or(0.0) + written.unwrap_or(0.0)),
            };
            let (resource_type, consumption_value, consumption_unit) = match by {
                "memory" => ("Memory", row.number("alloc_gib_h"), "GiB-hours"),
                "spill" => ("Disk", gib(row.number("disk_spill_bytes")), "GiB"),
                "input" => ("Disk", gib(row.number("input_bytes")), "GiB"),
                "shuffle" => ("Network", gib(shuffle), "GiB"),
                _ => ("Cpu", row.number("alloc_core_h"), "core-hours"),
            };
            let busy_pct = row.number("busy_pct");
            let app_id = row.text("app_id");
            ResourceHog {
                recommendation: app_id.as_ref().and_then(|id| advice.get(id).cloned()),
                app_id,
                app_name: row.text("app_name"),
                resource_type,
                consumption_value,
                consumption_unit,
                utilization_percentage: busy_pct,
                efficiency_score: busy_pct,
                efficiency_explanation: of_hours(row, "busy_core_h", "busy"),
                cost_impact: row.number("cost_est"),
                last_seen: row.time("start").and_then(|start_ms| {
                    #[expect(clippy::cast_possible_truncation, reason = "seconds of an application")]
                    let dur_ms = (row.number("dur_s").unwrap_or(0.0) * 1e3) as i64;
                    moment(start_ms.saturating_add(dur_ms))
                }),
                share_percentage: row.number("share_pct"),
                user: row.text("user"),
                queue: row.text("queue"),
            }
        })
        .collect()
}

/// `12.5 of 40.0 core-hours were busy`
fn of_hours(row: Row, column: &str, what: &str) -> String {
    match (row.number(column), row.number("alloc_core_h")) {
        (Some(part), Some(all)) => format!(
            "{} of {} allocated core-hours were {what}",
            number::decimal(part),
            number::decimal(all)
        ),
        _ => "no core-hours were allocated on a cluster".to_owned(),
    }
}

fn efficiency(found: &Table) -> Vec<EfficiencyAnalysis> {
    rows(found)
        .map(|row| {
            let heap_pct = row.number("heap_peak_pct");
            EfficiencyAnalysis {
                app_id: row.text("app_id"),
                app_name: row.text("app_name"),
                efficiency_category: row.text("class").and_then(|class| match class.as_str() {
                    "over" => Some("OverProvisioned"),
                    "under" => Some("UnderProvisioned"),
                    "fit" => Some("WellTuned"),
                    _ => None,
                }),
                memory_efficiency: heap_pct,
                memory_efficiency_explanation: match (heap_pct, row.number("peak_cov_pct")) {
                    (Some(peak), Some(covered)) => format!(
                        "largest heap peak {} of the heap; measured for {} of core-hours",
                        number::percent(peak),
                        number::percent(covered)
                    ),
                    _ => "no executor's heap was measured".to_owned(),
                },
                cpu_efficiency: row.number("busy_pct"),
                cpu_efficiency_explanation: of_hours(row, "busy_core_h", "busy"),
                // Savings are judged job by job, over many runs: see cost-optimization.
                potential_cost_savings: None,
                risk_level: row.text("severity").and_then(|severity| match severity.as_str() {
                    "none" | "low" => Some("Low"),
                    "moderate" => Some("Medium"),
                    "severe" | "critical" => Some("High"),
                    _ => None,
                }),
                optimization_actions: row.text("advice").into_iter().collect(),
                user: row.text("user"),
                idle_core_h: row.number("idle_core_h"),
            }
        })
        .collect()
}

fn usage(found: &Table, limit: usize) -> Vec<PerformanceTrend> {
    const METRICS: [(&str, &str); 6] = [
        ("alloc_core_h", "core-hours"),
        ("busy_core_h", "core-hours"),
        ("busy_pct", "percent"),
        ("cpu_core_h", "core-hours"),
        ("alloc_gib_h", "GiB-hours"),
        ("tasks", "tasks"),
    ];
    let mut trends: Vec<PerformanceTrend> = rows(found)
        .filter_map(|row| Some((row, row.time("bucket")?)))
        .flat_map(|(row, timestamp)| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count of applications"
            )]
            let application_count = row.number("applications").map(|number| number as u32);
            METRICS.map(|(metric_name, unit)| PerformanceTrend {
                timestamp,
                metric_name,
                metric_value: row.number(metric_name),
                application_count,
                date: moment(timestamp),
                unit,
            })
        })
        .collect();
    // The newest, if not all are wanted.
    if limit > 0 && trends.len() > limit {
        trends.drain(..trends.len() - limit);
    }
    trends
}

fn optimizations(found: &Table) -> Vec<CostOptimization> {
    rows(found)
        .map(|row| {
            let action = row.text("action").unwrap_or_default();
            let (now, likely) = (row.number("heap_gib"), row.number("likely_heap_gib"));
            let grows = now.zip(likely).is_some_and(|(now, likely)| likely > now);
            let (optimization_type, difficulty) = match action.as_str() {
                "memory" if grows => ("IncreaseMemory", "Easy"),
                "memory" => ("ReduceMemory", "Easy"),
                "executors" => ("ReduceExecutors", "Easy"),
                "both" => ("ReduceExecutors", "Medium"),
                _ => ("Maintain", "Easy"),
            };
            let confidence = row.text("confidence");
            let current_cost = row.number("month_cost_est");
            let saved = row.number("save_likely_est");
            let (save_core_h, save_gib_h) =
                (row.number("save_likely_core_h"), row.number("save_likely_gib_h"));
            let part = |saved: Option<f64>, of: Option<f64>| {
                saved
                    .zip(of)
                    .filter(|(_, of)| *of > 0.0)
                    .map(|(saved, of)| 100.0 * saved / of)
            };
            CostOptimization {
                optimization_type,
                app_id: None,
                app_name: row.text("job"),
                current_cost,
                optimized_cost: current_cost.zip(saved).map(|(current, saved)| current - saved),
                savings_percentage: part(saved, current_cost)
                    .or(part(save_core_h, row.number("month_core_h"))),
                // The four steps of the ladder, of which `confidence` has the words.
                confidence_score: match confidence.as_deref() {
                    Some("high") => 100,
                    Some("medium") => 67,
                    Some("low") => 33,
                    _ => 0,
                },
                implementation_difficulty: difficulty,
                optimization_details: row.text("proposed").or(row.text("because")).unwrap_or_default(),
                formatted_savings: match (saved, save_core_h, save_gib_h) {
                    (Some(saved), _, _) => format!("{} in 30 days", number::cost(saved)),
                    (None, None, None) => "none".to_owned(),
                    (None, core_h, gib_h) => format!(
                        "{} core-hours and {} GiB-hours in 30 days",
                        number::decimal(core_h.unwrap_or(0.0)),
                        number::decimal(gib_h.unwrap_or(0.0))
                    ),
                },
                confidence,
                save_core_h,
                save_gib_h,
                because: row.text("because"),
                risk: row.text("risk"),
            }
        })
        .collect()
}

fn moment(ms: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{moment:.3}"))
}
