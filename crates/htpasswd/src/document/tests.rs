//! Parsing, edits and look-ups of documents in memory.

mod disabled;
mod patches;
mod reading;

use super::*;
use crate::hash::{Params, PasswordHash, Scheme};
use crate::password::Password;
use crate::username::Username;

const HASH: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";

fn hash() -> PasswordHash {
    PasswordHash::create(&Password::new("secret").unwrap(), &Params::Sha1).unwrap()
}

/// Sets the hash of a user. Returns the whole file, with `<H>` in place of `HASH`.
fn set(file: &[u8], user: &str) -> (SetOutcome, String) {
    let mut document = Document::parse(file);
    let change = document.set(&Username::new(user).unwrap(), &hash());
    (change, document.as_bytes().escape_ascii().to_string().replace(HASH, "<H>"))
}

fn added(file: &[u8]) -> String {
    let (change, text) = set(file, "alice");
    assert_eq!(change, SetOutcome::Added);
    text
}

fn updated(file: &[u8], lines: usize) -> String {
    let (change, text) = set(file, "bob");
    assert_eq!(change, SetOutcome::Updated { lines });
    text
}

fn removed(file: &[u8], user: &[u8]) -> (usize, Vec<u8>) {
    let mut document = Document::parse(file);
    (document.remove(user), document.as_bytes().to_vec())
}

#[test]
fn a_new_record_is_added_at_the_end() {
    assert_eq!(added(b""), r"alice:<H>\n");
    assert_eq!(added(b"bob:x\n"), r"bob:x\nalice:<H>\n");
    assert_eq!(added(b"bob:x\r\n\r\n"), r"bob:x\r\n\r\nalice:<H>\n");
    assert_eq!(added(b"\n\n"), r"\n\nalice:<H>\n");
}

#[test]
fn a_missing_newline_is_added_in_the_style_of_the_file() {
    assert_eq!(added(b"bob:x"), r"bob:x\nalice:<H>\n");
    assert_eq!(added(b"a:b\nbob:x"), r"a:b\nbob:x\nalice:<H>\n");
    assert_eq!(added(b"a:b\r\nbob:x"), r"a:b\r\nbob:x\r\nalice:<H>\n");
    // The last newline of a mixed file decides.
    assert_eq!(added(b"a:b\r\nc:d\nbob:x"), r"a:b\r\nc:d\nbob:x\nalice:<H>\n");
    assert_eq!(added(b"a:b\nc:d\r\nbob:x"), r"a:b\nc:d\r\nbob:x\r\nalice:<H>\n");
    assert_eq!(added(b"bob:x\r"), r"bob:x\r\nalice:<H>\n");
    assert_eq!(added(b"a:b\r\nbob:x\r"), r"a:b\r\nbob:x\r\nalice:<H>\n");
    assert_eq!(added(b"bob:x\n# end"), r"bob:x\n# end\nalice:<H>\n");
    assert_eq!(added(b"bob:x\n  "), r"bob:x\n  \nalice:<H>\n");
    assert_eq!(added(b"\xef\xbb\xbf"), r"\xef\xbb\xbfalice:<H>\n");
}

#[test]
fn a_blank_line_separates_a_new_record_from_a_backslash() {
    assert_eq!(added(b"# keep \\\n"), r"# keep \\\n\nalice:<H>\n");
    assert_eq!(added(b"# keep \\\n\n"), r"# keep \\\n\nalice:<H>\n");
    assert_eq!(added(b"# keep \\"), r"# keep \\\n\nalice:<H>\n");
    assert_eq!(added(b"# keep \\\r\n"), r"# keep \\\r\n\r\nalice:<H>\n");
    assert_eq!(added(b"#\r\n# keep \\"), r"#\r\n# keep \\\r\n\r\nalice:<H>\n");
    assert_eq!(added(b"bob:x\\\n"), r"bob:x\\\n\nalice:<H>\n");
    assert_eq!(added(b"bob:x:gecos\\\n"), r"bob:x:gecos\\\n\nalice:<H>\n");
    // One blank line exposes the other backslash.
    assert_eq!(added(b"# keep \\\\\n"), r"# keep \\\\\n\n\nalice:<H>\n");
    assert_eq!(added(b"# keep \\\n# end\n"), r"# keep \\\n# end\nalice:<H>\n");
}

