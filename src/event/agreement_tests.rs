//! The scanner against the typed parser, on everything in `testdata` and on harmed copies of it: wherever
//! the scanner answers, both say the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{Event, Parsed, detail, parse_scanned, parse_typed};
use crate::decode::{Chunks, Codec, Decoder};

fn files_below(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The lines of every file below `testdata/spark-events`, of damaged ones as far as they go.
fn logs() -> Vec<Vec<Vec<u8>>> {
    let mut files = Vec::new();
    files_below(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/spark-events"),
        &mut files,
    );
    files.sort();
    let logs: Vec<Vec<Vec<u8>>> = files
        .iter()
        .map(|path| {
            let hint = Codec::from_name(path.file_name().unwrap().to_str().unwrap());
            let mut chunks = Chunks::new(Decoder::new(File::open(path).unwrap(), hint), 1 << 20, 1 << 28);
            let (mut lines, mut chunk) = (Vec::new(), Vec::new());
            while let Ok(true) = chunks.next_chunk(&mut chunk) {
                lines.extend(
                    chunk
                        .split(|byte| *byte == b'\n')
                        .filter(|line| !line.is_empty())
                        .map(<[u8]>::to_vec),
                );
            }
            lines
        })
        .collect();
    assert!(logs.len() > 50 && logs.iter().map(Vec::len).sum::<usize>() > 3000);
    logs
}

fn text(line: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(line).chars().take(3000).collect();
    shown
}

/// Both readings are equal if both exist. True if the scanner had one. What a replay reads of the line is held
/// against its own typed parser.
#[track_caller]
fn agree(line: &[u8]) -> bool {
    detail::scan::agrees(line);
    let Some(scanned) = parse_scanned(line) else {
        return false;
    };
    if let Parsed::Event(typed) = parse_typed(line) {
        assert!(
            scanned == typed,
            "scanned {scanned:?}\n  typed {typed:?}\n   line {}",
            text(line)
        );
        if let Event::StageCompleted(info) = &typed {
            // An object whose number stands there twice, as a cut can make it, is none to the typed parser.
            let parsed = info.accumulables.parsed_ids();
            assert!(
                parsed.is_empty() || info.accumulables.ids() == parsed,
                "{}",
                text(line)
            );
        }
    }
    true
}

const HOT: [&str; 5] = [
    "TaskEnd",
    "TaskStart",
    "StageSubmitted",
    "StageCompleted",
    "JobStart",
];

fn name(line: &[u8]) -> Option<&str> {
    let rest = line.strip_prefix(b"{\"Event\":\"SparkListener")?;
    std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
}

#[test]
fn scanner_and_typed_parser_agree_on_every_line() {
    let mut scanned = 0;
    for line in logs().iter().flatten() {
        if agree(line) {
            scanned += 1;
            assert!(
                matches!(parse_typed(line), Parsed::Event(_)),
                "scanned, but malformed: {}",
                text(line)
            );
        }
    }
    assert!(scanned > 1000, "{scanned}");
}

#[test]
fn tasks_take_the_fast_way_in_a_replay_too() {
    let logs = logs();
    let is_success = |line: &&Vec<u8>| {
        name(line) == Some("TaskStart")
            || (name(line) == Some("TaskEnd")
                && memchr::memmem::find(line, br#""Reason":"Success""#).is_some())
    };
    let tasks: Vec<&Vec<u8>> = logs.iter().flatten().filter(is_success).collect();
    let fast = tasks.iter().filter(|line| detail::scan::agrees(line)).count();
    assert!(
        tasks.len() > 1000 && fast * 100 >= tasks.len() * 90,
        "{fast} of {}",
        tasks.len()
    );
}

#[test]
fn hot_events_of_spark_4_take_the_fast_way() {
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let logs = logs();
    for log in &logs {
        let is_4 = matches!(
            log.first().map(|line| parse_typed(line)),
            Some(Parsed::Event(Event::LogStart { spark_version })) if spark_version.starts_with("4.")
        );
        for line in log.iter().filter(|_| is_4) {
            if let Some(name) = name(line).filter(|name| HOT.contains(name)) {
                let (all, fast) = counts.entry(name).or_default();
                *all += 1;
                *fast += u32::from(parse_scanned(line).is_some());
            }
        }
    }
    assert_eq!(counts.len(), HOT.len(), "{counts:?}");
    let (all, fast) = counts
        .values()
        .fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(
        all > 1000 && fast * 100 >= all * 95,
        "{fast} of {all}: {counts:?}"
    );
    for (name, (all, fast)) in &counts {
        assert!(fast * 100 >= all * 90, "{name}: {fast} of {all}");
    }
}

/// Lines that the scanner reads, a few of each kind and log, so that mutations are spread over all kinds.
fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<Vec<u8>> = Vec::new();
    for log in logs() {
        let mut taken: BTreeMap<String, u32> = BTreeMap::new();
        for line in log {
            if line.len() > 20_000 || parse_scanned(&line).is_none() {
                continue;
            }
            let kind = String::from_utf8_lossy(&line[..line.len().min(70)])
                .chars()
                .filter(|c| c.is_alphabetic())
                .collect();
            let taken = taken.entry(kind).or_default();
            *taken += 1;
            if *taken <= 2 {
                samples.push(line);
            }
        }
    }
    assert!(samples.len() > 200, "{}", samples.len());
    samples
}

/// Marsaglia's xorshift: the same harm in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Where the `"name":` of each key of the line stands, nested ones included.
fn keys(line: &[u8]) -> Vec<(usize, usize)> {
    let mut keys = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'"', &line[at..]).map(|offset| at + offset) {
        let mut end = start + 1;
        while end < line.len() && line[end] != b'"' {
            end += 1 + usize::from(line[end] == b'\\');
        }
        if end >= line.len() {
            break;
        }
        if line.get(end + 1) == Some(&b':') {
            keys.push((start, end + 1));
        }
        at = end + 1;
    }
    keys
}

/// Where the `,"name":scalar` of each key with a number, a word or a plain string stands.
fn scalar_pairs(line: &[u8]) -> Vec<(usize, usize)> {
    let value_end = |at: usize| match *line.get(at)? {
        b'"' => {
            let end = at + 1 + memchr::memchr2(b'"', b'\\', &line[at + 1..])?;
            (line[end] == b'"').then_some(end + 1)
        }
        b'{' | b'[' => None,
        _ => line[at..]
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b']'))
            .map(|offset| at + offset),
    };
    keys(line)
        .into_iter()
        .filter(|(start, _)| *start > 0 && line[start - 1] == b',')
        .filter_map(|(start, end)| Some((start - 1, value_end(end + 1)?)))
        .collect()
}

