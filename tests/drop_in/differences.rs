//! Where this program differs from Apache's on purpose: one test for each row of `docs/compatibility.md`.
//!
//! Each test says what our program does, and, with `HTPASSWD_UNDER_TEST` set, what Apache's does, so that the table
//! stays honest. Rows that are kept as they are have one half only.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{
    APR1, BCRYPT, DES, Exit, Run, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, TWO_USERS, Terminal, bytes,
    has_tool, hash_of, is_root, original, skipped,
};
use rustix::fs::{CWD, FileType, Mode, OFlags, fcntl_setfl, mknodat};
use rustix::process::Signal;

const FIRST: &str = "New password: ";
const SECOND: &str = "Re-type new password: ";
const TOO_LONG: &str = "htpasswd: password too long (>256)\n";
const WRONG: &str = "password verification failed\n";
/// `{SHA}` of the empty password.
const SHA1_OF_NOTHING: &str = "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=";

/// The content after `alice` was added with `-s` and `secret`.
fn added() -> String {
    format!("{TWO_USERS}alice:{SHA1}\n")
}

/// Refused with this code, with a message of whole lines, and the password file is as it was.
#[track_caller]
fn refused(sandbox: &Sandbox, run: &Run, code: i32) {
    run.exits(code).stdout_is("");
    assert!(run.stderr().ends_with('\n'), "no message of whole lines\n{run}");
    assert_eq!(sandbox.text("passwd"), TWO_USERS, "the file changed\n{run}");
    assert_eq!(sandbox.names(), ["passwd"], "something was left beside the file\n{run}");
}

/// The system calls that change a file, as `strace` takes them; a question mark: not on every processor.
const CHANGES: &str = "write,writev,pwrite64,pwritev,?pwritev2,ftruncate,fallocate,fsync,fdatasync,?unlink,unlinkat,\
                       ?link,linkat,?rename,?renameat,renameat2,?copy_file_range,?sendfile";

fn strace_works() -> bool {
    let works = has_tool("strace", &["-o", "/dev/null", "true"]);
    if !works {
        skipped("strace is not installed or may not trace");
    }
    works
}

/// `count` users with the password `secret`.
fn many_users(count: usize) -> String {
    let record = |number| format!("u{number:03}:{SHA1}\n");
    (0..count).map(record).collect()
}

/// The records of a file in which a blank line is nothing.
fn records(file: &str) -> Vec<String> {
    file.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// Edits that make the file longer at its end, longer near its start, and shorter; each with its user.
const EDITS: [(&[&str], &str); 3] = [
    (&["-bs", "passwd", "alice", "secret"], "alice"),
    (&["-b5", "passwd", "u002", "longer record"], "u002"),
    (&["-D", "passwd", "u002"], "u002"),
];

/// The records of everybody but `user`, if the file holds whole lines.
fn others(file: &str, user: &str) -> Option<Vec<String>> {
    let (lines, prefix) = (records(file), format!("{user}:"));
    let whole = file.ends_with('\n') && lines.iter().all(|line| line.contains(':'));
    whole.then(|| lines.into_iter().filter(|line| !line.starts_with(&prefix)).collect())
}

/// The calls from [`CHANGES`] that an edit makes: each name with 1, 2, … for the first, the second, …
fn changing_calls(before: &str, arguments: &[&str]) -> Vec<(String, usize)> {
    let sandbox = Sandbox::with(before);
    let log = sandbox.root().join("log");
    let trace = format!("trace={CHANGES}");
    let strace = ["strace", "-f", "-e", &trace, "-o", log.to_str().unwrap()];
    sandbox.call(arguments).under(strace).run().exits(0);
    let mut calls = Vec::new();
    for line in fs::read_to_string(log).unwrap().lines() {
        // "1234  write(2, ..."
        let Some((name, _)) = line.split_whitespace().nth(1).and_then(|word| word.split_once('(')) else {
            continue;
        };
        let count = calls.iter().filter(|(other, _)| other == name).count() + 1;
        calls.push((name.to_owned(), count));
    }
    assert!(calls.iter().any(|(name, _)| name.contains("write")), "nothing is written: {calls:?}");
    calls
}

/// Disturbs each call of each edit in this way. Ours keeps every other user, at once and after the next run; the
/// original loses some at some point.
#[track_caller]
fn survives(disturbance: &str, is_end: impl Fn(Exit) -> bool) {
    if !strace_works() {
        return;
    }
    // The original writes each line on its own.
    let before = many_users(if original() { 5 } else { 300 });
    for (arguments, user) in EDITS {
        let mut expected = others(&before, user).unwrap();
        for (name, count) in changing_calls(&before, arguments) {
            let at = format!("{arguments:?}, {disturbance} at {name} number {count}");
            let sandbox = Sandbox::with(&before);
            let (trace, inject) =
                (format!("trace={name}"), format!("inject={name}:{disturbance}:when={count}"));
            let strace = ["strace", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject];
            let run = sandbox.call(arguments).under(strace).run();
            assert!(is_end(run.exit), "{at}\n{run}");
            let found = others(&sandbox.text("passwd"), user);
            if original() {
                if found.is_none_or(|found| found != expected) {
                    return;
                }
                continue;
            }
            assert_eq!(found.as_ref(), Some(&expected), "{at}\n{run}");
            // The next run works, finds everybody and cleans up.
            sandbox.run(["-bs", "passwd", "next", "secret"]).exits(0);
            expected.push(format!("next:{SHA1}"));
            assert_eq!(others(&sandbox.text("passwd"), user).as_ref(), Some(&expected), "after {at}");
            expected.pop();
            assert_eq!(sandbox.names(), ["passwd"], "after {at}");
        }
    }
    assert!(!original(), "the original lost nobody");
}

#[test]
fn d01_a_program_killed_at_any_point_loses_nobody() {
    survives("signal=KILL", |exit| exit == Exit::Signal(9));
}

#[test]
fn d01_a_full_disk_at_any_point_loses_nobody() {
    survives("error=ENOSPC", |exit| matches!(exit, Exit::Code(0 | 1)));
}

#[test]
fn d01_a_failing_disk_at_any_point_loses_nobody() {
    survives("error=EIO", |exit| matches!(exit, Exit::Code(0 | 1)));
}

#[test]
fn d01_a_reader_sees_every_user_all_the_time() {
    if original() {
        // Its readers see an empty file now and then: no test can rely on when.
        return;
    }
    let before = many_users(300);
    let sandbox = Sandbox::with(&before);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0_u32;
            // The limit is for the case that the other thread fails.
            while (!done.load(Ordering::Relaxed) && reads < 1_000_000) || reads == 0 {
                let seen = sandbox.text("passwd");
                assert!(seen.starts_with(&before), "a reader saw {} of {} bytes", seen.len(), before.len());
                reads += 1;
            }
        });
        for _ in 0..30 {
            sandbox.run(["-bs", "passwd", "alice", "secret"]);
            sandbox.run(["-D", "passwd", "alice"]);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(sandbox.text("passwd"), before);
}

