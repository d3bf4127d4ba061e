//! Journals: encoding, damaged and foreign bytes, and the states of a file.

use super::*;

const FILE: FileId = FileId { boot: Some([1; 16]), device: 3, inode: 7 };

fn stamp(length: u64) -> Stamp {
    Stamp { length, modified: [1_700_000_000, 1], changed: [1_700_000_000, 999_999_999] }
}

fn journal(patch: Patch<'static>, replaced: &[u8]) -> Journal<'static> {
    Journal::new(FILE, stamp(patch.old_length as u64), patch, replaced.to_vec())
}

fn patch(
    offset: usize,
    replaced: usize,
    bytes: &'static [u8],
    moved: usize,
    old_length: usize,
) -> Patch<'static> {
    Patch { offset, replaced, bytes: bytes.into(), moved, old_length }
}

fn shrink() -> Journal<'static> {
    // The second and third byte of `aabbcc` are removed.
    journal(patch(1, 2, b"bcc", 3, 6), b"ab")
}

fn grow() -> Journal<'static> {
    journal(patch(2, 1, b"xyz", 0, 3), b"c")
}

fn same_length() -> Journal<'static> {
    journal(patch(1, 1, b"x", 0, 3), b"b")
}

#[test]
fn a_journal_contains_the_old_and_the_new_bytes() {
    assert_eq!(shrink().old().concat(), b"abbcc");
    assert_eq!(*shrink().new, *b"bcc\n\n");
    assert_eq!(grow().old().concat(), b"c");
    let insert = journal(patch(1, 0, b"xbc", 2, 3), b"");
    assert_eq!(insert.old().concat(), b"bc");
    assert_eq!((insert.old_length, insert.new_length), (3, 4));
}

#[test]
fn a_journal_is_decoded_as_it_was_encoded() {
    for journal in [shrink(), grow(), same_length()] {
        assert_eq!(Journal::decode(&journal.encode().concat()), Decoded::Whole(journal));
    }
}

#[test]
fn a_journal_without_a_boot_is_decoded_without_one() {
    let journal = Journal { file: FileId { boot: None, ..FILE }, ..grow() };
    assert_eq!(Journal::decode(&journal.encode().concat()), Decoded::Whole(journal));
}

#[test]
fn a_cut_journal_is_partial_and_a_damaged_one_is_unknown() {
    let bytes = grow().encode().concat();
    for end in 0..bytes.len() {
        assert_eq!(Journal::decode(&bytes[..end]), Decoded::Partial, "{end}");
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        // A journal with too large a length in its head looks like a journal whose end is missing.
        let is_length = (MAGIC.len() + 8..MAGIC.len() + 16).contains(&at);
        let expected = if is_length && changed[at] > bytes[at] { Decoded::Partial } else { Decoded::Unknown };
        assert_eq!(Journal::decode(&changed), expected, "{at}");
    }
    for other in [&[bytes.as_slice(), b"\n"].concat(), &b"bob:x\n"[..], &[0; 4096]] {
        assert_eq!(Journal::decode(other), Decoded::Unknown);
    }
}

#[test]
fn a_journal_of_another_version_is_never_partial() {
    for version in [0_u64, 1, 3, u64::MAX] {
        let mut bytes = [&MAGIC[..], &version.to_le_bytes(), b"a later version"].concat();
        assert_eq!(Journal::decode(&bytes), Decoded::Unknown);
        bytes.truncate(MAGIC.len() + 8);
        assert_eq!(Journal::decode(&bytes), Decoded::Unknown);
    }
    assert_eq!(Journal::decode(MAGIC_1), Decoded::Unknown);
}

/// Returns a journal of version 1. The numbers are the inode, the old length, the new length, the offset, the number of
/// replaced bytes and the number of fresh bytes, all little-endian. The replaced bytes, the new bytes and the SHA-1 of
/// all follow.
fn version_1(numbers: [u64; 6], replaced: &[u8], new: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC_1.to_vec();
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend([replaced, new].concat());
    bytes.extend(Sha1::digest(&bytes));
    bytes
}

#[test]
fn only_decode_1_decodes_a_journal_of_version_1() {
    let bytes = version_1([7, 6, 4, 1, 2, 0], b"ab", b"bcc\n\n");
    let journal = Journal::decode_1(&bytes).unwrap();
    assert_eq!((journal.file.inode, journal.before), (7, None));
    assert_eq!((journal.old().concat(), &*journal.new), (shrink().old().concat(), &*shrink().new));
    for end in 0..bytes.len() {
        assert_eq!(Journal::decode_1(&bytes[..end]), None);
    }
    assert_eq!(Journal::decode(&bytes), Decoded::Unknown);
    assert_eq!(Journal::decode_1(&shrink().encode().concat()), None);
}

#[test]
fn impossible_numbers_are_rejected_despite_the_checksum() {
    let right = grow();
    let wrong = [
        Journal { offset: u64::MAX, ..right.clone() },
        Journal { offset: 1, ..right.clone() },
        Journal { offset: 3, ..right.clone() },
        Journal { old_length: 4, ..right.clone() },
        Journal { old_length: u64::MAX, ..right.clone() },
        Journal { new_length: 6, ..right.clone() },
        Journal { fresh: 4, ..right.clone() },
        Journal { fresh: 2, ..right.clone() },
        Journal { replaced: b"four".to_vec(), ..right },
        Journal { old_length: 1, new_length: 1, ..same_length() },
    ];
    for journal in wrong {
        let bytes = journal.encode().concat();
        assert_eq!(Journal::decode(&bytes), Decoded::Unknown, "{journal:?}");
    }
}

