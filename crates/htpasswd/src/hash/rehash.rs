//! Compares a stored hash with the parameters of new hashes.
//!
//! After a successful login, a server calls [`PasswordHash::needs_rehash`] and replaces a hash that is too weak. The
//! comparison must never report a hash that already has the parameters, because the server would then write to the
//! password file at each login.

#[cfg(feature = "argon2")]
use super::Scheme;
use super::setting::Setting;
use super::{Params, PasswordHash, Rounds, VerifyCost};

impl PasswordHash {
    /// Returns true if this hash has another scheme, a lower cost or fewer rounds than `wanted`. The caller can then
    /// replace the hash after it has verified the password. The cost of argon2id is lower if it has less memory or fewer
    /// passes.
    ///
    /// `wanted` must be within the [`Limits`](crate::hash::Limits) of the servers that read the password file; use
    /// [`Limits::check_params`](crate::hash::Limits::check_params) to check this.
    ///
    /// `$2a$`, `$2b$` and `$2y$` count as one scheme. `$2x$` marks hashes that have an old bug, so the result for them
    /// is always true. The result is also true for `$1$` if `wanted` is `$apr1$`, and for `{SSHA}` if `wanted` is
    /// `{SHA}`, because these are different schemes.
    ///
    /// ```
    /// use htpasswd::{Cost, Params, PasswordHash};
    ///
    /// let hash = PasswordHash::parse(b"$2b$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")?;
    /// assert!(hash.needs_rehash(&Params::Bcrypt(Cost::new(10)?)));
    /// assert!(!hash.needs_rehash(&Params::Bcrypt(Cost::new(5)?)));
    /// # Ok::<(), htpasswd::hash::HashError>(())
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
            #[cfg(feature = "argon2")]
            (Setting::Argon2(setting), _, Params::Argon2id(wanted)) => {
                setting.scheme() != Scheme::Argon2id || setting.cost().is_below(wanted)
            }
            (_, _, wanted) => self.scheme() != wanted.scheme(),
        }
    }
}
