//! Runs the real program as a user would, in an environment that is the same everywhere.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

/// Every application of `testdata` ran in the night before this moment.
pub(crate) const NOW: &str = "2026-11-23T12:00:00Z";
/// The same in milliseconds.
pub(crate) const NOW_MS: i64 = 1_795_435_200_000;

/// An empty home, no variables but these, and the program.
pub(crate) struct Env {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run printed, and how it ended.
#[must_use]
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
    temporary: Vec<(String, &'static str)>,
}

impl Env {
    /// Without a database: it would be `fleet.duckdb` in the home.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("shh-test-").tempdir().unwrap();
        let database = directory.path().join("fleet.duckdb").to_str().unwrap().to_owned();
        let home = directory.path().to_str().unwrap().to_owned();
        let variables = [
            ("HOME", home.as_str()),
            ("TZ", "UTC"),
            ("COLUMNS", "100"),
            ("NO_COLOR", "1"),
            ("SHH_NOW", NOW),
            ("SHH_DATABASE", database.as_str()),
        ];
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Env { directory, variables }
    }

    /// With the database of everything in `testdata/spark-events`.
    pub(crate) fn with_fixture() -> Self {
        Env::new().var("SHH_DATABASE", fixture().to_str().unwrap())
    }

    /// Sets a variable.
    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The home and working directory of every run.
    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    /// A path below the working directory.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        let value = self
            .variables
            .iter()
            .find(|(name, _)| name == "SHH_DATABASE")
            .map(|(_, value)| value);
        PathBuf::from(value.unwrap())
    }

    /// The program, ready to run in this environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shh"));
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .stdin(Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Output {
        let output = self.command(args).output().unwrap();
        Output {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().expect("ended by a signal"),
            temporary: vec![
                (self.root().to_str().unwrap().to_owned(), "[HOME]"),
                (testdata().to_str().unwrap().to_owned(), "[TESTDATA]"),
            ],
        }
    }

    /// Runs the program with words that hold no spaces.
    pub(crate) fn shh(&self, line: &str) -> Output {
        self.run(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Makes a directory below the working directory.
    pub(crate) fn directory(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Copies a log of `testdata/spark-events`, a file or a rolling directory.
    pub(crate) fn copy_log(&self, log: &str, to: &str) -> PathBuf {
        let to = self.path(to);
        copy_tree(&testdata().join(log), &to);
        to
    }

    /// Opens the database as a user's own shell would.
    pub(crate) fn open_database(&self) -> duckdb::Connection {
        open_read_only(&self.database())
    }

    /// All rows of a query, their columns as text.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        rows(&self.open_database(), sql)
    }

    /// The one value of a query, as text.
    pub(crate) fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        assert_eq!(
            (rows.len(), rows.first().map(Vec::len)),
            (1, Some(1)),
            "{sql}: {rows:?}"
        );
        rows[0][0].clone().unwrap_or_else(|| "NULL".to_owned())
    }
}

impl Output {
    /// Everything that can be seen of a run, without what differs from run to run.
    pub(crate) fn whole(&self) -> String {
        let mut text = self.stdout.clone();
        if !self.stderr.is_empty() {
            text.push_str("------- stderr -------\n");
            text.push_str(&self.stderr);
        }
        if self.code != 0 {
            let _ = writeln!(text, "[exit code: {}]", self.code);
        }
        for (path, name) in &self.temporary {
            text = text.replace(path.as_str(), name);
        }
        // The time an ingest took, and what follows from it.
        for (pattern, name) in [
            (r"in \d[\d.,]* (ms|s|min)\b", "in [TIME]"),
            (r"\([\d,]+ events/s\)", "([RATE])"),
            (r#""(seconds|[a-z]+_s)":[\d.e-]+"#, r#""$1":[TIME]"#),
            (r"process \d+", "process [PID]"),
        ] {
            text = regex::Regex::new(pattern)
                .unwrap()
                .replace_all(&text, name)
                .into_owned();
        }
        text
    }

    /// Compares all of the run with a file of `tests/snapshots`.
    #[track_caller]
    pub(crate) fn matches(&self, snapshot: &str) {
        compare(&snapshots().join(format!("{snapshot}.txt")), &self.whole());
    }

    /// Done, and nothing to say.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.whole());
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.whole()))
    }

    /// Standard output as JSON rows of a report or trend.
    #[track_caller]
    pub(crate) fn json_rows(&self) -> Vec<serde_json::Value> {
        self.json()["rows"].as_array().expect("no rows").clone()
    }
}

/// Compares a text with a file; `SHH_UPDATE=1` writes the file instead.
#[track_caller]
pub(crate) fn compare(path: &Path, actual: &str) {
    let shown = path.strip_prefix(repository()).unwrap_or(path).display();
    if std::env::var_os("SHH_UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::read_to_string(path).ok().as_deref() != Some(actual) {
            fs::write(path, actual).unwrap();
        }
        return;
    }
    let expected = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{shown}: {error}; SHH_UPDATE=1 cargo test writes it:\n{actual}"));
    if expected != actual {
        panic!(
            "{shown} differs; SHH_UPDATE=1 cargo test rewrites it\n{}",
            difference(&expected, actual)
        );
    }
}

