//! Devices on which a person can be notified: phones by the token that APNs or FCM gave the app, browsers
//! by their push subscription (W3C Push API). They are read when a message leaves, so that it goes to
//! what the person has then.

use super::push_service::push_host;
use crate::domain::event::Properties;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An app registers: `token`, `platform` (`apns`, `apns_sandbox`, `fcm`), `app`.
pub const DEVICE_REGISTERED: &str = "Device Registered";
/// An app's `token` is good no more, or its owner has signed out there.
pub const DEVICE_REMOVED: &str = "Device Removed";
/// A browser's push subscription: `endpoint`, `keys {p256dh, auth}`.
pub const WEBPUSH_SUBSCRIBED: &str = "Web Push Subscribed";
/// The subscription of that `endpoint` is over.
pub const WEBPUSH_UNSUBSCRIBED: &str = "Web Push Unsubscribed";

/// Most devices of a kind that are kept: those registered last.
pub const DEVICES_KEPT: usize = 5;
/// Longest token of a phone, in bytes.
pub const TOKEN_MAX_BYTES: usize = 4 * 1024;
/// Longest name of an app, in bytes.
const APP_MAX_BYTES: usize = 200;
/// A public key on P-256, uncompressed (RFC 8291 §3.1).
pub const P256DH_BYTES: usize = 65;
/// The authentication secret of a subscription (RFC 8291 §3.2).
pub const AUTH_BYTES: usize = 16;

/// Who carries notifications to a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Apple.
    Apns,
    /// Apple, for apps in development.
    ApnsSandbox,
    /// Firebase Cloud Messaging.
    Fcm,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Apns, Self::ApnsSandbox, Self::Fcm];

    /// Its name in events and in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::ApnsSandbox => "apns_sandbox",
            Self::Fcm => "fcm",
        }
    }

    /// The platform of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }
}

/// An app on a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// By which it is reached.
    #[serde(rename = "t")]
    pub token: String,
    /// Who carries notifications to it.
    #[serde(rename = "p")]
    pub platform: Platform,
    /// Which app, where it was said.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// When it was registered last, in milliseconds.
    #[serde(rename = "s")]
    pub set: i64,
}

/// A browser that agreed to notifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browser {
    /// Where its push service takes messages for it (RFC 8030).
    #[serde(rename = "e")]
    pub endpoint: String,
    /// Its public key (RFC 8291), unpadded base64url.
    #[serde(rename = "k")]
    pub p256dh: String,
    /// Its authentication secret (RFC 8291), unpadded base64url.
    #[serde(rename = "h")]
    pub auth: String,
    /// When it subscribed last, in milliseconds.
    #[serde(rename = "s")]
    pub set: i64,
}

/// What is wrong with a registration: the field and what is expected. Says nothing of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {expected}")]
pub struct DeviceFault {
    /// The field of the event's properties.
    pub field: &'static str,
    /// What is wrong there.
    pub expected: &'static str,
}

pub(super) const fn fault(field: &'static str, expected: &'static str) -> DeviceFault {
    DeviceFault { field, expected }
}

impl Phone {
    /// Reads `token`, `platform` and `app` of an event at that moment (milliseconds).
    pub fn read(properties: &Properties, at: i64) -> Result<Self, DeviceFault> {
        let platform = text(properties, "platform").and_then(Platform::parse);
        let app = text(properties, "app").filter(|app| !app.is_empty());
        if app.is_some_and(|app| app.len() > APP_MAX_BYTES || app.chars().any(char::is_control)) {
            return Err(fault("properties.app", "is not a name of at most 200 bytes"));
        }
        Ok(Self {
            token: token(properties)?.to_owned(),
            platform: platform.ok_or(fault(
                "properties.platform",
                "is not a platform: expected `apns`, `apns_sandbox` or `fcm`",
            ))?,
            app: app.map(str::to_owned),
            set: at,
        })
    }
}

