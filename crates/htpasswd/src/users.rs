//! The users of one password file, as a server reads them.
//!
//! A server builds [`Users`] from a text or a [`Document`] once and looks up the hash of each user who logs in, from many
//! threads at once. An invalid line becomes an [`Issue`] and must never keep other users from logging in. `WatchedUsers` builds
//! new [`Users`] when the file changes.

mod dummy;
mod issue;
mod iter;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

use self::issue::Issues;
pub use self::issue::{Issue, IssueKind};
pub use self::iter::UserIter;
use crate::document::{Content, Document, Line, Seen, Table};
use crate::hash::{HashError, Limits, Params, PasswordHash, VerifyCost};

/// The largest number of different [`VerifyCost`]s that are counted.
const MAX_KINDS: usize = 64;

/// The users of one password file. This value never changes.
///
/// The first record of a user counts. An invalid line becomes an [`Issue`] and does not affect other users.
///
/// `Users::from` reads the users of a text, of bytes or of a [`Document`] with the default [`Limits`]. It never fails:
/// [`issues`](Self::issues) lists invalid lines. A loop over `&users` yields each user who can log in, with the hash.
///
/// A `Users` needs the memory of the text and 11 to 21 bytes per line. Hashes are checked when the value is built, and
/// parsed again at each lookup.
///
/// ```
/// use htpasswd::users::IssueKind;
/// use htpasswd::Users;
///
/// let users = Users::from(
///     "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\nwhat is this?\nalice:{SHA}AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
/// );
/// assert!(users.verify("alice", "abc123"));
/// assert!(!users.verify("bob", "abc123"));
///
/// let issues: Vec<_> = users.issues().iter().map(|issue| (issue.line(), issue.kind())).collect();
/// assert_eq!(issues, [(2, IssueKind::NoColon), (3, IssueKind::Duplicate { first: 1 })]);
/// assert_eq!(users.issues()[0].to_string(), "line 2: no colon");
/// ```
pub struct Users {
    document: Document,
    table: Table,
    limits: Limits,
    issues: Vec<Issue>,
    len: usize,
    /// The costs of users' hashes with the number of users, the most common cost first.
    kinds: Vec<(VerifyCost, usize)>,
}

