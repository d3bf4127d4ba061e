//! The grammar of options and the order of checks in Apache's tool. These tests pass on both programs.

use crate::support::{PLAIN_WARNING, SHA1, Sandbox, TWO_USERS};

pub(super) const NOT_A_NUMBER: &str = "htpasswd: argument to -C/-r must be a positive integer\n";
const EXCLUSIVE: &str = "htpasswd: only one of -c -n -v -D may be specified\n";
const UNUSED_NUMBER: &str = "Warning: Ignoring -C/-r argument for this algorithm.\n";

/// The record that `-n` prints for these options, user `alice` and password `secret`.
#[track_caller]
fn printed(options: &[&str]) -> String {
    let sandbox = Sandbox::new();
    let run = sandbox.run([options, &["alice", "secret"]].concat());
    run.exits(0);
    run.stdout().strip_prefix("alice:").unwrap().to_owned()
}

#[track_caller]
fn prints(options: &[&str], start: &str) {
    let hash = printed(options);
    assert!(hash.starts_with(start), "{options:?} give {hash}, not {start}");
}

#[test]
fn letters_can_be_combined_in_any_order() {
    for letters in ["-cbs", "-scb", "-bsc", "-bcs"] {
        let sandbox = Sandbox::new();
        sandbox
            .run([letters, "passwd", "alice", "secret"])
            .exits(0)
            .stderr_is("Adding password for user alice\n");
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    }
}

#[test]
fn each_letter_can_be_a_word_of_its_own() {
    let sandbox = Sandbox::new();
    sandbox.run(["-b", "-c", "-s", "passwd", "alice", "secret"]).exits(0);
    sandbox.run(["-bs", "-m", "passwd", "bob", "secret"]).exits(0);
    assert!(sandbox.text("passwd").starts_with(&format!("alice:{SHA1}\nbob:$apr1$")));
}

#[test]
fn a_value_follows_in_the_same_or_the_next_word() {
    for options in [["-nbBC4"].as_slice(), &["-nbB", "-C4"], &["-nbBC", "4"], &["-nbB", "-C", "4"]] {
        prints(options, "$2y$04$");
    }
    for options in
        [["-nb5r1000"].as_slice(), &["-nb5", "-r1000"], &["-nb5r", "1000"], &["-nb5", "-r", "1000"]]
    {
        prints(options, "$6$rounds=1000$");
    }
}

#[test]
fn a_cost_may_precede_its_scheme() {
    prints(&["-C", "4", "-nbB"], "$2y$04$");
    prints(&["-r1000", "-nb2"], "$5$rounds=1000$");
}

#[test]
fn the_value_of_a_letter_is_the_rest_of_the_word() {
    Sandbox::new().run(["-nbC4B", "alice", "secret"]).exits(2).stdout_is("").stderr_is(NOT_A_NUMBER);
}

#[test]
fn a_value_may_look_like_an_option() {
    let sandbox = Sandbox::new();
    sandbox.run(["-C", "-B", "-nb", "alice", "secret"]).exits(2).stderr_is(NOT_A_NUMBER);
    sandbox.run(["-nbB", "-C", "--", "alice", "secret"]).exits(2).stderr_is(NOT_A_NUMBER);
}

#[test]
fn numbers_are_read_as_strtol_reads_them() {
    for four in ["4", "04", "0004", "+4", " 4", "\t4", "\n 4"] {
        prints(&["-nbB", "-C", four], "$2y$04$");
    }
    prints(&["-nb5", "-r", "001000"], "$6$rounds=1000$");
}

#[test]
fn a_number_that_is_not_positive_is_rejected() {
    for value in ["", " ", "x", "0", "00", "-1", "+", "- 4", "4,", "4 ", "4x", "0x4", "4.0", "5e3"] {
        let run = Sandbox::new().run(["-nbB", "-C", value, "alice", "secret"]);
        run.exits(2).stdout_is("").stderr_is(NOT_A_NUMBER);
        let run = Sandbox::new().run(["-nb5", "-r", value, "alice", "secret"]);
        run.exits(2).stdout_is("").stderr_is(NOT_A_NUMBER);
    }
}

#[test]
fn the_last_scheme_wins() {
    prints(&["-nbmB"], "$2y$05$");
    prints(&["-nbBm"], "$apr1$");
    prints(&["-nb52"], "$5$");
    prints(&["-nb25"], "$6$");
    prints(&["-nbpB"], "$2y$05$");
    prints(&["-nbBp"], "secret\n");
    prints(&["-nbds"], SHA1);
    prints(&["-nb", "-s", "-5"], "$6$");
}

#[test]
fn a_repeated_scheme_counts_once() {
    prints(&["-nbss"], SHA1);
    prints(&["-nbBB"], "$2y$05$");
}

