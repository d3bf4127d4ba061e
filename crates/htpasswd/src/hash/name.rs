//! Schemes and costs as people name them.

use std::fmt;

use super::{PasswordHash, Scheme};

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
            Self::Plain => "plain",
        })
    }
}

impl Scheme {
    /// How many bytes of a password the scheme reads; what follows changes nothing. `None` if it reads them all.
    ///
    /// A longer password that was right for a hash of such a scheme may not be the one that the user has: make no hash
    /// of another scheme of it.
    ///
    /// ```
    /// use htpasswd::{Params, Password, PasswordHash, Scheme};
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
            | Self::Plain => None,
        }
    }
}

impl PasswordHash {
    /// How much work the hash is: the cost of bcrypt (the binary logarithm of its iterations), the KiB of memory of
    /// yescrypt and scrypt, else the rounds. `None` for schemes whose work is fixed.
    ///
    /// ```
    /// use htpasswd::{Cost, Params, Password, PasswordHash};
    ///
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Bcrypt(Cost::new(5)?))?;
    /// assert_eq!(hash.cost(), Some(5));
    /// assert_eq!(hash.scheme().to_string(), "bcrypt");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cost(&self) -> Option<u32> {
        self.verify_cost().cost()
    }
}
