//! Hadoop's file of delegation tokens, as far as it has to be known beforehand: whether it is whole, and for
//! which services it has tokens. The client library panics at a cut file and passes over a wrong service.

use std::fs;
use std::path::Path;

use crate::source::remote::{Fault, RemoteError};

/// The services that a file has tokens for, such as `127.0.0.1:8020` or `ha-hdfs:prod`.
///
/// # Errors
/// When there is no such file, or it is damaged.
pub(super) fn services(path: &Path) -> Result<Vec<String>, RemoteError> {
    let unusable = |reason: &str| {
        RemoteError::new(
            Fault::Permanent,
            format!("the file of delegation tokens `{}` {reason}", path.display()),
        )
        .hint("HADOOP_TOKEN_FILE_LOCATION names it: get new tokens (hdfs fetchdt), or unset it")
    };
    let bytes = fs::read(path).map_err(|error| unusable(&format!("cannot be read: {error}")))?;
    let cut = "is damaged: it ends too early";
    match bytes.get(..5) {
        Some([b'H', b'D', b'T', b'S', 0]) => writable(&bytes[5..]).ok_or_else(|| unusable(cut)),
        Some([b'H', b'D', b'T', b'S', 1]) => protobuf(&bytes[5..]).ok_or_else(|| unusable(cut)),
        Some([b'H', b'D', b'T', b'S', _]) => Err(unusable("is of an unknown format")),
        Some(_) => Err(unusable("is no file of tokens")),
        None => Err(unusable(cut)),
    }
}

/// Java's form: counts and lengths as variable-length integers.
fn writable(mut bytes: &[u8]) -> Option<Vec<String>> {
    let count = vlong(&mut bytes)?;
    let mut services = Vec::new();
    for _ in 0..count {
        // Alias, identifier, password, kind.
        for _ in 0..4 {
            take(&mut bytes)?;
        }
        services.push(String::from_utf8_lossy(take(&mut bytes)?).into_owned());
    }
    Some(services)
}

fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(vlong(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn vlong(bytes: &mut &[u8]) -> Option<i64> {
    let (first, mut rest) = bytes.split_first()?;
    let first = first.cast_signed();
    let mut value = i64::from(first);
    if first < -112 {
        let is_negative = first < -120;
        let length = i32::from(if is_negative { -120 - first } else { -112 - first });
        value = 0;
        for _ in 0..length {
            let (byte, behind) = rest.split_first()?;
            value = (value << 8) | i64::from(*byte);
            rest = behind;
        }
        if is_negative {
            value = !value;
        }
    }
    *bytes = rest;
    Some(value)
}

/// The form of newer tools: messages within a message. Only the services are looked at: the token is the
/// second field of each entry, its service the fourth of the token.
fn protobuf(mut bytes: &[u8]) -> Option<Vec<String>> {
    let length = usize::try_from(varint(&mut bytes)?).ok()?;
    let mut storage = bytes.get(..length)?;
    let mut services = Vec::new();
    while let Some((field, entry)) = field(&mut storage)? {
        if field != 1 {
            continue;
        }
        let mut entry = entry;
        while let Some((number, token)) = self::field(&mut entry)? {
            let mut token = token;
            while number == 2
                && let Some((number, text)) = self::field(&mut token)?
            {
                if number == 4 {
                    services.push(String::from_utf8_lossy(text).into_owned());
                }
            }
        }
    }
    Some(services)
}

/// The next field of a message: its number and bytes; `Some(None)` at the end, `None` if it is cut.
fn field<'a>(bytes: &mut &'a [u8]) -> Option<Option<(u64, &'a [u8])>> {
    if bytes.is_empty() {
        return Some(None);
    }
    let tag = varint(bytes)?;
    if tag & 7 != 2 {
        return None;
    }
    let length = usize::try_from(varint(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Some((tag >> 3, taken)))
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    }

    fn tagged(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn of(bytes: &[u8]) -> Result<Vec<String>, RemoteError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens");
        fs::write(&path, bytes).unwrap();
        services(&path)
    }

    fn java() -> Vec<u8> {
        let token = [
            text("alias"),
            text("identifier"),
            text("password"),
            text("KIND"),
            text("10.0.0.1:8020"),
        ];
        [b"HDTS\0\x01".to_vec(), token.concat()].concat()
    }

    fn proto() -> Vec<u8> {
        let token = [
            tagged(1, b"id"),
            tagged(2, b"pw"),
            tagged(3, b"KIND"),
            tagged(4, b"ha-hdfs:ns"),
        ]
        .concat();
        let entry = [tagged(1, b"alias"), tagged(2, &token)].concat();
        let storage = tagged(1, &entry);
        [
            b"HDTS\x01".to_vec(),
            vec![u8::try_from(storage.len()).unwrap()],
            storage,
        ]
        .concat()
    }

    #[test]
    fn both_forms_tell_their_services() {
        assert_eq!(of(&java()).unwrap(), ["10.0.0.1:8020"]);
        assert_eq!(of(&proto()).unwrap(), ["ha-hdfs:ns"]);
    }

    #[test]
    fn a_cut_file_is_told_wherever_it_is_cut() {
        for whole in [java(), proto()] {
            for length in 0..whole.len() {
                assert!(of(&whole[..length]).is_err(), "{length} of {}", whole.len());
            }
        }
        assert!(
            of(b"HDTS\x07xx")
                .unwrap_err()
                .to_string()
                .ends_with("is of an unknown format")
        );
        assert!(
            of(b"hello world")
                .unwrap_err()
                .to_string()
                .ends_with("is no file of tokens")
        );
    }

    #[test]
    fn long_lengths_are_read_as_hadoop_writes_them() {
        let read = |bytes: &[u8]| vlong(&mut &*bytes);
        assert_eq!(read(&[5]), Some(5));
        assert_eq!(read(&[0x8f, 200]), Some(200));
        assert_eq!(read(&[0x8e, 1, 0]), Some(256));
        assert_eq!(read(&[0x87, 0]), Some(-1));
        assert_eq!(read(&[0x8f]), None);
    }
}