#[test]
fn the_later_of_b_and_i_wins() {
    let sandbox = Sandbox::new();
    let from_stdin = sandbox.call(["-nbis", "alice"]).stdin("secret\n").run();
    from_stdin.exits(0).stdout_is(&format!("alice:{SHA1}\n\n"));
    let from_argument = sandbox.call(["-nibs", "alice", "secret"]).stdin("other\n").run();
    from_argument.exits(0).stdout_is(&format!("alice:{SHA1}\n\n"));
}

#[test]
fn the_last_number_of_cost_and_rounds_wins() {
    prints(&["-nbB", "-C", "6", "-C", "4"], "$2y$04$");
    prints(&["-nbB", "-C", "6", "-r", "4"], "$2y$04$");
    prints(&["-nb5", "-r", "2000", "-C", "1000"], "$6$rounds=1000$");
    prints(&["-nbB", "-r", "4"], "$2y$04$");
}

#[test]
fn an_unused_cost_or_number_of_rounds_warns() {
    for scheme in ["-nbm", "-nbs", "-nbd", "-nb"] {
        Sandbox::new().run([scheme, "-C", "99", "alice", "secret"]).exits(0).stderr_is(UNUSED_NUMBER);
    }
    let plain = Sandbox::new().run(["-nbp", "-r", "5000", "alice", "secret"]);
    plain.exits(0).stderr_is(&format!("{PLAIN_WARNING}{UNUSED_NUMBER}"));
    assert_eq!(plain.warnings().len(), 2, "{plain}");
}

#[test]
fn an_unused_cost_does_not_warn_if_nothing_is_hashed() {
    let sandbox = Sandbox::with(TWO_USERS);
    let verified = sandbox.run(["-vb", "-C", "5", "passwd", "bob", "secret"]);
    verified.exits(0).stderr_is("Password for user bob correct.\n").does_not_warn();
    let missing = sandbox.run(["-b", "-C", "5", "none", "alice", "secret"]);
    missing.exits(1).stderr_is("htpasswd: cannot modify file none; use '-c' to create it\n").does_not_warn();
    sandbox.run(["-DC", "5", "passwd", "bob"]).exits(0).does_not_warn();
}

#[test]
fn each_letter_p_warns_in_every_mode() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.run(["-nbpp", "alice", "secret"]);
    run.exits(0).stderr_is(&format!("{PLAIN_WARNING}{PLAIN_WARNING}"));
    let run = sandbox.run(["-vbp", "passwd", "bob", "secret"]);
    run.exits(0).stderr_is(&format!("{PLAIN_WARNING}Password for user bob correct.\n"));
    let run = sandbox.run(["-Dp", "passwd", "bob"]);
    run.exits(0).stderr_is(&format!("{PLAIN_WARNING}Deleting password for user bob\n"));
    // A later scheme does not remove the warning.
    sandbox.run(["-nbps", "alice", "secret"]).exits(0).stderr_is(PLAIN_WARNING);
}

