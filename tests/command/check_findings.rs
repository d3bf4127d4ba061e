//! `--check`: its findings, its reports as text and JSON, and its exit codes.

use crate::support::check::{STRONG, finds, json, private};
use crate::support::{APR1, BCRYPT, DES, SHA1, Sandbox, Terminal};

const YESCRYPT: &str = "$y$j75$abcdefgh$jD5gB3q6/75JZVqK91za31IMBQ/R3kcs5fmmLcXxzt/";

#[test]
fn a_valid_file_has_no_findings() {
    let text = format!("# staff\n\nalice:{STRONG}\nbob:{STRONG}\n");
    for server in [&[][..], &["--for", "registry"], &["--for", "nginx"]] {
        finds(&text, server, 0, &[]);
    }
    let run = private(text).run(["--check", "--for", "registry", "passwd"]);
    run.stdout_is("passwd: clean for registry, 2 users\n");
}

#[test]
fn warnings_exit_with_8_and_errors_with_7() {
    finds(format!("alice:{SHA1}\n"), &[], 8, &["1 warning weak-scheme"]);
    finds(format!("alice:{BCRYPT}\n"), &[], 8, &["1 warning low-cost"]);
    finds("alice:*\n", &[], 8, &["1 warning locked"]);
    finds("alice:\n", &[], 7, &["1 error empty-hash"]);
    finds("alice:secret\n", &[], 7, &["1 error unknown-hash"]);
    finds("alice:$2y$10$short\n", &[], 7, &["1 error malformed-hash"]);
    finds(
        "alice:$6$rounds=999999999$saltsalt$ph0yGsyjzqdeFaon7.gJZo8eAG5/rj9/JdzOu1Rl7dKzBYg3xgvl7T2VQ2Rt81bc5AXkdA54r0p8QvC1omD6R1\n",
        &[],
        7,
        &["1 error high-cost"],
    );
    finds(format!("what\nalice:{STRONG}\n"), &[], 7, &["1 error no-colon"]);
    finds(format!(":{STRONG}\n"), &[], 8, &["1 warning no-user"]);
    finds("", &[], 8, &["1 warning no-users"]);
}

#[test]
fn findings_depend_on_what_the_server_reads() {
    for (hash, server, exit, kind) in [
        (APR1, "registry", 7, "1 error unreadable-scheme"),
        (APR1, "httpd", 8, "1 warning weak-scheme"),
        (SHA1, "zot", 7, "1 error unreadable-scheme"),
        (SHA1, "envoy", 8, "1 warning weak-scheme"),
        (DES, "verdaccio", 8, "1 warning weak-scheme"),
        (STRONG, "envoy", 7, "1 error unreadable-scheme"),
        ("secret", "pypiserver", 8, "1 warning weak-scheme"),
        ("secret", "nginx", 7, "1 error unknown-hash"),
        ("$y$j9T$salt$digest", "nginx", 7, "1 error malformed-hash"),
        (YESCRYPT, "registry", 7, "1 error unreadable-scheme"),
        (YESCRYPT, "pypiserver", 7, "1 error taken-for-password"),
        ("{PLAIN}secret", "nginx", 8, "1 warning foreign-hash"),
        ("{PLAIN}secret", "registry", 7, "1 error unknown-hash"),
    ] {
        finds(format!("alice:{hash}\n"), &["--for", server], exit, &[kind]);
    }
    let crlf = format!("alice:{STRONG}:x\r\n");
    finds(&crlf, &[], 8, &["1 warning more-fields", "1 warning crlf"]);
    finds(&crlf, &["--for", "nginx"], 0, &[]);
    finds(&crlf, &["--for", "lighttpd"], 7, &["1 error more-fields"]);
    let indented = format!(" alice:{STRONG}\n");
    finds(&indented, &["--for", "registry"], 0, &[]);
    finds(&indented, &["--for", "nginx"], 7, &["1 error leading-space"]);
}

#[test]
fn without_a_server_findings_name_the_servers_that_differ() {
    let check = |text: String| private(text).run(["--check", "passwd"]).stdout();
    let duplicate = check(format!("alice:{STRONG}\nbob:{STRONG}\nalice:{STRONG}\n"));
    assert_eq!(
        duplicate,
        "passwd:3: warning: user alice: line 1 already has a record of this user; httpd, nginx, lighttpd and pypiserver use \
         that record; registry, squid, traefik and verdaccio use this record; envoy rejects the whole file\n\
         passwd: 0 errors and 1 warning, 2 users\n"
    );
    let long = check(format!("#{}\nalice:{STRONG}\n", "x".repeat(9000)));
    assert!(long.contains("9001 bytes") && long.contains("httpd ignores all users after it"), "{long}");
    assert!(!long.contains("registry") && long.contains("Apache's htpasswd"), "{long}");
    let long = check(format!("#{}\nalice:{STRONG}\n", "x".repeat(70_000)));
    assert!(long.contains("registry rejects the whole file"), "{long}");
}

