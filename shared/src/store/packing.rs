//! A state's bytes, deflated where that saves a write unit: DynamoDB bills each started KB of the
//! whole item with every event, and names of fields and the like repeat in a state.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::borrow::Cow;
use std::io::{Error, Read, Write};

/// Begins what is deflated: the one byte that MessagePack never uses (MessagePack specification,
/// "Formats", 0xc1).
const DEFLATED: u8 = 0xc1;
/// Up to this, an item costs one unit as it is.
const SMALL_BYTES: usize = 800;
/// Beyond this, nothing is deflated: what is too large to be kept stays too large.
const LARGE_BYTES: usize = 64 * 1024;

/// The bytes to keep. The same input gives the same bytes.
pub(super) fn deflated(packed: Vec<u8>) -> Result<Vec<u8>, Error> {
    if packed.len() <= SMALL_BYTES || packed.len() > LARGE_BYTES {
        return Ok(packed);
    }
    let mut encoder = DeflateEncoder::new(vec![DEFLATED], Compression::default());
    encoder.write_all(&packed)?;
    let smaller = encoder.finish()?;
    Ok(if smaller.len() < packed.len() { smaller } else { packed })
}

/// The bytes that were packed, from those that were kept.
pub(super) fn inflated(kept: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let Some((&DEFLATED, deflated)) = kept.split_first() else {
        return Ok(Cow::Borrowed(kept));
    };
    let mut packed = Vec::new();
    // Nothing larger was ever deflated.
    let most = u64::try_from(LARGE_BYTES).unwrap_or(u64::MAX);
    DeflateDecoder::new(deflated).take(most).read_to_end(&mut packed)?;
    Ok(Cow::Owned(packed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` entries that have the names of their fields in common.
    fn packed(count: usize) -> Vec<u8> {
        let entries: Vec<_> = (0..count)
            .map(|number| serde_json::json!({ "product_id": number, "name": format!("no. {number}"), "quantity": 1 }))
            .collect();
        rmp_serde::to_vec_named(&entries).expect("it is written")
    }

    #[test]
    fn what_was_packed_comes_back() {
        for count in [0, 1, 20, 60, 1_500, 2_500] {
            let packed = packed(count);
            let kept = deflated(packed.clone()).expect("it is kept");
            assert!(kept.len() <= packed.len());
            assert_eq!(inflated(&kept).expect("it is read").as_ref(), packed, "{count} entries");
        }
    }

    #[test]
    fn only_what_is_worth_it_is_deflated() {
        let is_deflated = |count| deflated(packed(count)).expect("it is kept").first() == Some(&DEFLATED);
        assert!(!is_deflated(10), "it costs one unit anyway");
        assert!(is_deflated(60));
        assert!(!is_deflated(2_500), "it stays as large as it is");
    }

    #[test]
    fn what_cannot_be_inflated_is_an_error() {
        assert!(inflated(&[DEFLATED, 0xff, 0xff]).is_err());
    }
}
