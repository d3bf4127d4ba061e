//! Authentication for servers: from a client's credentials to a verdict, while the password file changes.
//!
//! A server opens [`WatchedUsers`], starts an [`Authenticator`] with them, and passes it the [`Credentials`] of each
//! request. Only `watcher` reads a file, and only `start` starts threads. A thread must never hold two locks at once,
//! with the exceptions that `shared` lists.

mod authenticator;
mod builder;
mod cache;
mod challenge;
mod clock;
mod credentials;
mod error;
mod event;
mod fair_queue;
mod foreign;
mod mac;
mod peer;
mod places;
mod pool;
mod queue;
mod rate_limit;
mod rehash;
mod shared;
mod single_flight;
mod start;
mod ticket;
mod verdict;
mod verify;
mod watcher;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use self::authenticator::Authenticator;
pub use self::builder::AuthenticatorBuilder;
pub use self::challenge::{RealmError, challenge};
pub use self::clock::Clock;
pub use self::credentials::{Credentials, CredentialsError};
pub use self::error::{RehashError, ReloadError, StartError};
pub use self::event::Event;
pub use self::rate_limit::FailureLimits;
pub use self::single_flight::Verification;
pub use self::verdict::Verdict;
pub use self::watcher::{WatchedUsers, WatchedUsersBuilder};

/// The longest time that the module uses: more than a century. A longer time could overflow the clock.
const FOREVER: Duration = Duration::from_secs(4_000_000_000);

/// Locks a mutex, poisoned or not. A poisoned value is still valid, because no code that holds a lock can panic while
/// the value is incomplete.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
