//! Tests of the file at the journal's path. If the file is a complete journal of the interrupted write, the next run
//! applies the journal. The program removes an incomplete journal and quarantines any other file. It never applies or
//! follows such a file, and keeps all changes of other programs.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;

use crate::support::strace::{can_trace, counted, full, ours, with_rules};
use crate::support::users::{OTHER, set, users};
use crate::support::{Exit, Run, SHA1, Sandbox, is_root, skipped};
use rustix::fs::{CWD, FileType, Mode, mknodat};

const JOURNAL: &str = ".htpasswd-journal.passwd";
const QUARANTINED: &str = ".htpasswd-quarantined-1.passwd";
const DELETE: &[&str] = &["-D", "passwd", "u00001"];
/// An edit of equal length, so that the lines after it do not move.
const EDIT: &[&str] = &["-bs", "passwd", "u00000", "other"];
const VERIFY: &[&str] = &["-vb", "passwd", "u00000", "secret"];

/// A sandbox with this file, after a kill at the first call of this name.
fn killed(content: &str, arguments: &[&str], name: &str) -> Sandbox {
    let sandbox = Sandbox::with(content);
    kill(&sandbox, arguments, name);
    sandbox
}

#[track_caller]
fn kill(sandbox: &Sandbox, arguments: &[&str], name: &str) {
    let rule = format!("inject={name}:signal=KILL:when=1");
    let run = with_rules(sandbox.call(arguments), &[rule]).run();
    assert_eq!(run.exit, Exit::Signal(9), "not killed at {name}\n{run}");
    assert_eq!(sandbox.names(), [JOURNAL, "passwd"], "no journal");
}

/// The file after the interrupted deletion of u00001 from five users: newlines at the end pad it to the old length. A
/// complete journal would cut them off.
fn before_the_cut() -> String {
    let five = users(5);
    let line = format!("u00001:{SHA1}\n");
    five.replace(&line, "") + &"\n".repeat(line.len())
}

/// A sandbox after a deletion that was killed before it cut the file.
fn interrupted() -> Sandbox {
    let sandbox = killed(&users(5), DELETE, "ftruncate");
    assert_eq!(sandbox.text("passwd"), before_the_cut());
    sandbox
}

/// An interrupted deletion from a file that all users can write to, with these owners of the file and of its
/// journal. The file has its owner before the kill, because a later change of the owner would be a later edit.
fn interrupted_with_owners(file: u32, journal: u32) -> Sandbox {
    let sandbox = Sandbox::with(users(5));
    for (name, mode) in [("passwd", 0o666), (".", 0o777)] {
        sandbox.set_mode(name, mode);
    }
    chown(sandbox.path("passwd"), Some(file), None).unwrap();
    kill(&sandbox, DELETE, "ftruncate");
    chown(sandbox.journal(), Some(journal), None).unwrap();
    assert_eq!(sandbox.text("passwd"), before_the_cut());
    sandbox
}

/// Changes of the journal by a test.
trait Journal {
    fn journal(&self) -> PathBuf;
    /// Writes `bytes` to the journal's path, with the mode that the program gives a journal.
    fn plant(&self, bytes: &[u8]);
    fn open_journal(&self) -> File;
    fn open_for_writing(&self) -> File;
}

impl Journal for Sandbox {
    fn journal(&self) -> PathBuf {
        self.path(JOURNAL)
    }

    fn plant(&self, bytes: &[u8]) {
        let _ = fs::remove_file(self.journal());
        fs::write(self.journal(), bytes).unwrap();
        fs::set_permissions(self.journal(), Permissions::from_mode(0o600)).unwrap();
    }

    fn open_journal(&self) -> File {
        OpenOptions::new().write(true).open(self.journal()).unwrap()
    }

    fn open_for_writing(&self) -> File {
        OpenOptions::new().write(true).open(self.path("passwd")).unwrap()
    }
}

/// Fails unless a warning of the run names the quarantined journal.
#[track_caller]
fn reports_quarantine(run: &Run, what: &str) {
    assert!(run.warnings().iter().any(|line| line.contains(QUARANTINED)), "{what}: not reported\n{run}");
}

