//! The example registry in a browser.

use crate::support::Sandbox;
use crate::support::clients::{Ran, client, have};
use crate::support::registry::Registry;

/// The page as the browser shows it, in a profile of its own that asks nobody else for anything.
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
fn a_browser_shows_the_catalog_to_who_has_credentials() {
    if !have(&["chromium"]) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.run(["-cbBC", "4", "passwd", "alice", "abc123"]).exits(0);
    sandbox.run(["-bBC", "4", "passwd", "jürgen", "pä:ss wörd"]).exits(0);
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let with = |credentials: &str| {
        browse(&sandbox, &registry.url("/v2/_catalog").replace("://", &format!("://{credentials}@")))
    };
    let shown = "<pre>{\"repositories\":[]}</pre>";

    // It has taken the challenge for what it is, and has nobody to ask.
    for run in [browse(&sandbox, &registry.url("/v2/_catalog")), with("alice:wrong")] {
        assert!(run.stderr.contains("ERR_INVALID_AUTH_CREDENTIALS") && !run.stdout.contains(shown), "{run}");
    }
    // The second user is one of UTF-8, as the challenge wants it.
    for credentials in ["alice:abc123", "j%C3%BCrgen:p%C3%A4%3Ass%20w%C3%B6rd"] {
        let run = with(credentials);
        assert!(run.succeeded && run.stdout.contains(shown), "{run}");
    }
    registry.logs("wrong password");
    assert_eq!(registry.log(), "registry: 127.0.0.1: wrong password for \"alice\"\n");
}