#[test]
fn d02_writers_wait_for_each_other() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = File::options().read(true).write(true).open(sandbox.path("passwd")).unwrap();
    file.lock().unwrap();
    let mut waiting = sandbox.call(["-bs", "passwd", "alice", "secret"]).start();
    if original() {
        // It does not look at locks. How many of many writers survive differs from run to run.
        waiting.wait().exits(0);
        assert_eq!(sandbox.text("passwd"), added());
        return;
    }
    thread::sleep(Duration::from_millis(200));
    assert!(!waiting.has_ended(), "the lock of another program is ignored");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    file.unlock().unwrap();
    waiting.wait().exits(0);

    let names: BTreeSet<_> = (0..30).map(|number| format!("user{number}")).collect();
    let adding: Vec<_> =
        names.iter().map(|user| sandbox.call(["-bs", "passwd", user, "secret"]).start()).collect();
    for one in adding {
        one.wait().exits(0);
    }
    let text = sandbox.text("passwd");
    let there: BTreeSet<_> = text.strip_prefix(&added()).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(there, names.iter().map(|user| format!("{user}:{SHA1}")).collect());
}

#[test]
fn d03_a_missing_last_newline_is_supplied() {
    for before in ["bob:x", "bob:x\n# end", "bob:x\n  "] {
        let sandbox = Sandbox::with(before);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        let newline = if original() { "" } else { "\n" };
        assert_eq!(sandbox.text("passwd"), format!("{before}{newline}alice:{SHA1}\n"));
    }
    let sandbox = Sandbox::with("bob:x\r\ncarol:y");
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    let newline = if original() { "" } else { "\r\n" };
    assert!(sandbox.text("passwd").starts_with(&format!("bob:x\r\ncarol:y{newline}alice:{SHA1}")));
}

#[test]
fn d04_lines_of_any_length_are_whole() {
    let comment = format!("#{}\nbob:{SHA1}\n", "c".repeat(299));
    let sandbox = Sandbox::with(&comment);
    let run = sandbox.run(["-bs", "passwd", "alice", "secret"]);
    if original() {
        run.exits(7);
    } else {
        run.exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{comment}alice:{SHA1}\n"));
    }

    // A record at the place where the original begins a new piece is no record.
    let smuggled = format!("#{}root:{SHA1}\n", "c".repeat(254));
    let run = Sandbox::with(smuggled).run(["-vb", "passwd", "root", "secret"]);
    run.exits(if original() { 0 } else { 6 });

    let long = format!("bob:{}\ncarol:y\n", "a:".repeat(4000));
    let sandbox = Sandbox::with(&long);
    let run = sandbox.run(["-D", "passwd", "bob"]);
    if original() {
        run.exits(0);
        assert!(sandbox.text("passwd").len() > 7000, "a junk line is left");
    } else {
        run.exits(0);
        assert_eq!(sandbox.text("passwd"), "carol:y\n");
    }
}

#[test]
fn d05_nul_bytes_are_copied() {
    let before = b"bob:ab\0cd\ncarol:y\n".as_slice();
    let sandbox = Sandbox::with(before);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    let kept = if original() { b"bob:abcarol:y\n".as_slice() } else { before };
    assert_eq!(sandbox.read("passwd"), [kept, b"alice:", SHA1.as_bytes(), b"\n"].concat());

    let sandbox = Sandbox::with(b"carol:a\0b\nbob:x\ndave:y\n");
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    let kept = if original() { b"carol:adave:y\n".as_slice() } else { b"carol:a\0b\ndave:y\n" };
    assert_eq!(sandbox.read("passwd"), kept);
}

#[test]
fn d06_control_characters_in_user_names_are_refused() {
    for user in
        ["eve\nroot", "eve\n", "\neve", "e\rve", "eve\r", "e\x1b[31mve", "e\x7fve", "e\x01ve", "e\tve"]
    {
        let sandbox = Sandbox::with(TWO_USERS);
        for arguments in [["-bs", "passwd", user, "secret"].as_slice(), &["-cbs", "passwd", user, "secret"]] {
            let run = sandbox.run(arguments);
            if original() {
                run.exits(0);
            } else {
                refused(&sandbox, &run, 6);
            }
        }
        sandbox.run(["-nbs", user, "secret"]).exits(if original() { 0 } else { 6 });
        if !original() {
            // Messages show them escaped.
            let run = sandbox.run(["-vb", "passwd", user, "secret"]);
            run.exits(6);
            assert!(!run.stderr().trim_end_matches('\n').contains(char::is_control), "{run}");
        }
    }
    if !original() {
        // Those of ISO 8859 too, which are no part of ASCII, and can be in a name.
        for (user, shown) in [(&b"u\xc2\x9b31m"[..], "u\\u{9b}31m"), (b"u\x9b31m", "u\\x9b31m")] {
            let sandbox = Sandbox::with(TWO_USERS);
            let call =
                |letter: &str| sandbox.run([letter.as_bytes(), b"passwd", user, b"x"].map(OsStr::from_bytes));
            for (letter, said) in [("-bs", "Adding"), ("-bs", "Updating"), ("-cbs", "Adding")] {
                let run = call(letter);
                run.exits(0);
                let line = format!("{said} password for user {shown}");
                assert!(run.stderr().lines().any(|said| said == line), "{run}");
            }
        }
        // And those that nobody sees, or that turn the text around them.
        for (user, shown) in [("al\u{200b}ice", "al\\u{200b}ice"), ("\u{202e}bob", "\\u{202e}bob")] {
            let run = Sandbox::with(TWO_USERS).run(["-bs", "passwd", user, "secret"]);
            run.exits(0).stderr_is(&format!("Adding password for user {shown}\n"));
        }
        let run = Sandbox::new().run(["-\x1b[2J"]);
        run.exits(2);
        assert!(run.stderr().starts_with("htpasswd: illegal option -- \\u{1b}\n"), "{run}");
    }
}

#[test]
fn d07_plain_text_cannot_bring_lines_of_its_own() {
    let password = format!("x\nroot:{SHA1}");
    for password in [password.as_str(), "x\ny", "x\n", "\nx", "x\ry", "x\r"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-bp", "passwd", "eve", password]);
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}eve:{password}\n"));
        } else {
            refused(&sandbox, &run, 2);
        }
    }
    for input in ["x\ny\n", "x\ry\n", "x\0y\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call(["-ip", "passwd", "eve"]).stdin(input).run();
        if original() {
            run.exits(0);
        } else {
            refused(&sandbox, &run, 2);
        }
    }
}

#[test]
fn d08_user_names_that_nobody_finds_again_are_refused() {
    for user in ["#eve", " eve", "\teve", "#", " ", "\u{feff}eve", ""] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-bs", "passwd", user, "secret"]);
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}{user}:{SHA1}\n"));
        } else {
            refused(&sandbox, &run, 6);
        }
        if !user.is_empty() {
            let run = sandbox.run(["-nbs", user, "secret"]);
            run.exits(if original() { 0 } else { 6 });
        }
    }
}

/// White space that servers take off the ends of a name.
const WHITE_SPACE: &str = "\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}\u{feff}";

