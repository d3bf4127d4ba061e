//! Which of the long options may stand together.

use crate::messages::Problem;
use crate::options::Id;

/// Options that are nothing without one of some others.
const GOES_WITH: &[(Id, &[Id])] = &[
    (Id::ImportFormat, &[Id::Import]),
    (Id::Hashed, &[Id::Import]),
    (Id::KeepGoing, &[Id::Import]),
    (Id::Prune, &[Id::Import]),
    (Id::Json, &[Id::Import, Id::Ensure, Id::Check, Id::List]),
    (Id::DryRun, &[Id::Import, Id::Ensure]),
    (Id::NoClobber, &[Id::Create]),
    (Id::Mode, &[Id::Create, Id::Ensure]),
];

/// Where a password comes from, besides the letters, of which the last one counts.
const SOURCES: [Id; 4] = [Id::PasswordFile, Id::PasswordFd, Id::PasswordEnv, Id::Generate];

const NOT_TOGETHER: &[(Id, &[Id])] = &[
    (Id::Ensure, &[Id::Create, Id::Print, Id::Delete, Id::Verify]),
    // -c makes the file anew, so there is nobody to delete and nothing to be compared with.
    (Id::Create, &[Id::Prune, Id::DryRun]),
    // Who is refused would be deleted as not being in the list.
    (Id::Prune, &[Id::KeepGoing]),
    // Hashes are compared as they are in any case.
    (Id::Hashed, &[Id::Ensure]),
    // Only the password is printed.
    (Id::Generate, &[Id::Verify, Id::Json]),
    // A manifest is there already.
    (Id::Secret, &[Id::Print, Id::NoClobber, Id::Mode]),
    // No file is read, and no hash compared.
    (Id::NoLimits, &[Id::Print]),
    // Nobody is waited for.
    (Id::LockTimeout, &[Id::Print, Id::Verify]),
    (Id::PasswordFile, &[Id::Batch, Id::Stdin, Id::Delete, Id::Import]),
    (Id::PasswordFd, &[Id::Batch, Id::Stdin, Id::Delete, Id::Import]),
    (Id::PasswordEnv, &[Id::Batch, Id::Stdin, Id::Delete, Id::Import]),
    (Id::Generate, &[Id::Batch, Id::Stdin, Id::Delete, Id::Import]),
];

/// Refuses the first combination that means nothing. `given` is every option there was, in order.
pub(super) fn check(given: &[Id]) -> Result<(), Problem> {
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