/// Runs an edit, a verification and a deletion with the journal that `plant` changes. Each run must quarantine that
/// journal without applying it, and make its own edit.
#[track_caller]
fn is_quarantined(what: &str, plant: impl Fn(&Sandbox)) {
    is_not_applied(what, true, plant);
}

/// Runs an edit, a verification and a deletion with the journal that `plant` changes. No run may apply that journal.
/// If `kept` is true, each run must also quarantine the journal.
#[track_caller]
fn is_not_applied(what: &str, kept: bool, plant: impl Fn(&Sandbox)) {
    for arguments in [EDIT, VERIFY, &["-D", "passwd", "u00002"]] {
        let sandbox = interrupted();
        plant(&sandbox);
        let content_before = sandbox.text("passwd");
        let what = format!("{what}, {arguments:?}");
        let run = sandbox.run(arguments);
        assert_eq!(run.exit, Exit::Code(0), "{what}\n{run}");
        let record = format!("u00002:{SHA1}\n");
        let expected = match arguments {
            EDIT => set(&content_before, "u00000", OTHER),
            VERIFY => content_before,
            _ => content_before.replace(&record, ""),
        };
        assert_eq!(sandbox.text("passwd"), expected, "{what}\n{run}");
        if kept {
            assert_eq!(sandbox.names(), [QUARANTINED, "passwd"], "{what}\n{run}");
            reports_quarantine(&run, &what);
        } else {
            assert_eq!(sandbox.names(), ["passwd"], "{what}\n{run}");
        }
    }
}

#[test]
fn a_complete_journal_is_applied_by_the_next_run() {
    if !can_trace() {
        return;
    }
    // The other tests change this journal, so they prove nothing unless the unchanged journal is applied.
    let after = users(5).replace(&format!("u00001:{SHA1}\n"), "");
    let add = format!("{after}new:{SHA1}\n");
    let deleted = after.replace(&format!("u00002:{SHA1}\n"), "");
    for (arguments, expected) in [
        (EDIT, set(&after, "u00000", OTHER)),
        (VERIFY, after.clone()),
        (&["-bs", "passwd", "new", "secret"], add),
        (&["-D", "passwd", "u00002"], deleted),
        (&["-D", "passwd", "unknown"], after.clone()),
        (&["-cbs", "passwd", "only", "secret"], format!("only:{SHA1}\n")),
    ] {
        let sandbox = interrupted();
        let run = sandbox.run(arguments);
        run.exits(0).warns();
        assert_eq!(sandbox.text("passwd"), expected, "{arguments:?}\n{run}");
        assert_eq!(sandbox.names(), ["passwd"], "{arguments:?}\n{run}");
    }
    // A run that fails for another reason either finishes the interrupted write, or leaves that write to the next run.
    let sandbox = interrupted();
    sandbox.run(["-vb", "passwd", "u00000", "wrong"]).exits(3);
    sandbox.run(VERIFY).exits(0);
    assert_eq!(sandbox.text("passwd"), after);
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn a_journal_of_another_mode_or_kind_is_quarantined() {
    if !can_trace() {
        return;
    }
    for mode in [0o644, 0o660, 0o400, 0o4600] {
        is_quarantined(&format!("mode {mode:o}"), |sandbox| {
            fs::set_permissions(sandbox.journal(), Permissions::from_mode(mode)).unwrap();
        });
    }
    is_quarantined("two links", |sandbox| {
        fs::hard_link(sandbox.journal(), sandbox.temporary().join("second")).unwrap();
    });
    is_quarantined("a directory", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        fs::create_dir(sandbox.journal()).unwrap();
    });
    is_quarantined("a directory that is not empty", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        fs::create_dir_all(sandbox.journal().join("within")).unwrap();
    });
    is_quarantined("a pipe", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        mknodat(CWD, sandbox.journal(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    });
    is_quarantined("a dangling link", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        symlink("nowhere", sandbox.journal()).unwrap();
    });
    is_quarantined("a link to a whole journal", |sandbox| {
        fs::rename(sandbox.journal(), sandbox.temporary().join("journal")).unwrap();
        symlink("../tmp/journal", sandbox.journal()).unwrap();
    });
}

