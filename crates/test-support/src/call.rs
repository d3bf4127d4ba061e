//! Runs the program without a terminal. [`Call`] describes a run, and [`Run`] has its result and assertions about it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Sandbox, is_root, program, schema};

/// The maximum time of a run. After this time, the program counts as hanging.
const LIMIT: Duration = Duration::from_secs(20);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// The program did not end in time, and the test killed it.
    TimedOut,
}

impl Sandbox {
    /// Prepares a run of the program with these arguments.
    pub fn call<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Call<'_> {
        Call::new(self, args.into_iter().map(|arg| arg.as_ref().to_owned()).collect())
    }

    /// Runs the program with these arguments and an empty standard input.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Run {
        self.call(args).run()
    }

    /// Returns true if the record of `user` in `passwd` matches this password.
    pub fn verifies(&self, user: &str, password: impl AsRef<OsStr>) -> bool {
        let run = self.run([OsStr::new("-vb"), "passwd".as_ref(), user.as_ref(), password.as_ref()]);
        assert!(matches!(run.exit, Exit::Code(0 | 3)), "-v neither accepts nor rejects: {run}");
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

/// A run that has not started. Each run is in its own session without a terminal, so that the program prompts on
/// standard error even if the tests were started on a terminal.
pub struct Call<'a> {
    sandbox: &'a Sandbox,
    program: PathBuf,
    /// True if the program may be another one than htpasswd.
    is_other: bool,
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
            is_other: false,
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

    /// Makes standard input a pipe that contains these bytes.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Bytes(bytes.as_ref().to_vec());
        self
    }

    /// Replaces standard input.
    pub fn stdin_from(mut self, input: impl Into<Stdio>) -> Self {
        self.input = Input::From(input.into());
        self
    }

    /// Replaces standard output, so that the output is not captured.
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

    /// Runs these shell commands first, in the same process.
    pub fn after(mut self, commands: &str) -> Self {
        self.before.push_str(commands);
        self.before.push_str("; ");
        self
    }

    /// Adds redirections of the shell, such as `<&-` for a closed standard input.
    pub fn redirected(mut self, redirections: &str) -> Self {
        self.redirections.push_str(redirections);
        self
    }

    /// Calls the program by another name, through a symbolic link.
    pub fn named(mut self, name: &str) -> Self {
        let link = self.sandbox.root().join(name);
        std::os::unix::fs::symlink(&self.program, &link).unwrap();
        self.program = link;
        self
    }

    /// Runs another program instead of the one under test.
    pub fn program(mut self, path: &Path) -> Self {
        path.clone_into(&mut self.program);
        self.is_other = true;
        self
    }

    /// Runs the program under another program, such as `strace`.
    pub fn under(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.under = words.into_iter().map(Into::into).collect();
        self
    }

    /// Runs the program without the privileges of root. Call [`Sandbox::for_ordinary_user`] first.
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

    /// Starts the program, and collects its output.
    pub fn start(mut self) -> Running {
        let mut words: Vec<OsString> = vec!["setsid".into()];
        if !self.before.is_empty() || !self.redirections.is_empty() {
            let script = format!("{}exec \"$@\" {}", self.before, self.redirections);
            words.extend(["sh".into(), "-c".into(), script.into(), "sh".into()]);
        }
        words.append(&mut self.under);
        words.push(self.program.clone().into());
        let prints_json = !self.is_other && self.args.iter().any(|word| word == "--json");
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
            // Writing fails if the program ends without reading its input, which is allowed.
            spawn(move || drop(pipe.write_all(&bytes)));
        }
        let stdout = child.stdout.take().map(collect);
        let stderr = child.stderr.take().map(collect);
        let deadline = Instant::now() + self.limit;
        Running { child, program: self.program, stdout, stderr, deadline, prints_json }
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

/// A program that runs.
pub struct Running {
    child: Child,
    program: PathBuf,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
    deadline: Instant,
    prints_json: bool,
}

impl Running {
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub fn wait(mut self) -> Run {
        let exit = wait_until(&mut self.child, self.deadline);
        let read =
            |pipe: Option<JoinHandle<Vec<u8>>>| pipe.map(|thread| thread.join().unwrap()).unwrap_or_default();
        let captures_stdout = self.stdout.is_some();
        let (stdout, raw_stderr) = (read(self.stdout), read(self.stderr));
        let run = Run { exit, stdout, raw_stderr, program: self.program, prints_json: self.prints_json };
        if run.prints_json && captures_stdout && matches!(exit, Exit::Code(_)) {
            run.assert_matches_schema();
        }
        run
    }
}

/// Waits until the child ends, and kills it at the deadline.
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

/// The result of a run. The assertions can be chained.
pub struct Run {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub raw_stderr: Vec<u8>,
    program: PathBuf,
    prints_json: bool,
}

