//! The challenge, which the layer makes once from the realm.

use std::fmt;

use http::HeaderValue;

/// The realm contains a control character, which a header cannot contain.
///
/// ```
/// use htpasswd::{Authenticator, WatchedUsers};
/// use tower_htpasswd::BasicAuthLayer;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("users");
/// # std::fs::write(&path, "alice:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n")?;
/// let authenticator = Authenticator::builder(WatchedUsers::open(&path)?).start()?;
/// let error = BasicAuthLayer::new(authenticator, "two\nlines").unwrap_err();
/// assert_eq!(error.to_string(), "the realm contains a control character");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RealmError;

impl fmt::Display for RealmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the realm contains a control character")
    }
}

impl std::error::Error for RealmError {}

/// Returns the value of `WWW-Authenticate` (RFC 7617, section 2), with the realm as a quoted string (RFC 9110, section
/// 5.6.4).
pub(crate) fn challenge(realm: &str) -> Result<HeaderValue, RealmError> {
    // A header may contain a tab, but a prompt cannot show one.
    if realm.contains('\t') {
        return Err(RealmError);
    }
    let quoted = realm.replace('\\', "\\\\").replace('"', "\\\"");
    let value = format!("Basic realm=\"{quoted}\", charset=\"UTF-8\"");
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| RealmError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_quoted() {
        let value = |realm| challenge(realm).unwrap().as_bytes().to_vec();
        assert_eq!(value("Registry"), b"Basic realm=\"Registry\", charset=\"UTF-8\"");
        assert_eq!(value(r#"a "b" \c"#), br#"Basic realm="a \"b\" \\c", charset="UTF-8""#);
        assert_eq!(value("Büro"), "Basic realm=\"Büro\", charset=\"UTF-8\"".as_bytes());
        for realm in ["a\nb", "a\r\nX: y", "\0", "\x7f", "a\tb"] {
            assert_eq!(challenge(realm), Err(RealmError), "{realm:?}");
        }
    }
}
