//! `--no-clobber` and `--mode`, which affect new files, and `--lock-timeout`, which limits the wait for other writers.

use std::fs::File;
use std::time::Instant;

use crate::support::{Exit, SHA1, Sandbox, TWO_USERS};

const EXISTS: &str = "htpasswd: file passwd exists and was not changed; omit '-c' to add users to it\n";
const LOCKED: &str = "htpasswd: cannot lock file passwd; another program has locked it, try again later\n";

#[test]
fn no_clobber_creates_a_file_but_never_replaces_one() {
    for import in [false, true] {
        let sandbox = Sandbox::new();
        let run = |user: &str| {
            if import {
                let list = format!("{user}:secret\n");
                sandbox.call(["--import", "-cs", "--no-clobber", "passwd"]).stdin(list).run()
            } else {
                sandbox.run(["-cbs", "--no-clobber", "passwd", user, "secret"])
            }
        };
        run("alice").exits(0);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
        run("bob").exits(1).stdout_is("").stderr_is(EXISTS);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    }
}

#[test]
fn no_clobber_fails_before_the_password_is_read() {
    let sandbox = Sandbox::with("");
    // A program that reads this pipe would wait forever, because the pipe stays open and empty.
    let (reader, _writer) = std::io::pipe().unwrap();
    sandbox.call(["-c", "--no-clobber", "passwd", "bob"]).stdin_from(reader).run().exits(1).stderr_is(EXISTS);
    sandbox
        .run(["-cb", "--no-clobber", "/dev/null", "bob", "x"])
        .exits(1)
        .stderr_has("exists and was not changed");
}

#[test]
fn no_clobber_creates_the_target_of_a_dangling_link() {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink("target", sandbox.path("passwd")).unwrap();
    sandbox.run(["-cbs", "--no-clobber", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("target"), format!("alice:{SHA1}\n"));
}

#[test]
fn one_of_several_calls_with_no_clobber_creates_the_file() {
    for _ in 0..12 {
        let sandbox = Sandbox::new();
        let start =
            |user: usize| sandbox.call(["-cbs", "--no-clobber", "passwd", &format!("u{user}"), "x"]).start();
        let running: Vec<_> = (0..4).map(start).collect();
        let exits: Vec<_> = running.into_iter().map(|running| running.wait().exit).collect();
        assert_eq!(exits.iter().filter(|exit| **exit == Exit::Code(0)).count(), 1, "{exits:?}");
        assert_eq!(exits.iter().filter(|exit| **exit == Exit::Code(1)).count(), 3, "{exits:?}");
        let winner = exits.iter().position(|exit| *exit == Exit::Code(0)).unwrap();
        assert!(sandbox.text("passwd").starts_with(&format!("u{winner}:")));
        assert_eq!(sandbox.names(), ["passwd"]);
    }
}

#[test]
fn a_new_file_has_the_mode_whatever_the_umask_is() {
    for (mode, bits) in [("600", 0o600), ("0640", 0o640), ("666", 0o666), ("400", 0o400)] {
        for umask in ["0", "077", "777"] {
            for import in [false, true] {
                let sandbox = Sandbox::new();
                let call = if import {
                    sandbox.call(["--import", "-cs", "--mode", mode, "passwd"]).stdin("alice:secret\n")
                } else {
                    sandbox.call(["-cbs", "--mode", mode, "passwd", "alice", "secret"])
                };
                call.umask(umask).run().exits(0).does_not_warn();
                assert_eq!(sandbox.mode("passwd"), bits, "umask {umask}");
                assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
            }
        }
    }
}

#[test]
fn an_existing_file_keeps_its_mode_with_a_warning() {
    for line in [
        ["-cbs", "--mode=600", "passwd", "bob", "secret"].as_slice(),
        &["--import", "-cs", "--mode=600", "passwd"],
        &["--ensure", "-bs", "--mode=600", "passwd", "bob", "secret"],
        &["--ensure", "--mode=600", "--import", "-s", "passwd"],
    ] {
        let sandbox = Sandbox::with("bob:x\n");
        sandbox.set_mode("passwd", 0o640);
        let run = sandbox.call(line).stdin("bob:secret\n").run();
        let warning = "Warning: the file passwd keeps its mode 640; --mode 600 applies to a new file (chmod 600 passwd).";
        assert_eq!(run.exits(0).warnings(), [warning], "{line:?}");
        assert_eq!((sandbox.mode("passwd"), sandbox.text("passwd")), (0o640, format!("bob:{SHA1}\n")));
        sandbox.set_mode("passwd", 0o600);
        sandbox.call(line).stdin("bob:secret\n").run().exits(0).does_not_warn();
    }
}

#[test]
fn the_command_that_sets_the_mode_is_quoted_for_the_shell() {
    let sandbox = Sandbox::new();
    let name = "it's $HOME; users";
    sandbox.write(name, "bob:x\n");
    sandbox.set_mode(name, 0o644);
    let run = sandbox.run(["--ensure", "--mode=0600", "-bs", name, "bob", "secret"]);
    let warning = run.exits(0).warnings().concat();
    let (_, command) = warning.strip_suffix(").").unwrap().rsplit_once(" (").unwrap();
    let status = std::process::Command::new("sh").args(["-c", command]).current_dir(sandbox.work()).status();
    assert!(status.unwrap().success(), "{command}");
    assert_eq!(sandbox.mode(name), 0o600);
}

#[test]
fn invalid_modes_are_rejected() {
    for mode in ["", "rw", "8", "0o600", "1777", "4600", "-1", "6 0 0", "u=rw"] {
        let sandbox = Sandbox::new();
        let run = sandbox.run(["-cb", "--mode", mode, "passwd", "alice", "x"]);
        run.is_wrong_call("argument to --mode must be permissions as an octal number, such as 640");
        assert_eq!(sandbox.names(), Vec::<String>::new());
    }
}

#[test]
fn the_lock_timeout_is_the_longest_wait() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = File::open(sandbox.path("passwd")).unwrap();
    file.lock().unwrap();
    for timeout in ["0", "0.0", "0.05"] {
        for line in [
            ["-bs", "passwd", "alice", "secret"].as_slice(),
            &["-cbs", "passwd", "alice", "secret"],
            &["-D", "passwd", "bob"],
            &["--check", "--fix", "passwd"],
            &["--ensure", "-bs", "passwd", "alice", "secret"],
        ] {
            let run = sandbox.run([&["--lock-timeout", timeout], line].concat());
            run.exits(1).stderr_is(LOCKED);
        }
        let run = sandbox.call(["--import", "-s", "--lock-timeout", timeout, "passwd"]).stdin("a:b\n").run();
        run.exits(1).stderr_is(LOCKED);
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);

    let began = Instant::now();
    let waiting = sandbox.call(["-bs", "--lock-timeout=3600", "passwd", "alice", "secret"]).start();
    while began.elapsed().as_millis() < 100 {
        std::thread::yield_now();
    }
    drop(file);
    waiting.wait().exits(0);
    assert!(sandbox.text("passwd").ends_with(&format!("alice:{SHA1}\n")));
}

