//! yescrypt in its three modes, the first of which is scrypt: what one computation takes, and the computation.

use std::hint::black_box;

use yescrypt::{Mode, Params};
use zeroize::Zeroizing;

use super::Resources;

/// The bytes of S-boxes that a lane has in the mode of yescrypt's own.
const S_BOXES: u64 = 12 * 1024;

/// The parameters, by the letters of RFC 7914 and of yescrypt's PARAMETERS.
#[derive(Clone, Copy)]
pub(super) struct Kdf {
    pub(super) mode: Mode,
    pub(super) log2_n: u32,
    pub(super) r: u32,
    pub(super) p: u32,
    pub(super) t: u32,
}

impl Kdf {
    /// How much memory, in bytes, and how much of it is gone through in all passes together.
    pub(super) fn resources(&self) -> Resources {
        let n = 1_u64.checked_shl(self.log2_n).unwrap_or(u64::MAX);
        let (r, p) = (u64::from(self.r), u64::from(self.p));
        let blocks = n.saturating_add(p).saturating_add(2).saturating_mul(r).saturating_mul(128);
        let memory = blocks.saturating_add(if self.mode.is_rw() { p.saturating_mul(S_BOXES) } else { 0 });
        // In its own mode, lanes share the work.
        let lanes = if self.mode.is_rw() { 1 } else { p };
        let passes = lanes.saturating_mul(u64::from(self.t) + 1);
        Resources { memory, traffic: memory.saturating_mul(passes), ..Resources::default() }
    }

    /// `None` if there are no such parameters, or not so much memory.
    pub(super) fn derive(&self, password: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let n = 1_u64.checked_shl(self.log2_n)?;
        // Of these the crate knows, or leaves to its caller: scrypt has no t.
        if n < 2 || self.p == 0 || (self.mode.is_classic() && self.t > 0) {
            return None;
        }
        let params = Params::new_with_all_params(self.mode, n, self.r, self.p, self.t, 0).ok()?;
        is_there(self.resources().memory).then_some(())?;
        let mut digest = Zeroizing::new([0; 32]);
        yescrypt::yescrypt(password, salt, &params, digest.as_mut()).ok()?;
        Some(digest)
    }
}

/// Whether so much can be allocated. The crate would end the process if not.
fn is_there(memory: u64) -> bool {
    let mut bytes: Vec<u8> = Vec::new();
    // Seen from outside, so that the compiler does not leave the allocation out.
    usize::try_from(memory).is_ok_and(|memory| black_box(&mut bytes).try_reserve_exact(memory).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kdf(mode: Mode, log2_n: u32, p: u32, t: u32) -> Kdf {
        Kdf { mode, log2_n, r: 8, p, t }
    }

    #[test]
    fn the_least_parameters_are_taken() {
        assert!(kdf(Mode::Classic, 1, 1, 0).derive(b"x", b"salt").is_some());
        assert!(kdf(Mode::Classic, 0, 1, 0).derive(b"x", b"salt").is_none());
        // scrypt goes through its memory once.
        assert!(kdf(Mode::Classic, 1, 1, 1).derive(b"x", b"salt").is_none());
    }

    #[test]
    fn the_load_counts_passes_and_lanes() {
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
    fn absurd_parameters_are_refused_at_once() {
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
