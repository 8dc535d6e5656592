//! Tables that the tests of this folder share.

use crate::query::table::{Column, Coverage, LeftOut, Table, Unit, Value, WindowAnchor};

fn column(name: &str, unit: Unit, definition: &str) -> Column {
    Column {
        name: name.to_owned(),
        unit,
        definition: definition.to_owned(),
        ..Column::default()
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

pub(super) fn coverage() -> Coverage {
    Coverage {
        window_since: Some(1_794_787_200_000),
        window_until: Some(1_795_395_600_000),
        window_anchor: WindowAnchor::Now,
        applications: 1_234,
        left_out: vec![
            LeftOut {
                reason: "local".to_owned(),
                applications: 12,
                flag: "--include-local".to_owned(),
            },
            LeftOut {
                reason: "unfinished".to_owned(),
                applications: 3,
                flag: "--include-incomplete".to_owned(),
            },
        ],
        event_loss_pct: Some(0.0),
        peak_coverage_pct: Some(87.4),
        damaged_logs: 1,
        data_as_of: Some(1_795_395_480_000),
        price_source: None,
    }
}

/// Every kind of value, and a hostile name.
pub(super) fn small() -> Table {
    Table {
        name: "hogs".to_owned(),
        title: "Resource hogs".to_owned(),
        answers: "who uses the cluster".to_owned(),
        columns: vec![
            column("app_name", Unit::Text, "Name the application gave itself."),
            column("start", Unit::Time, "When the application started, UTC."),
            column(
                "alloc_core_h",
                Unit::CoreHours,
                "Cores held, times hours held, inside the window.",
            ),
            column(
                "share_pct",
                Unit::Percent,
                "Part of all alloc_core_h in the window.",
            ),
            column("input_bytes", Unit::Bytes, "Bytes read from storage."),
            Column {
                wide: true,
                ..column("app_id", Unit::Text, "Id given by the cluster manager.")
            },
        ],
        rows: vec![
            vec![
                text("nightly | \"etl\""),
                Value::Time(1_795_392_987_123),
                Value::Float(1_234.56),
                Value::Float(42.1),
                Value::Int(1_319_413_953_332),
                text("application_1795300000000_0001"),
            ],
            vec![
                text("evil\u{1b}[2J\u{202e}\ntwo"),
                Value::Null,
                Value::Float(0.0031),
                Value::Float(0.0),
                Value::Null,
                text("app-20261123-0042"),
            ],
        ],
        coverage: coverage(),
        needs: None,
        is_continued: false,
        more_rows: Some(1_234),
    }
}

/// A report of real size: more columns than a narrow terminal has room for.
pub(super) fn hogs() -> Table {
    const NAMES: [&str; 20] = [
        "customer-360-nightly-merge",
        "ml_feature_store_backfill_2026_q3",
        "Thrift JDBC/ODBC Server",
        "orders: bronze to silver",
        "clickstream-sessionize",
        "com.example.fraud.GraphFeatures",
        "PySparkShell",
        "顧客データ集計 (日次)",
        "iot-telemetry-compaction",
        "dbt run --select marts.finance",
        "ads-attribution-7d-window",
        "search-index-rebuild",
        "inventory_snapshot",
        "recsys-als-train",
        "log-retention-cleaner",
        "adhoc notebook 7f3a",
        "billing-export",
        "geo-tiles",
        "ab-test-metrics",
        "heartbeat",
    ];
    const USERS: [&str; 7] = [
        "etl",
        "ml-platform",
        "hive",
        "dataeng",
        "web",
        "svc-fraud-detection",
        "alice",
    ];
    const QUEUES: [&str; 4] = ["root.prod", "root.ml", "root.adhoc", "root.prod.critical"];
    let mut total = 0.0;
    let hours: Vec<f64> = (0..20).map(|rank| 18_234.567 * 0.62_f64.powi(rank)).collect();
    let fleet: f64 = hours.iter().sum::<f64>() * 1.04;
    let rows = NAMES
        .iter()
        .zip(&hours)
        .enumerate()
        .map(|(rank, (name, &hours))| {
            total += hours;
            let rank_i64 = i64::try_from(rank).unwrap();
            let spread = f64::from(u32::try_from(rank * 37 % 100).unwrap());
            vec![
                text(name),
                text(USERS[rank % 7]),
                if rank == 6 {
                    Value::Null
                } else {
                    text(QUEUES[rank % 4])
                },
                Value::Float(hours),
                Value::Float(100.0 * hours / fleet),
                Value::Float(100.0 * total / fleet),
                if rank == 2 {
                    Value::Float(0.03)
                } else {
                    Value::Float(spread)
                },
                Value::Float(hours * 4.25),
                Value::Int(1_200 / (rank_i64 + 1)),
                if rank == 8 {
                    Value::Null
                } else {
                    Value::Int(9_876_543_210_123 >> (2 * rank))
                },
                Value::Int(if rank % 3 == 0 { 0 } else { 77_777_777_777 >> rank }),
                Value::Float(hours * 3.3),
                text(&format!("application_1795300000000_{:04}", rank * 611)),
                Value::Time(1_795_392_987_123 - rank_i64 * 7_654_321),
            ]
        });
    let rows = rows.collect();
    Table {
        columns: vec![
            column("app_name", Unit::Text, ""),
            column("user", Unit::Text, ""),
            column("queue", Unit::Text, ""),
            column("alloc_core_h", Unit::CoreHours, ""),
            column("share_pct", Unit::Percent, ""),
            column("cum_pct", Unit::Percent, ""),
            column("busy_pct", Unit::Percent, ""),
            column("alloc_gib_h", Unit::GibHours, ""),
            column("peak_executors", Unit::Count, ""),
            column("shuffle_read_bytes", Unit::Bytes, ""),
            column("spill_bytes", Unit::Bytes, ""),
            column("duration_s", Unit::Seconds, ""),
            column("app_id", Unit::Text, ""),
            Column {
                wide: true,
                ..column("start", Unit::Time, "")
            },
        ],
        rows,
        ..small()
    }
}

/// A trend: one row a day, with a day off and a day of which nothing is known.
pub(super) fn usage() -> Table {
    const DAY: i64 = 86_400_000;
    let days = [
        (Some(345.6), Some(38.0)),
        (Some(800.0), Some(46.5)),
        (Some(1_234.5), Some(40.0)),
        (Some(0.0), None),
        (None, None),
        (Some(512.0), Some(39.0)),
        (Some(1_000.0), Some(44.0)),
    ];
    let value = |value: Option<f64>| value.map_or(Value::Null, Value::Float);
    let day = |(day, (hours, busy)): (i64, (Option<f64>, Option<f64>))| {
        vec![
            Value::Time(1_794_787_200_000 + day * DAY),
            value(hours),
            value(busy),
        ]
    };
    Table {
        name: "usage".to_owned(),
        title: "Usage".to_owned(),
        answers: "how much of the cluster was held, and how busy it was".to_owned(),
        columns: vec![
            column("day", Unit::Time, ""),
            Column {
                series: true,
                ..column("alloc_core_h", Unit::CoreHours, "")
            },
            Column {
                series: true,
                ..column("busy_pct", Unit::Percent, "")
            },
        ],
        rows: (0..).zip(days).map(day).collect(),
        needs: None,
        is_continued: false,
        more_rows: None,
        coverage: coverage(),
    }
}
