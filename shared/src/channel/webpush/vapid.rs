//! Says to a push service who sends (VAPID, RFC 8292): a token that is signed with the key that browsers were
//! given when they subscribed.

use crate::domain::time::{Span, Timestamp, after};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

/// How long a token is good for: at most a day (RFC 8292 §2), and half of that where clocks differ.
const GOOD_FOR: Span = Span::from_hours(12);

/// Where the private key stands in what `ring` generates (RFC 5208, RFC 5915), and how long it is.
const PRIVATE_AT: std::ops::Range<usize> = 36..68;

/// A key pair that signs.
pub struct Vapid {
    pair: EcdsaKeyPair,
    public: String,
    random: SystemRandom,
}

/// Why a secret is no key pair. Says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret `vapid` is not a key pair as `beckon keys vapid` makes one: private and public key in base64url, a dot between"
)]
pub struct VapidError;

/// A new key pair.
#[derive(Clone, PartialEq, Eq)]
pub struct NewKeys {
    /// What the page gives the browser as `applicationServerKey`.
    pub public: String,
    /// What [`Vapid::parse`] reads.
    pub secret: String,
}

/// Makes a key pair.
///
/// # Errors
/// There are no random numbers.
pub fn generate() -> Result<NewKeys, Unspecified> {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
        .map_err(|_| Unspecified)?;
    let private = document.as_ref().get(PRIVATE_AT).ok_or(Unspecified)?;
    let public = URL_SAFE_NO_PAD.encode(pair.public_key());
    let secret = format!("{}.{public}", URL_SAFE_NO_PAD.encode(private));
    // Were the document laid out otherwise, the two would not belong together.
    Vapid::parse(&secret).map_err(|_| Unspecified)?;
    Ok(NewKeys { public, secret })
}

impl Vapid {
    /// Reads a key pair: private and public key in base64url, a dot between.
    pub fn parse(secret: &str) -> Result<Self, VapidError> {
        let (private, public) = secret.trim().split_once('.').ok_or(VapidError)?;
        let bytes = |text: &str| {
            URL_SAFE_NO_PAD
                .decode(text.trim_end_matches('='))
                .map_err(|_| VapidError)
        };
        let (private, public) = (bytes(private)?, bytes(public)?);
        let random = SystemRandom::new();
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &private, &public, &random);
        Ok(Self {
            pair: pair.map_err(|_| VapidError)?,
            public: URL_SAFE_NO_PAD.encode(public),
            random,
        })
    }

    /// The header `Authorization` for the push service of that origin (`https://host`). `contact` is an address of
    /// whoever answers for the messages.
    pub fn authorization(&self, origin: &str, contact: Option<&str>, now: Timestamp) -> Result<String, Unspecified> {
        let head = json!({ "typ": "JWT", "alg": "ES256" });
        let mut claims = json!({ "aud": origin, "exp": after(now, GOOD_FOR).as_second() });
        if let (Some(contact), Some(claims)) = (contact, claims.as_object_mut()) {
            claims.insert("sub".to_owned(), format!("mailto:{contact}").into());
        }
        let encoded = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encoded(&head), encoded(&claims));
        let signature = self.pair.sign(&self.random, signed.as_bytes())?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public))
    }

    /// Random numbers.
    pub fn random(&self) -> &dyn SecureRandom {
        &self.random
    }
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vapid").finish_non_exhaustive()
    }
}

/// The claims of a token, if whoever holds the key that it names signed it. For tests of what was sent.
#[cfg(test)]
pub(crate) fn verified(authorization: &str) -> Option<serde_json::Value> {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    let (token, key) = authorization.strip_prefix("vapid t=")?.split_once(", k=")?;
    let (signed, signature) = token.rsplit_once('.')?;
    let key = URL_SAFE_NO_PAD.decode(key).ok()?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
    key.verify(signed.as_bytes(), &signature).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_who_sends_to_whom_and_is_signed() {
        let keys = generate().unwrap();
        let vapid = Vapid::parse(&keys.secret).unwrap();
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let header = vapid
            .authorization("https://push.example.com", Some("care@shop.example.com"), now)
            .unwrap();
        assert!(header.ends_with(&format!(", k={}", keys.public)), "{header}");
        assert_eq!(
            verified(&header),
            Some(json!({
                "aud": "https://push.example.com",
                "exp": now.as_second() + 12 * 3_600,
                "sub": "mailto:care@shop.example.com",
            }))
        );
        let forged = header.replacen("t=eyJ", "t=eyK", 1);
        assert_eq!(verified(&forged), None);
        assert_eq!(format!("{vapid:?}"), "Vapid { .. }");
    }

    #[test]
    fn what_is_no_key_pair_is_refused() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        let private = one.secret.split_once('.').unwrap().0;
        let mixed = format!("{private}.{}", other.public);
        for secret in ["", "x", "a.b", private, mixed.as_str()] {
            assert!(Vapid::parse(secret).is_err());
        }
    }
}
