//! Makes random calls: most are typical of users and scripts, and some have odd or invalid parts. The same seed and
//! number give the same call.

use std::fmt;

use super::model::Entries;
use crate::support::random::Random;
use crate::support::{APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA256_CRYPT, SHA512_CRYPT};

/// An entry of the working directory.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Entry {
    File(Vec<u8>),
    Directory,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(bytes) => write!(f, "\"{}\"", bytes.escape_ascii()),
            Self::Directory => f.write_str("a directory"),
        }
    }
}

/// A call: the arguments, standard input, and the entry `passwd`. The working directory also has the directory `d`.
pub(super) struct Call {
    pub(super) arguments: Vec<Vec<u8>>,
    pub(super) input: Vec<u8>,
    passwd: Option<Entry>,
}

impl Call {
    pub(super) fn entries(&self) -> Entries {
        let passwd = self.passwd.clone().map(|entry| ("passwd".to_owned(), entry));
        passwd.into_iter().chain([("d".to_owned(), Entry::Directory)]).collect()
    }

    /// The name of a path in the working directory.
    pub(super) fn name(path: &str) -> &str {
        path.strip_prefix("./").unwrap_or(path)
    }

    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        self.entries().remove(Self::name(path))
    }

    /// Returns true if a missing file can be created at this path.
    pub(super) fn can_be_created(path: &str) -> bool {
        let name = Self::name(path);
        !name.is_empty() && !name.contains('/') && name.len() <= 255
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("    htpasswd")?;
        for word in &self.arguments {
            write!(f, " \"{}\"", word.escape_ascii())?;
        }
        writeln!(f)?;
        writeln!(f, "    stdin: \"{}\"", self.input.escape_ascii())?;
        write!(f, "    before: {:?}", self.passwd)
    }
}

const USERS: [&[u8]; 5] = [b"alice", b"bob", b"carol", "müller".as_bytes(), b"a b"];

const ODD_USERS: [&[u8]; 25] = [
    b"",
    b"ALICE",
    b"alice ",
    b"m\xfcller",
    b"-x",
    b"-",
    b"a#b",
    b"#eve",
    b" eve",
    b"\teve",
    b"a:b",
    b":",
    b"eve\nroot",
    b"eve\r",
    b"e\x1b[31m",
    b"e\x7f",
    b"\xc2\x9b",
    b"\xef\xbb\xbfbob",
    b"%s%n",
    b"bob  ",
    "\u{a0}bob".as_bytes(),
    "bob\u{3000}".as_bytes(),
    "bob\u{2003} ".as_bytes(),
    "bo\u{200b}b".as_bytes(),
    "\u{202e}bob".as_bytes(),
];

const LONG_USERS: [usize; 14] = [147, 148, 190, 191, 193, 194, 216, 217, 220, 240, 250, 254, 255, 256];

/// A password that is longer than the limits of bcrypt and DES.
const LONG: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

const PASSWORDS: [&str; 14] = [
    "0123456789abc",
    "secret",
    "secret",
    "secret",
    "",
    "a:b",
    "a b",
    "pässwörd",
    "12345678",
    "123456789",
    LONG,
    "x\ny",
    "\r",
    "secret\\",
];

const LONG_PASSWORDS: [usize; 9] = [72, 73, 250, 253, 254, 255, 256, 257, 300];

