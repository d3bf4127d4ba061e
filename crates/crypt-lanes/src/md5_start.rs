//! The inputs of MD5-crypt, and the steps before its rounds.

use core::fmt;

use md5::Md5;
use zeroize::Zeroize;

use crate::digest;
use crate::messages::Parts;

/// The number of rounds of each digest.
pub(crate) const ROUNDS: u32 = 1000;

/// The prefix of an MD5-crypt hash, which is a part of the hashed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "MD5-crypt is obsolete, so no prefix will be added")]
pub enum Magic {
    /// `$apr1$`, which Apache uses.
    Apr1,
    /// `$1$`, which crypt(5) describes.
    Md5,
}

impl Magic {
    /// The prefix as it is in a hash.
    ///
    /// ```
    /// assert_eq!(crypt_lanes::Magic::Apr1.as_bytes(), b"$apr1$");
    /// ```
    #[must_use]
    pub const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Apr1 => b"$apr1$",
            Self::Md5 => b"$1$",
        }
    }
}

/// The inputs of one MD5-crypt digest.
///
/// ```
/// use crypt_lanes::{Magic, Md5Input};
///
/// let input = Md5Input { magic: Magic::Apr1, password: b"secret", salt: b"saltsalt" };
/// assert!(!format!("{input:?}").contains("115")); // the first byte of the password
/// ```
#[derive(Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "MD5-crypt has no other inputs")]
pub struct Md5Input<'a> {
    /// The prefix of the hash.
    pub magic: Magic,
    /// The password: any bytes.
    pub password: &'a [u8],
    /// The salt: any bytes. crypt(3) uses at most 8, so the caller must not pass more to get its digest.
    pub salt: &'a [u8],
}

impl fmt::Debug for Md5Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Md5Input")
            .field("magic", &self.magic)
            .field("salt", &self.salt.escape_ascii())
            .finish_non_exhaustive()
    }
}

impl<'a> Md5Input<'a> {
    pub(crate) fn parts(&self) -> Parts<'a> {
        Parts { password: self.password, salt: self.salt }
    }

    /// The digest before the first round.
    pub(crate) fn start(&self) -> [u8; 16] {
        let Self { magic, password, salt } = *self;
        let mut inner: [u8; 16] = digest::of::<Md5>([password, salt, password]).into();
        let fill = password.chunks(inner.len()).map(|chunk| &inner[..chunk.len()]);
        // For each bit of the length, lowest bit first, MD5-crypt hashes NUL if the bit is set, or else the first byte
        // of the password.
        let bits = usize::BITS - password.len().leading_zeros();
        let bits = (0..bits).map(|bit| if password.len() >> bit & 1 == 1 { &[0] } else { &password[..1] });
        let parts = [password, magic.as_bytes(), salt].into_iter().chain(fill).chain(bits);
        let digest = digest::of::<Md5>(parts).into();
        inner.zeroize();
        digest
    }
}
