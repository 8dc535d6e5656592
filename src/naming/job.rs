//! The recurring job that an application is a run of.
//!
//! A configured property decides, if the application has one. Else the application's name does, with what
//! differs from run to run (dates, ids, counters) replaced by `*`; a name that says nothing (`Spark shell`)
//! is joined by the main class or script.

use std::sync::LazyLock;

use anyhow::Result;
use regex::Regex;

use super::value;
use crate::error::UserError;
use crate::fold::rows::ConfRow;
use crate::settings::JobsConfig;

/// How jobs are told.
#[derive(Debug, Clone)]
pub struct Jobs {
    /// Properties whose joined values name the job, in order of preference.
    keys: Vec<Vec<String>>,
    rules: Vec<(Regex, String)>,
}

/// One step on the way from an application to its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub what: String,
    /// The name after the step.
    pub name: String,
}

/// Where no keys are configured: what schedulers and operators set.
const DEFAULT_KEYS: [&str; 3] = [
    "spark.shh.job",
    "spark.airflow.dag_id+spark.airflow.task_id",
    "spark.kubernetes.driver.label.sparkoperator.k8s.io/app-name",
];

/// What is cut out of names, in this order. Each pattern takes one byte on either side, kept, so that it
/// never matches within a word.
static CUTS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let date = r"(?:19|20)\d\d[-_/.](?:0[1-9]|1[0-2])[-_/.](?:0[1-9]|[12]\d|3[01])";
    let time = r"(?:[T _-]?[0-2]\d[:_.-][0-5]\d(?:[:_.-][0-5]\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?";
    let compact =
        r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_-]?[0-2]\d(?:[0-5]\d){0,2})?Z?";
    let patterns = [
        (
            "a UUID",
            r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}".to_owned(),
        ),
        ("a date", format!("{date}{time}")),
        ("a compact date", compact.to_owned()),
        ("a time since 1970", r"1\d{9}(?:\d{3})?".to_owned()),
        ("a ULID", "[0-7][0-9A-HJKMNP-TV-Z]{25}".to_owned()),
        ("a hexadecimal id", r"(?:[a-fA-F]*\d[0-9a-fA-F]*)".to_owned()),
    ];
    patterns
        .into_iter()
        .filter_map(|(what, pattern)| {
            let pattern = format!("(^|[^0-9A-Za-z])({pattern})($|[^0-9A-Za-z])");
            Some((what, Regex::new(&pattern).ok()?))
        })
        .collect()
});

static ATTEMPT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)([-_ .#])(?:attempt|retry|try|run)[-_ #]?\d+$").ok());
/// Kubernetes makes these of letters that spell no words.
static RANDOM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(.{4,}-)[bcdfghjklmnpqrstvwxz2456789]{5}$").ok());
static COUNTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"([-_ .:#/(\[])\d+([)\]]?)$").ok());
static REPEATS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\*(?:[-_ .:/]*\*)+").ok());

/// A hexadecimal id is at least so long; shorter ones are words like `cafe1` or `v2`.
const SHORTEST_HEX: usize = 8;

/// Names that say nothing of what runs.
const GENERIC: [&str; 9] = [
    "*",
    "",
    "spark shell",
    "spark-shell",
    "pysparkshell",
    "pyspark-shell",
    "sparkr-shell",
    "spark pi",
    "databricks shell",
];

impl Jobs {
    /// # Errors
    /// When a rule is no regular expression.
    pub fn new(config: &JobsConfig) -> Result<Self> {
        let given: Vec<&str> = config.keys.iter().map(String::as_str).collect();
        let keys = if given.is_empty() {
            &DEFAULT_KEYS[..]
        } else {
            &given
        };
        let rules = config.rules.iter().map(|rule| {
            let pattern = Regex::new(&rule.pattern).map_err(|error| {
                UserError::usage(format!("`{}` in [[jobs.rule]] is no valid pattern", rule.pattern))
                    .because(error)
            })?;
            Ok((pattern, rule.replacement.clone()))
        });
        Ok(Jobs {
            keys: keys
                .iter()
                .map(|key| key.split('+').map(|part| part.trim().to_owned()).collect())
                .collect(),
            rules: rules.collect::<Result<_>>()?,
        })
    }

    /// The properties that may name a job.
    pub(super) fn properties(&self) -> impl Iterator<Item = String> + '_ {
        self.keys.iter().flatten().cloned()
    }

    /// The job of an application.
    pub fn job(&self, app_name: &str, conf: &[ConfRow]) -> String {
        let mut name = app_name.to_owned();
        self.walk(app_name, conf, |_, step| name = step);
        name
    }

    /// How an application comes to its job, step by step; the last name is the job.
    pub fn explain(&self, app_name: &str, conf: &[ConfRow]) -> Vec<Step> {
        let mut steps = vec![Step {
            what: "application name".to_owned(),
            name: app_name.to_owned(),
        }];
        self.walk(app_name, conf, |what, name| steps.push(Step { what, name }));
        steps
    }

    fn walk(&self, app_name: &str, conf: &[ConfRow], mut step: impl FnMut(String, String)) {
        for keys in &self.keys {
            let values: Option<Vec<&str>> = keys.iter().map(|key| value(conf, key)).collect();
            if let Some(values) = values {
                return step(keys.join(" and "), values.join("/"));
            }
        }
        let mut name = app_name.to_owned();
        let mut become_ = |what: &str, next: String, name: &mut String| {
            if next != *name {
                name.clone_from(&next);
                step(what.to_owned(), next);
            }
        };
        for (pattern, replacement) in &self.rules {
            let next = pattern.replace_all(&name, replacement.as_str()).into_owned();
            become_(&format!("rule `{pattern}`"), next, &mut name);
        }
        become_("without blanks around", name.trim().to_owned(), &mut name);
        for (what, pattern) in CUTS.iter() {
            let is_hex = *what == "a hexadecimal id";
            become_(
                &format!("without {what}"),
                cut_all(pattern, &name, is_hex),
                &mut name,
            );
        }
        let parts = [
            ("an attempt's number", &ATTEMPT, "$1*"),
            ("a random suffix", &RANDOM, "$1*"),
            ("a counter", &COUNTER, "$1*$2"),
        ];
        for (what, pattern, replacement) in parts {
            if let Some(pattern) = pattern.as_ref() {
                let next = pattern.replace(&name, replacement).into_owned();
                become_(&format!("without {what}"), next, &mut name);
            }
        }
        if let Some(repeats) = REPEATS.as_ref() {
            let next = repeats.replace_all(&name, "*").into_owned();
            become_("one * for several", next, &mut name);
        }
        if GENERIC.contains(&name.to_ascii_lowercase().as_str())
            && let Some(program) = program(conf)
        {
            let next = format!("{name} ({program})");
            become_(
                "with what it ran, because the name is a generic one",
                next,
                &mut name,
            );
        }
    }
}