/// Valid and invalid hashes. Most of these are hashes of `secret` or of [`LONG`].
const HASHES: [&str; 45] = [
    SHA1,
    SHA1,
    APR1,
    APR1,
    BCRYPT,
    BCRYPT,
    DES,
    MD5_CRYPT,
    SHA256_CRYPT,
    SHA512_CRYPT,
    "$6$rounds=1000$AZZ3XOf1gPpuhngE$NfEY6vAje6Z7zOr2aKdShaBQj/xT2qq0x.41RPhWlDcPDVHAhG4h6cQ77rd7oUowEkM4EW2Tbn0JocSDFYTsk1",
    "$6$rounds=01000$AZZ3XOf1gPpuhngE$NfEY6vAje6Z7zOr2aKdShaBQj/xT2qq0x.41RPhWlDcPDVHAhG4h6cQ77rd7oUowEkM4EW2Tbn0JocSDFYTsk1",
    "$2y$04$fAwxwUhPETrupJm6CeZYtuZc5UiyxKWsctx6r2Pmm1MO8OH9KnaMi",
    "uUwNwlYgGCwmk",
    "$2b$04$nz3b7L//sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2a$04$nz3b7L//sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2x$04$nz3b7L//sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2y$03$nz3b7L//sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2y$04$nz3b7L!!sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2b$03$nz3b7L//sqp2.g6.Lr9jbODIF5F5bCRc182YJyuHyL6aKnLhKixum",
    "$2y$04$nz3b7L",
    "$1$ab$dslkcXxVH.x8LwW1W/oAB/",
    "$apr1$$g/UEjvgvl9nWOQl6rNKvZ.",
    "$apr1$abc$PZF73YJz5hJ9yyI.7OP.R.",
    "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
    "{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
    "$y$j75$saltsalt$0gBD67sgmJgRX3RZ6wHHO7sHimQEWGCWN85o4Twogh2",
    "$gy$j75$saltsalt$lKLXtt/QvsyxW9ILYZt1u1hNXyI7ZoBnbdUTsPBwSi5",
    "$7$2/..../....saltsalt$jesG5Dk0wbeGJBKi3B.R/urhV.8vb1bJa0Ef5Hb6TJ7",
    "$sha1$10$saltsalt$22i.gaaYjccrPyvd/Dq/F5Z10YNz",
    "$md5$saltsalt$jkqD2f3bOSLT/F5WH9UGb/",
    "_/...saltNg8LVF8ChhY",
    "$3$$878d8014606cda29677a44efa1353fc7",
    "ab2wHQ4RTFVKIaGh1tlLec.A",
    "$y$j75$saltsalt$0gBD67sgmJgRX3RZ6wHHO7sHimQEWGCWN85o4Twogh",
    "$sha1$10$saltsalt$22i.gaaYjccrPyvd/Dq/F5Z10YNZ",
    "$3$$878D8014606cda29677a44efa1353fc7",
    "*",
    "!",
    "",
    "",
    "secret",
    "x",
];

const NUMBERS: [&str; 24] = [
    "4",
    "4",
    "5",
    "5",
    "1000",
    "1000",
    "1001",
    "5000",
    "+5",
    " 5",
    "005",
    "0",
    "-4",
    "",
    "x",
    "4x",
    "=5",
    "0x5",
    "1",
    "3",
    "18",
    "999",
    "1000000000",
    "4294967300",
];

const HUGE_NUMBERS: [&str; 4] = ["4294967296", "4294968296", "99999999999999999999", "--"];

const LONG_OPTIONS: [&str; 16] = [
    "--",
    "--",
    "--",
    "---",
    "--help",
    "--version",
    "--bcrypt",
    "--sha1",
    "--batch",
    "--cost=4",
    "--cost",
    "--rounds=1000",
    "--bcrypt=4",
    "--nonsense",
    "--no",
    "--verify",
];

/// Makes the call with this number.
pub(super) fn call(seed: u64, number: u64) -> Call {
    let mut generator = Generator { random: Random::new(seed, number) };
    let passwd = generator.passwd();
    let user = generator.user_of(passwd.as_ref());
    let password = generator.password();
    let (mode, source) = (generator.mode(), generator.random.pick(&["b", "b", "b", "i", "i", "", ""]));
    let arguments = generator.arguments(&mode, source, &user, &password);
    let input = generator.input(source, &password);
    Call { arguments, input, passwd }
}

struct Generator {
    random: Random,
}

