//! Notifications of phones by Amazon SNS: an endpoint for the app's token, then `Publish` to it.
//!
//! SNS keeps an endpoint for each token, which it disables when the platform says that the token is good no more. With
//! the endpoint we keep when the device registered (`CustomUserData`), which tells the two apart that look alike:
//!
//! | endpoint | because | done |
//! |---|---|---|
//! | none | the token is new | made |
//! | there, with the same moment | nothing happened | used; where it is disabled, the device is gone |
//! | there, with another moment | the device has registered again since | enabled, its moment set (AWS, "Create a platform endpoint and manage device tokens") |
//!
//! Nothing has left before `Publish`: whatever goes wrong until then may be tried again.

pub mod payload;
#[cfg(test)]
mod tests;

use super::{failure, misdirected, tags};
use crate::domain::campaign::Channel;
use crate::domain::profile::{Phone, Platform};
use crate::ports::Sender;
use crate::ports::sender::{Attempt, Device, Outgoing, SendError, Taken};
use aws_sdk_sns::Client;
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::types::MessageAttributeValue;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::Deserialize;

const PROVIDER: &str = "sns push";

/// The platform applications of the account, by platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushApps {
    #[serde(default)]
    apns: String,
    #[serde(default)]
    apns_sandbox: String,
    #[serde(default)]
    fcm: String,
}

/// Why the applications cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the push applications are not a JSON object of ARNs by `apns`, `apns_sandbox` and `fcm`: {0}")]
pub struct PushAppsError(String);

impl PushApps {
    /// Reads a JSON object of ARNs by platform. An empty text holds none; an ARN that is empty, or ends in `/` where
    /// the application's name would be, is none.
    pub fn parse(json: &str) -> Result<Self, PushAppsError> {
        if json.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(json).map_err(|error| PushAppsError(error.to_string()))
    }

    fn of(&self, platform: Platform) -> Option<&str> {
        let arn = match platform {
            Platform::Apns => &self.apns,
            Platform::ApnsSandbox => &self.apns_sandbox,
            Platform::Fcm => &self.fcm,
        };
        Some(arn.as_str()).filter(|arn| !arn.is_empty() && !arn.ends_with('/'))
    }
}

/// Sends notifications to phones. Its client makes one attempt a call (see [`super`]).
#[derive(Debug, Clone)]
pub struct PushSender {
    client: Client,
    apps: PushApps,
}

impl PushSender {
    /// A sender through this client, by these applications.
    pub fn new(client: Client, apps: PushApps) -> Self {
        Self { client, apps }
    }
}

impl Sender for PushSender {
    fn channels(&self) -> &[Channel] {
        &[Channel::Push]
    }

    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Attempt<'a> {
        Box::pin(self.attempt(outgoing))
    }
}

impl PushSender {
    async fn attempt(&self, outgoing: &Outgoing) -> Result<Taken, SendError> {
        let Some(Device::Phone(phone)) = &outgoing.device else {
            return Err(misdirected(PROVIDER));
        };
        let application = self
            .apps
            .of(phone.platform)
            .ok_or_else(|| fail(format!("no application for `{}` is configured", phone.platform.name())))?;
        let text = payload::of(outgoing, phone.platform)?;
        let endpoint = self.endpoint(application, phone).await?;
        self.publish(outgoing, phone.platform, &endpoint, text).await
    }

    /// The endpoint of the phone's token, enabled if the phone has registered since it was disabled.
    async fn endpoint(&self, application: &str, phone: &Phone) -> Result<String, SendError> {
        let moment = phone.set.to_string();
        let made = self
            .client
            .create_platform_endpoint()
            .platform_application_arn(application)
            .token(&phone.token)
            .custom_user_data(&moment)
            .send()
            .await;
        match made {
            Ok(answer) => answer.endpoint_arn.ok_or_else(|| retry("the answer holds no endpoint")),
            Err(error) => match of_another_moment(&error) {
                Some(endpoint) => {
                    self.enable(&endpoint, phone, &moment).await?;
                    Ok(endpoint)
                }
                None if is_no_token(&error) => Err(SendError::Gone {
                    reason: format!("{PROVIDER}: the platform takes no such token"),
                }),
                None => Err(nothing_left(failure::classify(PROVIDER, &error))),
            },
        }
    }

    async fn enable(&self, endpoint: &str, phone: &Phone, moment: &str) -> Result<(), SendError> {
        let done = self
            .client
            .set_endpoint_attributes()
            .endpoint_arn(endpoint)
            .attributes("Token", &phone.token)
            .attributes("Enabled", "true")
            .attributes("CustomUserData", moment)
            .send()
            .await;
        match done {
            Ok(_) => Ok(()),
            Err(error) => Err(nothing_left(failure::classify(PROVIDER, &error))),
        }
    }

    async fn publish(
        &self,
        outgoing: &Outgoing,
        platform: Platform,
        endpoint: &str,
        text: String,
    ) -> Result<Taken, SendError> {
        let mut call = self
            .client
            .publish()
            .target_arn(endpoint)
            .message_structure("json")
            .message(text);
        let own = payload::attributes(outgoing, platform);
        for (name, value) in own.into_iter().chain(tags::of(outgoing)) {
            let value = MessageAttributeValue::builder()
                .data_type("String")
                .string_value(value)
                .build()
                .map_err(|error| fail(error.to_string()))?;
            call = call.message_attributes(name, value);
        }
        match call.send().await {
            Ok(answer) => answer.message_id.map(Taken::under).ok_or_else(|| SendError::Unknown {
                reason: format!("{PROVIDER}: the answer holds no message id"),
            }),
            Err(error) if code_of(&error) == Some("EndpointDisabled") => Err(SendError::Gone {
                reason: format!("{PROVIDER}: EndpointDisabled"),
            }),
            Err(error) => Err(failure::classify(PROVIDER, &error)),
        }
    }
}

/// The endpoint that there is for the token with another moment. SNS names it in words only; reading them is what its
/// guide's own example does.
fn of_another_moment<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let message = error.as_service_error()?.message()?;
    if !message.contains("already exists with the same Token") {
        return None;
    }
    let arn = message.split_whitespace().find(|word| word.starts_with("arn:"))?;
    Some(arn.to_owned())
}

/// Whether SNS refuses what is in the place of the token.
fn is_no_token<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let message = error.as_service_error().and_then(ProvideErrorMetadata::message);
    code_of(error) == Some("InvalidParameter")
        && message.is_some_and(|message| message.starts_with("Invalid parameter: Token"))
}

fn code_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error()?.code()
}

/// What is in doubt is not whether the message left: it did not.
fn nothing_left(error: SendError) -> SendError {
    match error {
        SendError::Unknown { reason } => SendError::Retry { reason, after: None },
        SendError::Retry { .. } | SendError::Fail { .. } | SendError::Gone { .. } => error,
    }
}

fn retry(reason: &str) -> SendError {
    SendError::Retry {
        reason: format!("{PROVIDER}: {reason}"),
        after: None,
    }
}

fn fail(reason: impl std::fmt::Display) -> SendError {
    SendError::Fail {
        reason: format!("{PROVIDER}: {reason}"),
    }
}