#[test]
fn d08_user_names_with_white_space_at_an_end_are_refused() {
    for character in WHITE_SPACE.chars() {
        for user in [format!("{character}bob"), format!("bob{character}"), format!("bob{character} ")] {
            for line in [["-bs", "passwd"].as_slice(), &["-cbs", "passwd"], &["-nbs"]] {
                let sandbox = Sandbox::with(TWO_USERS);
                let run = sandbox.run([line, &[&user, "secret"]].concat());
                if original() {
                    run.exits(0);
                } else {
                    refused(&sandbox, &run, 6);
                    run.stderr_has("choose another name");
                    assert!(!run.stderr().contains(FIRST), "{run}");
                }
            }
        }
        if !original() {
            let user = format!("b{character}ob");
            Sandbox::with(TWO_USERS).run(["-bs", "passwd", &user, "secret"]).exits(0);
        }
    }
}

#[test]
fn d08_records_of_such_users_can_be_verified_and_deleted() {
    for character in WHITE_SPACE.chars() {
        for user in [format!("{character}bob"), format!("bob{character}")] {
            // In front of a file, a byte order mark is no part of the name.
            let sandbox = Sandbox::with(format!("carol:x\n{user}:{SHA1}\n"));
            sandbox.run(["-vb", "passwd", &user, "secret"]).exits(0);
            sandbox.run(["-D", "passwd", &user]).exits(0);
            assert_eq!(sandbox.text("passwd"), "carol:x\n");
        }
    }
}

#[test]
fn d08_blanks_at_the_end_of_a_user_name_warn() {
    for user in ["eve ", "eve   "] {
        let sandbox = Sandbox::with(TWO_USERS);
        for (line, said) in [
            (["-bs", "passwd"].as_slice(), "Adding"),
            (&["-bs", "passwd"], "Updating"),
            (&["-cbs", "passwd"], "Adding"),
        ] {
            let run = sandbox.run([line, &[user, "secret"]].concat());
            run.exits(0).stderr_has(&format!("{said} password for user {user}\n"));
            let warnings = run.warnings();
            let is_told = warnings.iter().any(|warning| warning.contains("the user name ends with a blank"));
            assert_eq!(is_told, !original(), "{run}");
        }
        assert_eq!(sandbox.text("passwd"), format!("{user}:{SHA1}\n"));
        sandbox.run(["-vb", "passwd", user, "secret"]).exits(0).does_not_warn();
        let run = sandbox.run(["-nbs", user, "secret"]);
        run.exits(0).stdout_is(&format!("{user}:{SHA1}\n\n"));
        assert_eq!(run.warnings().is_empty(), original(), "{run}");
        sandbox.run(["-D", "passwd", user]).exits(0).does_not_warn();
        assert_eq!(sandbox.text("passwd"), "");
    }
}

#[test]
fn d08_printing_a_hash_for_no_user_works_as_before() {
    // As in `htpasswd -nbB "" secret | tr -d ':\n'`, which many scripts have.
    let run = Sandbox::new().run(["-nbs", "", "secret"]);
    run.exits(0).stdout_is(&format!(":{SHA1}\n\n")).stderr_is("");
}

#[test]
fn d08_old_records_of_such_users_can_be_looked_for_as_before() {
    let before = format!("#eve:{SHA1}\n eve:{SHA1}\n:{SHA1}\nbob:{SHA1}\n");
    let sandbox = Sandbox::with(&before);
    for user in ["#eve", " eve"] {
        sandbox
            .run(["-vb", "passwd", user, "secret"])
            .exits(6)
            .stderr_is(&format!("User {user} not found\n"));
        sandbox.run(["-D", "passwd", user]).exits(0).stderr_is(&format!("User {user} not found\n"));
    }
    assert_eq!(sandbox.text("passwd"), before);
    sandbox.run(["-vb", "passwd", "", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", ""]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("#eve:{SHA1}\n eve:{SHA1}\nbob:{SHA1}\n"));
}

#[test]
fn d09_rounds_out_of_range_are_refused() {
    for (options, rounds) in [
        ("-2", "1"),
        ("-2", "999"),
        ("-5", "1"),
        ("-5", "12"),
        ("-5", "999"),
        ("-2", "1000000000"),
        ("-5", "1000000000"),
    ] {
        for letter in ["-r", "-C"] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run =
                sandbox.call([options, letter, rounds, "passwd", "bob"]).stdin("secret\nsecret\n").run();
            if original() {
                run.exits(0);
                assert_eq!(hash_of(&sandbox.text("passwd"), "bob"), "*0");
            } else {
                refused(&sandbox, &run, 2);
                run.stderr_has("1000").stderr_has("999999999");
                assert!(!run.stderr().contains(FIRST), "asked before the check\n{run}");
            }
        }
    }
}

#[test]
fn d10_numbers_do_not_wrap() {
    for (options, number, range, wrapped) in [
        ("-nbB", "4294967300", ["4", "17"], "$2y$04$"),
        ("-nbB", "4294967296", ["4", "17"], "$2y$05$"),
        ("-nb5", "4294968296", ["1000", "999999999"], "$6$rounds=1000$"),
        ("-nb2", "4294967296", ["1000", "999999999"], "$5$"),
    ] {
        let run = Sandbox::new().run([options, "-C", number, "alice", "secret"]);
        if original() {
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("alice:{wrapped}")), "{run}");
        } else {
            run.exits(2).stdout_is("").stderr_has(range[0]).stderr_has(range[1]);
        }
    }
}

#[test]
fn d11_a_password_longer_than_bcrypt_uses_warns() {
    for (password, cut) in [("x".repeat(72), false), ("x".repeat(73), true), ("é".repeat(36) + "z", true)] {
        let sandbox = Sandbox::with("");
        let argument = sandbox.run(["-bB", "-C", "4", "passwd", "alice", &password]);
        argument.exits(0).stderr_is("Adding password for user alice\n");
        let input = sandbox.call(["-iB", "-C", "4", "passwd", "alice"]).stdin(format!("{password}\n")).run();
        input.exits(0).stderr_is("Updating password for user alice\n");
        for run in [&argument, &input] {
            assert_eq!(run.warnings().iter().any(|line| line.contains("72")), cut && !original(), "{run}");
        }
        assert!(sandbox.verifies("alice", &password));
        assert!(sandbox.verifies("alice", bytes(&password.as_bytes()[..72])));
    }
    // Other schemes use all of it.
    Sandbox::new().run(["-nb", "alice", &"x".repeat(73)]).exits(0).does_not_warn();
}

#[test]
fn d12_a_nul_byte_in_a_password_is_refused() {
    for input in ["sec\0ret\n", "\0secret\n", "secret\0", "secret\0\n"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let typed = format!("{0}\n{0}\n", input.trim_end());
        for run in [
            sandbox.call(["-im", "passwd", "alice"]).stdin(input).run(),
            sandbox.call(["-m", "passwd", "alice"]).stdin(typed).run(),
        ] {
            if original() {
                run.exits(0);
            } else {
                refused(&sandbox, &run, 2);
            }
        }
        if original() {
            assert!(sandbox.verifies("alice", input.split('\0').next().unwrap()));
        }
    }
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.call(["-vi", "passwd", "bob"]).stdin("secret\0more\n").run();
    run.exits(if original() { 0 } else { 2 });
}

