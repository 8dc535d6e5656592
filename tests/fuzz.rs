//! Bytes that no writer meant: through every codec, the event parser and the fold. Nothing panics, nothing
//! hangs, memory stays bounded.
//!
//! `SHH_FUZZ_ROUNDS` says how many inputs (20,000 by default, a million in `tests/run`). Each input follows
//! from its number alone, so that a failure can be repeated: `SHH_FUZZ_ONLY=NUMBER`.

use std::fs;
use std::io::Write;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use shh::decode::{Chunks, Codec, DecodeError, Decoder};
use shh::event::{Event, Parsed, parse, parse_scanned, parse_typed};
use shh::fold::{Fold, LogFacts};

use super::harness::{Env, testdata};

const CODECS: [Codec; 6] = [
    Codec::Plain,
    Codec::Zstd,
    Codec::Lz4,
    Codec::Snappy,
    Codec::Lzf,
    Codec::Gzip,
];

/// An input that takes longer hangs.
const LONGEST: Duration = Duration::from_secs(10);

/// Marsaglia's xorshift, from a number that was mixed well.
struct Random(u64);

impl Random {
    fn of(number: u64) -> Self {
        let mut random = Random((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[3]
    }

    fn of_list<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

// Packing

fn lz4_block(text: &[u8]) -> Vec<u8> {
    let packed = lz4_flex::block::compress(text);
    let checksum = if text.is_empty() {
        0
    } else {
        twox_hash::XxHash32::oneshot(0x9747_b28c, text) & 0x0fff_ffff
    };
    let class = u8::try_from(text.len().max(1024).next_power_of_two().ilog2() - 10).unwrap();
    let mut block = b"LZ4Block".to_vec();
    block.push(class | if text.is_empty() { 0x10 } else { 0x20 });
    let packed = if text.is_empty() { Vec::new() } else { packed };
    block.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
    block.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    block.extend(checksum.to_le_bytes());
    block.extend(packed);
    block
}

/// Packs as Spark would, `block` bytes at a time.
fn pack(codec: Codec, text: &[u8], block: usize) -> Vec<u8> {
    let blocks = text.chunks(block);
    match codec {
        Codec::Plain => text.to_vec(),
        Codec::Zstd => blocks
            .flat_map(|block| zstd::bulk::compress(block, 1).unwrap())
            .collect(),
        Codec::Lz4 => blocks.map(lz4_block).chain([lz4_block(b"")]).flatten().collect(),
        Codec::Snappy => {
            let mut packed = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
            for block in blocks {
                let block = snap::raw::Encoder::new().compress_vec(block).unwrap();
                packed.extend(u32::try_from(block.len()).unwrap().to_be_bytes());
                packed.extend(block);
            }
            packed
        }
        Codec::Lzf => blocks.flat_map(lzf_chunk).collect(),
        Codec::Gzip => blocks.flat_map(gzip_member).collect(),
    }
}

/// A packed chunk, with literals and with short and long back references.
fn lzf_chunk(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut literals = Vec::new();
    let flush = |literals: &mut Vec<u8>, packed: &mut Vec<u8>| {
        for run in literals.chunks(32) {
            packed.push(u8::try_from(run.len() - 1).unwrap());
            packed.extend(run);
        }
        literals.clear();
    };
    let mut at = 0;
    while at < text.len() {
        let matched = |from: usize| {
            text[from..]
                .iter()
                .zip(&text[at..])
                .take(264)
                .take_while(|(a, b)| a == b)
                .count()
        };
        let best = (at.saturating_sub(2000)..at)
            .map(|from| (matched(from), from))
            .max()
            .filter(|(length, _)| *length >= 3);
        let Some((length, from)) = best else {
            literals.push(text[at]);
            at += 1;
            continue;
        };
        flush(&mut literals, &mut packed);
        let (distance, length_code) = (at - from - 1, length - 2);
        let high = u8::try_from(distance >> 8).unwrap();
        if length_code < 7 {
            packed.push(u8::try_from(length_code << 5).unwrap() | high);
        } else {
            packed.extend([0xe0 | high, u8::try_from(length_code - 7).unwrap()]);
        }
        packed.push(u8::try_from(distance & 0xff).unwrap());
        at += length;
    }
    flush(&mut literals, &mut packed);
    let mut chunk = b"ZV\x01".to_vec();
    chunk.extend(u16::try_from(packed.len()).unwrap().to_be_bytes());
    chunk.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    chunk.extend(packed);
    chunk
}

fn gzip_member(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

// Harm

/// Bytes that mean something somewhere.
const WORDS: [&str; 30] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "0",
    "1e999",
    "1.5",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "99999999999999999999999",
    "{\"Event\":\"",
    "\n",
    "\r\n",
    "\"Event\"",
    "SparkListenerTaskEnd",
    "SparkListenerJobStart",
    "\u{feff}",
    "\0",
    ",\"Task E",
    "]}",
];

fn harm(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(11) {
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 => bytes[at] = random.byte(),
            3 => bytes[at] = *random.of_list(&[0, 0x7f, 0x80, 0xff, b'"', b'\n']),
            4 => bytes.truncate(at),
            5 => drop(bytes.drain(at..bytes.len().min(at + 1 + random.below(30)))),
            6 => bytes.insert(at, random.byte()),
            7 => drop(bytes.splice(at..at, random.of_list(&WORDS).bytes())),
            8 => {
                let end = bytes.len().min(at + 1 + random.below(60));
                let piece = bytes[at..end].to_vec();
                let to = random.below(bytes.len());
                bytes.splice(to..to, piece);
            }
            9 => change_number(bytes, at, random),
            _ => drop(bytes.splice(
                at..bytes.len().min(at + 4),
                random.next().to_le_bytes()[..4].to_vec(),
            )),
        }
    }
}

/// Replaces the next number behind `at`.
fn change_number(bytes: &mut Vec<u8>, at: usize, random: &mut Random) {
    let Some(start) = bytes[at..]
        .iter()
        .position(u8::is_ascii_digit)
        .map(|offset| at + offset)
    else {
        return;
    };
    let end = bytes[start..]
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map_or(bytes.len(), |offset| start + offset);
    let number = match random.below(6) {
        0 => "0".to_owned(),
        1 => "-1".to_owned(),
        2 => i64::MAX.to_string(),
        3 => i64::MIN.to_string(),
        4 => (random.next() % 7_000_000_000_000).to_string(),
        _ => (random.next() >> random.below(63)).to_string(),
    };
    bytes.splice(start..end, number.into_bytes());
}

// Inputs

/// Short lines of real logs, of many kinds, in the order of the log.
fn lines() -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for log in [
        "app-20261123003745-0000",
        "local-1795395144482",
        "app-20261123005709-0000_1",
    ] {
        let bytes = fs::read(testdata().join(log)).unwrap();
        lines.extend(
            bytes
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty() && line.len() < 4000)
                .map(<[u8]>::to_vec),
        );
    }
    assert!(lines.len() > 50, "{}", lines.len());
    lines
}

