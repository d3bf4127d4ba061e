//! Reads, edits, writes and verifies htpasswd password files, and verifies the logins of a server.
//!
//! A password file has one line `user:hash` per user. Apache httpd, nginx, container registries and many other servers
//! read it. This crate verifies passwords against bcrypt, SHA-crypt, MD5 and other hashes, and changes a file while
//! servers read it, without changing a byte that no edit names.
//!
//! The [book](../../docs/servers.html) describes the settings and the limits of a server, and how files are written.
//!
//! # Verify a user
//!
//! ```
//! use htpasswd::{FileStore, Users};
//!
//! # let directory = tempfile::tempdir()?;
//! # std::env::set_current_dir(&directory)?;
//! # std::fs::write("htpasswd.user", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")?;
//! let users = Users::from(FileStore::new("htpasswd.user").load()?);
//! if users.verify("alice", "secret") {
//!     println!("Hello, alice!");
//! }
//! # assert!(users.verify("alice", "secret"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The users can also come from memory:
//!
//! ```
//! use htpasswd::{PasswordHash, Users};
//!
//! let users = Users::from("alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
//! assert!(users.verify("alice", "secret"));
//! assert!(!users.verify("mallory", "secret")); // takes as long as for a known user
//!
//! let hash: PasswordHash = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0".parse()?;
//! assert!(hash.verify(&"secret".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Add a user
//!
//! ```
//! use htpasswd::{Cost, FileStore, Params, PasswordHash, Username};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("htpasswd.user");
//! # std::fs::write(&path, "")?;
//! let user: Username = "alice".parse()?;
//! let params = Params::Bcrypt(Cost::try_from(10)?);
//! let hash = PasswordHash::create(&"secret".parse()?, &params)?;
//! let store = FileStore::new(&path);
//! store.set(&user, &hash)?; // the file exists; `create` also makes a new one
//! store.update(|document| document.remove("bob"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Protect a server
//!
//! The crate `tower-htpasswd` protects an axum app with one line, and any other tower service. In a server without
//! tower, call an [`Authenticator`]: it hashes on its own threads, and can limit guesses and cache logins.
//!
//! ```
//! use htpasswd::{Authenticator, Credentials, Users, Verdict};
//!
//! # let users = Users::from("alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
//! // The users come from memory, or from `auth::WatchedUsers::open("htpasswd.user")?`.
//! let auth = Authenticator::builder(users).start()?;
//! let credentials = Credentials::from_header(b"Basic YWxpY2U6c2VjcmV0")?;
//! // Async code calls `auth.authenticate(&credentials, None).await`.
//! match auth.authenticate_blocking(&credentials, None) {
//!     Verdict::Accepted { .. } => println!("hello, {}", credentials.user()),
//!     verdict => println!("status {}", verdict.status()), // 401, 429 or 503
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Hash many passwords
//!
//! ```
//! use htpasswd::bulk::BulkHasher;
//! use htpasswd::{Params, Password};
//!
//! let password = Password::new;
//! let users = vec![("alice", password("secret")?), ("bob", password("abc123")?)];
//! let hashes = BulkHasher::new(Params::Apr1).hash_all(users)?; // on all cores
//! assert_eq!(hashes[1].0, "bob");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! | Module | Task | Feature |
//! |---|---|---|
//! | [`hash`] | parse, create and verify one hash | |
//! | [`document`] | read and edit the text of a password file | |
//! | [`users`] | look up and verify the users of one text | |
//! | [`store`] | change a password file on disk | `store` |
//! | [`bulk`] | create many hashes on all cores | `bulk` |
//! | [`lint`], [`servers`] | find errors in a password file, and differences between the servers that read it | `lint` |
//! | [`auth`] | verify the logins of a server | `auth` |
//!
//! These four features are default. The feature `libxcrypt` verifies the additional schemes of libxcrypt, such as
//! yescrypt; `argon2` verifies argon2 and creates argon2id; `serde` serializes findings, summaries and changes. Without
//! features, the crate accesses no file and starts no thread.
//!
//! # Guarantees
//!
//! The library prints nothing, reads no environment variable, and does not panic on any input. Only
//! [`BulkHasher`](bulk::BulkHasher) and [`Authenticator`] start threads. A [`Password`] is wiped from memory when it is
//! dropped. Hashes are compared in constant time.

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