#[test]
fn d13_a_line_break_inside_a_password_on_stdin_warns() {
    for (input, inside) in [
        ("secret\nsecret\n", true),
        ("secret\n\n", true),
        ("\nsecret", true),
        ("secret\n", false),
        ("secret\r\n", false),
    ] {
        let sandbox = Sandbox::with("");
        let run = sandbox.call(["-i", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stderr_is("Adding password for user alice\n");
        assert_eq!(!run.warnings().is_empty(), inside && !original(), "{run}");
        let password = input.strip_suffix("\r\n").or_else(|| input.strip_suffix('\n')).unwrap_or(input);
        assert!(sandbox.verifies("alice", password));
    }
}

#[test]
fn d14_an_empty_password_warns() {
    let sandbox = Sandbox::with("");
    let argument = sandbox.run(["-bs", "passwd", "alice", ""]);
    argument.exits(0).stderr_is("Adding password for user alice\n");
    for input in ["\n", "\r\n"] {
        let run = sandbox.call(["-is", "passwd", "alice"]).stdin(input).run();
        run.exits(0).stderr_is("Updating password for user alice\n");
        assert_eq!(run.warnings().is_empty(), original(), "{run}");
    }
    assert_eq!(argument.warnings().is_empty(), original(), "{argument}");
    let lines = sandbox.call(["-s", "passwd", "alice"]).stdin("\n\n").run();
    lines.exits(0);
    assert_eq!(lines.stderr().contains("Warning: "), !original(), "{lines}");
    let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
    terminal.answer(FIRST, "\n");
    terminal.answer(SECOND, "\n");
    terminal.ends(0, "New password: \r\nRe-type new password: \r\nUpdating password for user alice\r\n");
    assert_eq!(terminal.transcript().contains("\nWarning: "), !original(), "{}", terminal.transcript());
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1_OF_NOTHING}\n"));
}

#[test]
fn d14_end_of_input_is_no_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    for run in [
        sandbox.run(["-is", "passwd", "alice"]),
        sandbox.call(["-is", "passwd", "alice"]).stdin("").run(),
        sandbox.run(["-s", "passwd", "alice"]),
        sandbox.call(["-s", "passwd", "alice"]).stdin("").run(),
        // One of the two answers is missing, both are empty.
        sandbox.call(["-s", "passwd", "alice"]).stdin("\n").run(),
        sandbox.call(["-s", "passwd", "alice"]).redirected("<&-").run(),
    ] {
        if original() {
            run.exits(0);
            assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1_OF_NOTHING}\n"));
        } else {
            run.exits(1).stdout_is("");
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{run}");
        }
    }
    for answers in [["\x04", "\x04"], ["\n", "\x04"]] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, ["-s", "passwd", "alice"]);
        terminal.answer(FIRST, answers[0]);
        // Ours may refuse the first end of input at once, or ask for the second answer.
        if terminal.appears(SECOND) {
            terminal.wait_for_echo(false);
            terminal.send(answers[1]);
        }
        let exit = terminal.wait();
        assert_eq!(exit, Exit::Code(i32::from(!original())), "{}", terminal.transcript());
        assert_eq!(sandbox.text("passwd") == TWO_USERS, !original());
    }
}

