//! Whether a stored hash is weaker than the hashes that a server makes today.

use super::setting::Setting;
use super::{Params, PasswordHash, Rounds, VerifyCost};

impl PasswordHash {
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
}
