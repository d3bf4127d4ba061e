//! Sockets that systemd has opened (socket activation).
//!
//! systemd passes the sockets as file descriptors, with their names in `LISTEN_FDNAMES`. The socket with the name
//! `metrics` serves metrics, and all others serve logins.

use std::env;
use std::io;

use listenfd::ListenFd;

use super::Bound;
use crate::os;

/// The name of the socket for metrics.
const METRICS: &str = "metrics";

/// The sockets that systemd has passed.
#[derive(Default)]
pub(crate) struct Activated {
    pub(crate) logins: Vec<Bound>,
    pub(crate) metrics: Option<Bound>,
}

impl Activated {
    /// Takes the sockets from the environment.
    pub(crate) fn take() -> io::Result<Self> {
        let mut sockets = ListenFd::from_env();
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut activated = Self::default();
        for index in 0..sockets.len() {
            let name = names.next().unwrap_or_default();
            let tcp = sockets.take_tcp_listener(index);
            let bound = match tcp {
                Ok(listener) => listener.map(Bound::Tcp),
                Err(_) => os::take_unix_listener(&mut sockets, index)?.map(Bound::Unix),
            };
            match bound {
                Some(bound) if name == METRICS => activated.metrics = Some(bound),
                Some(bound) => activated.logins.push(bound),
                None => {}
            }
        }
        Ok(activated)
    }
}
