//! A state's bytes, deflated where that saves a write unit: DynamoDB bills each started KB of the
//! whole item with every event, and names of fields and the like repeat in a state.

use super::{ITEM_MAX_BYTES, deflate};
use std::borrow::Cow;
use std::io::Error;

/// Begins what is deflated: the one byte that MessagePack never uses (MessagePack specification,
/// "Formats", 0xc1).
const DEFLATED: u8 = 0xc1;
/// Up to this, an item costs one unit as it is.
const SMALL_BYTES: usize = 800;
/// Beyond this, nothing is deflated: what is too large to be kept stays too large.
const LARGE_BYTES: usize = ITEM_MAX_BYTES;
/// What most states have in common, as MessagePack has it: both sides know it beforehand, and what is deflated only refers
/// to it (a preset dictionary, as RFC 1950, 2.2, has it). The likeliest stands last, because it is referred to most cheaply.
/// What was deflated with it cannot be read with another one: a better one would need another first byte than [`DEFLATED`].
const COMMON: &[u8] = b"\xa5email\xa3sms\xa4push\xa7webpush\
    \xb1Products Searched\xb3Product List Viewed\xafEmail Delivered\xacEmail Opened\xb2Email Link Clicked\
    \xafLesson Finished\xadProgress Made\xaePoints Changed\xabCart Viewed\xacCart Updated\xafProduct Removed\
    \xaeProduct Bought\xafOrder Completed\xb0Checkout Started\xafProduct Clicked\xadProduct Added\
    \xaeProduct Viewed\xa4page\
    \xa9lesson_id\xacprogramme_id\xa7goal_id\xa5brand\xa7variant\xa3sku\xa6coupon\xa3url\xa9image_url\
    \xa8order_id\xa5total\xa8currency\xa8products\xa7cart_id\xa8category\xa4name\xa5price\xaaproduct_id\xa8quantity\
    \xa1p\x81\xa1g\xcf\x00\x00\x01\xa1i\xbeenr_\xa1c\xaeabandoned-cart\xa1v\xad\xa1k\
    \xa1t\xcf\x00\x00\x01\xa1p\xa1r\xa1n\x01\xa1b\xcf\x00\x00\x01\xa1d\xcf\x00\x00\x01\xa1g\xadProduct Added\xa1s\xc3";

/// The bytes to keep. The same input gives the same bytes.
pub(super) fn deflated(packed: Vec<u8>) -> Result<Vec<u8>, Error> {
    if packed.len() <= SMALL_BYTES || packed.len() > LARGE_BYTES {
        return Ok(packed);
    }
    let mut smaller = deflate::deflated(COMMON, &packed)?;
    smaller.insert(0, DEFLATED);
    Ok(if smaller.len() < packed.len() { smaller } else { packed })
}

/// The bytes that were packed, from those that were kept.
pub(super) fn inflated(kept: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let Some((&DEFLATED, deflated)) = kept.split_first() else {
        return Ok(Cow::Borrowed(kept));
    };
    // Nothing larger was ever deflated.
    deflate::inflated(COMMON, deflated, LARGE_BYTES).map(Cow::Owned)
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
        for count in [0, 1, 20, 60, 1_500, 2_500, 12_000] {
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
        assert!(is_deflated(2_500));
        assert!(!is_deflated(12_000), "it stays as large as it is");
    }

    #[test]
    fn what_cannot_be_inflated_is_an_error() {
        assert!(inflated(&[DEFLATED, 0xff, 0xff]).is_err());
    }
}
