//! Each module of `src` holds to its row in the table of ARCHITECTURE.md: what it may use, what it must not
//! know. Tests and comments inside of `src` may say what they like.

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use regex::Regex;

use super::harness::{files_below, repository};

/// The code of every file of `src`, without comments, without tests.
fn sources() -> &'static BTreeMap<String, String> {
    static SOURCES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let root = repository().join("src");
        let all: BTreeMap<String, String> = files_below(&root)
            .into_iter()
            .map(|file| {
                let text = fs::read_to_string(root.join(&file)).unwrap();
                (file, text)
            })
            .collect();
        let of_tests = Regex::new(r"#\[cfg\(test\)\]\s+(?:pub(?:\([a-z]+\))? )?mod ([a-z_]+);").unwrap();
        let is_test = |file: &str| {
            let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
            let parent = if folder.is_empty() {
                "lib.rs".to_owned()
            } else {
                format!("{folder}/mod.rs")
            };
            let declared = all.get(&parent).map(String::as_str).unwrap_or_default();
            of_tests
                .captures_iter(declared)
                .any(|found| format!("{}.rs", &found[1]) == name)
        };
        let sources: BTreeMap<String, String> = all
            .iter()
            .filter(|(file, _)| !is_test(file))
            .map(|(file, text)| (file.clone(), code(text)))
            .collect();
        assert!(
            sources.len() > 60 && sources.len() < all.len(),
            "{} of {}",
            sources.len(),
            all.len()
        );
        sources
    })
}

/// What is compiled into the program: up to the tests at a file's foot, comments left out.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    text.lines()
        .filter(|line| !is_comment(line))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The first folder of a file below `src`, or its name without `.rs`.
fn module(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Files of these modules, all if there are none, must not match the pattern, except those named.
#[track_caller]
fn forbid(modules: &[&str], pattern: &str, except: &[&str]) {
    let regex = Regex::new(pattern).unwrap();
    let mut looked_at = 0;
    for (file, code) in sources() {
        let is_meant = modules.is_empty() || modules.contains(&module(file));
        if is_meant && !except.contains(&file.as_str()) {
            looked_at += 1;
            for line in code.lines() {
                assert!(!regex.is_match(line), "src/{file}: {pattern}\n{line}");
            }
        }
    }
    assert!(looked_at > 0, "no file of {modules:?}");
    for file in except {
        assert!(
            sources().get(*file).is_some_and(|code| regex.is_match(code)),
            "src/{file} needs no exception from {pattern}"
        );
    }
}

/// What each module uses of the others.
const USES: [(&str, &[&str]); 19] = [
    ("cli", &[]),
    (
        "command",
        &[
            "cli", "env", "error", "fold", "ingest", "naming", "number", "query", "render", "serve",
            "settings", "source", "store", "ui",
        ],
    ),
    ("decode", &[]),
    ("env", &[]),
    ("error", &[]),
    ("event", &[]),
    ("fold", &["event"]),
    (
        "ingest",
        &[
            "decode", "error", "event", "fold", "naming", "number", "settings", "source", "store",
        ],
    ),
    ("naming", &["error", "fold", "settings"]),
    ("number", &[]),
    ("query", &["error", "fold", "settings", "store"]),
    ("render", &["number", "query"]),
    ("replay", &["event"]),
    (
        "serve",
        &[
            "cli", "decode", "error", "event", "ingest", "number", "query", "render", "replay", "settings",
            "source", "store", "ui",
        ],
    ),
    ("settings", &["cli", "env", "error"]),
    ("source", &["settings"]),
    ("store", &["error", "fold"]),
    ("ui", &["render", "settings"]),
    ("lib", &[]),
];

#[test]
fn data_flows_one_way() {
    let path = Regex::new(r"crate::(?:\{([^}]*)\}|([a-z_]+))").unwrap();
    for (file, code) in sources()
        .iter()
        .filter(|(file, _)| *file != "main.rs" && *file != "lib.rs")
    {
        let own = module(file);
        let (_, allowed) = USES
            .iter()
            .find(|(name, _)| *name == own)
            .unwrap_or_else(|| panic!("src/{own} has no row"));
        for found in path.captures_iter(code) {
            let names = found.get(1).or(found.get(2)).unwrap().as_str();
            for name in names
                .split(',')
                .map(|name| name.trim().split("::").next().unwrap_or_default())
            {
                assert!(
                    name == own || allowed.contains(&name),
                    "src/{file} uses crate::{name}"
                );
            }
        }
    }
}

#[test]
fn every_row_is_of_a_module_and_every_use_is_used() {
    let all: BTreeMap<&str, String> = sources().iter().fold(BTreeMap::new(), |mut all, (file, code)| {
        all.entry(module(file)).or_insert_with(String::new).push_str(code);
        all
    });
    for (name, uses) in USES {
        let code = all.get(name).unwrap_or_else(|| panic!("there is no src/{name}"));
        for used in uses {
            let is_used = code.contains(&format!("crate::{used}")) || code.contains(&format!(" {used}::"));
            assert!(is_used, "src/{name} need not be allowed crate::{used}");
        }
    }
}

#[test]
fn only_store_and_query_know_duckdb() {
    let others: Vec<&str> = USES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !["store", "query"].contains(name))
        .collect();
    forbid(&others, r"duckdb::|\bDuckDB\w*::|use duckdb", &[]);
}

