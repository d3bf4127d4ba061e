//! The dummy hash against which an unknown user is verified.

use crate::hash::{Cost, Params, PasswordHash, VerifyCost};
use crate::users::Users;

/// What dummy hashes of a file without users look like, unless the limits of the users are lower.
const DEFAULT_COST: u32 = 10;

/// A hash for somebody who has none. `name` is a number that is equally likely to be any, and the same each time.
pub(super) fn dummy_hash(users: &Users, name: u64) -> Option<PasswordHash> {
    let kinds = users.kinds();
    let all: usize = kinds.iter().map(|(_, count)| count).sum();
    // Not the remainder: one user more in the file moves few names to another kind.
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
    fn dummy_hashes_are_as_common_as_what_they_stand_for() {
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
        let nobody = Users::from_document(Document::default());
        assert_eq!(dummy_hashes(&nobody, 7).cost(), Some(DEFAULT_COST));
        let limits = Limits::default().max_bcrypt(Cost::new(6).unwrap());
        let nobody = Users::with_limits(Document::default(), limits);
        assert_eq!(dummy_hashes(&nobody, 7).cost(), Some(6));
    }
}
