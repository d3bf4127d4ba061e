//! Repairs: each kind, the parts that must stay, and random files whose logins must not change.

use super::*;
use std::collections::BTreeMap;

#[track_caller]
fn repaired(before: &[u8], after: &[u8]) -> Repairs {
    let mut document = Document::parse(before);
    let repairs = document.repair();
    assert_eq!(document.as_bytes().escape_ascii().to_string(), after.escape_ascii().to_string());
    assert_eq!(repairs.is_empty(), before == after);
    assert!(document.repair().is_empty(), "a second repair changes nothing");
    repairs
}

#[track_caller]
fn untouched(bytes: &[u8]) {
    repaired(bytes, bytes);
}

#[test]
fn harmful_bytes_without_meaning_are_removed() {
    assert!(repaired(b"a:x", b"a:x\n").final_line_feed);
    assert_eq!(repaired(b"a:x\r\n\r\n# c\r\n", b"a:x\n\n# c\n").carriage_returns, 3);
    assert_eq!(repaired(b"a:x\nb:y\na:x\n", b"a:x\nb:y\n").duplicates, 1);
    assert_eq!(repaired(b"a:x\r\na:x", b"a:x\n").duplicates, 1);
    assert!(repaired(b"\xef\xbb\xbfa:x\n", b"a:x\n").byte_order_mark);
    assert!(repaired(b"\xef\xbb\xbfa:x\nb:y\n", b"a:x\nb:y\n").byte_order_mark);
    assert!(repaired(b"\xef\xbb\xbf# c\na:x\n", b"# c\na:x\n").byte_order_mark);
    assert!(repaired(b"\xef\xbb\xbf", b"").byte_order_mark);
    assert!(repaired(b"\xef\xbb\xbfa:x\r\na:x", b"a:x\n").byte_order_mark);
}

#[test]
fn bytes_that_decide_about_a_login_stay() {
    untouched(b"");
    untouched(b"a:x\nb:y\n");
    // A record that differs from the user's record before it stays, so the first and the last record stay the same.
    untouched(b"a:x\na:y\na:x\n");
    untouched(b"a:x\na:x:more\n");
    untouched(b"a:x\n a:x\n");
    // Apache httpd joins the first two lines.
    untouched(b"# c\\\na:x\na:x\n");
    repaired(b"# c\\\r\na:x\r\na:x\r\n", b"# c\\\na:x\na:x\n");
    // A registry and verdaccio read the second record as one of the same user, and use the last record.
    untouched("a:x\n\u{a0}a:y\na:x\n".as_bytes());
    untouched("a:x\na\u{3000}:y\na:x\n".as_bytes());
    untouched(b"a:x\na :y\na:x\n");
    untouched(b"a:x\r\r\n");
    untouched(b"a:x\nb\0:y\na:x\n");
    untouched(b"b\0:y\r\n");
    // Without the byte order mark, another record would be the user's first one.
    untouched(b"\xef\xbb\xbfa:x\na:y\n");
    untouched(b"\xef\xbb\xbfa:x:more\na:x\n");
    untouched(b"\xef\xbb\xbfa:x \na:x\n");
    untouched(b"\xef\xbb\xbfa:x\n\xef\xbb\xbfa:y\n");
    untouched(b"\xef\xbb\xbf\xef\xbb\xbfa:x\n");
}

/// The first and last hash of each user, as read by a server that keeps a byte order mark as a part of the name.
fn logins(bytes: &[u8]) -> BTreeMap<Vec<u8>, (Vec<u8>, Vec<u8>)> {
    let mut logins = BTreeMap::new();
    // After a newline, the parser keeps the byte order mark as a part of the name.
    for record in Document::parse([b"\n", bytes].concat()).records() {
        let hash = record.hash.to_vec();
        logins.entry(record.user.to_vec()).or_insert_with(|| (hash.clone(), hash.clone())).1 = hash.clone();
    }
    logins
}

#[test]
fn repairs_give_no_user_another_record() {
    let mut state = 11_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut some, mut marks) = (0, 0);
    for _ in 0..20_000 {
        let mut text = if next(3) == 0 { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
        for _ in 0..next(7) {
            let pieces: [&[u8]; 12] = [
                b"a:x",
                b"a:x",
                b"a:y",
                b"b:x",
                b" a:x",
                b"# c",
                b"",
                b"a:x:z",
                b"b\0:q",
                b"b:x\\",
                b"no",
                BYTE_ORDER_MARK,
            ];
            text.extend_from_slice(pieces[next(12)]);
            text.extend_from_slice([&b"\n"[..], b"\n", b"\r\n", b"\r\r\n"][next(4)]);
        }
        if next(3) == 0 {
            text.pop();
        }
        let mut document = Document::parse(text.clone());
        let repairs = document.repair();
        let (mut before, after) = (logins(&text), logins(document.as_bytes()));
        if repairs.byte_order_mark {
            marks += 1;
            // The only permitted change is that the first user's name loses the mark.
            let hidden = before.keys().find(|user| user.starts_with(BYTE_ORDER_MARK)).cloned();
            if let Some(user) = hidden
                && let Some(login) = before.remove(&user)
            {
                let user = Document::parse([&user[3..], b":"].concat());
                let freed = user.records().next().map(|record| record.user.to_vec());
                if let Some(freed) = freed {
                    let other = before.insert(freed, login.clone());
                    assert!(other.is_none_or(|other| other == login), "{}", text.escape_ascii());
                }
            }
        }
        assert_eq!(before, after, "{}", text.escape_ascii());
        some += usize::from(repairs.duplicates > 0);
        assert!(document.repair().is_empty());
        // The patch must give the same bytes.
        let expected = document.as_bytes().to_vec();
        match document.into_patch() {
            None => assert_eq!(expected, text),
            Some(patch) => {
                let mut file = text.clone();
                let end = patch.offset + patch.replaced;
                let tail = file.split_off(end).split_off(patch.moved.min(text.len() - end));
                file.truncate(patch.offset);
                file.extend_from_slice(&patch.bytes);
                file.extend_from_slice(&tail);
                assert_eq!(file.escape_ascii().to_string(), expected.escape_ascii().to_string());
            }
        }
    }
    assert!(some > 500 && marks > 500, "{some} {marks}");
}

#[test]
fn utf_16_is_converted_before_the_other_repairs() {
    let mut document = Document::parse(*b"\xff\xfeb\0o\0b\0:\0x\0\r\0\n\0b\0o\0b\0:\0x\0");
    let repairs = document.repair();
    let expected = Repairs {
        utf16: true,
        carriage_returns: 1,
        duplicates: 1,
        final_line_feed: true,
        ..Repairs::default()
    };
    assert_eq!((repairs, document.as_bytes()), (expected, &b"bob:x\n"[..]));
    assert!(document.repair().is_empty());
    // An empty file of Windows PowerShell has only the mark.
    let mut document = Document::parse(*b"\xff\xfe");
    assert!(document.repair().utf16 && document.as_bytes().is_empty());
}

#[test]
fn a_file_that_is_utf_16_only_in_part_is_not_repaired() {
    for more in ["carol:y\n", "eve:y\n", "\n"] {
        let text = [&b"\xff\xfeb\0o\0b\0:\0x\0\n\0"[..], more.as_bytes()].concat();
        let mut document = Document::parse(text.clone());
        assert!(document.repair().is_empty());
        assert_eq!(document.as_bytes(), text);
    }
}
