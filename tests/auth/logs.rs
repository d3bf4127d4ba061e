//! The log: no passwords, no forged addresses, one line for each event, and the filter for fail2ban.

use std::process::Command;

use crate::service::{Folder, Request, SECRET, Service, basic, repository};

/// Names that a client sends to forge a line, to hide a line, or to break the format.
const FORGED: [&str; 9] = [
    "x\" remote_ip=203.0.113.9 reason=wrong",
    "x remote_ip=203.0.113.9 site=default reason=wrong ",
    "x\",\"remote_ip\":\"203.0.113.9\",\"reason\":\"wrong",
    "x\u{2028}2026-01-01T00:00:00.000Z warn login refused remote_ip=203.0.113.9 site=default reason=wrong ",
    "\u{85}warn login refused remote_ip=203.0.113.9",
    "x\u{9b}2J",
    "\u{202e}resu",
    "%0Awarn login refused remote_ip=203.0.113.9",
    "back\\slash\\\"",
];

/// Sends logins with forged names, to a file where these names are users and to the same file for unknown users.
fn forge(service: &Service) {
    for name in FORGED {
        for user in [name.to_owned(), format!("unknown {name}")] {
            let agent = format!("User-Agent: {}", name.replace(|c: char| !c.is_ascii(), "?"));
            let request = Request::get("/").header(agent).login(&user, "hunter2");
            assert_eq!(service.send(request).status, 401, "{user:?}");
        }
    }
    // These bytes cannot be in a valid login: newline, escape, invalid UTF-8, and a long name.
    let long = "remote_ip=203.0.113.9 ".repeat(3_000);
    for bytes in
        [&b"a\nwarn login refused remote_ip=203.0.113.9:p"[..], b"\x1b[2J:p", b"\xff\xfe:p", long.as_bytes()]
    {
        let line = format!("Authorization: {}", basic(bytes));
        assert_eq!(service.send(Request::get("/").header(line)).status, 401);
    }
}

fn users() -> String {
    let names = FORGED.map(|name| format!("{name}:{SECRET}\n"));
    format!("alice:{SECRET}\n{}", names.concat())
}

#[test]
fn the_log_has_no_password_and_no_unknown_name() {
    let service = Service::start(&users(), &["--log-level", "debug"]);
    assert_eq!(service.login("alice", "hunter2"), 401);
    // This user has typed the password into the wrong field.
    assert_eq!(service.login("hunter2", ""), 401);
    assert_eq!(service.login("alice", "secret"), 200);
    let log = service.log();
    assert!(!log.contains("hunter2") && !log.contains("=secret") && !log.contains("\"secret"), "{log}");
    for line in [
        " warn login refused remote_ip=192.0.2.1 site=default reason=wrong method=GET user=\"alice\"\n",
        " warn login refused remote_ip=192.0.2.1 site=default reason=unknown method=GET\n",
        " debug login accepted remote_ip=192.0.2.1 site=default method=GET user=\"alice\"\n",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn a_client_cannot_make_a_line_or_hide_one() {
    let service = Service::start(&users(), &["--failures-per-address", "1000"]);
    forge(&service);
    let log = service.log();
    let refused: Vec<_> = log.lines().filter(|line| line.contains("login refused")).collect();
    assert_eq!(refused.len(), 2 * FORGED.len() + 4, "{log}");
    for line in refused {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{line}");
        assert!(rest.starts_with("warn login refused remote_ip=192.0.2.1 site=default reason="), "{line}");
        assert!(line.chars().all(|character| !character.is_control()), "{line:?}");
    }
    assert!(log.lines().all(|line| line.starts_with("20")), "{log}");
}

#[test]
fn a_json_line_is_one_object_with_the_fields_in_order() {
    let service = Service::start(&users(), &["--log-format", "json", "--failures-per-address", "1000"]);
    forge(&service);
    let log = service.log();
    let mut refused = 0;
    for line in log.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            object["time"].is_string() && object["level"].is_string() && object["msg"].is_string(),
            "{line}"
        );
        if object["msg"] == "login refused" {
            refused += 1;
            assert_eq!(object["remote_ip"], "192.0.2.1", "{line}");
            let start = line.split_once("Z\"").unwrap().1;
            assert!(start.starts_with(
                ",\"level\":\"warn\",\"msg\":\"login refused\",\"remote_ip\":\"192.0.2.1\",\"site\":"
            ));
        }
    }
    assert_eq!(refused, 2 * FORGED.len() + 4, "{log}");
}

/// The addresses that fail2ban would ban for the lines of a file; `None` if fail2ban is not installed.
fn banned(folder: &Folder, log: &str) -> Option<Vec<String>> {
    folder.write("lines", log);
    let mut command = Command::new("fail2ban-regex");
    command
        .args(["-o", "ip"])
        .arg(folder.path("lines"))
        .arg(repository("packaging/fail2ban/htpasswd-auth.conf"));
    let Ok(output) = command.output() else {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // The test harness does not capture this line, so that the reader sees the skipped test.
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("SKIPPED: {test}: fail2ban is not installed\n"),
        );
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn fail2ban_finds_only_the_true_address() {
    for format in ["text", "json"] {
        let service = Service::start(&users(), &["--log-format", format, "--failures-per-address", "1000"]);
        forge(&service);
        let Some(addresses) = banned(service.folder(), &service.log()) else { return };
        // Malformed logins are no guesses.
        assert_eq!(addresses, vec!["192.0.2.1"; 2 * FORGED.len()], "{format}: {}", service.log());
        // The journal adds the name of the machine and of the program.
        let journal: String = service
            .log()
            .lines()
            .fold(String::new(), |text, line| text + "host htpasswd-auth[12]: " + line + "\n");
        assert_eq!(banned(service.folder(), &journal).unwrap(), addresses, "{format}");
    }
}

#[test]
fn fail2ban_finds_addresses_of_ipv6_and_ignores_refused_peers() {
    let service = Service::start(&users(), &[]);
    for address in ["2001:db8::1", "[2001:db8::2]:80", "::ffff:192.0.2.7"] {
        let request = Request::bare("GET", "/").header(format!("X-Forwarded-For: {address}"));
        assert_eq!(service.send(request.login("alice", "wrong")).status, 401);
    }
    assert_eq!(service.send(Request::bare("GET", "/").login("alice", "wrong")).status, 403);
    assert_eq!(service.login("alice", "secret"), 200);
    let Some(addresses) = banned(service.folder(), &service.log()) else { return };
    assert_eq!(addresses, ["2001:db8::1", "2001:db8::2", "192.0.2.7"]);
}
