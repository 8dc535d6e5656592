//! Tags: what cluster managers, schedulers and users attach to applications.

use std::collections::BTreeMap;

use super::value;
use crate::fold::rows::ConfRow;
use crate::settings::TagsConfig;

/// Properties whose names say the tag behind a prefix.
const PREFIXES: [&str; 2] = [
    "spark.kubernetes.driver.label.",
    "spark.databricks.clusterUsageTags.",
];

/// Properties that are a tag under another name.
const KNOWN: [(&str, &str); 4] = [
    ("spark.airflow.dag_id", "dag"),
    ("spark.airflow.task_id", "task"),
    ("spark.yarn.tags", "yarn"),
    ("spark.app.tags", "app"),
];

/// The tags as lines of `key=value`, sorted by key. Of `spark.yarn.tags` and `spark.app.tags`, entries such as
/// `team=search` or `team:search` are tags of their own. What the configuration names wins over all.
pub(super) fn tags(config: &TagsConfig, conf: &[ConfRow]) -> Option<String> {
    let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
    for row in conf {
        let value = row.value.trim();
        let labelled = PREFIXES.iter().find_map(|prefix| row.key.strip_prefix(prefix));
        let known = KNOWN.iter().find(|(property, _)| *property == row.key);
        if let Some(key) = labelled
            .or(known.map(|(_, key)| *key))
            .filter(|_| !value.is_empty())
        {
            tags.insert(key, value);
        }
        if matches!(row.key.as_str(), "spark.yarn.tags" | "spark.app.tags") {
            let entries = value.split(',').filter_map(|entry| entry.split_once(['=', ':']));
            tags.extend(
                entries
                    .map(|(key, value)| (key.trim(), value.trim()))
                    .filter(|(key, value)| !key.is_empty() && !value.is_empty()),
            );
        }
    }
    for (key, property) in &config.keys {
        if let Some(value) = value(conf, property) {
            tags.insert(key, value);
        }
    }
    let lines: Vec<String> = tags
        .into_iter()
        .map(|(key, value)| format!("{key}={}", value.replace(['\n', '\r'], " ")))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str, value: &str) -> ConfRow {
        ConfRow {
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }

    #[test]
    fn labels_schedulers_lists_and_own_keys() {
        let conf = [
            row("spark.airflow.dag_id", "orders"),
            row("spark.kubernetes.driver.label.team", "search"),
            row("spark.myco.costcentre", "4711"),
            row("spark.yarn.tags", "env:prod,nightly"),
        ];
        let config = TagsConfig {
            keys: vec![("cost".to_owned(), "spark.myco.costcentre".to_owned())],
        };
        assert_eq!(
            tags(&config, &conf).as_deref(),
            Some("cost=4711\ndag=orders\nenv=prod\nteam=search\nyarn=env:prod,nightly")
        );
        assert_eq!(tags(&config, &[]), None);
    }
}
