//! From where users have logged in. An attacker can bring a whole network to its limit; a user who logs in from a
//! place of their own in it is then told from the attacker by this.

use std::collections::BTreeMap;
use std::mem;

use super::peer::{Network, Peer};

/// A user has at most this many places. The one that was used the longest time ago makes room, so nobody can displace
/// the places of another user.
const PER_USER: usize = 4;

/// How many users one generation holds; there are two. A user takes some 150 bytes.
const GENERATION: usize = 50_000;

/// Bounded: users who have not logged in for a generation are forgotten.
#[derive(Default)]
pub(super) struct Places {
    /// By the number of the user's tag, the latest place first.
    current: BTreeMap<u64, Vec<Network>>,
    previous: BTreeMap<u64, Vec<Network>>,
}

impl Places {
    /// Whether this user has logged in from this peer.
    pub(super) fn contain(&self, peer: Peer, user: u64) -> bool {
        let places = self.current.get(&user).or_else(|| self.previous.get(&user));
        let place = peer.networks().next();
        places.is_some_and(|places| place.is_some_and(|place| places.contains(&place)))
    }

    /// Call it only after a right password.
    pub(super) fn add(&mut self, peer: Peer, user: u64) {
        // A peer that is a part of no network is in nobody else's way.
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
    fn a_user_has_the_four_places_of_the_latest_logins() {
        let mut places = Places::default();
        for number in [1, 2, 3, 4, 1, 5] {
            places.add(peer(number), 7);
        }
        let known: Vec<_> = (0..6).filter(|number| places.contain(peer(*number), 7)).collect();
        assert_eq!(known, [1, 3, 4, 5]);
        assert!(!places.contain(peer(1), 8), "another user");
    }

    #[test]
    fn one_user_with_many_places_displaces_no_other() {
        let mut places = Places::default();
        places.add(peer(1), 1);
        for number in 0..60_000 {
            places.add(peer(number), 2);
        }
        assert!(places.contain(peer(1), 1));
    }

    #[test]
    fn the_number_of_users_is_bounded_and_who_comes_back_is_kept() {
        let mut places = Places::default();
        for user in 0..200_000 {
            places.add(peer(1), user);
            places.add(peer(1), 0);
            assert!(places.current.len() <= GENERATION && places.previous.len() <= GENERATION);
        }
        assert!(places.contain(peer(1), 0) && !places.contain(peer(1), 1));
    }

    #[test]
    fn peers_without_networks_are_not_kept() {
        let mut places = Places::default();
        for address in [None, "192.0.2.1".parse().ok(), "2002:c000:201::1".parse().ok()] {
            places.add(Peer::new(address), 1);
        }
        assert!(places.current.is_empty());
    }
}
