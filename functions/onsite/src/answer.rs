//! What the page hears.

use aws_lambda_events::http::{HeaderMap, HeaderName, HeaderValue, header};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlResponse;
use beckon_shared::ports::page::Placed;
use serde_json::{Value, json};

/// After how many seconds a page that is looked at should ask again.
pub const POLL_SECS: u32 = 15;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What waits, the latest last.
    Messages(Vec<Placed>),
    /// A parameter cannot be read.
    Unreadable {
        /// Which.
        field: &'static str,
        /// Why.
        reason: String,
    },
    /// No key, an unknown one, two, or one that no page should hold.
    Unauthorized(&'static str),
    /// No such path.
    NotFound,
    /// Not by this method.
    NotAllowed,
    /// The store asks to wait.
    Busy,
    /// The store refuses: somebody has to look.
    Broken,
    /// A browser asks whether it may call (Fetch standard, "CORS-preflight request").
    Preflight,
}

/// What a busy store asks for.
const RETRY_AFTER_SECS: &str = "5";

impl Answer {
    fn status(&self) -> i64 {
        match self {
            Self::Messages(_) => 200,
            Self::Preflight => 204,
            Self::Unreadable { .. } => 400,
            Self::Unauthorized(_) => 401,
            Self::NotFound => 404,
            Self::NotAllowed => 405,
            Self::Busy => 429,
            Self::Broken => 500,
        }
    }

    fn body(&self) -> Option<Value> {
        let no = |reason: &str| json!({ "success": false, "reason": reason });
        Some(match self {
            Self::Preflight => return None,
            Self::Messages(placed) => json!({
                "messages": placed.iter().map(shown).collect::<Vec<_>>(),
                "poll": POLL_SECS,
            }),
            Self::Unreadable { field, reason } => json!({ "success": false, "field": field, "reason": reason }),
            Self::Unauthorized(reason) => no(reason),
            Self::NotFound => no("no such call: GET /v1/onsite?anonymousId=…"),
            Self::NotAllowed => no("only GET is taken here"),
            Self::Busy => no("busy: ask again in a moment"),
            Self::Broken => no("what waits could not be read: ask again later"),
        })
    }

    /// As Lambda gives it to the function URL.
    pub fn into_response(self) -> LambdaFunctionUrlResponse {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        set(header::CACHE_CONTROL, "no-store");
        match self {
            Self::Preflight => {
                set(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, OPTIONS");
                set(header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization");
                set(header::ACCESS_CONTROL_MAX_AGE, "86400");
            }
            Self::Busy => {
                set(header::RETRY_AFTER, RETRY_AFTER_SECS);
            }
            Self::NotAllowed => {
                set(header::ALLOW, "GET, OPTIONS");
            }
            Self::Messages(_) | Self::Unreadable { .. } | Self::Unauthorized(_) | Self::NotFound | Self::Broken => {}
        }
        let body = self.body();
        if body.is_some() {
            set(header::CONTENT_TYPE, "application/json");
        }
        let mut response = LambdaFunctionUrlResponse::default();
        response.status_code = self.status();
        response.headers = headers;
        response.body = body.map(|body| body.to_string());
        response
    }
}

/// A message as the page gets it. `campaign` and `step` go into the events that it tells of the message.
fn shown(placed: &Placed) -> Value {
    json!({
        "message": placed.message.as_str(),
        "campaign": placed.campaign.as_str(),
        "step": placed.step,
        "form": placed.form.name(),
        "title": placed.title,
        "text": placed.text,
        "link": placed.link,
        "placed": placed.at.to_string(),
        "expires": placed.expires.to_string(),
    })
}
