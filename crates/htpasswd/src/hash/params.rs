//! Which kinds of hashes there are, and what each is made with.

use super::HashError;

/// The kind of a hash, as told by its first bytes.
///
/// ```
/// use htpasswd::{PasswordHash, Scheme};
///
/// let scheme = |text| PasswordHash::parse(text).map(|hash| hash.scheme());
/// assert_eq!(scheme(b"$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0"), Ok(Scheme::Apr1));
/// assert_eq!(scheme(b"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4="), Ok(Scheme::Sha1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `$2y$`, `$2b$`, `$2a$`, `$2x$`: Blowfish-based, with a cost; see crypt(5).
    Bcrypt,
    /// `$apr1$`: Apache's variant of MD5-crypt.
    Apr1,
    /// `$1$`: MD5-crypt, as in crypt(5).
    Md5Crypt,
    /// `$5$`: SHA-256-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha256Crypt,
    /// `$6$`: SHA-512-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha512Crypt,
    /// `{SHA}`: Base64 of one SHA-1, without a salt (RFC 2307).
    Sha1,
    /// `{SSHA}`: Base64 of one SHA-1 over password and salt, and the salt.
    SaltedSha1,
    /// 13 characters: traditional DES crypt(3), which reads 8 bytes of the password.
    DesCrypt,
    /// `$y$`: yescrypt, see crypt(5). This and the following are verified with the feature `libxcrypt` only.
    Yescrypt,
    /// `$gy$`: yescrypt behind GOST R 34.11-2012, see crypt(5).
    GostYescrypt,
    /// `$7$`: scrypt (RFC 7914) as in crypt(5).
    Scrypt,
    /// `$sha1$`: HMAC-SHA-1 many times over, of `NetBSD`.
    Sha1Crypt,
    /// `$md5$` and `$md5,rounds=`: of Solaris.
    SunMd5,
    /// `_`: DES with a count, of `BSDi`.
    BsdiCrypt,
    /// 24 characters or more: DES for each eight bytes of the password, of Digital UNIX.
    Bigcrypt,
    /// `$3$$`: one MD4 without a salt, of Windows NT.
    Nt,
    /// The password itself.
    Plain,
}

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

/// The cost of bcrypt: the binary logarithm of its number of iterations, 4 to 31. Servers reject a hash whose cost is
/// above their [`Limits`](crate::Limits), which is 16 by default.
///
/// ```
/// use htpasswd::{Cost, Params};
///
/// let (login, backup) = (Params::Bcrypt(Cost::new(10)?), Params::Bcrypt(Cost::new(12)?)); // four times the work
/// assert!(login < backup);
/// # Ok::<(), htpasswd::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost(u32);

impl Cost {
    /// The lowest cost that the format allows.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MIN).is_ok() && Cost::new(Cost::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = bcrypt_lanes::MIN_COST;
    /// The highest cost that the format allows: weeks of work.
    ///
    /// ```
    /// use htpasswd::Cost;
    ///
    /// assert!(Cost::new(Cost::MAX).is_ok() && Cost::new(Cost::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = bcrypt_lanes::MAX_COST;

    /// Checks the range.
    ///
    /// ```
    /// use htpasswd::{Cost, HashError};
    ///
    /// assert_eq!(Cost::new(10)?.get(), 10);
    /// assert_eq!(Cost::new(3).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(cost: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&cost) { Ok(Self(cost)) } else { Err(HashError::Cost) }
    }

    /// The binary logarithm of the number of iterations.
    ///
    /// ```
    /// let cost = htpasswd::Cost::new(10)?;
    /// assert_eq!(1_u64 << cost.get(), 1_024); // iterations
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// The number of rounds of SHA-crypt, 1,000 to 999,999,999.
///
/// ```
/// use htpasswd::{Params, Password, PasswordHash, Rounds};
///
/// let params = Params::Sha512Crypt(Some(Rounds::new(1_000)?));
/// let hash = PasswordHash::create(&Password::new("abc123")?, &params)?;
/// assert!(hash.as_bytes().starts_with(b"$6$rounds=1000$"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rounds(u32);

impl Rounds {
    /// The lowest number that SHA-crypt.txt allows.
    ///
    /// ```
    /// use htpasswd::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MIN).is_ok() && Rounds::new(Rounds::MIN - 1).is_err());
    /// ```
    pub const MIN: u32 = 1_000;
    /// The highest number that SHA-crypt.txt allows: minutes of work.
    ///
    /// ```
    /// use htpasswd::Rounds;
    ///
    /// assert!(Rounds::new(Rounds::MAX).is_ok() && Rounds::new(Rounds::MAX + 1).is_err());
    /// ```
    pub const MAX: u32 = 999_999_999;
    /// What a hash without `rounds=` means.
    ///
    /// ```
    /// assert_eq!(htpasswd::Rounds::DEFAULT.get(), 5_000);
    /// ```
    pub const DEFAULT: Self = Self(5_000);

    /// Checks the range.
    ///
    /// ```
    /// use htpasswd::{HashError, Rounds};
    ///
    /// assert_eq!(Rounds::new(100_000)?.get(), 100_000);
    /// assert_eq!(Rounds::new(999).unwrap_err(), HashError::Cost);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Cost`] outside [`Self::MIN`]`..=`[`Self::MAX`].
    pub fn new(rounds: u32) -> Result<Self, HashError> {
        if (Self::MIN..=Self::MAX).contains(&rounds) { Ok(Self(rounds)) } else { Err(HashError::Cost) }
    }

    /// The number of rounds.
    ///
    /// ```
    /// assert_eq!(htpasswd::Rounds::new(100_000)?.get(), 100_000);
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}