#[test]
fn findings_have_line_numbers() {
    finds(format!("\u{feff}alice:{STRONG}\n"), &[], 7, &["1 error byte-order-mark"]);
    finds(
        format!("\u{feff}# staff\nalice:{STRONG}\n"),
        &["--for", "registry"],
        7,
        &["1 error byte-order-mark"],
    );
    finds(format!("alice:{STRONG}"), &[], 8, &["1 warning no-final-line-feed"]);
    finds(format!("alice:{STRONG}\nbob:{STRONG} \n"), &[], 8, &["2 warning trailing-space"]);
    finds(format!("bob :{STRONG}\n"), &[], 8, &["1 warning space-after-name"]);
    finds(format!("bob:{STRONG}\n# b\0b\n"), &[], 7, &["2 error nul"]);
    finds(format!("# x\\\nbob:{STRONG}\n"), &[], 8, &["1 warning backslash"]);
    finds(format!("a:{STRONG}\rb:{STRONG}\n"), &[], 7, &["1 error stray-carriage-return"]);
}

#[test]
fn files_that_other_users_can_access_are_reported() {
    for (mode, expected) in [
        (0o600, vec![]),
        (0o640, vec![]),
        (0o644, vec!["readable-by-others"]),
        (0o666, vec!["readable-by-others", "writable-by-others"]),
    ] {
        let sandbox = private(format!("alice:{STRONG}\n"));
        sandbox.set_mode("passwd", mode);
        let (run, report) = json(&sandbox, &[]);
        let kinds: Vec<_> =
            report["findings"].as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, expected, "{mode:o}");
        assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["line"].is_null()));
        run.exits(if expected.is_empty() { 0 } else { 8 });
    }
}

#[test]
fn files_left_by_an_interrupted_change_are_reported() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    let left = [
        ".htpasswd-new.0123456789abcdef",
        ".htpasswd-quarantined-1.passwd",
        ".htpasswd-quarantined-12.passwd",
        ".passwd.htpasswd-journal-aside",
    ];
    for name in left.into_iter().chain([".htpasswd-quarantined-1.other", ".htaccess", "passwd~"]) {
        sandbox.write(name, "bob:x\n");
    }
    let run = sandbox.run(["--check", "passwd"]);
    let lines = left.map(|name| {
        format!("passwd: warning: an interrupted change has left ./{name}, which may hold hashes\n")
    });
    let sum = "passwd: 0 errors and 4 warnings, 1 user; check its users, then remove the leftover files\n";
    run.exits(8).stdout_is(&(lines.concat() + sum));
    let (_, report) = json(&sandbox, &[]);
    assert_eq!(report["findings"][0]["kind"], "leftover-file");
    // An empty journal is removed before the check looks for leftover files.
    sandbox.write(".htpasswd-journal.passwd", "");
    sandbox.set_mode(".htpasswd-journal.passwd", 0o600);
    assert_eq!(sandbox.run(["--check", "passwd"]).stdout(), run.stdout());
}

#[test]
fn a_missing_file_is_an_error_and_is_not_created() {
    let sandbox = Sandbox::new();
    for fix in [&[][..], &["--fix"]] {
        let run = sandbox.run([&["--check", "--for", "registry"], fix, &["passwd"]].concat());
        run.exits(7).stderr_is("").stdout_is(
            "passwd: error:   the file does not exist\n\
             passwd: 1 error and 0 warnings for registry, 0 users; to create it: htpasswd --for registry -c passwd USER\n",
        );
        assert!(sandbox.names().is_empty());
    }
}

#[test]
fn a_directory_exits_with_1() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("passwd")).unwrap();
    for option in ["--check", "--list"] {
        let run = sandbox.run([option, "passwd"]);
        run.exits(1).stdout_is("");
        assert!(run.stderr().starts_with("htpasswd: "), "{run}");
    }
}

#[test]
fn reports_show_neither_hashes_nor_control_characters() {
    let text = format!("al\x1b[31mice:{APR1}\n{SHA1}:alice\nhunter2\nbob:hunter2\n{APR1}\n");
    let sandbox = private(text);
    for args in [
        &["--check", "passwd"][..],
        &["--check", "--json", "passwd"],
        &["--list", "passwd"],
        &["--list", "--json", "passwd"],
    ] {
        let run = sandbox.run(args);
        crate::support::import::shows_no_secret(&run);
        assert!(!run.stdout().contains("LrttP") && run.stdout().contains("[31mice"), "{run}");
    }
}

