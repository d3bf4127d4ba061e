use super::*;
use crate::hash::Params;
use crate::password::Password;

const HASH: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

fn hash() -> Hash {
    Hash::create(&Password::new("secret").unwrap(), &Params::Sha1).unwrap()
}

/// Sets a user and gives the whole file back, `HASH` written as `<H>`.
fn set(file: &[u8], user: &str) -> (Change, String) {
    let mut document = Document::parse(file);
    let change = document.set(&Username::new(user).unwrap(), &hash());
    (change, document.as_bytes().escape_ascii().to_string().replace(HASH, "<H>"))
}

fn added(file: &[u8]) -> String {
    let (change, text) = set(file, "alice");
    assert_eq!(change, Change::Added);
    text
}

fn updated(file: &[u8], lines: usize) -> String {
    let (change, text) = set(file, "bob");
    assert_eq!(change, Change::Updated { lines });
    text
}

fn removed(file: &[u8], user: &[u8]) -> (usize, Vec<u8>) {
    let mut document = Document::parse(file);
    (document.remove(user), document.as_bytes().to_vec())
}

#[test]
fn a_new_record_goes_to_the_end() {
    assert_eq!(added(b""), r"alice:<H>\n");
    assert_eq!(added(b"bob:x\n"), r"bob:x\nalice:<H>\n");
    assert_eq!(added(b"bob:x\r\n\r\n"), r"bob:x\r\n\r\nalice:<H>\n");
    assert_eq!(added(b"\n\n"), r"\n\nalice:<H>\n");
}

#[test]
fn a_missing_line_end_is_supplied_in_the_files_own_kind() {
    assert_eq!(added(b"bob:x"), r"bob:x\nalice:<H>\n");
    assert_eq!(added(b"a:b\nbob:x"), r"a:b\nbob:x\nalice:<H>\n");
    assert_eq!(added(b"a:b\r\nbob:x"), r"a:b\r\nbob:x\r\nalice:<H>\n");
    assert_eq!(added(b"bob:x\r"), r"bob:x\r\nalice:<H>\n");
    assert_eq!(added(b"bob:x\n# end"), r"bob:x\n# end\nalice:<H>\n");
    assert_eq!(added(b"bob:x\n  "), r"bob:x\n  \nalice:<H>\n");
    assert_eq!(added(b"\xef\xbb\xbf"), r"\xef\xbb\xbfalice:<H>\n");
}

#[test]
fn only_the_hash_field_is_replaced() {
    assert_eq!(updated(b"bob:x\ncarol:y\n", 1), r"bob:<H>\ncarol:y\n");
    assert_eq!(updated(b"bob:x:Bob Smith:b@x\nc:y:C\n", 1), r"bob:<H>:Bob Smith:b@x\nc:y:C\n");
    assert_eq!(updated(b"\t bob:x\r\ncarol:y\r\n", 1), r"\t bob:<H>\r\ncarol:y\r\n");
    assert_eq!(updated(b"\xef\xbb\xbfbob:x\n", 1), r"\xef\xbb\xbfbob:<H>\n");
    assert_eq!(updated(b"bob:\n", 1), r"bob:<H>\n");
    assert_eq!(updated(b"bob:x\na:y", 1), r"bob:<H>\na:y");
    assert_eq!(updated(b"a:y\nbob:x", 1), r"a:y\nbob:<H>\n");
    assert_eq!(updated(b"a:y\r\nbob:x:Bob", 1), r"a:y\r\nbob:<H>:Bob\r\n");
    assert_eq!(updated(b"bob:x\0junk\n", 1), r"bob:<H>\x00junk\n");
    assert_eq!(updated(b"#bob:1\nbob:2\n#c\nbob:3\n", 2), r"#bob:1\nbob:<H>\n#c\nbob:<H>\n");
}

