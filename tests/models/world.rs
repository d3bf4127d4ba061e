//! A directory with a password file in it, and what the model says is there.

use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::interrupted::{FileId, Interrupted, Reach, Seen};

const JOURNAL: &str = ".htpasswd-journal.users";
const MODE: u32 = 0o640;

/// What can lie where a journal should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    /// With rights that no journal has.
    File,
    Directory,
    /// To a file that nobody named.
    Link,
}

#[derive(Debug)]
enum Lying {
    Nothing,
    Cut,
    Whole {
        write: Interrupted,
        /// Another program has changed the file, or its number of names, since.
        is_touched: bool,
    },
    Foreign,
}

/// A second name that the file had.
#[derive(Debug, Clone)]
enum Twin {
    Same,
    /// The first name is another file's by now; this one stayed as it was.
    Apart(Vec<u8>),
}

/// The events that the library has to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reported {
    Recovered,
    Quarantined,
}

/// What other programs do, which know no lock.
#[derive(Debug, Clone)]
pub(crate) enum Outside {
    Replace(Vec<u8>),
    Append(Vec<u8>),
    /// By so many bytes.
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
    journal: Lying,
    quarantined: usize,
}

impl World {
    /// With a link in front of the file, or without.
    pub(crate) fn new(is_linked: bool, file: &[u8]) -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("htpasswd-model-").tempdir_in(parent).unwrap();
        let world = Self {
            directory,
            is_linked,
            file: Some(file.to_vec()),
            twin: None,
            journal: Lying::Nothing,
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

    /// The path that the library is given.
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
        matches!(self.twin, Some(Twin::Same))
    }

    /// What whoever locks the file does first; also whether the time moves.
    pub(crate) fn recover(&mut self) -> (Option<Reported>, bool) {
        let (Some(inode), Some(file)) = (self.inode(), &self.file) else { return (None, false) };
        let (reported, moves) = match &self.journal {
            Lying::Nothing => return (None, false),
            Lying::Cut => (None, false),
            Lying::Foreign => (Some(Reported::Quarantined), false),
            Lying::Whole { write, is_touched } => match write.seen(inode, file) {
                Seen::Old => (None, false),
                Seen::New => (None, true),
                Seen::Torn(_) if *is_touched => (Some(Reported::Quarantined), false),
                Seen::Padded(finished) | Seen::Torn(finished) => {
                    self.file = Some(finished);
                    (Some(Reported::Recovered), true)
                }
                Seen::Other => (Some(Reported::Quarantined), false),
            },
        };
        self.journal = Lying::Nothing;
        self.quarantined += usize::from(reported == Some(Reported::Quarantined));
        (reported, moves)
    }

