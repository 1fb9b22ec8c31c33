//! Signatures of requests, by HMAC-SHA256: those that we make, and those that services make.

use crate::domain::service::Signature;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// What secrets of Standard Webhooks begin with ("Symmetric signatures", standardwebhooks.com).
const STANDARD_PREFIX: &str = "whsec_";
/// How far the time of a signed call may be off, in seconds: as Standard Webhooks' libraries and
/// Slack ("Verifying requests from Slack") have it.
pub const TOLERANCE_SECS: i64 = 5 * 60;

/// The secret cannot be one of Standard Webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signing secret is not `whsec_` with base64 behind it")]
pub struct NotASecret;

/// Why a call is not taken for the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// It lacks a header.
    #[error("the call is not signed")]
    Unsigned,
    /// Its time is too far off: it is old, and may be a repeat.
    #[error("the call's time is more than {TOLERANCE_SECS} seconds off")]
    Stale,
    /// It is signed with something else.
    #[error("the signature is not the service's")]
    Wrong,
}

/// The value of `webhook-signature` for a body, sent under an id at a time.
pub fn standard(secret: &str, id: &str, at_secs: i64, body: &[u8]) -> Result<String, NotASecret> {
    let key = standard_key(secret)?;
    let tag = hmac::sign(&key, &standard_text(id, &at_secs.to_string(), body));
    Ok(format!("v1,{}", STANDARD.encode(tag.as_ref())))
}

/// Whether a call is the service's. `header` gives a header by its name in small letters; nothing is
/// compared in a time that tells how much was right.
pub fn verify<'h>(
    scheme: &Signature,
    secret: &str,
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    now_secs: i64,
) -> Result<(), Forged> {
    let needed = |name: &str| header(name).filter(|value| !value.is_empty()).ok_or(Forged::Unsigned);
    let right = match scheme {
        Signature::Standard { .. } => {
            let (id, at, signatures) = (
                needed("webhook-id")?,
                needed("webhook-timestamp")?,
                needed("webhook-signature")?,
            );
            fresh(at, now_secs)?;
            let key = standard_key(secret).map_err(|NotASecret| Forged::Wrong)?;
            let text = standard_text(id, at, body);
            signatures
                .split(' ')
                .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
                .any(|tag| hmac::verify(&key, &text, &tag).is_ok())
        }
        Signature::Slack { .. } => {
            let (at, signature) = (needed("x-slack-request-timestamp")?, needed("x-slack-signature")?);
            fresh(at, now_secs)?;
            let text = [b"v0:", at.as_bytes(), b":", body].concat();
            is_signed(secret, &text, signature, "v0=")
        }
        Signature::Hmac { header, prefix, .. } => {
            is_signed(secret, body, needed(&header.to_ascii_lowercase())?, prefix)
        }
        Signature::Token { header, .. } => {
            let told = needed(&header.to_ascii_lowercase())?;
            is_same(secret, told)
        }
    };
    if right { Ok(()) } else { Err(Forged::Wrong) }
}

/// Whether two texts are the same, compared in a time that does not tell where they differ.
pub fn is_same(one: &str, other: &str) -> bool {
    // Under a key that is as good as any: equal tags are equal texts.
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"comparison");
    !one.is_empty() && hmac::verify(&key, other.as_bytes(), hmac::sign(&key, one.as_bytes()).as_ref()).is_ok()
}

fn is_signed(secret: &str, text: &[u8], signature: &str, prefix: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = signature.strip_prefix(prefix).and_then(unhex);
    tag.is_some_and(|tag| hmac::verify(&key, text, &tag).is_ok())
}

fn standard_key(secret: &str) -> Result<hmac::Key, NotASecret> {
    let encoded = secret.strip_prefix(STANDARD_PREFIX).ok_or(NotASecret)?;
    let key = STANDARD.decode(encoded).map_err(|_| NotASecret)?;
    if key.is_empty() {
        return Err(NotASecret);
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &key))
}

fn standard_text(id: &str, at: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", at.as_bytes(), b".", body].concat()
}

