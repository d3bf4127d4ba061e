//! What the black-box tests of the `htpasswd` command share.
//!
//! The program under test is ours, or the one that `HTPASSWD_UNDER_TEST` names: then the same tests run against
//! Apache's tool, and [`original`] is true. Every test has a [`Sandbox`] of its own and nothing else, so tests may run
//! side by side.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a failure here fails the test, which is what it should do"
)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::return_self_not_must_use,
    reason = "no program outside of this workspace uses this crate"
)]

mod call;
pub mod check;
pub mod clients;
pub mod companions;
pub mod images;
pub mod import;
pub mod mounted;
pub mod registry;
pub mod servers;
pub mod strace;
mod terminal;
pub mod users;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub use call::{Call, Exit, Run};
pub use terminal::Terminal;

/// `secret`, hashed by each scheme.
pub const SHA1: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
pub const APR1: &str = "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0";
pub const MD5_CRYPT: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";
pub const DES: &str = "abNANd1rDfiNc";
pub const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
pub const SHA256_CRYPT: &str = "$5$saltsaltsaltsalt$X0ra9qlY7TJaGBDgorLevriQfwysW8fXnbybcO4mF4/";
pub const SHA512_CRYPT: &str = "$6$saltsaltsaltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1";

/// Two users, both with the password `secret`.
pub const TWO_USERS: &str =
    "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\ncarol:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n";

/// The warning of the original for each `-p`.
pub const PLAIN_WARNING: &str =
    "Warning: storing passwords as plain text might just not work on this platform.\n";

/// The user that tests run the program as when they themselves run as root (`nobody`).
const ORDINARY_USER: u32 = 65534;

/// Is the program under test Apache's?
pub fn original() -> bool {
    std::env::var_os("HTPASSWD_UNDER_TEST").is_some()
}

/// The absolute path of the program under test.
///
/// Ours is where cargo puts it for the tests of the command.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("HTPASSWD_UNDER_TEST") {
        return std::path::absolute(named).unwrap();
    }
    let path = built().join("htpasswd");
    assert!(path.is_file(), "the program is not built: {}", path.display());
    path
}

/// The folder `target/PROFILE` with the programs; the test binary is in its folder `deps`.
fn built() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}

/// A byte string as an argument.
pub fn bytes(raw: &[u8]) -> OsString {
    OsStr::from_bytes(raw).to_owned()
}

/// Says on the real standard error, past the capture of the test harness, that a test did not run.
pub fn skipped(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {why}");
}

/// Can `name` be run with these arguments, with success?
pub fn has_tool(name: &str, args: &[&str]) -> bool {
    let mut tool = Command::new(name);
    tool.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tool.status().is_ok_and(|status| status.success())
}

/// Directories that belong to one test: `work`, where the program runs, and `tmp`, its TMPDIR.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// Without a password file.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("htpasswd-test-").tempdir().unwrap();
        let sandbox = Self { root };
        for directory in [sandbox.root.path(), &sandbox.work(), &sandbox.temporary()] {
            fs::create_dir_all(directory).unwrap();
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        sandbox
    }

    /// With `content` in the file `passwd`.
    pub fn with(content: impl AsRef<[u8]>) -> Self {
        let sandbox = Self::new();
        sandbox.write("passwd", content);
        sandbox
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The directory the program runs in.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The TMPDIR of the program.
    pub fn temporary(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.work().join(name)
    }

    /// Writes a file with mode 0644.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
        self.set_mode(name, 0o644);
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The content of a file, other bytes than UTF-8 shown as escapes.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let raw = self.read(name);
        String::from_utf8(raw).unwrap_or_else(|error| error.as_bytes().escape_ascii().to_string())
    }

    pub fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    #[track_caller]
    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().mode() & 0o7777
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// What is in the working directory, sorted.
    pub fn names(&self) -> Vec<String> {
        names_in(&self.work())
    }

    /// What is in the TMPDIR, sorted.
    pub fn temporary_names(&self) -> Vec<String> {
        names_in(&self.temporary())
    }

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

    /// Hands the sandbox to the user that [`Call::by_ordinary_user`] runs the program as.
    ///
    /// False, with a line that says so, if this cannot be arranged.
    pub fn for_ordinary_user(&self) -> bool {
        if !is_root() {
            return true;
        }
        if !has_tool("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups", "true"]) {
            skipped("running as root, and setpriv cannot make that an ordinary user");
            return false;
        }
        for directory in [self.work(), self.temporary()] {
            for entry in fs::read_dir(&directory).unwrap() {
                chown(entry.unwrap().path(), Some(ORDINARY_USER), Some(ORDINARY_USER)).unwrap();
            }
            chown(directory, Some(ORDINARY_USER), Some(ORDINARY_USER)).unwrap();
        }
        true
    }

    /// A copy of the program that any user can reach.
    pub fn program_for_everyone(&self) -> PathBuf {
        let copy = self.root.path().join("htpasswd");
        if !copy.exists() {
            // Not `fs::copy`: a test that forks meanwhile would keep the copy open for writing ("text file busy").
            let done = Command::new("cp").arg(program()).arg(&copy).status().unwrap();
            assert!(done.success(), "cannot copy the program");
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        }
        copy
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // A test may have taken the permission to list or to empty it.
        let _ = fs::set_permissions(self.work(), fs::Permissions::from_mode(0o755));
    }
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The hash field of the first record of `user`.
#[track_caller]
pub fn hash_of(file: &str, user: &str) -> String {
    let prefix = format!("{user}:");
    let record = file.lines().find_map(|line| line.strip_prefix(&prefix));
    record.unwrap_or_else(|| panic!("no record of {user} in {file:?}")).to_owned()
}

/// Is `text` made of `count` letters of the alphabet of crypt(3) hashes?
pub fn is_crypt_text(text: &str, count: usize) -> bool {
    text.len() == count
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}
