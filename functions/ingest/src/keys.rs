//! Write keys: who may say what.

use crate::answer::Answer;
use beckon_shared::domain::event::Source;
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

    /// Whose word it is, by the key in the header and the one in the body: one is enough, two
    /// have to agree.
    pub(crate) fn admit(&self, header: Option<&str>, body: Option<&str>) -> Result<Source, Answer> {
        let key = match (header, body) {
            (Some(header), Some(body)) if header != body => {
                return Err(Answer::Unauthorized(
                    "the write keys in the header and in the body differ",
                ));
            }
            (Some(key), _) | (None, Some(key)) => key,
            (None, None) => {
                return Err(Answer::Unauthorized(
                    "no write key: send it as the user name of Basic authentication or as `writeKey` in the body",
                ));
            }
        };
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        // Every entry is compared, and digests at that: how long it takes tells nothing of the keys.
        let mut source = None;
        for (known, accepted) in &self.0 {
            if *accepted == digest {
                source = Some(*known);
            }
        }
        source.ok_or(Answer::Unauthorized("the write key is not known"))
    }
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

    fn keys() -> WriteKeys {
        // SHA-256 of "abc" (FIPS 180-2, appendix B.1).
        WriteKeys::parse("server:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad").expect("keys")
    }

    #[test]
    fn one_key_is_enough_and_two_have_to_agree() {
        assert_eq!(keys().admit(Some("abc"), None).ok(), Some(Source::Server));
        assert_eq!(keys().admit(None, Some("abc")).ok(), Some(Source::Server));
        assert_eq!(keys().admit(Some("abc"), Some("abc")).ok(), Some(Source::Server));
        for (header, body) in [
            (Some("abc"), Some("x")),
            (Some("x"), None),
            (None, None),
            (None, Some("")),
        ] {
            assert!(keys().admit(header, body).is_err());
        }
    }

    #[test]
    fn a_mistyped_list_names_its_entry() {
        assert_eq!(WriteKeys::parse("server:12").expect_err("too short").entry, 1);
        let good = "browser:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            WriteKeys::parse(&format!("{good},admin:00"))
                .expect_err("no such kind")
                .entry,
            2
        );
    }
}
