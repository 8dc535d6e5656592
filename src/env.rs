//! Every environment variable that `shh` looks at, by name.
//!
//! They are read in one place, [`crate::settings::Environment`]. A variable that is set to nothing
//! counts as not set. Each `SHH_` variable is a flag in capitals and gives way to that flag.

/// The configuration file to use, instead of looking for one (`--config`).
pub const SHH_CONFIG: &str = "SHH_CONFIG";

/// The database file (`--database`).
pub const SHH_DATABASE: &str = "SHH_DATABASE";

/// Log directories for `ingest` and `serve`, separated by commas (`--log-directory`).
pub const SHH_LOG_DIRECTORY: &str = "SHH_LOG_DIRECTORY";

/// How many nested directories to look into (`--depth`).
pub const SHH_DEPTH: &str = "SHH_DEPTH";

/// How many logs one run reads at most, 0 for all (`--max-applications`).
pub const SHH_MAX_APPLICATIONS: &str = "SHH_MAX_APPLICATIONS";

/// The longest line of a log that is kept (`--line-limit`).
pub const SHH_LINE_LIMIT: &str = "SHH_LINE_LIMIT";

/// Worker threads (`--threads`).
pub const SHH_THREADS: &str = "SHH_THREADS";

/// Memory that DuckDB may use (`--memory-limit`).
pub const SHH_MEMORY_LIMIT: &str = "SHH_MEMORY_LIMIT";

/// How long to wait for another ingest (`--wait`).
pub const SHH_WAIT: &str = "SHH_WAIT";

/// Address that `serve` listens on (`--host`).
pub const SHH_HOST: &str = "SHH_HOST";

/// Port that `serve` listens on (`--port`).
pub const SHH_PORT: &str = "SHH_PORT";

/// How often `serve` looks for new logs (`--update-interval`).
pub const SHH_UPDATE_INTERVAL: &str = "SHH_UPDATE_INTERVAL";

/// File of the credentials that `serve` asks for (`--auth-file`).
pub const SHH_AUTH_FILE: &str = "SHH_AUTH_FILE";

/// Names under which `serve` may be reached, separated by commas (`--allowed-host`).
pub const SHH_ALLOWED_HOST: &str = "SHH_ALLOWED_HOST";

/// Memory for applications whose logs `serve` has replayed (`--replay-cache`).
pub const SHH_REPLAY_CACHE: &str = "SHH_REPLAY_CACHE";

/// `auto`, `always` or `never` (`--color`).
pub const SHH_COLOR: &str = "SHH_COLOR";

/// The moment taken as the present: repeats a report as it was, and makes tests repeatable.
pub const SHH_NOW: &str = "SHH_NOW";

/// Any value turns colors off, unless `--color` or `SHH_COLOR` says otherwise (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";

/// `dumb` turns colors and progress bars off.
pub const TERM: &str = "TERM";

/// Width of tables in characters, instead of the terminal's.
pub const COLUMNS: &str = "COLUMNS";

/// Directory of `core-site.xml` and `hdfs-site.xml`.
pub const HADOOP_CONF_DIR: &str = "HADOOP_CONF_DIR";

/// Hadoop's own directory, with `etc/hadoop` below it.
pub const HADOOP_HOME: &str = "HADOOP_HOME";

/// Who to be in HDFS without Kerberos.
pub const HADOOP_USER_NAME: &str = "HADOOP_USER_NAME";

/// Who runs the program.
pub const USER: &str = "USER";

/// File of delegation tokens for HDFS.
pub const HADOOP_TOKEN_FILE_LOCATION: &str = "HADOOP_TOKEN_FILE_LOCATION";

/// Configuration of Kerberos; its own library reads it.
pub const KRB5_CONFIG: &str = "KRB5_CONFIG";

/// Endpoint of S3, before [`AWS_ENDPOINT_URL`].
pub const AWS_ENDPOINT_URL_S3: &str = "AWS_ENDPOINT_URL_S3";

/// Endpoint of all services of AWS.
pub const AWS_ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// Region of S3.
pub const AWS_REGION: &str = "AWS_REGION";

/// Region of S3 where [`AWS_REGION`] is not set.
pub const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";

/// Certificates to trust besides the system's.
pub const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The user's home directory.
pub const HOME: &str = "HOME";

/// The user's configuration directory, `~/.config` if not set.
pub const XDG_CONFIG_HOME: &str = "XDG_CONFIG_HOME";

/// The user's data directory, `~/.local/share` if not set.
pub const XDG_DATA_HOME: &str = "XDG_DATA_HOME";

#[cfg(test)]
mod tests {
    #[test]
    fn the_help_names_every_variable_of_ours() {
        let help = crate::cli::command().render_long_help().to_string();
        let names = include_str!("env.rs").lines().filter_map(|line| {
            let (name, _) = line.strip_prefix("pub const ")?.split_once(':')?;
            name.starts_with("SHH_").then_some(name)
        });
        let mut num_names = 0;
        for name in names {
            num_names += 1;
            assert!(help.contains(name), "{name} is not in `shh --help`");
        }
        assert!(num_names >= 16);
    }
}
