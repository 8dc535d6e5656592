//! `/api/v1/openapi.json`: an OpenAPI 3.1 document of what is ours below `/api/v1`, made from the headers of
//! the queries and the flags of the command line. Spark's own paths are documented by Spark.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::analytics::ROWS;
use super::asked::{FORMAT, SUBJECT, parameters};
use super::dashboard::Path;
use crate::query::table::{Column, Unit};
use crate::query::{Kind, Query, find, list, parts};

/// The document, as text.
pub(super) fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    &TEXT
}

fn document() -> Value {
    let mut paths = Map::new();
    for kind in [Kind::Report, Kind::Trends] {
        let folder = folder(kind);
        paths.insert(format!("/api/v1/{folder}"), index(kind));
        for query in list(kind) {
            for part in parts(kind, query.name) {
                paths.insert(format!("/api/v1/{folder}/{}", part.name), of_query(&part));
            }
            paths.insert(format!("/api/v1/{folder}/{}", query.name), of_query(&query));
        }
    }
    for path in Path::ALL {
        paths.insert(format!("/api/v1/{}", path.path()), of_dashboard(path));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "shh analytics",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Figures of a fleet of Spark applications",
            "description": "Every report and trend of the command line, with the same figures. Amounts are raw \
                numbers: seconds, bytes, core-hours; moments are RFC 3339 in UTC; what is not known is null.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" }
        },
        "paths": paths,
        "components": { "schemas": schemas() }
    })
}

fn folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Report => "reports",
        Kind::Trends => "trends",
    }
}

fn index(kind: Kind) -> Value {
    let member = folder(kind);
    let schema = json!({
        "type": "object",
        "required": [member],
        "properties": { member: { "type": "array", "items": { "$ref": "#/components/schemas/Entry" } } }
    });
    json!({ "get": {
        "operationId": format!("list-{member}"),
        "summary": format!("What {member} there are"),
        "tags": [member],
        "responses": responses(&json!({ "application/json": { "schema": schema } }))
    }})
}

fn of_query(query: &Query) -> Value {
    let mut taken: Vec<Value> = parameters_of(query);
    taken.push(json!({
        "name": FORMAT, "in": "query", "description": "How the rows are written",
        "schema": { "enum": ["json", "csv"], "default": "json" }
    }));
    let row: Map<String, Value> = query
        .columns
        .iter()
        .map(|column| (column.name.clone(), of_column(column)))
        .collect();
    let schema = json!({
        "type": "object",
        "required": ["columns", "rows", "coverage"],
        "properties": {
            "columns": { "type": "array", "items": { "$ref": "#/components/schemas/Column" } },
            "rows": { "type": "array", "items": { "type": "object", "properties": row } },
            "coverage": { "$ref": "#/components/schemas/Coverage" }
        }
    });
    let folder = folder(query.kind);
    json!({ "get": {
        "operationId": format!("{folder}-{}", query.name),
        "summary": query.title,
        "description": query.answers,
        "tags": [folder],
        "parameters": taken,
        "responses": responses(&json!({
            "application/json": { "schema": schema },
            "text/csv": { "schema": { "type": "string" } }
        }))
    }})
}

fn parameters_of(query: &Query) -> Vec<Value> {
    let mut taken = Vec::new();
    if query.subjects > 0 {
        taken.push(json!({
            "name": SUBJECT, "in": "query", "required": query.subjects > 1,
            "description": if query.subjects == 1 {
                "Id of the application; appId is another name for it"
            } else {
                "Two applications, two jobs, or two windows written as SINCE..UNTIL"
            },
            "schema": { "type": "array", "items": { "type": "string" } },
            "style": "form", "explode": true
        }));
    }
    for parameter in parameters(query.kind) {
        let flag = &parameter.flag;
        if flag.long == "by" && query.by.is_empty() {
            continue;
        }
        let schema = if flag.is_switch {
            json!({ "type": "boolean" })
        } else if flag.long == "by" {
            json!({ "enum": query.by })
        } else if flag.long == "sort" {
            json!({ "type": "string", "examples": [query.columns.first().map(|column| &column.name)] })
        } else if !flag.words.is_empty() {
            json!({ "enum": flag.words })
        } else if flag.long == "limit" {
            json!({ "type": "integer", "minimum": 0, "maximum": ROWS.most })
        } else if flag.long == "capacity-cores" {
            json!({ "type": "integer", "minimum": 1 })
        } else if flag.is_number {
            json!({ "type": "number", "minimum": 0 })
        } else if flag.can_repeat {
            json!({ "type": "array", "items": { "type": "string" } })
        } else {
            json!({ "type": "string" })
        };
        taken.push(json!({
            "name": parameter.name, "in": "query", "description": flag.help, "schema": schema
        }));
    }
    taken
}

