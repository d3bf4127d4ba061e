//! The reasons to warn about a password.
//!
//! [`of`] is the one function for all sources of passwords and for user lists, so that `--strict` rejects the same
//! passwords everywhere.

use htpasswd::hash::Scheme;
use htpasswd::{Params, Password};

use crate::escape::looks_like_hash;
use crate::warning::PasswordWarning;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The reasons to warn about a new password with this scheme.
pub(crate) fn of(password: &Password, params: &Params) -> impl Iterator<Item = PasswordWarning> {
    let text = password.as_bytes();
    let is_truncated = is_truncated(password, params.scheme());
    [
        (text.is_empty(), PasswordWarning::Empty),
        (text.starts_with(BYTE_ORDER_MARK), PasswordWarning::ByteOrderMark),
        (text.contains(&b'\n'), PasswordWarning::Newline),
        (text.ends_with(b"\r"), PasswordWarning::CarriageReturn),
        (has_control(text), PasswordWarning::Control),
        (looks_like_hash(text), PasswordWarning::Hash),
        (is_truncated && *params == Params::DesCrypt, PasswordWarning::CryptTruncates),
        (is_truncated && matches!(params, Params::Bcrypt(_)), PasswordWarning::BcryptTruncates),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
}

/// Returns true if the scheme reads only the beginning of the password.
pub(crate) fn is_truncated(password: &Password, scheme: Scheme) -> bool {
    scheme.password_limit().is_some_and(|limit| password.as_bytes().len() > limit)
}

/// Returns true if the password of a user list starts or ends with a blank, as in `user: password`. In other sources,
/// a blank is rarely a mistake.
pub(crate) fn has_outer_blank(password: &Password) -> bool {
    let text = password.as_bytes();
    text.starts_with(b" ") || text.ends_with(b" ")
}

/// Returns true if there is a control character, except the newlines and the last carriage return.
fn has_control(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    text.utf8_chunks().any(|chunk| {
        let valid = chunk.valid().replace("\r\n", "");
        valid.chars().any(|character| character.is_control() && character != '\n')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn warns(password: &[u8], expected: &[PasswordWarning]) {
        let password = Password::new(password.to_vec()).unwrap();
        assert_eq!(of(&password, &Params::Sha1).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_password_that_a_user_cannot_type_has_a_warning() {
        warns(b"", &[PasswordWarning::Empty]);
        warns(b"\xef\xbb\xbfsecret", &[PasswordWarning::ByteOrderMark]);
        warns(b"secret\r", &[PasswordWarning::CarriageReturn]);
        warns(b"one\ntwo", &[PasswordWarning::Newline]);
        warns(b"one\r\ntwo", &[PasswordWarning::Newline]);
        for control in ["sec\tret", "sec\rret", "\x1bsecret", "secret\x7f", "sec\u{85}ret"] {
            warns(control.as_bytes(), &[PasswordWarning::Control]);
        }
        for usual in [&b" secret "[..], b"s\xe4cret", "pässwörd ☃".as_bytes(), b"a\\n"] {
            warns(usual, &[]);
        }
    }

    #[test]
    fn a_password_that_is_a_hash_has_a_warning() {
        for hash in [
            "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
            "$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0",
            "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
        ] {
            warns(hash.as_bytes(), &[PasswordWarning::Hash]);
        }
        // The second text is a valid hash of DES crypt, and the others are incomplete.
        for text in ["secret", "abNANd1rDfiNc", "$apr1$", "{SHA}", "$2y$"] {
            warns(text.as_bytes(), &[]);
        }
    }
}