#[test]
fn a_blank_line_separates_an_update_from_a_backslash() {
    assert_eq!(updated(b"# keep \\\nbob:x\n", 1), r"# keep \\\n\nbob:<H>\n");
    assert_eq!(updated(b"# keep \\\n\nbob:x\n", 1), r"# keep \\\n\nbob:<H>\n");
    assert_eq!(updated(b"# keep \\\r\n bob:x\r\n", 1), r"# keep \\\r\n\r\n bob:<H>\r\n");
    assert_eq!(updated(b"a:x\\\nbob:x", 1), r"a:x\\\n\nbob:<H>\n");
    assert_eq!(updated(b"#\\\nbob:x\n#\\\nbob:x\n", 2), r"#\\\n\nbob:<H>\n#\\\n\nbob:<H>\n");
    // A record that already has the hash also gets a blank line, because httpd must see it.
    assert_eq!(updated(format!("#\\\nbob:{HASH}\n").as_bytes(), 1), r"#\\\n\nbob:<H>\n");
    assert_eq!(updated(format!("#\nbob:{HASH}").as_bytes(), 1), r"#\nbob:<H>");
    // An update removes a backslash at the end of the old hash, and keeps a backslash at the end of a further field.
    assert_eq!(updated(b"bob:x\\\nbob:y\n", 2), r"bob:<H>\nbob:<H>\n");
    assert_eq!(updated(b"bob:x:g\\\nbob:y\n", 2), r"bob:<H>:g\\\n\nbob:<H>\n");
    // The records of other users stay joined.
    assert_eq!(updated(b"#\\\na:x\nbob:y\n", 1), r"#\\\na:x\nbob:<H>\n");
    assert_eq!(updated(b"bob:y:g\\\na:x\n", 1), r"bob:<H>:g\\\na:x\n");
}

#[test]
fn a_removal_joins_no_record_with_the_line_before() {
    let text = |file: &[u8], user: &[u8]| removed(file, user).1.escape_ascii().to_string();
    assert_eq!(text(b"#\\\nbob:x\ncarol:y\n", b"bob"), r"#\\\n\ncarol:y\n");
    assert_eq!(text(b"#\\\r\nbob:x\r\ncarol:y\r\n", b"bob"), r"#\\\r\n\r\ncarol:y\r\n");
    assert_eq!(text(b"#\\\nbob:x\n#\ncarol:y\n", b"bob"), r"#\\\n#\ncarol:y\n");
    assert_eq!(text(b"#\\\nbob:x\n", b"bob"), r"#\\\n");
    // httpd did not read carol's record before the removal either.
    assert_eq!(text(b"bob:x\\\ncarol:y\n", b"bob"), r"carol:y\n");
    assert_eq!(text(b"#\\\nbob:x\\\ncarol:y\n", b"bob"), r"#\\\ncarol:y\n");
}

#[test]
fn a_joined_record_with_the_same_hash_counts_as_updated() {
    let mut edits = Edits::new();
    edits.set(&Username::new("bob").unwrap(), &hash());
    let change = |text: &str| Document::parse(text).apply(&edits);
    assert_eq!(change(&format!("#\\\nbob:{HASH}\n")).updated, 1);
    assert_eq!(change(&format!("#\\\n\nbob:{HASH}\n")).unchanged, 1);
}

