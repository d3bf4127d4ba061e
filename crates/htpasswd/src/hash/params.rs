//! What a new hash is made with: its scheme, and the cost or the rounds where the scheme has them.

use super::{Cost, Rounds, Scheme};

/// How to make a hash: a scheme that can be created, with its cost.
///
/// ```
/// use htpasswd::{Cost, Params, Password, PasswordHash, Rounds};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Params {
    /// `$2y$`. Reads 72 bytes of the password.
    Bcrypt(Cost),
    /// `$apr1$`, 1,000 rounds.
    Apr1,
    /// `$5$`; `None` is the default of 5,000 rounds, which is then not written into the hash.
    Sha256Crypt(Option<Rounds>),
    /// `$6$`; `None` is the default of 5,000 rounds, which is then not written into the hash.
    Sha512Crypt(Option<Rounds>),
    /// `{SHA}`: no salt, no cost. Equal passwords give equal hashes.
    Sha1,
    /// Traditional crypt(3). Reads 8 bytes of the password, 7 bits of each.
    DesCrypt,
    /// No hash at all.
    Plain,
}

impl Params {
    /// The kind of hash that is made.
    ///
    /// ```
    /// use htpasswd::{Params, Scheme};
    ///
    /// assert_eq!(Params::Sha256Crypt(None).scheme(), Scheme::Sha256Crypt);
    /// ```
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Bcrypt(_) => Scheme::Bcrypt,
            Self::Apr1 => Scheme::Apr1,
            Self::Sha256Crypt(_) => Scheme::Sha256Crypt,
            Self::Sha512Crypt(_) => Scheme::Sha512Crypt,
            Self::Sha1 => Scheme::Sha1,
            Self::DesCrypt => Scheme::DesCrypt,
            Self::Plain => Scheme::Plain,
        }
    }
}
