//! Many users at once: from the bytes of a list to entries that can be written, or refusals that name
//! their lines.

mod csv;
mod jsonl;
mod lines;
pub(crate) mod reader;

use std::path::PathBuf;

use htpasswd::{Edits, HashError, Params, Password, PasswordError, PasswordHash, Username, UsernameError};
use memchr::memchr_iter;

use crate::messages::Problem;
use crate::password::{self, HashSpec, PasswordWarning};
use crate::store::Target;

/// How many refusals are told one by one.
const TOLD_REFUSALS: usize = 20;
/// How many repeated users are told one by one.
const TOLD_DUPLICATES: usize = 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What `--import` was asked to do.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option that was given or not")]
pub(crate) struct Import {
    /// Make the file anew.
    pub(crate) create: bool,
    pub(crate) file: Target,
    /// `None`: standard input.
    pub(crate) users: Option<PathBuf>,
    pub(crate) format: Format,
    pub(crate) secrets: Secrets,
    /// Take the others if some records are refused.
    pub(crate) keep_going: bool,
    /// Leave hashes that are of the right password, and make a file that is not there.
    pub(crate) ensure: bool,
    /// Delete users who are not in the list.
    pub(crate) prune: bool,
    /// Only say what would be done.
    pub(crate) dry_run: bool,
    /// The summary as JSON.
    pub(crate) json: bool,
}

/// How the list is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// `user:password`
    #[default]
    Lines,
    Csv,
    /// An object a line.
    Json,
}

/// What stands beside the user.
#[derive(Debug)]
pub(crate) enum Secrets {
    Passwords(HashSpec),
    Hashes,
}

/// Names that a column or member with the user may have.
const USER: [&str; 2] = ["user", "username"];

/// A user and what stands beside it, as bytes of the list.
type Pair<'a> = (&'a [u8], &'a [u8]);

/// Gets each record with the number of the line where it starts.
pub(crate) trait Sink: FnMut(usize, Result<Pair<'_>, RowError>) {}
impl<F: FnMut(usize, Result<Pair<'_>, RowError>)> Sink for F {}

/// What the second field becomes.
pub(crate) trait Secret: Sized {
    /// What the column or member with it is called.
    const NAME: &'static str;
    /// Whether `user:field` is a line of a password file, with what else may stand there.
    const IN_PASSWORD_FILE: bool;
}

impl Secret for Password {
    const NAME: &'static str = "password";
    const IN_PASSWORD_FILE: bool = false;
}

impl Secret for PasswordHash {
    const NAME: &'static str = "hash";
    const IN_PASSWORD_FILE: bool = true;
}

/// Why a record is not taken. Never holds a password or a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowError {
    NoColon {
        secret: &'static str,
    },
    Name(UsernameError),
    Password(PasswordError),
    PlainWithLineBreak,
    PlainWithBackslash,
    Hash(HashError),
    /// CSV: not as many fields as the header has.
    Fields {
        found: usize,
        wanted: usize,
    },
    /// CSV: a quotation mark or carriage return where RFC 4180 has none.
    Malformed,
    /// No JSON from this byte of the line on.
    Json {
        column: usize,
    },
    NotAnObject,
    /// JSON: no such member, or none that is a text.
    NotAString(&'static str),
    /// JSON: more than one member of this name.
    DuplicateKey(&'static str),
}

/// One user to be written.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) line: usize,
    pub(crate) user: Username,
    pub(crate) secret: T,
}

/// All that was read.
#[derive(Debug)]
pub(crate) struct Records<T> {
    pub(crate) entries: Vec<Entry<T>>,
    pub(crate) refused: Refused,
}

/// Refusals: the first ones, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    pub(crate) first: Vec<(usize, RowError)>,
    pub(crate) count: usize,
}

/// Users that came again: the first ones, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    pub(crate) first: Vec<Duplicate>,
    pub(crate) count: usize,
}

/// A user with two records, of which the later one counts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Duplicate {
    pub(crate) user: Username,
    pub(crate) earlier: usize,
    pub(crate) later: usize,
}

