//! Runs the program on a pseudo-terminal, answers its prompts, and records all that the terminal shows.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionread;
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, Termios, tcgetattr};

use super::call::{Exit, show, wait_until, without_warnings};
use super::{Sandbox, program};

/// The maximum time of a run. After this time, the program counts as hanging.
const LIMIT: Duration = Duration::from_secs(20);

/// A program that runs on a pseudo-terminal, which is the controlling terminal of its session.
///
/// The transcript has all that the program writes to the terminal: prompts, standard output and standard error, unless
/// the test redirects these streams.
pub struct Terminal<'a> {
    /// The sandbox in which the program runs.
    _sandbox: &'a Sandbox,
    child: Child,
    program: PathBuf,
    pty: Pty,
    /// The program's side of the terminal. This side stays open, so that the test can read the last output and the
    /// settings after the program has ended.
    pts: Pts,
    transcript: Vec<u8>,
    /// The length of the part of the transcript that the test has expected so far.
    seen: usize,
    settings_before: Termios,
    deadline: Instant,
}

impl<'a> Terminal<'a> {
    pub fn start<A: AsRef<OsStr>>(sandbox: &'a Sandbox, args: impl IntoIterator<Item = A>) -> Self {
        Self::start_with(sandbox, args, |command| command)
    }

    /// Starts the program with a changed command, for example one with a redirected stream.
    pub fn start_with<A: AsRef<OsStr>>(
        sandbox: &'a Sandbox,
        args: impl IntoIterator<Item = A>,
        change: impl FnOnce(Command) -> Command,
    ) -> Self {
        let program = program();
        let (pty, pts) = open().unwrap();
        let settings_before = tcgetattr(&pty).unwrap();
        let command = Command::new(&program)
            .args(args)
            .current_dir(sandbox.work())
            .env_clear()
            .env("LANG", "C")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", sandbox.work())
            .env("TMPDIR", sandbox.temporary());
        let child = change(command).spawn_borrowed(&pts).unwrap();
        let deadline = Instant::now() + LIMIT;
        Self {
            _sandbox: sandbox,
            child,
            program,
            pty,
            pts,
            transcript: Vec::new(),
            seen: 0,
            settings_before,
            deadline,
        }
    }

    /// Starts the program with a pipe as standard input that contains these bytes.
    pub fn start_with_input<A: AsRef<OsStr>>(
        sandbox: &'a Sandbox,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Self {
        let mut terminal = Self::start_with(sandbox, args, |command| command.stdin(Stdio::piped()));
        // Writing fails if the program ends without reading its input, which is allowed.
        let _ = terminal.child.stdin.take().unwrap().write_all(input);
        terminal
    }

    /// Sets the maximum time of the run, from now on.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now() + limit;
        self
    }

    /// Waits until `text` appears after the previously expected text.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        assert!(self.appears(text), "the program ended before it wrote {text:?}: {:?}", self.transcript());
    }

    /// Waits until `text` appears after the previously expected text, and returns true. Returns false if the program
    /// ends before.
    #[track_caller]
    pub fn appears(&mut self, text: &str) -> bool {
        loop {
            let rest = &self.transcript[self.seen..];
            if let Some(at) = rest.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.seen += at + text.len();
                return true;
            }
            let running = self.child.try_wait().unwrap().is_none();
            let more = self.read_for(Duration::from_millis(20));
            if !more && !running {
                return false;
            }
            assert!(Instant::now() < self.deadline, "{text:?} does not appear: {:?}", self.transcript());
        }
    }

    /// Waits for a prompt, and until the program has turned the echo off, and then types the answer.
    #[track_caller]
    pub fn answer(&mut self, prompt: &str, typed: impl AsRef<[u8]>) {
        self.expect(prompt);
        self.wait_for_echo(false);
        self.send(typed);
    }

    pub fn send(&mut self, typed: impl AsRef<[u8]>) {
        self.pty.write_all(typed.as_ref()).unwrap();
    }

    /// Waits until the program has read all lines that were typed.
    #[track_caller]
    pub fn wait_until_read(&mut self) {
        loop {
            // The terminal needs some time until a typed line can be read.
            std::thread::sleep(Duration::from_millis(50));
            if ioctl_fionread(&self.pts).unwrap() == 0 {
                return;
            }
            assert!(Instant::now() < self.deadline, "the lines are not read: {:?}", self.transcript());
        }
    }

    /// Returns true if the terminal shows the keys that are typed.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    #[track_caller]
    pub fn wait_for_echo(&mut self, expected: bool) {
        while self.echoes() != expected {
            assert!(Instant::now() < self.deadline, "the echo stays {}: {:?}", !expected, self.transcript());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns true if the terminal has the same settings as before the program started.
    pub fn is_restored(&self) -> bool {
        let (before, now) = (&self.settings_before, tcgetattr(&self.pty).unwrap());
        (before.local_modes, before.input_modes, before.output_modes)
            == (now.local_modes, now.input_modes, now.output_modes)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Closes the terminal, as if its window was closed or the network connection was lost.
    pub fn hang_up(self) -> Exit {
        let Self { mut child, pty, pts, deadline, .. } = self;
        drop((pty, pts));
        wait_until(&mut child, deadline)
    }

    /// Waits until the program ends, and reads the rest of its output.
    pub fn wait(&mut self) -> Exit {
        // The test reads the output meanwhile, because the program waits if the buffer of the terminal is full.
        while self.child.try_wait().unwrap().is_none() && Instant::now() < self.deadline {
            self.read_for(Duration::from_millis(5));
        }
        let exit = wait_until(&mut self.child, self.deadline);
        while self.read_for(Duration::from_millis(20)) {}
        exit
    }

    /// The transcript so far. The path by which the program was called is replaced by `htpasswd`.
    pub fn transcript(&self) -> String {
        show(&self.transcript, &self.program)
    }

    /// Asserts that the program exits with this code, and that the transcript is `expected`. Additional warnings are
    /// allowed.
    #[track_caller]
    pub fn ends(&mut self, code: i32, expected: &str) {
        let exit = self.wait();
        assert_eq!(exit, Exit::Code(code), "{:?}", self.transcript());
        assert_eq!(without_warnings(&self.transcript(), expected), expected);
    }

    /// Reads output that appears within this time. Returns true if there was any.
    fn read_for(&mut self, time: Duration) -> bool {
        let limit = Timespec::try_from(time).unwrap();
        let mut ready = [PollFd::from_borrowed_fd(self.pty.as_fd(), PollFlags::IN)];
        if poll(&mut ready, Some(&limit)).unwrap_or(0) == 0 || !ready[0].revents().contains(PollFlags::IN) {
            return false;
        }
        let mut chunk = [0; 4096];
        let count = self.pty.read(&mut chunk).unwrap_or(0);
        self.transcript.extend_from_slice(&chunk[..count]);
        count > 0
    }
}