fn start() -> &'static [u8] {
    br#"{"Event":"SparkListenerApplicationStart","App Name":"a","App ID":"application_1_1","Timestamp":1795394243526,"User":"u"}"#
}

/// Decodes, cuts, parses and folds; answers how many events there were.
fn digest(bytes: &[u8], hint: Option<Codec>, line_limit: usize) -> usize {
    let mut chunks = Chunks::new(Decoder::new(bytes, hint), 512, line_limit);
    let mut fold = Fold::new();
    let mut chunk = Vec::new();
    let mut events = 0;
    loop {
        match chunks.next_chunk(&mut chunk) {
            Ok(true) => {}
            Ok(false) => break,
            Err(DecodeError::Io(error)) => panic!("there is no file: {error}"),
            Err(_) => break,
        }
        assert!(!chunk.is_empty());
        for line in chunk.split(|byte| *byte == b'\n') {
            assert!(line.len() <= line_limit, "a line over the limit");
            if let Some(event) = read(line) {
                fold.apply(&event);
                events += 1;
            }
        }
    }
    let _ = fold.finish(LogFacts::default());
    events
}

/// One line, by both readings; where both answer they agree.
fn read(line: &[u8]) -> Option<Event<'_>> {
    if let (Some(scanned), Parsed::Event(typed)) = (parse_scanned(line), parse_typed(line)) {
        assert!(scanned == typed, "{}", String::from_utf8_lossy(line));
    }
    match parse(line) {
        Parsed::Event(event) => Some(event),
        Parsed::Malformed(reason) => {
            assert!(reason.len() < 200, "{reason}");
            None
        }
    }
}

