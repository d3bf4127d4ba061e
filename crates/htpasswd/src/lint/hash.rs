//! Findings about hashes: their scheme, their cost, and whether the server reads them.
//!
//! [`judge`] is called once for each record that counts, and must never report the text of a hash.

use super::FindingKind;
use super::cause::{has_lost_dollars, is_hex_md5};
use crate::hash::{
    Argon2Cost, ForeignScheme, HashError, Limits, Params, PasswordHash, Rounds, Scheme, VerifyCost,
};
use crate::servers::{Impact, Server};

/// Hashes that need less memory than this are reported, in bytes. yescrypt at its lowest cost in libxcrypt needs more.
const LOW_MEMORY: u64 = 1 << 20;

/// The lowest costs of argon2id that OWASP's Password Storage Cheat Sheet recommends: KiB of memory and passes.
const ARGON2: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The length of a bcrypt hash in bytes.
const BCRYPT_LENGTH: usize = 60;

/// Reports all findings about one hash.
pub(super) fn judge(text: &[u8], server: Option<&'static Server>, mut report: impl FnMut(FindingKind)) {
    let reads_plain = server.is_some_and(|server| server.can_read(Scheme::Plain));
    if let Some(hash) = server.and_then(|server| with_ignored_tail(text, server)) {
        report(FindingKind::TextAfterHash);
        return judge(hash, server, report);
    }
    let hash = match parse(text, server) {
        Ok(hash) => hash,
        Err(FindingKind::EmptyHash) if rejects_empty(server) => return report(FindingKind::EmptyHash),
        Err(FindingKind::EmptyHash | FindingKind::Locked | FindingKind::UnknownHash) if reads_plain => {
            return report(FindingKind::TakenForPassword);
        }
        Err(FindingKind::MalformedHash) if reads_plain && is_unknown_to(text, server) => {
            return report(FindingKind::TakenForPassword);
        }
        Err(FindingKind::UnknownHash) if has_lost_dollars(text) => return report(FindingKind::LostDollar),
        Err(FindingKind::UnknownHash) if is_hex_md5(text) => return report(FindingKind::HexMd5),
        Err(kind) => return report(kind),
    };
    let scheme = hash.scheme();
    let prefix = server.and_then(|server| unreadable_prefix(text, scheme, server));
    if let Some(prefix) = prefix {
        report(FindingKind::UnreadablePrefix(prefix));
    } else if server
        .is_some_and(|server| !server.can_read(scheme) || has_unreadable_salt(text, scheme, server))
    {
        let taken = FindingKind::TakenForPassword;
        report(if reads_plain { taken } else { FindingKind::Unreadable(scheme) });
    } else if is_weak(scheme) {
        report(FindingKind::Weak(scheme));
    } else if server.is_none() && is_argon2(scheme) {
        report(FindingKind::RarelyRead(scheme));
    }
    let cost = hash.verify_cost();
    if !Limits::default().allow(&cost) {
        report(FindingKind::HighCost { cost: hash.cost().unwrap_or(0) });
    } else if is_low(&cost) {
        report(FindingKind::LowCost { cost: hash.cost().unwrap_or(0) });
    }
}

/// Returns true if the text starts like a hash of a scheme that this server does not know, and other servers know.
fn is_unknown_to(text: &[u8], server: Option<&'static Server>) -> bool {
    let knows_argon2 = server.is_some_and(|server| server.can_read(Scheme::Argon2id));
    let is_argon2 = text.starts_with(b"$argon2") && !knows_argon2;
    is_argon2 || Server::ALL.iter().any(|server| server.also_reads(text))
}

/// The hash at the start of the text, if the server ignores the text after it.
pub(super) fn with_ignored_tail<'t>(text: &'t [u8], server: &Server) -> Option<&'t [u8]> {
    let hash =
        text.get(..BCRYPT_LENGTH).filter(|_| server.bcrypt.ignores_tail && text.len() > BCRYPT_LENGTH)?;
    PasswordHash::parse(hash).is_ok_and(|hash| hash.scheme() == Scheme::Bcrypt).then_some(hash)
}

/// Returns true if the server rejects the whole file for an empty hash.
pub(super) fn rejects_empty(server: Option<&Server>) -> bool {
    let rules = server.and_then(|server| server.file.as_ref());
    rules.is_some_and(|rules| rules.empty_hash == Impact::FileRejected)
}

/// Returns true if the server ignores text after this hash.
pub(super) fn ignores_tail(text: &[u8], server: Option<&Server>) -> bool {
    let hash = text.get(..BCRYPT_LENGTH).unwrap_or(text);
    let is_bcrypt = PasswordHash::parse(hash).is_ok_and(|hash| hash.scheme() == Scheme::Bcrypt);
    server.is_some_and(|server| server.bcrypt.ignores_tail) && is_bcrypt
}

/// The prefix of the bcrypt hash, if the server reads bcrypt but not with this prefix.
fn unreadable_prefix(text: &[u8], scheme: Scheme, server: &Server) -> Option<&'static str> {
    if scheme != Scheme::Bcrypt || !server.can_read(scheme) || server.reads_prefix(text) {
        return None;
    }
    ["$2a$", "$2b$", "$2x$", "$2y$"].into_iter().find(|prefix| text.starts_with(prefix.as_bytes()))
}

