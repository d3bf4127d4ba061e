//! `-v`: is this the user's password? The first record decides, as it does for the servers.

use htpasswd::{HashError, PasswordHash, Scheme};

use crate::global_options::GlobalOptions;
use crate::messages::{Problem, shown, warning};
use crate::output::eprint;
use crate::password::{self, Source};
use crate::store::Target;

pub(super) fn run(
    file: &Target,
    user: &[u8],
    source: Source,
    globals: &GlobalOptions,
) -> Result<(), Problem> {
    match super::store(file, globals).hash_of(user).map_err(Problem::Verify)? {
        Some(hash) => check(&hash, user, source, globals),
        None => Err(Problem::UnknownUser(user.to_vec())),
    }
}

fn check(hash: &[u8], user: &[u8], source: Source, globals: &GlobalOptions) -> Result<(), Problem> {
    if hash.is_empty() {
        return Err(Problem::EmptyHash(user.to_vec()));
    }
    let password = password::verify(source, globals.warnings)?;
    let hash = PasswordHash::parse(hash).map_err(|error| Problem::WrongPassword { why: Some(why(error)) })?;
    globals.limits.hashes.check(&hash).map_err(Problem::NotVerified)?;
    if !hash.verify(&password) {
        return Err(Problem::WrongPassword { why: None });
    }
    if hash.scheme() == Scheme::Bcrypt && password::is_cut(&password, Scheme::Bcrypt) {
        globals.warnings.warn(&warning(
            "only the first 72 bytes of the password were compared, as bcrypt reads no more.",
        ))?;
    }
    eprint(&[b"Password for user ", shown(user).as_slice(), b" correct.\n"].concat());
    Ok(())
}

fn why(error: HashError) -> &'static str {
    match error {
        HashError::Locked => "the user is locked: no password fits a hash that starts with '*' or '!'.",
        HashError::Malformed => "the user's hash is malformed; no password fits it.",
        _ => "what stands in the user's record is no known hash; plain text is not verified.",
    }
}
