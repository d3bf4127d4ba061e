//! Reads user lists.
//!
//! [`read`] returns the entries to write, and the invalid records with their lines. The parsers of the three formats
//! call the same function for each record. An error must never contain a password or a hash, and all buffers with
//! passwords are wiped.

mod csv;
pub(crate) mod error;
mod format;
mod jsonl;
mod lines;
pub(crate) mod reader;
mod record;

use htpasswd::document::Edits;
use htpasswd::hash::{HashError, Scheme};
use htpasswd::servers::Server;
use htpasswd::{Params, Password, PasswordHash, Username};
use memchr::memchr_iter;
use zeroize::Zeroizing;

use self::error::{ListError, RowError};
use self::record::Pair;
pub(crate) use self::record::Secret;
use crate::args::command::ListFormat;
use crate::escape::{ShownUser, looks_like_hash};
use crate::limits::{MAX_PASSWORD, checked_password};
use crate::password::warnings;
use crate::warning::{PasswordWarning, Warning};

/// The number of invalid records that have their own error message.
pub(crate) const MAX_REPORTED_INVALID: usize = 20;
/// The number of duplicate users that have their own warning.
const MAX_REPORTED_DUPLICATES: usize = 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One user to write.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) line: usize,
    pub(crate) user: Username,
    pub(crate) secret: T,
}

/// The records of a list.
#[derive(Debug)]
pub(crate) struct Records<T> {
    pub(crate) entries: Vec<Entry<T>>,
    pub(crate) invalid: Invalid,
}

/// The first invalid records, and the number of all invalid records.
#[derive(Debug, Default)]
pub(crate) struct Invalid {
    pub(crate) first: Vec<(usize, RowError)>,
    pub(crate) count: usize,
}

/// The first duplicate users, and the number of all duplicate users.
#[derive(Debug, Default)]
pub(crate) struct Duplicates {
    pub(crate) first: Vec<Duplicate>,
    pub(crate) count: usize,
}

/// A user with two records; the later one counts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Duplicate {
    pub(crate) user: Username,
    pub(crate) earlier: usize,
    pub(crate) later: usize,
}

/// Reads the whole list; `parse` turns the second field into a password or a hash. Without a format, the list must look
/// like lines. At most `max_invalid` invalid records are kept.
pub(crate) fn read<T: Secret>(
    format: Option<ListFormat>,
    input: &[u8],
    max_invalid: usize,
    mut parse: impl FnMut(&[u8]) -> Result<T, RowError>,
) -> Result<Records<T>, ListError> {
    let mut records = Records { entries: Vec::new(), invalid: Invalid::default() };
    // Reserving once avoids copies of a growing vector. An error is ignored, because not every line is a record and the
    // records may still fit.
    let _ = records.entries.try_reserve_exact(memchr_iter(b'\n', input).count() + 1);
    let sink = &mut |line, record: Result<Pair<'_>, RowError>| {
        let entry = record.and_then(|(user, secret)| {
            let user = Username::new(user).map_err(RowError::Name)?;
            Ok(Entry { line, user, secret: parse(secret)? })
        });
        match entry {
            Ok(entry) => records.entries.push(entry),
            Err(error) => records.invalid.push(line, error, max_invalid),
        }
    };
    let input = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
    match format::check(format, input, T::NAME)? {
        ListFormat::Lines => lines::read::<T>(input, sink),
        ListFormat::Csv => csv::read(input, T::NAME, sink)?,
        ListFormat::Json => jsonl::read(input, T::NAME, sink),
    }
    Ok(records)
}

impl Invalid {
    fn push(&mut self, line: usize, error: RowError, max: usize) {
        if self.first.len() < max {
            self.first.push((line, error));
        }
        self.count += 1;
    }
}

