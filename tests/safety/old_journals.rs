//! Journals of earlier versions, which had another name and another format: they are found, never applied, and never
//! lost. Only where the change is complete already, nothing is kept.
//!
//! The tests make these journals themselves, byte for byte; with `HTPASSWD_TEST_OLD_PROGRAM=PATH`, that program makes
//! them.

use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::time::Duration;

use sha1::{Digest as _, Sha1};

use crate::support::companions::{journal_of, old_journal_of, old_program, quarantined};
use crate::support::strace::{can_trace, counted, ours, system_calls, with_rules};
use crate::support::users::{OTHER, list, set, users};
use crate::support::{Exit, SHA1, SHA512_CRYPT, Sandbox};

/// A write of the earlier version.
struct Write {
    arguments: &'static [&'static str],
    users: String,
    before: String,
    after: String,
}

const SAME_LENGTH: &[&str] = &["-bs", "FILE", "u00001", "other"];
const SHRINK: &[&str] = &["-D", "FILE", "u00001"];
const GROW: &[&str] = &["--import", "--hashed", "FILE"];

/// One that keeps the length of the file, one that cuts it and one that lengthens it.
fn writes() -> [Write; 3] {
    let before = users(5);
    let write = |arguments, users: &str, after| Write {
        arguments,
        users: users.to_owned(),
        before: before.clone(),
        after,
    };
    [
        write(SAME_LENGTH, "", set(&before, "u00001", OTHER)),
        write(SHRINK, "", before.replace(&format!("u00001:{SHA1}\n"), "")),
        write(GROW, &list([("u00001", SHA512_CRYPT)]), set(&before, "u00001", SHA512_CRYPT)),
    ]
}

impl Write {
    /// Where the two texts differ, as the earlier version put it: the offset, the old bytes that give way, the new bytes
    /// in their place, and how many old bytes move.
    fn difference(&self) -> (usize, &[u8], &[u8], usize) {
        let (old, new) = (self.before.as_bytes(), self.after.as_bytes());
        let start = self.before.find("u00001:").unwrap();
        // A hash is replaced; a record is taken out.
        let offset = if self.arguments == SHRINK { start } else { start + "u00001:".len() };
        let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let line = self.before[offset..].find('\n').unwrap() + usize::from(self.arguments == SHRINK);
        let behind = old.len() - offset - line;
        assert!(behind <= same);
        let moved = if old.len() == new.len() { 0 } else { behind };
        (offset, &old[offset..old.len() - behind], &new[offset..new.len() - behind], moved)
    }

    /// The new bytes from the offset on; where the file shrinks, filled up with newlines to its old length.
    fn new_bytes(&self) -> (usize, Vec<u8>) {
        let (offset, replaced, fresh, moved) = self.difference();
        let mut new = self.after.as_bytes()[offset..offset + fresh.len() + moved].to_vec();
        new.resize(new.len().max(replaced.len() + moved), b'\n');
        (offset, new)
    }

    fn journal(&self, inode: u64) -> Vec<u8> {
        let (offset, replaced, fresh, _) = self.difference();
        let mut journal = b"htpasswd-journal".to_vec();
        let lengths = [self.before.len(), self.after.len(), offset, replaced.len(), fresh.len()];
        for number in [inode].into_iter().chain(lengths.map(|length| length as u64)) {
            journal.extend(number.to_le_bytes());
        }
        journal.extend(replaced);
        journal.extend(self.new_bytes().1);
        journal.extend(Sha1::digest(&journal));
        journal
    }

    /// A file of this name with this content, and the journal of this write.
    fn left(&self, name: &str, content: &[u8]) -> Sandbox {
        let sandbox = Sandbox::new();
        sandbox.write(name, &self.before);
        let journal = self.journal(fs::metadata(sandbox.path(name)).unwrap().ino());
        let path = sandbox.path(old_name(name));
        if let Some(old) = old_program() {
            let arguments = self.arguments.iter().map(|word| if *word == "FILE" { name } else { word });
            let call = sandbox.call(arguments).stdin(&self.users).program(&old);
            let run = with_rules(call, &["inject=pwrite64:signal=KILL:when=1"]).run();
            assert_eq!(run.exit, Exit::Signal(9), "{run}");
            assert_eq!(fs::read(&path).unwrap(), journal, "the old program writes another journal");
        } else {
            fs::write(&path, journal).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        }
        // The same file, with the bytes that the write has got to.
        fs::write(sandbox.path(name), content).unwrap();
        sandbox
    }
}

/// The name of an earlier version's journal, shortened if it would not fit.
fn old_name(name: &str) -> String {
    let whole = old_journal_of(name);
    if whole.len() <= 255 {
        return whole;
    }
    let digest = u64::from_be_bytes(Sha1::digest(name)[..8].try_into().unwrap());
    format!(".{}.{digest:016x}.htpasswd-journal", &name[..220])
}

