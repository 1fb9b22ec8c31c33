//! Encrypts a message for one browser, so that its push service carries what it cannot read (RFC 8291, which
//! uses the content coding `aes128gcm` of RFC 8188).

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::SecureRandom;

/// Size of the one record, in bytes (RFC 8291 §4; what RFC 8030 §7.2 has every push service take).
const RECORD_BYTES: u32 = 4_096;
/// Random bytes at the head of a message (RFC 8188 §2.1).
const SALT_BYTES: usize = 16;
/// A public key on P-256, uncompressed.
const POINT_BYTES: usize = 65;
/// Ends the text of the last record (RFC 8188 §2).
const LAST_RECORD: u8 = 2;

/// Longest text, in bytes: a record less its head (salt, size, length of the key, key), the end of the text and the
/// tag (RFC 8291 §4).
pub const TEXT_MAX_BYTES: usize = 4_096 - (SALT_BYTES + 4 + 1 + POINT_BYTES) - 1 - 16;

/// Who can read it: the keys of a browser's subscription.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// Its public key, uncompressed.
    pub public: &'a [u8],
    /// Its authentication secret.
    pub auth: &'a [u8],
}

/// The text, as the body of a push message.
///
/// # Errors
/// The public key is no point on the curve, or there are no random numbers.
pub fn seal(reader: &Reader<'_>, text: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, Unspecified> {
    let private = EphemeralPrivateKey::generate(&ECDH_P256, random)?;
    let public = private.compute_public_key()?;
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, reader.public);
    agree_ephemeral(private, &theirs, |secret| {
        with_secret(reader, secret, public.as_ref(), salt, text)
    })?
}

/// The same, once both have agreed on a secret.
fn with_secret(
    reader: &Reader<'_>,
    secret: &[u8],
    own_public: &[u8],
    salt: [u8; SALT_BYTES],
    text: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let (key, nonce) = keys(reader, secret, own_public, salt)?;
    let mut record = text.to_vec();
    record.push(LAST_RECORD);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    let key_length = u8::try_from(own_public.len()).map_err(|_| Unspecified)?;
    let mut body = Vec::with_capacity(SALT_BYTES + 5 + own_public.len() + record.len());
    body.extend(salt);
    body.extend(RECORD_BYTES.to_be_bytes());
    body.push(key_length);
    body.extend(own_public);
    body.append(&mut record);
    Ok(body)
}

/// The key and the nonce of the one record (RFC 8291 §3.4).
fn keys(
    reader: &Reader<'_>,
    secret: &[u8],
    own_public: &[u8],
    salt: [u8; SALT_BYTES],
) -> Result<([u8; 16], [u8; NONCE_LEN]), Unspecified> {
    let info = [b"WebPush: info\0".as_slice(), reader.public, own_public];
    let material: [u8; 32] = derive(reader.auth, secret, &info)?;
    Ok((
        derive(&salt, &material, &[b"Content-Encoding: aes128gcm\0"])?,
        derive(&salt, &material, &[b"Content-Encoding: nonce\0"])?,
    ))
}

/// HKDF with SHA-256 (RFC 5869).
fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    /// So many bytes.
    struct Bytes(usize);

    impl KeyType for Bytes {
        fn len(&self) -> usize {
            self.0
        }
    }

    let mut derived = [0; N];
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    extracted.expand(info, Bytes(N))?.fill(&mut derived)?;
    Ok(derived)
}

/// Reads what [`seal`] made, as a browser does. For tests of what was sent.
#[cfg(test)]
pub(crate) fn open(private: EphemeralPrivateKey, reader: &Reader<'_>, body: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let (head, record) = body.split_at(SALT_BYTES + 5 + POINT_BYTES);
    let salt: [u8; SALT_BYTES] = head[..SALT_BYTES].try_into().map_err(|_| Unspecified)?;
    assert_eq!(head[SALT_BYTES..SALT_BYTES + 5], [0, 0, 16, 0, 65]);
    let public = &head[SALT_BYTES + 5..];
    agree_ephemeral(private, &UnparsedPublicKey::new(&ECDH_P256, public), |secret| {
        let (key, nonce) = keys(reader, secret, public, salt)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
        let mut record = record.to_vec();
        let text = key.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
        let (end, text) = text.split_last().ok_or(Unspecified)?;
        assert_eq!(*end, LAST_RECORD);
        Ok(text.to_vec())
    })?
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291 §5 and appendix A.
    #[test]
    fn it_is_encrypted_as_the_standard_does() {
        let public = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let own = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let secret = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let reader = Reader {
            public: &public,
            auth: &auth,
        };
        let text = b"When I grow up, I want to be a watermelon";
        let body = with_secret(&reader, &secret, &own, salt, text).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS\
                        6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qul\
                        cy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(body), expected);
    }

    #[test]
    fn the_browser_and_nobody_else_reads_it() {
        let random = SystemRandom::new();
        let key = || EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap();
        let (private, other) = (key(), key());
        let public = private.compute_public_key().unwrap();
        let reader = Reader {
            public: public.as_ref(),
            auth: &[7; 16],
        };
        let text = vec![b'x'; TEXT_MAX_BYTES];
        let body = seal(&reader, &text, &random).unwrap();
        assert_eq!(body.len(), 4_096);
        assert_ne!(
            body,
            seal(&reader, &text, &random).unwrap(),
            "each has a key of its own"
        );
        assert!(open(other, &reader, &body).is_err());
        assert_eq!(open(private, &reader, &body).unwrap(), text);
    }

    #[test]
    fn what_is_no_point_on_the_curve_is_refused() {
        let reader = Reader {
            public: &[4; POINT_BYTES],
            auth: &[7; 16],
        };
        assert!(seal(&reader, b"x", &SystemRandom::new()).is_err());
    }
}
