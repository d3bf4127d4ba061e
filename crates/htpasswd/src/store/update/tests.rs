//! Random edits give the same file through a store, in a document, and one by one.

use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::document::Document;
use crate::hash::PasswordHash;

/// The initial buffer size of `scan`, in bytes.
const PIECE: usize = 256 * 1024;

/// `SplitMix64` (Steele, Lea, Flood 2014). A fixed seed gives the same numbers in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }

    fn of<'a>(&mut self, parts: &[&'a [u8]]) -> &'a [u8] {
        parts[self.below(parts.len())]
    }
}

const USERS: [&[u8]; 8] = [b"a", b"b", b"bob", b"bo", b"\xff", b"a b", b"carol", b"d"];
const HASHES: [&[u8]; 6] = [b"", b"x", b"xy", b"a longer one", b"3", b"{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="];

fn file(random: &mut Random) -> Vec<u8> {
    let kinds: [&[&[u8]]; 3] = [&[b"\n"], &[b"\r\n"], &[b"\n", b"\r\n"]];
    let ends = kinds[random.below(3)];
    let mut bytes = random.of(&[b"", b"", b"\xef\xbb\xbf"]).to_vec();
    // Some files have one or two long lines, so that a buffer ends near the lines that follow.
    let mut long = if random.below(20) == 0 { 1 + random.below(2) } else { 0 };
    for _ in 0..random.below(12) {
        bytes.extend_from_slice(random.of(&[b"", b"", b"", b" ", b"\t\x0b"]));
        match random.below(10) {
            0 => bytes.extend_from_slice(random.of(&[b"# a:x", b"#", b"#\0\r:"])),
            1 => bytes.extend_from_slice(random.of(&[b"", b" ", b"\r", b"\x0c"])),
            2 => bytes.extend_from_slice(random.of(&[b"bob", b"\0", b"a\r", b"\xef\xbb\xbf"])),
            _ => {
                bytes.extend_from_slice(random.of(&USERS));
                bytes.extend_from_slice(random.of(&[b":", b":", b":", b" :", b"\0:"]));
                bytes.extend_from_slice(random.of(&HASHES));
                bytes.extend_from_slice(random.of(&[b"", b"", b"", b":more:x", b"\r", b"\0:", b":a:\0"]));
            }
        }
        if long > 0 && random.below(3) == 0 {
            long -= 1;
            let filler: &[u8] = random.of(&[b"x", b"\0", b":", b" "]);
            let length = PIECE - bytes.len() % PIECE + random.below(60);
            bytes.extend_from_slice(&filler.repeat(length.saturating_sub(30)));
        }
        bytes.extend_from_slice(random.of(ends));
    }
    if random.below(3) == 0 {
        let end = bytes.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count().min(2);
        bytes.truncate(bytes.len() - end);
    }
    bytes
}

fn edits(random: &mut Random) -> Vec<(&'static [u8], Option<PasswordHash>)> {
    let mut edits = Vec::new();
    for _ in 0..=random.below(5) {
        let hash =
            (random.below(3) > 0).then(|| PasswordHash::parse_or_plain(random.of(&HASHES[1..])).unwrap());
        edits.push((random.of(&USERS), hash));
    }
    edits
}

#[test]
fn store_document_and_single_edits_give_the_same_file() {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let store = FileStore::new(directory.path().join("users"));
    let (mut changed, mut long) = (0, 0);
    // Each seed changes several files, which takes long under Wine.
    let seeds = if cfg!(windows) { 300 } else { 3000 };
    for seed in 0..seeds {
        let random = &mut Random(seed);
        let (before, wanted) = (file(random), edits(random));
        let mut shown = format!("seed {seed}: {wanted:?}");
        if before.len() < PIECE {
            write!(shown, "\n{}", before.escape_ascii()).unwrap();
        }
        long += u64::from(before.len() >= PIECE);

        let mut edits = Edits::new();
        let mut one_by_one = Document::parse(before.as_slice());
        for (user, hash) in &wanted {
            match hash {
                Some(hash) => edits.set(&Username::new(*user).unwrap(), hash),
                None => edits.remove(user),
            }
        }
        let mut all_at_once = Document::parse(before.as_slice());
        let summary = all_at_once.apply(&edits);

        fs::write(store.path(), &before).unwrap();
        assert_eq!(store.apply(&edits).unwrap(), summary, "{shown}");
        let streamed = fs::read(store.path()).unwrap();
        assert!(streamed == all_at_once.as_bytes(), "streamed or not: {shown}");

        // The last edit of each user, in the order of the first edits.
        let mut last: Vec<&(&[u8], Option<PasswordHash>)> = Vec::new();
        for edit in &wanted {
            match last.iter_mut().find(|(user, _)| *user == edit.0) {
                Some(earlier) => *earlier = edit,
                None => last.push(edit),
            }
        }
        fs::write(store.path(), &before).unwrap();
        for (user, hash) in last {
            match hash {
                Some(hash) => {
                    let user = Username::new(*user).unwrap();
                    assert_eq!(store.set(&user, hash).unwrap(), one_by_one.set(&user, hash), "{shown}");
                }
                None => assert_eq!(store.remove(user).unwrap(), one_by_one.remove(user), "{shown}"),
            }
            assert!(fs::read(store.path()).unwrap() == one_by_one.as_bytes(), "single edits: {shown}");
        }
        // A missing newline is added in the style of the lines before it (with or without a carriage return), and a
        // removal may have deleted some of these lines. The comparison therefore ignores carriage returns.
        let without_returns = |bytes: &[u8]| {
            let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
            bytes
        };
        assert!(
            without_returns(one_by_one.as_bytes()) == without_returns(&streamed),
            "one by one or not: {shown}"
        );
        for user in USERS {
            let hash = all_at_once.get(user).map(|record| record.hash.to_vec());
            assert_eq!(all_at_once.index().get(user).map(|record| record.hash.to_vec()), hash, "{shown}");
            fs::write(store.path(), &streamed).unwrap();
            assert_eq!(store.hash_of(user).unwrap(), hash, "{shown}");
        }
        changed += u64::from(streamed != before);
    }
    assert!(changed > seeds / 2 && long > seeds / 60, "{changed} {long} {seeds}");
}

#[test]
fn bytes_after_the_change_are_written_only_if_they_move() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    fs::write(&path, "a:x\nbob:y\ncarol:z\n").unwrap();
    let file = File::open(path).unwrap();
    for (text, moved, bytes) in [("q", 0, "q"), ("longer", 9, "longer\ncarol:z\n"), ("", 9, "\ncarol:z\n")] {
        let splice = Splice { range: 8..9, text: text.as_bytes().into() };
        let patch = patch(&file, vec![splice], 18).unwrap().unwrap();
        assert_eq!((patch.offset, patch.replaced, patch.moved, patch.old_length), (8, 1, moved, 18));
        assert_eq!(*patch.bytes, *bytes.as_bytes());
    }
}
