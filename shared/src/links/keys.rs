//! The keys that make links and read them.
//!
//! A link is `<key id>.<base64url of nonce, ciphertext and tag>`: ChaCha20-Poly1305 (RFC 8439) over the claims, with
//! the key id as associated data. The nonce is synthetic: the first 96 bits of HMAC-SHA-256 of the claims under a key
//! of its own. Two claims meet in a nonce as rarely as they would by chance, and the same claims make the same link,
//! so that a message that is sent again after a lost answer is the same message. All that this shows is that two links
//! are the same.

use super::{Ask, Claims, LinkError};
use crate::domain::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use std::fmt;

/// Length of a key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Longest id of a key.
const ID_MAX: usize = 16;
/// Longest link that is looked at, in bytes.
const LINK_MAX_BYTES: usize = 2_048;

/// Keys that links are made and read with: the first makes them, all are accepted.
#[derive(Clone)]
pub struct LinkKeys(Vec<LinkKey>);

#[derive(Clone)]
struct LinkKey {
    id: String,
    seal: LessSafeKey,
    nonce: hmac::Key,
}

/// Why keys cannot be read. Says nothing of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkKeysError {
    /// There is none.
    #[error(
        "there is no link key: expected the secret `link_keys` with `<id>:<base64 of 32 bytes>`, as `beckon keys links` prints it"
    )]
    None,
    /// One of them is none.
    #[error("link key {number}: expected `<id>:<base64 of 32 bytes>`, an id of 1 to 16 letters `a`–`z` and digits")]
    Malformed {
        /// Which, from 1.
        number: usize,
    },
    /// Two have one id.
    #[error("link key {number}: its id is another key's too")]
    Twice {
        /// Which, from 1.
        number: usize,
    },
}

impl LinkKeys {
    /// Reads `k2:<base64>,k1:<base64>`.
    pub fn parse(text: &str) -> Result<Self, LinkKeysError> {
        if text.trim().is_empty() {
            return Err(LinkKeysError::None);
        }
        let mut keys: Vec<LinkKey> = Vec::new();
        for (index, entry) in text.split(',').enumerate() {
            let number = index + 1;
            let key = LinkKey::parse(entry.trim()).ok_or(LinkKeysError::Malformed { number })?;
            if keys.iter().any(|other| other.id == key.id) {
                return Err(LinkKeysError::Twice { number });
            }
            keys.push(key);
        }
        Ok(Self(keys))
    }

    /// A key as it is configured, of an id and random bytes.
    pub fn spelt(id: &str, bytes: &[u8; KEY_BYTES]) -> String {
        format!("{id}:{}", STANDARD.encode(bytes))
    }

    /// The link that says so; empty where the claims cannot be written, which none of ours is.
    pub fn seal(&self, claims: &Claims) -> String {
        self.0
            .first()
            .and_then(|key| key.seal(&rmp_serde::to_vec(claims).ok()?))
            .unwrap_or_default()
    }

    /// The path of the page that the claims open.
    pub fn path(&self, claims: &Claims) -> String {
        format!("{}{}", claims.ask.path(), self.seal(claims))
    }

    /// What the link says, if it is ours, for this, and not over.
    pub fn open(&self, link: &str, ask: Ask, now: Timestamp) -> Result<Claims, LinkError> {
        let (id, sealed) = link.split_once('.').ok_or(LinkError::Malformed)?;
        if link.len() > LINK_MAX_BYTES {
            return Err(LinkError::Malformed);
        }
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| LinkError::Malformed)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(LinkError::UnknownKey)?;
        let claims: Claims = rmp_serde::from_slice(&key.open(sealed)?).map_err(|_| LinkError::Malformed)?;
        if claims.ask != ask {
            return Err(LinkError::OtherPurpose);
        }
        if now >= claims.expires {
            return Err(LinkError::Expired);
        }
        Ok(claims)
    }
}

impl LinkKey {
    fn parse(entry: &str) -> Option<Self> {
        let (id, bytes) = entry.split_once(':')?;
        let fits = (1..=ID_MAX).contains(&id.len());
        if !fits || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            return None;
        }
        let bytes = STANDARD.decode(bytes).ok().filter(|bytes| bytes.len() == KEY_BYTES)?;
        let own = hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let seal = hmac::sign(&own, b"beckon link seal");
        let nonce = hmac::sign(&own, b"beckon link nonce");
        Some(Self {
            id: id.to_owned(),
            seal: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, seal.as_ref()).ok()?),
            nonce: hmac::Key::new(hmac::HMAC_SHA256, nonce.as_ref()),
        })
    }

    fn seal(&self, claims: &[u8]) -> Option<String> {
        let nonce = hmac::sign(&self.nonce, claims);
        let nonce: [u8; NONCE_LEN] = nonce.as_ref().get(..NONCE_LEN)?.try_into().ok()?;
        let mut sealed = claims.to_vec();
        let aad = Aad::from(self.id.as_bytes());
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .ok()?;
        let whole = [nonce.as_slice(), &sealed].concat();
        Some(format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(whole)))
    }

    fn open(&self, sealed: Vec<u8>) -> Result<Vec<u8>, LinkError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(LinkError::Malformed)?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(self.id.as_bytes());
        let opened = self
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut sealed);
        opened.map(|claims| claims.to_vec()).map_err(|_| LinkError::Forged)
    }
}

impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaign::Channel;
    use crate::domain::id::{CampaignName, MessageId, ProfileId};
    use crate::links::Carrier;

    const NOW: &str = "2026-03-01T10:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn keys(ids: &[(&str, u8)]) -> LinkKeys {
        let spelt: Vec<String> = ids
            .iter()
            .map(|(id, byte)| LinkKeys::spelt(id, &[*byte; KEY_BYTES]))
            .collect();
        LinkKeys::parse(&spelt.join(",")).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            ask: Ask::Unsubscribe,
            profile: ProfileId::parse("user:ann@example.com").unwrap(),
            channel: Channel::Email,
            topic: "cart".to_owned(),
            carrier: Some(Carrier {
                message: MessageId::from("msg_1"),
                campaign: CampaignName::from("abandoned-cart"),
                step: "reminder".to_owned(),
            }),
            address_digest: None,
            expires: at("2027-03-01T10:00:00Z"),
        }
    }

    #[test]
    fn a_link_says_what_it_was_told_to_those_who_have_the_key() {
        let link = keys(&[("k1", 1)]).seal(&claims());
        assert_eq!(keys(&[("k1", 1)]).open(&link, Ask::Unsubscribe, at(NOW)), Ok(claims()));
        assert!(link.len() < 250, "{link}");
        let inside = URL_SAFE_NO_PAD.decode(link.split_once('.').unwrap().1).unwrap();
        assert!(!String::from_utf8_lossy(&inside).contains("ann"), "nothing can be read");
    }

    #[test]
    fn links_are_the_same_for_the_same_claims_and_only_for_these() {
        let keys = keys(&[("k1", 1)]);
        let mut other = claims();
        other.topic = "news".to_owned();
        assert_eq!(keys.seal(&claims()), keys.seal(&claims()));
        let nonce = |link: &str| link.get(3..19).unwrap().to_owned();
        assert_ne!(nonce(&keys.seal(&claims())), nonce(&keys.seal(&other)));
    }

    #[test]
    fn keys_are_changed_without_breaking_what_was_sent() {
        let before = keys(&[("k1", 1)]).seal(&claims());
        let both = keys(&[("k2", 2), ("k1", 1)]);
        assert_eq!(both.open(&before, Ask::Unsubscribe, at(NOW)), Ok(claims()));
        let after = both.seal(&claims());
        assert!(after.starts_with("k2."), "the first makes them");
        let only_new = keys(&[("k2", 2)]);
        assert_eq!(only_new.open(&after, Ask::Unsubscribe, at(NOW)), Ok(claims()));
        assert_eq!(
            only_new.open(&before, Ask::Unsubscribe, at(NOW)),
            Err(LinkError::UnknownKey)
        );
        let same_id = keys(&[("k1", 9)]);
        assert_eq!(same_id.open(&before, Ask::Unsubscribe, at(NOW)), Err(LinkError::Forged));
    }

    #[test]
    fn no_byte_of_a_link_can_be_changed() {
        let keys = keys(&[("k1", 1), ("k2", 1)]);
        let link = keys.seal(&claims());
        let (id, sealed) = link.split_once('.').unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(sealed).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                let changed = format!("{id}.{}", URL_SAFE_NO_PAD.encode(changed));
                assert_eq!(
                    keys.open(&changed, Ask::Unsubscribe, at(NOW)),
                    Err(LinkError::Forged),
                    "byte {place}, bit {bit}"
                );
            }
        }
        let other_key = format!("k2.{sealed}");
        assert_eq!(
            keys.open(&other_key, Ask::Unsubscribe, at(NOW)),
            Err(LinkError::Forged),
            "its key's id is part of it, even where both are the same key"
        );
    }

    #[test]
    fn what_is_cut_or_is_no_link_is_told_so() {
        let keys = keys(&[("k1", 1)]);
        let link = keys.seal(&claims());
        for end in 0..link.len() {
            let cut = keys.open(&link[..end], Ask::Unsubscribe, at(NOW));
            assert!(
                matches!(
                    cut,
                    Err(LinkError::Malformed | LinkError::Forged | LinkError::UnknownKey)
                ),
                "{end}: {cut:?}"
            );
        }
        for none in ["", "k1", "k1.", "k1.!!!", "…", &"a".repeat(100_000)] {
            assert_eq!(keys.open(none, Ask::Unsubscribe, at(NOW)), Err(LinkError::Malformed));
        }
        let long = format!("{link}{}", "A".repeat(4_000));
        assert_eq!(keys.open(&long, Ask::Unsubscribe, at(NOW)), Err(LinkError::Malformed));
    }

    #[test]
    fn a_link_ends_and_is_for_one_thing() {
        let keys = keys(&[("k1", 1)]);
        let link = keys.seal(&claims());
        let open = |ask, now| keys.open(&link, ask, at(now));
        assert_eq!(open(Ask::Unsubscribe, "2027-03-01T09:59:59Z"), Ok(claims()));
        assert_eq!(open(Ask::Unsubscribe, "2027-03-01T10:00:00Z"), Err(LinkError::Expired));
        assert_eq!(open(Ask::Preferences, NOW), Err(LinkError::OtherPurpose));
        assert_eq!(open(Ask::Confirm, NOW), Err(LinkError::OtherPurpose));
    }

    #[test]
    fn keys_that_are_none_are_numbered_and_not_repeated() {
        let good = LinkKeys::spelt("k1", &[1; KEY_BYTES]);
        for (text, expected) in [
            (String::new(), LinkKeysError::None),
            ("k1".to_owned(), LinkKeysError::Malformed { number: 1 }),
            (format!("{good},k2:c2hvcnQ="), LinkKeysError::Malformed { number: 2 }),
            (format!("K1{good}"), LinkKeysError::Malformed { number: 1 }),
            (format!("{good},{good}"), LinkKeysError::Twice { number: 2 }),
        ] {
            let error = LinkKeys::parse(&text).unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("c2hvcnQ"));
        }
        assert_eq!(format!("{:?}", LinkKeys::parse(&good).unwrap()), r#"["k1"]"#);
    }
}
