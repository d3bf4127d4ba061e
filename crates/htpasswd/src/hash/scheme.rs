//! The schemes of hashes, their names, and the number of password bytes that each scheme reads.
//!
//! [`Scheme`] only names a scheme. This file must never parse or compute a hash; `setting.rs` recognizes the scheme of
//! a text.

use std::fmt;

use super::ForeignScheme;

/// The scheme of a hash, which its first bytes identify.
///
/// ```
/// use htpasswd::hash::Scheme;
/// use htpasswd::PasswordHash;
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
    /// `$1$`: MD5-crypt, see crypt(5).
    Md5Crypt,
    /// `$5$`: SHA-256-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha256Crypt,
    /// `$6$`: SHA-512-crypt, see SHA-crypt.txt by Ulrich Drepper.
    Sha512Crypt,
    /// `{SHA}`: one SHA-1 of the password in Base64, without a salt (RFC 2307).
    Sha1,
    /// `{SSHA}`: one SHA-1 of the password and the salt, followed by the salt, in Base64.
    SaltedSha1,
    /// 13 characters without a prefix: traditional DES crypt(3), which reads 8 bytes of the password.
    DesCrypt,
    /// `$y$`: yescrypt, see crypt(5). yescrypt and the variants from here to [`Scheme::Nt`] can be verified only with
    /// the feature `libxcrypt`.
    Yescrypt,
    /// `$gy$`: yescrypt followed by HMAC with GOST R 34.11-2012, see crypt(5).
    GostYescrypt,
    /// `$7$`: scrypt (RFC 7914), see crypt(5).
    Scrypt,
    /// `$sha1$`: repeated HMAC-SHA-1, from `NetBSD`.
    Sha1Crypt,
    /// `$md5$` and `$md5,rounds=`: `SunMD5`, from Solaris.
    SunMd5,
    /// `_`: extended DES crypt with a number of rounds, from `BSDi`.
    BsdiCrypt,
    /// 24 characters or more without a prefix: DES crypt for each eight bytes of the password, from Digital UNIX.
    Bigcrypt,
    /// `$3$$`: one MD4 without a salt, from Windows NT.
    Nt,
    /// `$argon2id$`: argon2id, see RFC 9106. The three variants of argon2 can be verified only with the feature `argon2`.
    Argon2id,
    /// `$argon2i$`: argon2i, see RFC 9106.
    Argon2i,
    /// `$argon2d$`: argon2d, see RFC 9106.
    Argon2d,
    /// The password in plain text.
    Plain,
    /// A scheme that this library names and does not verify.
    Foreign(ForeignScheme),
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bcrypt => "bcrypt",
            Self::Apr1 => "apr1",
            Self::Md5Crypt => "md5-crypt",
            Self::Sha256Crypt => "sha256-crypt",
            Self::Sha512Crypt => "sha512-crypt",
            Self::Sha1 => "{SHA}",
            Self::SaltedSha1 => "{SSHA}",
            Self::DesCrypt => "des-crypt",
            Self::Yescrypt => "yescrypt",
            Self::GostYescrypt => "gost-yescrypt",
            Self::Scrypt => "scrypt",
            Self::Sha1Crypt => "sha1-crypt",
            Self::SunMd5 => "sun-md5",
            Self::BsdiCrypt => "bsdi-crypt",
            Self::Bigcrypt => "bigcrypt",
            Self::Nt => "nt",
            Self::Argon2id => "argon2id",
            Self::Argon2i => "argon2i",
            Self::Argon2d => "argon2d",
            Self::Plain => "plain",
            Self::Foreign(scheme) => return scheme.fmt(f),
        })
    }
}

impl Scheme {
    /// The number of password bytes that the scheme reads. The scheme ignores all bytes after them. Returns `None` if
    /// the scheme reads the complete password.
    ///
    /// A password that is longer than this number can match a hash although it differs from the user's password. Do not
    /// create a hash of another scheme from such a password.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::{Params, Password, PasswordHash};
    ///
    /// assert_eq!(Scheme::Bcrypt.password_limit(), Some(72));
    /// assert_eq!(Scheme::Sha512Crypt.password_limit(), None);
    ///
    /// let hash = PasswordHash::create(&Password::new("correct horse")?, &Params::DesCrypt)?;
    /// assert_eq!(hash.scheme().password_limit(), Some(8));
    /// assert!(hash.verify(&Password::new("correct house")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn password_limit(self) -> Option<usize> {
        match self {
            Self::DesCrypt => Some(8),
            Self::Bcrypt => Some(72),
            Self::Bigcrypt => Some(128),
            Self::Apr1
            | Self::Md5Crypt
            | Self::Sha256Crypt
            | Self::Sha512Crypt
            | Self::Sha1
            | Self::SaltedSha1
            | Self::Yescrypt
            | Self::GostYescrypt
            | Self::Scrypt
            | Self::Sha1Crypt
            | Self::SunMd5
            | Self::BsdiCrypt
            | Self::Nt
            | Self::Argon2id
            | Self::Argon2i
            | Self::Argon2d
            | Self::Plain
            | Self::Foreign(_) => None,
        }
    }
}
