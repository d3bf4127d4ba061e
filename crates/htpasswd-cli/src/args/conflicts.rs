//! Options that exclude each other, and options that need another option.

use super::error::UsageError;
use super::options::FlagId;

/// Each option on the left needs at least one of the options on the right.
const NEEDS: &[(FlagId, &[FlagId])] = &[
    (FlagId::ImportFormat, &[FlagId::Import]),
    (FlagId::Hashed, &[FlagId::Import]),
    (FlagId::KeepGoing, &[FlagId::Import]),
    (FlagId::Prune, &[FlagId::Import]),
    (FlagId::Output, &[FlagId::Import]),
    (FlagId::Output, &[FlagId::Generate]),
    (FlagId::DryRun, &[FlagId::Import, FlagId::Ensure, FlagId::Disable, FlagId::Enable]),
    (FlagId::Ignore, &[FlagId::Check]),
    (FlagId::NoClobber, &[FlagId::Create]),
    (FlagId::Mode, &[FlagId::Create, FlagId::Ensure]),
    (FlagId::Group, &[FlagId::Create, FlagId::Ensure]),
];

/// Sources of the password that exclude each other. `-b` and `-i` do not exclude each other: the last one of them
/// counts.
const SOURCES: [FlagId; 4] =
    [FlagId::PasswordFile, FlagId::PasswordFd, FlagId::PasswordEnv, FlagId::Generate];

/// The options that have no meaning without a password.
const NO_PASSWORD: &[FlagId] = &[
    FlagId::Batch,
    FlagId::Stdin,
    FlagId::PasswordFile,
    FlagId::PasswordFd,
    FlagId::PasswordEnv,
    FlagId::Generate,
    FlagId::Bcrypt,
    FlagId::Cost,
    FlagId::Argon2,
    FlagId::Argon2Params,
    FlagId::Sha512,
    FlagId::Sha256,
    FlagId::Rounds,
    FlagId::Md5,
    FlagId::Sha1,
    FlagId::Crypt,
    FlagId::Plain,
];

/// Each option on the left excludes each of the options on the right.
const EXCLUDES: &[(FlagId, &[FlagId])] = &[
    (FlagId::Ensure, &[FlagId::Create, FlagId::Print, FlagId::Verify, FlagId::Disable, FlagId::Enable]),
    // No password is read, and no hash is made.
    (FlagId::Disable, NO_PASSWORD),
    (FlagId::Enable, NO_PASSWORD),
    (FlagId::Enable, &[FlagId::For]),
    // -D creates no file.
    (FlagId::Mode, &[FlagId::Delete]),
    // -c replaces the file, so there is no user to delete and no record to compare.
    (FlagId::Create, &[FlagId::Prune, FlagId::DryRun]),
    // With `--prune` and `--keep-going`, a user with an invalid record in the user list would be deleted.
    (FlagId::Prune, &[FlagId::KeepGoing]),
    // The password of -v is known already.
    (FlagId::Generate, &[FlagId::Verify]),
    // --secret changes a manifest that exists already.
    (FlagId::Secret, &[FlagId::Print, FlagId::NoClobber, FlagId::Mode, FlagId::Group]),
    // --no-clobber replaces no file, so there is nothing to keep.
    (FlagId::NoClobber, &[FlagId::Backup]),
    // -n and -v change no file.
    (FlagId::Backup, &[FlagId::Print, FlagId::Verify]),
    // -n reads no file and compares no hash.
    (FlagId::NoLimits, &[FlagId::Print]),
    // -n and -v do not wait for other writers.
    (FlagId::LockTimeout, &[FlagId::Print, FlagId::Verify, FlagId::NoLock]),
    (FlagId::NoLock, &[FlagId::Print, FlagId::Verify]),
    (FlagId::PasswordFile, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordFd, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordEnv, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::Generate, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete]),
];

/// Rejects the first combination of options that has no meaning. `given` has all options of the call, from left to
/// right.
pub(super) fn check(given: &[FlagId]) -> Result<(), UsageError> {
    for &(option, others) in EXCLUDES {
        if given.contains(&option)
            && let Some(&other) = others.iter().find(|other| given.contains(other))
        {
            return Err(UsageError::Conflict(option, other));
        }
    }
    let mut sources = given.iter().filter(|id| SOURCES.contains(id));
    if let Some(&first) = sources.next()
        && let Some(&second) = sources.find(|&&other| other != first)
    {
        return Err(UsageError::Conflict(first, second));
    }
    for option in given {
        for &(option, others) in NEEDS.iter().filter(|(known, _)| known == option) {
            if !others.iter().any(|other| given.contains(other)) {
                return Err(UsageError::Requires(option, others));
            }
        }
    }
    Ok(())
}
