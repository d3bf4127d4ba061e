//! Fuzzes the configuration of the login service: no bytes panic, each error is one short line that names the line of the
//! file, and an accepted configuration keeps its promises.
#![no_main]

use std::time::Duration;

use htpasswd_auth::fuzzing::{Accepted, PATH, check_config};
use http::HeaderValue;
use libfuzzer_sys::fuzz_target;

/// The longest message in bytes.
const LONGEST: usize = 2_000;

fuzz_target!(|data: &[u8]| {
    match check_config(data) {
        Err(errors) => {
            assert!(!errors.is_empty());
            errors.iter().for_each(|error| check_message(error, data));
        }
        Ok(accepted) => check_accepted(&accepted, data),
    }
});

fn check_message(message: &str, data: &[u8]) {
    assert!(message.len() <= LONGEST, "{} bytes: {message}", message.len());
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '\u{200b}' | '\u{2028}' | '\u{202e}' | '\u{2066}' | '\u{feff}')
    };
    assert!(!message.contains(is_odd), "{message:?}");
    let rest = message.strip_prefix(PATH).and_then(|rest| rest.strip_prefix(':')).expect(message);
    let (line, problem) = rest.split_once(": ").expect(message);
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!((1..=lines).contains(&line.parse().expect(message)), "{message}");
    assert!(!problem.trim().is_empty(), "{message}");
}

fn check_accepted(accepted: &Accepted, data: &[u8]) {
    // A second parser of the same text says which keys the administrator has written.
    let table: toml::Table = str::from_utf8(data).unwrap().parse().unwrap();
    let sites = table["sites"].as_table().unwrap();
    assert_eq!(accepted.sites.len(), sites.len());
    assert!(!sites.is_empty());
    assert!(!(accepted.addresses.is_empty() && accepted.sockets.is_empty()));
    let is_local = |address: &std::net::SocketAddr| address.ip().to_canonical().is_loopback();
    assert!(accepted.addresses.iter().all(is_local) || table.contains_key("trusted-proxy"));
    if !table.contains_key("trusted-proxy") {
        assert!(accepted.trusts([127, 0, 0, 1].into()) && !accepted.trusts([192, 0, 2, 1].into()));
    }
    assert!(accepted.sockets.iter().all(|path| path.is_absolute()));
    assert!(accepted.socket_mode <= 0o777);
    let tls = ["tls-certificate", "tls-key", "tls-client-ca"];
    assert_eq!(accepted.tls_files, tls.iter().filter(|key| table.contains_key(**key)).count());
    assert!([0, 3].contains(&accepted.tls_files));
    // The service counts connections in 32 bits.
    assert!((1..=u32::MAX as usize).contains(&accepted.connections));
    assert!(accepted.cache <= Duration::from_secs(86_400));
    assert!((Duration::from_millis(50)..=Duration::from_secs(60)).contains(&accepted.queue_timeout));
    assert!(accepted.failures.iter().all(|limit| *limit > 0));
    for site in &accepted.sites {
        let written = sites[&site.name].as_table().unwrap();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!((1..=64).contains(&site.name.len()) && site.name.bytes().all(is_plain), "{}", site.name);
        assert_eq!(Some(&*site.file), written["file"].as_str().map(std::path::Path::new));
        assert!(!site.file.as_os_str().is_empty());
        assert!(site.challenge.starts_with("Basic realm=\""));
        assert!(HeaderValue::from_bytes(site.challenge.as_bytes()).is_ok(), "{}", site.challenge);
        assert!(!["authorization", "forwarded"].contains(&&*site.address_header));
        assert_eq!(site.has_groups, written.contains_key("groups"));
        assert!(site.has_group_file || !site.has_groups);
    }
}
