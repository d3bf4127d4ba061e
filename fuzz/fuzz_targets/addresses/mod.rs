//! A model of the section "Address of the client" in docs/auth-service.md. It must not call the service.
#![allow(dead_code, reason = "each target uses a part")]

use std::net::{IpAddr, Ipv6Addr};

/// A network: its first address and the length of its prefix.
pub type Network = (IpAddr, u32);

/// Returns true if one of the networks contains the address.
pub fn contains(networks: &[Network], address: IpAddr) -> bool {
    let address = plain(address);
    networks.iter().any(|&(network, length)| match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let shift = 32 - length;
            u64::from(u32::from(network)) >> shift == u64::from(u32::from(address)) >> shift
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let shift = 128 - length;
            let high = |address: Ipv6Addr| u128::from(address).checked_shr(shift).unwrap_or(0);
            high(network) == high(address)
        }
        _ => false,
    })
}

/// The network that an administrator has written, or `None` if it has bits after its prefix.
pub fn network(address: IpAddr, length: Option<u32>) -> Option<Network> {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let (plain, mapped) = (plain(address), plain(address) != address);
    let length = length.unwrap_or(bits);
    let length = match mapped {
        true if length < 96 => return network_of((address, length), bits),
        true => length - 96,
        false => length,
    };
    network_of((plain, length), if plain.is_ipv4() { 32 } else { 128 })
}

fn network_of((address, length): Network, bits: u32) -> Option<Network> {
    let number = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let has_rest = length > bits || number.trailing_zeros().min(bits) < bits - length;
    (!has_rest).then_some((address, length))
}

/// The address of the client by `X-Forwarded-For`; `None` if the request is refused.
pub fn forwarded_for(lines: &[Vec<u8>], networks: &[Network]) -> Option<IpAddr> {
    let entries: Vec<Vec<u8>> =
        lines.iter().flat_map(|line| line.split(|byte| *byte == b',').map(<[u8]>::to_vec)).collect();
    let mut leftmost = None;
    for entry in entries.iter().rev() {
        leftmost = Some(address(entry)?);
        if !contains(networks, leftmost?) {
            break;
        }
    }
    leftmost
}

/// The address of the client by a header with one address; `None` if the request is refused.
pub fn single(lines: &[Vec<u8>]) -> Option<IpAddr> {
    match lines {
        [line] => address(line),
        _ => None,
    }
}

/// Reads an address with or without a port. IPv6 addresses with a port have brackets.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = String::from_utf8(text.to_vec()).ok()?;
    let text = text.trim_matches([' ', '\t']);
    let is_port = |port: &str| {
        (1..=5).contains(&port.trim_start_matches('0').len().max(1))
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && !port.is_empty()
            && port.parse::<u64>().is_ok_and(|port| port < 65_536)
    };
    let address: IpAddr = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            return None;
        }
        IpAddr::V6(address.parse().ok()?)
    } else if text.matches(':').count() == 1 {
        let (address, port) = text.split_once(':')?;
        if !is_port(port) {
            return None;
        }
        IpAddr::V4(address.parse().ok()?)
    } else {
        text.parse().ok()?
    };
    let address = plain(address);
    (!address.is_unspecified()).then_some(address)
}

/// The IPv4 address of an address such as `::ffff:192.0.2.1`. Other addresses stay.
pub fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) if v6.segments()[..6] == [0, 0, 0, 0, 0, 0xffff] => {
            let [.., a, b, c, d] = v6.octets();
            [a, b, c, d].into()
        }
        other => other,
    }
}
