//! The points in which htpasswd.exe differs from the program for Linux: names of devices, line ends, encodings, and
//! options that have no meaning on Windows.

use std::ffi::OsStr;

use super::sandbox;
use super::support::{SHA1, TWO_USERS, bytes};

#[test]
fn names_of_devices_and_streams_are_rejected() {
    for name in ["NUL", "nul.txt", "CON", "con ", "AUX", "PRN", "COM1", "LPT9", "CONIN$", "passwd:hidden"] {
        for arguments in [["-bs", name, "alice", "secret"], ["-cbs", name, "alice", "secret"]] {
            let sandbox = sandbox(TWO_USERS);
            let run = sandbox.run(arguments);
            run.exits(1).stdout_is("");
            let cause =
                if name.contains(':') { "names a stream of a file" } else { "is the name of a device" };
            run.stderr_has(cause);
            assert_eq!(sandbox.names(), ["passwd"], "{name}");
            assert_eq!(sandbox.text("passwd"), TWO_USERS, "{name}");
        }
    }
}

#[test]
fn options_without_a_meaning_on_windows_are_wrong_calls() {
    let sandbox = sandbox(TWO_USERS);
    for arguments in [
        &["--mode", "640", "-cbs", "new", "alice", "secret"][..],
        &["--group", "root", "-cbs", "new", "alice", "secret"],
        &["--password-fd", "0", "-s", "passwd", "alice"],
    ] {
        let run = sandbox.run(arguments);
        run.exits(2).stdout_is("").stderr_has("Windows");
        assert_eq!(run.stderr().lines().count(), 2, "{run}");
        assert_eq!(sandbox.names(), ["passwd"]);
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn files_and_records_have_line_feeds() {
    let sandbox = sandbox("");
    sandbox.run(["-cbs", "new", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("new"), format!("alice:{SHA1}\n"));
    sandbox.run(["-nbs", "alice", "secret"]).exits(0).stdout_is(&format!("alice:{SHA1}\n\n"));
}

/// A new record has a line feed alone, as on Linux.
#[test]
fn carriage_returns_of_existing_records_stay() {
    let sandbox = sandbox(TWO_USERS.replace('\n', "\r\n"));
    sandbox.run(["-bs", "passwd", "carol", "secret"]).exits(0);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("carol:{SHA1}\r\nalice:{SHA1}\n"));
}

#[test]
fn user_names_are_utf_8_in_the_file() {
    let sandbox = sandbox("");
    for user in ["jürgen", "Ωmega", "山田", "🐎"] {
        sandbox.run(["-bs", "passwd", user, "pässwörd"]).exits(0);
        assert!(sandbox.verifies(user, "pässwörd"), "{user}");
        assert!(!sandbox.verifies(user, "password"), "{user}");
    }
    let listed = sandbox.run(["--list", "passwd"]).exits(0).stdout();
    for user in ["jürgen", "Ωmega", "山田", "🐎"] {
        assert!(sandbox.text("passwd").contains(&format!("{user}:{{SHA}}")), "{user}");
        assert!(listed.contains(user), "{listed}");
    }
}

#[test]
fn a_file_can_have_a_name_in_unicode_and_a_path_with_backslashes() {
    let sandbox = sandbox("");
    sandbox.run(["-cbs", "пароли", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("пароли"), format!("alice:{SHA1}\n"));
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    sandbox.run(["-cbs", "folder\\users", "alice", "secret"]).exits(0);
    assert_eq!(std::fs::read_to_string(sandbox.path("folder/users")).unwrap(), format!("alice:{SHA1}\n"));
    sandbox.run(["-cbs", "missing\\users", "alice", "secret"]).exits(1).stderr_has("missing");
}

/// Wine reads these arguments as UTF-8, and makes other characters of other bytes.
#[test]
fn an_argument_that_is_not_unicode_does_not_damage_the_file() {
    let sandbox = sandbox(TWO_USERS);
    let user = bytes(b"al\xffice");
    sandbox.run([OsStr::new("-bs"), "passwd".as_ref(), &user, "secret".as_ref()]);
    let text = sandbox.read("passwd");
    assert!(text.starts_with(TWO_USERS.as_bytes()));
    assert!(str::from_utf8(&text).is_ok(), "{}", text.escape_ascii());
}

#[test]
fn standard_input_may_have_a_byte_order_mark_and_carriage_returns() {
    for input in ["secret", "secret\n", "secret\r\n", "\u{feff}secret\r\n"] {
        let sandbox = sandbox("");
        sandbox.call(["-is", "passwd", "alice"]).stdin(input).run().exits(0);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"), "{input:?}");
    }
    for input in ["alice:secret\r\nbob:secret\r\n", "\u{feff}alice:secret\r\nbob:secret\r\n"] {
        let sandbox = sandbox("");
        sandbox.call(["--import", "-s", "passwd"]).stdin(input).run().exits(0);
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\nbob:{SHA1}\n"), "{input:?}");
    }
}

#[test]
fn a_file_of_windows_powershell_is_found_and_fixed() {
    let text: Vec<u8> = std::iter::once(0xfeff)
        .chain(TWO_USERS.replace('\n', "\r\n").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let sandbox = sandbox(&text);
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(7).stderr_has("Windows PowerShell");
    assert_eq!(sandbox.read("passwd"), text);
    sandbox.run(["--check", "--fix", "passwd"]);
    assert_eq!(sandbox.text("passwd").replace('\r', ""), TWO_USERS);
}

#[test]
fn journals_and_incomplete_files_leave_no_trace_beside_the_file() {
    let sandbox = sandbox(TWO_USERS);
    sandbox.run(["-cbs", "new", "alice", "secret"]).exits(0);
    sandbox.run(["-bs", "passwd", "carol", "secret"]).exits(0);
    sandbox.run(["-D", "passwd", "bob"]).exits(0);
    assert_eq!(sandbox.names(), ["new", "passwd"]);
    assert_eq!(sandbox.text("passwd"), format!("carol:{SHA1}\n"));
}

#[test]
fn without_a_console_a_prompt_reads_standard_input() {
    let sandbox = sandbox("");
    sandbox.call(["-s", "passwd", "alice"]).stdin("secret\r\nsecret\r\n").run().exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    sandbox.call(["-s", "passwd", "bob"]).stdin("secret\nother\n").run().exits(3);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}
