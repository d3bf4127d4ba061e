//! Password hashes: recognise, create, verify.
//!
//! Verifying computes the whole text of the hash again, in its canonical form, and compares that in
//! constant time. So whatever a C server would never have written (an over-long salt, `rounds=01000`,
//! bytes behind the digest) never matches here either.

mod bcrypt;
mod cost;
mod des;
mod des_crypt;
mod digest;
mod dummy;
mod encoding;
mod error;
mod lanes;
#[cfg(feature = "libxcrypt")]
mod libxcrypt;
#[cfg(not(feature = "libxcrypt"))]
#[path = "hash/without_libxcrypt.rs"]
mod libxcrypt;
mod limits;
mod md5_crypt;
mod messages;
mod params;
mod rehash;
mod rounds;
mod scheme;
mod setting;
mod sha1;
mod sha_crypt;
mod verify_cost;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use self::cost::Cost;
pub use self::error::HashError;
pub use self::limits::{LimitExceeded, Limits};
pub use self::params::Params;
pub use self::rounds::Rounds;
pub use self::scheme::Scheme;
use self::setting::Setting;
pub(crate) use self::verify_cost::{Resources, VerifyCost};
use crate::password::Password;

/// The hash of a password: the text that stands in a file behind the user's name.
///
/// `Debug` shows the scheme only.
///
/// ```
/// use htpasswd::{Cost, HashError, Params, Password, PasswordHash, Scheme};
///
/// let password = Password::new("abc123")?;
/// let hash = PasswordHash::create(&password, &Params::Bcrypt(Cost::new(5)?))?;
/// assert!(hash.as_bytes().starts_with(b"$2y$05$"));
/// assert!(hash.verify(&password));
///
/// let stored = PasswordHash::parse(b"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")?;
/// assert_eq!(stored.scheme(), Scheme::Sha1);
/// assert!(stored.verify(&password));
/// assert!(!stored.verify(&Password::new("abc124")?));
///
/// // What is no hash never matches, whatever the password.
/// assert_eq!(PasswordHash::parse(b"abc123").unwrap_err(), HashError::Unknown);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PasswordHash {
    text: Vec<u8>,
    setting: Setting,
}

impl PasswordHash {
    /// Recognises a hash by its first bytes and checks its form.
    ///
    /// ```
    /// use htpasswd::{HashError, PasswordHash, Scheme};
    ///
    /// assert_eq!(PasswordHash::parse(b"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/")?.scheme(), Scheme::Md5Crypt);
    /// assert_eq!(PasswordHash::parse(b"!").unwrap_err(), HashError::Locked);
    /// assert_eq!(PasswordHash::parse(b"abc123").unwrap_err(), HashError::Unknown);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// [`HashError::Empty`], [`HashError::Locked`], [`HashError::Unknown`] or
    /// [`HashError::Malformed`]. No password matches such a text.
    pub fn parse(text: &[u8]) -> Result<Self, HashError> {
        Ok(Self { setting: Setting::parse(text)?, text: text.to_vec() })
    }

    /// As [`PasswordHash::parse`], but takes a text of no known scheme for the password itself.
    ///
    /// Nothing that starts with `$`, `{`, `*`, `!` or `_`, has the shape of a DES or bigcrypt hash or is empty is
    /// ever plain text: a hash must not become a password because its scheme is unknown here.
    ///
    /// ```
    /// use htpasswd::{HashError, PasswordHash, Scheme};
    ///
    /// assert_eq!(PasswordHash::parse_or_plain(b"abc123")?.scheme(), Scheme::Plain);
    /// assert_eq!(PasswordHash::parse_or_plain(b"$8$abc123").unwrap_err(), HashError::Unknown);
    /// # Ok::<(), HashError>(())
    /// ```
    ///
    /// # Errors
    /// As [`PasswordHash::parse`]; [`HashError::NotPlain`] and [`HashError::TrailingBackslash`] for a text that no record
    /// can hold.
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

    /// Makes a hash with a new random salt.
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
    /// [`HashError::Random`] if the operating system gives no random bytes;
    /// [`HashError::NotPlain`] for a plain-text password with a line break, [`HashError::TrailingBackslash`] for one
    /// that ends in a backslash.
    pub fn create(password: &Password, params: &Params) -> Result<Self, HashError> {
        let Some(setting) = Setting::random(params)? else { return Self::plain(password.as_bytes()) };
        let text = setting.crypt(password.as_bytes()).ok_or(HashError::Malformed)?;
        Ok(Self { text, setting })
    }

    /// Whether this is the hash of `password`. Takes as long as the stored cost says; compares in
    /// constant time.
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
    pub fn verify(&self, password: &Password) -> bool {
        match self.setting.crypt(password.as_bytes()).map(Zeroizing::new) {
            Some(text) => self.is(&text),
            None => false,
        }
    }

    /// The kind of hash.
    ///
    /// ```
    /// use htpasswd::{PasswordHash, Scheme};
    ///
    /// assert_eq!(PasswordHash::parse(b"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=")?.scheme(), Scheme::Sha1);
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.setting.scheme()
    }

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

    /// How much work it is to verify.
    pub(crate) fn verify_cost(&self) -> VerifyCost {
        self.setting.verify_cost(&self.text)
    }

    fn is(&self, text: &[u8]) -> bool {
        text.ct_eq(&self.text).into()
    }

    /// The text, as it stands in a file.
    ///
    /// ```
    /// use htpasswd::{Params, Password, PasswordHash};
    ///
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(hash.as_bytes(), b"{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({:?}, ..)", self.scheme())
    }
}

#[cfg(test)]
mod tests;