#[test]
fn d15_ctrl_c_interrupts() {
    for (prompts, options) in [(1, "-s"), (2, "-s"), (1, "-v")] {
        let sandbox = Sandbox::with(TWO_USERS);
        let mut terminal = Terminal::start(&sandbox, [options, "passwd", "bob"]);
        let first = if options == "-v" { "Enter password: " } else { FIRST };
        if original() {
            // It is a part of the password: the program goes on to wait for the end of the line.
            terminal.answer(first, "\x03\n");
            if options != "-v" {
                terminal.answer(SECOND, "\x03\n");
            }
            assert_eq!(terminal.wait(), Exit::Code(if options == "-v" { 3 } else { 0 }));
            assert_eq!(sandbox.verifies("bob", "\x03"), options != "-v");
            continue;
        }
        if prompts == 2 {
            terminal.answer(FIRST, "secret\n");
            terminal.answer(SECOND, "\x03");
        } else {
            terminal.answer(first, "\x03");
        }
        assert_eq!(terminal.wait(), Exit::Code(4), "{}", terminal.transcript());
        assert!(terminal.echoes() && terminal.is_restored());
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn d16_a_signal_at_a_prompt_leaves_the_terminal_as_it_was() {
    // What people, shells and programs send that give up: `perl -e 'alarm 1; exec …'` is one.
    let signals = [
        (Signal::TERM, 15),
        (Signal::HUP, 1),
        (Signal::INT, 2),
        (Signal::QUIT, 3),
        (Signal::USR1, 10),
        (Signal::USR2, 12),
        (Signal::ALARM, 14),
        (Signal::XCPU, 24),
        (Signal::VTALARM, 26),
        (Signal::PROF, 27),
    ];
    for (signal, number) in signals {
        for prompts in [1, 2] {
            let sandbox = Sandbox::new();
            let mut terminal = Terminal::start(&sandbox, ["-c", "passwd", "alice"]);
            if prompts == 2 {
                terminal.answer(FIRST, "secret\n");
                terminal.expect(SECOND);
            } else {
                terminal.expect(FIRST);
            }
            terminal.wait_for_echo(false);
            terminal.signal(signal);
            let exit = terminal.wait();
            if original() {
                assert_eq!(exit, Exit::Signal(number));
                assert!(!terminal.echoes());
                continue;
            }
            if number == 2 {
                assert_eq!(exit, Exit::Code(4));
            } else {
                // Either is 128 and the number for the shell.
                assert!([Exit::Signal(number), Exit::Code(128 + number)].contains(&exit), "{exit:?}");
            }
            assert!(terminal.echoes() && terminal.is_restored(), "after signal {number} at prompt {prompts}");
            assert_eq!(sandbox.names(), Vec::<String>::new());
        }
    }
}

#[test]
fn d17_a_failed_create_leaves_no_file() {
    let directory = |sandbox: &Sandbox| File::open(sandbox.root()).unwrap();
    let sandbox = Sandbox::new();
    let failures: [&dyn Fn() -> Run; 5] = [
        &|| sandbox.call(["-c", "passwd", "alice"]).stdin("one\ntwo\n").run(),
        &|| sandbox.call(["-ci", "passwd", "alice"]).stdin("x".repeat(300)).run(),
        &|| sandbox.call(["-ci", "passwd", "alice"]).stdin_from(directory(&sandbox)).run(),
        &|| sandbox.run(["-cbB", "-C", "18", "passwd", "alice", "secret"]),
        &|| sandbox.call(["-c", "passwd", "alice"]).stdin(format!("{}\n", "x".repeat(300))).run(),
    ];
    for failure in failures {
        let run = failure();
        assert_ne!(run.exit, Exit::Code(0), "{run}");
        if original() {
            assert_eq!(sandbox.text("passwd"), "");
            fs::remove_file(sandbox.path("passwd")).unwrap();
        } else {
            assert_eq!(sandbox.names(), Vec::<String>::new(), "{run}");
        }
    }
}

#[test]
fn d18_create_over_an_existing_file_says_how_many_users_go() {
    let sandbox = Sandbox::with(format!("# staff\n{}", many_users(37)));
    let run = sandbox.run(["-cbs", "passwd", "alice", "secret"]);
    run.exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(run.warnings().iter().any(|line| line.contains("37")), !original(), "{run}");
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    // Nobody goes, nothing to warn of.
    Sandbox::with("# staff\n\n").run(["-cbs", "passwd", "alice", "secret"]).exits(0).does_not_warn();
    Sandbox::new().run(["-cbs", "passwd", "alice", "secret"]).exits(0).does_not_warn();
}

#[test]
fn d19_deleting_a_user_that_is_not_there_is_a_success_as_before() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-D", "passwd", "zed"]).exits(0).stderr_is("User zed not found\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn d20_the_first_record_of_a_user_decides() {
    for (after, code) in
        [(format!("bob:{APR1}x\n"), 3), ("bob:\n".to_owned(), 7), ("garbage\n".to_owned(), 7)]
    {
        let sandbox = Sandbox::with(format!("bob:{SHA1}\n{after}"));
        let run = sandbox.run(["-vb", "passwd", "bob", "secret"]);
        run.exits(if original() { code } else { 0 });
        // What comes before the record counts as it did.
        let sandbox = Sandbox::with(format!("{after}bob:{SHA1}\n"));
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(code);
    }
}

#[test]
fn d21_lost_output_of_n_is_a_failure() {
    let lost = i32::from(!original());
    let sandbox = Sandbox::new();
    sandbox.call(["-nbs", "alice", "secret"]).redirected(">/dev/full").run().exits(lost);
    sandbox.call(["-nbs", "alice", "secret"]).redirected(">&-").run().exits(lost);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = sandbox.call(["-nbs", "alice", "secret"]).after("trap '' PIPE").stdout_to(writer).run();
    run.exits(lost);
}

#[test]
fn d22_closed_standard_error_does_not_reach_the_file() {
    for redirection in ["2>&-", "<&- >&- 2>&-"] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.call(["-bs", "passwd", "alice", "secret"]).redirected(redirection).run().exits(0);
        if original() {
            assert!(
                sandbox.text("passwd").contains("password for user alice\n"),
                "{}",
                sandbox.text("passwd")
            );
            return;
        }
        assert_eq!(sandbox.text("passwd"), added());
    }
}

#[test]
fn d23_a_new_file_has_the_mode_that_the_umask_leaves_as_before() {
    for (umask, mode) in [("022", 0o644), ("000", 0o666), ("077", 0o600)] {
        let sandbox = Sandbox::new();
        sandbox.call(["-cbs", "passwd", "alice", "secret"]).umask(umask).run().exits(0);
        assert_eq!(sandbox.mode("passwd"), mode);
    }
}

#[test]
fn d24_the_default_scheme_and_cost_stay_as_before() {
    let sandbox = Sandbox::with(format!("alice:{BCRYPT}\n"));
    sandbox.run(["-b", "passwd", "alice", "secret"]).exits(0).stderr_is("Updating password for user alice\n");
    assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$apr1$"));
    sandbox.run(["-bB", "passwd", "alice", "secret"]).exits(0);
    assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$2y$05$"));
}

#[test]
fn d25_a_password_argument_stays_in_the_process_list_as_before() {
    if !Path::new("/proc/self/cmdline").exists() {
        skipped("there is no /proc");
        return;
    }
    // The program waits for room in a pipe that is full.
    let (reader, writer) = std::io::pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    loop {
        match (&writer).write(&[b'.'; 4096]) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    let sandbox = Sandbox::new();
    let password = format!("secret of {}", sandbox.root().display());
    let running = sandbox.call(["-nbs", "alice", &password]).stdout_to(writer).start();
    // Not by the number of the process: /proc may be that of the world outside of a container.
    let in_the_list = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let mut lists = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lists.any(|list| list.ends_with(format!("\0-nbs\0alice\0{password}\0").as_bytes()))
    };
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while !in_the_list() {
        assert!(std::time::Instant::now() < deadline, "the program does not start, or hides its arguments");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(100));
    assert!(in_the_list());
    let output = thread::spawn(move || std::io::read_to_string(reader).unwrap());
    running.wait().exits(0);
    assert!(output.join().unwrap().trim_start_matches('.').starts_with("alice:{SHA}"));
}

#[test]
fn d26_costs_above_a_limit_are_named_and_a_broken_record_is_a_mismatch() {
    for cost in ["18", "20"] {
        let sandbox = Sandbox::with(format!("u:{}\n", BCRYPT.replace("$04$", &format!("${cost}$"))));
        let run = sandbox.call(["-vb", "passwd", "u", "secret"]).limit(Duration::from_millis(400)).run();
        // Too long to wait for: cost 18 takes many seconds. The original gives up at once.
        assert_eq!(run.exit, if original() { Exit::Code(9) } else { Exit::TimedOut }, "{run}");
    }
    for (cost, reason) in [("21", "cost 21"), ("31", "cost 31")] {
        let sandbox = Sandbox::with(format!("u:{}\n", BCRYPT.replace("$04$", &format!("${cost}$"))));
        let run = sandbox.run(["-vb", "passwd", "u", "secret"]);
        if original() {
            run.exits(9).stderr_is("Could not verify password: Invalid argument\n");
            continue;
        }
        let said = format!("password verification failed: {reason} is above the limit 20 (--no-limits)\n");
        run.exits(3).stderr_is(&said);
        let line = ["--no-limits", "-vb", "passwd", "u", "secret"];
        let run = sandbox.call(line).limit(Duration::from_millis(400)).run();
        assert_eq!(run.exit, Exit::TimedOut, "{run}");
    }
    let rounds = "$6$rounds=999999999$saltsalt$".to_owned() + &".".repeat(86);
    let sandbox = Sandbox::with(format!("u:{rounds}\n"));
    let run = sandbox.call(["-vb", "passwd", "u", "secret"]).limit(Duration::from_millis(400)).run();
    if original() {
        assert_eq!(run.exit, Exit::TimedOut, "{run}");
    } else {
        run.exits(3).stderr_has("999999999 rounds are above the limit 50000000 (--no-limits)");
    }
    let broken =
        [BCRYPT.replace("$04$", "$03$"), BCRYPT.replace("abcd", "abc!"), BCRYPT.replace("2y$04", "2a$32")];
    for hash in broken {
        let run = Sandbox::with(format!("u:{hash}\n")).run(["-vb", "passwd", "u", "secret"]);
        if original() {
            run.exits(9).stderr_is("Could not verify password: Invalid argument\n");
        } else {
            run.exits(3).stderr_is(WRONG);
        }
    }
}

#[test]
fn d27_hashes_are_not_copied_to_the_temporary_directory() {
    let before = many_users(500);
    let sandbox = Sandbox::with(&before);
    // A limit on the size of files kills the program while it writes.
    let run = sandbox.call(["-bs", "passwd", "alice", "secret"]).after("ulimit -c 0; ulimit -f 8").run();
    assert_ne!(run.exit, Exit::Code(0), "{run}");
    assert_eq!(sandbox.text("passwd"), before);
    if original() {
        assert_eq!(run.exit, Exit::Signal(25));
        assert!(sandbox.temporary_names().iter().any(|name| name.starts_with("htpasswd.tmp.")));
        return;
    }
    assert_eq!(sandbox.temporary_names(), Vec::<String>::new());
    // The next run works and cleans up.
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(records(&sandbox.text("passwd")), records(&format!("{before}alice:{SHA1}\n")));
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn d28_a_plain_text_record_does_not_verify_and_the_message_says_why() {
    for password in ["secret", "s", "a password of some length"] {
        let sandbox = Sandbox::with(format!("u:{password}\n"));
        let run = sandbox.run(["-vb", "passwd", "u", password]);
        run.exits(3).stderr_has("password verification failed");
        if original() {
            run.stderr_is(WRONG);
        } else {
            assert!(run.stderr().to_lowercase().contains("plain"), "{run}");
        }
    }
}

#[test]
fn d29_unknown_long_options_are_refused() {
    for word in ["--nonsense", "---", "--bcrypt12", "--no"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["-b", word, "passwd", "alice", "secret"]);
        if original() {
            run.exits(0).stderr_is("Adding password for user alice\n");
        } else {
            refused(&sandbox, &run, 2);
        }
    }
}

#[test]
fn d29_a_dash_among_letters_is_refused() {
    for (arguments, first) in [(["-nbs-", "x"].as_slice(), "-nbs-"), (&["-n", "-bs-", "x"], "-bs-")] {
        let run = Sandbox::new().run(arguments);
        if original() {
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("{first}:{{SHA}}")), "{run}");
        } else {
            run.is_usage_error_after("htpasswd: illegal option -- -\n");
        }
    }
}

