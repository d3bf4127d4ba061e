//! Tests of links, files and pipes that another user plants. Planted files must not make root write to another file.
//!
//! In sticky directories, the program follows the rules of the kernel (`fs.protected_symlinks`,
//! `fs.protected_regular` and `fs.protected_fifos`), even if these are switched off. In other directories that
//! another user can write to, root follows a link only if root or the owner of the target owns the link.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{OpenOptionsExt as _, chown, lchown, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

use crate::support::strace::{can_make_files_of_others, counted, full};
use crate::support::users::users;
use crate::support::{Call, Run, SHA1, Sandbox};

/// A user who is neither root nor the ordinary user that the tests run as.
const OTHER_USER: u32 = 12345;
const ROOT: u32 = 0;
/// The ordinary user that the tests run as.
const ORDINARY_USER: u32 = 65534;

/// The commands that write to a file.
const WRITES: [&[&str]; 6] = [
    &["-bs", "FILE", "alice", "secret"],
    &["-D", "FILE", "u00001"],
    &["--ensure", "-bs", "FILE", "alice", "secret"],
    &["--import", "-s", "FILE"],
    &["-cbs", "FILE", "alice", "secret"],
    &["-c", "--import", "-s", "FILE"],
];

/// Returns true if the command makes a missing file.
fn creates(arguments: &[&str]) -> bool {
    arguments[0].starts_with("-c") || arguments[0] == "--ensure"
}

fn call<'a>(sandbox: &'a Sandbox, arguments: &[&str], file: &str) -> Call<'a> {
    let words = arguments.iter().map(|word| if *word == "FILE" { file } else { word });
    sandbox.call(words).stdin("alice:secret\n")
}

/// A sandbox with a directory `shared` of this mode and owner, and a directory `private` of root.
fn sandbox(mode: u32, owner: u32) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["shared", "private"] {
        fs::create_dir(sandbox.path(name)).unwrap();
    }
    sandbox.set_mode("shared", mode);
    chown(sandbox.path("shared"), Some(owner), None).unwrap();
    sandbox
}

fn link(sandbox: &Sandbox, target: &str, name: &str, owner: u32) {
    symlink(target, sandbox.path(name)).unwrap();
    lchown(sandbox.path(name), Some(owner), None).unwrap();
}

/// Fails unless the run exits with 1 and prints one line that contains all of these causes.
#[track_caller]
fn is_rejected(run: &Run, what: &str, causes: &[&str]) {
    assert_eq!(run.exit, crate::support::Exit::Code(1), "{what}\n{run}");
    let text = run.stderr();
    assert_eq!(text.lines().count(), 1, "{what}: not one line\n{run}");
    for cause in causes {
        assert!(text.contains(cause), "{what}: no {cause:?}\n{run}");
    }
}

/// Modes and owners of directories in which a user other than root can make a link.
const WRITABLE_BY_OTHERS: [(u32, u32); 5] =
    [(0o1777, ROOT), (0o777, ROOT), (0o775, ROOT), (0o755, OTHER_USER), (0o700, OTHER_USER)];

#[test]
fn root_follows_no_link_that_another_user_has_planted() {
    if !can_make_files_of_others() {
        return;
    }
    let mut rejected = 0;
    for (mode, owner) in WRITABLE_BY_OTHERS {
        for arguments in WRITES {
            // The planted link is the last part of the path, a directory of the path, or the target of a link of
            // root.
            for file in ["shared/link", "shared/directory/users", "own"] {
                let sandbox = sandbox(mode, owner);
                sandbox.write("private/users", users(3));
                link(&sandbox, "../private/users", "shared/link", OTHER_USER);
                link(&sandbox, "../private", "shared/directory", OTHER_USER);
                link(&sandbox, "shared/link", "own", ROOT);
                let run = call(&sandbox, arguments, file).run();
                let what = format!("{mode:o} of {owner}, {file}, {arguments:?}");
                is_rejected(&run, &what, &["link", "own"]);
                assert_eq!(sandbox.text("private/users"), users(3), "{what}");
                assert_eq!(fs::read_dir(sandbox.path("private")).unwrap().count(), 1, "{what}");
                assert_eq!(fs::read_dir(sandbox.path("shared")).unwrap().count(), 2, "{what}");
                rejected += 1;
            }
        }
    }
    counted(&format!("{rejected} writes rejected"));
}

