//! The credentials of a client, and how they are read from an HTTP header (RFC 7617).
//!
//! [`Credentials::from_headers`] reads untrusted text with bounded time and memory. Neither `Debug` nor an error may
//! show a user name or a password.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::password::Password;
use crate::username::Username;

const SCHEME: &[u8] = b"basic";

/// The longest `user:password` that is read, in bytes.
const MAX_LEN: usize = Username::MAX_LEN + 1 + Password::MAX_LEN;

/// A user name and a password, as a client claims them.
///
/// `Debug` shows neither the user name nor the password. The password is wiped from memory when the value is dropped,
/// and so is the password of a clone.
///
/// ```
/// use htpasswd::auth::CredentialsError;
/// use htpasswd::Credentials;
///
/// // The example of RFC 7617, section 2.
/// let credentials = Credentials::from_header(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")?;
/// assert_eq!(credentials.user(), "Aladdin");
/// assert_eq!(credentials.password().as_bytes(), b"open sesame");
///
/// let error = Credentials::from_header(b"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap_err();
/// assert_eq!(error, CredentialsError::Scheme);
/// # Ok::<(), CredentialsError>(())
/// ```
#[doc(alias = "basic auth")]
#[doc(alias = "login")]
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: Password,
}

/// Why a request contains no valid [`Credentials`]. A server answers 401 in each case, without the reason.
///
/// ```
/// use htpasswd::auth::CredentialsError;
/// use htpasswd::Credentials;
///
/// let error = Credentials::from_header(b"Bearer YWxpY2U6").unwrap_err();
/// assert_eq!(error, CredentialsError::Scheme);
/// assert_eq!(error.to_string(), "the authentication scheme is not Basic");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The request has no `Authorization` header.
    #[error("the request has no Authorization header")]
    Missing,
    /// The request has several `Authorization` headers. A program between client and server might read another one.
    #[error("the request has several Authorization headers")]
    Several,
    /// The header has no scheme, or a scheme other than Basic.
    #[error("the authentication scheme is not Basic")]
    Scheme,
    /// The credentials are longer than the longest user name and password together, or the password is too long.
    #[error("the credentials are too long")]
    TooLong,
    /// The credentials are not canonical Base64 with padding.
    #[error("the credentials are not Base64")]
    Encoding,
    /// The credentials are not UTF-8.
    #[error("the credentials are not UTF-8")]
    Charset,
    /// The credentials contain a control character, which RFC 7617, section 2, forbids.
    #[error("the credentials contain a control character")]
    Control,
    /// The credentials have no colon between user name and password.
    #[error("the credentials have no colon")]
    NoColon,
    /// The user name that was passed to [`Credentials::new`] contains a colon, which ends a user name in a header.
    #[error("the user name contains a colon")]
    Colon,
    /// The user name is empty.
    #[error("the credentials have no user name")]
    NoUser,
}

