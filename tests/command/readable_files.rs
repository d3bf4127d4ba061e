//! A file for a server is readable by the server's user, or htpasswd says who cannot read it.

use std::os::unix::fs::{MetadataExt, chown};

use crate::support::check::{STRONG, findings, group_of_web_servers, json, let_group_read, private};
use crate::support::servers::Server;
use crate::support::{Sandbox, is_root, skipped};

/// The number of the web servers' group. The tests change owners, so they need root.
fn group() -> Option<u32> {
    let group = group_of_web_servers().filter(|_| is_root());
    if group.is_none() {
        skipped("changing the group of a file needs root and the group www-data");
    }
    group
}

fn group_and_mode(sandbox: &Sandbox, name: &str) -> (u32, u32) {
    (std::fs::metadata(sandbox.path(name)).unwrap().gid(), sandbox.mode(name))
}

const NOT_READABLE: &str = "nginx runs as www-data, which cannot read the file";
const ADVICE: &str = "so that only the server can read it: chgrp www-data passwd && chmod 640 passwd\n";

#[test]
fn check_judges_owner_group_and_mode_for_the_server() {
    let Some(group) = group() else { return };
    let sandbox = private(format!("alice:{STRONG}\n"));
    for (owner, gid, mode, finding) in [
        (0, 0, 0o600, Some("0 error not-readable")),
        (0, 0, 0o640, Some("0 error not-readable")),
        (0, group, 0o600, Some("0 error not-readable")),
        (0, group, 0o604, Some("0 error not-readable")),
        (0, 0, 0o644, Some("0 warning readable-by-others")),
        (0, group, 0o640, None),
        (group, 0, 0o600, None),
    ] {
        // On Debian, the user and the group www-data have the same number.
        chown(sandbox.path("passwd"), Some(owner), Some(gid)).unwrap();
        sandbox.set_mode("passwd", mode);
        let (run, report) = json(&sandbox, &["--for", "nginx"]);
        let found: Vec<_> = findings(&report);
        let expected: Vec<_> = finding.into_iter().map(str::to_owned).collect();
        let found: Vec<_> =
            found.into_iter().filter(|f| *f != "0 warning readable-by-others" || mode == 0o644).collect();
        assert_eq!(found, expected, "{owner} {gid} {mode:o} {run}");
        let run = sandbox.run(["--check", "--for", "nginx", "passwd"]);
        assert_eq!(run.stdout().contains(NOT_READABLE), finding == Some("0 error not-readable"), "{run}");
        assert_eq!(run.stdout().ends_with(ADVICE), finding.is_some(), "{run}");
    }
}

#[test]
fn check_does_not_judge_an_access_control_list() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    let file = sandbox.path("passwd");
    let_group_read(&file, std::fs::metadata(&file).unwrap().gid());
    sandbox.run(["--check", "--for", "nginx", "passwd"]).exits(0);
}

#[test]
fn advice_never_locks_a_server_out() {
    let sandbox = private(format!("alice:{STRONG}\n"));
    sandbox.set_mode("passwd", 0o644);
    let run = sandbox.run(["--check", "passwd"]);
    run.exits(8);
    let advice = "chgrp GROUP passwd && chmod 640 passwd\n";
    assert!(run.stdout().ends_with(advice) && !run.stdout().contains("o-rwx"), "{run}");
}

#[test]
fn a_directory_that_the_server_cannot_enter_is_found() {
    let Some(_) = group() else { return };
    let sandbox = private("");
    std::fs::create_dir(sandbox.path("closed")).unwrap();
    sandbox.write("closed/passwd", format!("alice:{STRONG}\n"));
    sandbox.set_mode("closed/passwd", 0o644);
    sandbox.set_mode("closed", 0o700);
    let run = sandbox.run(["--check", "--for", "nginx", "closed/passwd"]);
    run.exits(7);
    assert!(run.stdout().contains("nginx runs as www-data, which cannot enter the directory"), "{run}");
    sandbox.set_mode("closed", 0o711);
    sandbox.run(["--check", "--for", "nginx", "closed/passwd"]).exits(8);
}

#[test]
fn a_file_that_root_makes_for_a_server_is_readable_by_it() {
    let Some(group) = group() else { return };
    let sandbox = Sandbox::new();
    sandbox.run(["--ensure", "--for", "nginx", "-b", "a", "alice", "secret"]).exits(0).does_not_warn();
    assert_eq!(group_and_mode(&sandbox, "a"), (group, 0o640));
    let call = sandbox.call(["--import", "--ensure", "--for", "httpd,nginx", "b"]).stdin("alice:secret\n");
    call.run().exits(0).does_not_warn();
    assert_eq!(group_and_mode(&sandbox, "b"), (group, 0o640));
    sandbox.run(["--check", "--for", "nginx", "a"]).exits(0);
    for umask in ["022", "077"] {
        sandbox
            .call(["-cb", "--for", "nginx", umask, "alice", "secret"])
            .umask(umask)
            .run()
            .exits(0)
            .does_not_warn();
        assert_eq!(group_and_mode(&sandbox, umask), (group, 0o640));
    }
    // Without a server, and for a server that reads the file as its own user, the file is for its owner only.
    sandbox.run(["--ensure", "-bB", "c", "alice", "secret"]).exits(0);
    sandbox.run(["--ensure", "--for", "registry", "-b", "d", "alice", "secret"]).exits(0);
    assert_eq!((sandbox.mode("c"), sandbox.mode("d")), (0o600, 0o600));
    // An existing file keeps its group.
    sandbox.run(["--ensure", "--for", "nginx", "-b", "c", "bob", "secret"]).exits(0);
    assert_eq!(group_and_mode(&sandbox, "c").1, 0o600);
}

