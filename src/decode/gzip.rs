//! `.gz`: what people pack logs with before they move them. Any number of members.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use super::error::DecodeError;
use super::input::Input;
use super::output::Output;

const MAGIC: &[u8; 2] = b"\x1f\x8b";
/// The largest window there is; each member says itself how much of it it uses.
const WINDOW_BITS: u8 = 15;
/// Written at once, so that little is written twice if `want` is small.
const STEP_BYTES: usize = 64 * 1024;

/// The member that is being unpacked, if one is.
pub(super) struct Gzip {
    member: Option<Decompress>,
}

impl Gzip {
    pub(super) fn new() -> Self {
        Self { member: None }
    }

    /// Unpacks step by step until `want` bytes are there.
    pub(super) fn unpack<R: Read>(
        &mut self,
        input: &mut Input<R>,
        out: &mut Output<'_>,
        want: usize,
    ) -> Result<(), DecodeError> {
        let goal = out.len() + want;
        while out.len() < goal {
            let Some(member) = &mut self.member else {
                if !input.require(MAGIC.len())? {
                    return at_end(input.data());
                }
                if !input.data().starts_with(MAGIC) {
                    return Err(DecodeError::corrupt("no gzip member where one should begin"));
                }
                self.member = Some(Decompress::new_gzip(WINDOW_BITS));
                continue;
            };
            let is_end_of_file = input.data().is_empty() && !input.more()?;
            let (read_before, written_before) = (member.total_in(), member.total_out());
            let result = member.decompress(input.data(), out.free(STEP_BYTES), FlushDecompress::None);
            let read = difference(member.total_in(), read_before);
            let written = difference(member.total_out(), written_before);
            input.consume(read);
            out.advance(written);
            match result {
                Ok(Status::StreamEnd) => self.member = None,
                Ok(Status::Ok | Status::BufError) if read == 0 && written == 0 => {
                    // Nothing goes in, nothing comes out: it can only be the end that is missing.
                    return Err(if is_end_of_file {
                        DecodeError::Truncated
                    } else {
                        DecodeError::corrupt("gzip member does not go on")
                    });
                }
                Ok(Status::Ok | Status::BufError) => {}
                Err(error) => return Err(DecodeError::Corrupt(format!("gzip member: {error}").into())),
            }
        }
        Ok(())
    }
}

fn at_end(rest: &[u8]) -> Result<(), DecodeError> {
    if rest.is_empty() {
        Ok(())
    } else if MAGIC.starts_with(rest) {
        Err(DecodeError::Truncated)
    } else {
        Err(DecodeError::corrupt("no gzip member where one should begin"))
    }
}

/// How far a counter went in one step; never further than the step was long.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{decode, gzip_member, lines};
    use super::*;

    #[test]
    fn a_wrong_checksum_is_corrupt_after_the_text() {
        let mut file = gzip_member(&lines(3000));
        let checksum = file.len() - 8;
        file[checksum] ^= 1;
        let (text, result) = decode(&file[..], None);
        assert!(text == lines(3000));
        assert!(matches!(result, Err(DecodeError::Corrupt(_))), "{result:?}");
    }
}
