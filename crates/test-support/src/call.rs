//! One run of the program without a terminal.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use super::{Sandbox, is_root, program};

/// A program that is not done by then hangs.
const LIMIT: Duration = Duration::from_secs(20);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// Killed by the test, because it did not end.
    TimedOut,
}

impl Sandbox {
    /// The program with these arguments, not yet run.
    pub fn call<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call<'_> {
        Call::new(self, args.into_iter().map(|arg| arg.as_ref().to_owned()).collect())
    }

    /// Runs the program with these arguments and an empty standard input.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.call(args).run()
    }

    /// Does the record of `user` in `passwd` match this password?
    pub fn verifies(&self, user: &str, password: impl AsRef<OsStr>) -> bool {
        let run = self.run([OsStr::new("-vb"), "passwd".as_ref(), user.as_ref(), password.as_ref()]);
        assert!(matches!(run.exit, Exit::Code(0 | 3)), "-v neither accepts nor refuses: {run}");
        run.exit == Exit::Code(0)
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Self::Signal(status.signal().unwrap()), Self::Code)
    }
}

enum Input {
    Nothing,
    Bytes(Vec<u8>),
    From(Stdio),
}

/// A run to be made: always in a session of its own without a terminal, so that prompts go to standard error even if
/// the tests were started from a terminal.
pub struct Call<'a> {
    sandbox: &'a Sandbox,
    program: PathBuf,
    args: Vec<OsString>,
    under: Vec<OsString>,
    input: Input,
    output: Option<Stdio>,
    environment: Vec<(OsString, OsString)>,
    before: String,
    redirections: String,
    limit: Duration,
}

impl<'a> Call<'a> {
    pub(super) fn new(sandbox: &'a Sandbox, args: Vec<OsString>) -> Self {
        Self {
            sandbox,
            program: program(),
            args,
            under: Vec::new(),
            input: Input::Nothing,
            output: None,
            environment: Vec::new(),
            before: String::new(),
            redirections: String::new(),
            limit: LIMIT,
        }
    }

    /// Standard input is a pipe with these bytes in it.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Standard input is this.
    pub fn stdin_from(mut self, input: impl Into<Stdio>) -> Self {
        self.input = Input::From(input.into());
        self
    }

    /// Standard output is this, and not captured.
    pub fn stdout_to(mut self, output: impl Into<Stdio>) -> Self {
        self.output = Some(output.into());
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn umask(self, mask: &str) -> Self {
        self.after(&format!("umask {mask}"))
    }

    /// After these shell commands in the same process.
    pub fn after(mut self, commands: &str) -> Self {
        self.before.push_str(commands);
        self.before.push_str("; ");
        self
    }

    /// With these redirections of the shell, such as `<&-` for a closed standard input.
    pub fn redirected(mut self, redirections: &str) -> Self {
        self.redirections.push_str(redirections);
        self
    }

    /// Under another name, a link to the program.
    pub fn named(mut self, name: &str) -> Self {
        let link = self.sandbox.root().join(name);
        std::os::unix::fs::symlink(&self.program, &link).unwrap();
        self.program = link;
        self
    }

    /// Of another program than the one under test.
    pub fn program(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.program);
        self
    }

    /// Run by another program, such as `strace`.
    pub fn under(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.under = words.into_iter().map(Into::into).collect();
        self
    }

    /// Without the privileges of root. Ask [`Sandbox::for_ordinary_user`] first.
    pub fn by_ordinary_user(mut self) -> Self {
        if is_root() {
            self.program = self.sandbox.program_for_everyone();
            self = self.under(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        self
    }

    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Starts the program; its output waits in pipes.
    pub fn start(mut self) -> Running {
        let mut words: Vec<OsString> = vec!["setsid".into()];
        if !self.before.is_empty() || !self.redirections.is_empty() {
            let script = format!("{}exec \"$@\" {}", self.before, self.redirections);
            words.extend(["sh".into(), "-c".into(), script.into(), "sh".into()]);
        }
        words.append(&mut self.under);
        words.push(self.program.clone().into());
        words.append(&mut self.args);

        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.sandbox.work());
        command
            .env_clear()
            .env("LANG", "C")
            .env("HOME", self.sandbox.work())
            .env("TMPDIR", self.sandbox.temporary());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.environment);
        let bytes = match self.input {
            Input::Nothing => {
                command.stdin(Stdio::null());
                None
            }
            Input::Bytes(bytes) => {
                command.stdin(Stdio::piped());
                Some(bytes)
            }
            Input::From(input) => {
                command.stdin(input);
                None
            }
        };
        command.stdout(self.output.unwrap_or_else(Stdio::piped)).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {words:?}: {error}"));
        if let Some(bytes) = bytes {
            let mut pipe = child.stdin.take().unwrap();
            // The program may leave its input unread.
            spawn(move || drop(pipe.write_all(&bytes)));
        }
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        Running { child, program: self.program, stdout, stderr, deadline: Instant::now() + self.limit }
    }

