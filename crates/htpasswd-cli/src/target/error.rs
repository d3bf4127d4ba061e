//! The errors of the password file, or of the manifest that contains it.
//!
//! A message depends on the [`Purpose`] of the command, because scripts compare the messages of Apache's tool.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

use htpasswd::store::{StoreError, StoreOperation};

use crate::encoding::{IS_UTF16, Utf16Text};
use crate::escape::{ShellWord, Visible};
use crate::exit::{ErrorKind, Exit};
use crate::limits::size;
use crate::os;
use crate::output::{OutputError, reason};
use crate::warning::StrictError;

/// The reason why a password file could not be read or changed.
#[derive(Debug)]
pub(crate) enum TargetError {
    Store(Purpose, StoreError),
    Manifest(PathBuf, ManifestError),
    /// The manifest could not be written to standard output.
    Output(OutputError),
    Strict(StrictError),
}

/// The reason why a command needs the file. Apache's tool has different messages for these reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Update,
    Create,
    /// `-v`
    Verify,
    /// `--check` and `--list`, which Apache's tool does not have.
    Inspect,
}

/// The reason why a manifest cannot be used.
#[derive(Debug)]
pub(crate) enum ManifestError {
    Missing,
    Utf16(Utf16Text),
    /// The value of the key is UTF-16.
    Utf16Value,
    /// A line of the value of this key is not a record.
    InvalidLine {
        key: String,
        line: usize,
    },
    /// Standard input is larger than this limit, in bytes.
    TooLarge(usize),
    Invalid(secret_manifest::Error),
}

impl From<StoreError> for TargetError {
    fn from(error: StoreError) -> Self {
        Self::Store(Purpose::Update, error)
    }
}

impl From<StrictError> for TargetError {
    fn from(error: StrictError) -> Self {
        Self::Strict(error)
    }
}

impl std::error::Error for TargetError {}

impl TargetError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Store(_, StoreError::InvalidLine { .. } | StoreError::Utf16(_))
            | Self::Manifest(
                _,
                ManifestError::Utf16(_) | ManifestError::Utf16Value | ManifestError::InvalidLine { .. },
            ) => Exit::InvalidFile,
            _ => Exit::Failure,
        }
    }

    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            _ if self.exit() == Exit::InvalidFile => ErrorKind::InvalidFile,
            _ if self.is_missing() => ErrorKind::FileNotFound,
            Self::Manifest(_, ManifestError::Missing) => ErrorKind::FileNotFound,
            Self::Manifest(_, ManifestError::TooLarge(_)) => ErrorKind::TooLarge,
            Self::Manifest(..) => ErrorKind::InvalidManifest,
            Self::Output(_) => ErrorKind::OutputLost,
            Self::Strict(_) => ErrorKind::StrictWarning,
            Self::Store(_, error) => match error {
                StoreError::Exists(_) => ErrorKind::FileExists,
                StoreError::Locked(_) | StoreError::Unstable(_) => ErrorKind::FileBusy,
                StoreError::TooLarge { .. } => ErrorKind::TooLarge,
                StoreError::NotAFile(_)
                | StoreError::Io {
                    operation: StoreOperation::Open | StoreOperation::Read | StoreOperation::Create,
                    ..
                } => ErrorKind::FileNotAccessible,
                StoreError::Io { operation: StoreOperation::Lock, .. } => ErrorKind::LockFailed,
                _ => ErrorKind::WriteFailed,
            },
        }
    }

    /// The file that the error is about.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Manifest(path, _) => Some(path),
            Self::Store(_, error) => match error {
                StoreError::Io { path, .. }
                | StoreError::NotAFile(path)
                | StoreError::Exists(path)
                | StoreError::InvalidLine { path, .. }
                | StoreError::Utf16(path)
                | StoreError::Locked(path)
                | StoreError::Unstable(path)
                | StoreError::TooLarge { path, .. } => Some(path),
                _ => None,
            },
            Self::Output(_) | Self::Strict(_) => None,
        }
    }

    /// The line that the error is about.
    pub(crate) fn line(&self) -> Option<usize> {
        match self {
            Self::Store(_, StoreError::InvalidLine { line, .. })
            | Self::Manifest(_, ManifestError::InvalidLine { line, .. }) => Some(*line),
            _ => None,
        }
    }

    /// Returns the error with another purpose.
    pub(crate) fn when(self, purpose: Purpose) -> Self {
        match self {
            Self::Store(_, error) => Self::Store(purpose, error),
            other => other,
        }
    }

    /// Returns true if the file does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::Store(_, StoreError::Io { operation: StoreOperation::Open, source, .. })
                if source.kind() == io::ErrorKind::NotFound
        )
    }

    /// Returns true if the file could not be opened.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Store(_, StoreError::Io { operation: StoreOperation::Open, .. }))
    }

    /// Returns true if the new content could not be written.
    pub(crate) fn is_write(&self) -> bool {
        matches!(self, Self::Store(_, StoreError::Io { operation: StoreOperation::Write, .. }))
    }
}

impl Display for TargetError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(purpose, error) => store(*purpose, error, f),
            Self::Manifest(path, error) => manifest(path, error, f),
            Self::Output(error) => error.fmt(f),
            Self::Strict(error) => error.fmt(f),
        }
    }
}

const NOT_A_FILE: &str = "it is not a regular file, or it cannot be reached";

