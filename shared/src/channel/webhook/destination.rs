//! Which addresses may be called: HTTPS, on a host that the workspace lists, and no other way to say it.

use std::net::IpAddr;

/// The port of HTTPS.
const HTTPS_PORT: &str = "443";

/// An address that may be called.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination {
    /// The host, with its port where that is not 443.
    pub host: String,
    /// What stands behind it, from `/` on.
    path: String,
}

/// Why an address is not called. Repeats no more of it than the host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// Not `https://`.
    #[error("only `https://` is called")]
    NotHttps,
    /// There is a user name in it, or nothing where the host should be.
    #[error("the address names no plain host")]
    NoHost,
    /// A number instead of a name.
    #[error("`{0}` is an IP address, expected a host's name")]
    IpAddress(String),
    /// Not among the workspace's hosts.
    #[error("`{0}` is not among the `hosts` of the workspace")]
    NotListed(String),
}

impl Destination {
    /// The address, if it may be called. `hosts` have their port where that is not 443.
    pub fn parse(url: &str, hosts: &[String]) -> Result<Self, DestinationError> {
        let destination = Self::of(url)?;
        match hosts.contains(&destination.host) {
            true => Ok(destination),
            false => Err(DestinationError::NotListed(destination.host)),
        }
    }

    /// The address, whether or not its host is listed.
    pub fn of(url: &str) -> Result<Self, DestinationError> {
        let rest = url.strip_prefix("https://").ok_or(DestinationError::NotHttps)?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = path.split('#').next().unwrap_or_default();
        let (name, port) = authority.split_once(':').unwrap_or((authority, HTTPS_PORT));
        if authority.starts_with('[') || is_number(name) {
            return Err(DestinationError::IpAddress(authority.to_owned()));
        }
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with(['0', '+']);
        if !is_name(name) || !is_port || path.starts_with('\\') {
            return Err(DestinationError::NoHost);
        }
        let host = match port {
            HTTPS_PORT => name.to_owned(),
            port => format!("{name}:{port}"),
        };
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self { host, path })
    }

    /// The same below another address, under the host's name.
    pub fn under(&self, base: &str) -> String {
        format!("{base}/{}{}", self.host, self.path)
    }
}

/// A name with a dot in it, of letters, digits and hyphens (RFC 1123 §2.1), in small letters.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(fits)
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// Whether it is an address in one of the forms that systems read as one: `127.0.0.1`, `127.1`,
/// `0x7f.1`, `2130706433`. A name's last label is never a number (RFC 3696 §2).
fn is_number(name: &str) -> bool {
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    name.parse::<IpAddr>().is_ok()
        || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
        || last
            .strip_prefix("0x")
            .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(url: &str) -> Result<String, String> {
        let hosts = ["api.example.com", "crm.example.com:8443"].map(str::to_owned);
        let parsed = Destination::parse(url, &hosts);
        parsed
            .map(|destination| destination.under("http://x/s"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_listed_is_called() {
        for (url, under) in [
            (
                "https://api.example.com/v1/m?a=b#c",
                "http://x/s/api.example.com/v1/m?a=b",
            ),
            ("https://api.example.com", "http://x/s/api.example.com/"),
            ("https://api.example.com:443?a", "http://x/s/api.example.com/?a"),
            ("https://crm.example.com:8443/x", "http://x/s/crm.example.com:8443/x"),
        ] {
            assert_eq!(listed(url).as_deref(), Ok(under), "{url}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for url in [
            "http://api.example.com/",
            "ftp://api.example.com/",
            "https://other.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.test/",
            "https://api.example.com@evil.test/",
            "https://user:secret@api.example.com/",
            "https://evil.test\\@api.example.com/",
            "https://API.example.com./",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0x1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://localhost/",
            "https:///path",
            "https://api.example.com:0/",
        ] {
            let refused = listed(url).expect_err(url);
            assert!(!refused.contains("secret"), "{refused}");
        }
    }
}
