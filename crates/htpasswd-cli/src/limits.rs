//! Limits on the work and the memory that an input may need.
//!
//! An attacker may have written a record, a user list or a manifest. Without limits, one line can keep the program busy
//! for days or use all memory of the machine. `--no-limits` removes the limits.

use htpasswd::hash::{LimitExceeded, PasswordError, Rounds};
use htpasswd::{Cost, Password};
use zeroize::Zeroizing;

/// The longest password, in bytes, from every source.
pub(crate) const MAX_PASSWORD: usize = 255;

/// Returns the bytes as a password, or an error if there are more than `limit`. It moves the bytes and copies nothing.
pub(crate) fn checked_password(
    mut bytes: Zeroizing<Vec<u8>>,
    limit: usize,
) -> Result<Password, PasswordError> {
    if bytes.len() > limit {
        return Err(PasswordError::TooLong);
    }
    Password::new(std::mem::take(&mut *bytes))
}

const BCRYPT_COST: u32 = 20;
const ROUNDS: u32 = 50_000_000;

/// 1 GiB, plus almost 1 MiB for the memory that yescrypt needs beside its table. At the highest cost at which libxcrypt
/// makes a hash, the table has exactly 1 GiB.
const HASH_MEMORY: u64 = (1 << 30) + (1 << 20) - 1;

/// The highest number of passes and of lanes of argon2.
pub(crate) const MAX_ARGON2_PASSES: u32 = 16;
pub(crate) const MAX_ARGON2_LANES: u32 = 16;

/// The limits of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The limits on hashes that are compared with passwords.
    pub(crate) hashes: htpasswd::hash::Limits,
    /// The longest list of an import, in bytes.
    pub(crate) list: usize,
    /// The largest Secret manifest, in bytes.
    pub(crate) manifest: usize,
    /// The largest part of a password file that is in memory at once, in bytes: the whole file, or one line if the file
    /// is read line by line.
    pub(crate) file: usize,
}

impl Limits {
    /// The limits of `--no-limits`.
    pub(crate) const NONE: Self = Self {
        hashes: htpasswd::hash::Limits::NONE,
        list: usize::MAX / 2,
        manifest: usize::MAX / 2,
        file: usize::MAX / 2,
    };
}

impl Default for Limits {
    fn default() -> Self {
        let hashes = htpasswd::hash::Limits::NONE.max_rounds(ROUNDS.into()).max_memory(HASH_MEMORY);
        let hashes = hashes.max_argon2(MAX_ARGON2_PASSES, MAX_ARGON2_LANES);
        let hashes = Cost::new(BCRYPT_COST).map_or(hashes, |cost| hashes.max_bcrypt(cost));
        let hashes = Rounds::new(ROUNDS).map_or(hashes, |rounds| hashes.max_sha_crypt(rounds));
        Self { hashes, list: 1 << 30, manifest: 16 << 20, file: 1 << 30 }
    }
}

/// The limit that a hash exceeds, and the option that removes the limit.
pub(crate) fn explain(exceeded: LimitExceeded) -> String {
    match exceeded {
        LimitExceeded::Memory { bytes, limit } => {
            format!("{} of memory are above the limit {} (--no-limits allows it)", size(bytes), size(limit))
        }
        LimitExceeded::MemoryTraffic { bytes, limit } => {
            format!(
                "passes over {} of memory are above the limit {} (--no-limits allows it)",
                size(bytes),
                size(limit)
            )
        }
        other => format!("{other} (--no-limits allows it)"),
    }
}

/// Returns the number of bytes as text, in whole MiB, or in GiB if the number is a multiple of 1 GiB.
pub(crate) fn size(bytes: u64) -> String {
    let mib = bytes >> 20;
    if mib >= 1024 && mib.is_multiple_of(1024) { format!("{} GiB", mib >> 10) } else { format!("{mib} MiB") }
}

#[cfg(test)]
mod tests {
    use htpasswd::PasswordHash;

    use super::*;

    #[track_caller]
    fn allows(hash: &str, expected: bool) {
        let hash = PasswordHash::parse(hash.as_bytes()).unwrap();
        assert_eq!(Limits::default().hashes.check(&hash).is_ok(), expected);
        assert!(Limits::NONE.hashes.check(&hash).is_ok());
    }

    #[test]
    fn each_limit_is_the_last_value_that_is_allowed() {
        let bcrypt = |cost: &str| format!("$2y${cost}${:.<53}", "");
        allows(&bcrypt("20"), true);
        allows(&bcrypt("21"), false);
        for (beginning, digest) in [("$5$", 43), ("$6$", 86)] {
            let sha = |rounds: u32| format!("{beginning}rounds={rounds}$salt${:.<digest$}", "");
            allows(&sha(50_000_000), true);
            allows(&sha(50_000_001), false);
        }
    }

    #[test]
    fn a_hash_may_need_a_table_of_one_gib() {
        // Cost 11 is the highest cost at which libxcrypt makes a yescrypt hash.
        allows(&format!("$y$jFT$salt${:.<43}", ""), true);
        allows(&format!("$y$jGT$salt${:.<43}", ""), false);
    }

    #[test]
    fn argon2_has_limits_on_memory_passes_and_lanes() {
        let argon2 = |cost: &str| format!("$argon2id$v=19${cost}${:A<22}${:A<43}", "", "");
        allows(&argon2("m=1048576,t=16,p=16"), true);
        for cost in ["m=1050000,t=1,p=1", "m=1048576,t=17,p=16", "m=1048576,t=16,p=17"] {
            allows(&argon2(cost), false);
        }
    }

    #[test]
    fn a_size_is_in_gib_if_that_is_exact() {
        for (bytes, text) in [
            (16 << 20, "16 MiB"),
            (1 << 30, "1 GiB"),
            ((1 << 30) + (1 << 20) - 1, "1 GiB"),
            ((1 << 30) + (1 << 20), "1025 MiB"),
            ((8 << 30) + 65_536, "8 GiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn each_reason_names_value_limit_and_option() {
        for (exceeded, text) in [
            (
                LimitExceeded::BcryptCost { cost: 31, limit: 20 },
                "cost 31 is above the limit 20 (--no-limits allows it)",
            ),
            (
                LimitExceeded::Rounds { rounds: 999_999_999, limit: 50_000_000 },
                "999999999 rounds are above the limit 50000000 (--no-limits allows it)",
            ),
            (
                LimitExceeded::Memory { bytes: 8 << 30, limit: 1 << 30 },
                "8 GiB of memory are above the limit 1 GiB (--no-limits allows it)",
            ),
            (
                LimitExceeded::MemoryTraffic { bytes: 9 << 30, limit: 4 << 30 },
                "passes over 9 GiB of memory are above the limit 4 GiB (--no-limits allows it)",
            ),
        ] {
            assert_eq!(explain(exceeded), text);
        }
    }
}