/// The lines from the first to the last that differ.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let front = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let back = old[front..]
        .iter()
        .rev()
        .zip(new[front..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let mut text = format!("@ line {}\n", front + 1);
    for line in &old[front..old.len() - back] {
        let _ = writeln!(text, "-{line}");
    }
    for line in &new[front..new.len() - back] {
        let _ = writeln!(text, "+{line}");
    }
    text
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The logs that Spark wrote.
pub(crate) fn testdata() -> PathBuf {
    repository().join("testdata/spark-events")
}

pub(crate) fn snapshots() -> PathBuf {
    repository().join("tests/snapshots")
}

/// Every file below a directory, relative to it and sorted.
pub(crate) fn files_below(directory: &Path) -> Vec<String> {
    fn walk(root: &Path, directory: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, files);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut files = Vec::new();
    walk(directory, directory, &mut files);
    files.sort();
    files
}

/// Copies a file, or a directory with all that is in it.
pub(crate) fn copy_tree(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_tree(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// Gives a file or directory a time in the past, so that nothing takes it for fresh.
pub(crate) fn age(path: &Path, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// Opens a database file for reading, without the program.
#[track_caller]
pub(crate) fn open_read_only(database: &Path) -> duckdb::Connection {
    let config = duckdb::Config::default()
        .access_mode(duckdb::AccessMode::ReadOnly)
        .and_then(|config| config.enable_autoload_extension(false))
        .unwrap();
    duckdb::Connection::open_with_flags(database, config).unwrap()
}

/// All rows of a query, their columns as text.
#[track_caller]
pub(crate) fn rows(conn: &duckdb::Connection, sql: &str) -> Vec<Vec<Option<String>>> {
    let text = format!("select columns(*)::varchar from ({sql})");
    let mut statement = conn
        .prepare(&text)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut rows = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let columns = row.as_ref().column_count();
        all.push((0..columns).map(|column| row.get(column).unwrap()).collect());
    }
    all
}

/// The database of everything in `testdata/spark-events`, made once for each run of the tests and never
/// written to. In it the logs lie in `/logs` and were read at noon, whatever this machine is.
pub(crate) fn fixture() -> &'static Path {
    static FIXTURE: OnceLock<PathBuf> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let directory = fixture_directory();
        let database = directory.join("fixture.duckdb");
        let env = Env::new().var("SHH_DATABASE", database.to_str().unwrap());
        // One thread: the order of rows, and with it the last digit of sums, is always the same.
        let ingest = env.run(&[
            "ingest",
            "--threads",
            "1",
            "--log-directory",
            testdata().to_str().unwrap(),
        ]);
        assert_eq!(ingest.code, 3, "{}", ingest.whole());
        let conn = duckdb::Connection::open(&database).unwrap();
        conn.execute(
            "update logs set path = replace(path, ?, '/logs')",
            [testdata().to_str().unwrap()],
        )
        .unwrap();
        conn.execute_batch("update ingests set finished = timestamp '2026-11-23 12:00:00'; checkpoint")
            .unwrap();
        conn.close().map_err(|(_, error)| error).unwrap();
        database
    })
}

/// A directory of this process, beside those of the processes that still live.
fn fixture_directory() -> PathBuf {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix("fixture-"));
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let directory = parent.join(format!("fixture-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    directory
}

impl Env {
    /// Writes the log of a cluster application to `logs/`, as if it had run so many days before 2026-11-23.
    /// `lived_days` more, and it started so much earlier.
    pub(crate) fn log_of_days_ago(&self, days: i64, lived_days: i64) -> PathBuf {
        const ORIGINAL: &str = "app-20261123003745-0000";
        const DAY_MS: i64 = 86_400_000;
        let text = fs::read_to_string(testdata().join(ORIGINAL)).unwrap();
        let time = regex::Regex::new(r"\b1795\d{9}\b").unwrap();
        let id = format!("app-{days}-{lived_days}");
        let mut log = String::new();
        for line in text.replace(ORIGINAL, &id).lines() {
            let is_start = ["ApplicationStart", "ExecutorAdded"]
                .iter()
                .any(|event| line.contains(&format!("\"SparkListener{event}\"")));
            let back_ms = DAY_MS * (days + if is_start { lived_days } else { 0 });
            let line = time.replace_all(line, |found: &regex::Captures| {
                (found[0].parse::<i64>().unwrap() - back_ms).to_string()
            });
            log.push_str(&line);
            log.push('\n');
        }
        self.directory("logs");
        let path = self.path("logs").join(id);
        fs::write(&path, log).unwrap();
        age(&path, 1_000);
        path
    }
}