#[expect(
    clippy::ptr_arg,
    reason = "one of several mutations, which may change the length"
)]
fn flip(line: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(line.len());
    line[at] ^= 1 << random.below(8);
}

fn cut(line: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(line.len());
    let count = 1 + random.below(40);
    line.drain(at..line.len().min(at + count));
}

fn change_digit(line: &mut Vec<u8>, random: &mut Random) {
    let digits: Vec<usize> = (0..line.len()).filter(|at| line[*at].is_ascii_digit()).collect();
    let at = digits[random.below(digits.len())];
    match random.below(5) {
        0 => drop(line.splice(at..at, *b"99999999999999999999")),
        1 => line.insert(at, b'-'),
        2 => line.insert(at + 1, b'.'),
        3 => line.insert(at + 1, b'e'),
        _ => line[at] = b'0' + u8::try_from(random.below(10)).unwrap(),
    }
}

fn swap_keys(line: &mut Vec<u8>, random: &mut Random) {
    let keys = keys(line);
    let (a, b) = (keys[random.below(keys.len())], keys[random.below(keys.len())]);
    let (a, b) = (a.min(b), a.max(b));
    if a.1 <= b.0 {
        let (first, second) = (line[a.0..a.1].to_vec(), line[b.0..b.1].to_vec());
        line.splice(b.0..b.1, first);
        line.splice(a.0..a.1, second);
    }
}

