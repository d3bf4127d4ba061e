//! htpasswd files for programs: read, edit, write and verify.
//!
//! | you want to | use |
//! |---|---|
//! | check or make one hash | [`PasswordHash`], with [`Params`] and [`Password`] |
//! | make many hashes on all cores | [`BulkHasher`] |
//! | read or edit the text of a file | [`Document`], with [`Username`] |
//! | change a file that servers read meanwhile | [`FileStore`], with [`Edits`] for many users |
//! | look up many users of one text | [`Index`] |
//! | know what is wrong with a file, or what another server makes of it | [`check`], with [`Server`] |
//! | serve logins | [`Authenticator`], over the [`WatchedUsers`] of a file, for the [`Credentials`] of clients |
//! | only look users up in a file that changes | [`WatchedUsers`], which gives [`Users`] |
//!
//! ```
//! use htpasswd::{Cost, Document, FileStore, Params, Password, PasswordHash, StoreError, Username};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("htpasswd.user");
//! let store = FileStore::new(&path);
//! let user = Username::new("dreamfish")?;
//! let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Bcrypt(Cost::new(10)?))?;
//! store.create(|document: &mut Document| Ok::<_, StoreError>(document.set(&user, &hash)))?;
//!
//! let document = store.load()?;
//! let record = document.get("dreamfish").ok_or("no such user")?;
//! assert!(PasswordHash::parse(record.hash)?.verify(&Password::new("abc123")?));
//! # Ok(())
//! # }
//! ```
//!
//! The library prints nothing, reads no environment, and panics on no input. Only [`BulkHasher`] and
//! [`Authenticator`] start threads.
//! Passwords are wiped from memory when dropped; hashes are compared in constant time.

mod bulk;
mod characters;
mod credentials;
mod document;
mod error;
mod hash;
mod lint;
mod password;
mod servers;
mod store;
mod username;
mod users;

pub use bulk::{BulkHasher, Progress};
pub use characters::is_invisible;
pub use credentials::Credentials;
pub use document::{
    Content, Document, EditSummary, Edits, Index, Line, Lines, Record, Repairs, SetOutcome, UserChange,
};
pub use error::{
    BulkHashError, CredentialsError, HashError, LimitExceeded, PasswordError, ReloadError, StartError,
    StoreError, StoreOperation, UsernameError,
};
pub use hash::{Cost, Params, PasswordHash, Rounds, Scheme};
pub use lint::{Finding, FindingKind, Severity, check};
pub use password::Password;
pub use servers::{Duplicates, FileRules, Impact, Server, Trim};
pub use store::{FileStore, StoreEvent};
pub use username::Username;
pub use users::{
    Authenticator, AuthenticatorBuilder, Event, FailureLimits, Issue, IssueKind, Limits, Users, Verdict,
    Verification, WatchedUsers, WatchedUsersBuilder,
};