impl Browser {
    /// Reads `endpoint` and `keys` (`p256dh`, `auth`) of an event at that moment (milliseconds), as
    /// `PushSubscription.toJSON()` has them.
    pub fn read(properties: &Properties, at: i64) -> Result<Self, DeviceFault> {
        let endpoint = text(properties, "endpoint").unwrap_or_default();
        push_host(endpoint)?;
        let key = |name: &str| properties.get("keys")?.get(name)?.as_str();
        let (p256dh, auth) = (key("p256dh").unwrap_or_default(), key("auth").unwrap_or_default());
        Ok(Self {
            endpoint: endpoint.to_owned(),
            p256dh: of_length(p256dh, P256DH_BYTES).ok_or(fault(
                "properties.keys.p256dh",
                "is not a public key: expected 65 bytes in base64url",
            ))?,
            auth: of_length(auth, AUTH_BYTES).ok_or(fault(
                "properties.keys.auth",
                "is not a secret: expected 16 bytes in base64url",
            ))?,
            set: at,
        })
    }
}

/// Says what is wrong with what an event of that name registers; of any other event nothing is.
pub fn check_device(event: &str, properties: &Properties) -> Result<(), DeviceFault> {
    match event {
        DEVICE_REGISTERED => Phone::read(properties, 0).map(|_phone| ()),
        DEVICE_REMOVED => token(properties).map(|_token| ()),
        WEBPUSH_SUBSCRIBED => Browser::read(properties, 0).map(|_browser| ()),
        WEBPUSH_UNSUBSCRIBED => push_host(text(properties, "endpoint").unwrap_or_default()).map(|_host| ()),
        _ => Ok(()),
    }
}

fn text<'p>(properties: &'p Properties, name: &str) -> Option<&'p str> {
    properties.get(name).and_then(Value::as_str)
}

fn token(properties: &Properties) -> Result<&str, DeviceFault> {
    let token = text(properties, "token").unwrap_or_default();
    if token.is_empty() {
        return Err(fault("properties.token", "is missing"));
    }
    if token.len() > TOKEN_MAX_BYTES {
        return Err(fault("properties.token", "is longer than 4096 bytes"));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(fault("properties.token", "holds more than printable ASCII"));
    }
    Ok(token)
}

/// The key without padding, if it is one of so many bytes.
fn of_length(key: &str, bytes: usize) -> Option<String> {
    let bare = key.trim_end_matches('=');
    let decoded = URL_SAFE_NO_PAD.decode(bare).ok()?;
    (decoded.len() == bytes).then(|| bare.to_owned())
}

/// A person's devices.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// In the order in which they were registered last.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// In the order in which they subscribed last.
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub browsers: Vec<Browser>,
}

impl Devices {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.phones.is_empty() && self.browsers.is_empty()
    }

    /// Takes a phone in: a token that is known is the same phone. Says whether anything changed that is worth
    /// keeping.
    pub fn register(&mut self, phone: Phone) -> bool {
        keep(&mut self.phones, phone)
    }

    /// Takes a browser in: an endpoint that is known is the same browser. Says whether anything changed that is
    /// worth keeping.
    pub fn subscribe(&mut self, browser: Browser) -> bool {
        keep(&mut self.browsers, browser)
    }

    /// Forgets a phone, unless it registered after that moment. Says whether it was there.
    pub fn remove(&mut self, token: &str, at: i64) -> bool {
        forget(&mut self.phones, token, at)
    }

    /// Forgets a browser, unless it subscribed after that moment. Says whether it was there.
    pub fn unsubscribe(&mut self, endpoint: &str, at: i64) -> bool {
        forget(&mut self.browsers, endpoint, at)
    }

    /// Takes another profile's devices in.
    pub fn merge(&mut self, other: Self) {
        for phone in other.phones {
            self.register(phone);
        }
        for browser in other.browsers {
            self.subscribe(browser);
        }
    }
}

/// A device as it is listed.
trait Listed {
    /// By which it is known.
    fn address(&self) -> &str;
    /// When it was registered last.
    fn set(&self) -> i64;
    /// Whether the other says the same of it, whenever it did.
    fn says_the_same(&self, other: &Self) -> bool;
}

impl Listed for Phone {
    fn address(&self) -> &str {
        &self.token
    }

    fn set(&self) -> i64 {
        self.set
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.platform == other.platform && self.app == other.app
    }
}

impl Listed for Browser {
    fn address(&self) -> &str {
        &self.endpoint
    }

    fn set(&self) -> i64 {
        self.set
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.p256dh == other.p256dh && self.auth == other.auth
    }
}

