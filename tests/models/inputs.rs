//! Generators of inputs: password files as administrators, programs and accidents write them, and edits of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use htpasswd::{PasswordHash, Username};

/// Hashes of several lengths.
pub(crate) const HASHES: [&str; 4] =
    ["x", "plain text", "abNANd1rDfiNc", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="];

/// Valid user names.
const USERS: [&str; 5] = ["a", "bob", "carol", "d d", "\u{e4}"];

/// User names that a file may contain, and that the library rejects for new records.
const ODD_USERS: [&[u8]; 7] = [b"", b"bob ", b"\xef\xbb\xbfbob", b"\xef\xbb\xbf", b"\xff", b"c\0", b"a\rb"];

#[derive(Debug, Clone)]
pub(crate) enum Edit {
    Set(&'static str, &'static str),
    Remove(&'static [u8]),
}

#[derive(Debug, Clone)]
pub(crate) struct Edits {
    pub(crate) list: Vec<Edit>,
    pub(crate) prune: bool,
    pub(crate) keeps_disabled: bool,
}

impl Edit {
    pub(crate) fn user(&self) -> &'static [u8] {
        match self {
            Self::Set(user, _) => user.as_bytes(),
            Self::Remove(user) => user,
        }
    }
}

impl From<Edit> for Edits {
    fn from(edit: Edit) -> Self {
        Self { list: vec![edit], prune: false, keeps_disabled: false }
    }
}

impl Edits {
    /// Returns the last edit of each user, in the position of that user's first edit.
    pub(crate) fn in_force(&self) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        for edit in &self.list {
            match edits.iter_mut().find(|earlier| earlier.user() == edit.user()) {
                Some(earlier) => *earlier = edit.clone(),
                None => edits.push(edit.clone()),
            }
        }
        edits
    }

    /// Returns the hash of a user who is set. A disabled user has `!` before the hash.
    pub(crate) fn hash_in_place_of(&self, old: &[u8], new: &str) -> Vec<u8> {
        let mark: &[u8] = if self.keeps_disabled && old.starts_with(b"!") { b"!" } else { b"" };
        [mark, new.as_bytes()].concat()
    }

    pub(crate) fn for_library(&self) -> htpasswd::document::Edits {
        let mut edits = htpasswd::document::Edits::new();
        for edit in &self.list {
            match edit {
                Edit::Set(user, hash) => edits.set(&username(user), &parse(hash)),
                Edit::Remove(user) => edits.remove(user),
            }
        }
        if self.prune {
            edits.prune();
        }
        if self.keeps_disabled {
            edits.keep_disabled();
        }
        edits
    }
}

pub(crate) fn username(user: &str) -> Username {
    Username::new(user).unwrap()
}

pub(crate) fn parse(hash: &str) -> PasswordHash {
    PasswordHash::parse_or_plain(hash.as_bytes()).unwrap()
}

/// A valid user name.
pub(crate) fn user() -> impl Strategy<Value = &'static str> {
    select(&USERS)
}

pub(crate) fn hash() -> impl Strategy<Value = &'static str> {
    select(&HASHES)
}

/// Any user name that a file may contain.
pub(crate) fn any_user() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![3 => user().prop_map(str::as_bytes), 1 => select(&ODD_USERS[..])]
}

pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (user(), hash()).prop_map(|(user, hash)| Edit::Set(user, hash)),
        2 => any_user().prop_map(Edit::Remove),
    ]
}

pub(crate) fn edits() -> impl Strategy<Value = Edits> {
    let (prune, keeps_disabled) = (prop::bool::weighted(0.15), prop::bool::weighted(0.3));
    (vec(edit(), 0..5), prune, keeps_disabled).prop_map(|(list, prune, keeps_disabled)| Edits {
        list,
        prune,
        keeps_disabled,
    })
}

/// A password file of up to seven lines.
pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    let has_mark = prop::bool::weighted(0.1);
    let has_end = prop::bool::weighted(0.7);
    (has_mark, vec(line(), 0..8), has_end).prop_map(|(has_mark, lines, has_end)| {
        let mut text = [if has_mark { crate::naive::MARK } else { b"" }, &lines.concat()].concat();
        if !has_end && text.ends_with(b"\n") {
            text.pop();
        }
        text
    })
}

fn one_of(choices: &'static [&'static [u8]]) -> impl Strategy<Value = &'static [u8]> {
    select(choices)
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let indent = prop_oneof![8 => Just(&b""[..]), 1 => one_of(&[b" ", b"\t ", b"\x0b\x0c", b"\r"])];
    let odd_end = one_of(&[
        b"\r\r\n",
        b" \n",
        b"\0\n",
        b"\\\n",
        b"\\\r\n",
        b"\\\\\n",
        b"\\\r\\\n",
        b"\\\r\r\n",
        b"\\\0\n",
    ]);
    let end = prop_oneof![6 => Just(&b"\n"[..]), 3 => Just(&b"\r\n"[..]), 2 => odd_end];
    let further = prop_oneof![4 => Just(&b""[..]), 1 => one_of(&[b":Bob:b@x", b":", b"\0:c", b"\rx"])];
    let field = prop_oneof![4 => hash().prop_map(str::as_bytes), 1 => one_of(&[b"", b"!", b"\xff\xfe"])];
    let record =
        (any_user(), field, further).prop_map(|(user, hash, further)| [user, b":", hash, further].concat());
    let other = one_of(&[b"", b"# staff", b"#bob:x", b"no colon", b"  "]).prop_map(<[u8]>::to_vec);
    let noise = vec(select(b":#ab \t\r\0\\\xef\xbb\xbf\xff\n".as_slice()), 0..8);
    let body = prop_oneof![8 => record, 2 => other, 1 => noise];
    (indent, body, end).prop_map(|(indent, body, end)| [indent, &body, end].concat())
}