#[test]
fn text_shows_20_findings_of_a_kind_and_json_shows_all() {
    let lines: Vec<_> = (0..1000).map(|number| format!("u{number}:{SHA1}\n")).collect();
    let sandbox = private(lines.concat());
    let run = sandbox.run(["--check", "passwd"]);
    assert_eq!(run.stdout().lines().count(), 22, "{run}");
    assert!(run.stdout().contains("passwd: … and 980 more of weak-scheme; --json lists all\n"), "{run}");
    assert!(run.stdout().contains("0 errors and 1000 warnings"), "{run}");
    let (_, report) = json(&sandbox, &[]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 1000);
}

#[test]
fn findings_are_aligned() {
    let hash = |number| if number == 3 { "" } else { SHA1 };
    let lines: Vec<_> = (0..10).map(|number| format!("u{number}:{}\n", hash(number))).collect();
    let run = private(lines.concat()).run(["--check", "passwd"]);
    let starts: Vec<_> = run.stdout().lines().map(|line| line.find("user u").unwrap_or(0)).collect();
    assert!(starts[..10].iter().all(|&start| start == starts[0] && start > 0), "{run}");
}

#[test]
fn the_json_report_has_the_documented_members() {
    let (_, report) = json(&private("alice:\n"), &["--for", "nginx"]);
    let expected = r#"{"schema":1,"command":"check","file":"passwd","server":"nginx","users":1,"error_count":1,"warning_count":0,"fixed":null,"findings":[{"line":1,"severity":"error","kind":"empty-hash","user":"alice","message":"the hash is empty"}],"ignored_count":0,"warnings":[]}"#;
    assert_eq!(report, serde_json::from_str::<serde_json::Value>(expected).unwrap());
}

#[test]
fn reports_are_coloured_on_terminals_without_no_color() {
    const TERM: (&str, &str) = ("TERM", "xterm");
    let sandbox = private(format!("alice:\nbob:{SHA1}\n"));
    let mut terminal = Terminal::start_with(&sandbox, ["--check", "passwd"], |command| command.envs([TERM]));
    terminal.expect("\x1b[31merror:\x1b[0m");
    terminal.expect("\x1b[33mwarning:\x1b[0m");
    terminal.wait();
    let mut terminal = Terminal::start_with(&sandbox, ["--check", "passwd"], |command| {
        command.envs([TERM, ("NO_COLOR", "1")])
    });
    terminal.expect("1 error and 1 warning");
    terminal.wait();
    assert!(!terminal.transcript().contains('\x1b'));
    // An empty NO_COLOR has no effect.
    let mut terminal = Terminal::start_with(&sandbox, ["--check", "passwd"], |command| {
        command.envs([TERM, ("NO_COLOR", "")])
    });
    terminal.expect("\x1b[31merror:");
    terminal.wait();
    assert!(!sandbox.run(["--check", "passwd"]).stdout().contains('\x1b'));
}

#[test]
fn options_that_conflict_are_rejected() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    for (args, reason) in [
        (&["--check", "--list", "passwd"][..], "--list cannot be combined with --check"),
        (&["--list", "--fix", "passwd"], "--fix cannot be combined with --list"),
        (&["--fix", "passwd"], "--fix needs --check"),
        (&["--check", "-c", "passwd"], "-c cannot be combined with --check"),
        (&["--check", "-B", "passwd"], "-B cannot be combined with --check"),
        (&["--check", "-C9", "passwd"], "-C cannot be combined with --check"),
        (&["--check", "-r9999", "passwd"], "-r cannot be combined with --check"),
        (&["--list", "-i", "passwd"], "-i cannot be combined with --list"),
        (&["--list", "--import", "passwd"], "--import cannot be combined with --list"),
    ] {
        sandbox.run(args).is_wrong_call(reason);
    }
    for args in [&["--check"][..], &["--list"], &["--list", "passwd", "alice"]] {
        sandbox.run(args).is_usage_error();
    }
}

#[test]
fn a_pipe_can_be_checked() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["--check", "/dev/stdin"]).stdin(format!("alice:{STRONG}\nbob:\n")).run();
    run.exits(7);
    assert!(run.stdout().contains("/dev/stdin:2: error:   user bob: the hash is empty\n"), "{run}");
}

/// If the check took quadratic time, this test would take minutes.
#[test]
fn many_records_of_one_user_take_linear_time() {
    let sandbox = private(format!("alice:{STRONG}\r\n").repeat(300_000));
    let run = sandbox.run(["--check", "--for", "nginx", "passwd"]);
    run.exits(8);
    assert!(run.stdout().ends_with("passwd: 0 errors and 299999 warnings for nginx, 1 user\n"), "{run}");
    let (_, report) = json(&sandbox, &["--fix"]);
    assert_eq!(
        (report["fixed"]["crlf"].as_u64(), report["fixed"]["duplicates"].as_u64()),
        (Some(300_000), Some(299_999))
    );
    assert_eq!(sandbox.text("passwd"), format!("alice:{STRONG}\n"));
}