fn of_dashboard(path: Path) -> Value {
    let (kind, name) = path.source();
    let mut taken = find(kind, name)
        .map(|query| parameters_of(&query))
        .unwrap_or_default();
    for (other, of) in [("startDate", "since"), ("endDate", "until")] {
        taken.push(json!({
            "name": other, "in": "query", "description": format!("Another name for {of}"),
            "schema": { "type": "string" }
        }));
    }
    let schema = match path {
        Path::ResourceHogs => "ResourceHog",
        Path::EfficiencyAnalysis => "EfficiencyAnalysis",
        Path::UsageTrends => "PerformanceTrend",
        Path::CostOptimization => "CostOptimization",
    };
    json!({ "get": {
        "operationId": path.path().replace('/', "-"),
        "summary": path.summary(),
        "description": format!("From `shh {} {name}`", kind.command()),
        "tags": ["dashboard"],
        "parameters": taken,
        "responses": responses(&json!({ "application/json": { "schema": {
            "type": "array", "items": { "$ref": format!("#/components/schemas/{schema}") }
        }}}))
    }})
}

fn responses(content: &Value) -> Value {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        })
    };
    json!({
        "200": { "description": "The figures", "content": content },
        "304": { "description": "They are those that the client has" },
        "400": problem("A parameter is wrong; the problem names it"),
        "401": problem("Credentials are asked for"),
        "404": problem("What the question is about is not in the database"),
        "405": problem("Only GET and HEAD are answered"),
        "414": problem("The URL is too long"),
        "421": problem("The Host is not allowed"),
        "503": problem("Too much is asked at the same time, or too long a question")
    })
}

/// What values of the column are.
fn of_column(column: &Column) -> Value {
    let of_types = |types: &[&str]| json!({ "type": types, "description": column.definition });
    match column.unit {
        Unit::Text => of_types(&["string", "integer", "null"]),
        Unit::Bool => of_types(&["boolean", "null"]),
        Unit::Time => json!({
            "type": ["string", "null"], "format": "date-time", "description": column.definition
        }),
        Unit::Row => of_types(&["number", "string", "boolean", "null"]),
        _ => of_types(&["number", "null"]),
    }
}

