//! No value of a header makes parsing panic; what is taken is the one way to write these credentials.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use htpasswd::{Credentials, Password, Username};
use libfuzzer_sys::fuzz_target;

fn pair(credentials: &Credentials) -> Vec<u8> {
    [credentials.user().as_bytes(), b":", credentials.password().as_bytes()].concat()
}

fn header(text: &[u8]) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(text)).into_bytes()
}

fuzz_target!(|data: &[u8]| {
    // As a whole value, and as what stands in one: mutations seldom hit upon Base64.
    for value in [data.to_vec(), header(data)] {
        let Ok(credentials) = Credentials::from_header(&value) else { continue };
        let text = pair(&credentials);
        let again = Credentials::from_header(&header(&text)).unwrap();
        assert_eq!(pair(&again), text);
        assert_eq!(again.user(), credentials.user());

        let encoded = value.splitn(2, |byte| *byte == b' ').nth(1).unwrap();
        assert_eq!(encoded.trim_ascii_start(), &header(&text)[6..]);
        assert!(value[..6].eq_ignore_ascii_case(b"Basic "));

        let user = credentials.user();
        assert!(!user.is_empty() && !user.contains(':'));
        assert!(!text.iter().any(u8::is_ascii_control));
        assert!(str::from_utf8(&text).is_ok());
        assert_eq!(format!("{credentials:?}"), "Credentials(..)");
    }
    // Whoever a file can name can log in.
    if let Some((user, password)) = str::from_utf8(data).ok().and_then(|text| text.split_once(':')) {
        let has_control = data.iter().any(u8::is_ascii_control);
        if Username::new(user).is_ok() && Password::new(password).is_ok() && !has_control {
            assert!(Credentials::from_header(&header(data)).is_ok());
        }
    }
});