#[test]
fn an_unknown_letter_is_named_before_the_usage() {
    for letter in ["V", "x", "?", "a", "q", "6", "t", "e", ":", "=", " "] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([&format!("-{letter}"), "passwd", "alice"]);
        run.is_usage_error_after(&format!("htpasswd: illegal option -- {letter}\n"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}

#[test]
fn an_unknown_letter_among_combined_letters_is_named() {
    let sandbox = Sandbox::with(TWO_USERS);
    for letters in ["-bBx", "-xbB", "-bxB"] {
        let run = sandbox.run([letters, "passwd", "alice", "secret"]);
        run.is_usage_error_after("htpasswd: illegal option -- x\n");
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn the_letter_of_a_missing_value_is_named_before_the_usage() {
    for (options, letter) in [(["-nbB", "-C"], 'C'), (["-nb5", "-r"], 'r'), (["-nb", "-BC"], 'C')] {
        let run = Sandbox::new().run(options);
        run.is_usage_error_after(&format!("htpasswd: option requires an argument -- {letter}\n"));
    }
}

#[test]
fn only_one_mode_may_be_given() {
    for modes in ["cn", "cv", "cD", "nv", "nD", "vD", "nc", "vc", "Dc", "vn", "Dn", "Dv", "cnv", "cnvD"] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([&format!("-b{modes}"), "passwd", "bob", "secret"]);
        run.exits(2).stdout_is("").stderr_is(EXCLUSIVE);
        assert_eq!(sandbox.text("passwd"), TWO_USERS, "{modes}");
    }
}

#[test]
fn a_repeated_mode_counts_once() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-vvb", "passwd", "bob", "secret"]).exits(0).stderr_is("Password for user bob correct.\n");
    sandbox.run(["-DD", "passwd", "bob"]).exits(0).stderr_is("Deleting password for user bob\n");
    sandbox.run(["-ccbs", "passwd", "bob", "secret"]).exits(0).stderr_is("Adding password for user bob\n");
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
}

#[test]
fn a_wrong_number_of_operands_is_a_usage_error() {
    for line in [
        "",
        "passwd",
        "passwd bob x",
        "passwd bob x y",
        "-b",
        "-b passwd",
        "-b passwd bob",
        "-b passwd bob x y",
        "-c",
        "-c passwd",
        "-c passwd bob x",
        "-cb passwd bob",
        "-i passwd",
        "-i passwd bob x",
        "-D",
        "-D passwd",
        "-D passwd bob x",
        "-Db passwd bob",
        "-Db passwd bob x y",
        "-v passwd",
        "-v passwd bob x",
        "-vb passwd bob",
        "-vb passwd bob x y",
        "-n",
        "-n bob x",
        "-nb",
        "-nb bob",
        "-nb passwd bob x",
        "-ni",
        "-ni bob x",
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.run(line.split_whitespace()).is_usage_error();
        assert_eq!(sandbox.text("passwd"), TWO_USERS, "{line}");
    }
}

#[test]
fn deleting_with_b_ignores_the_password() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.run(["-Db", "passwd", "bob", "wrong"]).exits(0).stderr_is("Deleting password for user bob\n");
    assert!(!sandbox.text("passwd").contains("bob"));
}

#[test]
fn a_double_dash_ends_the_options() {
    let sandbox = Sandbox::new();
    sandbox.run(["-cbs", "--", "-file", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("-file"), format!("alice:{SHA1}\n"));
    sandbox.run(["-nbs", "--", "-alice", "secret"]).exits(0).stdout_is(&format!("-alice:{SHA1}\n\n"));
    // A second double dash is an operand.
    sandbox.run(["-nbs", "--", "--", "secret"]).exits(0).stdout_is(&format!("--:{SHA1}\n\n"));
    // After the double dash, -b is an operand too, so this call has four operands instead of two.
    sandbox.run(["--", "-b", "passwd", "alice", "secret"]).is_usage_error();
}

#[test]
fn options_end_at_the_first_operand() {
    let sandbox = Sandbox::with("");
    sandbox.run(["-b", "passwd", "-B", "alice", "secret"]).is_usage_error();
    sandbox
        .run(["-bs", "passwd", "-alice", "secret"])
        .exits(0)
        .stderr_is("Adding password for user -alice\n");
    sandbox.run(["-bs", "passwd", "--bob", "secret"]).exits(0).stderr_is("Adding password for user --bob\n");
    assert_eq!(sandbox.text("passwd"), format!("-alice:{SHA1}\n--bob:{SHA1}\n"));
}

#[test]
fn a_password_may_look_like_an_option() {
    let sandbox = Sandbox::with("");
    for password in ["-B", "--", "-", "--help"] {
        sandbox.run(["-b", "passwd", "alice", password]).exits(0);
        assert!(sandbox.verifies("alice", password), "{password}");
    }
}

#[test]
fn posixly_correct_changes_nothing() {
    let sandbox = Sandbox::with("");
    let run = sandbox.call(["-bs", "passwd", "-B", "alice", "secret"]).env("POSIXLY_CORRECT", "1").run();
    run.is_usage_error();
    let run = sandbox.call(["-b", "-s", "passwd", "alice", "secret"]).env("POSIXLY_CORRECT", "1").run();
    run.exits(0);
    assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_user_of_n_that_starts_with_a_dash_needs_a_double_dash() {
    let run = Sandbox::new().run(["-nb", "-alice", "secret"]);
    run.is_usage_error_after("htpasswd: illegal option -- a\n");
}

#[test]
fn a_lone_dash_is_a_file_of_that_name() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-b", "-", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot modify file -; use '-c' to create it\n");
    sandbox.run(["-cbs", "-", "alice", "secret"]).exits(0).stdout_is("");
    assert_eq!(sandbox.text("-"), format!("alice:{SHA1}\n"));
}

#[test]
fn a_lone_dash_ends_the_options() {
    Sandbox::with("").run(["-", "-b", "passwd", "alice"]).is_usage_error();
}

#[test]
fn messages_start_with_the_path_of_the_program() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["-b", "none", "alice", "secret"]).named("pass-tool").run();
    // `stderr_is` replaces the path by `htpasswd`.
    run.exits(1).stderr_is("htpasswd: cannot modify file none; use '-c' to create it\n");
}

