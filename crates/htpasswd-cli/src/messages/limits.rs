//! The sentences about inputs that cost too much work or memory.

use htpasswd::LimitExceeded;

use super::{shown, warning};
use crate::options::{FlagId, spelling};

/// `-v` of a hash above the limits: the recorded sentence, and the reason.
pub(super) fn not_verified(exceeded: LimitExceeded) -> Vec<u8> {
    format!("password verification failed: {}\n", reason(exceeded)).into_bytes()
}

/// The same for a user whose password has to be compared before anything is written.
pub(super) fn not_compared(user: &[u8], exceeded: LimitExceeded, program: &[u8]) -> Vec<u8> {
    let reason = format!(": {}\n", reason(exceeded));
    [program, b": cannot compare the password of user ", &shown(user), reason.as_bytes()].concat()
}

/// `place` is larger than what is read.
pub(super) fn too_large(what: &str, place: &[u8], limit: usize, program: &[u8]) -> Vec<u8> {
    let reason = format!(": it is larger than {} ({})\n", size(limit as u64), spelling(FlagId::NoLimits));
    [program, b": cannot read ", what.as_bytes(), place, reason.as_bytes()].concat()
}

/// A new hash is above the limits that servers have by default.
pub(crate) fn above_servers(exceeded: LimitExceeded) -> Vec<u8> {
    let what = match exceeded {
        LimitExceeded::BcryptCost { limit, .. } => format!("bcrypt costs above {limit}"),
        LimitExceeded::Rounds { limit, .. } => format!("rounds above {limit}"),
        other => format!("such a hash ({other})"),
    };
    warning(&format!("servers built with this library reject {what} by default"))
}

fn reason(exceeded: LimitExceeded) -> String {
    let option = spelling(FlagId::NoLimits);
    match exceeded {
        LimitExceeded::Memory { bytes, limit } => {
            format!("{} of memory are above the limit {} ({option})", size(bytes), size(limit))
        }
        LimitExceeded::MemoryTraffic { bytes, limit } => {
            format!("passes over {} of memory are above the limit {} ({option})", size(bytes), size(limit))
        }
        other => format!("{other} ({option})"),
    }
}

/// In whole MiB, or GiB if that is exact.
fn size(bytes: u64) -> String {
    let mib = bytes >> 20;
    if mib >= 1024 && mib.is_multiple_of(1024) { format!("{} GiB", mib >> 10) } else { format!("{mib} MiB") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_in_gib_where_that_is_exact() {
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
                "cost 31 is above the limit 20 (--no-limits)",
            ),
            (
                LimitExceeded::Rounds { rounds: 999_999_999, limit: 50_000_000 },
                "999999999 rounds are above the limit 50000000 (--no-limits)",
            ),
            (
                LimitExceeded::Memory { bytes: 8 << 30, limit: 1 << 30 },
                "8 GiB of memory are above the limit 1 GiB (--no-limits)",
            ),
            (
                LimitExceeded::MemoryTraffic { bytes: 9 << 30, limit: 4 << 30 },
                "passes over 9 GiB of memory are above the limit 4 GiB (--no-limits)",
            ),
        ] {
            assert_eq!(reason(exceeded), text);
        }
    }
}
