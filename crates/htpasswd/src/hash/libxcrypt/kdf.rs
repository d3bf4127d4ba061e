//! The key derivation function of yescrypt in its three modes, the first of which is scrypt.
//!
//! [`Kdf::resources`] returns the memory of one computation, and [`Kdf::derive`] performs it. The module must never
//! start a computation for which the memory is not available, because the crate `yescrypt` would abort the process.

use std::hint::black_box;

use yescrypt::{Mode, Params};
use zeroize::Zeroizing;

use super::Resources;

/// The size of the S-boxes of one lane in yescrypt's native mode, in bytes.
const S_BOXES: u64 = 12 * 1024;

/// The parameters, named as in RFC 7914 and in the file PARAMETERS of yescrypt.
#[derive(Clone, Copy)]
pub(super) struct Kdf {
    pub(super) mode: Mode,
    pub(super) log2_n: u32,
    pub(super) r: u32,
    pub(super) p: u32,
    pub(super) t: u32,
}

impl Kdf {
    /// The memory of one computation, and the memory that all its passes together read and write.
    pub(super) fn resources(&self) -> Resources {
        let n = 1_u64.checked_shl(self.log2_n).unwrap_or(u64::MAX);
        let (r, p) = (u64::from(self.r), u64::from(self.p));
        let blocks = n.saturating_add(p).saturating_add(2).saturating_mul(r).saturating_mul(128);
        let memory = blocks.saturating_add(if self.mode.is_rw() { p.saturating_mul(S_BOXES) } else { 0 });
        // In yescrypt's native mode, the lanes share the passes. In the other modes, each lane has its own passes.
        let lanes = if self.mode.is_rw() { 1 } else { p };
        let passes = lanes.saturating_mul(u64::from(self.t) + 1);
        Resources { memory, traffic: memory.saturating_mul(passes), ..Resources::default() }
    }

    /// Returns the digest. Returns `None` if the parameters are invalid or the memory is not available.
    pub(super) fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let n = 1_u64.checked_shl(self.log2_n)?;
        // The crate `yescrypt` leaves these checks to its caller. scrypt has no parameter t.
        if n < 2 || self.p == 0 || (self.mode.is_classic() && self.t > 0) {
            return None;
        }
        let params = Params::new_with_all_params(self.mode, n, self.r, self.p, self.t, 0).ok()?;
        is_available(self.resources().memory).then_some(())?;
        let mut digest = Zeroizing::new([0; 32]);
        yescrypt::yescrypt(password, salt, &params, digest.as_mut()).ok()?;
        Some(digest)
    }
}

/// Returns true if `memory` bytes can be allocated.
fn is_available(memory: u64) -> bool {
    let mut bytes: Vec<u8> = Vec::new();
    // `black_box` prevents the compiler from removing the unused allocation.
    usize::try_from(memory).is_ok_and(|memory| black_box(&mut bytes).try_reserve_exact(memory).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kdf(mode: Mode, log2_n: u32, p: u32, t: u32) -> Kdf {
        Kdf { mode, log2_n, r: 8, p, t }
    }

    #[test]
    fn the_smallest_parameters_are_accepted() {
        assert!(kdf(Mode::Classic, 1, 1, 0).derive(b"x", b"salt").is_some());
        assert!(kdf(Mode::Classic, 0, 1, 0).derive(b"x", b"salt").is_none());
        // scrypt has no parameter for more passes over its memory.
        assert!(kdf(Mode::Classic, 1, 1, 1).derive(b"x", b"salt").is_none());
    }

    #[test]
    fn memory_traffic_includes_passes_and_lanes() {
        for (mode, p, t, passes) in [
            (Mode::Classic, 1, 0, 1),
            (Mode::Classic, 3, 0, 3),
            (Mode::Worm, 2, 2, 6),
            (Mode::Rw, 1, 2, 3),
            (Mode::Rw, 4, 1, 2),
        ] {
            let resources = kdf(mode, 10, p, t).resources();
            assert_eq!(resources.traffic, passes * resources.memory, "{p} {t}");
        }
    }

    #[test]
    fn extreme_parameters_are_rejected_without_computation() {
        for mode in [Mode::Classic, Mode::Worm, Mode::Rw] {
            for log2_n in [0, 1, 12, 40, 63, 64, u32::MAX] {
                for (r, p, t) in
                    [(0, 1, 0), (1, 0, 0), (u32::MAX, 1, 0), (1, u32::MAX, 0), (32, 1 << 30, u32::MAX)]
                {
                    let kdf = Kdf { mode, log2_n, r, p, t };
                    assert!(kdf.derive(b"x", b"salt").is_none(), "{log2_n} {r} {p} {t}");
                }
            }
            for log2_n in [36, 45, 63] {
                let kdf = Kdf { mode, log2_n, r: 32, p: 1, t: 0 };
                assert!(kdf.derive(b"x", b"salt").is_none(), "{log2_n}");
                assert!(kdf.resources().memory >= 1 << 48);
            }
        }
    }
}