#[test]
fn a_link_at_the_journals_path_is_not_followed() {
    if !can_trace() {
        return;
    }
    for arguments in [EDIT, VERIFY, DELETE, &["-cbs", "passwd", "only", "secret"]] {
        let sandbox = Sandbox::with(users(3));
        let precious = sandbox.temporary().join("precious");
        fs::write(&precious, "precious\n").unwrap();
        fs::set_permissions(&precious, Permissions::from_mode(0o640)).unwrap();
        symlink("../tmp/precious", sandbox.journal()).unwrap();
        let run = sandbox.run(arguments);
        run.exits(0);
        reports_quarantine(&run, &format!("{arguments:?}"));
        assert_eq!(fs::read(&precious).unwrap(), b"precious\n");
        assert_eq!(fs::metadata(&precious).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(sandbox.names(), [QUARANTINED, "passwd"]);
    }
}

#[test]
fn a_journal_of_another_owner_is_quarantined() {
    if !can_trace() {
        return;
    }
    if !is_root() {
        skipped("only root can change owners");
        return;
    }
    is_quarantined("another owner", |sandbox| chown(sandbox.journal(), Some(12345), None).unwrap());
    // A journal of the file's owner is applied, because that user may write to the file anyway.
    let sandbox = interrupted_with_owners(12345, 12345);
    sandbox.run(VERIFY).exits(0);
    assert_eq!(sandbox.text("passwd"), users(5).replace(&format!("u00001:{SHA1}\n"), ""));
}

/// Only the owner of the journal can read it and finish the write. Other users must not change the file before the
/// recovery, because a change would make the recovery impossible.
#[test]
fn an_unreadable_journal_of_the_owner_blocks_writes() {
    if !can_trace() {
        return;
    }
    if !is_root() {
        skipped("only root can run the program as two users");
        return;
    }
    // The journal belongs to the owner of the file or to root.
    for (file, journal) in [(0, 0), (12345, 12345), (12345, 0)] {
        let sandbox = interrupted_with_owners(file, journal);
        let run = sandbox.call(EDIT).by_ordinary_user().run();
        assert_eq!(run.exit, Exit::Code(1), "{run}");
        run.stderr_has("htpasswd: ");
        sandbox.call(VERIFY).by_ordinary_user().run().exits(0);
        assert_eq!(sandbox.text("passwd"), before_the_cut());
        assert_eq!(sandbox.names(), [JOURNAL, "passwd"]);
        sandbox.run(VERIFY).exits(0);
        assert_eq!(sandbox.text("passwd"), users(5).replace(&format!("u00001:{SHA1}\n"), ""));
        assert_eq!(sandbox.names(), ["passwd"]);
    }
    // A journal of any other user does not block writes.
    let sandbox = interrupted_with_owners(0, 12345);
    let run = sandbox.call(EDIT).by_ordinary_user().run();
    run.exits(0);
    assert_eq!(sandbox.names(), [QUARANTINED, "passwd"], "{run}");
}

#[test]
fn an_incomplete_or_changed_journal_is_not_applied() {
    if !can_trace() {
        return;
    }
    let whole = fs::read(interrupted().journal()).unwrap();
    assert!(whole.len() > 100, "{}", whole.len());
    let step = if full() { 1 } else { 29 };
    let (mut cut, mut changed) = (0, 0);
    // An incomplete journal means that the program was killed before it changed the file, or after it had finished.
    for length in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        is_not_applied(&format!("cut to {length}"), false, |sandbox| {
            sandbox.open_journal().set_len(length as u64).unwrap();
        });
        cut += 1;
    }
    // A change of the length field would look like an incomplete journal.
    let length_field = 24..32;
    let places = (0..whole.len()).step_by(step).chain([whole.len() - 1]);
    for at in places.filter(|at| !length_field.contains(at)) {
        is_quarantined(&format!("changed at {at}"), |sandbox| {
            let byte = fs::read(sandbox.journal()).unwrap()[at];
            sandbox.open_journal().write_all_at(&[byte ^ 1], at as u64).unwrap();
        });
        changed += 1;
    }
    is_quarantined("a byte appended", |sandbox| {
        OpenOptions::new().append(true).open(sandbox.journal()).unwrap().write_all(b"\n").unwrap();
    });
    is_quarantined("text", |sandbox| sandbox.plant(b"u00000:x\n"));
    is_quarantined("a megabyte of zeros", |sandbox| sandbox.plant(&vec![0; 1 << 20]));
    counted(&format!("{cut} cut and {changed} changed journals of {} bytes", whole.len()));
}