#[test]
fn a_file_that_the_server_cannot_read_is_made_with_a_warning() {
    let Some(_) = group() else { return };
    let warning = "nginx runs as www-data, which cannot read the new file; use --group www-data, \
                   or run afterwards: chgrp www-data";
    let sandbox = Sandbox::new();
    sandbox
        .run(["--ensure", "--mode", "600", "--for", "nginx", "-b", "a", "u", "p"])
        .exits(0)
        .stderr_has(warning);
    let mode = ["--for", "nginx", "--mode", "600", "-cb"];
    sandbox.run([&mode[..], &["b", "u", "p"]].concat()).exits(0).stderr_has(warning);
    let strict = sandbox.run([&["--strict"], &mode[..], &["c", "u", "p"]].concat());
    strict.exits(1).stderr_has(warning);
    assert_eq!(sandbox.names(), ["a", "b"]);
    // Plain calls are as quiet as Apache's tool.
    sandbox
        .call(["-cb", "d", "u", "p"])
        .umask("077")
        .run()
        .exits(0)
        .stderr_is("Adding password for user u\n");
}

#[test]
fn group_sets_the_group_of_a_new_file() {
    let Some(group) = group() else { return };
    let sandbox = Sandbox::new();
    sandbox.run(["-cb", "--group", "www-data", "a", "u", "p"]).exits(0);
    sandbox.run(["--ensure", "-b", "--group", "www-data", "--mode", "660", "b", "u", "p"]).exits(0);
    sandbox.run(["--ensure", "-b", "--group", &group.to_string(), "c", "u", "p"]).exits(0);
    let made = ["a", "b", "c"].map(|name| group_and_mode(&sandbox, name));
    assert_eq!(made, [(group, 0o640), (group, 0o660), (group, 0o640)]);
    // An existing file keeps its group.
    let run = sandbox.run(["--ensure", "-b", "--group", "root", "a", "u", "p"]);
    run.exits(0).stderr_has("--group applies to a new file (chgrp root a)");
    assert_eq!(group_and_mode(&sandbox, "a").0, group);
    let run = sandbox.run(["--strict", "--ensure", "-b", "--group", "root", "a", "u", "new"]);
    run.exits(1);
    assert!(sandbox.names() == ["a", "b", "c"]);
}

#[test]
fn an_unknown_group_is_a_wrong_call() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-cb", "--group", "no such group", "a", "u", "p"]);
    run.exits(2).stderr_has("unknown group 'no such group'");
    sandbox.run(["-b", "--group", "root", "a", "u", "p"]).is_wrong_call("--group needs -c or --ensure");
    assert!(sandbox.names().is_empty());
}

/// Users copy the suggested command into a shell.
#[test]
fn suggested_commands_are_quoted_for_the_shell() {
    for name in ["my users", "-rf", "a'b", "$(touch x)", "a;b", "*"] {
        let sandbox = Sandbox::new();
        sandbox.write(name, format!("alice:{STRONG}\n"));
        sandbox.set_mode(name, 0o644);
        let run = sandbox.run(["--check", "--", name]);
        run.exits(8);
        let text = run.stdout();
        let command = text.rsplit_once("read it: ").unwrap().1.trim_end().replace("chgrp GROUP", "test -e");
        let mut shell = std::process::Command::new("sh");
        let status = shell.args(["-c", &command]).current_dir(sandbox.work()).status().unwrap();
        assert!(status.success(), "{command}");
        assert_eq!((sandbox.mode(name), sandbox.names()), (0o640, vec![name.to_owned()]), "{command}");
    }
}

/// The walk of an administrator: make the file as root, log in, check it, and follow the advice.
#[test]
fn nginx_reads_the_file_that_root_made_for_it() {
    let Some(_) = group() else { return };
    let sandbox = Sandbox::new();
    sandbox.run(["--ensure", "--for", "nginx", "-b", "passwd", "alice", "secret"]).exits(0);
    let Some(server) = Server::nginx(&sandbox) else { return };
    assert_eq!(server.client("alice", "secret").get(), 200);
    sandbox.run(["--check", "--for", "nginx", "passwd"]).exits(0);
    sandbox.set_mode("passwd", 0o600);
    assert_ne!(server.client("alice", "secret").get(), 200);
    sandbox.run(["--check", "--for", "nginx", "passwd"]).exits(7);
}
