//! Ctrl-C at a prompt, which is the only signal that a console sends.
//!
//! [`Signals`] catches Ctrl-C until [`SignalGuard`] is dropped. Outside of a prompt, Ctrl-C ends the program at once. A
//! write that it interrupts is finished from its journal by the next call.

use std::io;
use std::process::exit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number of Ctrl-C, as in the C library.
pub(crate) const INTERRUPT: i32 = 2;

/// The signals that end a program and that users send.
pub(crate) const ENDING: &[i32] = &[INTERRUPT];

/// `STATUS_CONTROL_C_EXIT`: the exit code of a program that Ctrl-C ends.
const ENDED_BY_CONTROL_C: i32 = 0xc000_013a_u32.cast_signed();

/// True while Ctrl-C is caught.
static IS_CAUGHT: AtomicBool = AtomicBool::new(false);
/// True after Ctrl-C.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// True if the handler was set. A program can set only one handler.
static HANDLER: OnceLock<bool> = OnceLock::new();

/// Ctrl-C during a prompt.
pub(crate) struct Signals(());

/// Catches Ctrl-C until this value is dropped.
pub(crate) struct SignalGuard(());

impl Drop for SignalGuard {
    fn drop(&mut self) {
        IS_CAUGHT.store(false, Ordering::SeqCst);
    }
}

impl Signals {
    /// Sets the handler, unless there is no signal to catch.
    pub(crate) fn watch(ending: &[i32], _has_terminal: bool) -> io::Result<Self> {
        if ending.is_empty() || *HANDLER.get_or_init(|| ctrlc::set_handler(handle).is_ok()) {
            Ok(Self(()))
        } else {
            Err(io::Error::other("Ctrl-C cannot be caught"))
        }
    }

    /// Forgets the signals of the last prompt, and catches signals from now on.
    #[expect(clippy::unused_self, reason = "the handler is one for the whole program")]
    pub(crate) fn begin(&self) -> SignalGuard {
        IS_INTERRUPTED.store(false, Ordering::SeqCst);
        IS_CAUGHT.store(true, Ordering::SeqCst);
        SignalGuard(())
    }

    /// Returns an error of the kind [`io::ErrorKind::Interrupted`] after Ctrl-C.
    pub(super) fn check(&self) -> io::Result<()> {
        if self.act() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }

    /// Returns true after Ctrl-C. The caller must have dropped its guards.
    #[expect(clippy::unused_self, reason = "the handler is one for the whole program")]
    pub(crate) fn act(&self) -> bool {
        IS_INTERRUPTED.load(Ordering::SeqCst)
    }
}

/// Runs in a thread of its own after Ctrl-C.
fn handle() {
    if !IS_CAUGHT.load(Ordering::SeqCst) {
        exit(ENDED_BY_CONTROL_C);
    }
    IS_INTERRUPTED.store(true, Ordering::SeqCst);
}

/// Does nothing: a closed pipe is an ordinary error on Windows.
pub(crate) fn end_by_broken_pipe() {}
