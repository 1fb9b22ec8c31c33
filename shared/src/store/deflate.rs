//! Deflating and inflating (RFC 1951) of what is small. The tables that both need are large: they are made once and used
//! again, because to make them takes longer than to deflate a state.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::cell::RefCell;
use std::io::{Error, ErrorKind};

/// Room that is there at least for what comes out.
const ROOM_BYTES: usize = 256;

thread_local! {
    static COMPRESS: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), false));
    static DECOMPRESS: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Deflates bytes that may refer to others which both sides know. The same bytes give the same.
///
/// # Errors
/// What flate2 says; there is no input that does not work.
pub fn deflated(known: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Error> {
    COMPRESS.with_borrow_mut(|compress| {
        compress.reset();
        let mut deflated = Vec::with_capacity(known.len() + bytes.len() + ROOM_BYTES);
        if !known.is_empty() {
            // Ends with a whole byte, and what follows may still refer to what was there.
            step(compress, known, &mut deflated, FlushCompress::Sync)?;
        }
        let begin = deflated.len();
        step(compress, bytes, &mut deflated, FlushCompress::Finish)?;
        deflated.drain(..begin);
        Ok(deflated)
    })
}

/// Takes all of `bytes` in, and puts all out that comes of them.
fn step(compress: &mut Compress, bytes: &[u8], to: &mut Vec<u8>, flush: FlushCompress) -> Result<(), Error> {
    let before = compress.total_in();
    loop {
        to.reserve(ROOM_BYTES);
        let taken = taken(compress.total_in() - before);
        let rest = bytes.get(taken..).unwrap_or_default();
        let status = compress.compress_vec(rest, to, flush).map_err(Error::other)?;
        let is_over = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // With room to spare there is no more to come.
            _ => to.len() < to.capacity(),
        };
        if is_over {
            return Ok(());
        }
    }
}

/// The bytes that were deflated with the same ones known.
///
/// # Errors
/// They were not deflated so, or break off, or are more than `most`.
pub fn inflated(known: &[u8], deflated: &[u8], most: usize) -> Result<Vec<u8>, Error> {
    DECOMPRESS.with_borrow_mut(|decompress| {
        decompress.reset(false);
        if !known.is_empty() {
            tell(decompress, known)?;
        }
        let mut inflated = Vec::with_capacity(deflated.len().saturating_mul(2).min(most) + ROOM_BYTES);
        let told = decompress.total_in();
        loop {
            inflated.reserve(ROOM_BYTES);
            let before = (decompress.total_in(), decompress.total_out());
            let rest = deflated.get(taken(before.0 - told)..).unwrap_or_default();
            let status = decompress
                .decompress_vec(rest, &mut inflated, FlushDecompress::None)
                .map_err(Error::other)?;
            if inflated.len() > most {
                return Err(Error::new(ErrorKind::InvalidData, format!("more than {most} bytes")));
            }
            if status == Status::StreamEnd {
                return Ok(inflated);
            }
            if before == (decompress.total_in(), decompress.total_out()) {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    })
}

/// Lets what follows refer to these bytes: they come first, as a block that is stored as it is (RFC 1951, 3.2.4), neither the
/// last one nor compressed.
fn tell(decompress: &mut Decompress, known: &[u8]) -> Result<(), Error> {
    let length = u16::try_from(known.len()).map_err(Error::other)?;
    let [low, high] = length.to_le_bytes();
    let mut stored = vec![0, low, high, !low, !high];
    stored.extend(known);
    let mut told = Vec::with_capacity(known.len());
    decompress
        .decompress_vec(&stored, &mut told, FlushDecompress::None)
        .map_err(Error::other)?;
    match told == known && taken(decompress.total_in()) == stored.len() {
        true => Ok(()),
        false => Err(ErrorKind::InvalidData.into()),
    }
}

fn taken(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::draw;
    use flate2::write::DeflateEncoder;
    use std::io::Write;

    /// Bytes of which half are alike and half are not.
    fn bytes(count: usize) -> Vec<u8> {
        let byte = |place: usize| {
            if place % 32 < 16 {
                97
            } else {
                draw(&[&place.to_string()]) as u8
            }
        };
        (0..count).map(byte).collect()
    }

    #[test]
    fn what_was_deflated_comes_back_whatever_was_before_it() {
        for known in [&b""[..], b"name", b"a longer text, aaaa, that is known"] {
            for bytes in [
                bytes(0),
                bytes(1),
                bytes(5_000),
                vec![7; 100_000],
                bytes(200_000),
                bytes(40),
            ] {
                let count = bytes.len();
                let small = deflated(known, &bytes).expect("it is deflated");
                assert_eq!(small, deflated(known, &bytes).expect("it is deflated"));
                assert_eq!(
                    inflated(known, &small, count).expect("it is inflated"),
                    bytes,
                    "{count}"
                );
            }
        }
    }

    #[test]
    fn without_anything_known_it_is_what_anybody_deflates() {
        let bytes = bytes(3_000);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&bytes).expect("it is written");
        let theirs = encoder.finish().expect("it is written");
        assert_eq!(inflated(b"", &theirs, 3_000).expect("it is inflated"), bytes);
        assert_eq!(deflated(b"", &bytes).expect("it is deflated"), theirs);
    }

    #[test]
    fn what_is_damaged_or_too_long_is_an_error() {
        let small = deflated(b"", &bytes(3_000)).expect("it is deflated");
        assert!(inflated(b"", &small, 2_999).is_err(), "too long");
        let (begun, _) = small.split_at(small.len() / 2);
        assert!(inflated(b"", begun, 3_000).is_err(), "breaks off");
        assert!(inflated(b"", &[0xff, 0xff], 3_000).is_err());
        // The next one is not touched by that.
        assert_eq!(inflated(b"", &small, 3_000).expect("it is inflated"), bytes(3_000));
    }
}
