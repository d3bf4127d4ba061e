//! The patch of an edited document: its offset, its bytes, and the bytes that only move.

use super::*;

/// Returns the offset of the patch, the number of replaced bytes, the new bytes, and the number of bytes that only
/// move.
fn patch(document: &Document) -> Option<(usize, usize, String, usize)> {
    let patch = document.clone().into_patch()?;
    assert_eq!(patch.new_length(), document.as_bytes().len());
    let bytes = patch.bytes.escape_ascii().to_string().replace(HASH, "<H>");
    Some((patch.offset, patch.replaced, bytes, patch.moved))
}

#[test]
fn a_document_of_another_file_replaces_the_whole_file() {
    let read = Document::parse("a:1\nbob:2\nc:3\n");
    let mut edited = read.clone();
    edited.remove("bob");
    let wanted = patch(&edited);
    edited.rebase(&read.origin());
    assert_eq!(patch(&edited), wanted);
    // The other document may have been edited, and may have the same length.
    for (other, left) in [("bob:2\nd:3\n", "d:3"), ("a:4\nbob:2\nd:3\n", "a:4\\nd:3")] {
        let mut other = Document::parse(other);
        other.remove("bob");
        other.rebase(&read.origin());
        assert_eq!(patch(&other), Some((0, 14, format!("{left}\\n"), 0)));
    }
}

#[test]
fn a_patch_starts_at_the_first_edit() {
    let mut document = Document::parse(b"a:1\nbob:2\nc:3\n".to_vec());
    assert_eq!(patch(&document), None);
    assert_eq!(document.remove("unknown"), 0);
    assert_eq!(patch(&document), None);

    document.remove("c");
    assert_eq!(patch(&document), Some((10, 4, String::new(), 0)));
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((8, 6, r"<H>\n".into(), 0)));
}

#[test]
fn bytes_after_the_last_edit_move() {
    let mut document = Document::parse(b"a:1\nbob:2\nc:3\n".to_vec());
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((8, 1, r"<H>\nc:3\n".into(), 5)));
    document.remove("a");
    assert_eq!(patch(&document), Some((0, 9, r"bob:<H>\nc:3\n".into(), 5)));
}

#[test]
fn a_patch_of_the_same_length_ends_at_the_last_edit() {
    let file = format!("a:1\nbob:{}\nc:3\n", "x".repeat(HASH.len()));
    let mut document = Document::parse(file.as_str());
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((8, HASH.len(), "<H>".into(), 0)));
}

#[test]
fn a_cleared_document_is_a_patch_to_an_empty_file() {
    let mut document = Document::parse("a:1\nbob:2\n");
    document.clear();
    assert_eq!(document.as_bytes(), b"");
    assert_eq!(patch(&document), Some((0, 10, String::new(), 0)));
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((0, 10, r"bob:<H>\n".into(), 0)));
}

#[test]
fn setting_the_present_hash_is_no_edit() {
    let mut document = Document::parse(format!("bob:{HASH}").as_str());
    assert_eq!(document.set(&Username::new("bob").unwrap(), &hash()), SetOutcome::Updated { lines: 1 });
    assert_eq!(patch(&document), None);
}