fn fresh(at: &str, now_secs: i64) -> Result<(), Forged> {
    let at: i64 = at.parse().map_err(|_| Forged::Wrong)?;
    let off = now_secs.checked_sub(at).map(i64::unsigned_abs);
    match off.is_some_and(|off| off <= TOLERANCE_SECS.unsigned_abs()) {
        true => Ok(()),
        false => Err(Forged::Stale),
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? * 16 + digit(low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of Standard Webhooks' own libraries ("sign function works").
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn heard(scheme: &Signature, secret: &str, headers: &[(&str, &str)], body: &[u8], now: i64) -> Result<(), Forged> {
        let header = |name: &str| {
            headers
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        };
        verify(scheme, secret, header, body, now)
    }

    #[test]
    fn we_sign_as_the_published_vector_says() {
        assert_eq!(standard(SECRET, ID, AT, BODY).as_deref(), Ok(SIGNATURE));
        assert_eq!(standard("MfKQ", ID, AT, BODY), Err(NotASecret));
        assert_eq!(standard("whsec_", ID, AT, BODY), Err(NotASecret));
    }

    #[test]
    fn a_standard_call_is_verified() {
        let scheme = Signature::Standard { secret: "x".to_owned() };
        let several = format!("v1,AAAA v2,{} {SIGNATURE}", &SIGNATURE[3..]);
        let headers = |signature| {
            [
                ("webhook-id", ID),
                ("webhook-timestamp", "1614265330"),
                ("webhook-signature", signature),
            ]
        };
        assert_eq!(heard(&scheme, SECRET, &headers(&several), BODY, AT + 299), Ok(()));
        for (signature, body, now, expected) in [
            (SIGNATURE, BODY, AT + 301, Forged::Stale),
            (SIGNATURE, BODY, AT - 301, Forged::Stale),
            (SIGNATURE, b"{}".as_slice(), AT, Forged::Wrong),
            ("v1,AAAA", BODY, AT, Forged::Wrong),
            ("v1,", BODY, AT, Forged::Wrong),
            ("", BODY, AT, Forged::Unsigned),
        ] {
            let result = heard(&scheme, SECRET, &headers(signature), body, now);
            assert_eq!(result, Err(expected), "{signature}");
        }
        let unbranded = heard(&scheme, &SECRET[6..], &headers(SIGNATURE), BODY, AT);
        assert_eq!(unbranded, Err(Forged::Wrong));
    }

    /// The example of Slack's page "Verifying requests from Slack".
    #[test]
    fn a_call_of_slack_is_verified() {
        let scheme = Signature::Slack { secret: "x".to_owned() };
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let headers = [
            (
                "x-slack-signature",
                "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ),
            ("x-slack-request-timestamp", "1531420618"),
        ];
        let secret = "8f742231b10e8888abcd99yyyzzz85a5";
        assert_eq!(heard(&scheme, secret, &headers, body, 1_531_420_618), Ok(()));
        assert_eq!(
            heard(&scheme, "other", &headers, body, 1_531_420_618),
            Err(Forged::Wrong)
        );
        assert_eq!(
            heard(&scheme, secret, &headers, body, 1_531_421_000),
            Err(Forged::Stale)
        );
    }

    #[test]
    fn a_body_is_verified_by_its_digest_and_a_token_by_itself() {
        // RFC 4231 §4.3, test case 2.
        let digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let body = b"what do ya want for nothing?";
        let scheme = |prefix: &str| Signature::Hmac {
            secret: "x".to_owned(),
            header: "X-Hub-Signature-256".to_owned(),
            prefix: prefix.to_owned(),
        };
        let branded = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let of = |value: &'static str| [("x-hub-signature-256", value)];
        assert_eq!(heard(&scheme("sha256="), "Jefe", &of(branded), body, 0), Ok(()));
        assert_eq!(heard(&scheme(""), "Jefe", &of(digest), body, 0), Ok(()));
        assert_eq!(
            heard(&scheme("sha256="), "Jefe", &of(digest), body, 0),
            Err(Forged::Wrong)
        );
        assert_eq!(heard(&scheme(""), "Jefe", &of("5bdcc"), body, 0), Err(Forged::Wrong));
        assert_eq!(heard(&scheme(""), "Jefe", &[], body, 0), Err(Forged::Unsigned));
        let token = Signature::Token {
            secret: "x".to_owned(),
            header: "X-Token".to_owned(),
        };
        assert_eq!(heard(&token, "t1", &[("x-token", "t1")], b"", 0), Ok(()));
        assert_eq!(heard(&token, "t1", &[("x-token", "t2")], b"", 0), Err(Forged::Wrong));
    }
}
