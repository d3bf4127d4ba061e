//! The example registry in a headless Chromium.

use crate::support::Sandbox;
use crate::support::clients::{Ran, client, have};
use crate::support::registry::Registry;

/// Returns the page as the browser shows it. The browser uses a new profile and contacts no other server.
fn browse(sandbox: &Sandbox, url: &str) -> Ran {
    let profile = tempfile::tempdir_in(sandbox.temporary()).unwrap();
    let options = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                   --disable-component-update --disable-sync --dump-dom";
    let profile = format!("--user-data-dir={}", profile.path().display());
    let args: Vec<_> =
        options.split(' ').filter(|option| !option.is_empty()).chain([&profile[..], url]).collect();
    client(sandbox, "chromium", &args).run()
}

#[test]
fn a_browser_with_credentials_shows_the_catalog() {
    if !have(&["chromium"]) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.run(["-cbBC", "4", "passwd", "alice", "abc123"]).exits(0);
    sandbox.run(["-bBC", "4", "passwd", "jürgen", "pä:ss wörd"]).exits(0);
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let browse_as = |credentials: &str| {
        browse(&sandbox, &registry.url("/v2/_catalog").replace("://", &format!("://{credentials}@")))
    };
    let page = "<pre>{\"repositories\":[]}</pre>";

    // The browser understands the challenge and fails, because a headless browser cannot prompt for a password.
    for run in [browse(&sandbox, &registry.url("/v2/_catalog")), browse_as("alice:wrong")] {
        assert!(run.stderr.contains("ERR_INVALID_AUTH_CREDENTIALS") && !run.stdout.contains(page), "{run}");
    }
    // The second user name and password are UTF-8, which the challenge asks for.
    for credentials in ["alice:abc123", "j%C3%BCrgen:p%C3%A4%3Ass%20w%C3%B6rd"] {
        let run = browse_as(credentials);
        assert!(run.succeeded && run.stdout.contains(page), "{run}");
    }
    registry.logs("wrong password");
    let log = registry.log();
    assert!(log.starts_with("registry: wrong password for \"alice\" from 127.0.0.1, waited "), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
}