impl Users {
    /// Reads the users of a document. A user whose hash exceeds the limits cannot log in.
    ///
    /// ```
    /// use htpasswd::hash::Limits;
    /// use htpasswd::{Cost, Document, Users};
    ///
    /// let text = "alice:$2y$12$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna\n";
    /// let limits = Limits::default().max_bcrypt(Cost::new(11)?);
    /// assert!(Users::with_limits(Document::parse(text), limits).is_empty());
    /// assert!(!Users::with_limits(Document::parse(text), Limits::NONE).is_empty());
    /// # Ok::<(), htpasswd::hash::HashError>(())
    /// ```
    #[must_use]
    pub fn with_limits(mut document: Document, limits: Limits) -> Self {
        document.shrink_to_fit();
        let mut issues = Issues::default();
        // The number of users with this cost, and the line of the first of these users.
        let mut counts: BTreeMap<VerifyCost, (usize, usize)> = BTreeMap::new();
        let table = Table::new(&document, |seen| match seen {
            Seen::Invalid { number } => issues.push(number, IssueKind::NoColon),
            Seen::Record { line, first: Some(first) } => issues.push_duplicate(line.number(), first),
            Seen::Record { line, first: None } => match check(&line, limits) {
                Ok(cost) => counts.entry(cost).or_insert((0, line.number())).0 += 1,
                Err(kind) => issues.push(line.number(), kind),
            },
        });
        let len = counts.values().map(|(count, _)| count).sum();
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|&(_, (count, first))| (Reverse(count), first));
        let kinds = counts.into_iter().take(MAX_KINDS).map(|(cost, (count, _))| (cost, count)).collect();
        let issues = issues.finish(document.as_bytes());
        Self { document, table, limits, issues, len, kinds }
    }

    /// Returns the hash of a user who can log in; `None` if the file has no such user, or the user's first record is an
    /// [`Issue`]. To verify a password, use [`verify`](Self::verify): it takes the same time for known and unknown
    /// users.
    ///
    /// ```
    /// use htpasswd::hash::Scheme;
    /// use htpasswd::Users;
    ///
    /// let users = Users::from("alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\nbob:*\n");
    /// assert_eq!(users.get("alice").map(|hash| hash.scheme()), Some(Scheme::Sha1));
    /// assert!(users.get("bob").is_none());
    /// ```
    #[must_use]
    pub fn get(&self, user: impl AsRef<[u8]>) -> Option<PasswordHash> {
        self.find(user.as_ref()).ok()
    }

    /// Returns the hash of a user who can log in. The error has the reason if the user is in the file.
    pub(crate) fn find(&self, user: &[u8]) -> Result<PasswordHash, Option<IssueKind>> {
        if user.is_empty() {
            return Err(None);
        }
        let record = self.table.get(&self.document, user).ok_or(None)?;
        let hash = PasswordHash::parse(record.hash).map_err(IssueKind::Hash)?;
        if self.limits.allow(&hash.verify_cost()) { Ok(hash) } else { Err(Some(IssueKind::TooCostly)) }
    }

    /// The number of users who can log in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns true if no user can log in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The lines with which no user can log in, in file order. Blank lines and comments are not issues.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// The parameters of most users' hashes: a dummy hash for unknown users should have them. `$1$` counts as
    /// [`Params::Apr1`] and `{SSHA}` as [`Params::Sha1`], because the hashes take the same time to verify. Hashes of
    /// schemes that this library only verifies do not count.
    #[must_use]
    pub fn most_common_params(&self) -> Option<Params> {
        self.params().first().map(|&(params, _)| params)
    }

    /// The parameters of users' hashes with the number of users, the most common first. Schemes that this library
    /// only verifies are left out. If a file has more than 64 different costs, the rarest are left out too.
    #[must_use]
    pub fn params(&self) -> Vec<(Params, usize)> {
        // Kinds also differ by the length of the salt, which the caller does not see.
        let mut params: Vec<(Params, usize)> = Vec::new();
        for (cost, count) in &self.kinds {
            let VerifyCost::Creatable { params: made, .. } = *cost else { continue };
            match params.iter_mut().find(|(known, _)| *known == made) {
                Some((_, sum)) => *sum += count,
                None => params.push((made, *count)),
            }
        }
        params.sort_by_key(|&(_, count)| Reverse(count));
        params
    }

    /// The limits above which a hash is not verified.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// The document from which the users were read.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns the last line if it has no newline and no complete hash. Such a line shows that another program may
    /// still be writing the file.
    pub(crate) fn cut_off_line(&self) -> Option<&[u8]> {
        let bytes = self.document.as_bytes();
        let last = &bytes[memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1)..];
        let is_cut_off = match Document::parse(last).lines().next()?.content() {
            Content::Record(record) => {
                matches!(PasswordHash::parse(record.hash), Err(error) if error != HashError::Locked)
            }
            Content::Invalid => true,
            Content::Blank | Content::Comment => false,
        };
        is_cut_off.then_some(last)
    }
}

/// Returns the cost of the record's hash, or the reason why its user cannot log in.
fn check(line: &Line<'_>, limits: Limits) -> Result<VerifyCost, IssueKind> {
    let record = line.record().ok_or(IssueKind::NoColon)?;
    if record.user.is_empty() {
        return Err(IssueKind::NoUser);
    }
    let cost = PasswordHash::cost_of(record.hash).map_err(IssueKind::Hash)?;
    if limits.allow(&cost) { Ok(cost) } else { Err(IssueKind::TooCostly) }
}

impl From<Document> for Users {
    fn from(document: Document) -> Self {
        Self::with_limits(document, Limits::default())
    }
}

impl From<Vec<u8>> for Users {
    fn from(bytes: Vec<u8>) -> Self {
        Document::parse(bytes).into()
    }
}

impl From<&[u8]> for Users {
    fn from(bytes: &[u8]) -> Self {
        Document::parse(bytes).into()
    }
}

impl From<String> for Users {
    fn from(text: String) -> Self {
        Document::parse(text).into()
    }
}

impl From<&str> for Users {
    fn from(text: &str) -> Self {
        Document::parse(text).into()
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Users({}, {} issues)", self.len, self.issues.len())
    }
}

#[cfg(test)]
mod tests;
