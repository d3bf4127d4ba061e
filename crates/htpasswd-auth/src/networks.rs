//! The networks whose members are trusted proxies.
//!
//! A connection from outside of these networks is refused, and an address inside of them is never a client if a proxy
//! names another address. Addresses are compared in canonical form, so `::ffff:192.0.2.1` is `192.0.2.1`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A set of networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Networks(Vec<IpNet>);

/// The text is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotANetwork;

impl Networks {
    /// The loopback networks, which no other machine can use.
    pub(crate) fn loopback() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        Self(vec![v4.into(), Ipv6Net::from(Ipv6Addr::LOCALHOST).into()])
    }

    /// Reads addresses and networks, such as `192.0.2.1` and `2001:db8::/32`. The error has the index of the first
    /// text that is neither.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, (usize, NotANetwork)> {
        let networks =
            texts.iter().enumerate().map(|(index, text)| network(text).ok_or((index, NotANetwork)));
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Returns true if one of the networks contains the address.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(text: &str) -> Option<IpNet> {
    let network: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().into(),
        Err(_) => canonical(text.parse().ok()?),
    };
    // Host bits after the prefix are a mistake of the administrator, who may have meant a smaller network.
    (network.trunc() == network).then_some(network)
}

/// The IPv4 network of a network such as `::ffff:192.0.2.0/120`, because addresses are compared in canonical form.
fn canonical(network: IpNet) -> IpNet {
    let prefix = network.prefix_len().checked_sub(128 - 32);
    match (network.addr().to_canonical(), prefix) {
        (IpAddr::V4(address), Some(prefix)) if network.addr().is_ipv6() => {
            Ipv4Net::new(address, prefix).map_or(network, IpNet::from)
        }
        _ => network,
    }
}

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is neither an address nor a network; write 192.0.2.1 or 192.0.2.0/24")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Result<Networks, (usize, NotANetwork)> {
        Networks::parse(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn addresses_and_networks_are_read() {
        let networks = networks(&["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]).unwrap();
        for inside in ["192.0.2.1", "::ffff:192.0.2.1", "10.1.2.3", "2001:db8:1::1"] {
            assert!(networks.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["192.0.2.2", "11.0.0.1", "2001:db9::1", "::1", "127.0.0.1"] {
            assert!(!networks.contains(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn ipv4_networks_can_be_written_in_ipv6() {
        let networks = networks(&["::ffff:192.0.2.0/120"]).unwrap();
        assert!(networks.contains([192, 0, 2, 7].into()) && !networks.contains([192, 0, 3, 7].into()));
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0",
            "::1%lo",
            "10.0.0.0/ 8",
            "::ffff:10.0.0.1/104",
        ] {
            assert_eq!(networks(&["127.0.0.1", text]), Err((1, NotANetwork)), "{text}");
        }
    }

    #[test]
    fn only_the_machine_itself_is_on_the_loopback_networks() {
        let loopback = Networks::loopback();
        assert!(loopback.contains([127, 0, 0, 2].into()) && loopback.contains("::1".parse().unwrap()));
        assert!(!loopback.contains([128, 0, 0, 1].into()) && !loopback.contains("::".parse().unwrap()));
    }
}
