//! Parses, creates and verifies password hashes.
//!
//! [`PasswordHash`] is the entry point; each scheme has its own file in this folder. To verify a password, the module
//! computes the complete canonical text of the hash and compares both texts in constant time. A text that crypt(3)
//! never writes (an over-long salt, `rounds=01000`, bytes after the digest) must therefore never match a password.

#[cfg(feature = "argon2")]
mod argon2;
#[cfg(not(feature = "argon2"))]
#[path = "hash/without_argon2.rs"]
mod argon2;
mod argon2_cost;
mod bcrypt;
mod cost;
mod des;
mod des_crypt;
mod digest;
mod dummy;
mod encoding;
mod error;
mod foreign;
mod group;
mod lanes;
#[cfg(feature = "libxcrypt")]
mod libxcrypt;
#[cfg(not(feature = "libxcrypt"))]
#[path = "hash/without_libxcrypt.rs"]
mod libxcrypt;
mod limits;
mod md5_crypt;
mod params;
mod rehash;
mod rounds;
mod scheme;
mod setting;
mod sha1;
mod sha_crypt;
mod verify_cost;

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use self::argon2_cost::Argon2Cost;
pub use self::cost::Cost;
pub use self::error::HashError;
pub use self::foreign::ForeignScheme;
#[cfg(any(feature = "auth", feature = "bulk"))]
pub(crate) use self::group::Group;
pub use self::limits::{LimitExceeded, Limits};
pub use self::params::Params;
pub use self::rounds::Rounds;
pub use self::scheme::Scheme;
use self::setting::Setting;
pub(crate) use self::verify_cost::{Resources, VerifyCost};
pub use crate::password::{Password, PasswordError};

/// The hash of a password: the text after the user name and the colon in a record.
///
/// `Debug` shows only the scheme and the cost; `Display` shows the text. `==` takes the same time for all hashes of
/// equal length.
///
/// ```
/// use htpasswd::hash::{HashError, Scheme};
/// use htpasswd::{Cost, Params, Password, PasswordHash};
///
/// let password = Password::new("abc123")?;
/// let hash = PasswordHash::create(&password, &Params::Bcrypt(Cost::new(5)?))?;
/// assert!(hash.as_bytes().starts_with(b"$2y$05$"));
/// assert!(hash.verify(&password));
///
/// let stored: PasswordHash = "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=".parse()?;
/// assert_eq!(stored.scheme(), Scheme::Sha1);
/// assert!(stored.verify(&password));
/// assert!(!stored.verify(&Password::new("abc124")?));
///
/// // A text that is not a hash is rejected, so no password can match it.
/// assert_eq!(PasswordHash::parse(b"abc123").unwrap_err(), HashError::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    text: Vec<u8>,
    setting: Setting,
}

impl PasswordHash {
    /// Recognizes the scheme of a hash by its first bytes and checks its format.
    ///
    /// ```
    /// use htpasswd::hash::{HashError, Scheme};
    /// use htpasswd::PasswordHash;
    ///
    /// assert_eq!(PasswordHash::parse(b"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/")?.scheme(), Scheme::Md5Crypt);
    /// assert_eq!(PasswordHash::parse(b"!").unwrap_err(), HashError::Locked);
    /// assert_eq!(PasswordHash::parse(b"abc123").unwrap_err(), HashError::Unknown);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Empty`], [`HashError::Locked`], [`HashError::Foreign`], [`HashError::Unknown`] or
    /// [`HashError::Malformed`]. No password matches a rejected text.
    pub fn parse(text: &[u8]) -> Result<Self, HashError> {
        Ok(Self { setting: Setting::parse(text)?, text: text.to_vec() })
    }

    /// Returns the cost of verifying the hash `text`. The format is checked as in [`PasswordHash::parse`], but the text is
    /// not copied.
    pub(crate) fn cost_of(text: &[u8]) -> Result<VerifyCost, HashError> {
        Ok(Setting::parse(text)?.verify_cost(text))
    }

    /// Parses a hash like [`PasswordHash::parse`], but also accepts a hash of a [`ForeignScheme`], so that a program can
    /// store it. No password matches such a hash.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::PasswordHash;
    ///
    /// let hash = PasswordHash::parse_or_foreign(b"{SMD5}swXK27O85U86pZxk/sAN6nNhbHQ=")?;
    /// assert!(matches!(hash.scheme(), Scheme::Foreign(_)));
    /// assert!(!hash.verify(&"password".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`PasswordHash::parse`], except [`HashError::Foreign`].
    pub fn parse_or_foreign(text: &[u8]) -> Result<Self, HashError> {
        match Self::parse(text) {
            Err(HashError::Foreign(scheme)) => {
                Ok(Self { text: text.to_vec(), setting: Setting::Foreign(scheme) })
            }
            parsed => parsed,
        }
    }