#[test]
fn one_place_opens_databases() {
    forbid(
        &[],
        r"Connection::open|open_with_flags|open_in_memory",
        &["store/mod.rs"],
    );
}

#[test]
fn what_computes_does_no_input_or_output() {
    let pure = [
        "event", "fold", "replay", "render", "number", "cli", "env", "error",
    ];
    forbid(
        &pure,
        r"std::fs|std::net|std::env|std::thread|tokio|File::|std::path",
        &[
            "cli/export.rs",
            "cli/global.rs",
            "cli/remote.rs",
            "cli/result.rs",
            "cli/serve.rs",
        ],
    );
    forbid(
        &["decode"],
        r"std::fs|std::net|std::env|std::thread|std::path|tokio|File::",
        &[],
    );
    forbid(
        &["query"],
        r"std::fs|std::net|std::env|std::thread|tokio|File::",
        &[],
    );
    forbid(&["event", "fold", "replay"], r"std::io|duckdb", &[]);
    // The end of a fold is spread over the workers that wait for it; what comes out does not depend on them.
    forbid(
        &["event", "fold", "replay"],
        "rayon",
        &["fold/finish.rs", "fold/stages.rs"],
    );
}

#[test]
fn what_computes_does_not_know_the_time_of_day() {
    forbid(
        &[
            "decode", "event", "fold", "replay", "render", "store", "cli", "number",
        ],
        r"SystemTime|Timestamp::now|Zoned::now",
        &[],
    );
    forbid(&["decode", "event", "fold", "replay", "render"], r"Instant", &[]);
}

#[test]
fn decode_does_not_know_spark() {
    forbid(
        &["decode"],
        r"SparkListener|eventlog_v2|appstatus|serde_json",
        &[],
    );
}

#[test]
fn source_does_not_know_what_a_log_says() {
    forbid(&["source"], r"SparkListener|serde_json|zstd|Codec", &[]);
}

#[test]
fn event_does_not_know_files() {
    forbid(
        &["event"],
        r"\.inprogress|eventlog_v2|\.compact|Codec::|Chunks::",
        &[],
    );
}

#[test]
fn render_does_not_know_how_tables_are_made() {
    forbid(&["render"], r"Session|Parameters|select_|anyhow", &[]);
}

#[test]
fn only_the_ui_prints() {
    forbid(&[], r"\b(println|eprintln|print|eprint|dbg)!", &[]);
    forbid(&[], r"stdout\(\)|stderr\(\)", &["ui.rs"]);
}

#[test]
fn one_place_reads_the_environment() {
    forbid(&[], r"env::vars?(_os)?\(", &["settings/environment.rs"]);
}

#[test]
fn sql_lives_in_queries() {
    forbid(
        &[],
        r#"(?i)"\s*(select\s|insert into|update \w+\s+set|delete from|create (or|table|temp|view|macro)|alter table|drop (table|view)|with \w+ as|pragma\s|copy \w+ (to|from) ')"#,
        &[],
    );
    forbid(
        &[
            "fold", "event", "decode", "render", "serve", "ingest", "command", "source",
        ],
        r"include_str!\(.*queries/",
        &[],
    );
}

#[test]
fn no_log_becomes_a_tree_of_values() {
    forbid(
        &["decode", "event", "fold", "ingest", "store"],
        r"serde_json::Value|json!\(",
        &[],
    );
}

#[test]
fn strangers_bytes_cannot_make_it_panic() {
    forbid(
        &["decode", "event", "fold", "replay", "source"],
        r"\.unwrap\(\)|\.expect\(|panic!|unreachable!|todo!|unimplemented!",
        &[],
    );
}

#[test]
fn unsafe_code_is_one_empty_block() {
    forbid(&[], r"\bunsafe\b", &["lib.rs"]);
    assert_eq!(sources()["lib.rs"].matches("unsafe extern \"C\" {}").count(), 1);
}

#[test]
fn every_file_says_what_it_is() {
    for folder in ["src", "tests"] {
        let root = repository().join(folder);
        for file in files_below(&root).iter().filter(|file| file.ends_with(".rs")) {
            let text = fs::read_to_string(root.join(file)).unwrap();
            assert!(text.starts_with("//! "), "{folder}/{file} has no header");
        }
    }
    for file in files_below(&repository().join("queries")) {
        if file == "README.md" {
            continue;
        }
        let text = fs::read_to_string(repository().join("queries").join(&file)).unwrap();
        assert!(
            file.starts_with("store/") || text.starts_with("-- "),
            "queries/{file} has no header"
        );
    }
}
