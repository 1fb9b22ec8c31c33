//! The HTTP request: whose page, which visitor.

use crate::answer::Answer;
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use beckon_shared::domain::event::Source;
use beckon_shared::domain::id::ProfileId;
use beckon_shared::write_keys::{self, WriteKeys};

/// The one path.
pub const PATH: &str = "/v1/onsite";

/// Whether a browser asks whether it may call; what is neither that nor a call is refused.
pub fn is_preflight(request: &LambdaFunctionUrlRequest) -> Result<bool, Answer> {
    let path = request.raw_path.as_deref().unwrap_or_default();
    if path.trim_end_matches('/') != PATH {
        return Err(Answer::NotFound);
    }
    match request.request_context.http.method.as_deref() {
        Some("OPTIONS") => Ok(true),
        Some("GET") => Ok(false),
        Some(_) | None => Err(Answer::NotAllowed),
    }
}

/// Lets a browser's write key in: as the user name of Basic authentication, or as the parameter `writeKey`, which
/// spares the page a preflight.
pub fn admit(keys: &WriteKeys, request: &LambdaFunctionUrlRequest) -> Result<(), Answer> {
    let header = request
        .headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let header = header.map(write_keys::key_of).transpose();
    let header = header.map_err(Answer::Unauthorized)?.flatten();
    let parameter = request.query_string_parameters.get("writeKey").cloned();
    let key = match (header, parameter) {
        (Some(header), Some(parameter)) if header != parameter => {
            return Err(Answer::Unauthorized(
                "the write keys in the header and in the parameter differ",
            ));
        }
        (header, parameter) => header.or(parameter),
    };
    let key = key.ok_or(Answer::Unauthorized(
        "no write key: send it as the user name of Basic authentication or as the parameter `writeKey`",
    ))?;
    match keys.source(&key) {
        Some(Source::Browser) => Ok(()),
        Some(Source::Server | Source::Provider | Source::System) => Err(Answer::Unauthorized(
            "this is a server's write key, which no page should hold: use the browser's",
        )),
        None => Err(Answer::Unauthorized("the write key is not known")),
    }
}

/// Who asks.
pub fn visitor(request: &LambdaFunctionUrlRequest) -> Result<ProfileId, Answer> {
    let id = request.query_string_parameters.get("anonymousId").map(String::as_str);
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| Answer::Unreadable {
        field: "anonymousId",
        reason: "is missing".to_owned(),
    })?;
    ProfileId::anonymous(id).map_err(|error| Answer::Unreadable {
        field: "anonymousId",
        reason: error.to_string(),
    })
}
