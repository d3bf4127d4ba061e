//! How much work a stored hash may ask of a server.

use crate::hash::{Cost, Params, Rounds};

/// Above which cost a hash is refused: each attempt to log in would take so long that a few of them stall the
/// server. `$6$rounds=999999999` takes minutes.
///
/// The default lets everything in that takes up to a few seconds: bcrypt up to cost 16, SHA-crypt up to
/// 5,000,000 rounds.
///
/// ```
/// use htpasswd::{Cost, Document, IssueKind, Limits, Users};
///
/// let text = "alice:$2y$12$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna\n";
/// let limits = Limits::default().max_bcrypt(Cost::new(11)?);
/// let users = Users::with_limits(Document::parse(text), limits);
/// assert!(users.get("alice").is_none());
/// assert_eq!(users.issues()[0].kind(), IssueKind::TooCostly);
/// # Ok::<(), htpasswd::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    bcrypt: u32,
    sha_crypt: u32,
}

impl Limits {
    /// Whatever the formats allow.
    ///
    /// ```
    /// use htpasswd::{Document, Limits, Users};
    ///
    /// let text = "alice:$2y$20$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy\n";
    /// assert!(Users::from_document(Document::parse(text)).get("alice").is_none());
    /// assert!(Users::with_limits(Document::parse(text), Limits::NONE).get("alice").is_some());
    /// ```
    pub const NONE: Self = Self { bcrypt: Cost::MAX, sha_crypt: Rounds::MAX };

    /// The highest cost of bcrypt.
    ///
    /// ```
    /// use htpasswd::{Cost, Limits};
    ///
    /// assert_eq!(Limits::default().max_bcrypt(Cost::new(16)?), Limits::default());
    /// assert_ne!(Limits::default().max_bcrypt(Cost::new(12)?), Limits::default());
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn max_bcrypt(mut self, cost: Cost) -> Self {
        self.bcrypt = cost.get();
        self
    }

    /// The most rounds of `$5$` and `$6$`.
    ///
    /// ```
    /// use htpasswd::{Document, Limits, Rounds, Users};
    ///
    /// let text = format!("alice:$5$rounds=20000$saltsalt${:.<43}\n", "");
    /// let limits = Limits::default().max_sha_crypt(Rounds::new(10_000)?);
    /// assert!(Users::with_limits(Document::parse(text.as_str()), limits).is_empty());
    /// assert!(!Users::from_document(Document::parse(text)).is_empty());
    /// # Ok::<(), htpasswd::HashError>(())
    /// ```
    #[must_use]
    pub fn max_sha_crypt(mut self, rounds: Rounds) -> Self {
        self.sha_crypt = rounds.get();
        self
    }

    pub(crate) fn allow(self, params: Params) -> bool {
        match params {
            Params::Bcrypt(cost) => cost.get() <= self.bcrypt,
            Params::Sha256Crypt(rounds) | Params::Sha512Crypt(rounds) => {
                rounds.unwrap_or(Rounds::DEFAULT).get() <= self.sha_crypt
            }
            Params::Apr1 | Params::Sha1 | Params::DesCrypt | Params::Plain => true,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bcrypt: 16, sha_crypt: 5_000_000 }
    }
}