/// Moves or copies a pair to another place where a pair may stand.
fn move_pair(line: &mut Vec<u8>, random: &mut Random, copies: bool) {
    let pairs = scalar_pairs(line);
    if pairs.is_empty() {
        return;
    }
    let (start, end) = pairs[random.below(pairs.len())];
    let pair = line[start..end].to_vec();
    if !copies {
        line.drain(start..end);
    }
    let places = scalar_pairs(line);
    if let Some((_, end)) = places.get(random.below(places.len())) {
        line.splice(end..end, pair);
    }
}

fn mutations(rounds: usize, mutate: impl Fn(&mut Vec<u8>, &mut Random)) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut scanned, mut tried) = (0, 0);
    for sample in samples() {
        for _ in 0..rounds {
            let mut line = sample.clone();
            mutate(&mut line, &mut random);
            scanned += u32::from(agree(&line));
            tried += 1;
        }
    }
    // Harm to what is jumped over is not seen, so some of them must have been read.
    assert!(scanned > 0 && scanned < tried, "{scanned} of {tried}");
}

#[test]
fn readings_agree_after_a_flipped_bit() {
    mutations(300, flip);
}

#[test]
fn readings_agree_after_a_cut_within_the_line() {
    mutations(150, cut);
}

#[test]
fn readings_agree_after_changed_digits() {
    mutations(300, change_digit);
}

#[test]
fn readings_agree_after_keys_changed_places() {
    mutations(100, swap_keys);
}

#[test]
fn readings_agree_after_a_pair_has_moved() {
    mutations(200, |line, random| move_pair(line, random, false));
}

#[test]
fn readings_agree_after_a_pair_is_given_twice() {
    mutations(200, |line, random| move_pair(line, random, true));
}

#[test]
fn two_lines_run_together_are_never_scanned() {
    let samples = samples();
    let mut random = Random(4711);
    for first in &samples {
        for _ in 0..150 {
            let second = &samples[random.below(samples.len())];
            let head = 1 + random.below(first.len());
            let tail = if random.below(2) == 0 {
                second.len()
            } else {
                1 + random.below(second.len())
            };
            for head in [head, first.len()] {
                let line = [&first[..head], &second[..tail]].concat();
                let seam = String::from_utf8_lossy(&line[head.saturating_sub(200)..]);
                assert!(
                    parse_scanned(&line).is_none(),
                    "cut at {head} of {}: ...{seam}",
                    first.len()
                );
            }
        }
    }
}

#[test]
fn a_line_with_anything_behind_it_is_never_scanned() {
    for sample in samples() {
        for behind in [
            "x",
            "]",
            "\u{0}",
            "{\"Event\":\"x\"}",
            ",{\"Event\":\"SparkListenerTaskStart\"}}",
        ] {
            let line = [sample.as_slice(), behind.as_bytes()].concat();
            assert!(parse_scanned(&line).is_none(), "{behind}: {}", text(&line));
        }
    }
}

#[test]
fn properties_given_twice_read_the_same() {
    let start = r#"{"Event":"SparkListenerJobStart","Job ID":0,"Submission Time":1,"Stage Infos":[],"Stage IDs":[0],"#;
    for properties in [
        r#""Properties":{"spark.jobGroup.id":"a","spark.jobGroup.id":"b"}}"#,
        r#""Properties":{"spark.job.description":"a","x":"y","spark.job.description":"b"}}"#,
        r#""Properties":{"spark.sql.execution.id":"1","spark.sql.execution.id":"2"}}"#,
        r#""Other":1,"Properties":{"spark.jobGroup.id":"a"}}"#,
        r#""Properties":{"x":"y"},"More":{"spark.jobGroup.id":"a"}}"#,
    ] {
        let line = format!("{start}{properties}");
        assert!(
            matches!(parse_typed(line.as_bytes()), Parsed::Event(Event::JobStart(_))),
            "{line}"
        );
        agree(line.as_bytes());
    }
}
