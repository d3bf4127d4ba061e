//! Fuzzes the address of the client against a model of docs/auth-service.md: any peers, trusted networks and header lines.
//! A client cannot choose its address with text to the left of the address that a trusted proxy has added.
#![no_main]

mod addresses;

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Case {
    networks: Vec<(Address, Option<u8>)>,
    peer: Address,
    /// True if the header is X-Real-IP.
    is_single: bool,
    lines: Vec<Vec<Entry>>,
    /// The text that a client sends to the left.
    claim: Vec<u8>,
    has_own_line: bool,
}

/// An address. Most addresses are close to each other, so that networks contain them.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Address {
    Near(u8),
    NearV6(u8),
    Mapped(u8),
    V4([u8; 4]),
    V6([u8; 16]),
}

#[derive(Debug, Arbitrary)]
enum Entry {
    Plain(Address),
    Port(Address, u16),
    Brackets(Address),
    Blanks(Address),
    Raw(Vec<u8>),
}

impl Address {
    fn ip(self) -> IpAddr {
        match self {
            Self::Near(last) => [10, 0, 0, last].into(),
            Self::NearV6(last) => [0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(last)].into(),
            Self::Mapped(last) => [0, 0, 0, 0, 0, 0xffff, 0x0a00, u16::from(last)].into(),
            Self::V4(bytes) => bytes.into(),
            Self::V6(bytes) => bytes.into(),
        }
    }
}

impl Entry {
    fn text(&self) -> Vec<u8> {
        match self {
            Self::Plain(address) => address.ip().to_string().into_bytes(),
            Self::Port(address, port) => {
                std::net::SocketAddr::new(address.ip(), *port).to_string().into_bytes()
            }
            Self::Brackets(address) => format!("[{}]", address.ip()).into_bytes(),
            Self::Blanks(address) => format!(" \t{}  ", address.ip()).into_bytes(),
            Self::Raw(bytes) => bytes.clone(),
        }
    }
}

fuzz_target!(|case: Case| {
    let text = |(address, length): &(Address, Option<u8>)| match length {
        Some(length) => format!("{}/{length}", address.ip()),
        None => address.ip().to_string(),
    };
    let texts: Vec<String> = case.networks.iter().map(text).collect();
    let networks = case.networks.iter();
    let networks = networks.map(|(address, length)| addresses::network(address.ip(), length.map(u32::from)));
    let networks: Option<Vec<_>> = networks.collect();
    let peer = case.peer.ip();
    let trusted = networks.as_ref().map(|networks| addresses::contains(networks, peer));
    assert_eq!(htpasswd_auth::fuzzing::is_trusted(&texts, peer), trusted);
    let Some(networks) = networks else { return };

    // A server gets only values that can be in a header.
    let lines = case
        .lines
        .iter()
        .map(|entries| entries.iter().map(Entry::text).collect::<Vec<_>>().join(&b','.to_owned()));
    let lines: Vec<Vec<u8>> = lines.filter(|line| HeaderValue::from_bytes(line).is_ok()).collect();
    let name = HeaderName::from_static(if case.is_single { "x-real-ip" } else { "x-forwarded-for" });
    let client = |lines: &[Vec<u8>]| htpasswd_auth::fuzzing::client(&name, &headers(&name, lines), &texts);
    let found = client(&lines);
    if case.is_single {
        assert_eq!(found, addresses::single(&lines));
        return;
    }
    assert_eq!(found, addresses::forwarded_for(&lines, &networks));

    // The client sends something to the left. If all entries are trusted, the client is a trusted machine.
    let is_decided = !lines.is_empty() && found.is_none_or(|client| !addresses::contains(&networks, client));
    if !is_decided || HeaderValue::from_bytes(&case.claim).is_err() {
        return;
    }
    let mut claimed = lines.clone();
    if case.has_own_line {
        claimed.insert(0, case.claim);
    } else {
        claimed[0] = [&case.claim[..], b",", &lines[0]].concat();
    }
    assert_eq!(client(&claimed), found);
});

fn headers(name: &HeaderName, lines: &[Vec<u8>]) -> HeaderMap {
    // Other headers with addresses do not count.
    let other = (HeaderName::from_static("x_forwarded_for"), HeaderValue::from_static("203.0.113.1"));
    let own = lines.iter().map(|line| (name.clone(), HeaderValue::from_bytes(line).unwrap()));
    std::iter::once(other).chain(own).collect()
}
