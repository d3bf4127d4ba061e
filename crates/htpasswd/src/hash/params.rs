//! The parameters of a new hash: its scheme, and the cost or the rounds if the scheme has them.
//!
//! Callers pass [`Params`] to [`PasswordHash::create`](crate::PasswordHash::create). The enum must never contain a
//! scheme that this library can only verify.

#[cfg(feature = "argon2")]
use super::Argon2Cost;
use super::{Cost, Rounds, Scheme};

/// The parameters of a new hash: a scheme that this library can create, with its cost.
///
/// ```
/// use htpasswd::hash::Rounds;
/// use htpasswd::{Cost, Params, Password, PasswordHash};
///
/// let password = Password::new("abc123")?;
/// for (params, beginning) in [
///     (Params::Bcrypt(Cost::new(4)?), "$2y$04$"),
///     (Params::Apr1, "$apr1$"),
///     (Params::Sha512Crypt(Some(Rounds::new(1_000)?)), "$6$rounds=1000$"),
///     (Params::Sha1, "{SHA}"),
/// ] {
///     assert!(PasswordHash::create(&password, &params)?.as_bytes().starts_with(beginning.as_bytes()));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Params {
    /// `$2y$`: bcrypt. The scheme reads 72 bytes of the password.
    Bcrypt(Cost),
    /// `$apr1$`: Apache's variant of MD5-crypt, with 1,000 rounds.
    Apr1,
    /// `$5$`: SHA-256-crypt. With `None`, the hash has the default of 5,000 rounds and no `rounds=` field.
    Sha256Crypt(Option<Rounds>),
    /// `$6$`: SHA-512-crypt. With `None`, the hash has the default of 5,000 rounds and no `rounds=` field.
    Sha512Crypt(Option<Rounds>),
    /// `{SHA}`: one SHA-1 without a salt or a cost. Equal passwords have equal hashes.
    Sha1,
    /// Traditional DES crypt(3). The scheme reads 8 bytes of the password, and 7 bits of each byte.
    DesCrypt,
    /// `$argon2id$`: argon2id, see RFC 9106. Needs the feature `argon2`.
    #[cfg(feature = "argon2")]
    Argon2id(Argon2Cost),
    /// The password in plain text.
    Plain,
}

impl Params {
    /// The scheme of the new hash.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Apr1 => Scheme::Apr1,
            Self::Sha256Crypt(_) => Scheme::Sha256Crypt,
            Self::Sha512Crypt(_) => Scheme::Sha512Crypt,
            Self::Sha1 => Scheme::Sha1,
            Self::DesCrypt => Scheme::DesCrypt,
            #[cfg(feature = "argon2")]
            Self::Argon2id(_) => Scheme::Argon2id,
            Self::Plain => Scheme::Plain,
        }
    }
}
