//! Tests of the names of the files that htpasswd makes beside a password file. All of these names begin with `.ht`, so
//! the rule that stops web servers from serving password files also protects journals.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::process::Command;

use crate::support::companions::{journal_of, quarantined};
use crate::support::servers::Server;
use crate::support::strace::{can_trace, counted, from_file_on, full, ours, system_calls, with_rules};
use crate::support::users::{OTHER, list, users};
use crate::support::{Call, Exit, SHA1, Sandbox, is_root, skipped};

fn names() -> [String; 4] {
    ["users".to_owned(), ".htpasswd".to_owned(), "our users".to_owned(), "f".repeat(255)]
}

/// Calls that change no file. A kill at one of these calls leaves the same directory as a kill at the previous call.
const READS: [&str; 8] = ["brk", "getrandom", "lseek", "mmap", "munmap", "prlimit64", "readlink", "statx"];

/// A write to the file of this name. `FILE` in the arguments is replaced by the name.
fn write<'a>(sandbox: &'a Sandbox, arguments: &[&str], name: &str) -> Call<'a> {
    let words = arguments.iter().map(|word| if *word == "FILE" { name } else { word });
    sandbox.call(words).stdin(list([("new", OTHER), ("u00003", OTHER)]))
}

#[test]
fn all_other_names_begin_with_ht_during_a_write() {
    if !can_trace() {
        return;
    }
    let (mut kills, mut seen) = (0, 0);
    for name in names() {
        for (arguments, exists) in [
            (&["-bs", "FILE", "u00001", "other"][..], true),
            (&["--import", "--hashed", "FILE"], true),
            (&["-D", "FILE", "u00002"], true),
            (&["-cbs", "FILE", "only", "secret"], true),
            (&["-cbs", "FILE", "only", "secret"], false),
        ] {
            let start = || {
                let sandbox = Sandbox::new();
                if exists {
                    sandbox.write(&name, users(5));
                }
                sandbox
            };
            let tried = start();
            let calls = from_file_on(system_calls(&tried, write(&tried, arguments, &name)), &name);
            for call in calls.iter().filter(|call| full() || !READS.contains(&call.name.as_str())) {
                let sandbox = start();
                let run = with_rules(write(&sandbox, arguments, &name), &[call.inject("signal=KILL")]).run();
                kills += usize::from(run.exit == Exit::Signal(9));
                let companions = sandbox.companions(&[&name]);
                seen += companions.len();
                let context = format!("{arguments:?} killed at {} number {}", call.name, call.number);
                assert!(companions.iter().all(|name| name.starts_with(".ht")), "{context}: {companions:?}");
                sandbox.run(["-vb", &name, "u00000", "secret"]);
                let companions = sandbox.companions(&[&name]);
                assert!(
                    companions.iter().all(|name| name.starts_with(".ht")),
                    "{context}, then -v: {companions:?}"
                );
            }
        }
    }
    counted(&format!("{kills} kills, {seen} files beside the file"));
    assert!(kills > 100 && seen > 50, "{kills} kills, {seen} files");
}

