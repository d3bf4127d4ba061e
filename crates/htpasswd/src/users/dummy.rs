//! Verification of a password for a user who may not exist.
//!
//! Verifying a password must take the same time for unknown and known users; otherwise the time of an answer would
//! reveal which users exist. So unknown users are verified against a dummy hash. Dummy hashes have the schemes and
//! costs of the file in the same proportions, and one name always has the same dummy hash.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::Users;
use crate::hash::{Cost, Params, PasswordHash, VerifyCost};
use crate::password::Password;

/// The bcrypt cost of dummy hashes if the file has no users. If the limits of the users are lower, the cost is lower
/// too.
const DEFAULT_COST: u32 = 10;

/// The key that assigns dummy hashes to names. It is random, so that outsiders cannot compute the cost of a name.
static NAMES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Users {
    /// Returns true if the user can log in with this password.
    ///
    /// The call takes the same time for unknown and known users, because the password of an unknown user is verified
    /// against a dummy hash. A password that no hash can have, because it is longer than [`Password::MAX_LEN`] or
    /// contains a NUL byte, is wrong for every user.
    ///
    /// The call hashes on the calling thread, and nothing limits the number of guesses. A server should use an
    /// [`Authenticator`](crate::Authenticator) instead.
    ///
    /// ```
    /// use htpasswd::Users;
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// assert!(users.verify("alice", "abc123"));
    /// assert!(!users.verify("alice", "abc124"));
    /// assert!(!users.verify("mallory", "abc123"));
    /// ```
    #[doc(alias = "authenticate")]
    #[doc(alias = "check_password")]
    #[doc(alias = "login")]
    #[must_use]
    pub fn verify(&self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> bool {
        let user = user.as_ref();
        let Ok(password) = Password::new(password.as_ref()) else { return false };
        let stored = self.find(user).ok();
        let is_known = stored.is_some();
        let hash = stored.or_else(|| self.dummy_hash(NAMES.hash_one(user)));
        // The password is verified for known and unknown users, so that both take the same time.
        let is_match = hash.is_some_and(|hash| hash.verify(&password));
        is_match && is_known
    }

    /// Returns the dummy hash for an unknown user. `name` is a uniformly distributed number of the user name, under a
    /// key that clients do not know. Returns `None` if the limits allow no hash at all.
    pub(crate) fn dummy_hash(&self, name: u64) -> Option<PasswordHash> {
        let kinds = &self.kinds;
        let all: usize = kinds.iter().map(|(_, count)| count).sum();
        // Scale `name` to a place among the users. If the file gets one more user, few names move to another kind of
        // hash. With the remainder of a division, most names would move.
        let mut place = usize::try_from((u128::from(name) * all as u128) >> u64::BITS).unwrap_or(0);
        for (cost, count) in kinds {
            if place < *count {
                return PasswordHash::dummy_hash(cost);
            }
            place -= count;
        }
        let costs =
            (Cost::MIN..=DEFAULT_COST).rev().filter_map(|cost| Cost::new(cost).ok()).map(Params::Bcrypt);
        let params = costs.into_iter().find(|params| self.limits.check_params(params).is_ok())?;
        PasswordHash::dummy_hash(&VerifyCost::Creatable { params, salt: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::hash::Limits;

    #[test]
    fn dummy_hashes_have_the_proportions_of_real_hashes() {
        let (sha1, apr1) = ("{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=", "$apr1$salt$......................");
        let text = format!("a:{sha1}\nb:{apr1}\nc:{apr1}\nd:{apr1}\ne:*\n");
        let users = Users::from(text);
        let dummy_hashes = |users: &Users, share: u64| users.dummy_hash(u64::MAX / 64 * share).unwrap();
        for share in 0..64 {
            let hash = dummy_hashes(&users, share);
            assert_eq!(
                hash.verify_cost(),
                users.get(if share <= 48 { "b" } else { "a" }).unwrap().verify_cost(),
                "{share}"
            );
        }
        let empty = Users::from(Document::default());
        assert_eq!(dummy_hashes(&empty, 7).cost(), Some(DEFAULT_COST));
        let limits = Limits::default().max_bcrypt(Cost::new(6).unwrap());
        let empty = Users::with_limits(Document::default(), limits);
        assert_eq!(dummy_hashes(&empty, 7).cost(), Some(6));
    }
}
