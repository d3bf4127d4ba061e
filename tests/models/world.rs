//! The world of a test: a directory with a password file, and the content that the model expects in it.

use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::interrupted::{FileId, Interrupted, Reach, Seen};

const JOURNAL: &str = ".htpasswd-journal.users";
const MODE: u32 = 0o640;

/// A thing in the place of the journal that is not a journal of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    /// A file with permissions that a journal never has.
    File,
    Directory,
    /// A symbolic link to a file that the caller did not name.
    Link,
}

#[derive(Debug)]
enum JournalState {
    Absent,
    Truncated,
    Complete {
        write: Interrupted,
        /// True if another program has changed the file or its number of links since the write.
        is_touched: bool,
    },
    Foreign,
}

/// A second name (hard link) of the file.
#[derive(Debug, Clone)]
enum Twin {
    Linked,
    /// The first name now belongs to another file, or to no file. The value is the content under the second name.
    Separate(Vec<u8>),
}

/// The recovery events that the library must report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    Recovered,
    Quarantined,
}

/// A change by another program, which does not use the lock.
#[derive(Debug, Clone)]
pub(crate) enum Outside {
    Replace(Vec<u8>),
    Append(Vec<u8>),
    /// Truncates the file by this number of bytes.
    Cut(usize),
    Delete,
    Link,
}

#[derive(Debug)]
pub(crate) struct World {
    directory: TempDir,
    is_linked: bool,
    pub(crate) file: Option<Vec<u8>>,
    twin: Option<Twin>,
    journal: JournalState,
    quarantined: usize,
}

impl World {
    /// Creates the directory. If `is_linked` is true, the library gets a symbolic link to the file.
    pub(crate) fn new(is_linked: bool, file: &[u8]) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("htpasswd-model-").tempdir_in(parent).unwrap();
        let world = Self {
            directory,
            is_linked,
            file: Some(file.to_vec()),
            twin: None,
            journal: JournalState::Absent,
            quarantined: 0,
        };
        if is_linked {
            symlink("users", world.at("link")).unwrap();
        }
        fs::write(world.at("victim"), "untouched").unwrap();
        fs::write(world.at("users"), file).unwrap();
        fs::set_permissions(world.at("users"), Permissions::from_mode(MODE)).unwrap();
        world
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The path that the tests pass to the library.
    pub(crate) fn path(&self) -> PathBuf {
        self.at(if self.is_linked { "link" } else { "users" })
    }

    pub(crate) fn modified(&self) -> Option<SystemTime> {
        Some(fs::metadata(self.at("users")).ok()?.modified().unwrap())
    }

    pub(crate) fn inode(&self) -> Option<u64> {
        Some(fs::metadata(self.at("users")).ok()?.ino())
    }

    pub(crate) fn has_twin(&self) -> bool {
        matches!(self.twin, Some(Twin::Linked))
    }

    /// Performs in the model the recovery that a call does after it locks the file. Returns the expected event, and
    /// true if the modification time changes.
    pub(crate) fn recover(&mut self) -> (Option<Reported>, bool) {
        let (Some(inode), Some(file)) = (self.inode(), &self.file) else { return (None, false) };
        let (reported, moves) = match &self.journal {
            JournalState::Absent => return (None, false),
            JournalState::Truncated => (None, false),
            JournalState::Foreign => (Some(Reported::Quarantined), false),
            JournalState::Complete { write, is_touched } => match write.seen(inode, file) {
                Seen::Unapplied => (None, false),
                Seen::Applied => (None, true),
                Seen::Torn(_) if *is_touched => (Some(Reported::Quarantined), false),
                Seen::Padded(finished) | Seen::Torn(finished) => {
                    self.file = Some(finished);
                    (Some(Reported::Recovered), true)
                }
                Seen::Unrelated => (Some(Reported::Quarantined), false),
            },
        };
        self.journal = JournalState::Absent;
        self.quarantined += usize::from(reported == Some(Reported::Quarantined));
        (reported, moves)
    }

    /// Waits until the kernel's file clock has passed the change time that the journal recorded.
    fn wait_for_the_clock(&self) {
        let changed = |name: &str| {
            fs::metadata(self.at(name)).map(|metadata| (metadata.ctime(), metadata.ctime_nsec()))
        };
        let marked = changed("users").unwrap();
        let probe = self.at("probe");
        while fs::write(&probe, "").and_then(|()| changed("probe")).unwrap() <= marked {
            std::thread::sleep(Duration::from_millis(1));
        }
        fs::remove_file(probe).unwrap();
    }

    pub(crate) fn act(&mut self, outside: &Outside) {
        let (users, twin) = (self.at("users"), self.at("twin"));
        if self.file.is_some() && matches!(self.journal, JournalState::Complete { .. }) {
            self.wait_for_the_clock();
        }
        let Some(file) = &mut self.file else {
            if let Outside::Replace(bytes) = outside {
                fs::write(&users, bytes).unwrap();
                fs::set_permissions(&users, Permissions::from_mode(MODE)).unwrap();
                self.file = Some(bytes.clone());
            }
            return;
        };
        if let JournalState::Complete { is_touched, .. } = &mut self.journal {
            *is_touched |= !matches!(outside, Outside::Link) || self.twin.is_none();
        }
        let open = || OpenOptions::new().append(true).open(&users).unwrap();
        match outside {
            Outside::Append(bytes) => {
                open().write_all(bytes).unwrap();
                file.extend_from_slice(bytes);
            }
            Outside::Cut(count) => {
                file.truncate(file.len().saturating_sub(*count));
                open().set_len(file.len() as u64).unwrap();
            }
            Outside::Link if self.twin.is_none() => {
                fs::hard_link(users, twin).unwrap();
                self.twin = Some(Twin::Linked);
            }
            Outside::Link => {}
            Outside::Replace(bytes) => {
                let fresh = self.directory.path().join("fresh");
                fs::write(&fresh, bytes).unwrap();
                fs::set_permissions(&fresh, Permissions::from_mode(MODE)).unwrap();
                fs::rename(fresh, users).unwrap();
                let old = std::mem::replace(file, bytes.clone());
                self.separate_twin(old);
            }
            Outside::Delete => {
                fs::remove_file(users).unwrap();
                let old = self.file.take().unwrap_or_default();
                self.separate_twin(old);
            }
        }
    }

