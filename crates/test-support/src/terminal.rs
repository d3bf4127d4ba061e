//! One run of the program on a terminal.

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

/// A dialogue that does not go on by then hangs.
const LIMIT: Duration = Duration::from_secs(20);

/// The program as leader of a session whose controlling terminal is a pseudo-terminal.
///
/// What it writes there is the transcript: standard output and error too, unless they were sent elsewhere.
pub struct Terminal<'a> {
    /// The program runs in it.
    _sandbox: &'a Sandbox,
    child: Child,
    program: PathBuf,
    pty: Pty,
    /// Kept open: what the program wrote last can still be read when it is gone, and the settings can be asked for.
    pts: Pts,
    transcript: Vec<u8>,
    /// How much of the transcript was expected already.
    seen: usize,
    settings_before: Termios,
    deadline: Instant,
}

impl<'a> Terminal<'a> {
    pub fn start<A: AsRef<OsStr>>(sandbox: &'a Sandbox, args: impl IntoIterator<Item = A>) -> Self {
        Self::start_with(sandbox, args, |command| command)
    }

    /// Like [`start`](Self::start), with a standard stream that is not the terminal.
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

    /// Standard input is a pipe with these bytes in it.
    pub fn start_with_input<A: AsRef<OsStr>>(
        sandbox: &'a Sandbox,
        args: impl IntoIterator<Item = A>,
        input: &[u8],
    ) -> Self {
        let mut terminal = Self::start_with(sandbox, args, |command| command.stdin(Stdio::piped()));
        // The program may leave its input unread.
        let _ = terminal.child.stdin.take().unwrap().write_all(input);
        terminal
    }

    /// Waits until `text` appears behind what was expected before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        assert!(self.appears(text), "the program ended before it wrote {text:?}: {:?}", self.transcript());
    }

    /// Waits until `text` appears behind what was expected before (true) or the program has ended (false).
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

    /// Waits for a prompt and until the program has switched the echo off, then types.
    #[track_caller]
    pub fn answer(&mut self, prompt: &str, typed: impl AsRef<[u8]>) {
        self.expect(prompt);
        self.wait_for_echo(false);
        self.send(typed);
    }

    pub fn send(&mut self, typed: impl AsRef<[u8]>) {
        self.pty.write_all(typed.as_ref()).unwrap();
    }

    /// Until the program has read the lines that were typed.
    #[track_caller]
    pub fn wait_until_read(&mut self) {
        loop {
            // The terminal needs a moment, too, to take lines for such.
            std::thread::sleep(Duration::from_millis(50));
            if ioctl_fionread(&self.pts).unwrap() == 0 {
                return;
            }
            assert!(Instant::now() < self.deadline, "nobody reads: {:?}", self.transcript());
        }
    }

    /// Does the terminal show what is typed?
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    #[track_caller]
    pub fn wait_for_echo(&mut self, wanted: bool) {
        while self.echoes() != wanted {
            assert!(Instant::now() < self.deadline, "the echo stays {}: {:?}", !wanted, self.transcript());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Are the settings of the terminal what they were before the program started?
    pub fn is_restored(&self) -> bool {
        let (before, now) = (&self.settings_before, tcgetattr(&self.pty).unwrap());
        (before.local_modes, before.input_modes, before.output_modes)
            == (now.local_modes, now.input_modes, now.output_modes)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Ends the connection, as when a window is closed or a network session breaks.
    pub fn hang_up(self) -> Exit {
        let Self { mut child, pty, pts, deadline, .. } = self;
        drop((pty, pts));
        wait_until(&mut child, deadline)
    }

    /// Waits for the end of the program and reads what it still wrote.
    pub fn wait(&mut self) -> Exit {
        // A program whose output nobody reads may never end.
        while self.child.try_wait().unwrap().is_none() && Instant::now() < self.deadline {
            self.read_for(Duration::from_millis(5));
        }
        let exit = wait_until(&mut self.child, self.deadline);
        while self.read_for(Duration::from_millis(20)) {}
        exit
    }

    /// All that was shown so far, with the name the program was called by shown as `htpasswd`.
    pub fn transcript(&self) -> String {
        show(&self.transcript, &self.program)
    }

    /// Ends with this code, and all that was shown is `shown`; lines more that warn do not count.
    #[track_caller]
    pub fn ends(&mut self, code: i32, shown: &str) {
        let exit = self.wait();
        assert_eq!(exit, Exit::Code(code), "{:?}", self.transcript());
        assert_eq!(without_warnings(&self.transcript(), shown), shown);
    }

    /// Reads what is there within this time; true if that was something.
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