#[test]
fn messages_about_options_start_with_the_name_of_the_program() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["-z"]).named("pass-tool").run();
    run.is_usage_error_after("pass-tool: illegal option -- z\n");
}

#[test]
fn the_first_wrong_letter_or_number_is_reported() {
    let sandbox = Sandbox::new();
    sandbox.run(["-nbB", "-C", "x", "-z", "alice", "secret"]).exits(2).stderr_is(NOT_A_NUMBER);
    let run = sandbox.run(["-nbB", "-z", "-C", "x", "alice", "secret"]);
    run.is_usage_error_after("htpasswd: illegal option -- z\n");
    let run = sandbox.run(["-nbp", "-z", "alice", "secret"]);
    run.is_usage_error_after(&format!("{PLAIN_WARNING}htpasswd: illegal option -- z\n"));
}

#[test]
fn options_are_checked_before_modes() {
    let sandbox = Sandbox::new();
    sandbox.run(["-cD", "-x"]).is_usage_error_after("htpasswd: illegal option -- x\n");
    sandbox.run(["-cD", "-C", "x"]).exits(2).stderr_is(NOT_A_NUMBER);
}

#[test]
fn modes_are_checked_before_the_number_of_operands() {
    Sandbox::new().run(["-cD"]).exits(2).stderr_is(EXCLUSIVE);
}

#[test]
fn the_number_of_operands_is_checked_before_their_content() {
    Sandbox::new().run(["-b", "passwd", "a:b"]).is_usage_error();
}

#[test]
fn the_file_name_is_checked_before_the_user_name() {
    let (file, user) = ("f".repeat(4096), "u".repeat(256));
    let run = Sandbox::new().run(["-b", &file, &user, "secret"]);
    run.exits(5).stderr_is("htpasswd: filename too long\n");
}

#[test]
fn the_length_of_a_user_name_is_checked_before_its_characters() {
    let user = format!("{}:", "u".repeat(255));
    let run = Sandbox::new().run(["-b", "passwd", &user, "secret"]);
    run.exits(5).stderr_is("htpasswd: username too long (> 255)\n");
}

#[test]
fn the_user_name_is_checked_before_the_password() {
    let run = Sandbox::new().run(["-b", "passwd", "a:b", &"p".repeat(300)]);
    run.exits(6).stderr_is("htpasswd: username contains illegal character ':'\n");
}

#[test]
fn the_password_argument_is_checked_before_the_file() {
    let password = "p".repeat(300);
    for mode in ["-b", "-cb", "-vb", "-Db"] {
        let sandbox = Sandbox::new();
        sandbox.run([mode, "none", "alice", &password]).exits(5).stderr_has("password too long");
        assert_eq!(sandbox.names(), Vec::<String>::new(), "{mode}");
    }
}

#[test]
fn the_file_is_checked_before_the_password_is_read() {
    for options in ["-s", "-is"] {
        let sandbox = Sandbox::new();
        let run = sandbox.call([options, "none", "alice"]).stdin("p".repeat(300)).run();
        run.exits(1).stderr_is("htpasswd: cannot modify file none; use '-c' to create it\n");
    }
}

#[test]
fn the_lines_of_the_file_are_checked_after_the_prompts() {
    let sandbox = Sandbox::with("no colon\n");
    let run = sandbox.call(["-s", "passwd", "alice"]).stdin("one\ntwo\n").run();
    run.exits(3).stderr_has("password verification error");
    let run = sandbox.call(["-s", "passwd", "alice"]).stdin("one\none\n").run();
    run.exits(7).stderr_has("The file passwd does not appear to be a valid htpasswd file.\n");
    assert_eq!(sandbox.text("passwd"), "no colon\n");
}

#[test]
fn a_user_name_of_256_bytes_is_too_long_in_every_mode() {
    let user = "u".repeat(256);
    for arguments in
        [["-bs", "passwd"].as_slice(), &["-cbs", "new"], &["-vb", "passwd"], &["-Db", "passwd"], &["-nb"]]
    {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([arguments, &[&user, "secret"]].concat());
        run.exits(5).stdout_is("").stderr_is("htpasswd: username too long (> 255)\n");
        assert_eq!(sandbox.names(), ["passwd"]);
    }
}

#[test]
fn a_colon_in_the_user_name_is_rejected_in_every_mode() {
    for arguments in
        [["-bs", "passwd"].as_slice(), &["-cbs", "new"], &["-vb", "passwd"], &["-Db", "passwd"], &["-nb"]]
    {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run([arguments, &["a:b", "secret"]].concat());
        run.exits(6).stdout_is("").stderr_is("htpasswd: username contains illegal character ':'\n");
        assert_eq!(sandbox.names(), ["passwd"]);
    }
}
