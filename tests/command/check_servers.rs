//! `--check` explains why a server rejects a file, and `--for` repairs it. Real servers agree with the findings.

use crate::support::check::{STRONG, private};
use crate::support::servers::Server;
use crate::support::{APR1, Run, Sandbox, original};

/// A file with one user of the default scheme. Other users of the machine cannot read it.
fn md5_file() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.call(["-bc", "passwd", "dreamfish", "abc123"]).umask("027").run().exits(0);
    sandbox
}

fn check(sandbox: &Sandbox, server: &str) -> Run {
    sandbox.run(["--check", "--for", server, "passwd"])
}

#[test]
fn for_repairs_a_file_that_check_rejects() {
    let sandbox = md5_file();
    check(&sandbox, "registry").exits(7).stdout_is(
        "passwd:1: error:   user dreamfish: registry does not read apr1; it reads bcrypt\n\
         passwd: 1 error and 0 warnings for registry, 1 user; for a new hash: htpasswd --for registry passwd USER\n",
    );
    let run = sandbox.run(["--for", "registry", "-b", "passwd", "dreamfish", "abc123"]);
    run.exits(0).stderr_is("Updating password for user dreamfish\n");
    check(&sandbox, "registry").exits(0).stdout_is("passwd: clean for registry, 1 user\n");
}

#[test]
fn a_real_registry_agrees_with_check() {
    let sandbox = md5_file();
    let Some(server) = Server::registry(&sandbox) else { return };
    check(&sandbox, "registry").exits(7);
    assert_eq!(server.client("dreamfish", "abc123").get(), 401);
    sandbox.run(["--for", "registry", "-b", "passwd", "dreamfish", "abc123"]).exits(0);
    check(&sandbox, "registry").exits(0);
    assert_eq!(server.client("dreamfish", "abc123").get(), 200);
    assert_eq!(server.client("dreamfish", "wrong").get(), 401);
}

/// Files with one unusual detail each, and a name for each file. The password of alice is `secret`.
fn odd_files() -> Vec<(&'static str, String)> {
    let alice = format!("alice:{STRONG}\n");
    let comment = |bytes: usize| format!("#{}\n{alice}", "x".repeat(bytes - 1));
    vec![
        ("nothing", alice.clone()),
        ("no colon", format!("what\n{alice}")),
        ("leading space", format!(" {alice}")),
        ("leading tab", format!("\t{alice}")),
        ("trailing space", format!("alice:{STRONG} \n")),
        ("space before the hash", format!("alice: {STRONG}\n")),
        ("byte order mark", format!("\u{feff}{alice}")),
        ("byte order mark and comment", format!("\u{feff}# staff\n{alice}")),
        ("CRLF", format!("alice:{STRONG}\r\n")),
        ("no final newline", format!("alice:{STRONG}")),
        ("further fields", format!("alice:{STRONG}:x:y\n")),
        ("NUL in another line", format!("b\0b:{STRONG}\n{alice}")),
        ("NUL after the last line", format!("{alice}\0\0\0")),
        ("backslash", format!("# x\\\n{alice}")),
        ("backslash and CRLF", format!("# x\\\r\n{alice}")),
        ("backslash and blank line", format!("# x\\\n\n{alice}")),
        ("two backslashes and blank line", format!("# x\\\\\n\n{alice}")),
        ("backslash and comment", format!("# x\\\n# y\n{alice}")),
        ("backslash in the last line", format!("{alice}# x\\\n")),
        ("invisible character in another name", format!("b\u{200b}b:{STRONG}\n{alice}")),
        ("line of 8,190 bytes", comment(8_190)),
        ("line of 8,191 bytes", comment(8_191)),
        ("line of 65,535 bytes", comment(65_535)),
        ("line of 65,536 bytes", comment(65_536)),
        ("apr1", format!("alice:{APR1}\n")),
        ("SHA-1", format!("alice:{}\n", crate::support::SHA1)),
        ("SHA-512-crypt", format!("alice:{}\n", crate::support::SHA512_CRYPT)),
        ("DES", format!("alice:{}\n", crate::support::DES)),
        ("SSHA", "alice:{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0\n".to_owned()),
        ("plain", "alice:secret\n".to_owned()),
        ("bad first record", format!("alice:{SHORT}\n{alice}")),
        ("bad last record", format!("{alice}alice:{SHORT}\n")),
        ("indented bad record first", format!(" alice:{SHORT}\n{alice}")),
    ]
}

const SHORT: &str = "$2y$10$short";

/// Asserts for each file that `--check` finds an error if and only if the server rejects alice.
fn agrees_with_check(name: &str, start: impl Fn(&Sandbox) -> Option<Server>) {
    if original() {
        return;
    }
    let sandbox = private("");
    sandbox.set_mode("passwd", 0o644);
    let Some(server) = start(&sandbox) else { return };
    for (what, text) in odd_files() {
        // nginx reads the indented name as another user. The check reports an error for that user, but alice can log
        // in.
        if name == "nginx" && what == "indented bad record first" {
            continue;
        }
        sandbox.write("passwd", &text);
        let run = check(&sandbox, name);
        let status = server.client("alice", "secret").get();
        assert!(matches!(run.exit, crate::support::Exit::Code(0 | 7 | 8)), "{what}: {run}");
        let finds_error = run.exit == crate::support::Exit::Code(7);
        assert_eq!(finds_error, status != 200, "{name}, {what}: {status}\n{run}");
    }
}

#[test]
fn nginx_agrees_with_check_about_odd_files() {
    agrees_with_check("nginx", Server::nginx);
}

#[test]
fn httpd_agrees_with_check_about_odd_files() {
    agrees_with_check("httpd", Server::httpd);
}

#[test]
fn a_registry_agrees_with_check_about_odd_files() {
    agrees_with_check("registry", Server::registry);
}
