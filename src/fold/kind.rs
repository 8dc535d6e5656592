//! What sort of application this is, and what ran its tasks: guessed from its configuration.

use crate::event::EnvironmentUpdate;

/// Longer lives are services, whatever they are called.
const SERVICE_S: f64 = 12.0 * 3600.0;

/// Names and main classes of servers, shells and notebooks, which wait for people by design. Not
/// `pyspark-shell`: every Python script that starts its own driver runs as that.
const SERVICES: &[&str] = &[
    "thriftserver",
    "thrift jdbc/odbc server",
    "sparkconnectserver",
    "spark connect server",
    "spark shell",
    "org.apache.spark.repl.main",
    "pysparkshell",
    "zeppelin",
    "livy",
    "jupyter",
    "toree",
];

/// Plugins that run tasks outside the JVM's own engine, and the settings that name them.
const ENGINES: &[(&str, &str, &str)] = &[
    ("spark.plugins", "com.nvidia.spark.sqlplugin", "rapids"),
    ("spark.plugins", "glutenplugin", "gluten"),
    ("spark.plugins", "cometplugin", "comet"),
    ("spark.databricks.photon.enabled", "true", "photon"),
    (
        "spark.databricks.clusterUsageTags.runtimeEngine",
        "photon",
        "photon",
    ),
];

/// `batch`, `streaming`, `service` or `local`.
pub(super) fn kind(is_local: bool, is_streaming: bool, is_service: bool, dur_s: f64) -> &'static str {
    if is_local {
        "local"
    } else if is_streaming {
        "streaming"
    } else if is_service || dur_s > SERVICE_S {
        "service"
    } else {
        "batch"
    }
}

/// Whether the name or the command is that of a server, shell or notebook.
pub(super) fn is_service(app_name: &str, command: Option<&str>) -> bool {
    let is_known = |text: &str| {
        let text = text.to_ascii_lowercase();
        SERVICES.iter().any(|service| text.contains(service))
    };
    is_known(app_name) || command.is_some_and(is_known)
}

/// What runs the tasks: `jvm`, `python`, `gluten`, `comet`, `photon` or `rapids`.
pub(super) fn engine(environment: &EnvironmentUpdate) -> &'static str {
    let spark = &environment.spark;
    let has = |key: &str, word: &str| {
        spark
            .get(key)
            .is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    if let Some((_, _, engine)) = ENGINES.iter().find(|(key, word, _)| has(key, word)) {
        return engine;
    }
    let command = environment.system.get("sun.java.command").unwrap_or_default();
    let is_python = has("spark.yarn.isPython", "true")
        || has("spark.kubernetes.resource.type", "python")
        || spark.get("spark.yarn.primary.py.file").is_some()
        || command.contains("pyspark-shell")
        || command.split_whitespace().any(|word| word.ends_with(".py"));
    if is_python { "python" } else { "jvm" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Properties;

    #[test]
    fn engines() {
        let engine = |key: &'static str, value: &'static str, command: &'static str| {
            engine(&EnvironmentUpdate {
                spark: Properties(vec![(key.into(), value.into())]),
                system: Properties(vec![("sun.java.command".into(), command.into())]),
                ..EnvironmentUpdate::default()
            })
        };
        assert_eq!(
            engine(
                "spark.app.name",
                "x",
                "org.apache.spark.deploy.SparkSubmit etl.jar"
            ),
            "jvm"
        );
        assert_eq!(
            engine(
                "spark.app.name",
                "x",
                "org.apache.spark.deploy.SparkSubmit etl.py"
            ),
            "python"
        );
        assert_eq!(engine("spark.kubernetes.resource.type", "python", ""), "python");
        assert_eq!(
            engine("spark.plugins", "org.apache.gluten.GlutenPlugin", "etl.py"),
            "gluten"
        );
    }

    #[test]
    fn kinds() {
        assert_eq!(kind(true, true, true, 1.0), "local");
        assert_eq!(kind(false, true, true, 1e9), "streaming");
        assert_eq!(kind(false, false, false, 13.0 * 3600.0), "service");
        assert_eq!(kind(false, false, false, 600.0), "batch");
        assert!(is_service("Thrift JDBC/ODBC Server", None));
        assert!(is_service(
            "x",
            Some("org.apache.spark.sql.connect.service.SparkConnectServer")
        ));
        assert!(!is_service(
            "daily_etl",
            Some("org.apache.spark.deploy.SparkSubmit pyspark-shell")
        ));
        assert!(!is_service(
            "daily_etl",
            Some("org.apache.spark.deploy.SparkSubmit etl.jar")
        ));
    }
}