impl Credentials {
    /// Creates credentials from a user name and a password, for servers whose framework has split them already, and for
    /// protocols other than HTTP. User name and password must follow the same rules as in a header.
    ///
    /// The caller's own copy of the password is not wiped.
    ///
    /// ```
    /// use htpasswd::auth::CredentialsError;
    /// use htpasswd::Credentials;
    ///
    /// let credentials = Credentials::new("alice", "abc123")?;
    /// assert_eq!(credentials.user(), "alice");
    /// assert_eq!(Credentials::new("a:b", "abc123").unwrap_err(), CredentialsError::Colon);
    /// assert_eq!(Credentials::new("alice", "two\nlines").unwrap_err(), CredentialsError::Control);
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    /// [`CredentialsError`] if user name or password are too long, are not UTF-8 or contain a control character, or if
    /// the user name is empty or contains a colon. The server should answer an error with 401.
    #[doc(alias = "parse")]
    pub fn new(user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Result<Self, CredentialsError> {
        let (user, password) = (user.as_ref(), password.as_ref());
        if user.len().saturating_add(1).saturating_add(password.len()) > MAX_LEN {
            return Err(CredentialsError::TooLong);
        }
        let text = |bytes| str::from_utf8(bytes).map_err(|_| CredentialsError::Charset);
        let (user, password) = (text(user)?, text(password)?);
        if has_control(user) || has_control(password) {
            return Err(CredentialsError::Control);
        }
        if user.contains(':') {
            return Err(CredentialsError::Colon);
        }
        Self::of_parts(user, password)
    }

    /// Reads the values of all `Authorization` headers of a request, which must have exactly one such header. The
    /// documentation of [`from_header`] has the rules for the value.
    ///
    /// With the crate `http`, pass `headers.get_all(AUTHORIZATION)`.
    ///
    /// [`from_header`]: Self::from_header
    ///
    /// ```
    /// use htpasswd::auth::CredentialsError;
    /// use htpasswd::Credentials;
    ///
    /// let header = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
    /// assert_eq!(Credentials::from_headers([header])?.user(), "Aladdin");
    /// assert_eq!(Credentials::from_headers([header, header]).unwrap_err(), CredentialsError::Several);
    /// assert_eq!(Credentials::from_headers([""; 0]).unwrap_err(), CredentialsError::Missing);
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    /// [`CredentialsError`] if there is not exactly one value, or if the value is not valid. The server should answer
    /// an error with 401.
    pub fn from_headers(
        values: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Self, CredentialsError> {
        let mut values = values.into_iter();
        let value = values.next().ok_or(CredentialsError::Missing)?;
        if values.next().is_some() {
            return Err(CredentialsError::Several);
        }
        Self::from_header(value.as_ref())
    }

    /// Reads the value of an `Authorization` header (RFC 7617): the word `Basic` in upper or lower case, spaces, and
    /// the Base64 of `user:password` with padding.
    ///
    /// The first colon ends the user name. Both parts are UTF-8 without control characters, which a server requests
    /// with `charset="UTF-8"` in its challenge. Spaces around the value are not part of it (RFC 9110, section 5.5),
    /// so the HTTP parser must have removed them. A request with several such headers is not valid; see
    /// [`from_headers`](Self::from_headers).
    ///
    /// Time and memory are bounded by the longest user name and password, however long the value is. At most 1,024
    /// spaces may follow the scheme.
    ///
    /// ```
    /// use htpasswd::auth::CredentialsError;
    /// use htpasswd::Credentials;
    ///
    /// let credentials = Credentials::from_header(b"basic YWxpY2U6YTpi")?; // alice:a:b
    /// assert_eq!((credentials.user(), credentials.password().as_bytes()), ("alice", &b"a:b"[..]));
    /// assert_eq!(Credentials::from_header(b"Basic YWxpY2U=").unwrap_err(), CredentialsError::NoColon);
    /// # Ok::<(), CredentialsError>(())
    /// ```
    ///
    /// # Errors
    /// [`CredentialsError`] if the value is not valid. The server should answer an error with 401. The error does not
    /// show the value.
    pub fn from_header(value: &[u8]) -> Result<Self, CredentialsError> {
        let (scheme, rest) = value.split_at_checked(SCHEME.len()).ok_or(CredentialsError::Scheme)?;
        if !scheme.eq_ignore_ascii_case(SCHEME) || !rest.starts_with(b" ") {
            return Err(CredentialsError::Scheme);
        }
        let longest = base64::encoded_len(MAX_LEN, true).unwrap_or(usize::MAX);
        // The number of spaces is bounded by the length of the longest Base64.
        let blanks = rest.iter().take(longest).take_while(|&&byte| byte == b' ').count();
        let encoded = &rest[blanks..];
        if encoded.len() > longest {
            return Err(CredentialsError::TooLong);
        }
        let mut buffer = Zeroizing::new([0; MAX_LEN + 2]);
        let length =
            STANDARD.decode_slice(encoded, buffer.as_mut()).map_err(|_| CredentialsError::Encoding)?;
        let text = str::from_utf8(&buffer[..length]).map_err(|_| CredentialsError::Charset)?;
        if has_control(text) {
            return Err(CredentialsError::Control);
        }
        let (user, password) = text.split_once(':').ok_or(CredentialsError::NoColon)?;
        Self::of_parts(user, password)
    }

    fn of_parts(user: &str, password: &str) -> Result<Self, CredentialsError> {
        if user.is_empty() {
            return Err(CredentialsError::NoUser);
        }
        let password = Password::new(password).map_err(|_| CredentialsError::TooLong)?;
        Ok(Self { user: user.to_owned(), password })
    }

    /// The user name that the client sent. It is not verified.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password that the client sent.
    #[must_use]
    pub fn password(&self) -> &Password {
        &self.password
    }
}

fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: impl AsRef<[u8]>) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    fn read(text: impl AsRef<[u8]>) -> Result<(String, Vec<u8>), CredentialsError> {
        let credentials = Credentials::from_header(&header(text))?;
        Ok((credentials.user().to_owned(), credentials.password().as_bytes().to_vec()))
    }

