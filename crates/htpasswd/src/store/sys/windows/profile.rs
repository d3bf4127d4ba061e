//! The place of the journals: a directory in the profile of the account.
//!
//! Example: `C:\auth\users` has its journal in `C:\Users\me\AppData\Local\htpasswd`, under a name with a digest of
//! `C:\auth`. Recovery writes the bytes of a journal to the password file, so a journal of another account must never be
//! believed. In the directory of the password file, another account could plant one: by default, every account can create
//! files in a new directory of `C:\`, and no safe function of a well-kept crate reads the owner of a file. Only this
//! account, the administrators and the system can write to a profile. A journal also contains hashes, and other accounts
//! cannot read a profile.
//!
//! Another account therefore cannot finish an interrupted write of this account. This module must never return a directory
//! that other accounts can write to.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

/// The place of the journals in a profile.
const JOURNALS: &str = r"AppData\Local\htpasswd";

/// The directory of the journals of this account; `None` if the account has no profile.
pub(super) fn journals() -> Option<PathBuf> {
    env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(JOURNALS))
}

/// The name of a password file with a digest of its directory, because all files of an account have their journals in the
/// same directory. Windows compares names without regard to case, so the result does not depend on the case.
pub(super) fn journal_base(directory: &Path, name: &OsStr) -> OsString {
    let name = name.to_string_lossy().to_lowercase();
    let digest = Sha1::digest(directory.to_string_lossy().to_lowercase().as_bytes());
    let digest = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{digest:016x}.{name}").into()
}
