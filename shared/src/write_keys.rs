//! Write keys: who may say what, and which page may ask.

use crate::domain::event::Source;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Accepted keys, as SHA-256 digests: whoever reads the configuration cannot write events.
#[derive(Debug, Clone, Default)]
pub struct WriteKeys(Vec<(Source, [u8; 32])>);

/// Why a configured list of keys makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} is not `server:<sha-256 in hex>` or `browser:<sha-256 in hex>`")]
pub struct KeysError {
    /// Which entry, from 1.
    pub entry: usize,
}

impl WriteKeys {
    /// Reads `server:<hex>,browser:<hex>,…`.
    pub fn parse(text: &str) -> Result<Self, KeysError> {
        text.split(',')
            .map(str::trim)
            .enumerate()
            .filter(|(_, entry)| !entry.is_empty())
            .map(|(place, entry)| read(entry).ok_or(KeysError { entry: place + 1 }))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whose key it is, if it is anybody's.
    pub fn source(&self, key: &str) -> Option<Source> {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        // Every entry is compared, and digests at that: how long it takes tells nothing of the keys.
        let mut source = None;
        for (known, accepted) in &self.0 {
            if *accepted == digest {
                source = Some(*known);
            }
        }
        source
    }
}

/// The user name of an `Authorization` header, which is the write key; `None` where it is empty.
///
/// # Errors
/// What is wrong with a header that is not Basic authentication (RFC 7617).
pub fn key_of(authorization: &str) -> Result<Option<String>, &'static str> {
    let wrong = "the Authorization header is not Basic authentication";
    let (scheme, credentials) = authorization.split_once(' ').ok_or(wrong)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(wrong);
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| wrong)?;
    let text = String::from_utf8(decoded).map_err(|_| wrong)?;
    let key = text.split_once(':').map_or(text.as_str(), |(user, _)| user);
    Ok(Some(key.to_owned()).filter(|key| !key.is_empty()))
}

fn read(entry: &str) -> Option<(Source, [u8; 32])> {
    let (kind, hex) = entry.split_once(':')?;
    let source = match kind {
        "server" => Source::Server,
        "browser" => Source::Browser,
        _ => return None,
    };
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some((source, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_list_names_its_entry() {
        assert_eq!(WriteKeys::parse("server:12").expect_err("too short").entry, 1);
        let good = "browser:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let keys = WriteKeys::parse(good).expect("a key");
        // SHA-256 of "abc" (FIPS 180-2, appendix B.1).
        assert_eq!(keys.source("abc"), Some(Source::Browser));
        assert_eq!(keys.source("x"), None);
        let error = WriteKeys::parse(&format!("{good},admin:00")).expect_err("no such kind");
        assert_eq!(error.entry, 2);
    }

    #[test]
    fn a_key_is_the_user_of_basic_authentication() {
        assert_eq!(key_of("Basic YWJjOg=="), Ok(Some("abc".to_owned())));
        assert_eq!(key_of("basic Og=="), Ok(None));
        for wrong in ["", "Bearer abc", "Basic ?"] {
            assert!(key_of(wrong).is_err(), "{wrong}");
        }
    }
}
