//! A model of the command line of Apache's tool, with the differences D06, D08 to D10, D29, D36, D37, D40, D44 and D46
//! of docs/compatibility.md. It must not use the parser of the command, because it predicts what that parser does.

use htpasswd::hash::Rounds;
use htpasswd::{Cost, Params};

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Exit(u8),
    Help,
    ShortHelp,
    Version,
    Call(Call),
    /// The call has an option that Apache's tool does not have.
    Added,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub mode: Mode,
    pub file: Option<Vec<u8>>,
    pub user: Vec<u8>,
    pub from: Option<From>,
    pub params: Option<Params>,
    /// True if the scheme does not use the number of `-C` or `-r`.
    pub is_unused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Update,
    Create,
    Print,
    Verify,
    Delete,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    Operand(Vec<u8>),
    Stdin,
    Prompt,
}

/// The letters and long names of options.
const NAMES: [(u8, &[u8]); 15] = [
    (b'c', b"create"),
    (b'n', b"stdout"),
    (b'D', b"delete"),
    (b'v', b"verify"),
    (b'b', b"batch"),
    (b'i', b"stdin"),
    (b'm', b"md5"),
    (b'2', b"sha256"),
    (b'5', b"sha512"),
    (b'B', b"bcrypt"),
    (b'd', b"crypt"),
    (b's', b"sha1"),
    (b'p', b"plain"),
    (b'C', b"cost"),
    (b'r', b"rounds"),
];

/// The options that Apache's tool does not have.
const ADDED: [&str; 37] = [
    "argon2",
    "argon2-params",
    "ensure",
    "disable",
    "enable",
    "password-file",
    "password-fd",
    "password-env",
    "generate",
    "for",
    "import",
    "import-format",
    "hashed",
    "keep-going",
    "prune",
    "output",
    "json",
    "dry-run",
    "no-clobber",
    "backup",
    "mode",
    "group",
    "lock-timeout",
    "no-lock",
    "strict",
    "check",
    "fix",
    "ignore",
    "list",
    "secret",
    "secret-key",
    "secret-name",
    "secret-type",
    "namespace",
    "format",
    "no-limits",
    "color",
];

const USAGE: Outcome = Outcome::Exit(2);
const TOO_LONG: Outcome = Outcome::Exit(5);
const BAD_USER: Outcome = Outcome::Exit(6);

/// The options of a call, as far as the model needs them.
#[derive(Default)]
struct Options {
    /// The letters of the mode options in the call. A letter that the call repeats is in the list once.
    modes: Vec<u8>,
    source: u8,
    scheme: u8,
    number: Option<Number>,
}

/// The value of `-C` or `-r`. `Huge` is any number that does not fit into a `u32`.
#[derive(Clone, Copy)]
enum Number {
    Small(u32),
    Huge,
}

/// Predicts the outcome of a call with these arguments.
pub fn outcome(words: &[&[u8]]) -> Outcome {
    match words {
        [b"-h"] => return Outcome::ShortHelp,
        [b"-V"] => return Outcome::Version,
        _ => {}
    }
    let mut options = Options::default();
    let mut at = 0;
    while let Some(&word) = words.get(at) {
        if word.first() != Some(&b'-') || word == b"-" {
            break;
        }
        at += 1;
        if word == b"--" {
            break;
        }
        let uses_next = match word.strip_prefix(b"--") {
            Some(name) => options.read_long(name, words.get(at).copied()),
            None => options.read_letters(&word[1..], words.get(at).copied()),
        };
        match uses_next {
            Ok(uses_next) => at += usize::from(uses_next),
            Err(outcome) => return outcome,
        }
    }
    options.decide(&words[at..])
}

impl Options {
    /// Reads the letters of a word. Returns true if the value of the last letter is the next word.
    fn read_letters(&mut self, mut letters: &[u8], next: Option<&[u8]>) -> Result<bool, Outcome> {
        while let Some((&letter, rest)) = letters.split_first() {
            if NAMES.iter().all(|(known, _)| *known != letter) {
                return Err(USAGE);
            }
            if !b"Cr".contains(&letter) {
                self.flag(letter);
                letters = rest;
                continue;
            }
            let same_word = rest.strip_prefix(b"=").unwrap_or(rest);
            let value = if rest.is_empty() { next.ok_or(USAGE)? } else { same_word };
            self.number = Some(number(value).ok_or(USAGE)?);
            return Ok(rest.is_empty());
        }
        Ok(false)
    }