#[test]
fn root_makes_no_file_at_the_target_of_a_planted_link() {
    if !can_make_files_of_others() {
        return;
    }
    for (mode, owner) in WRITABLE_BY_OTHERS {
        for arguments in WRITES.into_iter().filter(|arguments| creates(arguments)) {
            for file in ["shared/link", "shared/directory/users", "own"] {
                let sandbox = sandbox(mode, owner);
                link(&sandbox, "../private/users", "shared/link", OTHER_USER);
                link(&sandbox, "../private", "shared/directory", OTHER_USER);
                link(&sandbox, "shared/link", "own", ROOT);
                let run = call(&sandbox, arguments, file).run();
                let what = format!("{mode:o} of {owner}, {file}, {arguments:?}");
                is_rejected(&run, &what, &["link", "own"]);
                assert_eq!(fs::read_dir(sandbox.path("private")).unwrap().count(), 0, "{what}");
            }
        }
    }
}

/// Fails unless the run succeeds and changes the file. `text` is the new content: after a deletion it must not contain
/// u00001, and after any other command it must contain alice.
#[track_caller]
fn is_done(run: &Run, arguments: &[&str], text: &str, what: &str) {
    run.exits(0);
    let fits = if arguments[0] == "-D" { !text.contains("u00001") } else { text.contains("alice:{SHA}") };
    assert!(fits, "{what}: not done\n{run}");
}

#[test]
fn root_follows_links_of_root_and_of_the_owner_of_the_target() {
    if !can_make_files_of_others() {
        return;
    }
    let sticky = (0o1777, ROOT);
    for (mode, owner) in WRITABLE_BY_OTHERS {
        for (link_owner, target_owner) in [(ROOT, ROOT), (ROOT, OTHER_USER), (OTHER_USER, OTHER_USER)] {
            // In a sticky directory, the kernel's rule applies: the caller or the directory's owner must own the
            // link.
            if (mode, owner) == sticky && link_owner == OTHER_USER {
                continue;
            }
            for arguments in WRITES {
                for file in ["shared/link", "shared/directory/users"] {
                    let sandbox = sandbox(mode, owner);
                    sandbox.write("private/users", users(3));
                    for name in ["private", "private/users"] {
                        chown(sandbox.path(name), Some(target_owner), None).unwrap();
                    }
                    link(&sandbox, "../private/users", "shared/link", link_owner);
                    link(&sandbox, "../private", "shared/directory", link_owner);
                    let run = call(&sandbox, arguments, file).run();
                    let what = format!("{mode:o} of {owner}, link of {link_owner}, {file}, {arguments:?}");
                    is_done(&run, arguments, &sandbox.text("private/users"), &what);
                }
            }
        }
    }
}

/// Only root can have made the link, because no other user can write to the directory.
#[test]
fn root_follows_any_link_in_a_directory_only_root_can_write() {
    if !can_make_files_of_others() {
        return;
    }
    for arguments in WRITES {
        let sandbox = sandbox(0o755, ROOT);
        sandbox.write("private/users", users(3));
        link(&sandbox, "../private/users", "shared/link", OTHER_USER);
        let run = call(&sandbox, arguments, "shared/link").run();
        is_done(&run, arguments, &sandbox.text("private/users"), &format!("{arguments:?}"));
    }
}

#[test]
fn ordinary_users_follow_their_links_in_their_directories() {
    if !can_make_files_of_others() {
        return;
    }
    for arguments in WRITES {
        let sandbox = sandbox(0o755, ORDINARY_USER);
        sandbox.write("private/users", users(3));
        for name in ["private", "private/users"] {
            chown(sandbox.path(name), Some(ORDINARY_USER), None).unwrap();
        }
        link(&sandbox, "../private/users", "shared/link", ORDINARY_USER);
        if !sandbox.for_ordinary_user() {
            return;
        }
        let run = call(&sandbox, arguments, "shared/link").by_ordinary_user().run();
        is_done(&run, arguments, &sandbox.text("private/users"), &format!("{arguments:?}"));
    }
}

#[test]
fn ordinary_users_follow_no_planted_link_in_a_sticky_directory() {
    if !can_make_files_of_others() {
        return;
    }
    for arguments in WRITES {
        let sandbox = sandbox(0o1777, ROOT);
        sandbox.write("private/users", users(3));
        for name in ["private", "private/users"] {
            chown(sandbox.path(name), Some(ORDINARY_USER), None).unwrap();
        }
        link(&sandbox, "../private/users", "shared/link", OTHER_USER);
        let run = call(&sandbox, arguments, "shared/link").by_ordinary_user().run();
        is_rejected(&run, &format!("{arguments:?}"), &["link", "own"]);
        assert_eq!(sandbox.text("private/users"), users(3), "{arguments:?}");
    }
}

