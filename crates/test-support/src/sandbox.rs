//! Temporary directories of one test, and access to the files in them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::tools::{has_tool, is_root, program, skipped};

/// The user `nobody`. If the tests run as root, they run the program as this user to test missing permissions.
pub(crate) const ORDINARY_USER: u32 = 65534;

/// Two directories of one test: `work`, the working directory of the program, and `tmp`, its TMPDIR.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// A sandbox without a password file.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("htpasswd-test-").tempdir().unwrap();
        let sandbox = Self { root };
        for directory in [sandbox.root.path(), &sandbox.work(), &sandbox.temporary()] {
            fs::create_dir_all(directory).unwrap();
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        sandbox
    }

    /// A sandbox with `content` in the file `passwd`.
    pub fn with(content: impl AsRef<[u8]>) -> Self {
        let sandbox = Self::new();
        sandbox.write("passwd", content);
        sandbox
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The working directory of the program.
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

    /// The content of a file. If it is not UTF-8, bytes except ASCII are shown as escapes.
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

    /// The names in the working directory, sorted.
    pub fn names(&self) -> Vec<String> {
        names_in(&self.work())
    }

    /// The names in the TMPDIR, sorted.
    pub fn temporary_names(&self) -> Vec<String> {
        names_in(&self.temporary())
    }

    /// Makes the user of [`crate::Call::by_ordinary_user`] the owner of the files in the sandbox.
    ///
    /// If this is not possible, reports the test as skipped and returns false.
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

    /// The path of a copy of the program that each user can run.
    pub fn program_for_everyone(&self) -> PathBuf {
        let copy = self.root.path().join("htpasswd");
        if !copy.exists() {
            // With `fs::copy`, a child of another test could inherit the copy open for writing. Then running the copy
            // would fail with "text file busy".
            let done = Command::new("cp").arg(program()).arg(&copy).status().unwrap();
            assert!(done.success(), "cannot copy the program");
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
        }
        copy
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // A test may have removed the permissions that are needed to delete the directory.
        let _ = fs::set_permissions(self.work(), fs::Permissions::from_mode(0o755));
    }
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
