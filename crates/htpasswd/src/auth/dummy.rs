//! The dummy hash against which an unknown user is verified.
//!
//! An unknown user must take as long as a known one; otherwise the time of an answer would reveal which users exist.
//! Dummy hashes have the schemes and costs of the file in the same proportions, and always the same one for one name.

use crate::hash::{Cost, Params, PasswordHash, VerifyCost};
use crate::users::Users;

/// The bcrypt cost of dummy hashes if the file has no users. Lower limits of the users reduce it.
const DEFAULT_COST: u32 = 10;

/// Returns the dummy hash for an unknown user. `name` is the uniformly distributed number of the user name's tag.
pub(super) fn dummy_hash(users: &Users, name: u64) -> Option<PasswordHash> {
    let kinds = users.kinds();
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    // The product scales `name` to a place among the users. Unlike a remainder, it moves few names to another kind
    // when the file gets one more user.
    let mut place = usize::try_from((u128::from(name) * all as u128) >> u64::BITS).unwrap_or(0);
    for (cost, count) in kinds {
        if place < *count {
            return PasswordHash::dummy_hash(cost);
        }
        place -= count;
    }
    let costs = (Cost::MIN..=DEFAULT_COST).rev().filter_map(|cost| Cost::new(cost).ok()).map(Params::Bcrypt);
    let params = costs.into_iter().find(|params| users.limits().check_params(params).is_ok())?;
    PasswordHash::dummy_hash(&VerifyCost::Creatable { params, salt: 0 })
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
        let users = Users::from_document(Document::parse(text));
        let dummy_hashes = |users: &Users, share: u64| dummy_hash(users, u64::MAX / 64 * share).unwrap();
        for share in 0..64 {
            let hash = dummy_hashes(&users, share);
            assert_eq!(
                hash.verify_cost(),
                users.get(if share <= 48 { "b" } else { "a" }).unwrap().verify_cost(),
                "{share}"
            );
        }
        let empty = Users::from_document(Document::default());
        assert_eq!(dummy_hashes(&empty, 7).cost(), Some(DEFAULT_COST));
        let limits = Limits::default().max_bcrypt(Cost::new(6).unwrap());
        let empty = Users::with_limits(Document::default(), limits);
        assert_eq!(dummy_hashes(&empty, 7).cost(), Some(6));
    }
}
