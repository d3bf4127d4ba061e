//! `--import` with other options: valid combinations, and calls that are rejected before a file is read.

use crate::support::import::{import, imported, summary};
use crate::support::{SHA1, Sandbox, TWO_USERS};

/// Asserts that `--import` works, so that a test of rejected calls cannot pass because the option is missing.
#[track_caller]
fn assert_import_exists() {
    imported(&["-s"], "alice:secret\n", 1);
}

/// Asserts that the call exits with 2 and changes nothing, and that the reason is not an unknown option.
#[track_caller]
fn is_wrong(args: &[&str]) {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.write("users", "alice:secret\n");
    let run = sandbox.call(args).stdin("alice:secret\n").run();
    run.exits(2).stdout_is("");
    assert!(!run.stderr().contains("unknown option"), "{args:?}\n{run}");
    assert!(run.stderr().ends_with("Try 'htpasswd --help'.\n"), "{args:?}\n{run}");
    assert_eq!(sandbox.text("passwd"), TWO_USERS, "{args:?}");
    assert_eq!(sandbox.names(), ["passwd", "users"], "{args:?}");
}

#[test]
fn options_may_come_before_and_after_import() {
    for options in [
        ["--import", "-s", "--keep-going"].as_slice(),
        &["-s", "--import", "--keep-going"],
        &["--keep-going", "-s", "--import"],
        &["--import-format=lines", "--import", "-Bs"],
        &["--import-format", "lines", "--sha1", "--import"],
        &["--import", "--import", "-s"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.call([options, &["passwd"]].concat()).stdin("alice:secret\n").run();
        run.exits(0).stderr_is(&summary(1, 0, 0, 0));
        assert_eq!(sandbox.text("passwd"), format!("{TWO_USERS}alice:{SHA1}\n"), "{options:?}");
    }
}

#[test]
fn a_double_dash_ends_the_options_of_an_import() {
    let sandbox = Sandbox::new();
    sandbox.write("-s", TWO_USERS);
    let run = sandbox.call(["--import", "-s", "--", "-s"]).stdin("alice:secret\n").run();
    run.exits(0).stderr_is("Imported -s: 1 added, 0 updated, 0 unchanged, 0 rejected\n");
    assert_eq!(sandbox.text("-s"), format!("{TWO_USERS}alice:{SHA1}\n"));
}

#[test]
fn options_after_the_first_operand_are_rejected() {
    assert_import_exists();
    is_wrong(&["--import", "passwd", "-s", "users"]);
    is_wrong(&["--import", "passwd", "users", "--keep-going"]);
}

#[test]
fn other_modes_and_password_sources_conflict_with_import() {
    assert_import_exists();
    for option in ["-n", "-D", "-v", "-b", "-i", "--stdout", "--delete", "--verify", "--batch", "--stdin"] {
        for options in [[option, "--import", "-s"], ["--import", "-s", option]] {
            for operands in [["passwd"].as_slice(), &["passwd", "users"], &["passwd", "users", "secret"]] {
                is_wrong(&[options.as_slice(), operands].concat());
            }
        }
    }
}

#[test]
fn import_options_need_import() {
    assert_import_exists();
    for options in
        [["--hashed"].as_slice(), &["--keep-going"], &["--import-format", "lines"], &["--import-format=csv"]]
    {
        for (mode, operands) in [
            ("-bs", ["passwd", "alice", "secret"].as_slice()),
            ("-s", &["passwd", "alice"]),
            ("-D", &["passwd", "bob"]),
            ("-vb", &["passwd", "bob", "secret"]),
            ("-nbs", &["alice", "secret"]),
        ] {
            is_wrong(&[options, &[mode], operands].concat());
        }
    }
}

#[test]
fn a_wrong_number_of_operands_is_rejected() {
    assert_import_exists();
    is_wrong(&["--import"]);
    is_wrong(&["--import", "-s"]);
    is_wrong(&["--import", "-s", "passwd", "users", "users"]);
    is_wrong(&["--import", "-cs", "passwd", "-", "users"]);
}

#[test]
fn unknown_formats_are_rejected() {
    assert_import_exists();
    for format in ["xml", "", "line", "csv ", "tsv", "users"] {
        is_wrong(&["--import", "-s", "--import-format", format, "passwd"]);
        is_wrong(&["--import", "-s", &format!("--import-format={format}"), "passwd", "users"]);
    }
    is_wrong(&["--import", "-s", "--import-format"]);
}

#[test]
fn values_of_flags_are_rejected() {
    assert_import_exists();
    for option in ["--import=users", "--hashed=yes", "--keep-going=1"] {
        is_wrong(&["--import", option, "passwd"]);
    }
}

#[test]
fn numbers_out_of_range_are_rejected() {
    assert_import_exists();
    for options in [
        ["-B", "-C", "3"].as_slice(),
        &["-B", "-C", "18"],
        &["-B", "-C", "x"],
        &["-5", "-r", "999"],
        &["-2", "-r", "1000000000"],
        &["-s", "-C", "0"],
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let single = sandbox.run([&["-b"], options, &["passwd", "alice", "secret"]].concat());
        // The list has an invalid line, but the call is rejected before the list is read.
        let run = import(&sandbox, options, "hunter2\n");
        run.exits(2).stdout_is("");
        assert_eq!(run.stderr(), single.stderr(), "{options:?}");
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn too_long_file_names_are_rejected() {
    assert_import_exists();
    let run = Sandbox::new().call(["--import", "-s", &"f".repeat(4096)]).stdin("alice:secret\n").run();
    run.exits(5).stdout_is("").stderr_is("htpasswd: filename too long\n");
}

#[test]
fn the_last_format_counts() {
    let sandbox = imported(
        &["-s", "--import-format=json", "--import-format", "csv"],
        "user,password\nalice,secret\n",
        1,
    );
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn help_names_every_option_of_an_import() {
    let run = Sandbox::new().run(["--help"]);
    run.exits(0);
    for option in ["--import", "--import-format", "--hashed", "--keep-going", "--json"] {
        assert!(run.stdout().contains(&format!("{option} ")), "{option} is not there\n{run}");
    }
}