/// Calls `one` with each number, on all cores, and ends the process if one of them hangs.
fn rounds(name: &str, one: impl Fn(u64) + Sync) {
    if let Some(only) = std::env::var("SHH_FUZZ_ONLY")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        return one(only);
    }
    let rounds: u64 = std::env::var("SHH_FUZZ_ROUNDS")
        .ok()
        .map_or(20_000, |text| text.parse().expect("SHH_FUZZ_ROUNDS"));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let next = AtomicU64::new(0);
    let is_done = AtomicBool::new(false);
    // Of each thread the number it is at.
    let places: Vec<AtomicU64> = (0..threads).map(|_| AtomicU64::new(u64::MAX)).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = places
            .iter()
            .map(|place| {
                let (next, one) = (&next, &one);
                scope.spawn(move || {
                    let _at_the_end = Leave(place);
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= rounds {
                            return;
                        }
                        place.store(number, Ordering::Relaxed);
                        if let Err(panic) =
                            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| one(number)))
                        {
                            eprintln!("{name}: input {number}");
                            next.store(rounds, Ordering::Relaxed);
                            std::panic::resume_unwind(panic);
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| watch(name, &places, &is_done));
        let outcomes: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        is_done.store(true, Ordering::Relaxed);
        outcomes
            .into_iter()
            .for_each(|outcome| outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
    });
}

struct Leave<'a>(&'a AtomicU64);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

fn watch(name: &str, places: &[AtomicU64], is_done: &AtomicBool) {
    let mut seen: Vec<(u64, Instant)> = places.iter().map(|_| (u64::MAX, Instant::now())).collect();
    while !is_done.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        for (place, seen) in places.iter().zip(&mut seen) {
            let number = place.load(Ordering::Relaxed);
            if number != seen.0 {
                *seen = (number, Instant::now());
            } else if number != u64::MAX && seen.1.elapsed() > LONGEST {
                eprintln!("{name}: input {number} hangs");
                std::process::abort();
            }
        }
    }
}

#[test]
fn no_bytes_hurt_a_codec() {
    let lines = lines();
    let packed: Vec<(Codec, Vec<u8>)> = CODECS
        .into_iter()
        .flat_map(|codec| {
            let text = [start(), &lines[8], &lines[9], &lines[20], &lines[21], b""].join(&b'\n');
            [300, 5000].map(|block| (codec, pack(codec, &text, block)))
        })
        .collect();
    for (codec, bytes) in &packed {
        assert!(digest(bytes, None, 1 << 20) >= 4, "{codec:?} is packed wrongly");
    }
    rounds("no_bytes_hurt_a_codec", |number| {
        let mut random = Random::of(number);
        let (codec, bytes) = &packed[usize::try_from(number).unwrap() % packed.len()];
        let mut bytes = bytes.clone();
        match random.below(10) {
            // Nothing but its first bytes is real.
            0 => {
                bytes.truncate(9 + random.below(16));
                bytes.extend((0..random.below(400)).map(|_| random.byte()));
            }
            1 => bytes.truncate(random.below(bytes.len())),
            2 => {
                let (_, other) = random.of_list(&packed);
                let at = random.below(bytes.len());
                bytes.splice(at.., other[random.below(other.len())..].iter().copied());
            }
            3 => bytes = (0..random.below(300)).map(|_| random.byte()).collect(),
            _ => harm(&mut bytes, &mut random),
        }
        digest(&bytes, Some(*codec), *random.of_list(&[50, 3000, 1 << 20]));
    });
}

