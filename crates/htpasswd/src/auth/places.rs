//! The peers from which users have logged in.
//!
//! An attacker can bring a whole network over its rate limit. [`Places`] knows the peers from which each user has
//! logged in, so a user can still log in from a known peer. Memory is bounded, and a peer must only be added after a
//! right password.

use std::collections::BTreeMap;
use std::mem;

use super::peer::{Network, Peer};

/// The largest number of places of one user. The user's least recently used place makes room, so no user can displace
/// the places of another user.
const PER_USER: usize = 4;

/// The maximum number of users in one generation. Two generations exist at once; a user takes about 150 bytes.
const GENERATION: usize = 50_000;

/// The peers from which users have logged in. When the current generation is full, users who are only in the previous
/// one are dropped.
#[derive(Default)]
pub(super) struct Places {
    /// The places of each user, by the number of the user's tag, the latest place first.
    current: BTreeMap<u64, Vec<Network>>,
    previous: BTreeMap<u64, Vec<Network>>,
}

impl Places {
    /// Returns true if this user has logged in from this peer.
    pub(super) fn contain(&self, peer: Peer, user: u64) -> bool {
        let places = self.current.get(&user).or_else(|| self.previous.get(&user));
        let place = peer.networks().next();
        places.is_some_and(|places| place.is_some_and(|place| places.contains(&place)))
    }

    /// Adds a peer to the places of a user. Call it only after a right password.
    pub(super) fn add(&mut self, peer: Peer, user: u64) {
        // Without a wider network, no other peer can bring this peer over its limit.
        let Some(place) = peer.networks().next().filter(|_| peer.networks().len() > 1) else { return };
        if self.current.len() >= GENERATION && !self.current.contains_key(&user) {
            self.previous = mem::take(&mut self.current);
        }
        let known = self.previous.remove(&user);
        let places = self.current.entry(user).or_insert_with(|| known.unwrap_or_default());
        places.retain(|other| *other != place);
        places.insert(0, place);
        places.truncate(PER_USER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: usize) -> Peer {
        Peer::new(format!("2001:db8:0:{number:x}::1").parse().ok())
    }

    #[test]
    fn a_user_keeps_the_four_most_recent_places() {
        let mut places = Places::default();
        for number in [1, 2, 3, 4, 1, 5] {
            places.add(peer(number), 7);
        }
        let known: Vec<_> = (0..6).filter(|number| places.contain(peer(*number), 7)).collect();
        assert_eq!(known, [1, 3, 4, 5]);
        assert!(!places.contain(peer(1), 8), "another user");
    }

    #[test]
    fn one_user_with_many_places_displaces_no_other_user() {
        let mut places = Places::default();
        places.add(peer(1), 1);
        for number in 0..60_000 {
            places.add(peer(number), 2);
        }
        assert!(places.contain(peer(1), 1));
    }

    #[test]
    fn memory_is_bounded_and_active_users_are_kept() {
        let mut places = Places::default();
        for user in 0..200_000 {
            places.add(peer(1), user);
            places.add(peer(1), 0);
            assert!(places.current.len() <= GENERATION && places.previous.len() <= GENERATION);
        }
        assert!(places.contain(peer(1), 0) && !places.contain(peer(1), 1));
    }

    #[test]
    fn peers_without_a_wider_network_are_not_kept() {
        let mut places = Places::default();
        for address in [None, "192.0.2.1".parse().ok(), "2002:c000:201::1".parse().ok()] {
            places.add(Peer::new(address), 1);
        }
        assert!(places.current.is_empty());
    }
}
