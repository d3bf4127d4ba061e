//! `-v`: verifies a password with the first record of the user, as Apache httpd does.
//!
//! `verify_for` verifies it as other servers do.

use htpasswd::hash::{HashError, Scheme};
use htpasswd::{Password, PasswordHash};

use crate::args::command::{GlobalOptions, PasswordInput, Target};
use crate::error::Error;
use crate::escape::Visible;
use crate::limits::Limits;
use crate::output;
use crate::password;
use crate::report::{VerifyReport, json};
use crate::target::PasswordFile;
use crate::target::error::Purpose;
use crate::warning::Warning;

pub(super) fn run(
    file: &Target,
    user: &[u8],
    password: PasswordInput,
    globals: &GlobalOptions,
) -> Result<(), Error> {
    let file = PasswordFile::new(file, globals);
    let hash = file.hash_of(user);
    let hash = hash.map_err(|error| error.when(Purpose::Verify))?;
    let hash = hash.ok_or_else(|| Error::UserNotFound(user.to_vec()))?;
    if hash.is_empty() {
        return Err(Error::EmptyHash(user.to_vec()));
    }
    let password = password::obtain_to_verify(password, globals.strict)?;
    let scheme = match_hash(&hash, false, user, &password, &globals.limits)?;
    warn_of_truncation(&password, scheme, globals)?;
    print_success(&file, user, globals)
}

/// Returns the scheme of the hash if it matches the password, and an error otherwise. The text can be a password in
/// plain text if `reads_plain` is set.
pub(super) fn match_hash(
    hash: &[u8],
    reads_plain: bool,
    user: &[u8],
    password: &Password,
    limits: &Limits,
) -> Result<Scheme, Error> {
    if hash.is_empty() {
        return Err(Error::EmptyHash(user.to_vec()));
    }
    let parsed = match PasswordHash::parse(hash) {
        Err(HashError::Unknown) if reads_plain => PasswordHash::parse_or_plain(hash),
        parsed => parsed,
    };
    let hash = parsed.map_err(no_match)?;
    limits.hashes.check(&hash).map_err(Error::NotVerified)?;
    if hash.verify(password) { Ok(hash.scheme()) } else { Err(Error::WrongPassword) }
}

/// Warns if bcrypt has compared only the first bytes of the password.
pub(super) fn warn_of_truncation(
    password: &Password,
    scheme: Scheme,
    globals: &GlobalOptions,
) -> Result<(), Error> {
    if scheme == Scheme::Bcrypt && password::warnings::is_truncated(password, Scheme::Bcrypt) {
        Warning::ComparedPart.emit(globals.strict)?;
    }
    Ok(())
}

pub(super) fn print_success(file: &PasswordFile, user: &[u8], globals: &GlobalOptions) -> Result<(), Error> {
    output::eprintln(&format_args!("Password for user {} correct.", Visible(user)));
    if globals.json {
        output::print(&json::to_line(&VerifyReport { file: file.path(), user, verified: true }))?;
    }
    Ok(())
}

/// The error for a text in place of a hash that no password matches.
fn no_match(error: HashError) -> Error {
    Error::NoMatch(match error {
        HashError::Foreign(scheme) => format!("the hash is {scheme}, which htpasswd does not verify").into(),
        HashError::Locked => {
            "the user is locked: no password matches a hash that starts with '*' or '!'".into()
        }
        HashError::Malformed => "the hash is malformed; no password matches it".into(),
        _ => "the hash has an unknown scheme; plain text is not verified".into(),
    })
}
