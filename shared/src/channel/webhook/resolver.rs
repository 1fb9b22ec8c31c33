//! Names, resolved to addresses of the public Internet only. The connection is made to what was looked at
//! here, so a name that answers differently a moment later leads nowhere else.

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError, SharedDnsResolver};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A name leads into a network that is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct NotPublic;

/// The system's own resolver.
#[derive(Debug, Clone, Copy)]
pub(super) struct System;

impl ResolveDns for System {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0)).await.map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A resolver behind the guard.
#[derive(Debug, Clone)]
pub(super) struct PublicOnly(pub(super) SharedDnsResolver);

impl ResolveDns for PublicOnly {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = self.0.resolve_dns(name).await?;
            public(found.into_iter()).map_err(ResolveDnsError::new)
        })
    }
}

/// The addresses, if all of them are public: a name with one that is not is not to be trusted with
/// the others.
pub(super) fn public(found: impl Iterator<Item = IpAddr>) -> Result<Vec<IpAddr>, NotPublic> {
    found
        .map(|address| is_public(address).then_some(address).ok_or(NotPublic))
        .collect()
}

/// Whether it is an address of the public Internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Blocks of the IANA IPv4 Special-Purpose Address Registry that are not globally reachable, and
/// multicast (RFC 5771) with what follows it.
const NOT_PUBLIC_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4.iter().any(|(block, length)| {
        let mask = u32::MAX << (32 - length);
        bits & mask == Ipv4Addr::from(*block).to_bits()
    })
}

/// Blocks inside of 2000::/3 that are not globally reachable or that carry an IPv4 address (IANA IPv6
/// Special-Purpose Address Registry): protocol assignments with Teredo, ORCHID and benchmarking,
/// documentation, 6to4.
const NOT_PUBLIC_V6: [([u16; 2], u32); 4] = [
    ([0x2001, 0x0000], 23),
    ([0x2001, 0x0db8], 32),
    ([0x2002, 0x0000], 16),
    ([0x3fff, 0x0000], 20),
];

/// Everything that is allocated for the public Internet is in 2000::/3 (RFC 4291 §2.4, IANA). What is
/// outside (`::1`, mapped and translated IPv4 addresses, unique local, link-local, multicast) is not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let is_global = bits >> 125 == 1;
    let is_special = NOT_PUBLIC_V6.iter().any(|([first, second], length)| {
        let block = (u128::from(*first) << 112) | (u128::from(*second) << 96);
        let mask = u128::MAX << (128 - length);
        bits & mask == block
    });
    is_global && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn the_public_internet_is_public() {
        for address in [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.17.0.1",
            "2a00:1450:4001:80b::200e",
            "2606:4700::1111",
        ] {
            assert!(is(address), "{address}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.255.255",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is(address), "{address}");
        }
    }

    #[test]
    fn one_private_address_spoils_the_name() {
        let addresses = ["8.8.8.8", "127.0.0.1"].map(|text| text.parse().unwrap());
        assert_eq!(public(addresses.into_iter()), Err(NotPublic));
        assert_eq!(public(addresses.into_iter().take(1)).map(|found| found.len()), Ok(1));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_refused() {
        let guarded = PublicOnly(SharedDnsResolver::new(System));
        let refused = guarded.resolve_dns("localhost").await.unwrap_err();
        let source = std::error::Error::source(&refused).unwrap();
        assert!(source.is::<NotPublic>(), "{source}");
    }
}
