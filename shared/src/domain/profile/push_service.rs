//! Addresses that browsers name for their notifications: anybody can name any, so only those of push
//! services are written to.

use super::device::{DeviceFault, fault};

/// Longest address of a push subscription, in bytes.
pub const ENDPOINT_MAX_BYTES: usize = 1024;

/// The host of a push service's address: a name behind `https://`, on no other port than 443, with
/// no user in front of it and no number in the place of a name.
pub fn push_host(endpoint: &str) -> Result<&str, DeviceFault> {
    const FIELD: &str = "properties.endpoint";
    if endpoint.len() > ENDPOINT_MAX_BYTES {
        return Err(fault(FIELD, "is longer than 1024 bytes"));
    }
    let rest = endpoint
        .strip_prefix("https://")
        .ok_or(fault(FIELD, "is not an https address"))?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err(fault(FIELD, "holds more than printable ASCII"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    // The last label of a name is never a number (RFC 3696 §2), that of an IPv4 address is.
    let last = host.rsplit('.').next().unwrap_or_default();
    if !host.contains('.') || !host.split('.').all(label) || !last.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return Err(fault(FIELD, "does not name a host on port 443"));
    }
    Ok(host)
}

/// Push services of the browsers that there are: hosts, or what hosts end with behind `*`. Chrome and its
/// relatives, Firefox, Edge, Safari.
pub const PUSH_SERVICES: [&str; 4] = [
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
];

/// Whether a host is a push service that is known, or one of `more`, which are written alike.
pub fn is_push_service<'m>(host: &str, more: impl IntoIterator<Item = &'m str>) -> bool {
    PUSH_SERVICES
        .into_iter()
        .chain(more)
        .any(|known| match known.strip_prefix('*') {
            Some(ending) => host.ends_with(ending) && host.len() > ending.len() && ending.starts_with('.'),
            None => host == known,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_no_push_services_is_told_so() {
        let long = format!("https://push.example.com/{}", "a".repeat(5 * 1024));
        for (endpoint, expected) in [
            ("https://fcm.googleapis.com/fcm/send/x:y", Ok("fcm.googleapis.com")),
            ("https://web.push.apple.com:443/Q", Ok("web.push.apple.com")),
            ("http://fcm.googleapis.com/x", Err("is not an https address")),
            (long.as_str(), Err("is longer than 1024 bytes")),
            (
                "https://fcm.googleapis.com:8080/x",
                Err("does not name a host on port 443"),
            ),
            (
                "https://fcm.googleapis.com@evil.example/x",
                Err("does not name a host on port 443"),
            ),
            ("https://10.0.0.1/x", Err("does not name a host on port 443")),
            ("https://[::1]/x", Err("does not name a host on port 443")),
            ("https://localhost/x", Err("does not name a host on port 443")),
            ("https://fcm.googleapis.com./x", Err("does not name a host on port 443")),
            ("https://a.b\\@c.d/x", Err("holds more than printable ASCII")),
            ("https://a.b/x\r\ny", Err("holds more than printable ASCII")),
        ] {
            let found = push_host(endpoint).map_err(|fault| fault.expected);
            assert_eq!(found, expected, "{endpoint}");
        }
    }
}
