//! Fuzzes `Credentials::from_header` against a second implementation of RFC 7617: both must agree on the
//! credentials and on the kind of error.
#![no_main]

mod credentials;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use htpasswd::{Credentials, Password, Username};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // The input is used both as a header value and as credentials that the target encodes into a header value,
    // because mutations rarely produce valid Base64.
    for value in [data.to_vec(), header(data)] {
        match (credentials::read(&value), Credentials::from_header(&value)) {
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
