//! Prompts, and reading what is typed without showing it.
//!
//! rpassword would be the library for this, but it returns UTF-8 only, drops control characters, and
//! leaves the terminal as it is when a signal ends the program: passwords that Apache's tool takes (a tab,
//! Latin-1) would change on the way. So: the terminal's own line editing, echo off, and signals watched
//! while waiting.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGXCPU,
};
use signal_hook::{flag, low_level};
use zeroize::Zeroizing;

use crate::password::error::PasswordInputError;
use crate::stdio;

/// How much is read at once. Longer than any line that a terminal hands over (4,096 bytes), so that nothing typed is
/// left for the shell to run.
const CHUNK: usize = 8192;

/// Where questions are asked and answers come from.
pub(crate) struct Terminal {
    input: File,
    /// `None`: questions go to standard error.
    output: Option<File>,
    /// A terminal, which shows what is typed unless told otherwise.
    has_echo: bool,
    signals: Signals,
    /// What was read behind the last answer.
    rest: Zeroizing<Vec<u8>>,
}

/// How much of the input makes an answer.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Until {
    LineEnd,
    End,
}

/// One answer, without its line end if that ended it.
pub(crate) struct Answer {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// The input ended without any byte.
    pub(crate) nothing: bool,
}

/// Why waiting for input ended without input.
enum Interrupted {
    Signal(i32),
    Failed(io::Error),
}

/// What would end or stop the program while the echo is off, and comes from outside.
const ENDS_OR_STOPS: &[i32] = &[
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGXCPU, SIGTSTP,
    SIGCONT,
];

impl Terminal {
    /// The controlling terminal, or, without one, standard input and standard error.
    pub(crate) fn open() -> Result<Self, PasswordInputError> {
        match OpenOptions::new().read(true).write(true).open("/dev/tty") {
            Ok(tty) => {
                Self::new(tty.try_clone().map_err(PasswordInputError::Unreadable)?, Some(tty), &[SIGINT])
            }
            Err(_) => Self::new(stdio::stdin().map_err(PasswordInputError::Unreadable)?, None, &[SIGINT]),
        }
    }

    /// Standard input, whatever it is, and nothing to ask.
    pub(crate) fn stdin() -> Result<Self, PasswordInputError> {
        Self::of(stdio::stdin().map_err(PasswordInputError::Unreadable)?)
    }

    /// The same of any open file.
    pub(crate) fn of(input: File) -> Result<Self, PasswordInputError> {
        Self::new(input, None, &[])
    }

    /// Without an echo that has to come back, only `signals` are not left to their default.
    fn new(input: File, output: Option<File>, signals: &[i32]) -> Result<Self, PasswordInputError> {
        let has_echo = isatty(&input);
        let signals = if has_echo { ENDS_OR_STOPS } else { signals };
        let signals = Signals::watch(signals).map_err(PasswordInputError::Unreadable)?;
        Ok(Self { input, output, has_echo, signals, rest: Zeroizing::default() })
    }

    /// Asks and reads an answer of at most `limit` bytes, echo off.
    pub(crate) fn ask(
        &mut self,
        prompt: &str,
        until: Until,
        limit: usize,
    ) -> Result<Answer, PasswordInputError> {
        loop {
            match self.ask_once(prompt, until, limit) {
                Ok((answer, ended_by_line_end)) => {
                    if ended_by_line_end && self.has_echo && until == Until::LineEnd {
                        self.show("\n");
                    }
                    return if answer.bytes.len() > limit {
                        Err(PasswordInputError::TooLong)
                    } else {
                        Ok(answer)
                    };
                }
                Err(Interrupted::Failed(error)) => return Err(PasswordInputError::Unreadable(error)),
                Err(Interrupted::Signal(SIGINT)) => {
                    if self.has_echo {
                        self.show("\n");
                    }
                    return Err(PasswordInputError::Interrupted);
                }
                // Continued, perhaps by a shell that has set the terminal its own way: ask again.
                Err(Interrupted::Signal(SIGCONT)) => {}
                // The others end the program, or stop it until it is continued.
                Err(Interrupted::Signal(signal)) => {
                    let _ = low_level::emulate_default_handler(signal);
                }
            }
        }
    }

    fn ask_once(&mut self, prompt: &str, until: Until, limit: usize) -> Result<(Answer, bool), Interrupted> {
        let input = self.input.try_clone().map_err(Interrupted::Failed)?;
        let _signal_guard = self.signals.begin();
        let _echo_guard =
            self.has_echo.then(|| EchoGuard::begin(&input)).transpose().map_err(Interrupted::Failed)?;
        self.show(prompt);
        self.read(until, limit)
    }