impl Generator {
    fn user(&mut self) -> Vec<u8> {
        match self.random.below(100) {
            0..80 => self.random.pick(&USERS).to_vec(),
            80..92 => self.random.pick(&ODD_USERS).to_vec(),
            92..98 => vec![b'u'; LONG_USERS[self.random.below(LONG_USERS.len())]],
            _ => self.random.bytes(6),
        }
    }

    /// A user name. If the file has records, half of the names are from the file.
    fn user_of(&mut self, passwd: Option<&Entry>) -> Vec<u8> {
        let Some(Entry::File(content)) = passwd else { return self.user() };
        let name = |line: &[u8]| line.split(|&byte| byte == b':').next().unwrap().trim_ascii_start().to_vec();
        let names = content.split(|&byte| byte == b'\n').map(name);
        let names: Vec<_> = names.filter(|name| !name.is_empty() && !name.contains(&0)).collect();
        if names.is_empty() || self.random.percent(50) {
            return self.user();
        }
        names[self.random.below(names.len())].clone()
    }

    fn password(&mut self) -> Vec<u8> {
        match self.random.below(100) {
            0..75 => self.random.pick(&PASSWORDS).as_bytes().to_vec(),
            75..90 => {
                let length = LONG_PASSWORDS[self.random.below(LONG_PASSWORDS.len())];
                vec![b'x'; length]
            }
            _ => {
                let length = self.random.below(20);
                self.random.bytes(length)
            }
        }
    }

    fn passwd(&mut self) -> Option<Entry> {
        match self.random.below(100) {
            0..8 => None,
            8..10 => Some(Entry::Directory),
            _ => Some(Entry::File(self.content())),
        }
    }

    fn content(&mut self) -> Vec<u8> {
        let mut content = Vec::new();
        if self.random.percent(5) {
            content.extend_from_slice(b"\xef\xbb\xbf");
        }
        let windows = self.random.percent(10);
        let odd = self.random.percent(40);
        for _ in 0..self.random.below(6) {
            let line = if odd { self.odd_line() } else { self.record() };
            content.extend(line);
            let other = odd && self.random.percent(5);
            content.extend_from_slice(if windows == other { b"\n" } else { b"\r\n" });
        }
        if self.random.percent(12) {
            content.pop();
        }
        content
    }

    fn record(&mut self) -> Vec<u8> {
        [&self.user()[..], b":", self.random.pick(&HASHES).as_bytes()].concat()
    }

    fn odd_line(&mut self) -> Vec<u8> {
        match self.random.below(100) {
            0..50 => self.record(),
            50..56 => [b"  \t", &self.record()[..]].concat(),
            56..64 => [&self.record()[..], self.random.pick(&[":Bob:b@example.org", ":", "::x"]).as_bytes()]
                .concat(),
            64..68 => b"# staff".to_vec(),
            68..70 => self.random.pick(&["# staff \\", "#\\\\", "bob:x\\", "bob:x:y\\"]).as_bytes().to_vec(),
            70..74 => [b"#", &self.record()[..]].concat(),
            74..78 => self.random.pick(&["", "", "  ", "\t", "\x0b", "\r"]).as_bytes().to_vec(),
            78..81 => b"garbage".to_vec(),
            81..84 => [b"#", &b"c".repeat(240 + self.random.below(30))[..], &self.record()].concat(),
            84..87 => [&self.record()[..], b":", &b"f".repeat(self.random.below(600))].concat(),
            87..90 => [&self.record()[..], b"\0", &self.record()].concat(),
            90..93 => [&self.record()[..], b" "].concat(),
            93..95 => [&self.user()[..], b" :x"].concat(),
            _ => {
                let length = self.random.below(30);
                self.random.bytes(length)
            }
        }
    }

    fn mode(&mut self) -> String {
        let mode = match self.random.below(100) {
            0..40 => "",
            40..52 => "c",
            52..64 => "n",
            64..83 => "v",
            83..97 => "D",
            _ => self.random.pick(&["nv", "cD", "nn", "vv", "DD", "nnn"]),
        };
        mode.to_owned()
    }