#[test]
fn d29_every_letter_has_a_long_name() {
    let sandbox = Sandbox::with(TWO_USERS);
    if original() {
        sandbox.run(["-b", "--bcrypt", "passwd", "alice", "secret"]).exits(0);
        assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with("$apr1$"));
        sandbox.run(["-b", "--bcrypt", "--cost=12", "passwd", "alice", "secret"]).is_usage_error();
        return;
    }
    for (options, start) in [
        (["--md5"].as_slice(), "$apr1$"),
        (&["--sha256"], "$5$"),
        (&["--sha512"], "$6$"),
        (&["--bcrypt"], "$2y$05$"),
        (&["--bcrypt", "--cost=4"], "$2y$04$"),
        (&["--cost", "4", "--bcrypt"], "$2y$04$"),
        (&["--sha512", "--rounds=1000"], "$6$rounds=1000$"),
        (&["--rounds", "1000", "--sha256"], "$5$rounds=1000$"),
        (&["--bcrypt", "--rounds", "6", "-C4"], "$2y$04$"),
        (&["--sha1"], SHA1),
        (&["--plain"], "secret\n"),
        (&["--md5", "-B", "--sha1"], SHA1),
    ] {
        for words in [["--stdout", "--batch"].as_slice(), &["-nb"]] {
            let run = sandbox.run([words, options, &["alice", "secret"]].concat());
            run.exits(0);
            assert!(run.stdout().starts_with(&format!("alice:{start}")), "{options:?}\n{run}");
        }
    }
    let run = sandbox.run(["--stdout", "--batch", "--crypt", "alice", "secret"]);
    run.exits(0);
    assert_eq!(run.stdout().len(), "alice:".len() + DES.len() + 2, "{run}");
    sandbox.call(["--stdin", "--sha1", "passwd", "alice"]).stdin("secret\n").run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.run(["--verify", "--batch", "passwd", "alice", "secret"]).exits(0);
    sandbox.run(["--delete", "passwd", "alice"]).exits(0);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
    sandbox.run(["--create", "--batch", "--sha1", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    sandbox.run(["--create", "--delete", "passwd", "alice"]).exits(2);
    sandbox.run(["--bcrypt", "--cost=x", "--stdout", "alice"]).exits(2);
    sandbox.run(["-nb", "--bcrypt", "--cost"]).exits(2);
}

#[test]
fn d29_help_and_version_are_on_standard_output() {
    for (word, part) in [("--help", "Usage:"), ("--version", "htpasswd")] {
        let run = Sandbox::new().run([word]);
        if original() {
            run.is_usage_error();
        } else {
            run.exits(0).stderr_is("");
            assert!(run.stdout().contains(part), "{run}");
        }
    }
}

#[test]
fn d30_the_limit_of_a_password_is_255_bytes_wherever_it_comes_from() {
    let (longest, too_long) = ("x".repeat(255), "x".repeat(256));
    let sandbox = Sandbox::with(TWO_USERS);
    let argument = sandbox.run(["-b", "passwd", "alice", &too_long]);
    let inputs = ["", "\n", "\r\n"]
        .map(|end| sandbox.call(["-i", "passwd", "alice"]).stdin(format!("{too_long}{end}")).run());
    let prompt = sandbox.call(["passwd", "alice"]).stdin(format!("{too_long}\n{too_long}\n")).run();
    if original() {
        argument.exits(5).stderr_is("htpasswd: password too long (> 256)\n");
        prompt.exits(0);
        // The line end counts.
        sandbox
            .call(["-i", "passwd", "alice"])
            .stdin(format!("{longest}\n"))
            .run()
            .exits(5)
            .stderr_is(TOO_LONG);
        return;
    }
    argument.exits(5).stderr_is(TOO_LONG);
    for input in inputs {
        input.exits(5).stderr_is(TOO_LONG);
    }
    prompt.exits(5).stderr_is(&format!("{FIRST}{TOO_LONG}"));
    let mut terminal = Terminal::start(&sandbox, ["passwd", "alice"]);
    terminal.answer(FIRST, format!("{too_long}\n"));
    terminal.ends(5, "New password: \r\nhtpasswd: password too long (>256)\r\n");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);

    for end in ["", "\n", "\r\n"] {
        sandbox.call(["-i", "passwd", "alice"]).stdin(format!("{longest}{end}")).run().exits(0);
        assert!(sandbox.verifies("alice", &longest));
    }
    sandbox.run(["-vb", "passwd", "alice", &too_long]).exits(5);
    sandbox.call(["-vi", "passwd", "alice"]).stdin(format!("{longest}\n")).run().exits(0);
    let run = sandbox.call(["-vi", "passwd", "alice"]).stdin(format!("{too_long}\n")).run();
    run.exits(5).stderr_is("password too long (>256)\n");
}