#[test]
fn ensure_without_a_change_does_not_wait_for_the_lock() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = File::open(sandbox.path("passwd")).unwrap();
    file.lock().unwrap();
    let run = sandbox.run(["--ensure", "--lock-timeout=0", "-b", "passwd", "bob", "secret"]);
    run.exits(0).stderr_is("User bob: unchanged\n");
}

#[test]
fn invalid_lock_timeouts_are_rejected() {
    for timeout in ["", "x", "-1", "1s", "1.", ".5", "inf", "nan", "1e9", "86401", "1,5"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-b", "--lock-timeout", timeout, "passwd", "alice", "x"]);
        run.is_wrong_call("argument to --lock-timeout must be seconds, such as 0, 2.5 or 60");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn options_without_effect_are_rejected() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (line, reason) in [
        (["--no-clobber", "-b", "passwd", "bob", "x"].as_slice(), "--no-clobber needs -c"),
        (&["--no-clobber", "--ensure", "-b", "passwd", "bob", "x"], "--no-clobber needs -c"),
        (&["--no-clobber", "-D", "passwd", "bob"], "--no-clobber needs -c"),
        (&["--mode=600", "-b", "passwd", "bob", "x"], "--mode needs -c or --ensure"),
        (&["--mode=600", "--import", "passwd"], "--mode needs -c or --ensure"),
        (&["--mode=600", "-nb", "bob", "x"], "--mode needs -c or --ensure"),
        (&["--lock-timeout=1", "-nb", "bob", "x"], "--lock-timeout cannot be combined with -n"),
        (&["--lock-timeout=1", "-vb", "passwd", "bob", "x"], "--lock-timeout cannot be combined with -v"),
        (
            &["--dry-run", "-b", "passwd", "bob", "x"],
            "--dry-run needs --import, --ensure, --disable or --enable",
        ),
        (&["--dry-run", "-D", "passwd", "bob"], "--dry-run needs --import, --ensure, --disable or --enable"),
        (&["--strict", "--check", "passwd"], "--strict cannot be combined with --check"),
        (&["--dry-run", "--list", "passwd"], "--dry-run cannot be combined with --list"),
        (&["--lock-timeout=1", "--check", "passwd"], "--lock-timeout cannot be combined with --check"),
        (&["--prune", "-D", "passwd", "bob"], "--prune needs --import"),
        (&["--prune", "--ensure", "-b", "passwd", "bob", "x"], "--prune needs --import"),
    ] {
        sandbox.run(line).is_wrong_call(reason);
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}
