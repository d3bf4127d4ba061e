//! The address of the client on whose behalf a proxy asks.
//!
//! The address comes from the connection and from one header that a trusted proxy sets. Rate limits and bans rely on
//! it, so a missing or unreadable address is an error and never "no address".

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};

use crate::networks::Networks;

/// The program at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    Tcp(IpAddr),
    /// A client of the Unix socket. The permissions of the socket decide who can connect, so this peer is trusted.
    Unix,
}

/// The header with the client's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AddressSource {
    /// `X-Forwarded-For`: each proxy adds the address of its peer at the end.
    ForwardedFor,
    /// A header with exactly one address, which the proxy overwrites.
    Header(HeaderName),
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Why a request has no client address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressError {
    Missing,
    /// The header occurs twice. Programs disagree about which one counts.
    Several,
    Unreadable,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

impl Peer {
    pub(crate) fn is_trusted(self, trusted: &Networks) -> bool {
        match self {
            Self::Tcp(address) => trusted.contains(address),
            Self::Unix => true,
        }
    }
}

impl AddressSource {
    pub(crate) fn new(name: HeaderName) -> Self {
        if name == FORWARDED_FOR { Self::ForwardedFor } else { Self::Header(name) }
    }

    pub(crate) fn name(&self) -> HeaderName {
        match self {
            Self::ForwardedFor => FORWARDED_FOR,
            Self::Header(name) => name.clone(),
        }
    }

    /// Reads the address of the client from the headers of a trusted proxy.
    pub(crate) fn client(&self, headers: &HeaderMap, trusted: &Networks) -> Result<IpAddr, AddressError> {
        match self {
            Self::Header(name) => {
                let mut values = headers.get_all(name).iter();
                let value = values.next().ok_or(AddressError::Missing)?;
                if values.next().is_some() {
                    return Err(AddressError::Several);
                }
                address(value.as_bytes()).ok_or(AddressError::Unreadable)
            }
            Self::ForwardedFor => forwarded_for(headers, trusted),
        }
    }
}

/// Reads `X-Forwarded-For` from the right. Only the addresses that trusted proxies added are read: the client can have
/// sent all others. If all addresses are trusted, the client is a trusted machine itself, and the first address counts.
fn forwarded_for(headers: &HeaderMap, trusted: &Networks) -> Result<IpAddr, AddressError> {
    let mut first = Err(AddressError::Missing);
    // Several lines are one list (RFC 9110, section 5.3).
    for line in headers.get_all(FORWARDED_FOR).iter().rev() {
        for entry in line.as_bytes().rsplit(|&byte| byte == b',') {
            let address = address(entry).ok_or(AddressError::Unreadable)?;
            if !trusted.contains(address) {
                return Ok(address);
            }
            first = Ok(address);
        }
    }
    first
}

/// Reads an address, with or without a port. An IPv6 address with a zone is not readable, because the zone belongs to
/// another machine.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?.trim_matches([' ', '\t']);
    if text.contains('%') {
        return None;
    }
    let address = match text.parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => match text.parse::<SocketAddr>() {
            Ok(address) => address.ip(),
            Err(_) => text.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok()?.into(),
        },
    };
    let address = address.to_canonical();
    // No client has these addresses, so the header is not from a proxy that works.
    (!address.is_unspecified()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn forwarded(values: &[&str]) -> Result<IpAddr, AddressError> {
        let trusted = Networks::parse(&["127.0.0.0/8".into(), "10.0.0.0/8".into()]).unwrap();
        AddressSource::ForwardedFor.client(&headers("x-forwarded-for", values), &trusted)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right() {
        for (values, client) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
            (&["203.0.113.9, 192.0.2.1, 10.0.0.1"], "192.0.2.1"),
            (&["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
            (&["203.0.113.9", "192.0.2.1", "10.0.0.1,127.0.0.1"], "192.0.2.1"),
            // The client can send anything to the left of its own address.
            (&["garbage,, 192.0.2.1"], "192.0.2.1"),
            (&["10.0.0.7, 10.0.0.1"], "10.0.0.7"),
            (&["10.0.0.7", "127.0.0.1"], "10.0.0.7"),
        ] {
            assert_eq!(forwarded(values), Ok(ip(client)), "{values:?}");
        }
    }

    #[test]
    fn addresses_are_read_in_all_usual_forms() {
        for (text, client) in [
            ("192.0.2.1:5000", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
            (" \t192.0.2.1 ", "192.0.2.1"),
        ] {
            assert_eq!(address(text.as_bytes()), Some(ip(client)), "{text}");
        }
    }

    #[test]
    fn unreadable_addresses_are_errors() {
        for text in [
            "",
            " ",
            "unknown",
            "unix:",
            "_hidden",
            "localhost",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:99999",
            "192.0.2.01",
            "0.0.0.0",
            "::",
            "fe80::1%eth0",
            "[fe80::1%1]:80",
            "[fe80::1%0]:80",
            "[192.0.2.1]",
            "\"192.0.2.1\"",
            "192.0.2.1 10.0.0.1",
            "for=192.0.2.1",
        ] {
            assert_eq!(forwarded(&[text]), Err(AddressError::Unreadable), "{text}");
            assert_eq!(forwarded(&["192.0.2.1", text]), Err(AddressError::Unreadable), "{text}");
            assert_eq!(forwarded(&[&format!("{text}, 10.0.0.1")]), Err(AddressError::Unreadable), "{text}");
        }
        assert_eq!(forwarded(&[]), Err(AddressError::Missing));
    }

    #[test]
    fn a_named_header_has_exactly_one_address() {
        let source = AddressSource::new(HeaderName::from_static("x-real-ip"));
        let client = |values| source.client(&headers("x-real-ip", values), &Networks::loopback());
        assert_eq!(client(&["127.0.0.1"]), Ok(ip("127.0.0.1")));
        assert_eq!(client(&["192.0.2.1", "192.0.2.1"]), Err(AddressError::Several));
        assert_eq!(client(&["192.0.2.1, 192.0.2.2"]), Err(AddressError::Unreadable));
        assert_eq!(client(&[]), Err(AddressError::Missing));
        // No other header counts, not even one with a similar name.
        for other in ["x-forwarded-for", "x_real_ip", "x.real.ip", "forwarded"] {
            let found = source.client(&headers(other, &["192.0.2.1"]), &Networks::loopback());
            assert_eq!(found, Err(AddressError::Missing), "{other}");
        }
    }

    #[test]
    fn a_unix_peer_is_trusted_and_a_tcp_peer_by_its_network() {
        assert!(Peer::Unix.is_trusted(&Networks::parse(&[]).unwrap()));
        assert!(Peer::Tcp(ip("::ffff:127.0.0.1")).is_trusted(&Networks::loopback()));
        assert!(!Peer::Tcp(ip("192.0.2.1")).is_trusted(&Networks::loopback()));
    }
}