#[test]
fn a_journal_of_another_file_is_quarantined() {
    if !can_trace() {
        return;
    }
    let other = interrupted();
    is_quarantined("a journal of another file with the same content", |sandbox| {
        sandbox.plant(&fs::read(other.journal()).unwrap());
    });
    let longer = killed(&users(9), DELETE, "ftruncate");
    is_quarantined("a journal of a longer file", |sandbox| {
        sandbox.plant(&fs::read(longer.journal()).unwrap());
    });
    is_quarantined("a journal of the replaced file", |sandbox| {
        fs::write(sandbox.path("copy"), before_the_cut()).unwrap();
        fs::rename(sandbox.path("copy"), sandbox.path("passwd")).unwrap();
    });
}

#[test]
fn a_journal_is_quarantined_if_a_later_edit_conflicts() {
    if !can_trace() {
        return;
    }
    is_quarantined("a line appended", |sandbox| {
        let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
        writeln!(file, "eve:{SHA1}").unwrap();
    });
    is_quarantined("many lines appended", |sandbox| {
        let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
        file.write_all(users(500).replace('u', "v").as_bytes()).unwrap();
    });
    is_quarantined("the last user cut off", |sandbox| {
        let length = before_the_cut().find("u00004").unwrap();
        sandbox.open_for_writing().set_len(length as u64).unwrap();
    });
    is_quarantined("another hash in the written part", |sandbox| {
        let changed = set(&sandbox.text("passwd"), "u00003", OTHER);
        sandbox.open_for_writing().write_all_at(changed.as_bytes(), 0).unwrap();
    });
    is_quarantined("the last user commented out", |sandbox| {
        let text = sandbox.text("passwd");
        let changed = text.replace(&format!("u00004:{SHA1}\n"), &format!("#00004:{SHA1}\n"));
        sandbox.open_for_writing().write_all_at(changed.as_bytes(), 0).unwrap();
    });
}

/// The later edit changes a line before the interrupted deletion. Recovery keeps that edit and cuts off the
/// newlines at the end.
#[test]
fn recovery_keeps_an_edit_of_another_part_of_the_file() {
    if !can_trace() {
        return;
    }
    let sandbox = interrupted();
    sandbox.open_for_writing().write_all_at(format!("u00000:{OTHER}\n").as_bytes(), 0).unwrap();
    sandbox.run(["-vb", "passwd", "u00000", "other"]).exits(0);
    let deleted = users(5).replace(&format!("u00001:{SHA1}\n"), "");
    assert_eq!(sandbox.text("passwd"), set(&deleted, "u00000", OTHER));
    assert_eq!(sandbox.names(), ["passwd"]);
}

/// If the first name of a quarantined journal is in use, the program uses the next number.
#[test]
fn a_quarantined_journal_gets_the_next_free_number() {
    if !can_trace() {
        return;
    }
    for directory in [false, true] {
        let sandbox = interrupted();
        if directory {
            fs::create_dir_all(sandbox.path(QUARANTINED).join("within")).unwrap();
        } else {
            fs::write(sandbox.path(QUARANTINED), "earlier").unwrap();
        }
        sandbox.plant(b"");
        fs::set_permissions(sandbox.journal(), Permissions::from_mode(0o644)).unwrap();
        let run = sandbox.run(EDIT);
        run.exits(0).warns();
        assert_eq!(sandbox.text("passwd"), set(&before_the_cut(), "u00000", OTHER), "{run}");
        assert_eq!(sandbox.names(), [QUARANTINED, ".htpasswd-quarantined-2.passwd", "passwd"], "{run}");
        assert!(directory || sandbox.text(QUARANTINED) == "earlier");
    }
}

#[test]
fn a_journal_of_a_deleted_file_is_quarantined() {
    if !ours() {
        return;
    }
    // The journal of the deleted file does not belong to the new file of that name.
    let sandbox = Sandbox::new();
    sandbox.plant(b"whatever");
    sandbox.run(["-cbs", "passwd", "bob", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    let run = sandbox.run(["-vb", "passwd", "bob", "secret"]);
    run.exits(0);
    reports_quarantine(&run, "a new file");
    assert_eq!(sandbox.names(), [QUARANTINED, "passwd"]);
}