/// Parses a password of the list. The accepted passwords are the same as in a call for one user.
pub(crate) fn parse_password(field: &[u8], params: &Params) -> Result<Password, RowError> {
    let field = Zeroizing::new(field.to_vec());
    let password = checked_password(field, MAX_PASSWORD).map_err(RowError::Password)?;
    // Plain text needs no hashing, so errors can be found now. The copy need not be wiped, because the file will
    // contain the same text.
    if *params != Params::Plain {
        return Ok(password);
    }
    match PasswordHash::create(&password, params) {
        Ok(_) => Ok(password),
        Err(HashError::TrailingBackslash) => Err(RowError::PlainWithBackslash),
        Err(_) => Err(RowError::PlainWithNewline),
    }
}

/// Parses a hash of the list. A hash is malformed if its salt contains a colon, which would end the field, or a byte
/// that no program writes into a hash.
pub(crate) fn parse_hash(field: &[u8]) -> Result<PasswordHash, RowError> {
    let is_clean = field.iter().all(|&byte| byte.is_ascii_graphic() && byte != b':');
    let hash = PasswordHash::parse_or_foreign(field).map_err(RowError::Hash)?;
    if is_clean { Ok(hash) } else { Err(RowError::Hash(HashError::Malformed)) }
}

/// A warning for each scheme in the list that no known server reads.
pub(crate) fn unread_hashes(entries: &[Entry<PasswordHash>]) -> Vec<Warning> {
    let mut found: Vec<(Scheme, usize, usize)> = Vec::new();
    for Entry { line, secret, .. } in entries {
        let scheme = secret.scheme();
        if !matches!(scheme, Scheme::Foreign(_)) || Server::ALL.iter().any(|server| server.can_read(scheme)) {
            continue;
        }
        match found.iter_mut().find(|(known, ..)| *known == scheme) {
            Some((_, count, _)) => *count += 1,
            None => found.push((scheme, 1, *line)),
        }
    }
    found.into_iter().map(|(scheme, count, line)| Warning::UnreadHashes { scheme, count, line }).collect()
}

/// Returns true if every password is a hash, so that the caller probably forgot `--hashed`.
pub(crate) fn are_hashes(entries: &[Entry<Password>]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| looks_like_hash(entry.secret.as_bytes()))
}

/// A warning for each kind of unusual password in the list.
pub(crate) fn password_warnings(entries: &[Entry<Password>], params: &Params) -> Vec<Warning> {
    let mut found: Vec<(PasswordWarning, usize, usize)> = Vec::new();
    for entry in entries {
        let blank = warnings::has_outer_blank(&entry.secret).then_some(PasswordWarning::OuterBlank);
        for kind in warnings::of(&entry.secret, params).chain(blank) {
            match found.iter_mut().find(|(known, ..)| *known == kind) {
                Some((_, count, _)) => *count += 1,
                None => found.push((kind, 1, entry.line)),
            }
        }
    }
    found.into_iter().map(|(kind, count, line)| Warning::Passwords { kind, count, line }).collect()
}

impl Duplicates {
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Warning> {
        let reported = self.first.iter().map(|duplicate| Warning::DuplicateUser {
            user: ShownUser(duplicate.user.as_bytes()).to_string(),
            earlier: duplicate.earlier,
            later: duplicate.later,
        });
        let rest = self.count - self.first.len();
        reported.chain((rest > 0).then_some(Warning::MoreDuplicates(rest)))
    }
}

impl<T> Records<T> {
    /// A warning if user names end with blanks.
    pub(crate) fn name_warning(&self) -> Option<Warning> {
        let mut found = self.entries.iter().filter(|entry| entry.user.ends_with_blank());
        let line = found.next()?.line;
        Some(Warning::TrailingBlanks { count: 1 + found.count(), line })
    }

    /// Keeps the last record of each user.
    pub(crate) fn drop_duplicates(&mut self) -> Duplicates {
        let mut duplicates = Duplicates::default();
        // `Edits` is used as a set of names.
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
            if duplicates.count <= MAX_REPORTED_DUPLICATES
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
