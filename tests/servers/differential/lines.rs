//! Groups of lines with one oddity or a few: a record, several records of one user, or lines without a record.

use super::hashes::{self, Stored};
use super::names::{self, Name};
use crate::support::random::Random;

/// A user with a record: someone expects to log in with this name and password.
#[derive(Clone)]
pub(super) struct User {
    /// The number of the line in its group or file, from 0.
    pub(super) line: usize,
    pub(super) name: Vec<u8>,
    pub(super) password: Vec<u8>,
    /// The text after the first colon, which must not be a password.
    pub(super) stored: Vec<u8>,
    /// False if the stored text is a right hash of an unknown password.
    pub(super) is_known: bool,
}

/// Lines, and the users in them.
#[derive(Default)]
pub(super) struct Group {
    pub(super) text: Vec<u8>,
    pub(super) users: Vec<User>,
    /// Users without a record, with the number of their line. If they can log in, an error about this line is right.
    pub(super) others: Vec<User>,
}

/// The lengths of lines at which a server changes its behaviour, without the newline.
const LENGTHS: &[usize] =
    &[255, 256, 1_023, 4_096, 8_189, 8_190, 8_191, 8_192, 8_193, 8_194, 8_195, 65_535, 65_536];

const LINES: &[&str] = &[
    "# staff",
    " # staff",
    "\t#staff",
    "; staff",
    "staff",
    "\"staff\"",
    "",
    " ",
    "\t",
    "\r",
    "\u{c}",
    "# a:b",
    "# a:b:c",
    " # a:b",
    "#",
    "# \"x\"",
    "# x\\",
    "x\\",
    "\\",
    "\\\\",
    "# x\\\\",
    "\u{1a}",
    "\u{a0}",
    "\u{feff}",
    "\u{feff}# staff",
    ":",
    "::",
    ":x",
    "[users]",
    "---",
    "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",
    "# \0",
    "\0",
    "\0\0\0",
    "x\0y",
    "dXNlcjokMnkkMDQkYWJjZGVm",
    "AuthType Basic",
    "Require user a b",
];

impl Group {
    /// A record of a user whose name starts with `plain`. The server reads the hash `good`.
    pub(super) fn record(random: &mut Random, plain: &str, good: &'static str) -> Self {
        let Name { before, name } = if random.percent(45) {
            names::odd(random, plain)
        } else {
            Name { before: Vec::new(), name: plain.into() }
        };
        let stored = if random.percent(60) { hashes::odd(random, good) } else { right(good) };
        let mut group = Self::default();
        group.add_record(&before, &name, &stored, random);
        group
    }

    fn add_record(&mut self, before: &[u8], name: &[u8], stored: &Stored, random: &mut Random) {
        let Stored { text, password } = stored;
        let line = self.text.split(|&byte| byte == b'\n').count() - 1;
        self.text.extend([before, name, b":", text].concat());
        if random.percent(3) {
            let length = LENGTHS[random.below(LENGTHS.len())];
            let used = name.len() + text.len() + 2;
            self.text.extend([b":".as_slice(), &b"x".repeat(length.saturating_sub(used))].concat());
        }
        self.end_line(random);
        let user = User {
            line,
            name: name.to_vec(),
            password: password.clone(),
            stored: text.trim_ascii().to_vec(),
            is_known: !stored.has_unknown_password(),
        };
        if let Some(colon) =
            text.windows(4).position(|part| part == b"eve:").filter(|_| !before.contains(&b'\r'))
        {
            let (name, stored) = (b"eve".to_vec(), text[colon + 4..].to_vec());
            self.users.push(User { name, stored, ..user.clone() });
        }
        if name.starts_with(b"#") {
            // The line is a comment.
            self.others.push(user);
        } else {
            self.users.push(user);
        }
    }

    fn end_line(&mut self, random: &mut Random) {
        self.text.extend(match random.below(25) {
            0 => &b"\r\n"[..],
            1 => b"\r\r\n",
            2 => b"\x0c\n",
            _ => b"\n",
        });
    }

    /// Two records of one user.
    pub(super) fn duplicate(random: &mut Random, plain: &str, good: &'static str) -> Self {
        let mut group = Self::default();
        let odd = names::odd(random, plain);
        let with_odd_name = random.percent(20);
        // The passwords differ, so that the answers of the server show which record counts.
        let other = Stored { text: hashes::of_other(good).into(), password: b"other".to_vec() };
        let second = if random.percent(50) { right(good) } else { hashes::odd(random, good) };
        let mut records = [other, second];
        random.shuffle(&mut records);
        for (number, stored) in records.iter().enumerate() {
            if with_odd_name && number == 1 {
                group.add_record(&odd.before, &odd.name, stored, random);
            } else {
                group.add_record(b"", plain.as_bytes(), stored, random);
            }
        }
        group
    }

    /// A line without a record.
    pub(super) fn line(random: &mut Random) -> Self {
        let mut group = Self { text: random.pick(LINES).as_bytes().to_vec(), ..Self::default() };
        match random.below(12) {
            0 => group.text.extend(b"\xfc"),
            1 => {
                group.text =
                    [b"#".as_slice(), &b"x".repeat(LENGTHS[random.below(LENGTHS.len())] - 1)].concat();
            }
            _ => {}
        }
        group.end_line(random);
        for _ in 0..random.below(3) {
            if group.text.ends_with(b"\\\n") {
                group.text.push(b'\n');
            }
        }
        group
    }

    /// A long comment that ends in a record.
    pub(super) fn split(random: &mut Random, plain: &str, good: &str) -> Self {
        let length = 8_192 + random.below(5);
        let text =
            [&b"#"[..], &b"x".repeat(length - 1), plain.as_bytes(), b":", good.as_bytes(), b"\n"].concat();
        // squid reads the rest of the line as a record.
        let name = text[8_194..].split(|&byte| byte == b':').next().unwrap_or_default().to_vec();
        let other = User { line: 0, name, password: b"secret".to_vec(), stored: good.into(), is_known: true };
        Self { text, users: Vec::new(), others: vec![other] }
    }

    /// A record without oddities.
    pub(super) fn plain(name: &str, good: &'static str) -> Self {
        let text = format!("{name}:{good}\n").into_bytes();
        let user = User {
            line: 0,
            name: name.into(),
            password: b"secret".to_vec(),
            stored: good.into(),
            is_known: true,
        };
        Self { text, users: vec![user], others: Vec::new() }
    }
}

fn right(good: &str) -> Stored {
    Stored { text: good.into(), password: b"secret".to_vec() }
}
