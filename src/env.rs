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

/// The moment to take for now: repeats a report as it was, and makes tests repeatable.
pub const SHH_NOW: &str = "SHH_NOW";

/// Any value turns colors off, unless `--color` or `SHH_COLOR` says otherwise (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";

/// `dumb` turns colors and progress bars off.
pub const TERM: &str = "TERM";

/// Width of tables in characters, instead of the terminal's.
pub const COLUMNS: &str = "COLUMNS";

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
