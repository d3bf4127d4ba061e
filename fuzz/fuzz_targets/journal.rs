//! Whatever lies in the place of the journal, a file is afterwards as it was, or as a journal with a right checksum
//! describes it. A write that was cut off anywhere is finished or was never begun, unless somebody has touched the file
//! since: then it stays as it is. What is written is what a document in memory becomes.
#![no_main]

mod journal_model;

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use htpasswd::{Document, Edits, FileStore, Params, Password, PasswordHash, StoreError, Username};
use journal_model::Change;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, rest)) = data.split_first() else { return };
    let place = Place::get();
    match choice % 4 {
        0 => arbitrary(place, rest),
        1 => described(place, rest),
        2 => torn(place, rest),
        _ => written(place, rest),
    }
});

/// Bytes that are a journal by accident at most.
fn arbitrary(place: &Place, data: &[u8]) {
    let (journal, file) = split(data);
    place.put(file, journal);
    place.recover();
    assert_eq!(place.file(), file);
}

/// Any numbers with a right checksum: what is no change of this file leaves it alone.
fn described(place: &Place, data: &[u8]) {
    let Some((numbers, rest)) = data.split_at_checked(7) else { return };
    let (bytes, file) = split(rest);
    // The inode is known once the file is there.
    place.put(file, b"");
    let number = |at: usize| match numbers[at] {
        high @ 250.. => u64::MAX - u64::from(255 - high),
        low => u64::from(low),
    };
    let inode = place.inode().wrapping_add(number(6) % 8 / 7);
    let numbers = [inode, number(1), number(2), number(3), number(4), number(5)];
    place.put(file, &journal_model::encode(numbers, bytes));
    place.recover();
    let now = place.file();
    assert!(now == file || journal_model::result(numbers, place.inode(), bytes, file) == Some(now));
}

/// A write of which some bytes have reached the disk.
fn torn(place: &Place, data: &[u8]) {
    let [start, end, cut, kind, rest @ ..] = data else { return };
    let (new_part, old) = split(rest);
    let start = usize::from(*start).min(old.len());
    let end = usize::from(*end).clamp(start, old.len());
    let change = Change { old, range: start..end, text: new_part };
    let new = change.result();
    let (longer, shorter) = (old.len().max(new.len()), old.len().min(new.len()));

    // Up to a place new, or here and there; then perhaps cut to some length between.
    let is_new = |at: usize| {
        if kind & 1 == 0 { at < usize::from(*cut) } else { (at + usize::from(*cut)).is_multiple_of(3) }
    };
    // Behind a shorter new file there are line feeds until it is cut.
    let byte = |at: usize| {
        let new_byte = new.get(at).copied().unwrap_or(b'\n');
        match old.get(at) {
            Some(byte) if !is_new(at) => *byte,
            None if !is_new(at) => 0,
            _ => new_byte,
        }
    };
    let length = if kind & 2 == 0 { longer } else { usize::from(*cut).clamp(shorter, longer) };
    let torn: Vec<u8> = (0..length).map(byte).collect();
    place.put(&torn, b"");
    let mut journal = change.journal(place.inode());
    let is_damaged = kind & 4 != 0;
    if is_damaged {
        let at = usize::from(*cut) % journal.len();
        journal[at] ^= 1 << (kind >> 5);
    }
    place.put(&torn, &journal);
    let is_touched = kind & 8 != 0;
    if is_touched {
        place.touch();
    }
    place.recover();
    // Newlines at the end may be cut off, whoever wrote them.
    let is_padded = torn.len() == old.len()
        && torn[start..]
            .strip_prefix(&new[start..])
            .is_some_and(|rest| rest.iter().all(|byte| *byte == b'\n'));
    // A journal that is damaged was never finished, so the file was not begun.
    let expected = if is_damaged || is_touched && !is_padded {
        &torn
    } else if torn == old {
        old
    } else {
        new.as_slice()
    };
    assert_eq!(place.file(), expected);
}

