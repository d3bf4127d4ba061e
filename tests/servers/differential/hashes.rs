//! Hashes of the password `secret`, right ones and damaged ones.

use htpasswd::{Password, PasswordHash};

use crate::support::random::Random;
use crate::support::{APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA256_CRYPT, SHA512_CRYPT};

/// A stored text, and the password that its user types.
pub(super) struct Stored {
    pub(super) text: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl Stored {
    /// Returns true if the text is a right hash, but of another password. Only its author would know that password.
    pub(super) fn has_unknown_password(&self) -> bool {
        let field = self.text.trim_ascii().split(|byte| b":\r\0".contains(byte)).next().unwrap_or_default();
        let hash = field.get(..60).filter(|hash| hash.starts_with(b"$2")).unwrap_or(field);
        let Ok(password) = Password::new(&self.password[..]) else { return false };
        PasswordHash::parse(hash).is_ok_and(|hash| !hash.verify(&password))
    }
}

const PASSWORD: &str = "secret";

/// Hashes in the form that some program writes.
const HASHES: &[&str] = &[
    BCRYPT,
    BCRYPT,
    BCRYPT,
    SHA512_CRYPT,
    SHA256_CRYPT,
    APR1,
    MD5_CRYPT,
    SHA1,
    DES,
    "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$2x$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$2$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "$2$04$abcdefghijklmnopqrstuum8SamnsZEN6jLb0pYQWUTXZXnUsY722",
    "$apr1$salt$VEpBc9VHGUKwI9.yg13Iu0",
    "$5$rounds=1000$saltsaltsaltsalt$wYd0WDLeF2azwHAX40d1O2vcn89WFSxXFzmX1Ppv5U0",
    "$6$rounds=1000$short$6tSIGJhRDPAcVPe.fgC3tA3qgO5VzEI7WO7PAQunK6Jgsor.dcMzB/C/BHVQ.FuIJXMKXhI/oZC1yGOXB/QXp1",
    "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
    "{PLAIN}secret",
    "5ebe2294ecd0e0f08eab7690d2a6ee69",
    "$y$j75$saltsalt$0gBD67sgmJgRX3RZ6wHHO7sHimQEWGCWN85o4Twogh2",
    "$7$6/..../....saltsalt$hkuxrt1yzr1QIqbG6RMgFo9hN8IbKHmrUN7319pDk35",
    "$sha1$1000$saltsalt$Afd9xS7u8w4h.ywETK2u0ha2i2TG",
    "$md5$saltsalt$$htFYkfcXgVn6XJq7JYvMH/",
    "_J9..saltLXKE4peqNCg",
    "$3$$878d8014606cda29677a44efa1353fc7",
];

/// Hashes of the password `other`, for users with several records.
pub(super) fn of_other(hash: &str) -> &'static str {
    match hash {
        SHA1 => "{SHA}0JQeaNqPOBUf+Gph/Fn3xc+fyqI=",
        _ => "$2y$04$abcdefghijklmnopqrstuu0HtfOlPbTiymk5tcV.3TsFPDd3SYZqu",
    }
}

/// Text that is no right hash.
const WRONG: &[&str] = &[
    "",
    "*",
    "!",
    "x",
    "!!",
    "*LK*",
    "secret",
    "pass word",
    "pass\\",
    "{PLAIN}",
    "{SHA}",
    "{SSHA}",
    "{CRYPT}abNANd1rDfiNc",
    "$apr1$",
    "$1$",
    "$2y$",
    "$5$",
    "$6$",
    "y04",
    "2y04",
    "$",
    "$$",
    "{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ==",
    "{SHA}e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4",
    "$8$salt$x",
    "abcdefghijklm",
    "ab",
    "Private:5ebe2294ecd0e0f08eab7690d2a6ee69",
];

/// Text after a hash.
const TAILS: &[&str] = &[
    " ", "\t", "  ", "\u{c}", "\u{a0}", "xyz", "=", "\\", ":", ":x", ":x:y", "::", " # note", "#note", ",",
    "\"", "\r", "\0", "\0x", "\r\rx", ": x", ":\"x\"", ":\u{fc}", "\u{2028}",
];

fn stored(text: impl Into<Vec<u8>>, password: &str) -> Stored {
    Stored { text: text.into(), password: password.into() }
}

/// A right hash that the server reads, or a random one.
fn right(random: &mut Random, good: &'static str) -> &'static str {
    if random.percent(40) { good } else { random.pick(HASHES) }
}

/// A hash that may be damaged. `good` is one that the server reads.
pub(super) fn odd(random: &mut Random, good: &'static str) -> Stored {
    let hash = right(random, good);
    match random.below(10) {
        0..=3 => stored(hash, PASSWORD),
        4 => {
            let text = random.pick(WRONG);
            let password = if text.starts_with(['s', 'p', 'x', 'a']) { text } else { PASSWORD };
            stored(text, password)
        }
        5 | 6 => stored(format!("{hash}{}", random.pick(TAILS)), PASSWORD),
        7 => stored(
            format!("{}{hash}", random.pick(&[" ", "\t", ":", "::", "\u{a0}", "\"", "!", "*"])),
            PASSWORD,
        ),
        8 => damaged(random, hash),
        _ => match random.below(6) {
            0 => stored(format!("\"{hash}\""), PASSWORD),
            1 => stored(hash.replace('$', "$$"), PASSWORD),
            2 => stored(hash.replace('$', ""), PASSWORD),
            3 => stored(format!("{hash} eve:{hash}"), PASSWORD),
            4 => stored(hash.to_lowercase(), PASSWORD),
            _ => stored([hash.as_bytes(), b"\xfc"].concat(), PASSWORD),
        },
    }
}

/// The hash with one character less, more or changed.
fn damaged(random: &mut Random, hash: &str) -> Stored {
    let mut text = hash.as_bytes().to_vec();
    let place = random.below(text.len());
    // A changed character of these hashes may be a cost that takes minutes.
    let has_cost = ["$y$", "$7$", "$sha1$", "_"].iter().any(|prefix| hash.starts_with(prefix));
    match random.below(if has_cost { 1 } else { 4 }) {
        0 => text.truncate(place),
        1 => drop(text.remove(place)),
        2 => text.insert(place, b"a$.\\"[random.below(4)]),
        _ => text[place] = b"a$.~\x01"[random.below(5)],
    }
    let is_slow = text.starts_with(b"$2") && text.get(4..6) != Some(b"04")
        || contains(&text, b"rounds=") && !contains(&text, b"rounds=1000$");
    stored(if is_slow { hash.as_bytes().to_vec() } else { text }, PASSWORD)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
