//! The HTTP request: which service, and what it says.

use crate::answer::Answer;
use aws_lambda_events::http::header;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What paths begin with.
const PREFIX: &str = "/v1/inbound/";
/// Most bytes of a body.
pub const BODY_MAX_BYTES: usize = 256 * 1024;
/// How a form says that it is one.
const FORM: &str = "application/x-www-form-urlencoded";
/// Longest challenge that is given back, in bytes.
const CHALLENGE_MAX_BYTES: usize = 128;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'r> {
    /// Whether this address is ours (Meta: "Verification requests").
    Challenge {
        /// The service that the path names.
        service: &'r str,
        /// What only we and the service know.
        token: &'r str,
        /// What to give back.
        challenge: &'r str,
    },
    /// That we hear something.
    Call {
        /// The service that the path names.
        service: &'r str,
    },
}

impl<'r> Asked<'r> {
    /// The service that the path names.
    pub fn service(&self) -> &'r str {
        match self {
            Self::Challenge { service, .. } | Self::Call { service } => service,
        }
    }
}

/// What the request asks.
pub fn asked(request: &LambdaFunctionUrlRequest) -> Result<Asked<'_>, Answer> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    let service = path.strip_prefix(PREFIX).ok_or(Answer::NotFound)?.trim_end_matches('/');
    match request.request_context.http.method.as_deref() {
        Some("POST") => Ok(Asked::Call { service }),
        Some("GET") => {
            let query = |name: &str| request.query_string_parameters.get(name).map(String::as_str);
            let (token, challenge) = match (query("hub.mode"), query("hub.verify_token"), query("hub.challenge")) {
                (Some("subscribe"), Some(token), Some(challenge)) => (token, challenge),
                _ => return Err(Answer::NotAllowed),
            };
            if !is_harmless(challenge) {
                return Err(Answer::NotAllowed);
            }
            Ok(Asked::Challenge {
                service,
                token,
                challenge,
            })
        }
        Some(_) | None => Err(Answer::NotAllowed),
    }
}

/// The body, byte by byte as it was signed.
pub fn body(request: &LambdaFunctionUrlRequest) -> Result<Vec<u8>, Answer> {
    let text = request.body.as_deref().unwrap_or_default();
    // Base64 takes four bytes for three.
    if text.len() / 4 * 3 > BODY_MAX_BYTES {
        return Err(Answer::TooLarge);
    }
    let bytes = match request.is_base64_encoded {
        true => STANDARD.decode(text).map_err(|_| Answer::NotJson)?,
        false => text.as_bytes().to_vec(),
    };
    match bytes.len() > BODY_MAX_BYTES {
        true => Err(Answer::TooLarge),
        false => Ok(bytes),
    }
}

/// Whether a challenge may be given back as it came, to whoever reads it: letters and digits do no harm.
pub fn is_harmless(challenge: &str) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    challenge.len() <= CHALLENGE_MAX_BYTES && challenge.chars().all(harmless)
}

/// The JSON of a verified body: in a field of it, where it is a form and the service's file says in which.
pub fn json(request: &LambdaFunctionUrlRequest, body: &[u8], form_field: Option<&str>) -> Result<Value, Answer> {
    let kind = request.headers.get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()));
    let json = match form_field.filter(|_| is_form) {
        Some(field) => {
            let value = form_urlencoded::parse(body).find_map(|(name, value)| (name == field).then_some(value));
            serde_json::from_str(&value.ok_or(Answer::NotJson)?)
        }
        None => serde_json::from_slice(body),
    };
    json.map_err(|_| Answer::NotJson)
}