#[test]
fn names_match_byte_by_byte() {
    for file in ["bob :x\n", "Bob:x\n", "bo:x\n", "bobb:x\n", "#bob:x\n", "b\0ob:x\n"] {
        let (change, _) = set(file.as_bytes(), "bob");
        assert_eq!(change, Change::Added, "{file:?}");
    }
}

#[test]
fn removing_takes_whole_lines_and_nothing_else() {
    assert_eq!(removed(b"# c\n\nbob:x\n\n# d\n", b"bob"), (1, b"# c\n\n\n# d\n".to_vec()));
    assert_eq!(removed(b"bob:1\nbob:2\nx:y\n bob:3", b"bob"), (3, b"x:y\n".to_vec()));
    assert_eq!(removed(b"bob:x\r\ncarol:y", b"carol"), (1, b"bob:x\r\n".to_vec()));
    assert_eq!(removed(b"\xef\xbb\xbfbob:x\nc:y\n", b"bob"), (1, b"\xef\xbb\xbfc:y\n".to_vec()));
    assert_eq!(removed(b":x\na:y\n", b""), (1, b"a:y\n".to_vec()));
    assert_eq!(removed(b"a:y", b"bob"), (0, b"a:y".to_vec()));
}

#[test]
fn the_first_record_decides() {
    let document = Document::parse(b" bob:one:more\nbob:two\n".to_vec());
    assert_eq!(document.get("bob").unwrap().hash, b"one");
    assert!(document.get("carol").is_none());
}

#[test]
fn the_hash_field_ends_where_the_c_servers_end_it() {
    for file in ["u:h\n", "u:h", "u:h\r\n", "u:h\r\r\n", "u:h:x\n", "u:h\0x\n", "u:h\r"] {
        let document = Document::parse(file.as_bytes());
        assert_eq!(document.get("u").unwrap().hash, b"h", "{file:?}");
    }
}

#[test]
fn lines_are_what_apache_takes_them_for() {
    let document = Document::parse(b"\xef\xbb\xbf \t\x0b\x0c\r\n #x\nu:h\ngarbage\n\xc2\xa0\n".to_vec());
    let contents: Vec<_> = document.lines().map(|line| line.content()).collect();
    let record = Content::Record(Record { user: b"u", hash: b"h" });
    let expected = [Content::Blank, Content::Comment, record, Content::Invalid, Content::Invalid];
    assert_eq!(contents, expected);
    assert_eq!(document.first_invalid_line(), Some(4));
}

/// Offset, bytes, lengths of what has to be written.
fn patch(document: &Document) -> Option<(usize, String, usize, usize)> {
    let patch = document.patch()?;
    let bytes = patch.bytes.escape_ascii().to_string().replace(HASH, "<H>");
    Some((patch.offset, bytes, patch.old_length, patch.new_length))
}

#[test]
fn a_patch_starts_at_the_first_edit() {
    let mut document = Document::parse(b"a:1\nbob:2\nc:3\n".to_vec());
    assert_eq!(patch(&document), None);
    assert_eq!(document.remove("nobody"), 0);
    assert_eq!(patch(&document), None);

    document.remove("c");
    assert_eq!(patch(&document), Some((10, String::new(), 14, 10)));
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((8, r"<H>\n".into(), 14, 42)));
}

#[test]
fn a_patch_of_the_same_length_ends_at_the_last_edit() {
    let file = format!("a:1\nbob:{}\nc:3\n", "x".repeat(HASH.len()));
    let mut document = Document::parse(file.as_str());
    document.set(&Username::new("bob").unwrap(), &hash());
    assert_eq!(patch(&document), Some((8, "<H>".into(), file.len(), file.len())));
}

#[test]
fn edits_see_earlier_edits() {
    let mut document = Document::default();
    let (alice, hash) = (Username::new("alice").unwrap(), hash());
    assert_eq!(document.set(&alice, &hash), Change::Added);
    assert_eq!(document.set(&alice, &hash), Change::Updated { lines: 1 });
    assert_eq!(document.remove("alice"), 1);
    assert_eq!(document.as_bytes(), b"");
}
