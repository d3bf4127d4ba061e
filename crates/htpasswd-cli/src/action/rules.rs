//! Which of the long options may stand together.

use crate::messages::Problem;
use crate::options::FlagId;

/// Options that are nothing without one of some others.
const GOES_WITH: &[(FlagId, &[FlagId])] = &[
    (FlagId::ImportFormat, &[FlagId::Import]),
    (FlagId::Hashed, &[FlagId::Import]),
    (FlagId::KeepGoing, &[FlagId::Import]),
    (FlagId::Prune, &[FlagId::Import]),
    (FlagId::Json, &[FlagId::Import, FlagId::Ensure, FlagId::Check, FlagId::List]),
    (FlagId::DryRun, &[FlagId::Import, FlagId::Ensure]),
    (FlagId::NoClobber, &[FlagId::Create]),
    (FlagId::Mode, &[FlagId::Create, FlagId::Ensure]),
];

/// Where a password comes from, besides the letters, of which the last one counts.
const SOURCES: [FlagId; 4] =
    [FlagId::PasswordFile, FlagId::PasswordFd, FlagId::PasswordEnv, FlagId::Generate];

const NOT_TOGETHER: &[(FlagId, &[FlagId])] = &[
    (FlagId::Ensure, &[FlagId::Create, FlagId::Print, FlagId::Delete, FlagId::Verify]),
    // -c makes the file anew, so there is nobody to delete and nothing to be compared with.
    (FlagId::Create, &[FlagId::Prune, FlagId::DryRun]),
    // Who is refused would be deleted as not being in the list.
    (FlagId::Prune, &[FlagId::KeepGoing]),
    // Hashes are compared as they are in any case.
    (FlagId::Hashed, &[FlagId::Ensure]),
    // Only the password is printed.
    (FlagId::Generate, &[FlagId::Verify, FlagId::Json]),
    // A manifest is there already.
    (FlagId::Secret, &[FlagId::Print, FlagId::NoClobber, FlagId::Mode]),
    // No file is read, and no hash compared.
    (FlagId::NoLimits, &[FlagId::Print]),
    // Nobody is waited for.
    (FlagId::LockTimeout, &[FlagId::Print, FlagId::Verify]),
    (FlagId::PasswordFile, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordFd, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::PasswordEnv, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
    (FlagId::Generate, &[FlagId::Batch, FlagId::Stdin, FlagId::Delete, FlagId::Import]),
];

/// Refuses the first combination that means nothing. `given` is every option there was, in order.
pub(super) fn check(given: &[FlagId]) -> Result<(), Problem> {
    for &(option, others) in NOT_TOGETHER {
        if given.contains(&option)
            && let Some(&other) = others.iter().find(|other| given.contains(other))
        {
            return Err(Problem::NotTogether(option, other));
        }
    }
    let mut sources = given.iter().filter(|id| SOURCES.contains(id));
    if let Some(&first) = sources.next()
        && let Some(&second) = sources.find(|&&other| other != first)
    {
        return Err(Problem::NotTogether(first, second));
    }
    for option in given {
        if let Some(&(option, others)) = GOES_WITH.iter().find(|(known, _)| known == option)
            && !others.iter().any(|other| given.contains(other))
        {
            return Err(Problem::GoesWith(option, others));
        }
    }
    Ok(())
}