    fn arguments(&mut self, mode: &str, source: &str, user: &[u8], password: &[u8]) -> Vec<Vec<u8>> {
        // Each letter is stored with its value, if it needs a value.
        let mut flags: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
        let mut letters = format!("{mode}{source}").into_bytes();
        if self.random.percent(75) {
            letters.push(self.random.pick(&["m", "2", "5", "B", "B", "d", "s", "s", "s", "p"]).as_bytes()[0]);
        }
        if self.random.percent(10) {
            letters.push(b"bimsB25dp"[self.random.below(9)]);
        }
        if self.random.percent(2) {
            letters.push(b"xhV?:-\xff="[self.random.below(8)]);
        }
        flags.extend(letters.iter().map(|&letter| (vec![letter], None)));
        for _ in 0..usize::from(self.random.percent(25)) + usize::from(self.random.percent(3)) {
            let numbers: &[&str] = if self.random.percent(95) { &NUMBERS } else { &HUGE_NUMBERS };
            let number = self.random.pick(numbers).as_bytes().to_vec();
            flags.push((self.random.pick(&["C", "r"]).as_bytes().to_vec(), Some(number)));
        }
        self.random.shuffle(&mut flags);

        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut open = false;
        for (letter, value) in flags {
            if self.random.percent(1) {
                words.push(self.random.pick(&LONG_OPTIONS).as_bytes().to_vec());
                open = false;
            }
            match words.last_mut() {
                Some(word) if open && self.random.percent(60) => word.extend(letter),
                _ => words.push([b"-", &letter[..]].concat()),
            }
            open = value.is_none();
            match (value, words.last_mut()) {
                (Some(value), Some(word)) if !value.is_empty() && self.random.percent(50) => {
                    word.extend(value);
                }
                (Some(value), _) if self.random.percent(98) => words.push(value),
                _ => {}
            }
        }
        if self.random.percent(4) {
            words.push(self.random.pick(&LONG_OPTIONS).as_bytes().to_vec());
        }
        if !mode.contains('n') {
            let file = if self.random.percent(94) {
                "passwd"
            } else {
                self.random.pick(&["./passwd", "none/passwd", "", "-", "d", "new"])
            };
            words.push(file.as_bytes().to_vec());
        }
        words.push(user.to_vec());
        if source == "b" {
            words.push(password.to_vec());
        }
        match self.random.below(50) {
            0 => drop(words.pop()),
            1 => words.push(b"more".to_vec()),
            _ => {}
        }
        words
    }

    fn input(&mut self, source: &str, password: &[u8]) -> Vec<u8> {
        let mut password = password.to_vec();
        if self.random.percent(3) {
            let at = self.random.below(password.len() + 1);
            password.insert(at, 0);
        }
        let (wrong, text) = (b"wrong\n".as_slice(), &password[..]);
        match (source, self.random.below(100)) {
            (_, 0..6) | ("b", 6..60) => Vec::new(),
            ("i", 6..40) => [text, b"\n"].concat(),
            ("i", 40..60) => text.to_vec(),
            ("i", 60..75) => [text, b"\r\n"].concat(),
            ("i", 75..85) => [text, b"\n\n"].concat(),
            ("i", 85..95) => [text, b"\n", text, b"\n"].concat(),
            ("i", _) => [text, b"\r"].concat(),
            (_, 6..14) => [text, b"\n", wrong].concat(),
            (_, 14..18) => [wrong, text, b"\n"].concat(),
            (_, 18..22) => [text, b"\n"].concat(),
            (_, 22..26) => [text, b"\n", text].concat(),
            (_, 26..30) => [text, b"\r\n", text, b"\r\n"].concat(),
            (_, 30..33) => [text, b"\n", text, b"x\n"].concat(),
            (_, 33..35) => vec![b'y'; self.random.below(9000)],
            _ => [text, b"\n", text, b"\n"].concat(),
        }
    }
}