fn names() -> [String; 4] {
    ["users".to_owned(), ".htpasswd".to_owned(), "our users".to_owned(), "f".repeat(255)]
}

const USES: [&[&str]; 4] = [
    &["-vb", "FILE", "u00000", "secret"],
    &["--list", "FILE"],
    &["--check", "FILE"],
    &["-bs", "FILE", "u00000", "other"],
];

/// Each use of the file in turn, each with files of its own. `is_kept` says whether the journal is quarantined then.
#[track_caller]
fn found(what: &str, name: &str, is_kept: bool, start: impl Fn() -> Sandbox) {
    for arguments in USES {
        let sandbox = start();
        let content = sandbox.text(name);
        let journal = fs::read(sandbox.path(old_name(name)));
        let words = arguments.iter().map(|word| if *word == "FILE" { name } else { word });
        let run = sandbox.run(words);
        let what = format!("{name}: {what}, {arguments:?}");
        // What the text is like is no part of this.
        assert!(matches!(run.exit, Exit::Code(0 | 6..=8)), "{what}\n{run}");
        let expected = if arguments[0] == "-bs" { set(&content, "u00000", OTHER) } else { content };
        assert_eq!(sandbox.text(name), expected, "{what}\n{run}");
        let companions = sandbox.companions(&[name]);
        if !is_kept {
            assert_eq!(companions, Vec::<String>::new(), "{what}\n{run}");
            continue;
        }
        assert!(
            companions.len() == 1 && companions[0].starts_with(".htpasswd-quarantined-1."),
            "{what}\n{run}"
        );
        if name.len() < 200 {
            assert_eq!(companions[0], quarantined(1, name));
        }
        if let Ok(journal) = journal {
            assert_eq!(fs::read(sandbox.path(&companions[0])).unwrap(), journal, "{what}: bytes are lost");
        }
        assert!(run.warnings().concat().contains(&companions[0]), "{what}: not reported\n{run}");
    }
}

#[test]
fn an_old_journal_of_a_complete_change_is_removed() {
    if !can_trace() {
        return;
    }
    for write in writes() {
        for name in names() {
            found("new", &name, false, || write.left(&name, write.after.as_bytes()));
        }
    }
}

#[test]
fn an_old_journal_is_never_applied() {
    if !can_trace() {
        return;
    }
    for write in writes() {
        let (offset, new) = write.new_bytes();
        let old = write.before.as_bytes();
        for name in names() {
            found("old", &name, true, || write.left(&name, old));
            for count in [1, 5, new.len() / 2, new.len() - 1] {
                let mut torn = old.to_vec();
                torn.resize(old.len().max(offset + count), b'\n');
                torn[offset..offset + count].copy_from_slice(&new[..count]);
                if torn != old && torn != write.after.as_bytes() {
                    found(&format!("torn at {count}"), &name, true, || write.left(&name, &torn));
                }
            }
            let shorter = &write.after.as_bytes()[..write.after.len() - 41];
            found("the last user deleted", &name, true, || write.left(&name, shorter));
            let longer = format!("{}new:{SHA1}\n", write.after);
            found("a user appended", &name, true, || write.left(&name, longer.as_bytes()));
            found("another file", &name, true, || write.left(&name, users(3).replace('u', "v").as_bytes()));
        }
    }
}

#[test]
fn what_is_no_old_journal_is_quarantined() {
    if !can_trace() {
        return;
    }
    let [write, ..] = writes();
    let name = "users";
    let planted = |plant: &dyn Fn(&Sandbox)| {
        let sandbox = write.left(name, write.after.as_bytes());
        plant(&sandbox);
        sandbox
    };
    let open = |sandbox: &Sandbox| OpenOptions::new().write(true).open(sandbox.path(old_name(name))).unwrap();
    let remove = |sandbox: &Sandbox| fs::remove_file(sandbox.path(old_name(name))).unwrap();
    for length in [0, 1, 15, 16, 64, 100] {
        found(&format!("cut to {length}"), name, true, || {
            planted(&|sandbox| open(sandbox).set_len(length).unwrap())
        });
    }
    for at in [0, 15, 16, 30, 70, 100] {
        let change = |sandbox: &Sandbox| {
            let byte = fs::read(sandbox.path(old_name(name))).unwrap()[at];
            open(sandbox).write_all_at(&[byte ^ 1], at as u64).unwrap();
        };
        found(&format!("changed at {at}"), name, true, || planted(&change));
    }
    let inode = |sandbox: &Sandbox| {
        // The journal of another file, with the same content.
        fs::write(sandbox.path("copy"), &write.after).unwrap();
        fs::rename(sandbox.path("copy"), sandbox.path(name)).unwrap();
    };
    found("another inode", name, true, || planted(&inode));
    let directory = |sandbox: &Sandbox| {
        remove(sandbox);
        fs::create_dir_all(sandbox.path(old_name(name)).join("within")).unwrap();
    };
    found("a directory", name, true, || planted(&directory));
    let link = |sandbox: &Sandbox| {
        fs::rename(sandbox.path(old_name(name)), sandbox.temporary().join("journal")).unwrap();
        symlink("../tmp/journal", sandbox.path(old_name(name))).unwrap();
    };
    found("a link to a journal", name, true, || planted(&link));
    let text = |sandbox: &Sandbox| fs::write(sandbox.path(old_name(name)), "bob:x\n").unwrap();
    found("text", name, true, || planted(&text));
}

