//! `-v`: verifies a password with the first record of the user, as Apache httpd does.

use htpasswd::PasswordHash;
use htpasswd::hash::{HashError, Scheme};

use crate::args::command::{GlobalOptions, PasswordInput, Target};
use crate::error::Error;
use crate::escape::Visible;
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
    let hash = PasswordHash::parse(&hash).map_err(no_match)?;
    globals.limits.hashes.check(&hash).map_err(Error::NotVerified)?;
    if !hash.verify(&password) {
        return Err(Error::WrongPassword);
    }
    if hash.scheme() == Scheme::Bcrypt && password::warnings::is_truncated(&password, Scheme::Bcrypt) {
        Warning::ComparedPart.emit(globals.strict)?;
    }
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
