//! The client of a request as a peer: its address without the bits that the client can choose, and the networks that
//! contain the address.
//!
//! Rate limits count failures per network, and the queue lets networks take turns. An IPv6 customer can use any
//! number of addresses and of 64-bit networks, so one fixed prefix length would not limit that customer.

use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The client of a request. A peer has no address if the server does not pass an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer(Option<Address>);

/// An address without the bits that a client can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// A link-local address: the last 64 bits name the host.
    Link(Ipv6Addr),
}

/// A network of a peer; the narrowest network is the peer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u8,
    burst: u8,
}

/// The number of networks in a path, which take turns in the queue.
pub(super) const DEPTH: usize = 3;

/// The networks of an address, the narrowest first: the prefix length of each network, and its burst in multiples of a
/// peer's burst.
type Prefixes = &'static [(u8, u8)];

const IPV4: Prefixes = &[(32, 1)];
/// The prefixes of a host or a home, of a site, and of the largest network that one customer usually gets (RFC 6177).
const IPV6: Prefixes = &[(64, 1), (56, 2), (48, 3)];
/// A host of a link can use any address of the link, so the limits also count the whole link.
const LINK: Prefixes = &[(128, 1), (64, 3)];

impl Peer {
    pub(super) fn new(address: Option<IpAddr>) -> Self {
        Self(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => Address::V4(address),
            IpAddr::V6(address) if address.is_unicast_link_local() => Address::Link(address),
            IpAddr::V6(address) => {
                embedded(address).map_or_else(|| Address::V6(masked(address, 64)), Address::V4)
            }
        }))
    }

    /// The networks of the peer, from the peer itself to the widest network. A peer without an address has no networks.
    pub(super) fn networks(self) -> impl DoubleEndedIterator<Item = Network> + ExactSizeIterator {
        let (address, prefixes): (IpAddr, Prefixes) = match self.0 {
            None => (Ipv4Addr::UNSPECIFIED.into(), &[]),
            Some(Address::V4(address)) => (address.into(), IPV4),
            Some(Address::V6(address)) => (address.into(), IPV6),
            Some(Address::Link(address)) => (address.into(), LINK),
        };
        prefixes.iter().map(move |&(prefix, burst)| {
            let address = match address {
                IpAddr::V6(address) => masked(address, prefix).into(),
                IpAddr::V4(_) => address,
            };
            Network { address, prefix, burst }
        })
    }

    /// The networks from the widest network to the peer itself. If there are fewer than [`DEPTH`] networks, the peer is
    /// repeated.
    pub(super) fn path(self) -> [Option<Network>; DEPTH] {
        let peer = self.networks().next();
        let mut path = self.networks().rev().map(Some).chain(iter::repeat(peer));
        std::array::from_fn(|_| path.next().flatten())
    }
}

impl Network {
    /// The burst of the network in multiples of a peer's burst.
    pub(super) fn burst(self) -> u32 {
        self.burst.into()
    }
}

/// Returns the IPv4 address of the one host that can use this IPv6 address: NAT64 (RFC 6052), 6to4 (RFC 3056) or
/// Teredo (RFC 4380).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => [high, low],
        // Teredo inverts all bits of the client's address.
        [0x2001, 0, .., high, low] => [!high, !low],
        _ => return None,
    };
    Some((u32::from(bits[0]) << 16 | u32::from(bits[1])).into())
}

fn masked(address: Ipv6Addr, prefix: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    Ipv6Addr::from_bits(address.to_bits() & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Peer {
        Peer::new(Some(text.parse().unwrap()))
    }

    /// The number of networks that two peers have in common.
    fn in_common(one: &str, other: &str) -> usize {
        let other: Vec<_> = peer(other).networks().collect();
        peer(one).networks().filter(|network| other.contains(network)).count()
    }

    #[test]
    fn ipv6_peers_share_networks_of_64_56_and_48_bits() {
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1:2:3"));
        let pairs =
            [("2001:db8:0:1::", 2), ("2001:db8:0:ff::", 2), ("2001:db8:0:100::", 1), ("2001:db8:1::", 0)];
        for (other, count) in pairs {
            assert_ne!(peer("2001:db8::1"), peer(other));
            assert_eq!(in_common("2001:db8::1", other), count, "{other}");
        }
    }

    #[test]
    fn networks_with_equal_bits_differ_by_prefix() {
        let networks: Vec<_> = peer("2001:db8::").networks().collect();
        assert_eq!(networks.iter().map(|network| network.prefix).collect::<Vec<_>>(), [64, 56, 48]);
        assert_eq!(networks.iter().map(|network| network.burst()).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(networks[0] != networks[1] && networks[1] != networks[2]);
    }

    #[test]
    fn ipv4_addresses_share_no_network() {
        assert_eq!(peer("192.0.2.1").networks().len(), 1);
        assert_eq!(in_common("192.0.2.1", "192.0.2.2"), 0);
    }

    #[test]
    fn an_ipv4_address_is_one_peer_in_all_its_ipv6_forms() {
        let spellings = [
            "::ffff:192.0.2.1",
            "64:ff9b::192.0.2.1",
            "2002:c000:201::",
            "2002:c000:201:ffff:1:2:3:4",
            "2001:0:1:2:8000:ffff:3fff:fdfe",
            "2001:0:ffff:ffff:0:1234:3fff:fdfe",
        ];
        for spelling in spellings {
            assert_eq!(peer(spelling), peer("192.0.2.1"), "{spelling}");
        }
        // These addresses are near the ranges of NAT64, Teredo and 6to4, but outside.
        for other in
            ["64:ff9b:0:0:0:1:c000:201", "2001:1::3fff:fdfe", "2001:db8::3fff:fdfe", "2003:c000:201::"]
        {
            assert_eq!(peer(other).networks().len(), 3, "{other}");
        }
    }

    #[test]
    fn hosts_of_a_link_are_peers_within_one_network() {
        assert_ne!(peer("fe80::1"), peer("fe80::2"));
        assert_eq!(in_common("fe80::1", "fe80::2"), 1);
        assert_eq!(in_common("fe80::1", "2001:db8::1"), 0);
    }

    #[test]
    fn a_path_leads_from_the_widest_network_to_the_peer() {
        let prefixes = |peer: Peer| peer.path().map(|network| network.map(|network| network.prefix));
        assert_eq!(prefixes(peer("2001:db8::1")), [48, 56, 64].map(Some));
        assert_eq!(prefixes(peer("fe80::1")), [64, 128, 128].map(Some));
        assert_eq!(prefixes(peer("192.0.2.1")), [32, 32, 32].map(Some));
        assert_eq!(prefixes(Peer::new(None)), [None; 3]);
    }
}