/// A killed write of this version, torn; and, at the old name, a journal of an earlier one.
#[test]
fn an_old_journal_does_not_stop_the_recovery_of_a_new_one() {
    if !can_trace() {
        return;
    }
    let [_, shrink, _] = writes();
    for arguments in USES {
        let sandbox = Sandbox::new();
        sandbox.write("users", &shrink.before);
        let call = sandbox.call(["-D", "users", "u00001"]);
        let run = with_rules(call, &["inject=ftruncate:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        assert!(sandbox.exists(&journal_of("users")), "{:?}", sandbox.names());
        fs::write(sandbox.path(old_name("users")), shrink.journal(7)).unwrap();
        sandbox.run(arguments.iter().map(|word| if *word == "FILE" { "users" } else { word }));
        let update = arguments[0] == "-bs";
        let expected = if update { set(&shrink.after, "u00000", OTHER) } else { shrink.after.clone() };
        assert_eq!(sandbox.text("users"), expected, "{arguments:?}");
        assert_eq!(sandbox.names(), [&*quarantined(1, "users"), "users"], "{arguments:?}");
    }
}

/// An earlier version does not see the journal of this one. What it changes stays.
#[test]
fn an_edit_by_an_old_program_beside_a_new_journal_stays() {
    if !can_trace() {
        return;
    }
    let start = || Sandbox::with(users(3));
    let import = |sandbox: &Sandbox| {
        let import = sandbox.call(["--import", "--hashed", "passwd"]);
        system_calls(sandbox, import.stdin(list([("new", OTHER), ("mallory", OTHER)])))
    };
    let calls = import(&start());
    let written = calls.iter().position(|call| call.name == "pwrite64").expect("the file is not written");
    let mut kills = 0;
    for call in &calls[written + 1..] {
        for arguments in USES {
            let sandbox = start();
            let import = sandbox.call(["--import", "--hashed", "passwd"]);
            let import = import.stdin(list([("new", OTHER), ("mallory", OTHER)]));
            let run = with_rules(import, &[call.inject("signal=KILL")]).run();
            if run.exit != Exit::Signal(9) || !sandbox.text("passwd").contains("mallory") {
                continue;
            }
            kills += 1;
            delete_mallory_as_the_old_program(&sandbox);
            let edited = sandbox.text("passwd");
            assert_eq!(edited, users(3) + &format!("new:{OTHER}\n"));
            let run = sandbox.run(arguments.iter().map(|word| if *word == "FILE" { "passwd" } else { word }));
            let expected = if arguments[0] == "-bs" { set(&edited, "u00000", OTHER) } else { edited };
            let what = format!("killed at {} number {}, {arguments:?}", call.name, call.number);
            assert_eq!(sandbox.text("passwd"), expected, "{what}\n{run}");
            assert!(
                sandbox.companions(&["passwd"]).iter().all(|name| name.starts_with(".ht")),
                "{what}\n{run}"
            );
        }
    }
    counted(&format!("{kills} kills"));
    assert!(kills > 10, "{kills}");
}

/// By the old program, or with the same calls: under its lock, bytes, length, then a time that moves forward.
fn delete_mallory_as_the_old_program(sandbox: &Sandbox) {
    if let Some(old) = old_program() {
        sandbox.call(["-D", "passwd", "mallory"]).program(&old).run().exits(0);
        return;
    }
    let file = OpenOptions::new().read(true).write(true).open(sandbox.path("passwd")).unwrap();
    File::lock(&file).unwrap();
    let text = sandbox.text("passwd");
    let at = text.find("mallory").unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.write_all_at(&vec![b'\n'; text.len() - at], at as u64).unwrap();
    file.set_len(at as u64).unwrap();
    file.set_times(FileTimes::new().set_modified(modified + Duration::from_micros(1))).unwrap();
}

/// A new file of the name has no part in what an old one left.
#[test]
fn an_old_journal_without_a_file_is_quarantined_when_the_file_is_made() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::new();
    fs::write(sandbox.path(old_journal_of("passwd")), "whatever").unwrap();
    sandbox.run(["-cbs", "passwd", "bob", "secret"]).exits(0);
    sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(0).warns();
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
    assert_eq!(sandbox.names(), [&*quarantined(1, "passwd"), "passwd"]);
}