    /// Reads a long option. Returns true if its value is the next word.
    fn read_long(&mut self, word: &[u8], next: Option<&[u8]>) -> Result<bool, Outcome> {
        let mut parts = word.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next().unwrap(), parts.next());
        let Some((letter, _)) = NAMES.iter().find(|(_, known)| *known == name) else {
            return Err(match (name, value) {
                (b"help", None) => Outcome::Help,
                (b"version", None) => Outcome::Version,
                _ if ADDED.iter().any(|known| known.as_bytes() == name) => Outcome::Added,
                _ => USAGE,
            });
        };
        if b"Cr".contains(letter) {
            self.number = Some(number(value.or(next).ok_or(USAGE)?).ok_or(USAGE)?);
            return Ok(value.is_none());
        }
        if value.is_some() {
            return Err(USAGE);
        }
        self.flag(*letter);
        Ok(false)
    }

    fn flag(&mut self, letter: u8) {
        match letter {
            b'c' | b'n' | b'v' | b'D' => {
                self.modes.retain(|mode| *mode != letter);
                self.modes.push(letter);
            }
            b'b' | b'i' => self.source = letter,
            _ => self.scheme = letter,
        }
    }

    fn decide(&self, operands: &[&[u8]]) -> Outcome {
        let mode = match *self.modes {
            [] => Mode::Update,
            [b'c'] => Mode::Create,
            [b'n'] => Mode::Print,
            [b'v'] => Mode::Verify,
            [_] => Mode::Delete,
            _ => return USAGE,
        };
        let (file, rest) = match operands {
            _ if mode == Mode::Print => (None, operands),
            [file, rest @ ..] => (Some(*file), rest),
            [] => return USAGE,
        };
        let (user, password) = match (rest, self.source) {
            ([user, password], b'b') => (*user, Some(*password)),
            ([user], b'i' | 0) => (*user, None),
            _ => return USAGE,
        };
        let makes = !matches!(mode, Mode::Verify | Mode::Delete);
        let Some(params) = self.params() else {
            return if makes { USAGE } else { self.checked(mode, file, user, password, None) };
        };
        self.checked(mode, file, user, password, makes.then_some(params))
    }

    fn checked(
        &self,
        mode: Mode,
        file: Option<&[u8]>,
        user: &[u8],
        password: Option<&[u8]>,
        params: Option<Params>,
    ) -> Outcome {
        if file.is_some_and(|file| file.len() > 4095) || user.len() > 255 {
            return TOO_LONG;
        }
        if user.contains(&b':') {
            return BAD_USER;
        }
        if password.is_some_and(|password| password.len() > 255) {
            return TOO_LONG;
        }
        let is_odd = user.iter().any(|byte| *byte < b' ' || *byte == 0x7f)
            || user.starts_with(b"#")
            || has_white_space(user);
        if params.is_some() && (is_odd || (user.is_empty() && mode != Mode::Print)) {
            return BAD_USER;
        }
        let from = match (password, self.source) {
            _ if mode == Mode::Delete => None,
            (Some(password), _) => Some(From::Operand(password.to_vec())),
            (None, 0) => Some(From::Prompt),
            (None, _) => Some(From::Stdin),
        };
        let is_used =
            matches!(params, Some(Params::Bcrypt(_) | Params::Sha256Crypt(_) | Params::Sha512Crypt(_)));
        let is_unused = params.is_some() && !is_used && self.number.is_some();
        Outcome::Call(Call {
            mode,
            file: file.map(<[u8]>::to_vec),
            user: user.to_vec(),
            from,
            params,
            is_unused,
        })
    }

    /// The scheme with its cost or rounds. `None` if the number is out of the range of the scheme.
    fn params(&self) -> Option<Params> {
        let small = match self.number {
            None => None,
            Some(Number::Small(number)) => Some(number),
            Some(Number::Huge) => return None,
        };
        let rounds = || match small {
            None => Some(None),
            Some(number @ 1000..=999_999_999) => Rounds::new(number).ok().map(Some),
            Some(_) => None,
        };
        Some(match self.scheme {
            b'B' => match small.unwrap_or(5) {
                cost @ 4..=17 => Params::Bcrypt(Cost::new(cost).ok()?),
                _ => return None,
            },
            b'2' => Params::Sha256Crypt(rounds()?),
            b'5' => Params::Sha512Crypt(rounds()?),
            b'd' => Params::DesCrypt,
            b's' => Params::Sha1,
            b'p' => Params::Plain,
            _ => Params::Apr1,
        })
    }
}

/// Returns true if a name starts or ends with Unicode white space or a byte order mark, except for blanks at the end.
fn has_white_space(user: &[u8]) -> bool {
    // Bytes that are not UTF-8 become U+FFFD, which is not white space.
    let user = String::from_utf8_lossy(user);
    let is_white_space = |character: char| character.is_whitespace() || character == '\u{feff}';
    let end = &user[user.trim_end_matches(is_white_space).len()..];
    user.starts_with(is_white_space) || end.contains(|character| character != ' ')
}

/// The positive number that strtol(3) reads, if it reads the whole text.
fn number(text: &[u8]) -> Option<Number> {
    let start = text.iter().position(|byte| !b" \t\n\x0b\x0c\r".contains(byte))?;
    let text = str::from_utf8(&text[start..]).ok()?;
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || digits.contains(|character: char| !character.is_ascii_digit()) {
        return None;
    }
    match digits.trim_start_matches('0') {
        "" => None,
        digits => Some(digits.parse().map_or(Number::Huge, Number::Small)),
    }
}
