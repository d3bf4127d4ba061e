//! A model of RFC 7617: the credentials that an `Authorization` header contains, or the kind of error. It must not call
//! the parser of the library.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use htpasswd::auth::CredentialsError;

/// The maximum length in bytes of `user:password`: 255 for the user name, 1 for the colon, 512 for the password.
const LONGEST: usize = 255 + 1 + 512;

/// Reads the value of an `Authorization` header.
pub fn read(value: &[u8]) -> Result<(String, String), CredentialsError> {
    let blank = value.iter().position(|byte| *byte == b' ').ok_or(CredentialsError::Scheme)?;
    let (scheme, rest) = value.split_at(blank);
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return Err(CredentialsError::Scheme);
    }
    let start = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len()).min(LONGEST / 3 * 4);
    let encoded = &rest[start..];
    if encoded.len() > LONGEST / 3 * 4 {
        return Err(CredentialsError::TooLong);
    }
    let text = STANDARD.decode(encoded).map_err(|_| CredentialsError::Encoding)?;
    let text = String::from_utf8(text).map_err(|_| CredentialsError::Charset)?;
    if text.chars().any(|character| character < ' ' || character == '\x7f') {
        return Err(CredentialsError::Control);
    }
    let colon = text.find(':').ok_or(CredentialsError::NoColon)?;
    let (user, password) = (&text[..colon], &text[colon + 1..]);
    match (user.len(), password.len()) {
        (0, _) => Err(CredentialsError::NoUser),
        (_, 513..) => Err(CredentialsError::TooLong),
        _ => Ok((user.to_owned(), password.to_owned())),
    }
}
