//! Reads, edits, writes and verifies htpasswd password files.
//!
//! | Task | Types |
//! |---|---|
//! | verify or create one hash | [`PasswordHash`], with [`Params`] and [`Password`] |
//! | create many hashes on all cores | [`BulkHasher`](bulk::BulkHasher) |
//! | read or edit the text of a password file | [`Document`], with [`Username`] |
//! | change a password file while servers read it | [`FileStore`], with [`Edits`](document::Edits) for many users |
//! | look up many users of one text | [`Index`](document::Index) |
//! | find errors in a password file, or differences between servers that read it | [`check`](lint::check), with [`Server`](servers::Server) |
//! | verify the logins of a server | [`Authenticator`], with [`WatchedUsers`](auth::WatchedUsers) and [`Credentials`] |
//! | look up users in a password file that changes | [`WatchedUsers`](auth::WatchedUsers), which returns [`Users`] |
//!
//! ```
//! use htpasswd::store::StoreError;
//! use htpasswd::{Cost, Document, FileStore, Params, Password, PasswordHash, Username};
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
//! The library prints nothing, reads no environment variable, and does not panic on any input. Only
//! [`BulkHasher`](bulk::BulkHasher) and [`Authenticator`] start threads. A [`Password`] is wiped from memory when it is dropped. Hashes
//! are compared in constant time.

// The lower modules have functions that only the optional modules call.
#![cfg_attr(not(all(feature = "auth", feature = "bulk", feature = "lint")), allow(dead_code, unused_imports))]

#[cfg(feature = "auth")]
pub mod auth;
#[cfg(feature = "bulk")]
pub mod bulk;
mod characters;
pub mod document;
pub mod hash;
#[cfg(feature = "lint")]
pub mod lint;
mod password;
#[cfg(feature = "lint")]
pub mod servers;
#[cfg(feature = "store")]
pub mod store;
mod username;
pub mod users;

#[cfg(feature = "auth")]
pub use self::auth::{Authenticator, Credentials, Verdict};
pub use self::document::{Document, Username};
pub use self::hash::{Cost, Params, Password, PasswordHash};
#[cfg(feature = "store")]
pub use self::store::FileStore;
pub use self::users::Users;
