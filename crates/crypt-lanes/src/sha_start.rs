//! The steps of SHA-crypt before the rounds.
//!
//! Numbers in comments are the steps of SHA-crypt.txt.

use alloc::vec::Vec;
use core::{fmt, iter};

use sha2::Digest;
use sha2::digest::{FixedOutputReset, Output};
use zeroize::{Zeroize, Zeroizing};

use crate::digest;
use crate::messages::Parts;

/// The inputs of one SHA-crypt digest.
///
/// ```
/// use crypt_lanes::ShaInput;
///
/// let input = ShaInput { rounds: 5_000, password: b"secret", salt: b"saltsalt" };
/// assert!(!format!("{input:?}").contains("115")); // the first byte of the password
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "SHA-crypt has no other inputs")]
pub struct ShaInput<'a> {
    /// The number of rounds. crypt(3) uses 5,000 by default, and at least 1,000.
    pub rounds: u32,
    /// The password: any bytes. One step takes a time that grows with the square of the length.
    pub password: &'a [u8],
    /// The salt: any bytes. crypt(3) uses at most 16, so the caller must not pass more to get its digest.
    pub salt: &'a [u8],
}

impl fmt::Debug for ShaInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShaInput")
            .field("rounds", &self.rounds)
            .field("salt", &self.salt.escape_ascii())
            .finish_non_exhaustive()
    }
}

/// The input of the rounds: digest A and the sequences P and S.
pub(crate) struct Start<D: Digest> {
    pub(crate) digest: Output<D>,
    p: Zeroizing<Vec<u8>>,
    s: Zeroizing<Vec<u8>>,
    pub(crate) rounds: u32,
}

impl<D: Digest> Start<D> {
    /// The parts of the messages: P is in the place of the password and S in that of the salt.
    pub(crate) fn parts(&self) -> Parts<'_> {
        Parts { password: &self.p, salt: &self.s }
    }
}

impl<D: Digest + FixedOutputReset> Start<D> {
    pub(crate) fn new(input: &ShaInput<'_>) -> Self {
        let ShaInput { rounds, password, salt } = *input;
        // Steps 4 to 8.
        let mut digest_b = digest::of::<D>([password, salt, password]);

        // Steps 1 to 3 and 9 to 12.
        let b = repeated(&digest_b, password.len());
        // For each bit of the length, lowest bit first, one part is hashed.
        let bits = usize::BITS - password.len().leading_zeros();
        let bits = (0..bits).map(|bit| if password.len() >> bit & 1 == 1 { &digest_b[..] } else { password });
        let digest = digest::of::<D>([password, salt, &b].into_iter().chain(bits));
        digest_b.as_mut_slice().zeroize();

        // Steps 13 to 16.
        let mut digest_p = digest::of::<D>(iter::repeat_n(password, password.len()));
        let p = repeated(&digest_p, password.len());
        digest_p.as_mut_slice().zeroize();

        // Steps 17 to 20.
        let digest_s = digest::of::<D>(iter::repeat_n(salt, 16 + usize::from(digest[0])));
        let s = repeated(&digest_s, salt.len());
        Self { digest, p, s, rounds }
    }
}

impl<D: Digest> Drop for Start<D> {
    fn drop(&mut self) {
        self.digest.as_mut_slice().zeroize();
    }
}

/// Returns `len` bytes of the repeated digest.
fn repeated(digest: &[u8], len: usize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(digest.iter().copied().cycle().take(len).collect())
}
