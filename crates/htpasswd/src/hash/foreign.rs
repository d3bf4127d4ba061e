//! The schemes that this library names and does not verify.
//!
//! Such hashes come from the user tables of other programs. A report that names the scheme tells an administrator what a
//! record is. [`ForeignScheme::of`] looks only at the beginning of a text, and must never be used to verify a password.

use std::fmt;

/// A scheme that this library names and does not verify, such as PBKDF2.
///
/// ```
/// use htpasswd::hash::{ForeignScheme, HashError};
/// use htpasswd::PasswordHash;
///
/// let text = b"$pbkdf2-sha256$29000$9t7be09prfXee2/NOUeotQ$Y.RDnnq8vsezSZSKy1QNy6xhKPdoBIwc.0XDdRm9sJ8";
/// let Err(HashError::Foreign(scheme)) = PasswordHash::parse(text) else { panic!("the scheme is foreign") };
/// assert_eq!(scheme.name(), "pbkdf2-sha256");
/// assert_eq!(ForeignScheme::of(text), Some(scheme));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ForeignScheme(u8);

/// A text shorter than this after the prefix is no hash. It may be a password that happens to begin like one.
const SHORTEST: usize = 8;

/// The prefixes and the names of the schemes whose hashes begin with a dollar sign. The sources are the documentation of
/// passlib 1.7.4 (passlib.hash), the PHC string format, and libscrypt (`$s1$`).
const DOLLAR: [(&str, &str); 17] = [
    ("$argon2id$", "argon2id"),
    ("$argon2i$", "argon2i"),
    ("$argon2d$", "argon2d"),
    ("$scrypt$", "scrypt (PHC format)"),
    ("$pbkdf2$", "pbkdf2-sha1"),
    ("$pbkdf2-sha1$", "pbkdf2-sha1"),
    ("$pbkdf2-sha256$", "pbkdf2-sha256"),
    ("$pbkdf2-sha512$", "pbkdf2-sha512"),
    ("$p5k2$", "pbkdf2-sha1"),
    ("$bcrypt-sha256$", "bcrypt-sha256"),
    ("$scram$", "scram"),
    ("$s1$", "scrypt (libscrypt)"),
    ("$P$", "phpass"),
    ("$H$", "phpass"),
    ("$S$", "sha512 (Drupal)"),
    ("$balloon$", "balloon"),
    ("$sm3$", "sm3-crypt"),
];

/// The names between braces, in upper-case letters. Programs compare them without regard to case. The sources are
/// Dovecot's list of password schemes, `OpenLDAP`'s slapd.conf(5) and slappasswd(8) with its modules pw-pbkdf2, pw-sha2 and
/// argon2, and Spring Security's `DelegatingPasswordEncoder`.
const BRACES: [&str; 40] = [
    "{CRYPT}",
    "{BLF-CRYPT}",
    "{BCRYPT}",
    "{MD5-CRYPT}",
    "{SHA256-CRYPT}",
    "{SHA512-CRYPT}",
    "{DES-CRYPT}",
    "{MD5}",
    "{SMD5}",
    "{PLAIN-MD5}",
    "{LDAP-MD5}",
    "{PLAIN-MD4}",
    "{SHA1}",
    "{SHA224}",
    "{SHA256}",
    "{SHA384}",
    "{SHA512}",
    "{SSHA224}",
    "{SSHA256}",
    "{SSHA384}",
    "{SSHA512}",
    "{SHA-256}",
    "{SHA-512}",
    "{PBKDF2}",
    "{PBKDF2-SHA1}",
    "{PBKDF2-SHA256}",
    "{PBKDF2-SHA512}",
    "{PKCS5S2}",
    "{SCRYPT}",
    "{ARGON2}",
    "{ARGON2I}",
    "{ARGON2D}",
    "{ARGON2ID}",
    "{SCRAM-SHA-1}",
    "{SCRAM-SHA-256}",
    "{CRAM-MD5}",
    "{HMAC-MD5}",
    "{DIGEST-MD5}",
    "{NTLM}",
    "{LANMAN}",
];

/// The schemes of Django, whose hashes begin with a word. The source is the module django.contrib.auth.hashers.
const WORDS: [&str; 8] =
    ["pbkdf2_sha256", "pbkdf2_sha1", "bcrypt_sha256", "bcrypt", "argon2", "scrypt", "sha1", "md5"];