/// How much later a device has to register again, with nothing new, for that to be noted: apps register at
/// every start, and a write for each would tell nothing.
const WORTH_NOTING_MILLIS: i64 = 24 * 60 * 60 * 1_000;

fn keep<D: Listed>(devices: &mut Vec<D>, device: D) -> bool {
    if let Some(place) = devices.iter().position(|known| known.address() == device.address()) {
        let tells_nothing = devices.get(place).is_some_and(|known| {
            let newer_by = device.set().saturating_sub(known.set());
            newer_by < 0 || (known.says_the_same(&device) && newer_by < WORTH_NOTING_MILLIS)
        });
        if tells_nothing {
            return false;
        }
        devices.remove(place);
    }
    let place = devices.partition_point(|known| known.set() <= device.set());
    devices.insert(place, device);
    let too_many = devices.len().saturating_sub(DEVICES_KEPT);
    devices.drain(..too_many);
    true
}

fn forget<D: Listed>(devices: &mut Vec<D>, address: &str, at: i64) -> bool {
    let before = devices.len();
    devices.retain(|known| known.address() != address || known.set() > at);
    devices.len() < before
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn phone(token: &str, set: i64) -> Phone {
        Phone {
            token: token.to_owned(),
            platform: Platform::Fcm,
            app: None,
            set,
        }
    }

    fn tokens(devices: &Devices) -> Vec<&str> {
        devices.phones.iter().map(|phone| phone.token.as_str()).collect()
    }

    #[test]
    fn the_latest_five_are_kept_whatever_order_they_come_in() {
        let mut devices = Devices::default();
        for set in [3, 1, 2, 6, 5, 4] {
            devices.register(phone(&set.to_string(), set));
        }
        assert_eq!(tokens(&devices), ["2", "3", "4", "5", "6"]);
    }

    #[test]
    fn a_device_that_registers_again_is_one() {
        let mut devices = Devices::default();
        assert!(devices.register(phone("a", 10)));
        assert!(!devices.register(phone("a", 20)), "nothing new");
        assert!(!devices.register(phone("a", 5)), "older");
        assert!(devices.register(phone("a", 10 + WORTH_NOTING_MILLIS)));
        let other = Phone {
            platform: Platform::Apns,
            ..phone("a", 11 + WORTH_NOTING_MILLIS)
        };
        assert!(devices.register(other.clone()));
        assert_eq!(devices.phones, [other]);
    }

    #[test]
    fn what_registered_after_its_removal_stays() {
        let mut devices = Devices::default();
        devices.register(phone("a", 10));
        assert!(!devices.remove("a", 9));
        assert!(!devices.remove("b", 11));
        assert!(devices.remove("a", 10));
        assert!(devices.is_empty());
    }

    #[test]
    fn a_registration_is_read_or_its_field_is_named() {
        let read = |value: Value| Phone::read(value.as_object().unwrap(), 1).map_err(|fault| fault.field);
        assert_eq!(read(json!({ "token": "a", "platform": "fcm" })), Ok(phone("a", 1)));
        let long = "a".repeat(TOKEN_MAX_BYTES + 1);
        for (value, field) in [
            (json!({ "platform": "fcm" }), "properties.token"),
            (json!({ "token": long, "platform": "fcm" }), "properties.token"),
            (json!({ "token": "a b", "platform": "fcm" }), "properties.token"),
            (json!({ "token": "a", "platform": "baidu" }), "properties.platform"),
            (
                json!({ "token": "a", "platform": "fcm", "app": "\n" }),
                "properties.app",
            ),
        ] {
            assert_eq!(read(value), Err(field));
        }
        let keys = json!({
            // RFC 8291, appendix A.
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg==",
        });
        let read = |keys: &Value| {
            let value = json!({ "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/a", "keys": keys });
            Browser::read(value.as_object().unwrap(), 1).map_err(|fault| fault.field)
        };
        assert_eq!(read(&keys).unwrap().auth, "BTBZMqHH6r4Tts7J_aSIgg");
        assert_eq!(read(&json!({ "auth": "x" })), Err("properties.keys.p256dh"));
        let mut short = keys;
        short["auth"] = json!("BTBZMqHH6r4Tts7J");
        assert_eq!(read(&short), Err("properties.keys.auth"));
    }
}
