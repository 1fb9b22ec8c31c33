//! A function URL: HTTP requests as events of payload format 2.0, answers as HTTP responses
//! (AWS Lambda, "Invoking Lambda function URLs").

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Largest request: 6 MB (AWS Lambda, "Lambda quotas", synchronous payload).
pub const LARGEST_REQUEST_BYTES: usize = 6 * 1024 * 1024;

/// The event for a request. `id` is the request's id, `now` the virtual time.
pub fn event(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8], id: &str, now: Timestamp) -> Value {
    let mut flat = Map::new();
    for name in headers.keys() {
        if name == header::COOKIE {
            continue;
        }
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        flat.insert(name.as_str().to_owned(), Value::from(values.join(",")));
    }
    let user_agent = flat.get("user-agent").cloned().unwrap_or_default();
    let domain = flat.get("host").cloned().unwrap_or_default();
    let cookies: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .collect();
    let mut query: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        let joined = match query.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.into_owned(),
        };
        query.insert(name.into_owned(), Value::from(joined));
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": flat,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": "local",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": user_agent,
            },
            "requestId": id,
            "routeKey": "$default",
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": now.as_millisecond(),
        },
    });
    if let Some(event) = event.as_object_mut() {
        if !cookies.is_empty() {
            event.insert("cookies".to_owned(), Value::from(cookies));
        }
        if !query.is_empty() {
            event.insert("queryStringParameters".to_owned(), Value::Object(query));
        }
        let text = if is_text(headers) {
            std::str::from_utf8(body).ok()
        } else {
            None
        };
        event.insert(
            "isBase64Encoded".to_owned(),
            Value::from(text.is_none() && !body.is_empty()),
        );
        match text {
            _ if body.is_empty() => {}
            Some(text) => drop(event.insert("body".to_owned(), Value::from(text))),
            None => drop(event.insert("body".to_owned(), Value::from(STANDARD.encode(body)))),
        }
    }
    event
}

/// The HTTP response for a function's answer. An object without `statusCode`, or anything else,
/// is itself the body, with 200 ("Response payload format").
pub fn response(answer: &[u8]) -> Response {
    let inferred = || {
        let mut response = Response::new(Body::from(answer.to_vec()));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    };
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(answer) else {
        return inferred();
    };
    let Some(status) = answer.get("statusCode") else {
        return inferred();
    };
    let status = status.as_u64().and_then(|status| u16::try_from(status).ok());
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return bad_gateway();
    };
    let text = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = match answer.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => match STANDARD.decode(text) {
            Ok(bytes) => bytes,
            Err(_) => return bad_gateway(),
        },
        Some(false) | None => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(&text)) else {
            return bad_gateway();
        };
        response.headers_mut().insert(name, value);
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        match cookie.as_str().map(HeaderValue::from_str) {
            Some(Ok(cookie)) => drop(response.headers_mut().append(header::SET_COOKIE, cookie)),
            Some(Err(_)) | None => return bad_gateway(),
        }
    }
    response
}

/// What the caller sees when the function failed.
pub fn bad_gateway() -> Response {
    let mut response = Response::new(Body::from("Internal Server Error"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or("text/plain").split(';').next().unwrap_or_default();
    let kind = kind.trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || matches!(
            kind.as_str(),
            "application/json" | "application/javascript" | "application/xml" | "application/x-www-form-urlencoded"
        )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn request(headers: &[(&'static str, &'static str)], body: &[u8]) -> Value {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let uri: Uri = "/v1/track?a=1&a=2&b=x%20y".parse().unwrap();
        let now = "2026-03-01T10:00:00Z".parse().unwrap();
        event(&Method::POST, &uri, &map, body, "id", now)
    }

    #[test]
    fn a_request_becomes_an_event_of_format_two() {
        let headers = [
            ("host", "127.0.0.1:8787"),
            ("content-type", "application/json"),
            ("cookie", "a=1; b=2"),
            ("x-many", "1"),
            ("x-many", "2"),
        ];
        let event = request(&headers, br#"{"x":1}"#);
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["rawPath"], "/v1/track");
        assert_eq!(event["rawQueryString"], "a=1&a=2&b=x%20y");
        assert_eq!(event["queryStringParameters"], json!({"a": "1,2", "b": "x y"}));
        assert_eq!(event["headers"]["x-many"], "1,2");
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["body"], r#"{"x":1}"#);
        assert_eq!(event["isBase64Encoded"], false);
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(event["requestContext"]["time"], "01/Mar/2026:10:00:00 +0000");
    }

    #[test]
    fn bytes_travel_in_base64() {
        let gzip = request(
            &[("content-type", "application/json"), ("content-encoding", "gzip")],
            b"\x1f\x8b",
        );
        assert_eq!(gzip["isBase64Encoded"], true);
        assert_eq!(gzip["body"], "H4s=");
        let broken = request(&[("content-type", "text/plain")], b"\xff");
        assert_eq!(broken["isBase64Encoded"], true);
    }

    #[test]
    fn an_answer_becomes_a_response() {
        let answer = json!({"statusCode": 429, "headers": {"retry-after": "1"}, "body": "x", "cookies": ["a=1"]});
        let found = response(answer.to_string().as_bytes());
        assert_eq!(found.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(found.headers()["retry-after"], "1");
        assert_eq!(found.headers()["set-cookie"], "a=1");
        assert_eq!(response(br#"{"any":"thing"}"#).status(), StatusCode::OK);
        assert_eq!(response(br#"{"statusCode":99999}"#).status(), StatusCode::BAD_GATEWAY);
    }
}
