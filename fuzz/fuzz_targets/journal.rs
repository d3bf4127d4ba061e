//! Fuzzes the recovery of an interrupted write. With any bytes as the journal, the file keeps its content, or gets the
//! content that a journal with a valid checksum describes. A write that was interrupted at any point is completed or
//! left unapplied; if another program has changed the file since, the file stays as it is. `FileStore` must write what
//! `Document` computes.
#![no_main]

mod journal_model;

use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use htpasswd::document::Edits;
use htpasswd::{Document, FileStore, Params, Password, PasswordHash, Username};
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

/// Recovers from arbitrary bytes in place of the journal.
fn arbitrary(place: &Place, data: &[u8]) {
    let (journal, file) = split(data);
    place.put(file, journal);
    place.recover();
    assert_eq!(place.file(), file);
}

/// Recovers from a journal with arbitrary numbers and a valid checksum. A journal that does not fit the file changes
/// nothing.
fn described(place: &Place, data: &[u8]) {
    let Some((numbers, rest)) = data.split_at_checked(7) else { return };
    let (bytes, file) = split(rest);
    // The inode is known after the file has been created.
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

/// Recovers from a write of which only some bytes have reached the disk.
fn torn(place: &Place, data: &[u8]) {
    let [start, end, cut, kind, rest @ ..] = data else { return };
    let (new_part, old) = split(rest);
    let start = usize::from(*start).min(old.len());
    let end = usize::from(*end).clamp(start, old.len());
    let change = Change { old, range: start..end, text: new_part };
    let new = change.result();
    let (longer, shorter) = (old.len().max(new.len()), old.len().min(new.len()));

    // The new bytes fill the file up to a position, or are every third byte. The file is then truncated to a
    // length between the old and the new one.
    let is_new = |at: usize| {
        if kind & 1 == 0 { at < usize::from(*cut) } else { (at + usize::from(*cut)).is_multiple_of(3) }
    };
    // Newlines follow a shorter new file until it is truncated.
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
    // Recovery may truncate newlines at the end, even if another program wrote them.
    let is_padded = torn.len() == old.len()
        && torn[start..]
            .strip_prefix(&new[start..])
            .is_some_and(|rest| rest.iter().all(|byte| *byte == b'\n'));
    // A damaged journal was never completed, so the write to the file never began.
    let expected = if is_damaged || is_touched && !is_padded {
        &torn
    } else if torn == old {
        old
    } else {
        new.as_slice()
    };
    assert_eq!(place.file(), expected);
}

/// Asserts that a `FileStore` writes what the same edits make of a `Document`.
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
        1 => (document.apply(&edits), store.update(|document| document.apply(&edits)).unwrap()),
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

/// Splits the input at the first line of three dashes.
fn split(data: &[u8]) -> (&[u8], &[u8]) {
    const LINE: &[u8] = b"---\n";
    match data.windows(LINE.len()).position(|part| part == LINE) {
        Some(at) => (&data[..at], &data[at + LINE.len()..]),
        None => (b"", data),
    }
}

/// The paths of a password file and its journal.
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

    /// Writes both files and marks the journal, so that the password file counts as unchanged since the write. No
    /// journal is written if `journal` is empty.
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

    /// Advances the modification time of the file, as an edit does.
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

    /// Makes an update without changes, which recovers the file first.
    fn recover(&self) {
        FileStore::new(&self.file).update(|_| ()).unwrap();
        assert!(!self.journal.exists());
    }
}