fn store(purpose: Purpose, error: &StoreError, f: &mut Formatter<'_>) -> fmt::Result {
    let is_read = matches!(purpose, Purpose::Verify | Purpose::Inspect);
    // The start of the message and the advice if the file is missing or cannot be created.
    let (missing, advice) = match purpose {
        Purpose::Create => ("cannot create file", ""),
        _ => ("cannot modify file", "; use '-c' to create it"),
    };
    match error {
        StoreError::Io { operation: StoreOperation::Open, path, source } if is_read => {
            write!(f, "cannot open file {} for read access: {}", Visible::path(path), reason(source))
        }
        StoreError::NotAFile(path) if purpose == Purpose::Inspect => {
            write!(f, "cannot open file {} for read access: {NOT_A_FILE}", Visible::path(path))
        }
        StoreError::NotAFile(path) => {
            write!(f, "{missing} {}{advice}: {NOT_A_FILE}", Visible::path(path))
        }
        StoreError::InvalidLine { path, line } => invalid_line(&Visible::path(path), *line, f),
        StoreError::Utf16(path) => {
            write!(
                f,
                "The file {} does not appear to be a valid htpasswd file: it is {IS_UTF16}",
                Visible::path(path)
            )?;
            // A pipe cannot be converted.
            if !path.is_file() {
                return Ok(());
            }
            write!(f, "; convert it to UTF-8: htpasswd --check --fix {}", ShellWord(path))
        }
        StoreError::Io { operation: StoreOperation::Open, path, source }
            if source.kind() == io::ErrorKind::NotFound =>
        {
            write!(f, "{missing} {}{advice}", Visible::path(path))?;
            missing_directory(path).map_or(Ok(()), |cause| write!(f, ": {cause}"))
        }
        StoreError::Io { operation, path, source } => {
            let path_text = Visible::path(path);
            let cause = reason(source);
            match operation {
                StoreOperation::Open => {
                    write!(f, "cannot open file {path_text} for read/write access: {cause}")
                }
                StoreOperation::Read => write!(f, "unable to read file {path_text}: {cause}"),
                StoreOperation::Create => {
                    let cause = missing_directory(path).unwrap_or(cause);
                    write!(f, "{missing} {path_text}{advice}: {cause}")
                }
                StoreOperation::Lock => {
                    write!(f, "cannot lock file {path_text}: {cause}")?;
                    let has_locks = !os::has_no_locks(source);
                    if has_locks { Ok(()) } else { f.write_str("; --no-lock writes without a lock") }
                }
                StoreOperation::BackUp => {
                    write!(f, "cannot create the backup {path_text}: {cause}; nothing was changed")
                }
                StoreOperation::Recover => {
                    write!(f, "cannot complete an earlier change of file {path_text}: {cause}")
                }
                _ => write!(f, "unable to update file {path_text}: {cause}; its users are unchanged"),
            }
        }
        StoreError::Exists(path) => {
            write!(f, "file {} exists and was not changed; omit '-c' to add users to it", Visible::path(path))
        }
        StoreError::Locked(path) => write!(
            f,
            "cannot lock file {}; another program has locked it, try again later",
            Visible::path(path)
        ),
        StoreError::TooLarge { path, limit } => {
            write!(
                f,
                "cannot read {}: it is larger than {} (--no-limits allows it)",
                Visible::path(path),
                size(*limit as u64)
            )
        }
        StoreError::Unstable(path) => write!(
            f,
            "cannot update file {}; another program keeps replacing it, try again later",
            Visible::path(path)
        ),
        other => other.fmt(f),
    }
}

fn invalid_line(file: &impl Display, line: usize, f: &mut Formatter<'_>) -> fmt::Result {
    write!(
        f,
        "The file {file} does not appear to be a valid htpasswd file: line {line} has no colon; the file is \
         untouched"
    )
}

/// A message with the command that creates the directory of the file; `None` if the directory exists.
fn missing_directory(file: &Path) -> Option<String> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty() && !parent.exists())?;
    let (name, word) = (Visible::path(directory), ShellWord(directory));
    Some(format!("the directory {name} does not exist ({} {word})", os::MAKE_DIRECTORY))
}

fn manifest(path: &Path, error: &ManifestError, f: &mut Formatter<'_>) -> fmt::Result {
    use secret_manifest::Error;

    if let ManifestError::InvalidLine { key, line } = error {
        let file = format!("{}, key {},", Visible::path(path), Visible(key.as_bytes()));
        return invalid_line(&file, *line, f);
    }
    let place =
        if path.as_os_str() == "-" { "standard input".to_owned() } else { Visible::path(path).to_string() };
    if let ManifestError::TooLarge(limit) = error {
        return write!(
            f,
            "cannot read {place}: it is larger than {} (--no-limits allows it)",
            size(*limit as u64)
        );
    }
    write!(f, "cannot use the manifest {place}: ")?;
    match error {
        ManifestError::Missing => {
            f.write_str("the file does not exist; -n --format k8s-secret prints a new manifest")
        }
        ManifestError::Utf16(text) => text.fmt(f),
        ManifestError::Utf16Value => {
            write!(f, "the value of the key is {IS_UTF16}")?;
            match path.to_str() {
                Some("-") => Ok(()),
                _ => write!(f, "; convert it to UTF-8: htpasswd --check --fix --secret {}", ShellWord(path)),
            }
        }
        ManifestError::InvalidLine { .. } | ManifestError::TooLarge(_) => Ok(()),
        ManifestError::Invalid(error) => {
            write!(f, "{}", Visible(error.to_string().as_bytes()))?;
            match error {
                Error::NoKey(_) => {
                    f.write_str("; --ensure creates it, or name another key with --secret-key")
                }
                Error::OtherKeys { .. } => f.write_str("; name one with --secret-key"),
                Error::BasicAuth => f.write_str("; use a Secret of the type Opaque"),
                Error::SeveralSecrets => f.write_str(" with --secret-name"),
                Error::InBoth(_) => f.write_str("; Kubernetes uses the value in stringData, so remove one"),
                _ => Ok(()),
            }
        }
    }
}