    /// Parses a hash like [`PasswordHash::parse`], but reads a text of no known scheme as a plain-text password.
    ///
    /// A hash must not become a password because this library does not know its scheme. A text is therefore never read
    /// as plain text if it starts with `$`, `{`, `*`, `!` or `_`, if it has the form of a DES or bigcrypt hash, or if
    /// it is empty.
    ///
    /// ```
    /// use htpasswd::hash::{HashError, Scheme};
    /// use htpasswd::PasswordHash;
    ///
    /// assert_eq!(PasswordHash::parse_or_plain(b"abc123")?.scheme(), Scheme::Plain);
    /// assert_eq!(PasswordHash::parse_or_plain(b"$8$abc123").unwrap_err(), HashError::Unknown);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`PasswordHash::parse`]; [`HashError::NotPlain`] or [`HashError::TrailingBackslash`] if a record
    /// cannot contain the plain text.
    pub fn parse_or_plain(text: &[u8]) -> Result<Self, HashError> {
        match Self::parse(text) {
            Err(HashError::Unknown)
                if !matches!(text.first(), Some(b'$' | b'{' | b'_')) && !des_crypt::is_bigcrypt(text) =>
            {
                Self::plain(text)
            }
            result => result,
        }
    }

    fn plain(text: &[u8]) -> Result<Self, HashError> {
        if text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(HashError::NotPlain);
        }
        if text.ends_with(b"\\") {
            return Err(HashError::TrailingBackslash);
        }
        Ok(Self { text: text.to_vec(), setting: Setting::Plain })
    }

    /// Creates a hash with a new random salt.
    ///
    /// ```
    /// use htpasswd::{Cost, Params, Password, PasswordHash};
    ///
    /// let password = Password::new("abc123")?;
    /// let params = Params::Bcrypt(Cost::new(4)?);
    /// let (hash, other) = (PasswordHash::create(&password, &params)?, PasswordHash::create(&password, &params)?);
    /// assert_ne!(hash.as_bytes(), other.as_bytes()); // each has its own salt
    /// assert!(hash.verify(&password) && other.verify(&password));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// - [`HashError::Random`] if the operating system gives no random bytes.
    /// - [`HashError::Memory`] if the memory for argon2 is not available.
    /// - [`HashError::NotPlain`] if a plain-text password contains a newline or a carriage return.
    /// - [`HashError::TrailingBackslash`] if a plain-text password ends in a backslash.
    #[doc(alias = "hash_password")]
    pub fn create(password: &Password, params: &Params) -> Result<Self, HashError> {
        let Some(setting) = Setting::random(params)? else { return Self::plain(password.as_bytes()) };
        // A new setting is always valid, so only the memory can be missing.
        let text = setting.crypt(password.as_bytes()).ok_or(HashError::Memory)?;
        Ok(Self { text, setting })
    }

    /// Returns true if this is the hash of `password`. The stored cost determines how long the call takes. The hashes
    /// are compared in constant time.
    ///
    /// ```
    /// use htpasswd::{Password, PasswordHash};
    ///
    /// let hash = PasswordHash::parse(b"$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0")?;
    /// assert!(hash.verify(&Password::new("secret")?));
    /// assert!(!hash.verify(&Password::new("Secret")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    #[doc(alias = "check_password")]
    #[doc(alias = "login")]
    pub fn verify(&self, password: &Password) -> bool {
        match self.setting.crypt(password.as_bytes()).map(Zeroizing::new) {
            Some(text) => self.equals(&text),
            None => false,
        }
    }

    /// The scheme of the hash.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.setting.scheme()
    }

    /// The cost of the hash. The unit depends on the scheme:
    ///
    /// - bcrypt: the binary logarithm of the number of iterations
    /// - argon2, yescrypt, gost-yescrypt and scrypt: KiB of memory
    /// - other schemes with a variable cost: the number of rounds
    ///
    /// The result is `None` for schemes with a fixed cost.
    #[must_use]
    pub fn cost(&self) -> Option<u32> {
        self.verify_cost().cost()
    }

    /// The cost of argon2i, argon2d or argon2id; `None` for other schemes.
    #[must_use]
    pub fn argon2_cost(&self) -> Option<Argon2Cost> {
        self.verify_cost().argon2_cost()
    }

    /// The cost of verifying a password against this hash.
    pub(crate) fn verify_cost(&self) -> VerifyCost {
        self.setting.verify_cost(&self.text)
    }

    fn equals(&self, text: &[u8]) -> bool {
        text.ct_eq(&self.text).into()
    }

    /// The text of the hash, as it is in a password file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("PasswordHash");
        output.field("scheme", &self.scheme()).field("cost", &self.cost()).finish_non_exhaustive()
    }
}

/// Writes the text of the hash. Bytes that are not UTF-8 become U+FFFD; only plain-text passwords have such bytes.
impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text))
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        // A plain-text password can have the text of a hash.
        self.scheme() == other.scheme() && self.equals(&other.text)
    }
}

impl Eq for PasswordHash {}

impl AsRef<[u8]> for PasswordHash {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

impl FromStr for PasswordHash {
    type Err = HashError;

    /// Parses like [`PasswordHash::parse`].
    fn from_str(text: &str) -> Result<Self, HashError> {
        Self::parse(text.as_bytes())
    }
}

impl TryFrom<&[u8]> for PasswordHash {
    type Error = HashError;

    /// Parses like [`PasswordHash::parse`].
    fn try_from(text: &[u8]) -> Result<Self, HashError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests;
