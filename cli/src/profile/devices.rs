//! Devices, as far as people need to see them: what they are and when they were heard of last, and nothing by which one
//! could write to them.

use super::time;
use beckon_shared::domain::profile::{Devices, push_host};
use beckon_shared::domain::time::Timestamp;

/// A line for each device, phones first.
pub fn lines(devices: &Devices) -> Vec<String> {
    let phones = devices.phones.iter().map(|phone| {
        let app = phone.app.as_deref().map(|app| format!(" in {app}")).unwrap_or_default();
        format!(
            "phone by {}{app}, registered {}",
            phone.platform.name(),
            moment(phone.set)
        )
    });
    let browsers = devices.browsers.iter().map(|browser| {
        let service = push_host(&browser.endpoint).unwrap_or("a push service that cannot be called");
        format!("browser by {service}, subscribed {}", moment(browser.set))
    });
    phones.chain(browsers).collect()
}

fn moment(millis: i64) -> String {
    Timestamp::from_millisecond(millis).map(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;
    use beckon_shared::domain::profile::{Browser, Phone, Platform};

    #[test]
    fn a_device_is_told_without_what_reaches_it() {
        let devices = Devices {
            phones: vec![Phone {
                token: "t0ken".to_owned(),
                platform: Platform::Apns,
                app: Some("shop".to_owned()),
                set: 1_772_445_600_000,
            }],
            browsers: vec![Browser {
                endpoint: "https://fcm.googleapis.com/fcm/send/secret".to_owned(),
                p256dh: "key".to_owned(),
                auth: "auth".to_owned(),
                set: 1_772_445_660_000,
            }],
        };
        let expected = [
            "phone by apns in shop, registered 2026-03-02 10:00:00",
            "browser by fcm.googleapis.com, subscribed 2026-03-02 10:01:00",
        ];
        assert_eq!(lines(&devices), expected);
    }
}