/// A store does to a file what the same edits do to a document.
fn written(place: &Place, data: &[u8]) {
    let Some((&choice, file)) = data.split_first() else { return };
    place.put(file, b"");
    let user = |name: &str| Username::new(name).unwrap();
    let text = if choice & 1 == 0 { "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=" } else { "a:b" };
    let hash = PasswordHash::create(&Password::new(text).unwrap(), &Params::Plain).unwrap();
    let mut edits = Edits::new();
    edits.set(&user("bob"), &hash);
    if choice & 2 != 0 {
        edits.remove("carol");
    }
    if choice & 4 != 0 {
        edits.prune();
    }
    let mut document = Document::parse(file);
    let store = FileStore::new(&place.file);
    let (in_memory, on_disk) = match choice >> 3 & 3 {
        0 => (document.apply(&edits), store.apply(&edits).unwrap()),
        1 => (
            document.apply(&edits),
            store.update(|document: &mut Document| Ok::<_, StoreError>(document.apply(&edits))).unwrap(),
        ),
        2 => {
            assert_eq!(document.remove("bob"), store.remove("bob").unwrap());
            Default::default()
        }
        _ => {
            assert_eq!(document.set(&user("bob"), &hash), store.set(&user("bob"), &hash).unwrap());
            Default::default()
        }
    };
    assert_eq!(in_memory, on_disk);
    assert_eq!(place.file(), document.as_bytes());
    assert!(!place.journal.exists());
}

/// What ends at the first line of three dashes, and what follows.
fn split(data: &[u8]) -> (&[u8], &[u8]) {
    const LINE: &[u8] = b"---\n";
    match data.windows(LINE.len()).position(|part| part == LINE) {
        Some(at) => (&data[..at], &data[at + LINE.len()..]),
        None => (b"", data),
    }
}

/// A file and its journal.
struct Place {
    file: PathBuf,
    journal: PathBuf,
}

impl Place {
    fn get() -> &'static Self {
        static PLACE: OnceLock<Place> = OnceLock::new();
        PLACE.get_or_init(|| {
            let directory = std::env::temp_dir().join(format!("htpasswd-fuzz-{}", std::process::id()));
            fs::create_dir_all(&directory).unwrap();
            Self { file: directory.join("users"), journal: directory.join(".htpasswd-journal.users") }
        })
    }

    /// Writes both, and marks the journal: nobody has touched the file since. An empty journal is none.
    fn put(&self, file: &[u8], journal: &[u8]) {
        fs::write(&self.file, file).unwrap();
        let _ = fs::remove_file(&self.journal);
        let _ = fs::remove_file(self.journal.with_file_name(".htpasswd-quarantined-1.users"));
        if !journal.is_empty() {
            fs::write(&self.journal, journal).unwrap();
            fs::set_permissions(&self.journal, PermissionsExt::from_mode(0o600)).unwrap();
            self.touch();
            let metadata = fs::metadata(&self.file).unwrap();
            let changed = Duration::new(metadata.ctime() as u64, metadata.ctime_nsec() as u32);
            let times = FileTimes::new().set_accessed(metadata.modified().unwrap());
            let times = times.set_modified(SystemTime::UNIX_EPOCH + changed);
            File::open(&self.journal).unwrap().set_times(times).unwrap();
        }
    }

    /// Moves the file's time of modification, as an edit does.
    fn touch(&self) {
        let file = File::options().write(true).open(&self.file).unwrap();
        let later = file.metadata().unwrap().modified().unwrap() + Duration::from_micros(1);
        file.set_modified(later).unwrap();
    }

    fn inode(&self) -> u64 {
        fs::metadata(&self.file).unwrap().ino()
    }

    fn file(&self) -> Vec<u8> {
        fs::read(&self.file).unwrap()
    }

    /// A change that changes nothing; it comes after the recovery.
    fn recover(&self) {
        FileStore::new(&self.file).update(|_| Ok::<_, StoreError>(())).unwrap();
        assert!(!self.journal.exists());
    }
}
