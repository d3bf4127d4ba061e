//! Options that exclude or need each other.

use super::error::UsageError;
use super::options::FlagId;

/// Options that need one of some others.
const NEEDS: &[(FlagId, &[FlagId])] = &[
    (FlagId::ImportFormat, &[FlagId::Import]),
    (FlagId::Hashed, &[FlagId::Import]),
    (FlagId::KeepGoing, &[FlagId::Import]),
    (FlagId::Prune, &[FlagId::Import]),
    (FlagId::Json, &[FlagId::Import, FlagId::Ensure, FlagId::Check, FlagId::List]),
    (FlagId::DryRun, &[FlagId::Import, FlagId::Ensure]),
    (FlagId::NoClobber, &[FlagId::Create]),
    (FlagId::Mode, &[FlagId::Create, FlagId::Ensure]),
];

/// Sources of the password, besides `-b` and `-i`, of which the last one counts.
const SOURCES: [FlagId; 4] =
    [FlagId::PasswordFile, FlagId::PasswordFd, FlagId::PasswordEnv, FlagId::Generate];

/// Options that exclude others.
const EXCLUDES: &[(FlagId, &[FlagId])] = &[
    (FlagId::Ensure, &[FlagId::Create, FlagId::Print, FlagId::Delete, FlagId::Verify]),
    // -c replaces the file, so there is no user to delete and no record to compare.
    (FlagId::Create, &[FlagId::Prune, FlagId::DryRun]),
    // A user whose record is invalid would be deleted as missing in the list.
    (FlagId::Prune, &[FlagId::KeepGoing]),
    // Hashes are always compared as they are.
    (FlagId::Hashed, &[FlagId::Ensure]),
    // Standard output has the password only.
    (FlagId::Generate, &[FlagId::Verify, FlagId::Json]),
    // A manifest exists already.
    (FlagId::Secret, &[FlagId::Print, FlagId::NoClobber, FlagId::Mode]),
    // -n reads no file and compares no hash.
    (FlagId::NoLimits, &[FlagId::Print]),
    // -n and -v wait for no writer.
    (FlagId::LockTimeout, &[FlagId::Print, FlagId::Verify]),
    (FlagId::PasswordFile, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordFd, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordEnv, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::Generate, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
];

/// Rejects the first combination without a meaning. `given` has all options of the call, in order.
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
        if let Some(&(option, others)) = NEEDS.iter().find(|(known, _)| known == option)
            && !others.iter().any(|other| given.contains(other))
        {
            return Err(UsageError::Requires(option, others));
        }
    }
    Ok(())
}
