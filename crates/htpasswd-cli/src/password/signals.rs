//! Signals that come while echo is off: the terminal has to be restored before they end the program.
//!
//! [`Signals`] catches them while [`SignalGuard`] lives: [`Signals::wait`] stops waiting for input, the caller drops its
//! guards, and [`Signals::act`] ends the program by the same signal, so that its parent sees the right status.
//! This module must never change what a signal does while nobody is asked.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
};
use signal_hook::{flag, low_level};

use crate::stdio;

/// The signals that end a program and that people, shells and timers send.
pub(super) const ENDING: &[i32] =
    &[SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGXCPU];

/// The signals that end the program: caught while somebody is asked, left to their default otherwise.
pub(super) struct Signals {
    /// On: a signal does what it does by default.
    by_default: Arc<AtomicBool>,
    /// The last signal that would have ended the program; 0: none came.
    ending: Arc<AtomicUsize>,
    /// The program was stopped and continued; a shell may have changed the terminal meanwhile.
    continued: Arc<AtomicBool>,
    /// Readable once a signal came.
    wake: UnixStream,
}

/// Signals are caught while this value lives.
pub(super) struct SignalGuard(Arc<AtomicBool>);

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Signals {
    /// Registers these signals; with a terminal, the end of a pause, too.
    pub(super) fn watch(ending: &[i32], has_terminal: bool) -> io::Result<Self> {
        let (wake, write) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let signals = Self {
            by_default: Arc::new(AtomicBool::new(true)),
            ending: Arc::default(),
            continued: Arc::default(),
            wake,
        };
        let ignored = if ending.is_empty() { 0 } else { stdio::ignored_signals() };
        for &signal in ending {
            // A signal that the caller ignores, as nohup does, stays ignored. But a person who presses Ctrl-C at a
            // prompt means it, even if a script ignores that.
            match (stdio::contains(ignored, signal), signal) {
                (true, SIGINT) => {}
                (true, _) => continue,
                _ => drop(flag::register_conditional_default(signal, Arc::clone(&signals.by_default))?),
            }
            flag::register_usize(signal, Arc::clone(&signals.ending), signal.unsigned_abs() as usize)?;
            low_level::pipe::register(signal, write.try_clone()?)?;
        }
        if has_terminal {
            flag::register(SIGCONT, Arc::clone(&signals.continued))?;
            low_level::pipe::register(SIGCONT, write)?;
        }
        Ok(signals)
    }

    /// Forgets the signals of the last question, and catches those that come from now on.
    pub(super) fn begin(&self) -> SignalGuard {
        let mut stale = [0; 64];
        while matches!((&self.wake).read(&mut stale), Ok(1..)) {}
        self.ending.store(0, Ordering::SeqCst);
        self.continued.store(false, Ordering::SeqCst);
        self.by_default.store(false, Ordering::SeqCst);
        SignalGuard(Arc::clone(&self.by_default))
    }

    /// Waits until there is input. A signal counts first: [`io::ErrorKind::Interrupted`].
    pub(super) fn wait(&self, input: &File) -> io::Result<()> {
        let mut both = [PollFd::new(&self.wake, PollFlags::IN), PollFd::new(input, PollFlags::IN)];
        if let Err(error) = poll(&mut both, None)
            && error != rustix::io::Errno::INTR
        {
            return Err(error.into());
        }
        if self.ending.load(Ordering::SeqCst) != 0 || self.continued.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(())
    }

    /// Does what a caught signal asks for; the guards are gone. Returns true after Ctrl-C; others end the program here.
    pub(super) fn act(&self) -> bool {
        match i32::try_from(self.ending.load(Ordering::SeqCst)) {
            Ok(SIGINT) => true,
            Ok(signal @ 1..) => low_level::emulate_default_handler(signal).is_err(),
            _ => false,
        }
    }
}