#[test]
fn decoding_never_panics_on_extreme_numbers() {
    let numbers = [0, 1, 2, 3, 5, 6, 100, u64::MAX / 2, u64::MAX - 3, u64::MAX];
    let mut seed = 1_u64;
    let mut pick = |count: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % count
    };
    let mut whole = 0;
    for _ in 0..200_000 {
        let numbers: [u64; 6] = std::array::from_fn(|_| numbers[pick(numbers.len())]);
        let bytes = version_1(numbers, b"", &b"abcdefgh"[..pick(9)]);
        let Some(journal) = Journal::decode_1(&bytes) else { continue };
        whole += 1;
        let _ = journal.old();
        for length in numbers {
            let count = journal.bytes_to_look_at(length).unwrap_or(0);
            let now = vec![b'a'; count];
            journal.state(length, &now);
            journal.is_cut_between_pages(length, &now);
        }
    }
    assert!(whole > 100, "{whole}");
}

#[test]
fn states_of_a_file_are_distinguished() {
    let shrink = shrink();
    assert_eq!(shrink.state(6, b"abbcc"), State::Unapplied);
    assert_eq!(shrink.state(6, b"bcc\n\n"), State::Padded);
    assert_eq!(shrink.state(6, b"bbbcc"), State::Torn);
    assert_eq!(shrink.state(4, b"bcc"), State::Applied);
    assert_eq!(shrink.state(6, b"abbcX"), State::Unrelated);
    assert_eq!(shrink.state(5, b"bcc\n"), State::Torn);
    assert_eq!(shrink.state(6, b"bcc\0\0"), State::Torn);
    assert_eq!(shrink.state(3, b"bc"), State::Unrelated);
    assert_eq!(shrink.state(7, b"abbccx"), State::Unrelated);

    let grow = grow();
    assert_eq!(grow.state(3, b"c"), State::Unapplied);
    assert_eq!(grow.state(3, b"x"), State::Torn);
    assert_eq!(grow.state(4, b"xy"), State::Torn);
    assert_eq!(grow.state(5, b"x\0z"), State::Torn);
    assert_eq!(grow.state(5, b"c\0\0"), State::Torn);
    assert_eq!(grow.state(5, b"xyz"), State::Applied);
    assert_eq!(grow.state(6, b"xyz"), State::Unrelated);
    assert_eq!(grow.state(5, b"xyX"), State::Unrelated);
}

/// The journal, the old bytes and the new bytes of a write that replaces twenty pages of one letter with another
/// letter.
fn twenty_pages(offset: usize) -> (Journal<'static>, Vec<u8>, Vec<u8>) {
    let (old, new) = (vec![b'o'; 81_920 - offset], vec![b'n'; 81_920 - offset]);
    let patch =
        Patch { offset, replaced: old.len(), bytes: new.clone().into(), moved: 0, old_length: 81_920 };
    (Journal::new(FILE, stamp(81_920), patch, old.clone()), old, new)
}

#[test]
fn a_kill_during_the_write_leaves_new_pages_then_old_ones() {
    for offset in [0, 100, 4_095, 4_096] {
        let (journal, old, new) = twenty_pages(offset);
        let is_cut = |now: &[u8]| journal.is_cut_between_pages(81_920, now);
        for cut in (1..new.len()).filter(|cut| (offset + cut) % 1_024 < 3) {
            let now = [&new[..cut], &old[cut..]].concat();
            assert_eq!(is_cut(&now), (offset + cut) % 4_096 == 0, "{offset} {cut}");
        }
        assert!(!is_cut(&old));
        // A kill leaves no old page before a new one.
        assert!(!is_cut(&[&old[..8_192], &new[8_192..]].concat()));
        let mut mixed = [&new[..20_480 - offset], &old[20_480 - offset..]].concat();
        mixed[0] = b'o';
        assert!(!is_cut(&mixed));
    }
}

#[test]
fn a_longer_file_that_ends_with_a_newline_is_not_finished() {
    let bytes = |last: &[u8]| [vec![b'n'; 4_096 - last.len()], last.to_vec(), vec![b'n'; 77_824]].concat();
    for (last, is_cut) in [(&b"\n"[..], false), (b"x", true)] {
        let new = bytes(last);
        let patch = Patch { offset: 0, replaced: 0, bytes: new.clone().into(), moved: 0, old_length: 0 };
        let journal = Journal::new(FILE, stamp(0), patch, Vec::new());
        assert_eq!(journal.is_cut_between_pages(4_096, &new[..4_096]), is_cut);
    }
}

#[test]
fn a_write_of_64_kib_is_never_cut_between_pages() {
    let (old, new) = (vec![b'o'; 65_536], vec![b'n'; 65_536]);
    let patch =
        Patch { offset: 0, replaced: old.len(), bytes: new.clone().into(), moved: 0, old_length: 65_536 };
    let journal = Journal::new(FILE, stamp(65_536), patch, old.clone());
    assert!(!journal.is_cut_between_pages(65_536, &[&new[..4_096], &old[4_096..]].concat()));
}