    fn pair(user: &str, password: &str) -> (String, Vec<u8>) {
        (user.to_owned(), password.as_bytes().to_vec())
    }

    #[test]
    fn the_examples_of_rfc_7617_are_read() {
        assert_eq!(read("Aladdin:open sesame").unwrap(), pair("Aladdin", "open sesame"));
        // The example in section 2.1 has a pound sign in UTF-8.
        let credentials = Credentials::from_header(b"Basic dGVzdDoxMjPCow==").unwrap();
        assert_eq!(credentials.user(), "test");
        assert_eq!(credentials.password().as_bytes(), "123£".as_bytes());
    }

    #[test]
    fn the_scheme_has_any_case_and_is_followed_by_spaces() {
        for scheme in ["Basic ", "basic ", "BASIC ", "bAsIc    "] {
            let value = format!("{scheme}{}", STANDARD.encode("u:p"));
            assert!(Credentials::from_header(value.as_bytes()).is_ok(), "{scheme}");
        }
        for value in
            ["", "B", "Basic", "Basicu:p", "Basic\tdTpw", "Basicc dTpw", " Basic dTpw", "Digest dTpw"]
        {
            assert_eq!(
                Credentials::from_header(value.as_bytes()).unwrap_err(),
                CredentialsError::Scheme,
                "{value}"
            );
        }
    }

    #[test]
    fn the_first_colon_ends_the_user() {
        assert_eq!(read("u:p:q:").unwrap(), pair("u", "p:q:"));
        assert_eq!(read("u::").unwrap(), pair("u", ":"));
        assert_eq!(read("u:").unwrap(), pair("u", ""));
        assert_eq!(read("unknown").unwrap_err(), CredentialsError::NoColon);
        assert_eq!(read("").unwrap_err(), CredentialsError::NoColon);
        assert_eq!(read(":p").unwrap_err(), CredentialsError::NoUser);
    }

    #[test]
    fn only_canonical_base64_is_accepted() {
        for value in [
            "Basic ",
            "Basic dTpw ",
            "Basic dTp",
            "Basic dTpwcQ",
            "Basic dTpwcR==",
            "Basic dTp-",
            "Basic dT pw",
        ] {
            let error = Credentials::from_header(value.as_bytes()).unwrap_err();
            let expected =
                if value == "Basic " { CredentialsError::NoColon } else { CredentialsError::Encoding };
            assert_eq!(error, expected, "{value}");
        }
        assert_eq!(Credentials::from_header(b"Basic dTpwcQ==").unwrap().password().as_bytes(), b"pq");
        assert_eq!(Credentials::from_header(b"Basic \xff\xfe").unwrap_err(), CredentialsError::Encoding);
    }

    #[test]
    fn only_utf_8_without_control_characters_is_accepted() {
        assert_eq!(read(b"u:\xa3").unwrap_err(), CredentialsError::Charset);
        assert_eq!(read(b"\xff:p").unwrap_err(), CredentialsError::Charset);
        for text in ["u:a\0b", "u\n:p", "u:p\r", "u:\t", "u:\x7f"] {
            assert_eq!(read(text).unwrap_err(), CredentialsError::Control, "{text:?}");
        }
        assert_eq!(read("ü:pässwörd 密码").unwrap(), pair("ü", "pässwörd 密码"));
    }