/// On a file system without `O_TMPFILE`, a new file has a temporary name until it is complete.
#[test]
fn the_name_of_an_incomplete_new_file_begins_with_ht() {
    if !can_trace() {
        return;
    }
    for name in names() {
        let arguments = ["-cbs", &name, "only", "secret"];
        let tried = Sandbox::new();
        let calls = system_calls(&tried, tried.call(arguments));
        let nameless = calls.iter().find(|call| call.text.contains("O_TMPFILE")).expect("no nameless file");
        let rule = nameless.inject("error=EOPNOTSUPP");
        let sandbox = Sandbox::new();
        let run = with_rules(sandbox.call(arguments), &[&*rule, "inject=renameat2:signal=KILL"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        let names = sandbox.names();
        assert!(names.len() == 1 && names[0].starts_with(".htpasswd-new."), "{names:?}");
    }
}

/// Writes an invalid journal and runs the program, which must quarantine that journal under the name `expected` and
/// warn.
#[track_caller]
fn quarantine(sandbox: &Sandbox, bytes: &str, expected: &str) {
    let path = sandbox.path(journal_of("passwd"));
    fs::write(&path, bytes).unwrap();
    let run = sandbox.run(["-vb", "passwd", "u00000", "secret"]);
    run.exits(0);
    assert!(!path.exists(), "not moved\n{run}");
    assert_eq!(sandbox.text(expected), bytes, "{run}");
    assert!(run.warnings().concat().contains(expected), "not reported\n{run}");
}

#[test]
fn a_quarantined_journal_never_overwrites_an_earlier_one() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(users(2));
    for number in 1..=11 {
        quarantine(&sandbox, &format!("journal {number}"), &quarantined(number, "passwd"));
    }
    for number in 1..=11 {
        assert_eq!(sandbox.text(&quarantined(number, "passwd")), format!("journal {number}"));
    }
    // The program uses the first free number.
    fs::remove_file(sandbox.path(quarantined(3, "passwd"))).unwrap();
    quarantine(&sandbox, "again", &quarantined(3, "passwd"));
    assert_eq!(sandbox.text(&quarantined(4, "passwd")), "journal 4");
    assert_eq!(sandbox.text("passwd"), users(2));
}

#[test]
fn a_quarantined_journal_never_gets_a_name_in_use() {
    if !ours() {
        return;
    }
    let plants: [fn(&Sandbox, &str); 5] = [
        |sandbox, name| sandbox.write(name, "precious"),
        |sandbox, name| fs::create_dir(sandbox.path(name)).unwrap(),
        |sandbox, name| fs::create_dir_all(sandbox.path(name).join("within")).unwrap(),
        |sandbox, name| symlink("nowhere", sandbox.path(name)).unwrap(),
        |sandbox, name| symlink("passwd", sandbox.path(name)).unwrap(),
    ];
    for (number, plant) in plants.iter().enumerate() {
        let sandbox = Sandbox::with(users(2));
        let first = quarantined(1, "passwd");
        plant(&sandbox, &first);
        let kind = fs::symlink_metadata(sandbox.path(&first)).unwrap().file_type();
        quarantine(&sandbox, "no journal", &quarantined(2, "passwd"));
        assert_eq!(fs::symlink_metadata(sandbox.path(&first)).unwrap().file_type(), kind, "plant {number}");
        assert_eq!(sandbox.text("passwd"), users(2), "plant {number}");
        assert!(number > 0 || sandbox.text(&first) == "precious");
    }
    // A directory at the journal's path is quarantined, too.
    let sandbox = Sandbox::with(users(2));
    sandbox.write(&quarantined(1, "passwd"), "precious");
    fs::create_dir_all(sandbox.path(journal_of("passwd")).join("within")).unwrap();
    sandbox.run(["-vb", "passwd", "u00000", "secret"]).exits(0).warns();
    assert!(sandbox.path(quarantined(2, "passwd")).join("within").is_dir());
    assert_eq!(sandbox.text(&quarantined(1, "passwd")), "precious");
}

/// The two names differ only in their last byte, so their shortened journal names must differ, too.
#[test]
fn quarantined_journals_of_the_longest_names_fit() {
    if !can_trace() {
        return;
    }
    let names = ['a', 'b'].map(|last| "f".repeat(254) + &last.to_string());
    let sandbox = Sandbox::new();
    for name in &names {
        sandbox.write(name, users(3));
    }
    for round in 1..=3 {
        for name in &names {
            let before = sandbox.companions(&[&names[0], &names[1]]);
            let call = sandbox.call(["-D", name, "u00001"]);
            let run = with_rules(call, &["inject=pwrite64:signal=KILL:when=1"]).run();
            assert_eq!(run.exit, Exit::Signal(9), "{run}");
            let mut journal = sandbox.companions(&[&names[0], &names[1]]);
            journal.retain(|name| !before.contains(name));
            assert_eq!(journal.len(), 1, "{journal:?}");
            fs::write(sandbox.path(&journal[0]), format!("no journal {round}")).unwrap();
            let run = sandbox.run(["-vb", name, "u00000", "secret"]);
            run.exits(0).warns();
            assert!(!sandbox.exists(&journal[0]), "{run}");
            let companions = sandbox.companions(&[&names[0], &names[1]]);
            assert_eq!(companions.len(), before.len() + 1, "{run}");
            let prefix = format!(".htpasswd-quarantined-{round}.");
            assert!(companions.iter().any(|name| name.starts_with(&prefix)), "{companions:?}");
        }
    }
}

/// The user that httpd and nginx run as on Debian.
fn server_user() -> Option<u32> {
    let output = Command::new("id").args(["-u", "www-data"]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// A served directory with a journal and a quarantined journal. The server's user owns all files.
fn published(user: u32) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(".htpasswd", users(3));
    sandbox.write("page.html", "it works\n");
    let killed = || {
        let call = sandbox.call(["-bs", ".htpasswd", "u00001", "other"]);
        let run = with_rules(call, &["inject=pwrite64:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
    };
    killed();
    // A later edit makes the program quarantine the journal. The test then kills another write.
    sandbox.write(".htpasswd", format!("{}new:{SHA1}\n", users(2)));
    sandbox.run(["-vb", ".htpasswd", "u00000", "secret"]).exits(0);
    killed();
    fs::copy(sandbox.path(".htpasswd"), sandbox.path("copy")).unwrap();
    fs::copy(sandbox.path(".htpasswd"), sandbox.path("..htpasswd")).unwrap();
    for name in sandbox.names() {
        chown(sandbox.path(name), Some(user), None).unwrap();
    }
    sandbox
}

#[test]
fn web_servers_serve_no_journal_and_no_quarantined_journal() {
    if !can_trace() {
        return;
    }
    let Some(user) = server_user().filter(|_| is_root()) else {
        skipped("only root can start a server as www-data");
        return;
    };
    let sandbox = published(user);
    let mut servers = Vec::new();
    servers.extend(Server::httpd_without_ht(&sandbox).map(|server| ("httpd", server)));
    servers.extend(Server::nginx_without_ht(&sandbox).map(|server| ("nginx", server)));
    for (name, server) in servers {
        for page in ["page.html", "copy", "..htpasswd"] {
            assert_eq!(server.status(&format!("/{page}")), 200, "{name} does not serve {page}");
        }
        let companions = sandbox.companions(&["page.html", "copy", "..htpasswd"]);
        assert_eq!(companions.len(), 3, "{companions:?}");
        for companion in companions {
            assert_eq!(server.status(&format!("/{companion}")), 403, "{name} serves {companion}");
        }
    }
}
