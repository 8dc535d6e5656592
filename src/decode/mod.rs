//! From the bytes of one log file to chunks of whole lines.
//!
//! [`Decoder`] finds out how a file is packed and unpacks it, [`Chunks`] cuts the result at line
//! ends. Nothing here knows what a line means, where the bytes come from or what becomes of them.
//!
//! The bytes were written by strangers, and half of them by programs that died while writing.
//! So three things hold for any input whatsoever: what could be decoded before the damage is
//! delivered, memory stays bounded by the chunk, the line limit and one block of the codec, and
//! no length that a file declares is believed before it has been checked.

mod chunks;
mod codec;
mod decoder;
mod error;
mod gzip;
mod input;
mod lz4;
mod lzf;
mod output;
mod snappy;
mod zstd;

#[cfg(test)]
mod testing;

pub use chunks::Chunks;
pub use codec::Codec;
pub use decoder::Decoder;
pub use error::DecodeError;
