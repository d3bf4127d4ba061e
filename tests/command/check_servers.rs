//! `--check` explains why a server rejects a file, and `--for` repairs it. Real servers agree with the findings.

use crate::support::check::{STRONG, private};
use crate::support::servers::{Server, squid_accepts};
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
        ("NUL in a comment", format!("# b\0b\n{alice}")),
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
        ("MD5 digits", "alice:5ebe2294ecd0e0f08eab7690d2a6ee69\n".to_owned()),
        ("empty field", format!("alice::{STRONG}\n")),
        ("text after the hash", format!("alice:{STRONG}xyz\n")),
        ("byte order mark in a later line", format!("b:{STRONG}\n\u{feff}alice:{STRONG}\n")),
        ("empty hash after the record", format!("{alice}alice:\n")),
        ("blank line and indented comment", format!("  \n # x\n{alice}")),
        ("quotation mark in a comment", format!("# \"x\"\n{alice}")),
        ("comment in Latin-1", format!("# m\u{fc}ller\n{alice}")),
        ("line of 8,194 bytes and a record", format!("#{}b:{STRONG}\n{alice}", "x".repeat(8_193))),
        ("bcrypt 2a", alice.replace("$2y$", "$2a$")),
        ("bcrypt 2b", alice.replace("$2y$", "$2b$")),
        ("bcrypt 2x", alice.replace("$2y$", "$2x$")),
        ("bad first record", format!("alice:{SHORT}\n{alice}")),
        ("bad last record", format!("{alice}alice:{SHORT}\n")),
        ("indented bad record first", format!(" alice:{SHORT}\n{alice}")),
    ]
}

const SHORT: &str = "$2y$10$short";

/// Asserts for each file that `--check` finds an error if and only if the server rejects alice. `login` returns true if
/// she can log in with the password file `passwd`; `None` if the server is not installed.
fn agrees_with_check_by(name: &str, login: impl Fn(&Sandbox) -> Option<bool>) {
    if original() {
        return;
    }
    let sandbox = private("");
    sandbox.set_mode("passwd", 0o644);
    for (what, text) in odd_files() {
        // squid reads a record from the middle of the long line. The check reports an error, because such a login is
        // a surprise.
        let is_surprise = name == "squid" && what.ends_with("and a record");
        // These servers read the indented name as another user. The check reports an error for that user, but alice
        // can log in.
        if (what == "indented bad record first" && matches!(name, "nginx" | "squid" | "lighttpd"))
            || is_surprise
        {
            continue;
        }
        sandbox.write("passwd", &text);
        let run = check(&sandbox, name);
        let Some(is_accepted) = login(&sandbox) else { return };
        assert!(matches!(run.exit, crate::support::Exit::Code(0 | 7 | 8)), "{what}: {run}");
        let finds_error = run.exit == crate::support::Exit::Code(7);
        assert_eq!(finds_error, !is_accepted, "{name}, {what}\n{run}");
    }
}

/// Like [`agrees_with_check_by`], for a server over HTTP.
fn agrees_with_check(name: &str, start: impl Fn(&Sandbox) -> Option<Server>) {
    let server = std::cell::OnceCell::new();
    agrees_with_check_by(name, |sandbox| {
        let server = server.get_or_init(|| start(sandbox)).as_ref()?;
        Some(server.client("alice", "secret").get() == 200)
    });
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

#[test]
fn lighttpd_agrees_with_check_about_odd_files() {
    agrees_with_check("lighttpd", Server::lighttpd);
}

#[test]
fn squid_agrees_with_check_about_odd_files() {
    agrees_with_check_by("squid", |sandbox| squid_accepts(sandbox, "alice", "secret"));
}

/// A comment of 8,194 bytes can end in a login.
#[test]
fn squid_reads_a_record_from_the_middle_of_a_long_line() {
    let sandbox = private(format!("#{}alice:{STRONG}\n", "x".repeat(8_193)));
    let Some(is_accepted) = squid_accepts(&sandbox, "alice", "secret") else { return };
    assert!(is_accepted);
    check(&sandbox, "squid").exits(7);
    sandbox.write("passwd", format!("#{}alice:{STRONG}\n", "x".repeat(8_192)));
    assert_eq!(squid_accepts(&sandbox, "alice", "secret"), Some(false));
}
