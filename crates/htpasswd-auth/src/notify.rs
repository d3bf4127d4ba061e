//! Messages to systemd about the state of the service (`sd_notify`). Without systemd, the functions do nothing.

use std::time::Duration;

use crate::os::{self, Notice};

pub(crate) fn ready() {
    os::notify(Notice::Ready);
}

/// The service reads its configuration again.
pub(crate) fn reloading() {
    os::notify(Notice::Reloading);
}

pub(crate) fn stopping() {
    os::notify(Notice::Stopping);
}

pub(crate) fn alive() {
    os::notify(Notice::Alive);
}

/// The time between two messages to the watchdog, half of the time after which systemd ends the service.
pub(crate) fn watchdog() -> Option<Duration> {
    let microseconds = std::env::var("WATCHDOG_USEC").ok()?.parse::<u64>().ok()?;
    let is_own = std::env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
    (is_own && microseconds > 0).then(|| Duration::from_micros(microseconds / 2))
}
