//! Messages to systemd about the state of the service (`sd_notify`). Without systemd, the functions do nothing.

use std::time::Duration;

use sd_notify::NotifyState;

pub(crate) fn ready() {
    send(&[NotifyState::Ready]);
}

/// The service reads its configuration again. `Type=notify-reload` needs the time too.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

pub(crate) fn stopping() {
    send(&[NotifyState::Stopping]);
}

pub(crate) fn alive() {
    send(&[NotifyState::Watchdog]);
}

/// The time between two messages to the watchdog, half of the time after which systemd ends the service.
pub(crate) fn watchdog() -> Option<Duration> {
    let microseconds = std::env::var("WATCHDOG_USEC").ok()?.parse::<u64>().ok()?;
    let is_own = std::env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
    (is_own && microseconds > 0).then(|| Duration::from_micros(microseconds / 2))
}

/// systemd may be gone, and the service continues without it.
fn send(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(false, states);
}
