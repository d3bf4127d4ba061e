//! Where a request comes from: the address that failures are counted by and that takes turns, and the networks that
//! it is a part of. One IPv6 customer has as many addresses, and as many networks of 64 bits, as they like, so one
//! fixed length is not enough.

use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A client, or nobody in particular if the server does not say where requests come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer(Option<Address>);

/// Without the bits that a client chooses freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Address {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// Of a link: the host is in the last 64 bits.
    Link(Ipv6Addr),
}

/// A network that a peer is a part of; the narrowest one is the peer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Network {
    address: IpAddr,
    prefix: u8,
    burst: u8,
}

/// The number of networks that turns are taken by.
pub(super) const DEPTH: usize = 3;

/// The prefixes of an address, the longest first, each with its burst: how many times as many failures as a peer's own
/// a network has before it has to wait.
type Prefixes = &'static [(u8, u8)];

const IPV4: Prefixes = &[(32, 1)];
/// A host or a home, a site, and the most that one customer is usually given (RFC 6177).
const IPV6: Prefixes = &[(64, 1), (56, 2), (48, 3)];
/// Any host of a link can take any address of it.
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

    /// From the peer itself to the widest network; none if it is not known who asks.
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

    /// From the widest network to the peer itself, which is repeated if there are fewer.
    pub(super) fn path(self) -> [Option<Network>; DEPTH] {
        let peer = self.networks().next();
        let mut path = self.networks().rev().map(Some).chain(iter::repeat(peer));
        std::array::from_fn(|_| path.next().flatten())
    }
}

impl Network {
    /// How many times as many failures as a peer has it before it has to wait.
    pub(super) fn burst(self) -> u32 {
        self.burst.into()
    }
}

/// The IPv4 address of the one host that can use this address: NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => [high, low],
        // The client's address has all of its bits inverted.
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

    /// How many of their networks two peers have in common.
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
    fn a_prefix_tells_networks_with_equal_bits_apart() {
        let networks: Vec<_> = peer("2001:db8::").networks().collect();
        assert_eq!(networks.iter().map(|network| network.prefix).collect::<Vec<_>>(), [64, 56, 48]);
        assert_eq!(networks.iter().map(|network| network.burst()).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(networks[0] != networks[1] && networks[1] != networks[2]);
    }

    #[test]
    fn ipv4_addresses_share_nothing() {
        assert_eq!(peer("192.0.2.1").networks().len(), 1);
        assert_eq!(in_common("192.0.2.1", "192.0.2.2"), 0);
    }

    #[test]
    fn an_ipv4_address_is_the_same_peer_however_it_is_written() {
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
        // Next to NAT64 and Teredo.
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