/// Replaces every match between two bytes that are no part of a word.
fn cut_all(pattern: &Regex, name: &str, is_hex: bool) -> String {
    let mut rest = name.to_owned();
    let mut done = String::with_capacity(name.len());
    // The byte behind a match may stand before the next one: go on from there.
    while let Some(found) = pattern.captures(&rest) {
        let (Some(before), Some(cut), Some(after)) = (found.get(1), found.get(2), found.get(3)) else {
            break;
        };
        let is_long = !is_hex || cut.len() >= SHORTEST_HEX;
        done.push_str(&rest[..before.end()]);
        done.push_str(if is_long { "*" } else { cut.as_str() });
        let next = rest[after.start()..].to_owned();
        if next.len() == rest.len() {
            break;
        }
        rest = next;
    }
    done + &rest
}

/// The main class or script, by its last name.
fn program(conf: &[ConfRow]) -> Option<String> {
    if let Some(script) = value(conf, "spark.yarn.primary.py.file") {
        return script.rsplit('/').next().map(str::to_owned);
    }
    let words: Vec<&str> = value(conf, "sun.java.command")?.split_whitespace().collect();
    let class = words
        .windows(2)
        .find(|pair| pair[0] == "--class")
        .and_then(|pair| pair[1].rsplit('.').next());
    let is_program = |word: &&&str| [".py", ".jar", ".R"].iter().any(|end| word.ends_with(end));
    let script = words
        .iter()
        .find(is_program)
        .and_then(|path| path.rsplit('/').next());
    class.or(script).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Rule;

    fn jobs() -> Jobs {
        Jobs::new(&JobsConfig::default()).unwrap()
    }

    fn row(key: &str, value: &str) -> ConfRow {
        ConfRow {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn what_differs_from_run_to_run_is_cut_out() {
        let table = [
            ("etl_orders_2026-10-05", "etl_orders_*"),
            ("etl_2026-08-01_3f9c", "etl_*_3f9c"),
            ("daily-report-20261005", "daily-report-*"),
            ("daily_20261005_0315_full", "daily_*_full"),
            ("hourly 2026-10-05T13:00:00Z", "hourly *"),
            ("scoring-7f3a9c12e0ab", "scoring-*"),
            ("job 6e0c7b14-4a7e-4d8a-9f0e-0b1a2c3d4e5f done", "job * done"),
            ("import-1790000000", "import-*"),
            ("import-1790000000123-x", "import-*-x"),
            ("load_01J9ZQ4W5N8V6M3T7R2K1H0GXA", "load_*"),
            ("backfill_attempt_3", "backfill_*"),
            ("spark-etl-x7k2p", "spark-etl-*"),
            ("spark-etl-train", "spark-etl-train"),
            ("report #17", "report #*"),
            ("model-v2", "model-v2"),
            ("s3 copy", "s3 copy"),
            ("a-2026-10-05-2026-10-06", "a-*"),
            ("a_20261005_20261006_b", "a_*_b"),
            ("facade", "facade"),
            ("deadbeef", "deadbeef"),
        ];
        for (name, job) in table {
            assert_eq!(jobs().job(name, &[]), job, "{name}");
        }
    }

    #[test]
    fn a_configured_property_decides_and_two_may_be_joined() {
        let conf = [
            row("spark.airflow.dag_id", "orders"),
            row("spark.airflow.task_id", "load"),
        ];
        assert_eq!(jobs().job("anything 5", &conf), "orders/load");
        assert_eq!(jobs().job("anything 5", &conf[..1]), "anything *");
    }

    #[test]
    fn rules_come_first_and_every_step_is_told() {
        let config = JobsConfig {
            rules: vec![Rule {
                pattern: "^prod-".to_owned(),
                replacement: String::new(),
            }],
            ..JobsConfig::default()
        };
        let steps = Jobs::new(&config).unwrap().explain("prod-etl-20261005-7", &[]);
        let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "prod-etl-20261005-7",
                "etl-20261005-7",
                "etl-*-7",
                "etl-*-*",
                "etl-*"
            ]
        );
        assert_eq!(steps[1].what, "rule `^prod-`");
    }

    #[test]
    fn a_generic_name_is_joined_by_what_it_ran() {
        let conf = [row(
            "sun.java.command",
            "org.apache.spark.deploy.SparkSubmit --class com.acme.etl.Main /opt/etl.jar --day 5",
        )];
        assert_eq!(jobs().job("Spark shell", &conf), "Spark shell (Main)");
        let conf = [row("spark.yarn.primary.py.file", "/srv/jobs/clean.py")];
        assert_eq!(jobs().job("20261005", &conf), "* (clean.py)");
    }
}