const FIRST_BRACE: usize = DOLLAR.len();
const FIRST_WORD: usize = FIRST_BRACE + BRACES.len();

impl ForeignScheme {
    /// Returns the scheme that the beginning of the text names; `None` if the text names none, or is too short for a hash.
    #[must_use]
    pub fn of(text: &[u8]) -> Option<Self> {
        let found = match text.first()? {
            b'$' => DOLLAR.iter().position(|(prefix, _)| is_hash(text.strip_prefix(prefix.as_bytes()))),
            b'{' => in_braces(text).map(|place| FIRST_BRACE + place),
            _ => of_django(text).map(|place| FIRST_WORD + place),
        };
        found.and_then(|place| u8::try_from(place).ok()).map(Self)
    }

    /// The name of the scheme, as its programs write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        let place = usize::from(self.0);
        let django = place.checked_sub(FIRST_WORD).and_then(|word| WORDS.get(word)).copied();
        let braces = place.checked_sub(FIRST_BRACE).and_then(|brace| BRACES.get(brace)).copied();
        django.or(braces).or_else(|| DOLLAR.get(place).map(|&(_, name)| name)).unwrap_or_default()
    }

    /// The program whose scheme it is, if the name does not tell.
    fn program(self) -> &'static str {
        if usize::from(self.0) >= FIRST_WORD { " (Django)" } else { "" }
    }
}

impl fmt::Display for ForeignScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name(), self.program())
    }
}

fn is_hash(rest: Option<&[u8]>) -> bool {
    rest.is_some_and(|rest| rest.len() >= SHORTEST)
}

/// The place of the name between braces. Dovecot allows an encoding after the name, as in `{SSHA512.HEX}`.
fn in_braces(text: &[u8]) -> Option<usize> {
    let end = text.iter().position(|&byte| byte == b'}')?;
    let name = text[1..end].split(|&byte| byte == b'.').next()?;
    let is_name = |known: &&str| known.as_bytes()[1..known.len() - 1].eq_ignore_ascii_case(name);
    BRACES.iter().position(is_name).filter(|_| is_hash(text.get(end + 1..)))
}

/// The place of the scheme of a text with at least three fields, as Django writes it.
fn of_django(text: &[u8]) -> Option<usize> {
    let mut fields = text.splitn(3, |&byte| byte == b'$');
    let (word, _, rest) = (fields.next()?, fields.next()?, fields.next());
    WORDS.iter().position(|known| known.as_bytes() == word).filter(|_| is_hash(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        ForeignScheme::of(text.as_bytes()).map(ForeignScheme::name)
    }

    #[test]
    fn each_scheme_is_found_by_its_own_name() {
        let braces = BRACES.iter().map(|name| (format!("{name}AAAAAAAA"), *name));
        let dollar = DOLLAR.iter().map(|(prefix, name)| (format!("{prefix}AAAAAAAA"), *name));
        let words = WORDS.iter().map(|word| (format!("{word}$1$AAAAAAAA"), *word));
        for (text, expected) in braces.chain(dollar).chain(words) {
            assert_eq!(name(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn names_in_braces_have_any_case_and_an_encoding() {
        assert_eq!(name("{ssha512}AAAAAAAA"), Some("{SSHA512}"));
        assert_eq!(name("{bcrypt}$2y$05$AAAAAAAA"), Some("{BCRYPT}"));
        assert_eq!(name("{SSHA512.HEX}00000000"), Some("{SSHA512}"));
    }

    #[test]
    fn passwords_that_begin_like_a_hash_have_no_scheme() {
        for text in [
            "",
            "{",
            "$",
            "{}",
            "{MD5}",
            "{MD5}short",
            "{MD5",
            "{NOSUCH}AAAAAAAA",
            "$scrypt$short",
            "$scrypt",
            "md5$",
            "md5$AAAAAAAA",
            "md5$a$short",
            "MD5$a$AAAAAAAA",
            "secret",
            "bcrypt",
            "$nosuch$AAAAAAAA",
            "{SHA}AAAAAAAA",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn a_scheme_of_django_is_displayed_with_its_program() {
        let scheme = ForeignScheme::of(b"pbkdf2_sha256$1000$salt$AAAAAAAA").unwrap();
        assert_eq!(scheme.to_string(), "pbkdf2_sha256 (Django)");
        assert_eq!(ForeignScheme::of(b"{SMD5}AAAAAAAA").unwrap().to_string(), "{SMD5}");
    }
}