impl Run {
    /// Asserts that each line of standard output matches the schema, and that an error has the exit code of the run.
    /// Standard output may be empty if it could not be written. The help and the version are text.
    #[track_caller]
    fn assert_matches_schema(&self) {
        let stdout = self.stdout();
        if stdout.starts_with("Usage:") || stdout.starts_with("htpasswd ") {
            return;
        }
        let is_lost = self.stderr().contains("cannot write to standard output");
        assert!(!stdout.is_empty() || is_lost, "no JSON\n{self}");
        for line in stdout.lines() {
            let object: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("invalid JSON: {error}\n{self}"));
            let errors = schema::errors(&object);
            assert!(errors.is_empty(), "{errors:?}\n{self}");
            // A call with several files has one exit code for all of them.
            if let Some(exit) = object["error"]["exit"].as_i64().filter(|_| stdout.lines().count() == 1) {
                assert_eq!(Exit::Code(i32::try_from(exit).unwrap()), self.exit, "{self}");
            }
        }
    }

    /// Standard error. The path by which the program was called is replaced by `htpasswd`.
    pub fn stderr(&self) -> String {
        show(&self.raw_stderr, &self.program)
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The lines of standard error that are warnings.
    pub fn warnings(&self) -> Vec<String> {
        self.stderr().lines().filter(|line| line.starts_with("Warning: ")).map(str::to_owned).collect()
    }

    /// Standard error without warnings, except warnings that are in `expected`.
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

    /// Asserts that standard error is `expected`. Additional warnings are allowed.
    #[track_caller]
    pub fn stderr_is(&self, expected: &str) -> &Self {
        assert_eq!(self.stderr_without_warnings(expected), expected, "standard error differs\n{self}");
        self
    }

    #[track_caller]
    pub fn stderr_has(&self, part: &str) -> &Self {
        // This program may add a colon and the cause to a sentence of Apache's tool.
        let (text, sentence) = (self.stderr(), part.trim_end_matches('\n').trim_end_matches('.'));
        let is_present =
            text.contains(part) || part.ends_with('\n') && text.contains(&format!("{sentence}: "));
        assert!(is_present, "no {part:?} on standard error\n{self}");
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

    /// Asserts that this program rejects the call: it exits with 2, and prints the reason and
    /// `Try 'htpasswd --help'.` With `--json`, it also prints the error as JSON.
    #[track_caller]
    pub fn is_wrong_call(&self, reason: &str) -> &Self {
        self.exits(2);
        if self.prints_json {
            assert!(self.stdout().contains("\"error\":{\"kind\":\"wrong-call\","), "{self}");
        } else {
            self.stdout_is("");
        }
        let expected = format!("htpasswd: {reason}\nTry 'htpasswd --help'.\n");
        assert_eq!(self.stderr_without_warnings(""), expected, "standard error differs\n{self}");
        self
    }

    /// Asserts that the program exits with 2 and prints only the usage on standard error.
    #[track_caller]
    pub fn is_usage_error(&self) -> &Self {
        self.is_usage_error_after("")
    }

    /// Asserts that the program exits with 2 and prints `message` and the usage on standard error.
    #[track_caller]
    pub fn is_usage_error_after(&self, message: &str) -> &Self {
        self.exits(2).stdout_is("");
        let text = self.stderr();
        let rest = text.strip_prefix(message).unwrap_or_default();
        // This program prints a line with the reason before the usage.
        let reason = if super::original() { None } else { rest.split_once('\n') };
        let reason = reason.filter(|(line, _)| message.is_empty() && line.starts_with("htpasswd: "));
        let usage = reason.map_or(rest, |(_, usage)| usage).starts_with("Usage:");
        assert!(usage, "not {message:?} and the usage\n{self}");
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

/// Converts output of the program into text, and replaces the path by which the program was called by `htpasswd`.
pub(super) fn show(output: &[u8], program: &Path) -> String {
    let text = String::from_utf8_lossy(output).replace(&format!("{}: ", program.display()), "htpasswd: ");
    text.split_inclusive('\n').map(without_windows_path).collect()
}

/// Returns the line with the path of a program for Windows replaced. `tests/windows/htpasswd` runs it by this path.
fn without_windows_path(line: &str) -> String {
    match line.split_once("\\htpasswd.exe: ") {
        Some((path, rest)) if path.starts_with("Z:\\") => format!("htpasswd: {rest}"),
        _ => line.to_owned(),
    }
}

/// Removes the text that only this program prints: warnings, and causes after a sentence of Apache's tool.
pub(super) fn without_warnings(text: &str, expected: &str) -> String {
    let expected: Vec<&str> = expected.split_inclusive('\n').collect();
    let is_kept = |line: &&str| !line.starts_with("Warning: ") || expected.contains(line);
    text.split_inclusive('\n').filter(is_kept).map(|line| without_cause(line, &expected)).collect()
}

/// Returns the expected sentence if the line is this sentence with ": " and a cause. Otherwise returns the line.
fn without_cause<'a>(line: &'a str, expected: &[&'a str]) -> &'a str {
    let is_continued = |words: &str| line.strip_prefix(words).is_some_and(|rest| rest.starts_with(": "));
    let continues = |sentence: &&&str| {
        let words = sentence.trim_end_matches('\n');
        words.len() > 1 && (is_continued(words) || words.strip_suffix('.').is_some_and(is_continued))
    };
    if super::original() { line } else { expected.iter().find(continues).copied().unwrap_or(line) }
}
