//! Password hashes: recognise, create, verify.
//!
//! Verifying computes the whole text of the hash again, in its canonical form, and compares that in
//! constant time. So whatever a C server would never have written (an over-long salt, `rounds=01000`,
//! bytes behind the digest) never matches here either.

mod bcrypt;
mod cost;
mod crypt64;
mod des_crypt;
mod digest;
mod error;
#[cfg(feature = "libxcrypt")]
mod libxcrypt;
#[cfg(not(feature = "libxcrypt"))]
#[path = "hash/without_libxcrypt.rs"]
mod libxcrypt;
mod limits;
mod md5_crypt;
mod name;
mod params;
mod rounds;
mod sha1;
mod sha_crypt;

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(crate) use self::cost::{Resources, VerifyCost};
pub use self::error::HashError;
pub use self::limits::{LimitExceeded, Limits};
pub use self::params::{Cost, Params, Rounds, Scheme};
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

/// All of a hash but the digest: what is needed to compute it again.
#[derive(Clone)]
enum Setting {
    Bcrypt(bcrypt::Setting),
    Md5Crypt(md5_crypt::Setting),
    ShaCrypt(sha_crypt::Setting),
    Sha1(sha1::Setting),
    DesCrypt([u8; 2]),
    Libxcrypt(libxcrypt::Setting),
    Plain,
}