    #[test]
    fn length_is_bounded() {
        let (user, password) = ("u".repeat(Username::MAX_LEN), "p".repeat(Password::MAX_LEN));
        assert_eq!(read(format!("{user}:{password}")).unwrap(), pair(&user, &password));
        for text in [format!("u:{password}p"), "u:".repeat(1 << 20), format!("{user}{user}:{password}")] {
            assert_eq!(read(text).unwrap_err(), CredentialsError::TooLong);
        }
        let padded = |blanks: usize| format!("Basic{}dTpw", " ".repeat(blanks));
        assert!(Credentials::from_header(padded(1024).as_bytes()).is_ok());
        assert_eq!(
            Credentials::from_header(padded(1025).as_bytes()).unwrap_err(),
            CredentialsError::Encoding
        );
        assert_eq!(Credentials::from_header(padded(9999).as_bytes()).unwrap_err(), CredentialsError::TooLong);
        // Bytes `A` are Base64 of NUL bytes, which contain no colon, so no length is accepted.
        for length in 0..=2 * MAX_LEN {
            let mut value = b"Basic ".to_vec();
            value.resize(6 + length, b'A');
            assert!(Credentials::from_header(&value).is_err());
        }
    }

    #[test]
    fn new_accepts_exactly_what_a_header_can_contain() {
        let (user, password) = ("u".repeat(Username::MAX_LEN), "p".repeat(Password::MAX_LEN));
        let longer = format!("{password}p");
        let cases: [(&[u8], &[u8]); 16] = [
            (b"u", b"p"),
            (b"u", b""),
            (b"u", b"p:q:"),
            ("ü".as_bytes(), "pässwörd 密码".as_bytes()),
            (user.as_bytes(), password.as_bytes()),
            (password.as_bytes(), b"p"),
            (password.as_bytes(), user.as_bytes()),
            (b"u", longer.as_bytes()),
            (user.as_bytes(), longer.as_bytes()),
            (b"", b"p"),
            (b"", b""),
            (b"u\n", b"p"),
            (b"u", b"p\0"),
            (b"u", b"\x7f"),
            (b"u", b"\xa3"),
            (b"\xff", b"p"),
        ];
        for (user, password) in cases {
            let from_header = Credentials::from_header(&header([user, b":", password].concat()));
            let new = Credentials::new(user, password);
            assert_eq!(new.as_ref().err(), from_header.as_ref().err(), "{user:?} {password:?}");
            if let (Ok(new), Ok(from_header)) = (new, from_header) {
                assert_eq!(new.user(), from_header.user());
                assert_eq!(new.password().as_bytes(), from_header.password().as_bytes());
            }
        }
        assert_eq!(Credentials::new("u:v", "p").unwrap_err(), CredentialsError::Colon);
    }

    #[test]
    fn a_request_has_exactly_one_authorization_header() {
        let value = header("u:p");
        assert_eq!(Credentials::from_headers([&value]).unwrap().user(), "u");
        for count in [2, 3] {
            let error = Credentials::from_headers(vec![&value; count]).unwrap_err();
            assert_eq!(error, CredentialsError::Several);
        }
        let other: [&[u8]; 2] = [&value, b"Bearer x"];
        assert_eq!(Credentials::from_headers(other).unwrap_err(), CredentialsError::Several);
        assert_eq!(Credentials::from_headers([b"Bearer x"]).unwrap_err(), CredentialsError::Scheme);
        assert_eq!(Credentials::from_headers(Vec::<Vec<u8>>::new()).unwrap_err(), CredentialsError::Missing);
    }

    #[test]
    fn debug_shows_neither_user_name_nor_password() {
        assert_eq!(format!("{:?}", Credentials::from_header(&header("u:p")).unwrap()), "Credentials(..)");
    }
}
