//! The operations of Windows. No test has run the service on Windows yet.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "the functions have the signatures that `unix` needs"
)]

use std::convert::Infallible;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use listenfd::ListenFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::select;
use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlShutdown, ctrl_break, ctrl_c, ctrl_shutdown};

use super::types::{Notice, Signal};

/// The length and times of a file, which change with its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileState(u64, Option<SystemTime>, Option<SystemTime>);

impl FileState {
    pub(crate) fn of(file: &Metadata) -> Self {
        Self(file.len(), file.modified().ok(), file.created().ok())
    }
}

/// The signals of the service.
pub(crate) struct Signals {
    control_c: CtrlC,
    control_break: CtrlBreak,
    shutdown: CtrlShutdown,
}

impl Signals {
    /// Catches the signals from now on.
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self { control_c: ctrl_c()?, control_break: ctrl_break()?, shutdown: ctrl_shutdown()? })
    }

    /// Waits for the next signal. No signal of Windows asks for a reload.
    pub(crate) async fn next(&mut self) -> Signal {
        select! {
            _ = self.control_c.recv() => Signal::Stop,
            _ = self.control_break.recv() => Signal::Stop,
            _ = self.shutdown.recv() => Signal::Stop,
        }
    }
}

/// Does nothing: Windows has no such limit.
pub(crate) fn raise_file_limit() {}

/// A Unix socket, which does not exist on Windows.
#[derive(Debug)]
pub(crate) struct UnixListener(Infallible);

/// A Unix socket of the runtime, which does not exist on Windows.
pub(crate) struct AsyncUnixListener(Infallible);

/// A connection to a Unix socket, which does not exist on Windows.
pub(crate) struct UnixStream(Infallible);

impl AsyncUnixListener {
    #[expect(clippy::unused_async, reason = "the listener of Unix waits")]
    pub(crate) async fn accept(&self) -> io::Result<(UnixStream, Infallible)> {
        match self.0 {}
    }
}

impl AsyncRead for UnixStream {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }
}

impl AsyncWrite for UnixStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match self.0 {}
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.0 {}
    }
}

/// Always fails, because Windows has no Unix sockets with a mode and a group.
pub(crate) fn bind(_: &Path, _: Option<&str>, _: u32) -> io::Result<UnixListener> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "the service has no Unix sockets on Windows"))
}

pub(crate) fn path_of(listener: &UnixListener) -> Option<PathBuf> {
    match listener.0 {}
}

pub(crate) fn to_runtime(listener: UnixListener) -> io::Result<AsyncUnixListener> {
    match listener.0 {}
}

/// Returns `None`: only systemd passes Unix sockets.
pub(crate) fn take_unix_listener(_: &mut ListenFd, _: usize) -> io::Result<Option<UnixListener>> {
    Ok(None)
}

/// Does nothing: there is no systemd.
pub(crate) fn notify(_: Notice) {}
