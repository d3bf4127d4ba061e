//! The challenge that asks a client for credentials (RFC 7617).
//!
//! A server sends the challenge with each 401 response. The realm must never end its quoted string or the header line,
//! because a client would then read other parameters.

use thiserror::Error;

/// The realm contains a control character, which a header cannot contain.
///
/// ```
/// let error = htpasswd::auth::challenge("two\nlines").unwrap_err();
/// assert_eq!(error.to_string(), "the realm contains a control character");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[allow(clippy::exhaustive_structs, reason = "layers over this crate return the error too")]
#[error("the realm contains a control character")]
pub struct RealmError;

/// Returns the value of a `WWW-Authenticate` header (RFC 7617, section 2) with the realm as a quoted string (RFC 9110,
/// section 5.6.4). The value asks for user name and password in UTF-8, as [`Credentials`](crate::Credentials) expect
/// them.
///
/// Browsers and command-line clients show the realm in their prompt. Make the challenge once, when the server starts.
///
/// ```
/// assert_eq!(htpasswd::auth::challenge("Registry")?, r#"Basic realm="Registry", charset="UTF-8""#);
/// assert_eq!(htpasswd::auth::challenge(r#"the "office""#)?, r#"Basic realm="the \"office\"", charset="UTF-8""#);
/// # Ok::<(), htpasswd::auth::RealmError>(())
/// ```
///
/// # Errors
/// [`RealmError`] if the realm contains an ASCII control character.
#[doc(alias = "WWW-Authenticate")]
#[doc(alias = "401")]
pub fn challenge(realm: &str) -> Result<String, RealmError> {
    // A header may contain a tab, but a prompt cannot show one.
    if realm.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(RealmError);
    }
    let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("Basic realm=\"{quoted}\", charset=\"UTF-8\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_a_quoted_string() {
        for (realm, quoted) in
            [("Registry", "Registry"), (r#"a "b" \c"#, r#"a \"b\" \\c"#), ("Büro", "Büro"), ("", "")]
        {
            assert_eq!(challenge(realm).unwrap(), format!("Basic realm=\"{quoted}\", charset=\"UTF-8\""));
        }
    }

    #[test]
    fn a_realm_with_a_control_character_is_rejected() {
        for realm in ["a\nb", "a\r\nX: y", "\0", "\x1f", "\x7f", "a\tb"] {
            assert_eq!(challenge(realm), Err(RealmError), "{realm:?}");
        }
    }
}
