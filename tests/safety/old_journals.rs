//! Tests of journals of earlier versions, which have another name and another format. The program never applies such a
//! journal. The program removes the journal if the change in it is complete, and otherwise quarantines the journal.
//!
//! The tests write these journals themselves, byte for byte. If `HTPASSWD_TEST_OLD_PROGRAM` is set, the program at this
//! path writes them.

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

/// Three writes: the first keeps the length of the file, the second shortens it, and the third lengthens it.
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
    /// The difference of the two texts in the form of the earlier version: the offset, the replaced bytes, the
    /// bytes that replace them, and the number of old bytes that move.
    fn difference(&self) -> (usize, &[u8], &[u8], usize) {
        let (old, new) = (self.before.as_bytes(), self.after.as_bytes());
        let start = self.before.find("u00001:").unwrap();
        // An update replaces a hash; a deletion removes a whole record.
        let offset = if self.arguments == SHRINK { start } else { start + "u00001:".len() };
        let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let line = self.before[offset..].find('\n').unwrap() + usize::from(self.arguments == SHRINK);
        let after_line = old.len() - offset - line;
        assert!(after_line <= same);
        let moved = if old.len() == new.len() { 0 } else { after_line };
        (offset, &old[offset..old.len() - after_line], &new[offset..new.len() - after_line], moved)
    }

    /// The offset, and the new bytes from the offset on. If the file shrinks, newlines pad the new bytes to the old
    /// length.
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
    fn interrupted(&self, name: &str, content: &[u8]) -> Sandbox {
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
        // The write keeps the inode, because the journal names it.
        fs::write(sandbox.path(name), content).unwrap();
        sandbox
    }
}

/// The name of an earlier version's journal. A name of more than 255 bytes is shortened.
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

/// Runs each use on new files from `start`. No use may apply the old journal. If `is_kept` is true, each use must
/// quarantine the old journal.
#[track_caller]
fn is_never_applied(what: &str, name: &str, is_kept: bool, start: impl Fn() -> Sandbox) {
    for arguments in USES {
        let sandbox = start();
        let content = sandbox.text(name);
        let journal = fs::read(sandbox.path(old_name(name)));
        let words = arguments.iter().map(|word| if *word == "FILE" { name } else { word });
        let run = sandbox.run(words);
        let what = format!("{name}: {what}, {arguments:?}");
        // A torn file may have findings or miss the user.
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
            is_never_applied("new", &name, false, || write.interrupted(&name, write.after.as_bytes()));
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
            is_never_applied("old", &name, true, || write.interrupted(&name, old));
            for count in [1, 5, new.len() / 2, new.len() - 1] {
                let mut torn = old.to_vec();
                torn.resize(old.len().max(offset + count), b'\n');
                torn[offset..offset + count].copy_from_slice(&new[..count]);
                if torn != old && torn != write.after.as_bytes() {
                    is_never_applied(&format!("torn at {count}"), &name, true, || {
                        write.interrupted(&name, &torn)
                    });
                }
            }
            let shorter = &write.after.as_bytes()[..write.after.len() - 41];
            is_never_applied("the last user deleted", &name, true, || write.interrupted(&name, shorter));
            let longer = format!("{}new:{SHA1}\n", write.after);
            is_never_applied("a user appended", &name, true, || write.interrupted(&name, longer.as_bytes()));
            is_never_applied("another file", &name, true, || {
                write.interrupted(&name, users(3).replace('u', "v").as_bytes())
            });
        }
    }
}

#[test]
fn an_invalid_old_journal_is_quarantined() {
    if !can_trace() {
        return;
    }
    let [write, ..] = writes();
    let name = "users";
    let planted = |plant: &dyn Fn(&Sandbox)| {
        let sandbox = write.interrupted(name, write.after.as_bytes());
        plant(&sandbox);
        sandbox
    };
    let open = |sandbox: &Sandbox| OpenOptions::new().write(true).open(sandbox.path(old_name(name))).unwrap();
    let remove = |sandbox: &Sandbox| fs::remove_file(sandbox.path(old_name(name))).unwrap();
    for length in [0, 1, 15, 16, 64, 100] {
        is_never_applied(&format!("cut to {length}"), name, true, || {
            planted(&|sandbox| open(sandbox).set_len(length).unwrap())
        });
    }
    for at in [0, 15, 16, 30, 70, 100] {
        let change = |sandbox: &Sandbox| {
            let byte = fs::read(sandbox.path(old_name(name))).unwrap()[at];
            open(sandbox).write_all_at(&[byte ^ 1], at as u64).unwrap();
        };
        is_never_applied(&format!("changed at {at}"), name, true, || planted(&change));
    }
    let inode = |sandbox: &Sandbox| {
        // The copy has the same content and another inode.
        fs::write(sandbox.path("copy"), &write.after).unwrap();
        fs::rename(sandbox.path("copy"), sandbox.path(name)).unwrap();
    };
    is_never_applied("another inode", name, true, || planted(&inode));
    let directory = |sandbox: &Sandbox| {
        remove(sandbox);
        fs::create_dir_all(sandbox.path(old_name(name)).join("within")).unwrap();
    };
    is_never_applied("a directory", name, true, || planted(&directory));
    let link = |sandbox: &Sandbox| {
        fs::rename(sandbox.path(old_name(name)), sandbox.temporary().join("journal")).unwrap();
        symlink("../tmp/journal", sandbox.path(old_name(name))).unwrap();
    };
    is_never_applied("a link to a journal", name, true, || planted(&link));
    let text = |sandbox: &Sandbox| fs::write(sandbox.path(old_name(name)), "bob:x\n").unwrap();
    is_never_applied("text", name, true, || planted(&text));
}

/// The file has a journal of this version and a journal of an earlier version.
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

/// An earlier version ignores the journals of this version. Recovery must keep its edit.
#[test]
fn recovery_keeps_an_edit_of_an_earlier_version() {
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

/// Deletes mallory with the old program, or with its calls: lock the file, write, truncate, and set a later time.
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

/// The journal of a deleted file does not belong to the new file of that name.
#[test]
fn an_old_journal_of_a_deleted_file_is_quarantined() {
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