    fn separate_twin(&mut self, old: Vec<u8>) {
        if self.has_twin() {
            self.twin = Some(Twin::Separate(old));
        }
    }

    /// Simulates a writer that crashed while it changed the file into `new`.
    pub(crate) fn crash(&mut self, new: &[u8], reach: &Reach) {
        let (Some(old), JournalState::Absent) = (&self.file, &self.journal) else { return };
        let users = self.at("users");
        let metadata = fs::metadata(&users).unwrap();
        let id = FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
            times: [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()],
        };
        let Some(write) = Interrupted::new(id, old, new) else { return };
        let mut journal = write.journal();
        if let Reach::Journal(percent) = reach {
            journal.truncate(journal.len() * percent / 100);
        }
        fs::write(self.at(JOURNAL), journal).unwrap();
        fs::set_permissions(self.at(JOURNAL), Permissions::from_mode(0o600)).unwrap();
        let left = write.left(reach);
        // The write is in place, as the library writes. The test sets the times of the file and the mark last.
        fs::write(&users, &left).unwrap();
        let file = File::options().write(true).open(&users).unwrap();
        let later = file.metadata().unwrap().modified().unwrap().max(metadata.modified().unwrap());
        file.set_modified(later + Duration::from_micros(1)).unwrap();
        mark(&file, &File::open(self.at(JOURNAL)).unwrap());
        self.file = Some(left);
        self.journal = match reach {
            Reach::Journal(0..100) => JournalState::Truncated,
            _ => JournalState::Complete { write, is_touched: false },
        };
    }

    /// Puts something that is not a journal in the place of the journal.
    pub(crate) fn plant(&mut self, thing: Thing) {
        if !matches!(self.journal, JournalState::Absent) {
            return;
        }
        let path = self.at(JOURNAL);
        match thing {
            Thing::File => {
                fs::write(&path, "htpasswd journal").unwrap();
                fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
            }
            Thing::Directory => fs::create_dir(path).unwrap(),
            Thing::Link => symlink("victim", path).unwrap(),
        }
        self.journal = JournalState::Foreign;
    }

    /// True if [`read_only`](Self::read_only) has an effect on this user, and the library has no journal to remove.
    pub(crate) fn can_be_read_only(&self) -> bool {
        matches!(self.journal, JournalState::Absent) && !rustix::process::geteuid().is_root()
    }

    /// Runs `act` while only root can write to the directory.
    pub(crate) fn read_only<T>(&self, act: impl FnOnce() -> T) -> T {
        let set = |mode| fs::set_permissions(self.directory.path(), Permissions::from_mode(mode)).unwrap();
        set(0o555);
        let result = act();
        set(0o755);
        result
    }

    /// Returns the first difference between the directory and the model.
    pub(crate) fn difference(&self) -> Option<String> {
        let escaped = |bytes: Option<&[u8]>| bytes.map(|bytes| bytes.escape_ascii().to_string());
        let twin = self.twin.as_ref().and_then(|twin| match twin {
            Twin::Linked => self.file.as_deref(),
            Twin::Separate(bytes) => Some(bytes),
        });
        for (name, expected) in
            [("users", self.file.as_deref()), ("twin", twin), ("victim", Some(b"untouched"))]
        {
            let actual = fs::read(self.at(name)).ok();
            if actual.as_deref() != expected {
                return Some(format!(
                    "{name}: {:?}, expected {:?}",
                    escaped(actual.as_deref()),
                    escaped(expected)
                ));
            }
        }
        let mode = File::open(self.at("users")).ok().map(|file| file.metadata().unwrap().mode() & 0o7777);
        if let Some(mode) = mode.filter(|mode| *mode != MODE) {
            return Some(format!("mode {mode:o}"));
        }
        let expected = [
            (JOURNAL, !matches!(self.journal, JournalState::Absent)),
            ("link", self.is_linked),
            ("twin", twin.is_some()),
            ("users", self.file.is_some()),
            ("victim", true),
        ];
        let mut expected: Vec<_> =
            expected.iter().filter(|(_, exists)| *exists).map(|(name, _)| (*name).to_owned()).collect();
        expected.extend((1..=self.quarantined).map(|number| format!(".htpasswd-quarantined-{number}.users")));
        expected.sort();
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        (names != expected).then(|| format!("{names:?}, expected {expected:?}"))
    }
}

/// Records the times of the file in the times of the journal: the file's modification time becomes the journal's access
/// time, and the file's change time becomes the journal's modification time.
fn mark(file: &File, journal: &File) {
    let metadata = file.metadata().unwrap();
    let changed =
        Duration::new(metadata.ctime().try_into().unwrap(), metadata.ctime_nsec().try_into().unwrap());
    let times = FileTimes::new()
        .set_accessed(metadata.modified().unwrap())
        .set_modified(SystemTime::UNIX_EPOCH + changed);
    journal.set_times(times).unwrap();
}
