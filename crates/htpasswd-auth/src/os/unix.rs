//! The operations of Unix systems.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
pub(crate) use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use listenfd::ListenFd;
use rustix::process::{Resource, getrlimit, setrlimit};
use sd_notify::NotifyState;
pub(crate) use tokio::net::{UnixListener as AsyncUnixListener, UnixStream};
use tokio::select;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::types::{Notice, Signal};

/// The identity, length and times of a file, which change with its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileState([u64; 3], [i64; 4]);

impl FileState {
    pub(crate) fn of(file: &Metadata) -> Self {
        let times = [file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec()];
        Self([file.len(), file.dev(), file.ino()], times)
    }
}

/// The signals of the service.
pub(crate) struct Signals {
    hangup: Stream,
    terminate: Stream,
    interrupt: Stream,
}

impl Signals {
    /// Catches the signals from now on.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reload,
        }
    }
}

/// Allows as many open files as the administrator permits. The usual limit of 1,024 is for programs that use `select`.
pub(crate) fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // The service works with the lower limit too, with fewer connections.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The path of a Unix socket.
pub(crate) fn path_of(listener: &UnixListener) -> Option<PathBuf> {
    listener.local_addr().ok()?.as_pathname().map(Into::into)
}

/// Moves a socket to the runtime.
pub(crate) fn to_runtime(listener: UnixListener) -> io::Result<AsyncUnixListener> {
    listener.set_nonblocking(true)?;
    AsyncUnixListener::from_std(listener)
}

/// Takes a Unix socket that systemd has passed.
pub(crate) fn take_unix_listener(sockets: &mut ListenFd, index: usize) -> io::Result<Option<UnixListener>> {
    sockets.take_unix_listener(index)
}

/// Sends a message to systemd. systemd may be gone, and the service continues without it.
pub(crate) fn notify(notice: Notice) {
    let send = |states: &[NotifyState<'_>]| drop(sd_notify::notify(false, states));
    match (notice, NotifyState::monotonic_usec_now()) {
        (Notice::Ready, _) => send(&[NotifyState::Ready]),
        // `Type=notify-reload` needs the time of a reload too.
        (Notice::Reloading, Ok(now)) => send(&[NotifyState::Reloading, now]),
        (Notice::Reloading, Err(_)) => send(&[NotifyState::Reloading]),
        (Notice::Stopping, _) => send(&[NotifyState::Stopping]),
        (Notice::Alive, _) => send(&[NotifyState::Watchdog]),
    }
}
