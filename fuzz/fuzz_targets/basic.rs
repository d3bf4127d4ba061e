//! Fuzzes `Credentials::from_header` against a second implementation of RFC 7617: both must agree on the
//! credentials and on the kind of error.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use htpasswd::auth::CredentialsError;
use htpasswd::{Credentials, Password, Username};
use libfuzzer_sys::fuzz_target;

/// The maximum length in bytes of `user:password`: 255 for the user name, 1 for the colon, 512 for the password.
const LONGEST: usize = 255 + 1 + 512;

fuzz_target!(|data: &[u8]| {
    // The input is used both as a header value and as credentials that the target encodes into a header value,
    // because mutations rarely produce valid Base64.
    for value in [data.to_vec(), header(data)] {
        match (model(&value), Credentials::from_header(&value)) {
            (Ok((user, password)), Ok(credentials)) => {
                assert_eq!(credentials.user(), user);
                assert_eq!(credentials.password().as_bytes(), password.as_bytes());
                assert_eq!(format!("{credentials:?}"), "Credentials(..)");
                let new = Credentials::new(&user, &password).unwrap();
                assert_eq!(new.password().as_bytes(), credentials.password().as_bytes());
            }
            (Err(model), Err(error)) => assert_eq!(error, model),
            (model, credentials) => panic!("{:?}, but {:?}", model.err(), credentials.err()),
        }
    }
    // Every user that a password file can contain can log in.
    if let Some((user, password)) = str::from_utf8(data).ok().and_then(|text| text.split_once(':')) {
        let has_control = data.iter().any(u8::is_ascii_control);
        if Username::new(user).is_ok() && Password::new(password).is_ok() && !has_control {
            assert!(Credentials::from_header(&header(data)).is_ok());
        }
    }
});

fn header(text: &[u8]) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(text)).into_bytes()
}

fn model(value: &[u8]) -> Result<(String, String), CredentialsError> {
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
