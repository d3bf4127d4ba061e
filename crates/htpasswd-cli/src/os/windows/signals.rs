//! Ctrl-C at a prompt, which is the only signal that a console sends.
//!
//! [`Signals`] catches Ctrl-C until [`SignalGuard`] is dropped. Outside of a prompt, Ctrl-C ends the program at once. A
//! write that it interrupts is finished from its journal by the next call.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use signal_hook::consts::SIGINT as INTERRUPT;
use signal_hook::flag;

/// The signals that end a program and that users send.
pub(crate) const ENDING: &[i32] = &[INTERRUPT];

/// `STATUS_CONTROL_C_EXIT`: the exit code of a program that Ctrl-C ends.
const ENDED_BY_CONTROL_C: i32 = 0xc000_013a_u32.cast_signed();

/// The signals that are caught during a prompt. Outside of a prompt, they have their default effect.
pub(crate) struct Signals {
    /// True if signals have their default effect.
    by_default: Arc<AtomicBool>,
    /// True after Ctrl-C.
    interrupted: Arc<AtomicBool>,
}

/// Catches signals until this value is dropped.
pub(crate) struct SignalGuard(Arc<AtomicBool>);

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Signals {
    /// Registers handlers for these signals.
    pub(crate) fn watch(ending: &[i32], _has_terminal: bool) -> io::Result<Self> {
        let signals = Self { by_default: Arc::new(AtomicBool::new(true)), interrupted: Arc::default() };
        for &signal in ending {
            flag::register_conditional_shutdown(signal, ENDED_BY_CONTROL_C, Arc::clone(&signals.by_default))?;
            flag::register(signal, Arc::clone(&signals.interrupted))?;
        }
        Ok(signals)
    }

    /// Forgets the signals of the last prompt, and catches signals from now on.
    pub(crate) fn begin(&self) -> SignalGuard {
        self.interrupted.store(false, Ordering::SeqCst);
        self.by_default.store(false, Ordering::SeqCst);
        SignalGuard(Arc::clone(&self.by_default))
    }

    /// Returns an error of the kind [`io::ErrorKind::Interrupted`] after Ctrl-C.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.interrupted.load(Ordering::SeqCst) { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    /// Returns true after Ctrl-C. The caller must have dropped its guards.
    pub(crate) fn act(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }
}

/// Does nothing: a closed pipe is an ordinary error on Windows.
pub(crate) fn end_by_broken_pipe() {}
