//! Schemes and costs as people name them.

use std::fmt;

use super::{Hash, Scheme};

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

impl Hash {
    /// How much work the hash is: the cost of bcrypt (the binary logarithm of its iterations), the KiB of memory of
    /// yescrypt and scrypt, else the rounds. `None` for schemes whose work is fixed.
    ///
    /// ```
    /// use htpasswd::{Cost, Hash, Params, Password};
    ///
    /// let hash = Hash::create(&Password::new("abc123")?, &Params::Bcrypt(Cost::new(5)?))?;
    /// assert_eq!(hash.cost(), Some(5));
    /// assert_eq!(hash.scheme().to_string(), "bcrypt");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cost(&self) -> Option<u32> {
        self.work().cost()
    }
}