/// Returns true if the server reads only salts of the usual length, and the salt of this hash has another length.
fn has_unreadable_salt(text: &[u8], scheme: Scheme, server: &Server) -> bool {
    let length = match scheme {
        Scheme::Apr1 => 8,
        Scheme::Sha256Crypt | Scheme::Sha512Crypt => 16,
        _ => return false,
    };
    let salt = text.rsplit(|&byte| byte == b'$').nth(1).unwrap_or_default();
    server.reads_long_salts_only && salt.len() != length
}

fn parse(text: &[u8], server: Option<&'static Server>) -> Result<PasswordHash, FindingKind> {
    match PasswordHash::parse(text) {
        Ok(hash) => Ok(hash),
        Err(HashError::Empty) => Err(FindingKind::EmptyHash),
        Err(HashError::Locked) => Err(FindingKind::Locked),
        Err(HashError::Foreign(scheme)) => Err(foreign(scheme, server)),
        Err(HashError::Unknown) => {
            let servers = server.map_or(Server::ALL, std::slice::from_ref);
            if let Some(place) = Server::ALL.iter().position(|server| server.also_reads(text))
                && servers.iter().any(|server| server.also_reads(text))
            {
                return Err(FindingKind::Foreign { beginning: beginning(place, text) });
            }
            let reads_plain = server.is_some_and(|server| server.can_read(Scheme::Plain));
            match PasswordHash::parse_or_plain(text) {
                Ok(hash) if reads_plain => Ok(hash),
                // This library creates no such password, but a file written by another tool can contain it.
                Err(HashError::TrailingBackslash) if reads_plain => Err(FindingKind::Weak(Scheme::Plain)),
                _ => Err(FindingKind::UnknownHash),
            }
        }
        Err(_) => Err(FindingKind::MalformedHash),
    }
}

/// The finding about a hash that this library does not verify.
fn foreign(scheme: ForeignScheme, server: Option<&'static Server>) -> FindingKind {
    let is_read = |server: &Server| server.can_read(Scheme::Foreign(scheme));
    match server {
        Some(server) if is_read(server) => FindingKind::NotVerified(scheme),
        Some(server) if server.can_read(Scheme::Plain) => FindingKind::TakenForPassword,
        None if Server::ALL.iter().any(is_read) => FindingKind::NotVerified(scheme),
        _ => FindingKind::Unreadable(Scheme::Foreign(scheme)),
    }
}

fn is_argon2(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::Argon2id | Scheme::Argon2i | Scheme::Argon2d)
}

/// Returns the prefix of the text by which the server at this place of the table recognizes the scheme.
fn beginning(place: usize, text: &[u8]) -> &'static str {
    let all = Server::ALL[place].also_reads.iter();
    all.copied().find(|beginning| text.starts_with(beginning.as_bytes())).unwrap_or_default()
}

/// Returns true if the scheme is broken, has no salt, or is so fast that passwords from a stolen file are soon guessed.
fn is_weak(scheme: Scheme) -> bool {
    match scheme {
        Scheme::Bcrypt
        | Scheme::Sha256Crypt
        | Scheme::Sha512Crypt
        | Scheme::Yescrypt
        | Scheme::GostYescrypt
        | Scheme::Scrypt
        | Scheme::Sha1Crypt
        | Scheme::SunMd5
        | Scheme::Argon2id
        | Scheme::Argon2i
        | Scheme::Argon2d
        // The scheme is not known well enough to call it weak.
        | Scheme::Foreign(_) => false,
        Scheme::Apr1
        | Scheme::Md5Crypt
        | Scheme::Sha1
        | Scheme::SaltedSha1
        | Scheme::DesCrypt
        | Scheme::BsdiCrypt
        | Scheme::Bigcrypt
        | Scheme::Nt
        | Scheme::Plain => true,
    }
}

fn is_low(cost: &VerifyCost) -> bool {
    if let Some(cost) = cost.argon2_cost() {
        return is_low_argon2(cost);
    }
    match *cost {
        VerifyCost::Creatable { params: Params::Bcrypt(cost), .. } => cost.get() < Server::COST,
        VerifyCost::Creatable {
            params: Params::Sha256Crypt(rounds) | Params::Sha512Crypt(rounds), ..
        } => rounds.unwrap_or(Rounds::DEFAULT) < Rounds::DEFAULT,
        #[cfg(feature = "argon2")]
        VerifyCost::Creatable { params: Params::Argon2id(_), .. } => false,
        VerifyCost::Creatable {
            params: Params::Apr1 | Params::Sha1 | Params::DesCrypt | Params::Plain,
            ..
        } => false,
        VerifyCost::VerifyOnly { resources, .. } => {
            (1..Rounds::DEFAULT.get().into()).contains(&resources.rounds)
                || (1..LOW_MEMORY).contains(&resources.memory)
        }
    }
}

fn is_low_argon2(cost: Argon2Cost) -> bool {
    !ARGON2.iter().any(|&(memory, passes)| cost.memory() >= memory && cost.passes() >= passes)
}