/// What was done: users, but records refused.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    pub(crate) added: usize,
    pub(crate) updated: usize,
    pub(crate) unchanged: usize,
    pub(crate) refused: usize,
    /// Records that a later one of the same user took the place of.
    pub(crate) duplicates: usize,
    /// Refusals have not kept everybody out of the file.
    pub(crate) written: bool,
    /// If users may go.
    pub(crate) removed: Option<usize>,
    /// If nothing was done, and this is what would have been.
    pub(crate) planned: Option<Planned>,
}

/// Who is to be what.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) added: Vec<Vec<u8>>,
    pub(crate) updated: Vec<Vec<u8>>,
    pub(crate) removed: Vec<Vec<u8>>,
}

/// Reads the whole list; `check` makes the second field what it has to be.
pub(crate) fn read<T: Secret>(
    format: Format,
    input: &[u8],
    mut check: impl FnMut(&[u8]) -> Result<T, RowError>,
) -> Result<Records<T>, Problem> {
    let mut records = Records { entries: Vec::new(), refused: Refused::default() };
    // A list that grows is moved again and again. But not every line is a record, so there may be room enough for
    // these where there is none for so many.
    let _ = records.entries.try_reserve_exact(memchr_iter(b'\n', input).count() + 1);
    let sink = &mut |line, record: Result<Pair<'_>, RowError>| {
        let entry = record.and_then(|(user, secret)| {
            let user = Username::new(user).map_err(RowError::Name)?;
            Ok(Entry { line, user, secret: check(secret)? })
        });
        match entry {
            Ok(entry) => records.entries.push(entry),
            Err(error) => records.refused.push(line, error),
        }
    };
    let input = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
    match format {
        Format::Lines => lines::read::<T>(input, sink),
        Format::Csv => csv::read(input, T::NAME, sink)?,
        Format::Json => jsonl::read(input, T::NAME, sink),
    }
    Ok(records)
}

impl Refused {
    fn push(&mut self, line: usize, error: RowError) {
        if self.first.len() < TOLD_REFUSALS {
            self.first.push((line, error));
        }
        self.count += 1;
    }
}

/// What should be known about these passwords: how many it concerns, and the line of the first of them.
pub(crate) fn password_warnings(
    entries: &[Entry<Password>],
    params: &Params,
) -> Vec<(PasswordWarning, usize, usize)> {
    let mut found: Vec<(PasswordWarning, usize, usize)> = Vec::new();
    for entry in entries {
        for kind in password::password_warnings(&entry.secret, params) {
            match found.iter_mut().find(|(known, ..)| *known == kind) {
                Some((_, count, _)) => *count += 1,
                None => found.push((kind, 1, entry.line)),
            }
        }
    }
    found
}

impl<T> Records<T> {
    /// How many user names end with blanks, and the line of the first of them; `None` if none does.
    pub(crate) fn names_with_blanks(&self) -> Option<(usize, usize)> {
        let mut found = self.entries.iter().filter(|entry| entry.user.ends_with_blank());
        let first = found.next()?.line;
        Some((1 + found.count(), first))
    }

    /// Leaves the last record of each user.
    pub(crate) fn drop_duplicates(&mut self) -> Duplicates {
        let mut duplicates = Duplicates::default();
        // Here for its look-ups only.
        let mut later = Edits::with_capacity(self.entries.len());
        let mut is_last: Vec<_> = self
            .entries
            .iter()
            .rev()
            .map(|entry| {
                let is_last = !later.contains(&entry.user);
                later.remove(&entry.user);
                is_last
            })
            .collect();
        is_last.reverse();
        for (index, entry) in self.entries.iter().enumerate().filter(|&(index, _)| !is_last[index]) {
            duplicates.count += 1;
            if duplicates.count <= TOLD_DUPLICATES
                && let Some(later) = self.entries[index + 1..].iter().find(|later| later.user == entry.user)
            {
                duplicates.first.push(Duplicate {
                    user: entry.user.clone(),
                    earlier: entry.line,
                    later: later.line,
                });
            }
        }
        if duplicates.count > 0 {
            let mut is_last = is_last.into_iter();
            self.entries.retain(|_| is_last.next().unwrap_or(true));
        }
        duplicates
    }
}

#[cfg(test)]
mod tests;