fn schemas() -> Value {
    let text = || json!({ "type": ["string", "null"] });
    let number = || json!({ "type": ["number", "null"] });
    let one_of = |words: &[&str]| json!({ "enum": words });
    let or_null = |words: &[&str]| {
        let mut words: Vec<Value> = words.iter().map(|word| json!(word)).collect();
        words.push(Value::Null);
        json!({ "enum": words })
    };
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    json!({
        "Problem": object(&["type", "title", "status", "detail"], json!({
            "type": { "type": "string" }, "title": { "type": "string" }, "status": { "type": "integer" },
            "detail": { "type": "string" }, "hint": { "type": "string" },
            "parameter": { "type": "string", "description": "The parameter that is wrong" }
        })),
        "Entry": object(&["name", "title", "answers", "url", "by", "subjects"], json!({
            "name": { "type": "string" }, "title": { "type": "string" }, "answers": { "type": "string" },
            "url": { "type": "string" }, "by": { "type": "array", "items": { "type": "string" } },
            "subjects": { "type": "integer" }
        })),
        "Column": object(&["name", "unit", "definition"], json!({
            "name": { "type": "string" },
            "unit": { "enum": Unit::ALL.map(Unit::as_str) },
            "definition": { "type": "string" }
        })),
        "Coverage": object(&["applications", "left_out", "window", "data_as_of"], json!({
            "rows_total": { "type": "integer", "description": "There if the limit cut some" },
            "applications": { "type": "integer" },
            "left_out": { "type": "array", "items": { "type": "object" } },
            "event_loss_pct": number(), "peak_coverage_pct": number(),
            "damaged_logs": { "type": "integer" },
            "window": { "type": "object" }, "data_as_of": text(), "price_source": text()
        })),
        "ResourceHog": object(
            &["app_id", "app_name", "resource_type", "consumption_value", "consumption_unit"],
            json!({
                "app_id": text(), "app_name": text(),
                "resource_type": one_of(&["Memory", "Cpu", "Disk", "Network"]),
                "consumption_value": number(), "consumption_unit": { "type": "string" },
                "utilization_percentage": number(), "efficiency_score": number(),
                "efficiency_explanation": { "type": "string" }, "cost_impact": number(),
                "recommendation": text(), "last_seen": text(), "share_percentage": number(),
                "user": text(), "queue": text()
            })
        ),
        "EfficiencyAnalysis": object(
            &["app_id", "app_name", "efficiency_category", "memory_efficiency", "cpu_efficiency"],
            json!({
                "app_id": text(), "app_name": text(),
                "efficiency_category": or_null(&["OverProvisioned", "WellTuned", "UnderProvisioned"]),
                "memory_efficiency": number(), "memory_efficiency_explanation": { "type": "string" },
                "cpu_efficiency": number(), "cpu_efficiency_explanation": { "type": "string" },
                "potential_cost_savings": number(), "risk_level": or_null(&["Low", "Medium", "High"]),
                "optimization_actions": { "type": "array", "items": { "type": "string" } },
                "user": text(), "idle_core_h": number()
            })
        ),
        "PerformanceTrend": object(
            &["timestamp", "metric_name", "metric_value", "application_count"],
            json!({
                "timestamp": { "type": "integer", "description": "Begin of the bucket, ms since the epoch" },
                "metric_name": { "type": "string" }, "metric_value": number(),
                "application_count": { "type": ["integer", "null"] }, "date": text(),
                "unit": { "type": "string" }
            })
        ),
        "CostOptimization": object(
            &["optimization_type", "app_id", "app_name", "current_cost", "optimized_cost", "confidence_score"],
            json!({
                "optimization_type": one_of(&["ReduceExecutors", "ReduceMemory", "IncreaseMemory", "Maintain"]),
                "app_id": text(), "app_name": { "type": ["string", "null"], "description": "The recurring job" },
                "current_cost": number(), "optimized_cost": number(), "savings_percentage": number(),
                "confidence_score": { "type": "integer", "minimum": 0, "maximum": 100 },
                "implementation_difficulty": one_of(&["Easy", "Medium", "Hard"]),
                "optimization_details": { "type": "string" }, "formatted_savings": { "type": "string" },
                "confidence": text(), "save_core_h": number(), "save_gib_h": number(),
                "because": text(), "risk": text()
            })
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_and_trend_is_documented_with_its_filters() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        for (kind, folder) in [(Kind::Report, "reports"), (Kind::Trends, "trends")] {
            for query in list(kind) {
                let operation = &paths[&format!("/api/v1/{folder}/{}", query.name)]["get"];
                let names: Vec<&str> = operation["parameters"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|parameter| parameter["name"].as_str())
                    .collect();
                for name in ["since", "until", "last", "user", "appName", "limit", "sort"] {
                    assert!(names.contains(&name), "{} lacks {name}", query.name);
                }
            }
        }
        assert!(paths.contains_key("/api/v1/capacity/cost-optimization"));
    }
}