#[test]
fn a_file_planted_in_a_sticky_directory_is_not_written_to() {
    if !can_make_files_of_others() {
        return;
    }
    for arguments in WRITES {
        for by_root in [true, false] {
            let sandbox = sandbox(0o1777, ROOT);
            sandbox.write("shared/users", users(3));
            sandbox.set_mode("shared/users", 0o666);
            chown(sandbox.path("shared/users"), Some(OTHER_USER), None).unwrap();
            let call = call(&sandbox, arguments, "shared/users");
            let run = if by_root { call.run() } else { call.by_ordinary_user().run() };
            let what = format!("{arguments:?}, by root: {by_root}");
            is_rejected(&run, &what, &["own"]);
            assert_eq!(sandbox.text("shared/users"), users(3), "{what}");
            assert_eq!(fs::read_dir(sandbox.path("shared")).unwrap().count(), 1, "{what}");
        }
    }
}

/// The program writes to files of the caller and of the directory's owner, and to any file in a directory that is not
/// sticky.
#[test]
fn a_file_that_is_not_planted_is_written_to() {
    if !can_make_files_of_others() {
        return;
    }
    for (mode, directory, owner) in [
        (0o1777, ROOT, ROOT),
        (0o1777, OTHER_USER, ROOT),
        (0o1777, OTHER_USER, OTHER_USER),
        (0o755, ROOT, OTHER_USER),
        (0o755, OTHER_USER, OTHER_USER),
    ] {
        for arguments in WRITES {
            let sandbox = sandbox(mode, directory);
            sandbox.write("shared/users", users(3));
            chown(sandbox.path("shared/users"), Some(owner), None).unwrap();
            let run = call(&sandbox, arguments, "shared/users").run();
            let what = format!("{mode:o} of {directory}, file of {owner}, {arguments:?}");
            is_done(&run, arguments, &sandbox.text("shared/users"), &what);
        }
    }
}

#[test]
fn a_pipe_planted_in_a_sticky_directory_is_not_written_to() {
    if !can_make_files_of_others() {
        return;
    }
    for (owner, done) in [(OTHER_USER, false), (ROOT, true)] {
        for arguments in WRITES.into_iter().filter(|arguments| arguments[0].starts_with("-c")) {
            let sandbox = sandbox(0o1777, ROOT);
            let pipe = sandbox.path("shared/pipe");
            mknodat(CWD, &pipe, FileType::Fifo, Mode::from(0o666), 0).unwrap();
            chown(&pipe, Some(owner), None).unwrap();
            let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
            let mut reader = OpenOptions::new().read(true).custom_flags(flags).open(&pipe).unwrap();
            let run = call(&sandbox, arguments, "shared/pipe").run();
            let mut read = String::new();
            reader.read_to_string(&mut read).unwrap();
            if done {
                run.exits(0);
                assert_eq!(read, format!("alice:{SHA1}\n"), "{arguments:?}");
            } else {
                is_rejected(&run, &format!("{arguments:?}"), &["own"]);
                assert_eq!(read, "", "{arguments:?}: the pipe receives a hash");
            }
        }
    }
}

/// Another thread plants and removes the link again and again, while root writes.
#[test]
fn a_link_that_is_planted_at_the_last_moment_is_not_followed() {
    if !can_make_files_of_others() {
        return;
    }
    let sandbox = sandbox(0o1777, ROOT);
    fs::create_dir(sandbox.path("attacker")).unwrap();
    let (planted, prepared) = (sandbox.path("shared/users"), sandbox.path("attacker/link"));
    let target = sandbox.path("private/evil");
    let (tries, end) = (if full() { 3000 } else { 300 }, AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                symlink(&target, &prepared).unwrap();
                lchown(&prepared, Some(OTHER_USER), None).unwrap();
                let _ = fs::rename(&prepared, &planted);
                let _ = fs::remove_file(&planted);
            }
        });
        for number in 0..tries {
            let run = sandbox.run(["-cbs", "shared/users", "alice", "secret"]);
            if target.exists() {
                end.store(true, Ordering::Relaxed);
                panic!("the link was followed in try {number}\n{run}");
            }
        }
        end.store(true, Ordering::Relaxed);
    });
    assert_eq!(fs::read_dir(sandbox.path("private")).unwrap().count(), 0);
    counted(&format!("{tries} tries"));
}
