//! Write keys: who may say what.

use crate::answer::Answer;
use beckon_shared::domain::event::Source;
pub use beckon_shared::write_keys::{KeysError, WriteKeys};

/// Whose word it is, by the key in the header and the one in the body: one is enough, two
/// have to agree.
pub(crate) fn admit(keys: &WriteKeys, header: Option<&str>, body: Option<&str>) -> Result<Source, Answer> {
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
    keys.source(key)
        .ok_or(Answer::Unauthorized("the write key is not known"))
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
        assert_eq!(admit(&keys(), Some("abc"), None).ok(), Some(Source::Server));
        assert_eq!(admit(&keys(), None, Some("abc")).ok(), Some(Source::Server));
        assert_eq!(admit(&keys(), Some("abc"), Some("abc")).ok(), Some(Source::Server));
        for (header, body) in [
            (Some("abc"), Some("x")),
            (Some("x"), None),
            (None, None),
            (None, Some("")),
        ] {
            assert!(admit(&keys(), header, body).is_err());
        }
    }
}