#[test]
fn no_line_hurts_the_parser_or_the_fold() {
    let lines = lines();
    rounds("no_line_hurts_the_parser_or_the_fold", |number| {
        let mut random = Random::of(number);
        let mut fold = Fold::new();
        if let Some(event) = read(start()) {
            fold.apply(&event);
        }
        // A piece of a log, some of it harmed.
        let from = random.below(lines.len());
        for line in lines.iter().skip(from).take(2 + random.below(8)) {
            let mut line = line.clone();
            match random.below(8) {
                0 => {}
                1 => {
                    line = (0..random.below(60))
                        .flat_map(|_| random.of_list(&WORDS).bytes())
                        .collect()
                }
                2 => {
                    line.truncate(random.below(line.len()));
                    line.extend(random.of_list(&lines));
                }
                3 | 4 => {
                    for _ in 0..=random.below(6) {
                        let at = random.below(line.len());
                        change_number(&mut line, at, &mut random);
                    }
                }
                _ => harm(&mut line, &mut random),
            }
            for line in line.split(|byte| *byte == b'\n') {
                if let Some(event) = read(line) {
                    fold.apply(&event);
                }
            }
        }
        if let Some(rows) = fold.finish(LogFacts {
            in_progress: random.below(2) == 0,
            compacted: random.below(2) == 0,
        }) {
            let app = &rows.app;
            assert!(app.end >= app.start && app.dur_s >= 0.0, "{app:?}");
            for value in [
                Some(app.busy_core_h),
                app.alloc_core_h,
                app.idle_core_h,
                app.alloc_gib_h,
                Some(app.wasted_core_h),
            ] {
                assert!(value.is_none_or(f64::is_finite), "{app:?}");
            }
            // Three years of hours: what one application may fill.
            assert!(rows.usage.len() < 200_000, "{} hours", rows.usage.len());
        }
    });
}

#[test]
fn deep_nesting_overflows_no_stack() {
    for depth in [200, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(matches!(parse(nested.as_bytes()), Parsed::Malformed(_)));
            for event in [
                "SparkListenerTaskEnd",
                "SparkListenerJobStart",
                "SparkListenerEnvironmentUpdate",
                "org.other.Event",
            ] {
                for key in [
                    "x",
                    "Task Info",
                    "Properties",
                    "Spark Properties",
                    "Timestamp",
                    "time",
                    "Stage IDs",
                ] {
                    let line = format!(r#"{{"Event":"{event}","Stage ID":0,"Job ID":0,"{key}":{nested}}}"#);
                    let _ = read(line.as_bytes());
                }
            }
            let late = format!(r#"{{"x":{nested},"Event":"SparkListenerApplicationEnd","Timestamp":1}}"#);
            let _ = read(late.as_bytes());
        }
    }
}

#[test]
fn a_malformed_line_is_described_without_its_content() {
    for line in [
        r#"{"Event":"SparkListenerTaskEnd","Stage ID":"hunter2"}"#,
        r#"{"Event":"SparkListenerJobStart","Job ID":0,"Stage IDs":["hunter2"]}"#,
        r#"{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":"hunter2"}"#,
        r#"{"Event":"SparkListenerApplicationStart","Timestamp":true,"hunter2":hunter2}"#,
        r#"hunter2"#,
    ] {
        match parse(line.as_bytes()) {
            Parsed::Malformed(reason) => assert!(!reason.contains("hunter2"), "{reason}"),
            Parsed::Event(event) => panic!("{event:?}"),
        }
    }
}

// Bombs

const GIB: u64 = 1 << 30;

/// A GiB of one byte, packed.
fn bomb(codec: Codec, byte: u8) -> Vec<u8> {
    let piece = vec![byte; 1 << 20];
    let pieces = GIB / piece.len() as u64;
    match codec {
        Codec::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
            (0..pieces).for_each(|_| encoder.write_all(&piece).unwrap());
            encoder.finish().unwrap()
        }
        Codec::Gzip => {
            // Members of 16 MiB, one after the other, so that packing takes no longer than one of them.
            let member = gzip_member(&vec![byte; 16 << 20]);
            member.repeat(usize::try_from(GIB >> 24).unwrap())
        }
        Codec::Lz4 => lz4_block(&piece).repeat(usize::try_from(pieces).unwrap()),
        other => panic!("no bomb of {other:?}"),
    }
}