    pub fn run(self) -> Run {
        self.start().wait()
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    spawn(move || {
        let mut all = Vec::new();
        let _ = pipe.read_to_end(&mut all);
        all
    })
}

/// A run under way.
pub struct Running {
    child: Child,
    program: PathBuf,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    deadline: Instant,
}

impl Running {
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn wait(mut self) -> Run {
        let exit = wait_until(&mut self.child, self.deadline);
        let read =
            |pipe: Option<JoinHandle<Vec<u8>>>| pipe.map(|thread| thread.join().unwrap()).unwrap_or_default();
        Run { exit, stdout: read(self.stdout), raw_stderr: read(self.stderr), program: self.program }
    }
}

/// Waits for the child, and kills it at the deadline.
pub(super) fn wait_until(child: &mut Child, deadline: Instant) -> Exit {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.into();
        }
        if Instant::now() >= deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return Exit::TimedOut;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A run that has ended. Its checks can be chained.
pub struct Run {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub raw_stderr: Vec<u8>,
    program: PathBuf,
}

impl Run {
    /// Standard error, with the name the program was called by shown as `htpasswd`.
    pub fn stderr(&self) -> String {
        show(&self.raw_stderr, &self.program)
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The lines of standard error that warn.
    pub fn warnings(&self) -> Vec<String> {
        self.stderr().lines().filter(|line| line.starts_with("Warning: ")).map(str::to_owned).collect()
    }

    /// Standard error without the lines that warn, but for those that are in `expected`.
    pub fn stderr_without_warnings(&self, expected: &str) -> String {
        without_warnings(&self.stderr(), expected)
    }

    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.exit, Exit::Code(code), "{self}");
        self
    }

    #[track_caller]
    pub fn stdout_is(&self, expected: &str) -> &Self {
        assert_eq!(self.stdout(), expected, "standard output differs\n{self}");
        self
    }

    /// Standard error is `expected`; lines more that warn do not count.
    #[track_caller]
    pub fn stderr_is(&self, expected: &str) -> &Self {
        assert_eq!(self.stderr_without_warnings(expected), expected, "standard error differs\n{self}");
        self
    }

    #[track_caller]
    pub fn stderr_has(&self, part: &str) -> &Self {
        // A recorded line may go on after a colon with the cause.
        let (text, words) = (self.stderr(), part.trim_end_matches('\n').trim_end_matches('.'));
        let is_there = text.contains(part) || part.ends_with('\n') && text.contains(&format!("{words}: "));
        assert!(is_there, "no {part:?} on standard error\n{self}");
        self
    }

    #[track_caller]
    pub fn warns(&self) -> &Self {
        assert!(!self.warnings().is_empty(), "no warning\n{self}");
        self
    }

    #[track_caller]
    pub fn does_not_warn(&self) -> &Self {
        assert_eq!(self.warnings(), Vec::<String>::new(), "{self}");
        self
    }

    /// Our program calls the call wrong: code 2, and on standard error the reason and the way to the help.
    #[track_caller]
    pub fn is_wrong_call(&self, reason: &str) -> &Self {
        self.exits(2).stdout_is("");
        let expected = format!("htpasswd: {reason}\nTry 'htpasswd --help'.\n");
        assert_eq!(self.stderr_without_warnings(""), expected, "standard error differs\n{self}");
        self
    }

    /// The usage text and nothing else, on standard error, with code 2.
    #[track_caller]
    pub fn is_usage_error(&self) -> &Self {
        self.is_usage_error_after("")
    }

    /// `complaint` and then the usage text, on standard error, with code 2.
    #[track_caller]
    pub fn is_usage_error_after(&self, complaint: &str) -> &Self {
        self.exits(2).stdout_is("");
        let text = self.stderr();
        let rest = text.strip_prefix(complaint).unwrap_or_default();
        // Ours names the reason first, in one line.
        let reason = if super::original() { None } else { rest.split_once('\n') };
        let reason = reason.filter(|(line, _)| complaint.is_empty() && line.starts_with("htpasswd: "));
        let usage = reason.map_or(rest, |(_, usage)| usage).starts_with("Usage:");
        assert!(usage, "not {complaint:?} and the usage text\n{self}");
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit:   {:?}", self.exit)?;
        writeln!(f, "stdout: {:?}", self.stdout())?;
        write!(f, "stderr: {:?}", self.stderr())
    }
}

/// Program output as text, with the name the program was called by shown as `htpasswd`.
pub(super) fn show(output: &[u8], program: &Path) -> String {
    String::from_utf8_lossy(output).replace(&format!("{}: ", program.display()), "htpasswd: ")
}

/// The text without what only our program says: whole lines that warn, and the cause after a recorded sentence.
pub(super) fn without_warnings(text: &str, expected: &str) -> String {
    let wanted: Vec<&str> = expected.split_inclusive('\n').collect();
    let is_kept = |line: &&str| !line.starts_with("Warning: ") || wanted.contains(line);
    text.split_inclusive('\n').filter(is_kept).map(|line| recorded(line, &wanted)).collect()
}

/// The sentence of `wanted` that this line continues with ": " and a cause, or else the line itself.
fn recorded<'a>(line: &'a str, wanted: &[&'a str]) -> &'a str {
    let goes_on = |words: &str| line.strip_prefix(words).is_some_and(|rest| rest.starts_with(": "));
    let continues = |sentence: &&&str| {
        let words = sentence.trim_end_matches('\n');
        words.len() > 1 && (goes_on(words) || words.strip_suffix('.').is_some_and(goes_on))
    };
    if super::original() { line } else { wanted.iter().find(continues).copied().unwrap_or(line) }
}