/// A hash with a special byte must not end the record or the field early.
#[test]
fn every_accepted_hash_is_read_back_unchanged() {
    let user = Username::new("alice").unwrap();
    for shape in ["$apr1$a?b$......................", "$1$a?b$......................", "a?b", "?"] {
        for byte in 0..=u8::MAX {
            let text = shape.as_bytes().iter().map(|&shaped| if shaped == b'?' { byte } else { shaped });
            let text: Vec<_> = text.collect();
            let Ok(hash) = PasswordHash::parse_or_plain(&text) else { continue };
            let mut document = Document::parse("bob:x\n");
            document.set(&user, &hash);
            // Servers read only the first field of a plain text hash; see docs/compatibility.md.
            let is_plain = hash.scheme() == Scheme::Plain;
            let first = if is_plain { text.split(|&byte| byte == b':').next().unwrap() } else { &text };
            assert_eq!(document.get("alice").unwrap().hash, first, "{}", text.escape_ascii());
            document.set(&Username::new("carol").unwrap(), &hash);
            assert_eq!(document.lines().filter(|line| line.record().is_some()).count(), 3);
            assert!(!document.is_joined("carol"), "{}", text.escape_ascii());
        }
    }
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
fn plain_text_with_colons_does_not_make_the_line_grow() {
    let set = |file: &str, text: &str| {
        let mut document = Document::parse(file);
        let hash = PasswordHash::create(&Password::new(text).unwrap(), &Params::Plain).unwrap();
        document.set(&Username::new("bob").unwrap(), &hash);
        String::from_utf8(document.as_bytes().to_vec()).unwrap()
    };
    assert_eq!(set("", "a:b"), "bob:a:b\n");
    assert_eq!(set("bob:a:b\n", "a:b"), "bob:a:b\n");
    assert_eq!(set("bob:a:b\n", "c:d"), "bob:c:d\n");
    assert_eq!(set("bob:a:b:Bob\r\n", "c:d"), "bob:c:d:Bob\r\n");
    assert_eq!(set("bob:a\0:b\n", "::"), "bob:::\0:b\n");
    assert_eq!(set("bob:a", ":"), "bob::\n");
    // A further field cannot be distinguished from the rest of a plain text with colons, so it stays.
    assert_eq!(set("bob:a:b\n", "c"), "bob:c:b\n");
}

#[test]
fn names_match_byte_by_byte() {
    for file in ["bob :x\n", "Bob:x\n", "bo:x\n", "bobb:x\n", "#bob:x\n", "b\0ob:x\n"] {
        let (change, _) = set(file.as_bytes(), "bob");
        assert_eq!(change, SetOutcome::Added, "{file:?}");
    }
}

#[test]
fn a_removal_removes_the_whole_lines_of_the_user_only() {
    assert_eq!(removed(b"# c\n\nbob:x\n\n# d\n", b"bob"), (1, b"# c\n\n\n# d\n".to_vec()));
    assert_eq!(removed(b"bob:1\nbob:2\nx:y\n bob:3", b"bob"), (3, b"x:y\n".to_vec()));
    assert_eq!(removed(b"bob:x\r\ncarol:y", b"carol"), (1, b"bob:x\r\n".to_vec()));
    assert_eq!(removed(b"\xef\xbb\xbfbob:x\nc:y\n", b"bob"), (1, b"\xef\xbb\xbfc:y\n".to_vec()));
    assert_eq!(removed(b":x\na:y\n", b""), (1, b"a:y\n".to_vec()));
    assert_eq!(removed(b"a:y", b"bob"), (0, b"a:y".to_vec()));
}

#[test]
fn a_removal_puts_no_byte_order_mark_at_the_start() {
    let bom = "\u{feff}";
    let file = format!("carol:1\ncarol:2\n{bom}carol:3\nbob:4\n");
    let (count, left) = removed(file.as_bytes(), b"carol");
    assert_eq!((count, String::from_utf8(left).unwrap()), (2, format!("\n{bom}carol:3\nbob:4\n")));
    let (_, left) = removed(format!("{bom}carol:1\n{bom}carol:3\n").as_bytes(), b"carol");
    assert_eq!(String::from_utf8(left).unwrap(), format!("{bom}{bom}carol:3\n"));
    let (_, left) = removed(format!("bob:1\ncarol:2\n{bom}carol:3\n").as_bytes(), b"carol");
    assert_eq!(String::from_utf8(left).unwrap(), format!("bob:1\n{bom}carol:3\n"));
}

#[test]
fn get_returns_the_first_record_of_a_user() {
    let document = Document::parse(b" bob:one:more\nbob:two\n".to_vec());
    assert_eq!(document.get("bob").unwrap().hash, b"one");
    assert!(document.get("carol").is_none());
}

#[test]
fn records_include_duplicates_in_order() {
    let document = Document::parse("bob:1\n# c\ncarol:2:x\nno\n bob:3");
    let records: Vec<_> = document.records().map(|record| (record.user, record.hash)).collect();
    assert_eq!(records, [(&b"bob"[..], &b"1"[..]), (b"carol", b"2"), (b"bob", b"3")]);
    let lines: Vec<_> = document.lines().map(|line| line.bytes()).collect();
    assert_eq!(lines, [&b"bob:1\n"[..], b"# c\n", b"carol:2:x\n", b"no\n", b" bob:3"]);
    let bobs = document.lines().filter_map(|line| line.record_of(b"bob")).map(|record| record.hash);
    assert_eq!(bobs.collect::<Vec<_>>(), [b"1", b"3"]);
}

#[test]
fn debug_shows_users_and_counts_but_no_hash() {
    let document = Document::parse("# c\nbob:secret\n");
    assert_eq!(format!("{document:?}"), "Document(15 bytes)");
    assert_eq!(format!("{:?}", document.index()), "Index(1 users)");
    assert_eq!(format!("{:?}", edits(&["bob"], &["carol"])), "Edits(2 users)");
    let mut lines = document.lines();
    assert_eq!(format!("{:?}", lines.next().unwrap()), "Line(1, Comment)");
    assert_eq!(format!("{lines:?}"), "Lines(after line 1)");
    assert_eq!(format!("{:?}", lines.next().unwrap()), "Line(2, Record(Record(bob, ..)))");
}

#[test]
fn the_hash_field_ends_as_in_servers_written_in_c() {
    for file in ["u:h\n", "u:h", "u:h\r\n", "u:h\r\r\n", "u:h:x\n", "u:h\0x\n", "u:h\r"] {
        let document = Document::parse(file.as_bytes());
        assert_eq!(document.get("u").unwrap().hash, b"h", "{file:?}");
    }
}

#[test]
fn lines_have_the_same_kind_as_in_apache_programs() {
    let document = Document::parse(b"\xef\xbb\xbf \t\x0b\x0c\r\n #x\nu:h\ngarbage\n\xc2\xa0\n".to_vec());
    let contents: Vec<_> = document.lines().map(|line| line.content()).collect();
    let record = Content::Record(Record { user: b"u", hash: b"h" });
    let expected = [Content::Blank, Content::Comment, record, Content::Invalid, Content::Invalid];
    assert_eq!(contents, expected);
    assert_eq!(document.first_invalid_line(), Some(4));
    let edits = Edits::new();
    let mut plan = edits.plan();
    document.lines().for_each(|line| plan.look_at(&line));
    assert_eq!(plan.first_invalid_line(), Some(4));
}

fn edits(set: &[&str], remove: &[&str]) -> Edits {
    let mut edits = Edits::new();
    for user in set {
        edits.set(&Username::new(*user).unwrap(), &hash());
    }
    for user in remove {
        edits.remove(*user);
    }
    edits
}

#[test]
fn many_edits_are_applied_in_one_pass() {
    let file = format!("# c\na:1\nb:{HASH}\nc:3\nd:4:D\na:5");
    let mut document = Document::parse(file.as_str());
    let summary = document.apply(&edits(&["new", "a", "b", "d", "last"], &["c", "unknown"]));
    assert_eq!(
        summary,
        EditSummary { added: 2, updated: 2, unchanged: 1, removed: 1, ..EditSummary::default() }
    );
    let text = String::from_utf8(document.as_bytes().to_vec()).unwrap().replace(HASH, "<H>");
    assert_eq!(text, "# c\na:<H>\nb:<H>\nd:<H>:D\na:<H>\nnew:<H>\nlast:<H>\n");
    assert_eq!(document.clone().into_patch().unwrap().new_length(), document.as_bytes().len());
}

#[test]
fn edits_contain_each_user_that_was_added() {
    for (set, remove, named) in
        [(&["a", "b"][..], &["c"][..], 3), (&["a"], &[], 1), (&[], &["a"], 1), (&[], &[], 0)]
    {
        let edits = edits(set, remove);
        assert_eq!((edits.len(), edits.is_empty()), (named, named == 0));
        assert!(set.iter().chain(remove).all(|user| edits.contains(user)));
        assert!(!edits.contains("unknown") && !edits.contains(""));
    }
    let hashes = ["a", "b"].map(|user| (Username::new(user).unwrap(), hash()));
    let mut document = Document::parse("b:1\n");
    document.apply(&hashes.into_iter().collect());
    assert_eq!(document.as_bytes(), format!("b:{HASH}\na:{HASH}\n").as_bytes());
}

#[test]
fn the_last_edit_of_a_user_counts() {
    let mut wanted = edits(&["a"], &["a"]);
    assert_eq!(wanted.len(), 1);
    let mut document = Document::parse(b"a:1\n");
    assert_eq!(document.apply(&wanted).removed, 1);
    wanted.set(&Username::new("a").unwrap(), &hash());
    assert_eq!(document.apply(&wanted).added, 1);
}

#[test]
fn a_newline_is_added_only_if_it_is_missing() {
    let after = |file: &str, set: &[&str], remove: &[&str]| {
        let mut document = Document::parse(file);
        document.apply(&edits(set, remove));
        String::from_utf8(document.as_bytes().to_vec()).unwrap().replace(HASH, "<H>")
    };
    assert_eq!(after("a:1\nb:2", &["c"], &["b"]), "a:1\nc:<H>\n");
    assert_eq!(after("a:1\nb:2", &["a"], &[]), "a:<H>\nb:2");
    assert_eq!(after("a:1\r\nb:2", &["b", "c"], &[]), "a:1\r\nb:<H>\r\nc:<H>\n");
    assert_eq!(after("b:2", &[], &["b"]), "");
}

#[test]
fn single_edits_and_one_set_of_edits_give_the_same_file() {
    let file = "\u{feff}a:1\r\n b:2\n#c:3\nd:4:x\ne\nf:6";
    for mask in 0u32..1 << 7 {
        let users: Vec<_> = "abcdefg".chars().map(String::from).collect();
        let chosen: Vec<_> =
            (0..7).filter(|bit| mask >> bit & 1 == 1).map(|bit| users[bit].as_str()).collect();
        for removed in 0..=chosen.len() {
            let (remove, set) = chosen.split_at(removed);
            let (mut once, mut slowly) = (Document::parse(file), Document::parse(file));
            once.apply(&edits(set, remove));
            for user in remove {
                assert!(slowly.remove(user) <= 1);
            }
            for user in set {
                slowly.set(&Username::new(*user).unwrap(), &hash());
            }
            assert_eq!(
                once.as_bytes().escape_ascii().to_string(),
                slowly.as_bytes().escape_ascii().to_string()
            );
        }
    }
}

#[test]
fn an_index_finds_the_first_record() {
    let document = Document::parse(b"\xef\xbb\xbfa:1\nb:2\n a:3\n#c:4\nd\n \xef\xbb\xbfe:5:x");
    let index = document.index();
    assert_eq!((index.len(), index.is_empty()), (3, false));
    let hash = |user: &[u8]| index.get(user).map(|record| record.hash.to_vec());
    assert_eq!(hash(b"a"), Some(b"1".to_vec()));
    assert_eq!(hash(b"b"), Some(b"2".to_vec()));
    assert_eq!(hash(b"\xef\xbb\xbfe"), Some(b"5".to_vec()));
    for user in [&b"c"[..], b"d", b"", b"#c"] {
        assert_eq!(hash(user), None);
    }
    assert!(Document::default().index().is_empty());
}

#[test]
fn edits_see_earlier_edits() {
    let mut document = Document::default();
    let (alice, hash) = (Username::new("alice").unwrap(), hash());
    assert_eq!(document.set(&alice, &hash), SetOutcome::Added);
    assert_eq!(document.set(&alice, &hash), SetOutcome::Updated { lines: 1 });
    assert_eq!(document.remove("alice"), 1);
    assert_eq!(document.as_bytes(), b"");
}

fn pruned(text: &str, users: &[&str]) -> (String, EditSummary, Vec<(String, UserChange)>) {
    let mut edits = Edits::new();
    for user in users {
        edits.set(&Username::new(*user).unwrap(), &PasswordHash::parse(b"abNANd1rDfiNc").unwrap());
    }
    edits.prune();
    let mut document = Document::parse(text);
    let mut changes = Vec::new();
    let preview = document.preview(&edits, |user, change| {
        changes.push((String::from_utf8(user.to_vec()).unwrap(), change));
    });
    let summary = document.apply(&edits);
    assert_eq!(preview, summary);
    (String::from_utf8(document.as_bytes().to_vec()).unwrap(), summary, changes)
}

#[test]
fn pruning_keeps_set_users_and_lines_without_records() {
    let text = "# staff\nbob:x\n\ncarol:y\n:z\ncarol:w\n  dave:abNANd1rDfiNc:Dave\r\n# end";
    let (text, summary, changes) = pruned(text, &["dave", "erin", "bob"]);
    assert_eq!(
        text,
        "# staff\nbob:abNANd1rDfiNc\n\n  dave:abNANd1rDfiNc:Dave\r\n# end\r\nerin:abNANd1rDfiNc\n"
    );
    let counts = (summary.added, summary.updated, summary.unchanged, summary.removed);
    assert_eq!(counts, (1, 1, 1, 2));
    let wanted = [
        ("dave", UserChange::Unchanged),
        ("erin", UserChange::Added),
        ("bob", UserChange::Updated),
        ("carol", UserChange::Removed),
        ("", UserChange::Removed),
    ];
    assert_eq!(changes, wanted.map(|(user, change)| (user.to_owned(), change)));
}

#[test]
fn pruning_puts_no_byte_order_mark_at_the_start() {
    let (text, ..) = pruned("bob:x\ncarol:y\n\u{feff}no colon\n", &["\u{e4}"]);
    assert_eq!(text, "\n\u{feff}no colon\n\u{e4}:abNANd1rDfiNc\n");
    let (text, ..) = pruned("\u{feff}bob:x\ncarol:y\n", &["carol"]);
    assert_eq!(text, "\u{feff}carol:abNANd1rDfiNc\n");
}