/// Ingests a log and answers the exit code, what was said, and the most memory the process ever had.
fn ingest_watched(codec: Codec, byte: u8) -> (i32, String, u64) {
    let env = Env::new();
    fs::write(
        env.directory("logs").join(format!("bomb.{}", codec.name())),
        bomb(codec, byte),
    )
    .unwrap();
    let args = [
        "ingest",
        "-l",
        "logs",
        "--threads",
        "1",
        "--line-limit",
        "1MiB",
        "--memory-limit",
        "64MiB",
        "--format",
        "json",
    ];
    let mut child = env
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut peak_kib = 0;
    while child.try_wait().unwrap().is_none() {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let high = status.lines().find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .strip_suffix(" kB")?
                .parse()
                .ok()
        });
        peak_kib = peak_kib.max(high.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (
        output.status.code().expect("ended by a signal"),
        text,
        peak_kib << 10,
    )
}

#[test]
fn a_gib_of_zeros_is_one_line_too_long() {
    for codec in [Codec::Zstd, Codec::Gzip, Codec::Lz4] {
        let (code, text, peak_bytes) = ingest_watched(codec, 0);
        assert_eq!(code, 3, "{codec:?}: {text}");
        assert!(
            text.contains(&format!("\"bytes_read\":{GIB}")),
            "{codec:?}: {text}"
        );
        assert!(
            text.contains("1 lines are longer than the limit"),
            "{codec:?}: {text}"
        );
        assert!(
            peak_bytes > 0 && peak_bytes < 200 << 20,
            "{codec:?}: {} MiB",
            peak_bytes >> 20
        );
    }
}

#[test]
fn a_gib_of_line_ends_is_nothing() {
    let (code, text, peak_bytes) = ingest_watched(Codec::Zstd, b'\n');
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("not an event log"), "{text}");
    assert!(
        peak_bytes > 0 && peak_bytes < 200 << 20,
        "{} MiB",
        peak_bytes >> 20
    );
}

#[test]
fn a_declared_size_is_not_believed() {
    // Headers that promise gigabytes, and nothing behind them.
    let promises: [(Codec, &[u8]); 5] = [
        (
            Codec::Lz4,
            b"LZ4Block\x2f\xff\xff\xff\x7f\xff\xff\xff\x7f\0\0\0\0",
        ),
        (
            Codec::Snappy,
            b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\x7f\xff\xff\xff\xff\xff\xff\xff\x07",
        ),
        (Codec::Lzf, b"ZV\x01\xff\xff\xff\xff"),
        (Codec::Zstd, b"\x28\xb5\x2f\xfd\x00\xff\xff\xff\xff"),
        (
            Codec::Zstd,
            b"\x28\xb5\x2f\xfd\xe4\xff\xff\xff\xff\xff\xff\xff\x7f",
        ),
    ];
    for (codec, bytes) in promises {
        let mut out = Vec::new();
        let result = Decoder::new(bytes, Some(codec)).fill(&mut out, 1);
        assert!(result.is_err(), "{codec:?}");
        assert!(out.capacity() < 64 << 20, "{codec:?}: {} bytes", out.capacity());
    }
}
