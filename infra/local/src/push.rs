//! SNS's mobile push: endpoints of apps on phones (Amazon SNS API Reference, "CreatePlatformEndpoint",
//! "SetEndpointAttributes", "Publish").
//!
//! A platform says some time after a notification that it knows the token no more. Here it does so with the first one
//! for a token that ends in `gone`, and the endpoint is disabled from then on.

use crate::aws;
use crate::sent::{Sent, SentMessage};
use crate::sns::{QueryError, invalid};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The platforms, by their names in the bundle's configuration and in ARNs.
const PLATFORMS: [(&str, &str); 3] = [("apns", "APNS"), ("apns_sandbox", "APNS_SANDBOX"), ("fcm", "GCM")];

/// The platform applications that there are, as the bundle is configured with them.
pub fn applications() -> Value {
    PLATFORMS
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), json!(arn(&format!("app/{kind}/local")))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn arn(resource: &str) -> String {
    format!("arn:aws:sns:{}:{}:{resource}", aws::REGION, aws::ACCOUNT)
}

#[derive(Debug, Clone)]
struct Endpoint {
    token: String,
    user_data: String,
    enabled: bool,
}

/// All endpoints, by ARN.
#[derive(Debug, Default)]
pub struct Endpoints(Mutex<BTreeMap<String, Endpoint>>);

impl Endpoints {
    /// Gives the endpoint of a token, made if there is none.
    pub fn create(&self, form: &BTreeMap<String, String>) -> Result<String, QueryError> {
        let text = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let (application, token) = (text("PlatformApplicationArn"), text("Token"));
        let known = applications();
        if !known
            .as_object()
            .is_some_and(|known| known.values().any(|arn| arn == application))
        {
            return Err(not_found("PlatformApplication does not exist"));
        }
        if token.is_empty() {
            return Err(invalid("Invalid parameter: Token"));
        }
        let user_data = form.get("CustomUserData").cloned().unwrap_or_default();
        let id = aws::derived_id(&format!("{application} {token}"));
        let arn = format!("{}/{id}", application.replacen(":app/", ":endpoint/", 1));
        let mut endpoints = self.lock();
        if endpoints.get(&arn).is_some_and(|known| known.user_data != user_data) {
            return Err(invalid(&format!(
                "Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token, but different \
                 attributes."
            )));
        }
        endpoints.entry(arn.clone()).or_insert_with(|| Endpoint {
            token: token.to_owned(),
            user_data,
            enabled: true,
        });
        Ok(arn)
    }

    /// Changes an endpoint: `Attributes.entry.<n>.key`, `….value`.
    pub fn set(&self, form: &BTreeMap<String, String>) -> Result<(), QueryError> {
        let mut endpoints = self.lock();
        let endpoint = form.get("EndpointArn").and_then(|arn| endpoints.get_mut(arn));
        let endpoint = endpoint.ok_or_else(|| not_found("Endpoint does not exist"))?;
        for entry in 1.. {
            let field = |name: &str| form.get(&format!("Attributes.entry.{entry}.{name}")).cloned();
            let (Some(key), Some(value)) = (field("key"), field("value")) else {
                break;
            };
            match key.as_str() {
                "Enabled" => endpoint.enabled = value == "true",
                "Token" => endpoint.token = value,
                "CustomUserData" => endpoint.user_data = value,
                _ => return Err(invalid("Invalid parameter: Attributes")),
            }
        }
        Ok(())
    }

