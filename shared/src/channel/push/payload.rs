//! What each platform is handed (SNS Developer Guide, "Publishing Amazon SNS notifications with platform-specific
//! payloads", "Using Google Firebase Cloud Messaging v1 payloads in Amazon SNS"; Apple, "Generating a remote
//! notification").

use super::{PROVIDER, fail, misdirected};
use crate::domain::campaign::Purpose;
use crate::domain::profile::Platform;
use crate::ports::sender::{Content, Outgoing, SendError};
use serde_json::{Value, json};

/// Largest payload of both platforms, in bytes.
const PAYLOAD_MAX_BYTES: usize = 4_096;

/// The message as SNS takes it with `MessageStructure: json`: by platform the payload as text, and beside it a text
/// for those without one.
pub(super) fn of(outgoing: &Outgoing, platform: Platform) -> Result<String, SendError> {
    let Content::Notice { title, text, link, .. } = &outgoing.content else {
        return Err(misdirected(PROVIDER));
    };
    let alert = without_null(json!({ "title": title, "body": text }));
    // FCM takes texts only.
    let data = without_null(json!({
        "message": outgoing.message.as_str(),
        "campaign": outgoing.campaign.as_str(),
        "step": outgoing.step,
        "link": link,
    }));
    let payload = match platform {
        Platform::Apns | Platform::ApnsSandbox => json!({ "aps": { "alert": alert }, "beckon": data }),
        Platform::Fcm => json!({ "fcmV1Message": { "message": {
            "notification": alert,
            "data": data,
            "android": { "priority": priority(outgoing.purpose) },
        } } }),
    };
    let payload = payload.to_string();
    if payload.len() > PAYLOAD_MAX_BYTES {
        return Err(fail("the message is longer than 4096 bytes with what is around it"));
    }
    let key = match platform {
        Platform::Apns => "APNS",
        Platform::ApnsSandbox => "APNS_SANDBOX",
        Platform::Fcm => "GCM",
    };
    Ok(json!({ "default": text, key: payload }).to_string())
}

/// Attributes that shape what SNS does with it: how long the platform keeps it (Developer Guide, "Using the Amazon
/// SNS time to live message attribute"), and that it is to be shown ("Amazon SNS reserved message attributes for
/// mobile push notifications").
pub(super) fn attributes(outgoing: &Outgoing, platform: Platform) -> Vec<(&'static str, String)> {
    let (ttl, shown) = match platform {
        Platform::Apns => ("AWS.SNS.MOBILE.APNS.TTL", true),
        Platform::ApnsSandbox => ("AWS.SNS.MOBILE.APNS_SANDBOX.TTL", true),
        Platform::Fcm => ("AWS.SNS.MOBILE.FCM.TTL", false),
    };
    let left = outgoing.left().map(|left| (ttl, (left.millis / 1_000).to_string()));
    let alert = shown.then(|| ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned()));
    left.into_iter().chain(alert).collect()
}

/// FCM's `AndroidMessagePriority`: whether a sleeping phone is woken.
const fn priority(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional | Purpose::Confirmation => "high",
        Purpose::Marketing => "normal",
    }
}

fn without_null(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    value
}
