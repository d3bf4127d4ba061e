//! `--format` and the options of a new Secret, and the server that reads a format.

use secret_manifest::{NewSecret, Selector};

use super::*;

fn print(line: &[&str]) -> Print {
    match command(&[line, &["-nb", "u", "p"]].concat()) {
        Ok(Command::Print(print)) => print,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[test]
fn a_printed_format_is_for_its_server_unless_the_call_names_one() {
    let servers = |line: &[&str]| print(line).hash_spec.servers.map(|servers| servers.to_string());
    assert_eq!(servers(&["--format", "traefik"]).as_deref(), Some("traefik"));
    assert_eq!(servers(&["--format", "traefik", "--for", "nginx"]).as_deref(), Some("nginx"));
    assert_eq!(servers(&["--format", "env"]), None);
    match command(&["--list", "--format", "traefik", "f"]) {
        Ok(Command::List(list)) => assert!(list.servers.is_none()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_secret_has_a_namespace_and_a_type() {
    let secret = |line: &[&str]| print(&[&["--format", "k8s-secret"], line].concat()).output.secret;
    let plain = || NewSecret::new(Selector::new());
    assert_eq!(secret(&[]), plain());
    assert_eq!(secret(&["--namespace", "web"]), plain().namespace("web").unwrap());
    assert_eq!(secret(&["--secret-type", "nginx.org/htpasswd"]), plain().kind("nginx.org/htpasswd").unwrap());
    for (option, value) in [("--namespace", "Web"), ("--secret-type", "")] {
        let error = error(&["--format", "k8s-secret", option, value, "-nb", "u", "p"]);
        assert!(matches!(error, UsageError::Selector(..)), "{error:?}");
    }
    for option in ["--namespace", "--secret-type"] {
        for format in [&[][..], &["--format", "env"]] {
            let error = error(&[format, &[option, "x", "-nb", "u", "p"]].concat());
            assert!(matches!(error, UsageError::NeedsSecretFormat(_)), "{error:?}");
        }
    }
}

#[test]
fn a_scheme_that_no_server_reads_names_the_servers() {
    let text = |servers| parsed(&["--for", servers, "-d", "f", "u"]).result.unwrap_err().to_string();
    assert_eq!(text("registry"), "registry cannot read the hashes of -d; it reads bcrypt");
    assert_eq!(
        text("registry,nginx"),
        "registry and nginx cannot all read the hashes of -d; all of them read bcrypt"
    );
}
