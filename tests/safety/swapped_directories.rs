//! Tests of an attacker who owns a directory of the path and exchanges it for another directory while root writes.
//! The journal must be in the directory of the file that root has opened. Root must not make, move or remove a file
//! in the other directory.

use std::cell::Cell;
use std::fs::{self, File};
use std::mem::MaybeUninit;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::support::companions::{journal_of, old_journal_of};
use crate::support::strace::{can_make_files_of_others, counted, full};
use crate::support::users::users;
use crate::support::{Exit, Run, Sandbox};

const ATTACKER: u32 = 12345;

/// A watch of a directory with inotify, which reports files that are made, moved or removed.
struct Watch {
    descriptor: rustix::fd::OwnedFd,
}

impl Watch {
    fn new(directory: &Path) -> Self {
        let descriptor = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        let flags = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVED_FROM | WatchFlags::MOVED_TO;
        inotify::add_watch(&descriptor, directory, flags).unwrap();
        Self { descriptor }
    }

    fn events(&self) -> Vec<String> {
        let mut buffer = [MaybeUninit::uninit(); 16384];
        let mut reader = Reader::new(&self.descriptor, &mut buffer);
        let mut events = Vec::new();
        while let Ok(event) = reader.next() {
            events.push(format!("{:?} {:?}", event.events(), event.file_name()));
        }
        events
    }
}

const WRITES: [&[&str]; 4] = [
    &["-bs", "attacker/directory/users", "alice", "secret"],
    &["-bs", "attacker/directory/users", "alice", "other"],
    &["-D", "attacker/directory/users", "alice"],
    &["--import", "-s", "attacker/directory/users"],
];

/// A sandbox with `attacker/directory/users` of the attacker, and a directory of root with a file of the same name.
fn sandbox(private: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["attacker", "attacker/directory", private] {
        fs::create_dir(sandbox.path(name)).unwrap();
    }
    sandbox.set_mode(private, 0o700);
    sandbox.write(&format!("{private}/users"), users(3));
    sandbox.write("attacker/directory/users", users(3));
    for name in ["attacker", "attacker/directory", "attacker/directory/users"] {
        chown(sandbox.path(name), Some(ATTACKER), None).unwrap();
    }
    sandbox
}

/// Root writes many times, while a thread exchanges the directory and `other`. `check` returns an error if a run is
/// wrong.
fn swap(sandbox: &Sandbox, other: &str, check: impl Fn(&Run) -> Result<(), String>) {
    let (tries, end) = (if full() { 4000 } else { 400 }, AtomicBool::new(false));
    let [directory, other] = ["attacker/directory", other].map(|name| sandbox.path(name));
    let (mut done, mut wrong) = (0, None);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                renameat_with(CWD, &directory, CWD, &other, RenameFlags::EXCHANGE).unwrap();
            }
        });
        for number in 0..tries {
            let run = sandbox.call(WRITES[number % WRITES.len()]).stdin("alice:secret\nbob:secret\n").run();
            done += usize::from(run.exit == Exit::Code(0));
            let checked =
                if matches!(run.exit, Exit::Code(0 | 1 | 6)) { check(&run) } else { Err(String::new()) };
            if let Err(what) = checked {
                wrong = Some(format!("try {number}: {what}\n{run}"));
                break;
            }
        }
        end.store(true, Ordering::Relaxed);
    });
    assert_eq!(wrong, None, "{}", wrong.as_deref().unwrap_or_default());
    assert!(done > 0, "no write was made");
    counted(&format!("{tries} tries, {done} writes done"));
}

#[test]
fn root_changes_nothing_in_a_directory_that_a_link_swaps_in() {
    if !can_make_files_of_others() {
        return;
    }
    let sandbox = sandbox("private");
    // These journals belong to root's own file, so a write to the attacker's file must not change them.
    for name in [journal_of("users"), old_journal_of("users")] {
        let path = sandbox.path("private").join(name);
        fs::write(&path, "a journal of root").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    symlink("../private", sandbox.path("attacker/link")).unwrap();
    lchown(sandbox.path("attacker/link"), Some(ATTACKER), None).unwrap();

    let watch = Watch::new(&sandbox.path("private"));
    swap(&sandbox, "attacker/link", |_| {
        let events = watch.events();
        if events.is_empty() { Ok(()) } else { Err(events.join(", ")) }
    });
    assert_eq!(sandbox.text("private/users"), users(3));
    assert_eq!(fs::read_dir(sandbox.path("private")).unwrap().count(), 3);
}

/// The attacker can rename root's directory without a link, because it is in a directory of the attacker.
#[test]
fn a_journal_is_in_the_directory_of_the_written_file() {
    if !can_make_files_of_others() {
        return;
    }
    let sandbox = sandbox("attacker/private");
    let places = ["attacker/directory", "attacker/private"].map(|name| {
        let directory = sandbox.path(name);
        (Watch::new(&directory), File::open(directory.join("users")).unwrap())
    });
    let changed =
        |file: &File| file.metadata().map(|metadata| (metadata.ctime(), metadata.ctime_nsec())).unwrap();
    let last = places.each_ref().map(|(_, file)| Cell::new(changed(file)));
    swap(&sandbox, "attacker/private", |_| {
        for ((watch, file), last) in places.iter().zip(&last) {
            let events = watch.events();
            let before = last.replace(changed(file));
            if !events.is_empty() && before == last.get() {
                return Err(format!(
                    "files changed beside a file that was not written: {}",
                    events.join(", ")
                ));
            }
        }
        Ok(())
    });
}
