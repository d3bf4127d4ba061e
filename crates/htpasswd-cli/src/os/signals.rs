//! Restores the terminal before a signal ends the program while echo is off.
//!
//! [`Signals`] catches signals until [`SignalGuard`] is dropped. After a signal, [`Signals::wait`] stops waiting for
//! input, the caller drops its guards, and [`Signals::act`] ends the program by the same signal, so that the parent
//! process gets the usual status. This module must never change the effect of a signal outside of a prompt.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
pub(crate) use signal_hook::consts::SIGINT as INTERRUPT;
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGXCPU,
};
use signal_hook::{flag, low_level};

use super::process::{contains, ignored_signals};

/// The signals that end a program and that users, shells and timers send.
pub(crate) const ENDING: &[i32] =
    &[SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGXCPU];

/// The signals that are caught during a prompt. Outside of a prompt, they have their default effect.
pub(crate) struct Signals {
    /// True if signals have their default effect.
    by_default: Arc<AtomicBool>,
    /// The last signal that should end the program; 0 if there was none.
    ending: Arc<AtomicUsize>,
    /// True if the program was stopped and continued. In between, a shell may have changed the terminal.
    continued: Arc<AtomicBool>,
    /// Becomes readable after a signal.
    wake: UnixStream,
}

/// Catches signals until this value is dropped.
pub(crate) struct SignalGuard(Arc<AtomicBool>);

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Signals {
    /// Registers handlers for these signals. If there is a terminal, it also registers a handler for SIGCONT, which
    /// continues a stopped program.
    pub(crate) fn watch(ending: &[i32], has_terminal: bool) -> io::Result<Self> {
        let (wake, write) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let signals = Self {
            by_default: Arc::new(AtomicBool::new(true)),
            ending: Arc::default(),
            continued: Arc::default(),
            wake,
        };
        let ignored = if ending.is_empty() { 0 } else { ignored_signals() };
        for &signal in ending {
            // A signal that the caller ignores, for example with nohup, stays ignored. Only Ctrl-C at a prompt always
            // works, even if the calling script ignores it.
            match (contains(ignored, signal), signal) {
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

    /// Forgets the signals of the last prompt, and catches signals from now on.
    pub(crate) fn begin(&self) -> SignalGuard {
        let mut stale = [0; 64];
        while matches!((&self.wake).read(&mut stale), Ok(1..)) {}
        self.ending.store(0, Ordering::SeqCst);
        self.continued.store(false, Ordering::SeqCst);
        self.by_default.store(false, Ordering::SeqCst);
        SignalGuard(Arc::clone(&self.by_default))
    }

    /// Waits for input. A signal is an error of the kind [`io::ErrorKind::Interrupted`], even if there is input.
    pub(crate) fn wait(&self, input: &File) -> io::Result<()> {
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

    /// Reacts to a caught signal. The caller must have dropped its guards. Returns true after Ctrl-C. Other signals end
    /// the program.
    pub(crate) fn act(&self) -> bool {
        match i32::try_from(self.ending.load(Ordering::SeqCst)) {
            Ok(SIGINT) => true,
            Ok(signal @ 1..) => low_level::emulate_default_handler(signal).is_err(),
            _ => false,
        }
    }
}

/// Ends the program by SIGPIPE, as shells expect it of a program in a pipeline. Returns only if that fails.
pub(crate) fn end_by_broken_pipe() {
    let _ = low_level::emulate_default_handler(SIGPIPE);
}