    /// Publishes to an endpoint. The message is there as its phone shows it.
    pub fn publish(
        &self,
        sent: &Sent,
        now: Timestamp,
        arn: &str,
        form: &BTreeMap<String, String>,
        attributes: BTreeMap<String, String>,
    ) -> Result<String, QueryError> {
        let mut endpoints = self.lock();
        let endpoint = endpoints
            .get_mut(arn)
            .ok_or_else(|| not_found("Endpoint does not exist"))?;
        if !endpoint.enabled {
            return Err(QueryError {
                status: StatusCode::BAD_REQUEST,
                fault: "Sender",
                code: "EndpointDisabled",
                message: "Endpoint is disabled".to_owned(),
            });
        }
        let message = form.get("Message").map(String::as_str).unwrap_or_default();
        let alert = alert(message, arn).ok_or_else(|| invalid("Invalid parameter: Message Structure"))?;
        endpoint.enabled = !endpoint.token.ends_with("gone");
        let token = endpoint.token.clone();
        let text = |name: &str| alert.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(sent.take(|before| {
            let id = aws::derived_id(&format!("sns {before} {now}"));
            SentMessage {
                subject: text("title"),
                text: text("body"),
                body: Some(message.to_owned()),
                ..SentMessage::new(now, "push", token, id, attributes)
            }
        }))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Endpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the phone shows of a message with `MessageStructure: json`: the payload is a text of its own, for the platform
/// of the endpoint.
fn alert(message: &str, arn: &str) -> Option<Value> {
    let kind = arn.split(":endpoint/").nth(1)?.split('/').next()?;
    let message: Value = serde_json::from_str(message).ok()?;
    message.get("default")?;
    let payload: Value = serde_json::from_str(message.get(kind)?.as_str()?).ok()?;
    let shown = match kind {
        "GCM" => "/fcmV1Message/message/notification",
        _ => "/aps/alert",
    };
    payload.pointer(shown).cloned()
}

fn not_found(message: &str) -> QueryError {
    QueryError {
        status: StatusCode::NOT_FOUND,
        fault: "Sender",
        code: "NotFound",
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        let fields = fields.iter();
        fields
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn create(endpoints: &Endpoints, token: &str, data: &str) -> Result<String, QueryError> {
        let application = arn("app/GCM/local");
        endpoints.create(&form(&[
            ("PlatformApplicationArn", &application),
            ("Token", token),
            ("CustomUserData", data),
        ]))
    }

    fn publish(endpoints: &Endpoints, sent: &Sent, arn: &str) -> Result<String, QueryError> {
        let payload = json!({ "fcmV1Message": { "message": { "notification": { "title": "T", "body": "B" } } } });
        let message = json!({ "default": "B", "GCM": payload.to_string() }).to_string();
        endpoints.publish(
            sent,
            Timestamp::UNIX_EPOCH,
            arn,
            &form(&[("Message", &message)]),
            BTreeMap::new(),
        )
    }

    #[test]
    fn a_token_has_one_endpoint_which_is_found_only_with_the_same_data() {
        let endpoints = Endpoints::default();
        let first = create(&endpoints, "t", "1").unwrap();
        assert_eq!(create(&endpoints, "t", "1").unwrap(), first);
        let refused = create(&endpoints, "t", "2").unwrap_err();
        assert!(
            refused
                .message
                .contains(&format!("Endpoint {first} already exists with the same Token"))
        );
        assert!(create(&endpoints, "", "1").is_err());
    }

    #[test]
    fn a_token_that_is_gone_is_disabled_until_it_is_enabled_again() {
        let (endpoints, sent) = (Endpoints::default(), Sent::default());
        let arn = create(&endpoints, "phone-gone", "1").unwrap();
        assert!(publish(&endpoints, &sent, &arn).is_ok());
        assert_eq!(publish(&endpoints, &sent, &arn).unwrap_err().code, "EndpointDisabled");
        let enable = form(&[
            ("EndpointArn", &arn),
            ("Attributes.entry.1.key", "Enabled"),
            ("Attributes.entry.1.value", "true"),
        ]);
        endpoints.set(&enable).unwrap();
        assert!(publish(&endpoints, &sent, &arn).is_ok());
        let shown = &sent.messages(Some("push"))[0];
        assert_eq!(
            (shown.subject.as_deref(), shown.text.as_deref()),
            (Some("T"), Some("B"))
        );
    }
}