#[test]
fn d31_create_on_a_fifo_does_not_hang() {
    let sandbox = Sandbox::new();
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let limit = Duration::from_millis(if original() { 300 } else { 10_000 });
    let run = sandbox.call(["-cbs", "passwd", "alice", "secret"]).limit(limit).run();
    if original() {
        assert_eq!(run.exit, Exit::TimedOut);
    } else {
        run.exits(1).stdout_is("").stderr_is("htpasswd: cannot create file passwd\n");
    }
    assert!(fs::metadata(sandbox.path("passwd")).unwrap().file_type().is_fifo());
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn d32_fields_after_the_hash_do_not_count_and_stay() {
    for hash in [SHA1, APR1, DES, BCRYPT, SHA256_CRYPT, SHA512_CRYPT] {
        let sandbox = Sandbox::with(format!("bob:{hash}:Bob Smith:bob@example.org\nx:y:z\n"));
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(if original() { 3 } else { 0 });
        sandbox.run(["-vb", "passwd", "bob", "wrong"]).exits(3);
        sandbox.run(["-bs", "passwd", "bob", "new"]).exits(0).stderr_is("Updating password for user bob\n");
        let fields = if original() { "" } else { ":Bob Smith:bob@example.org" };
        let file = sandbox.text("passwd");
        assert!(file.starts_with("bob:{SHA}") && file.ends_with(&format!("={fields}\nx:y:z\n")), "{file}");
    }
}

#[test]
fn d33_line_ends_and_indentation_stay_on_update() {
    for (before, ours, theirs) in [
        ("bob:x\r\ncarol:y\r\n", "bob:HASH\r\ncarol:y\r\n", "bob:HASH\ncarol:y\r\n"),
        ("  bob:x\ncarol:y\n", "  bob:HASH\ncarol:y\n", "bob:HASH\ncarol:y\n"),
        ("carol:y\n\t bob:x\r\n", "carol:y\n\t bob:HASH\r\n", "carol:y\nbob:HASH\n"),
        ("carol:y\r\nbob:x", "carol:y\r\nbob:HASH\r\n", "carol:y\r\nbob:HASH\n"),
        ("carol:y\nbob:x", "carol:y\nbob:HASH\n", "carol:y\nbob:HASH\n"),
    ] {
        let sandbox = Sandbox::with(before);
        sandbox
            .run(["-bs", "passwd", "bob", "secret"])
            .exits(0)
            .stderr_is("Updating password for user bob\n");
        let expected = if original() { theirs } else { ours };
        assert_eq!(sandbox.text("passwd"), expected.replace("HASH", SHA1));
    }
}

#[test]
fn d34_a_byte_order_mark_does_not_hide_the_first_user() {
    let before = format!("\u{feff}bob:{SHA1}\ncarol:y\n");
    let sandbox = Sandbox::with(&before);
    sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(if original() { 6 } else { 0 });
    let run = sandbox.run(["-bs", "passwd", "bob", "secret"]);
    if original() {
        run.exits(0).stderr_is("Adding password for user bob\n");
        assert_eq!(sandbox.text("passwd"), format!("{before}bob:{SHA1}\n"));
        return;
    }
    run.exits(0).stderr_is("Updating password for user bob\n");
    assert_eq!(sandbox.text("passwd"), before);
    // A comment behind it is a comment.
    let sandbox = Sandbox::with("\u{feff}# users\n");
    sandbox.run(["-bs", "passwd", "bob", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("\u{feff}# users\nbob:{SHA1}\n"));
}

#[test]
fn d35_a_write_is_flushed_to_the_disk() {
    if !strace_works() {
        return;
    }
    let sandbox = Sandbox::with(TWO_USERS);
    let log = sandbox.root().join("log");
    let strace = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,?sync_file_range,?syncfs", "-o"];
    let strace = strace.into_iter().map(Into::into).chain([log.clone().into_os_string()]);
    sandbox.call(["-bs", "passwd", "alice", "secret"]).under(strace).run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    let log = fs::read_to_string(log).unwrap();
    let synced = log
        .lines()
        .any(|line| line.contains("sync(") && line.contains("/work/passwd>") && line.ends_with("= 0"));
    assert_eq!(synced, !original(), "{log}");
}

#[test]
fn d36_a_user_name_may_be_255_bytes_long_with_every_scheme() {
    let user = "u".repeat(255);
    for options in [
        ["-b"].as_slice(),
        &["-bB", "-C", "4"],
        &["-b2"],
        &["-b5"],
        &["-b5r1000"],
        &["-bd"],
        &["-bs"],
        &["-bp"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([options, &["passwd", &user, "secret"]].concat());
        if original() {
            run.exits(5).stderr_has("htpasswd: resultant record too long\n");
            continue;
        }
        run.exits(0);
        if options != ["-bp"] {
            sandbox.run(["-vb", "passwd", &user, "secret"]).exits(0);
        }
        sandbox.run(["-D", "passwd", &user]).exits(0);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
    // The longest record there is.
    let run = Sandbox::new().run(["-nbp", &user, &"p".repeat(255)]);
    if original() {
        run.exits(5).stderr_has("htpasswd: resultant record too long\n");
    } else {
        run.exits(0).stdout_is(&format!("{user}:{}\n\n", "p".repeat(255)));
    }
}

#[test]
fn d37_n_given_twice_is_n() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-nnbs", "alice", "secret"]);
    let crash = sandbox.call(["-nnb", "alice"]).after("ulimit -c 0").run();
    if original() {
        run.is_usage_error();
        assert_eq!(crash.exit, Exit::Signal(11));
        return;
    }
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n\n")).stderr_is("");
    crash.is_usage_error();
    sandbox.run(["-nn"]).is_usage_error();
    sandbox.run(["-n", "-n", "-bns", "alice", "secret"]).exits(0).stdout_is(&format!("alice:{SHA1}\n\n"));
}

#[test]
fn d38_a_password_typed_for_i_is_not_shown() {
    let sandbox = Sandbox::with(TWO_USERS);
    let mut terminal = Terminal::start(&sandbox, ["-i", "passwd", "alice"]);
    if !original() {
        terminal.wait_for_echo(false);
    }
    terminal.send("TopSecret\n\x04");
    assert_eq!(terminal.wait(), Exit::Code(0), "{}", terminal.transcript());
    assert_eq!(terminal.transcript().contains("TopSecret"), original(), "{}", terminal.transcript());
    assert!(terminal.echoes() && terminal.is_restored());
    assert!(sandbox.verifies("alice", "TopSecret"));
}

#[test]
fn d39_verifying_without_file_does_not_advise_to_create_one() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-vb", "none", "bob", "secret"]);
    if original() {
        run.exits(1).stderr_is("htpasswd: cannot modify file none; use '-c' to create it\n");
    } else {
        run.exits(1).stderr_is("htpasswd: cannot open file none for read access\n");
    }
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn d39_verifying_reads_pipes() {
    let sandbox = Sandbox::new();
    for (password, code) in [("secret", 0), ("wrong", 3)] {
        let run = sandbox.call(["-vb", "/dev/stdin", "bob", password]).stdin(TWO_USERS).run();
        run.exits(if original() { 1 } else { code });
    }
    if original() {
        // Nobody would read what is written into the FIFO.
        return;
    }
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let path = sandbox.path("passwd");
    let writer = thread::spawn(move || fs::write(path, TWO_USERS));
    sandbox.run(["-vb", "passwd", "carol", "secret"]).exits(0);
    writer.join().unwrap().unwrap();
}

#[test]
fn d39_verifying_a_fifo_that_nobody_writes_to_ends() {
    let sandbox = Sandbox::new();
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    let run = sandbox.call(["-vb", "passwd", "bob", "secret"]).limit(Duration::from_secs(12)).run();
    run.exits(1).stdout_is("");
    assert_eq!(run.stderr().contains("use '-c' to create it"), original(), "{run}");
}

#[test]
fn d40_a_cost_that_bcrypt_does_not_have_is_refused_before_the_prompts() {
    for cost in ["1", "2", "3", "18", "31", "32", "99", "5000", "2147483647", "99999999999999999999"] {
        let sandbox = Sandbox::with(TWO_USERS);
        for mode in ["-BC", "-cBC"] {
            let run = sandbox.call([mode, cost, "passwd", "alice"]).stdin("secret\nsecret\n").run();
            if original() {
                run.exits(3)
                    .stderr_has("Unable to encode with bcrypt: Invalid argument\n")
                    .stderr_has(SECOND);
            } else {
                refused(&sandbox, &run, 2);
                run.stderr_has("4").stderr_has("17");
                assert!(!run.stderr().contains(FIRST), "asked before the check\n{run}");
            }
        }
    }
}

#[test]
fn d41_messages_are_whole_lines() {
    let message = "htpasswd: The file passwd does not appear to be a valid htpasswd file.\n";
    for (arguments, glued) in [
        (["-bs", "passwd", "bob", "secret"].as_slice(), "Updating "),
        (&["-D", "passwd", "bob"], "Deleting "),
    ] {
        let sandbox = Sandbox::with("bob:x\ngarbage\n");
        let run = sandbox.run(arguments);
        run.exits(7);
        assert_eq!(sandbox.text("passwd"), "bob:x\ngarbage\n");
        if original() {
            run.stderr_is(&format!("{glued}{message}"));
        } else {
            let cause = ": line 2 has no colon; the file is untouched\n";
            let message = message.replace(".\n", cause);
            assert!(run.stderr().split_inclusive('\n').any(|line| line == message), "{run}");
            assert!(run.stderr().ends_with('\n'), "{run}");
        }
    }

    let before = many_users(500);
    let sandbox = Sandbox::with(&before);
    let limit = "ulimit -f 8; trap '' XFSZ";
    let run = sandbox.call(["-bs", "passwd", "alice", "secret"]).after(limit).run();
    run.exits(1);
    assert_eq!(run.stderr().ends_with('\n'), !original(), "{run}");
    assert_eq!(sandbox.text("passwd"), before);
}

#[test]
fn d42_unreadable_input_is_called_that() {
    let sandbox = Sandbox::with(TWO_USERS);
    let directory = File::open(sandbox.root()).unwrap();
    for run in [
        sandbox.call(["-is", "passwd", "alice"]).stdin_from(directory).run(),
        sandbox.call(["-is", "passwd", "alice"]).redirected("<&-").run(),
    ] {
        if original() {
            run.exits(5).stderr_is(TOO_LONG);
        } else {
            refused(&sandbox, &run, 1);
            assert!(!run.stderr().contains("too long"), "{run}");
        }
    }
}

#[test]
fn d43_salted_sha1_verifies() {
    // "secret" with the salts "salt", "saltsalt" and none.
    for hash in [
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
        "{SSHA}1G904nLkTkGWjKNnQuB/hpWXC/hzYWx0c2FsdA==",
        "{SSHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    ] {
        let sandbox = Sandbox::with(format!("u:{hash}\n"));
        sandbox.run(["-vb", "passwd", "u", "secret"]).exits(if original() { 3 } else { 0 });
        sandbox.run(["-vb", "passwd", "u", "wrong"]).exits(3).stderr_is(WRONG);
    }
    for broken in [
        "{SSHA}",
        "{SSHA}AAAA",
        "{ssha}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0x",
    ] {
        let run = Sandbox::with(format!("u:{broken}\n")).run(["-vb", "passwd", "u", "secret"]);
        run.exits(3).stderr_is(WRONG);
    }
}

#[test]
fn d47_a_file_error_names_its_cause_on_the_same_line() {
    let sandbox = Sandbox::with("no colon\n");
    fs::create_dir(sandbox.path("directory")).unwrap();
    for (arguments, code, sentence, cause) in [
        (
            &["-cbs", "no/passwd", "bob", "x"][..],
            1,
            "cannot create file no/passwd",
            "No such file or directory",
        ),
        (
            &["-vb", "none", "bob", "x"],
            1,
            "cannot open file none for read access",
            "No such file or directory",
        ),
        (
            &["-bs", "passwd", "bob", "x"],
            7,
            "The file passwd does not appear to be a valid htpasswd file",
            "line 1 has no colon; the file is untouched",
        ),
    ] {
        let run = sandbox.run(arguments);
        if original() {
            assert!(!run.stderr().contains(cause), "{run}");
        } else {
            run.exits(code).stdout_is("");
            assert_eq!(run.stderr(), format!("htpasswd: {sentence}: {cause}\n"), "{run}");
        }
    }
}

#[test]
fn d52_a_record_is_not_joined_with_a_line_that_ends_in_a_backslash() {
    for (before, between) in [
        ("# keep \\\n", "\n"),
        ("# keep \\\r\n", "\r\n"),
        ("# keep \\\\\n", "\n\n"),
        ("bob:x\\\n", "\n"),
        ("bob:x:gecos\\\n", "\n"),
        ("# keep \\\n\n", ""),
        ("# keep \\\n# end\n", ""),
    ] {
        let between = if original() { "" } else { between };
        let sandbox = Sandbox::with(before);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"), "added");

        for hash in ["x", SHA1] {
            let sandbox = Sandbox::with(format!("{before}alice:{hash}\ncarol:y\n"));
            sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
            let after = format!("{before}{between}alice:{SHA1}\ncarol:y\n");
            assert_eq!(sandbox.text("passwd"), after, "updated");
        }

        let sandbox = Sandbox::with(format!("{before}dave:x\nalice:{SHA1}\n"));
        sandbox.run(["-D", "passwd", "dave"]).exits(0);
        assert_eq!(sandbox.text("passwd"), format!("{before}{between}alice:{SHA1}\n"), "deleted");
    }
}

#[test]
fn d52_a_plain_text_password_that_ends_in_a_backslash_is_refused() {
    for password in ["\\", "abc\\", "a:b\\\\"] {
        for (line, input) in [
            (["-bp", "passwd", "eve", password].as_slice(), String::new()),
            (&["-ip", "passwd", "eve"], format!("{password}\n")),
            (&["-p", "passwd", "eve"], format!("{password}\n{password}\n")),
            (&["-nbp", "eve", password], String::new()),
        ] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = sandbox.call(line).stdin(input).run();
            if original() {
                run.exits(0);
            } else {
                refused(&sandbox, &run, 2);
                run.stderr_has("a plain-text password cannot end in a backslash");
            }
        }
    }
}

#[test]
fn d53_root_follows_no_link_that_another_user_planted() {
    if !is_root() {
        skipped("only root can give links away");
        return;
    }
    for (owner, target_owner) in [(12345, 0), (12345, 12345), (0, 12345), (0, 0)] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.set_mode(".", 0o777);
        std::os::unix::fs::symlink("passwd", sandbox.path("link")).unwrap();
        std::os::unix::fs::lchown(sandbox.path("link"), Some(owner), None).unwrap();
        std::os::unix::fs::chown(sandbox.path("passwd"), Some(target_owner), None).unwrap();
        let run = sandbox.run(["-bs", "link", "carol", "secret"]);
        if owner != target_owner && owner != 0 && !original() {
            let cause = "a link on the way is owned by another user (UID 12345), and others can write to its directory";
            let line = format!("htpasswd: cannot open file link for read/write access: {cause}\n");
            run.exits(1).stderr_is(&line);
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        } else {
            run.exits(0);
            assert!(sandbox.text("passwd").contains("bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), "{run}");
        }
    }
}