    fn show(&self, text: &str) {
        let _ = match &self.output {
            Some(output) => (&mut &*output).write_all(text.as_bytes()),
            None => io::stderr().write_all(text.as_bytes()),
        };
    }

    /// Reads to the end of the line or of the input, but not much more than `limit`; says whether a line
    /// end came.
    fn read(&mut self, until: Until, limit: usize) -> Result<(Answer, bool), Interrupted> {
        let mut bytes = std::mem::take(&mut self.rest);
        // In a script, what stands behind the answer is somebody else's.
        let at_once = if until == Until::End || self.has_echo { CHUNK } else { 1 };
        let mut chunk = Zeroizing::new(vec![0; at_once]);
        loop {
            let line_end = bytes.iter().position(|&byte| byte == b'\n');
            if let (Until::LineEnd, Some(end)) = (until, line_end) {
                self.rest = Zeroizing::new(bytes[end + 1..].to_vec());
                bytes.truncate(end);
                return Ok((Answer { bytes, nothing: false }, true));
            }
            // One line end more than the limit may still go.
            if bytes.len() > limit + 2 {
                return Ok((Answer { bytes, nothing: false }, false));
            }
            if let Err(pause) = self.signals.wait(&self.input) {
                // Nobody is asked again for lines that are whole: they count when this goes on.
                if until == Until::End {
                    self.rest = bytes;
                }
                return Err(pause);
            }
            match self.input.read(&mut chunk) {
                Ok(0) => {
                    let nothing = bytes.is_empty();
                    return Ok((Answer { bytes, nothing }, line_end.is_some()));
                }
                Ok(length) => {
                    // Never grown in place: that would leave a copy behind.
                    bytes = Zeroizing::new([&bytes, &chunk[..length]].concat());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Interrupted::Failed(error)),
            }
        }
    }
}

/// Whether somebody could continue this process after Ctrl-Z. The kernel does not stop one whose parent
/// is of another session, but cannot know that once there is a handler.
fn can_be_continued() -> bool {
    // Of nix: a session that was begun outside of this container has the number 0, which rustix takes for
    // impossible.
    nix::unistd::getsid(Some(nix::unistd::getppid())).ok() == nix::unistd::getsid(None).ok()
}

/// Echo off while this lives. What was typed before is thrown away: it was visible.
struct EchoGuard<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> EchoGuard<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL;
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for EchoGuard<'_> {
    fn drop(&mut self) {
        // After a hang-up there is no terminal to restore.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// The signals that end or stop the program: watched while waiting, left to their default otherwise.
struct Signals {
    /// On: a signal does what it does by default.
    by_default: Arc<AtomicBool>,
    last: Arc<AtomicUsize>,
    /// Readable once a signal came.
    wake: UnixStream,
}

struct SignalGuard(Arc<AtomicBool>);

impl Drop for SignalGuard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Signals {
    fn watch(signals: &[i32]) -> io::Result<Self> {
        let by_default = Arc::new(AtomicBool::new(true));
        let last = Arc::new(AtomicUsize::new(0));
        let (wake, write) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let ignored = if signals.is_empty() { 0 } else { stdio::ignored_signals() };
        for &signal in signals {
            // As after `nohup`. But whoever presses Ctrl-C at a prompt means it, even if a script started
            // the program with that ignored; elsewhere it stays ignored.
            let is_ignored = stdio::contains(ignored, signal);
            if (is_ignored && signal != SIGINT) || (signal == SIGTSTP && !can_be_continued()) {
                continue;
            }
            if !is_ignored {
                flag::register_conditional_default(signal, Arc::clone(&by_default))?;
            }
            flag::register_usize(signal, Arc::clone(&last), signal.unsigned_abs() as usize)?;
            low_level::pipe::register(signal, write.try_clone()?)?;
        }
        Ok(Self { by_default, last, wake })
    }

    fn begin(&mut self) -> SignalGuard {
        let mut stale = [0; 64];
        while matches!(self.wake.read(&mut stale), Ok(1..)) {}
        self.last.store(0, Ordering::SeqCst);
        self.by_default.store(false, Ordering::SeqCst);
        SignalGuard(Arc::clone(&self.by_default))
    }

    /// Waits until there is input or a signal; a signal counts first.
    fn wait(&self, input: &File) -> Result<(), Interrupted> {
        let mut both = [PollFd::new(&self.wake, PollFlags::IN), PollFd::new(input, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Interrupted::Failed(error.into())),
        }
        match i32::try_from(self.last.load(Ordering::SeqCst)) {
            Ok(signal @ 1..) => Err(Interrupted::Signal(signal)),
            _ => Ok(()),
        }
    }
}
