//! Tests of stale journals: a journal is stale if the file was changed after the killed write. Recovery must never
//! undo such a change, whichever program or path made it.

use std::fs;
use std::path::Path;

use crate::support::companions::old_program;
use crate::support::mounted::Mounted;
use crate::support::strace::{can_trace, counted, system_calls, with_rules};
use crate::support::users::{OTHER, set};
use crate::support::{Call, Exit, SHA1, Sandbox, has_tool, skipped};

const IMPORT: &[&str] = &["--import", "--hashed", "first/users"];

fn call<'a>(sandbox: &'a Sandbox, arguments: &[&str]) -> Call<'a> {
    sandbox.call(arguments).by_old_program_if_named()
}

/// A write that the test kills.
struct Write<'a> {
    /// Makes the files as they are before the write.
    start: &'a dyn Fn() -> Sandbox,
    file: &'a str,
    arguments: &'a [&'a str],
    users: String,
}

impl Write<'_> {
    fn call<'s>(&self, sandbox: &'s Sandbox) -> Call<'s> {
        call(sandbox, self.arguments).stdin(&self.users)
    }

    /// Kills the write at each call after its first change of the file, and runs `then` after each kill.
    #[track_caller]
    fn kill_then(&self, then: impl Fn(&Sandbox)) {
        let sandbox = (self.start)();
        let calls = system_calls(&sandbox, self.call(&sandbox));
        let written = calls.iter().position(|call| call.name == "pwrite64").expect("the file is not written");
        let mut kills = 0;
        for call in &calls[written + 1..] {
            let sandbox = (self.start)();
            let before = sandbox.read(self.file);
            let run = with_rules(self.call(&sandbox), &[call.inject("signal=KILL")]).run();
            // A kill counts only if it happened and the file was already changed.
            if sandbox.read(self.file) != before && run.exit == Exit::Signal(9) {
                then(&sandbox);
                kills += 1;
            }
        }
        assert!(kills > 3, "{kills} kills");
        counted(&format!("{kills} kills"));
    }
}

fn sandbox_of_two_directories(users: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for directory in ["first", "second"] {
        fs::create_dir(sandbox.path(directory)).unwrap();
    }
    sandbox.write("first/users", users);
    sandbox
}

/// An import of alice and mallory into `first/users`, which contains only root.
fn import_of_two(start: &dyn Fn() -> Sandbox) -> Write<'_> {
    let users = format!("alice:{OTHER}\nmallory:{OTHER}\n");
    Write { start, file: "first/users", arguments: IMPORT, users }
}

fn only_root() -> Sandbox {
    sandbox_of_two_directories(&format!("root:{SHA1}\n"))
}

fn link(sandbox: Sandbox, name: &str) -> Sandbox {
    fs::hard_link(sandbox.path("first/users"), sandbox.path(name)).unwrap();
    sandbox
}

/// Runs each reading command on the file, and then opens it with the library as a server does. Fails if the content
/// changes.
#[track_caller]
fn stays(sandbox: &Sandbox, file: &str, expected: &str) {
    for arguments in [&["-vb", file, "root", "secret"][..], &["--list", file], &["--check", file]] {
        let run = call(sandbox, arguments).run();
        assert!(matches!(run.exit, Exit::Code(0 | 3 | 6..=8)), "{run}");
        assert_eq!(sandbox.text(file), expected, "{arguments:?}\n{run}");
    }
    if old_program().is_none() {
        let users = htpasswd::auth::WatchedUsers::open(sandbox.path(file)).unwrap();
        assert!(users.current().get("mallory").is_none());
        assert_eq!(sandbox.text(file), expected, "after the library has read the file");
    }
}

fn cannot_log_in(sandbox: &Sandbox, file: &str, user: &str, password: &str) {
    let run = call(sandbox, &["-vb", file, user, password]).run();
    assert!(matches!(run.exit, Exit::Code(3 | 6)), "{user} can log in\n{run}");
}

#[test]
fn a_user_deleted_through_a_hard_link_stays_deleted() {
    if !can_trace() {
        return;
    }
    import_of_two(&|| link(only_root(), "second/users")).kill_then(|sandbox| {
        call(sandbox, &["-D", "second/users", "mallory"]).run().exits(0);
        let edited = sandbox.text("second/users");
        assert_eq!(edited, format!("root:{SHA1}\nalice:{OTHER}\n"));
        stays(sandbox, "first/users", &edited);
        cannot_log_in(sandbox, "first/users", "mallory", "other");
        cannot_log_in(sandbox, "second/users", "mallory", "other");
    });
}

#[test]
fn a_user_deleted_through_another_file_name_stays_deleted() {
    if !can_trace() {
        return;
    }
    import_of_two(&|| link(only_root(), "first/other")).kill_then(|sandbox| {
        call(sandbox, &["-D", "first/other", "mallory"]).run().exits(0);
        let edited = sandbox.text("first/other");
        stays(sandbox, "first/users", &edited);
        cannot_log_in(sandbox, "first/users", "mallory", "other");
    });
}