impl PasswordHash {
    /// How many bcrypt hashes [`PasswordHash::create_many`] computes in step.
    pub(crate) const LANES: usize = bcrypt::LANES;

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
        let setting = if text.is_empty() {
            return Err(HashError::Empty);
        } else if text.starts_with(b"*") || text.starts_with(b"!") {
            return Err(HashError::Locked);
        } else if bcrypt::matches_prefix(text) {
            bcrypt::Setting::parse(text).map(Setting::Bcrypt)
        } else if md5_crypt::matches_prefix(text) {
            md5_crypt::Setting::parse(text).map(Setting::Md5Crypt)
        } else if sha_crypt::matches_prefix(text) {
            sha_crypt::Setting::parse(text).map(Setting::ShaCrypt)
        } else if sha1::matches_prefix(text) {
            sha1::Setting::parse(text).map(Setting::Sha1)
        } else if libxcrypt::matches_prefix(text) {
            libxcrypt::Setting::parse(text).map(Setting::Libxcrypt)
        } else {
            match *text {
                [a, b, ..] if text.len() == 13 && crypt64::is_text(text) => Some(Setting::DesCrypt([a, b])),
                _ => return Err(HashError::Unknown),
            }
        };
        let setting = setting.ok_or(HashError::Malformed)?;
        Ok(Self { text: text.to_vec(), setting })
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
        let setting = match *params {
            Params::Bcrypt(cost) => Setting::Bcrypt(bcrypt::Setting::random(cost)?),
            Params::Apr1 => Setting::Md5Crypt(md5_crypt::Setting::random_apr1()?),
            Params::Sha256Crypt(rounds) => Setting::ShaCrypt(sha_crypt::Setting::random_sha256(rounds)?),
            Params::Sha512Crypt(rounds) => Setting::ShaCrypt(sha_crypt::Setting::random_sha512(rounds)?),
            Params::Sha1 => Setting::Sha1(sha1::Setting::unsalted()),
            Params::DesCrypt => Setting::DesCrypt(crypt64::random()?),
            Params::Plain => return Self::plain(password.as_bytes()),
        };
        let text = setting.crypt(password.as_bytes()).ok_or(HashError::Malformed)?;
        Ok(Self { text, setting })
    }

    /// [`PasswordHash::create`] for each of `passwords`, in their order, with bcrypt several at a time. Each password
    /// is dropped, and so wiped, as soon as it is hashed. An error comes with the place of its password.
    pub(crate) fn create_many(
        passwords: Vec<Password>,
        params: &Params,
    ) -> Result<Vec<Self>, (usize, HashError)> {
        let mut hashes = Vec::with_capacity(passwords.len());
        let mut passwords = passwords.into_iter();
        if let Params::Bcrypt(cost) = *params {
            while passwords.len() > 0 {
                let lanes: Vec<_> = passwords.by_ref().take(bcrypt::LANES).collect();
                let created = Self::create_lanes(&lanes, cost).map_err(|error| (hashes.len(), error))?;
                hashes.extend(created);
            }
        }
        for password in passwords {
            hashes.push(Self::create(&password, params).map_err(|error| (hashes.len(), error))?);
        }
        Ok(hashes)
    }

    fn create_lanes(passwords: &[Password], cost: Cost) -> Result<Vec<Self>, HashError> {
        let pair = |password| Ok((bcrypt::Setting::random(cost)?, Password::as_bytes(password)));
        let pairs = passwords.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
        let texts = bcrypt::crypt_many(&pairs).ok_or(HashError::Malformed)?;
        let hash = |(text, (setting, _))| Self { text, setting: Setting::Bcrypt(setting) };
        Ok(texts.into_iter().zip(pairs).map(hash).collect())
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

    /// [`PasswordHash::verify`] for each pair, in their order; bcrypt of one cost several at a time.
    pub(crate) fn verify_many(pairs: &[(&Self, &Password)]) -> Vec<bool> {
        let bcrypt = pairs.iter().map(|&(hash, password)| match &hash.setting {
            Setting::Bcrypt(setting) => Some((setting.clone(), password.as_bytes())),
            _ => None,
        });
        let bcrypt: Option<Vec<_>> = bcrypt.collect();
        match bcrypt.and_then(|bcrypt| bcrypt::crypt_many(&bcrypt)).map(Zeroizing::new) {
            Some(texts) => texts.iter().zip(pairs).map(|(text, (hash, _))| hash.is(text)).collect(),
            None => pairs.iter().map(|(hash, password)| hash.verify(password)).collect(),
        }
    }

    fn is(&self, text: &[u8]) -> bool {
        text.ct_eq(&self.text).into()
    }

    /// A hash that is as much work to verify, of a password that nobody knows; `None` for [`Params::Plain`].
    pub(crate) fn dummy_hash(cost: &VerifyCost) -> Option<Self> {
        let (params, salt) = match *cost {
            VerifyCost::Creatable { params, salt } => (params, salt),
            VerifyCost::VerifyOnly { ref dummy_hash, .. } => return Self::parse(dummy_hash).ok(),
        };
        let rounds = |rounds: Option<Rounds>| match rounds {
            Some(rounds) => format!("rounds={}$", rounds.get()),
            None => String::new(),
        };
        let text = match params {
            Params::Bcrypt(cost) => format!("$2y${:02}${:.<53}", cost.get(), ""),
            Params::Apr1 => format!("$apr1${:.<salt$}${:.<22}", "", ""),
            Params::Sha256Crypt(number) => format!("$5${}{:.<salt$}${:.<43}", rounds(number), "", ""),
            Params::Sha512Crypt(number) => format!("$6${}{:.<salt$}${:.<86}", rounds(number), "", ""),
            Params::Sha1 => format!("{{SHA}}{:A<27}=", ""),
            Params::DesCrypt => format!("{:.<13}", ""),
            Params::Plain => return None,
        };
        Self::parse(text.as_bytes()).ok()
    }

    /// Whether this hash is less than what is `wanted`: of another scheme, of a lower cost or with fewer
    /// rounds. Who has just verified a password can then store a new hash of it. `wanted` must be within the
    /// [`Limits`](crate::Limits) of the servers that read the file: [`Limits::check_params`](crate::Limits::check_params).
    ///
    /// `$2a$`, `$2b$` and `$2y$` are one scheme; `$2x$`, whose digests are those of an old bug, is never good
    /// enough. Nor is `$1$` where `$apr1$` is wanted, or `{SSHA}` where `{SHA}` is: no such hash can be made
    /// here.
    ///
    /// ```
    /// use htpasswd::{Cost, Params, PasswordHash};
    ///
    /// let hash = PasswordHash::parse(b"$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")?;
    /// assert!(hash.needs_rehash(&Params::Bcrypt(Cost::new(10)?)));
    /// assert!(!hash.needs_rehash(&Params::Bcrypt(Cost::new(5)?)));
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn needs_rehash(&self, wanted: &Params) -> bool {
        let number = |rounds: Option<Rounds>| rounds.unwrap_or(Rounds::DEFAULT);
        match (&self.setting, self.verify_cost(), *wanted) {
            (Setting::Bcrypt(setting), _, Params::Bcrypt(wanted)) => {
                setting.has_bug() || setting.cost() < wanted
            }
            (
                _,
                VerifyCost::Creatable { params: Params::Sha256Crypt(rounds), .. },
                Params::Sha256Crypt(wanted),
            )
            | (
                _,
                VerifyCost::Creatable { params: Params::Sha512Crypt(rounds), .. },
                Params::Sha512Crypt(wanted),
            ) => number(rounds) < number(wanted),
            (_, _, wanted) => self.scheme() != wanted.scheme(),
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
        match &self.setting {
            Setting::Bcrypt(_) => Scheme::Bcrypt,
            Setting::Md5Crypt(setting) => setting.scheme(),
            Setting::ShaCrypt(setting) => setting.scheme(),
            Setting::Sha1(setting) => setting.scheme(),
            Setting::DesCrypt(_) => Scheme::DesCrypt,
            Setting::Libxcrypt(setting) => setting.scheme(),
            Setting::Plain => Scheme::Plain,
        }
    }

    /// How much work it is to verify.
    pub(crate) fn verify_cost(&self) -> VerifyCost {
        let (params, salt) = match &self.setting {
            Setting::Bcrypt(setting) => (Params::Bcrypt(setting.cost()), 0),
            // `$1$` differs from it by a name.
            Setting::Md5Crypt(setting) => (Params::Apr1, setting.salt_len()),
            Setting::ShaCrypt(setting) => (setting.params(), setting.salt_len()),
            // A salt is one more input of the same block, unless it is absurdly long.
            Setting::Sha1(_) => (Params::Sha1, 0),
            Setting::DesCrypt(_) => (Params::DesCrypt, 0),
            Setting::Libxcrypt(setting) => {
                return VerifyCost::VerifyOnly {
                    resources: setting.resources(),
                    dummy_hash: setting.dummy_hash(&self.text),
                };
            }
            Setting::Plain => (Params::Plain, 0),
        };
        VerifyCost::Creatable { params, salt }
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

/// Not what would upset a file such as `shadow`: libxcrypt refuses that wherever it stands.
fn is_safe(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"!*:;\\".contains(&byte)
}

impl Setting {
    /// The whole text of the hash of `password`; `None` if no hash can have this setting.
    fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Bcrypt(setting) => setting.crypt(password)?,
            Self::Md5Crypt(setting) => setting.crypt(password),
            Self::ShaCrypt(setting) => setting.crypt(password),
            Self::Sha1(setting) => setting.crypt(password)?,
            Self::DesCrypt(salt) => des_crypt::crypt(password, *salt)?.to_vec(),
            Self::Libxcrypt(setting) => setting.crypt(password)?,
            Self::Plain => password.to_vec(),
        })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({:?}, ..)", self.scheme())
    }
}

#[cfg(test)]
mod tests;
