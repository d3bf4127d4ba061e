//! What lies in the journal's place: a write that was cut off is finished by whatever runs next. Anything else is never
//! believed and never followed. It is quarantined, and nobody's change is lost by it.

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
/// An edit that changes no length, so that what stands behind it stays where it is.
const EDIT: &[&str] = &["-bs", "passwd", "u00000", "other"];
const VERIFY: &[&str] = &["-vb", "passwd", "u00000", "secret"];

/// A sandbox with this file, after a run that was killed at the first call of this name.
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

/// Five users without u00001, and, for its record, the line feeds that a cut-off deletion leaves: a whole journal
/// would cut them off.
fn before_the_cut() -> String {
    let five = users(5);
    let line = format!("u00001:{SHA1}\n");
    five.replace(&line, "") + &"\n".repeat(line.len())
}

/// A deletion that was killed before it cut the file.
fn interrupted() -> Sandbox {
    let sandbox = killed(&users(5), DELETE, "ftruncate");
    assert_eq!(sandbox.text("passwd"), before_the_cut());
    sandbox
}

/// The same with a file and a directory that everybody may write to, and owners of the file and of the journal. A change
/// of the file's owner after the kill would be somebody's later edit.
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

/// What these tests do to the journal.
trait Journal {
    fn journal(&self) -> PathBuf;
    /// Puts `bytes` in the journal's place, in a file as the program makes it.
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

/// The run reports, in one line, where it has put what was in the journal's place.
#[track_caller]
fn reports_quarantine(run: &Run, what: &str) {
    assert!(run.warnings().iter().any(|line| line.contains(QUARANTINED)), "{what}: not reported\n{run}");
}

/// An edit, a check and a deletion in turn meet what `plant` puts in the journal's place. None of them believes it; the
/// edit itself is made. What was there is kept under another name.
#[track_caller]
fn not_believed(what: &str, plant: impl Fn(&Sandbox)) {
    not_applied(what, true, plant);
}

/// `kept` says whether what was there is kept under another name.
#[track_caller]
fn not_applied(what: &str, kept: bool, plant: impl Fn(&Sandbox)) {
    for arguments in [EDIT, VERIFY, &["-D", "passwd", "u00002"]] {
        let sandbox = interrupted();
        plant(&sandbox);
        let there = sandbox.text("passwd");
        let what = format!("{what}, {arguments:?}");
        let run = sandbox.run(arguments);
        assert_eq!(run.exit, Exit::Code(0), "{what}\n{run}");
        let record = format!("u00002:{SHA1}\n");
        let expected = match arguments {
            EDIT => set(&there, "u00000", OTHER),
            VERIFY => there,
            _ => there.replace(&record, ""),
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
fn a_whole_journal_is_believed() {
    if !can_trace() {
        return;
    }
    // What the others compare with: were it not so, they would test nothing.
    let after = users(5).replace(&format!("u00001:{SHA1}\n"), "");
    let add = format!("{after}new:{SHA1}\n");
    let deleted = after.replace(&format!("u00002:{SHA1}\n"), "");
    for (arguments, expected) in [
        (EDIT, set(&after, "u00000", OTHER)),
        (VERIFY, after.clone()),
        (&["-bs", "passwd", "new", "secret"], add),
        (&["-D", "passwd", "u00002"], deleted),
        (&["-D", "passwd", "nobody"], after.clone()),
        (&["-cbs", "passwd", "only", "secret"], format!("only:{SHA1}\n")),
    ] {
        let sandbox = interrupted();
        let run = sandbox.run(arguments);
        run.exits(0).warns();
        assert_eq!(sandbox.text("passwd"), expected, "{arguments:?}\n{run}");
        assert_eq!(sandbox.names(), ["passwd"], "{arguments:?}\n{run}");
    }
    // A run that fails for another reason finishes it too, or leaves it to the next one.
    let sandbox = interrupted();
    sandbox.run(["-vb", "passwd", "u00000", "wrong"]).exits(3);
    sandbox.run(VERIFY).exits(0);
    assert_eq!(sandbox.text("passwd"), after);
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn of_a_kind_that_is_no_journal() {
    if !can_trace() {
        return;
    }
    for mode in [0o644, 0o660, 0o400, 0o4600] {
        not_believed(&format!("mode {mode:o}"), |sandbox| {
            fs::set_permissions(sandbox.journal(), Permissions::from_mode(mode)).unwrap();
        });
    }
    not_believed("two links", |sandbox| {
        fs::hard_link(sandbox.journal(), sandbox.temporary().join("second")).unwrap();
    });
    not_believed("a directory", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        fs::create_dir(sandbox.journal()).unwrap();
    });
    not_believed("a directory that is not empty", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        fs::create_dir_all(sandbox.journal().join("within")).unwrap();
    });
    not_believed("a pipe", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        mknodat(CWD, sandbox.journal(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    });
    not_believed("a dangling link", |sandbox| {
        fs::remove_file(sandbox.journal()).unwrap();
        symlink("nowhere", sandbox.journal()).unwrap();
    });
    not_believed("a link to a whole journal", |sandbox| {
        fs::rename(sandbox.journal(), sandbox.temporary().join("journal")).unwrap();
        symlink("../tmp/journal", sandbox.journal()).unwrap();
    });
}

#[test]
fn a_link_to_a_file_leaves_that_file_alone() {
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
fn of_another_owner() {
    if !can_trace() {
        return;
    }
    if !is_root() {
        skipped("only root can give files away");
        return;
    }
    not_believed("another owner", |sandbox| chown(sandbox.journal(), Some(12345), None).unwrap());
    // The owner of the file could have written to it as well.
    let sandbox = interrupted_with_owners(12345, 12345);
    sandbox.run(VERIFY).exits(0);
    assert_eq!(sandbox.text("passwd"), users(5).replace(&format!("u00001:{SHA1}\n"), ""));
}

/// A cut-off write of another user, who alone may read its journal: it can be finished by that one only, and until
/// then the file is not changed, for that would make it impossible.
#[test]
fn of_the_owner_of_the_file_and_for_nobody_else_to_read() {
    if !can_trace() {
        return;
    }
    if !is_root() {
        skipped("only root can be two users");
        return;
    }
    // The owner of the file, or root.
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
    // Anybody else has no say in this.
    let sandbox = interrupted_with_owners(0, 12345);
    let run = sandbox.call(EDIT).by_ordinary_user().run();
    run.exits(0);
    assert_eq!(sandbox.names(), [QUARANTINED, "passwd"], "{run}");
}

#[test]
fn with_bytes_that_are_no_journal() {
    if !can_trace() {
        return;
    }
    let whole = fs::read(interrupted().journal()).unwrap();
    assert!(whole.len() > 100, "{}", whole.len());
    let step = if full() { 1 } else { 29 };
    let (mut cut, mut changed) = (0, 0);
    // The program ended while it wrote the journal, which is before it touches the file, or after its change was complete.
    for length in (0..whole.len()).step_by(step).chain([whole.len() - 1]) {
        not_applied(&format!("cut to {length}"), false, |sandbox| {
            sandbox.open_journal().set_len(length as u64).unwrap();
        });
        cut += 1;
    }
    // A greater length looks like a journal that was cut off.
    let length_field = 24..32;
    let places = (0..whole.len()).step_by(step).chain([whole.len() - 1]);
    for at in places.filter(|at| !length_field.contains(at)) {
        not_believed(&format!("changed at {at}"), |sandbox| {
            let byte = fs::read(sandbox.journal()).unwrap()[at];
            sandbox.open_journal().write_all_at(&[byte ^ 1], at as u64).unwrap();
        });
        changed += 1;
    }
    not_believed("a byte more", |sandbox| {
        OpenOptions::new().append(true).open(sandbox.journal()).unwrap().write_all(b"\n").unwrap();
    });
    not_believed("text", |sandbox| sandbox.plant(b"u00000:x\n"));
    not_believed("a megabyte of zeros", |sandbox| sandbox.plant(&vec![0; 1 << 20]));
    counted(&format!("{cut} cut and {changed} changed journals of {} bytes", whole.len()));
}

#[test]
fn of_another_file() {
    if !can_trace() {
        return;
    }
    let other = interrupted();
    not_believed("of a file of the same content", |sandbox| {
        sandbox.plant(&fs::read(other.journal()).unwrap());
    });
    let longer = killed(&users(9), DELETE, "ftruncate");
    not_believed("of a longer file", |sandbox| sandbox.plant(&fs::read(longer.journal()).unwrap()));
    not_believed("of the file that was here before", |sandbox| {
        fs::write(sandbox.path("copy"), before_the_cut()).unwrap();
        fs::rename(sandbox.path("copy"), sandbox.path("passwd")).unwrap();
    });
}

#[test]
fn of_a_file_that_somebody_changed_since() {
    if !can_trace() {
        return;
    }
    not_believed("a line more", |sandbox| {
        let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
        writeln!(file, "eve:{SHA1}").unwrap();
    });
    not_believed("many lines more", |sandbox| {
        let mut file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
        file.write_all(users(500).replace('u', "v").as_bytes()).unwrap();
    });
    not_believed("the last user gone", |sandbox| {
        let length = before_the_cut().find("u00004").unwrap();
        sandbox.open_for_writing().set_len(length as u64).unwrap();
    });
    not_believed("another hash in the part that was written", |sandbox| {
        let changed = set(&sandbox.text("passwd"), "u00003", OTHER);
        sandbox.open_for_writing().write_all_at(changed.as_bytes(), 0).unwrap();
    });
    not_believed("the last user commented out", |sandbox| {
        let text = sandbox.text("passwd");
        let changed = text.replace(&format!("u00004:{SHA1}\n"), &format!("#00004:{SHA1}\n"));
        sandbox.open_for_writing().write_all_at(changed.as_bytes(), 0).unwrap();
    });
}

/// Somebody changed a part of the file that the cut-off deletion does not touch. That edit stays, and the newlines that the
/// deletion has left are cut off.
#[test]
fn of_a_file_that_somebody_changed_elsewhere() {
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

/// Whatever lies where a foreign journal is to go, the edit is made, and the next number is used.
#[test]
fn with_something_in_the_place_of_the_quarantined_one() {
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
fn of_no_file() {
    if !ours() {
        return;
    }
    // The file is gone, the journal is still there: a new file is not what it belongs to.
    let sandbox = Sandbox::new();
    sandbox.plant(b"whatever");
    sandbox.run(["-cbs", "passwd", "bob", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    let run = sandbox.run(["-vb", "passwd", "bob", "secret"]);
    run.exits(0);
    reports_quarantine(&run, "a new file");
    assert_eq!(sandbox.names(), [QUARANTINED, "passwd"]);
}