#[test]
fn a_user_deleted_through_a_bind_mount_stays_deleted() {
    if !can_trace() {
        return;
    }
    let start = || {
        let sandbox = only_root();
        sandbox.write("second/users", "");
        sandbox
    };
    import_of_two(&start).kill_then(|sandbox| {
        let Some(mounted) = Mounted::new(sandbox, "mount --bind first/users second/users") else { return };
        let inside = |arguments: &[&str]| call(sandbox, arguments).under(mounted.words()).run();
        inside(&["-D", "second/users", "mallory"]).exits(0);
        let edited = sandbox.text("first/users");
        assert_eq!(edited, format!("root:{SHA1}\nalice:{OTHER}\n"));
        stays(sandbox, "first/users", &edited);
        cannot_log_in(sandbox, "first/users", "mallory", "other");
        inside(&["-vb", "second/users", "mallory", "other"]).exits(6);
    });
}

/// An import of new hashes for root and bob. The test then gives bob the earlier hash again.
fn import_of_hashes<'a>(
    start: &'a dyn Fn() -> Sandbox,
    file: &'a str,
    arguments: &'a [&'a str],
) -> Write<'a> {
    Write { start, file, arguments, users: format!("root:{OTHER}\nbob:{OTHER}\n") }
}

fn three_users() -> String {
    format!("root:{SHA1}\nbob:{SHA1}\ncarol:{SHA1}\n")
}

#[test]
fn a_hash_set_back_through_a_hard_link_stays() {
    if !can_trace() {
        return;
    }
    let start = || link(sandbox_of_two_directories(&three_users()), "second/users");
    import_of_hashes(&start, "first/users", IMPORT).kill_then(|sandbox| {
        call(sandbox, &["-bs", "second/users", "bob", "secret"]).run().exits(0);
        let edited = sandbox.text("second/users");
        assert_eq!(edited, set(&three_users(), "root", OTHER));
        stays(sandbox, "first/users", &edited);
        call(sandbox, &["-vb", "first/users", "bob", "secret"]).run().exits(0);
        cannot_log_in(sandbox, "first/users", "bob", "other");
    });
}

#[test]
fn a_hash_set_back_by_an_editor_stays() {
    if !can_trace() {
        return;
    }
    let start = || Sandbox::with(three_users());
    import_of_hashes(&start, "passwd", &["--import", "--hashed", "passwd"]).kill_then(|sandbox| {
        let edited = set(&sandbox.text("passwd"), "bob", SHA1);
        fs::write(sandbox.path("passwd"), &edited).unwrap();
        stays(sandbox, "passwd", &edited);
        cannot_log_in(sandbox, "passwd", "bob", "other");
    });
}

/// An update of alice's hash in a file that also has bob and mallory.
fn update(start: &dyn Fn() -> Sandbox) -> Write<'_> {
    Write { start, file: "passwd", arguments: &["-b5", "passwd", "alice", "other"], users: String::new() }
}

fn alice_bob_and_mallory() -> Sandbox {
    Sandbox::with(format!("alice:{SHA1}\nbob:{SHA1}\nmallory:{SHA1}\n"))
}

fn without_mallory(text: &str) -> String {
    text.replace(&format!("mallory:{SHA1}\n"), "")
}

#[test]
fn a_user_deleted_by_an_editor_stays_deleted() {
    if !can_trace() {
        return;
    }
    update(&alice_bob_and_mallory).kill_then(|sandbox| {
        let edited = without_mallory(&sandbox.text("passwd"));
        fs::write(sandbox.path("passwd"), &edited).unwrap();
        stays(sandbox, "passwd", &edited);
        cannot_log_in(sandbox, "passwd", "mallory", "secret");
        call(sandbox, &["-vb", "passwd", "alice", "other"]).run().exits(0);
    });
}

#[test]
fn a_user_deleted_by_apaches_tool_stays_deleted() {
    if !can_trace() {
        return;
    }
    if !has_tool("/usr/bin/htpasswd", &["-nbp", "user", "password"]) {
        skipped("Apache's htpasswd is not installed");
        return;
    }
    update(&alice_bob_and_mallory).kill_then(|sandbox| {
        let before = sandbox.text("passwd");
        let apaches = Path::new("/usr/bin/htpasswd");
        sandbox.call(["-D", "passwd", "mallory"]).program(apaches).run().exits(0);
        let edited = sandbox.text("passwd");
        assert_eq!(edited, without_mallory(&before));
        stays(sandbox, "passwd", &edited);
        cannot_log_in(sandbox, "passwd", "mallory", "secret");
    });
}
