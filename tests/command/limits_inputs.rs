//! Endless and huge inputs end with one error in every mode, and change no file.
//!
//! Each call runs with 3 GiB of address space, so that a program without a limit fails before the machine runs out of
//! memory.

use std::fs::{self, File};
use std::time::Duration;

use crate::support::{Call, Run, SHA1, Sandbox, TWO_USERS};

/// The time limit of a call. Debug builds need many seconds to wipe a buffer of 1 GiB.
const LIMIT: Duration = Duration::from_secs(180);

fn bounded(call: Call<'_>) -> Run {
    call.under(["prlimit", "--as=3221225472"]).limit(LIMIT).run()
}

/// Writes a sparse file of 64 GiB that uses almost no space: this text, and then zeros without a newline.
fn endless(sandbox: &Sandbox, name: &str, text: &str) {
    fs::write(sandbox.path(name), text).unwrap();
    File::options().write(true).open(sandbox.path(name)).unwrap().set_len(64 << 30).unwrap();
}

#[track_caller]
fn is_too_large(run: &Run, what: &str, limit: &str) {
    run.exits(1).stdout_is("");
    assert_eq!(
        run.stderr(),
        format!("htpasswd: cannot read {what}: it is larger than {limit} (--no-limits allows it)\n")
    );
}

#[test]
fn an_endless_list_of_users_is_read_up_to_one_gib() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = bounded(sandbox.call(["--import", "passwd", "/dev/zero"]));
    is_too_large(&run, "the users from /dev/zero", "1 GiB");
    let zeros = File::open("/dev/zero").unwrap();
    let run = bounded(sandbox.call(["--import", "--import-format=json", "passwd"]).stdin_from(zeros));
    is_too_large(&run, "the users from standard input", "1 GiB");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_huge_user_list_is_rejected_in_every_format() {
    let sandbox = Sandbox::with(TWO_USERS);
    endless(&sandbox, "users", "alice:secret\n");
    for options in [[].as_slice(), &["--import-format=csv"], &["--import-format=json"], &["--hashed"]] {
        let line = [&["--import"], options, &["passwd", "users"]].concat();
        is_too_large(&bounded(sandbox.call(line)), "the users from users", "1 GiB");
        let list = File::open(sandbox.path("users")).unwrap();
        let line = [&["--import", "--ensure", "--dry-run"], options, &["passwd"]].concat();
        if options != ["--hashed"] {
            let run = bounded(sandbox.call(line).stdin_from(list));
            is_too_large(&run, "the users from standard input", "1 GiB");
        }
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn an_endless_manifest_is_read_up_to_16_mib() {
    let sandbox = Sandbox::new();
    endless(&sandbox, "s.yaml", "kind: Secret\n");
    for line in [["-vb", "bob", "secret"].as_slice(), &["-bs", "bob", "secret"], &["-D", "bob"], &["--list"]]
    {
        let zeros = File::open("/dev/zero").unwrap();
        let on_stream = [&["--secret", "-"], line].concat();
        is_too_large(&bounded(sandbox.call(on_stream).stdin_from(zeros)), "standard input", "16 MiB");
        let on_file = [&["--secret", "s.yaml"], line].concat();
        is_too_large(&bounded(sandbox.call(on_file)), "s.yaml", "16 MiB");
    }
    assert_eq!(fs::metadata(sandbox.path("s.yaml")).unwrap().len(), 64 << 30);
}

#[test]
fn a_manifest_above_the_limit_is_used_with_no_limits() {
    let sandbox = Sandbox::new();
    let comment = format!("# {}\n", "x".repeat(16 << 20));
    sandbox.write("s.yaml", format!("kind: Secret\nstringData:\n  auth: \"bob:{SHA1}\\n\"\n{comment}"));
    is_too_large(&sandbox.run(["--secret", "s.yaml", "-vb", "bob", "secret"]), "s.yaml", "16 MiB");
    let run = |line: &[&str]| sandbox.call([&["--secret", "s.yaml", "--no-limits"], line].concat()).run();
    run(&["-vb", "bob", "secret"]).exits(0);
    run(&["-bs", "alice", "secret"]).exits(0);
    run(&["-vb", "alice", "secret"]).exits(0);
}

#[test]
fn one_endless_line_of_a_password_file_is_read_up_to_one_gib() {
    let sandbox = Sandbox::new();
    endless(&sandbox, "passwd", TWO_USERS);
    for line in [
        ["-vb", "passwd", "alice", "secret"].as_slice(),
        &["-bs", "passwd", "alice", "secret"],
        &["-D", "passwd", "alice"],
        &["-cbs", "passwd", "alice", "secret"],
        &["--check", "passwd"],
    ] {
        is_too_large(&bounded(sandbox.call(line)), "passwd", "1 GiB");
        assert_eq!(fs::metadata(sandbox.path("passwd")).unwrap().len(), 64 << 30, "{line:?}");
    }
    // htpasswd finds the users before the endless line.
    bounded(sandbox.call(["-vb", "passwd", "bob", "secret"])).exits(0);
}

#[test]
fn an_endless_pipe_as_password_file_is_read_up_to_one_gib() {
    let sandbox = Sandbox::new();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        sandbox.path("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let run = bounded(
        sandbox
            .call(["-vb", "pipe", "alice", "secret"])
            .after("{ timeout 180 cat /dev/zero > pipe 2>/dev/null & }"),
    );
    is_too_large(&run, "pipe", "1 GiB");
}

#[test]
fn no_limits_reads_a_longer_line_of_a_password_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = File::options().write(true).open(sandbox.path("passwd")).unwrap();
    file.set_len((1 << 30) + 4096).unwrap();
    is_too_large(&bounded(sandbox.call(["-vb", "passwd", "alice", "secret"])), "passwd", "1 GiB");
    // The line has no colon, so the file is invalid.
    let run = bounded(sandbox.call(["--no-limits", "-vb", "passwd", "alice", "secret"]));
    run.exits(7).stderr_has("does not appear to be a valid htpasswd file");
}
