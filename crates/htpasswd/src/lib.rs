//! htpasswd files for programs: read, edit, write and verify.
//!
//! | you want to | use |
//! |---|---|
//! | check or make one hash | [`PasswordHash`], with [`Params`] and [`Password`] |
//! | make many hashes on all cores | [`Provision`] |
//! | read or edit the text of a file | [`Document`], with [`Username`] |
//! | change a file that servers read meanwhile | [`FileStore`], with [`Edits`] for many users |
//! | look up many users of one text | [`Index`] |
//! | know what is wrong with a file, or what another server makes of it | [`check`], with [`Server`] |
//! | serve logins | [`Authenticator`], over the [`SharedUsers`] of a file, for the [`Credentials`] of clients |
//! | only look users up in a file that changes | [`SharedUsers`], which gives [`Users`] |
//!
//! ```
//! use htpasswd::{Cost, Document, FileStore, PasswordHash, Params, Password, StoreError, Username};
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
//! The library prints nothing, reads no environment, and panics on no input. Only [`Provision`] and
//! [`Authenticator`] start threads.
//! Passwords are wiped from memory when dropped; hashes are compared in constant time.

mod characters;
mod check;
mod credentials;
mod document;
mod error;
mod hash;
mod password;
mod provision;
mod servers;
mod store;
mod username;
mod users;

pub use characters::is_invisible;
pub use check::{Finding, FindingKind, Severity, check};
pub use credentials::Credentials;
pub use document::{Change, Content, Document, Edits, Fate, Index, Line, Lines, Outcome, Record, Repairs};
pub use error::{
    CredentialsError, HashError, LimitExceeded, PasswordError, ProvisionError, ReloadError, StartError, Step,
    StoreError, UsernameError,
};
pub use hash::{Cost, Params, PasswordHash, Rounds, Scheme};
pub use password::Password;
pub use provision::{Progress, Provision};
pub use servers::{Duplicates, Effect, FileRules, Server, Trim};
pub use store::{FileStore, StoreEvent};
pub use username::Username;
pub use users::{
    Authenticator, AuthenticatorBuilder, Event, FailureLimits, Issue, IssueKind, Limits, SharedUsers,
    SharedUsersBuilder, Users, Verdict, Verification,
};