    /// The kernel's clock for files has to show another time than at the last mark.
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
        if self.file.is_some() && matches!(self.journal, Lying::Whole { .. }) {
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
        if let Lying::Whole { is_touched, .. } = &mut self.journal {
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
                self.twin = Some(Twin::Same);
            }
            Outside::Link => {}
            Outside::Replace(bytes) => {
                let fresh = self.directory.path().join("fresh");
                fs::write(&fresh, bytes).unwrap();
                fs::set_permissions(&fresh, Permissions::from_mode(MODE)).unwrap();
                fs::rename(fresh, users).unwrap();
                let old = std::mem::replace(file, bytes.clone());
                self.part(old);
            }
            Outside::Delete => {
                fs::remove_file(users).unwrap();
                let old = self.file.take().unwrap_or_default();
                self.part(old);
            }
        }
    }

    fn part(&mut self, old: Vec<u8>) {
        if self.has_twin() {
            self.twin = Some(Twin::Apart(old));
        }
    }

    /// A writer that was to make `new` of the file got so far.
    pub(crate) fn crash(&mut self, new: &[u8], reach: &Reach) {
        let (Some(old), Lying::Nothing) = (&self.file, &self.journal) else { return };
        let users = self.at("users");
        let metadata = fs::metadata(&users).unwrap();
        let id = FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
            times: [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()],
        };
        let Some(write) = Interrupted::new(id, old, new) else { return };
        let mut journal = write.journal();
        if let Reach::Journal(hundredths) = reach {
            journal.truncate(journal.len() * hundredths / 100);
        }
        fs::write(self.at(JOURNAL), journal).unwrap();
        fs::set_permissions(self.at(JOURNAL), Permissions::from_mode(0o600)).unwrap();
        let left = write.left(reach);
        // In place, as the library does; the times last, and the mark.
        fs::write(&users, &left).unwrap();
        let file = File::options().write(true).open(&users).unwrap();
        let later = file.metadata().unwrap().modified().unwrap().max(metadata.modified().unwrap());
        file.set_modified(later + Duration::from_micros(1)).unwrap();
        mark(&file, &File::open(self.at(JOURNAL)).unwrap());
        self.file = Some(left);
        self.journal = match reach {
            Reach::Journal(0..100) => Lying::Cut,
            _ => Lying::Whole { write, is_touched: false },
        };
    }

    /// Something that is none comes where the journal should be.
    pub(crate) fn plant(&mut self, thing: Thing) {
        if !matches!(self.journal, Lying::Nothing) {
            return;
        }
        let place = self.at(JOURNAL);
        match thing {
            Thing::File => {
                fs::write(&place, "htpasswd journal").unwrap();
                fs::set_permissions(&place, Permissions::from_mode(0o644)).unwrap();
            }
            Thing::Directory => fs::create_dir(place).unwrap(),
            Thing::Link => symlink("victim", place).unwrap(),
        }
        self.journal = Lying::Foreign;
    }

    /// Whether [`read_only`](Self::read_only) stops anybody, and nothing lies there that would have to go.
    pub(crate) fn can_be_read_only(&self) -> bool {
        matches!(self.journal, Lying::Nothing) && !rustix::process::geteuid().is_root()
    }

    /// Acts while nobody but root can write to the directory.
    pub(crate) fn read_only<T>(&self, act: impl FnOnce() -> T) -> T {
        let set = |mode| fs::set_permissions(self.directory.path(), Permissions::from_mode(mode)).unwrap();
        set(0o555);
        let result = act();
        set(0o755);
        result
    }

    /// What is otherwise than the model says.
    pub(crate) fn difference(&self) -> Option<String> {
        let shown = |bytes: Option<&[u8]>| bytes.map(|bytes| bytes.escape_ascii().to_string());
        let twin = self.twin.as_ref().and_then(|twin| match twin {
            Twin::Same => self.file.as_deref(),
            Twin::Apart(bytes) => Some(bytes),
        });
        for (name, expected) in
            [("users", self.file.as_deref()), ("twin", twin), ("victim", Some(b"untouched"))]
        {
            let there = fs::read(self.at(name)).ok();
            if there.as_deref() != expected {
                return Some(format!("{name}: {:?} and not {:?}", shown(there.as_deref()), shown(expected)));
            }
        }
        let mode = File::open(self.at("users")).ok().map(|file| file.metadata().unwrap().mode() & 0o7777);
        if let Some(mode) = mode.filter(|mode| *mode != MODE) {
            return Some(format!("mode {mode:o}"));
        }
        let expected = [
            (JOURNAL, !matches!(self.journal, Lying::Nothing)),
            ("link", self.is_linked),
            ("twin", twin.is_some()),
            ("users", self.file.is_some()),
            ("victim", true),
        ];
        let mut expected: Vec<_> =
            expected.iter().filter(|(_, there)| *there).map(|(name, _)| (*name).to_owned()).collect();
        expected.extend((1..=self.quarantined).map(|number| format!(".htpasswd-quarantined-{number}.users")));
        expected.sort();
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        (names != expected).then(|| format!("{names:?} and not {expected:?}"))
    }
}

/// Records the times of the file in those of the journal: its time of modification as the time of access, and its time of
/// change as the time of modification.
fn mark(file: &File, journal: &File) {
    let metadata = file.metadata().unwrap();
    let changed =
        Duration::new(metadata.ctime().try_into().unwrap(), metadata.ctime_nsec().try_into().unwrap());
    let times = FileTimes::new()
        .set_accessed(metadata.modified().unwrap())
        .set_modified(SystemTime::UNIX_EPOCH + changed);
    journal.set_times(times).unwrap();
}
