//! The events of one password file: hits of the cache, times of hashing, and changes of the file.
//!
//! The answers themselves are counted and logged with their site in `login`. An event must not be logged with the name
//! of an unknown user.

use std::path::Path;
use std::time::Duration;

use htpasswd::Users;
use htpasswd::auth::{Event, WatchedUsers};

use crate::metrics::Metrics;

/// The number of invalid lines that are logged when a file is read.
const LOGGED_ISSUES: usize = 10;

/// Counts and logs an event.
pub(crate) fn handle(event: &Event<'_>, users: &WatchedUsers, metrics: &Metrics) {
    let path = users.path().unwrap_or(Path::new(""));
    match event {
        Event::Accepted { cached: true, .. } => metrics.count_cache_hit(),
        Event::Accepted { user, waited, hashed, .. } => count(user, *waited, *hashed, users, metrics),
        Event::Rejected { user, waited, hashed, issue, .. } => {
            count(user, *waited, *hashed, users, metrics);
            if let Some(issue) = issue {
                let file = path.display().to_string();
                tracing::warn!(file, problem = %issue, user, "the user cannot log in with any password");
            }
        }
        Event::Reloaded { users, .. } => {
            metrics.set_reloaded();
            log_users(path, users);
        }
        Event::NotReloaded { .. } => tracing::error!(file = path.display().to_string(), "{event}"),
        _ => {}
    }
}

/// Counts a login that was hashed. The scheme of a dummy hash is not known, so it is not counted.
fn count(user: &str, waited: Duration, hashed: Duration, users: &WatchedUsers, metrics: &Metrics) {
    metrics.count_hashed(waited);
    if let Some(hash) = users.current().get(user) {
        metrics.count_hash(&hash.scheme().to_string(), hashed);
    }
}

/// Logs the number of users of a file, and its first invalid lines.
pub(crate) fn log_users(path: &Path, users: &Users) {
    let file = path.display().to_string();
    let (count, issues) = (users.len() as u64, users.issues().len() as u64);
    tracing::info!(file, users = count, issues, "the users are read");
    for issue in users.issues().iter().take(LOGGED_ISSUES) {
        tracing::warn!(file, "{issue}");
    }
}
