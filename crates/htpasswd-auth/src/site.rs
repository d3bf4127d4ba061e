//! One site: its password file, the users who are allowed, and the form of its answers.
//!
//! Sites with the same password file share one [`Authenticator`], so that an address has the same limits on all of them.

use std::sync::Arc;

use htpasswd::Authenticator;
use http::HeaderValue;

use crate::address::AddressSource;
use crate::config::Proxy;
use crate::encode;
use crate::groups::GroupFile;

pub(crate) struct Site {
    /// The name in labels and in the log.
    pub(crate) name: String,
    pub(crate) authenticator: Authenticator,
    pub(crate) challenge: HeaderValue,
    pub(crate) proxy: Proxy,
    pub(crate) address: AddressSource,
    pub(crate) allow: Allow,
}

/// The users who may use a site.
pub(crate) struct Allow {
    pub(crate) users: Option<Vec<String>>,
    pub(crate) groups: Option<Vec<String>>,
    pub(crate) group_file: Option<Arc<GroupFile>>,
}

impl Allow {
    /// Returns the value of `Remote-Groups` if the user is allowed. A user is allowed if `users` names the user or
    /// `groups` names one of the user's groups; without both, all users are allowed.
    pub(crate) fn check(&self, user: &str) -> Option<HeaderValue> {
        let groups = self.group_file.as_ref().map(|file| file.current());
        let of_user: Vec<&str> = groups.iter().flat_map(|groups| groups.of(user)).collect();
        let is_allowed = match (&self.users, &self.groups) {
            (None, None) => true,
            (users, groups) => {
                users.iter().flatten().any(|name| name == user)
                    || groups.iter().flatten().any(|name| of_user.contains(&name.as_str()))
            }
        };
        is_allowed.then(|| encode::groups(of_user))
    }
}
