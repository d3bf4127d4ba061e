//! The library's verdicts must equal those of the system's crypt(3) for every scheme that both support: for right and
//! wrong passwords, and for damaged hashes. The test calls crypt(3) through Perl or Python. `HTPASSWD_TEST_SEED` repeats
//! a run.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test, as intended")]

use std::env;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use htpasswd::bulk::BulkHasher;
use htpasswd::hash::{Limits, Rounds};
use htpasswd::{Cost, Document, Params, Password, PasswordHash, Users};

/// Reads lines with a password and a setting in hexadecimal, and prints the hash in hexadecimal, or `-`.
const PERL: &str = r#"while (<STDIN>) { my ($p, $s) = map { pack "H*", $_ } /^(\w*) (\w*)$/;
    my $h = crypt($p, $s); print defined $h ? unpack("H*", $h) : "-", "\n"; }"#;
const PYTHON: &str = r#"
import crypt, sys
for line in sys.stdin:
    try:
        password, setting = (bytes.fromhex(text).decode() for text in line.rstrip("\n").split(" "))
        print(crypt.crypt(password, setting).encode().hex())
    except (OSError, ValueError):
        print("-")
"#;

/// Returns the hash by crypt(3) for each pair of password and setting, or `None` if no program here can call crypt(3).
fn call_crypt(pairs: &[(Vec<u8>, Vec<u8>)]) -> Option<Vec<Option<Vec<u8>>>> {
    let mut input = String::new();
    for (password, setting) in pairs {
        writeln!(input, "{} {}", digits(password), digits(setting)).unwrap();
    }
    let programs = [("perl", "-e", PERL), ("/usr/bin/python3", "-c", PYTHON), ("python3", "-c", PYTHON)];
    for (program, option, script) in programs {
        let mut command = Command::new(program);
        command.args([option, script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else { continue };
        let mut stdin = child.stdin.take().unwrap();
        let bytes = input.clone().into_bytes();
        let writer = std::thread::spawn(move || stdin.write_all(&bytes));
        let output = child.wait_with_output().unwrap();
        if writer.join().unwrap().is_ok() && output.status.success() {
            let text = String::from_utf8(output.stdout).unwrap();
            let hashes: Vec<_> = text.lines().map(bytes_of).collect();
            assert_eq!(hashes.len(), pairs.len());
            return Some(hashes);
        }
    }
    None
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// The generator xorshift64* (S. Vigna, <https://doi.org/10.1145/2845077>).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// Returns characters of crypt(3)'s alphabet.
    fn salt(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        (0..len).map(|_| char::from(ALPHABET[self.below(64)])).collect()
    }

    /// Returns a password in UTF-8, with some bytes over 0x7f. Most passwords are short, and one in eight has up to 239
    /// characters.
    fn password(&mut self) -> String {
        let len = if self.below(8) == 0 { self.below(240) } else { self.below(20) };
        (0..len)
            .map(|_| match self.below(6) {
                0 => char::from_u32(0x80 + u32::try_from(self.below(0x700)).unwrap()).unwrap(),
                _ => char::from(u8::try_from(1 + self.below(0x7f)).unwrap()),
            })
            .collect()
    }

    /// Returns a cheap setting of a random scheme, which may be invalid.
    fn setting(&mut self) -> String {
        let length = self.below(24);
        let salt = self.salt(length);
        match self.below(16) {
            0 => format!("$1${salt}"),
            1 => format!("$5$rounds={}${salt}", 990 + self.below(100)),
            2 => format!("$6${}{salt}", self.one_of(&["", "rounds=1000$", "rounds=01000$"])),
            3 => format!("{}04${}", self.one_of(&["$2a$", "$2b$", "$2x$", "$2y$"]), self.salt(22)),
            4 => self.salt(2),
            // This is traditional DES-crypt, or bigcrypt for a long password.
            5 | 6 => self.salt(14),
            7 => format!("_{}..{}", self.salt(2), self.salt(4)),
            8 => self.one_of(&["$3$", "$3$$"]).to_owned(),
            9 | 10 => format!("$sha1${}${salt}", self.below(300)),
            11 => {
                let end = self.one_of(&["", "$", "$$", "$x"]);
                let rounds = [String::new(), format!("rounds={}$", self.below(500))];
                format!("$md5{}{}{salt}{end}", self.one_of(&["$", ","]), rounds[self.below(2)])
            }
            12 => {
                // scrypt: log2 N is 0 to 8, r is 1 to 8 and p is 0 to 2.
                let (n, r, p) = (self.one_of(&[".", "/", "2", "4", "6"]), self.below(8), self.below(3));
                format!(
                    "$7${n}{}....{}....{salt}",
                    ["/", "0", "1", "2", "3", "4", "5", "6"][r],
                    [".", "/", "0"][p]
                )
            }
            _ => {
                // yescrypt: the mode, log2 N from 5 to 10, r from 1 to 8, then p, t and parameters that do not exist.
                let mode = self.one_of(&["j", "j", "j", ".", "/", "0", "k"]);
                let n = self.one_of(&["2", "5", "7", "8"]);
                let r = self.one_of(&[".", "1", "5"]);
                let more =
                    self.one_of(&["", "", "", "..", "./", "/.", "//", "0..", "00/", "2.", "4.", "E", "x."]);
                let salt_len = [0, 1, 2, 3, 4, 8, 22, 85, 86, 87][self.below(10)];
                let salt =
                    if self.below(2) == 0 { ".".repeat(salt_len) } else { self.salt(salt_len / 4 * 4) };
                format!("{}{mode}{n}{r}{more}${salt}", self.one_of(&["$y$", "$gy$"]))
            }
        }
    }

    fn damaged(&mut self, text: &[u8]) -> Vec<u8> {
        const REPLACEMENTS: &[u8] = b"$./09AZaz=,_*!:;\\ #%\x01\x7f\xe4";
        let mut text = text.to_vec();
        let at = self.below(text.len().max(1)).min(text.len().saturating_sub(1));
        let replacement = REPLACEMENTS[self.below(REPLACEMENTS.len())];
        match self.below(6) {
            _ if text.is_empty() => text.push(replacement),
            0 => text.insert(at, replacement),
            1 => text.push(replacement),
            2 => drop(text.remove(at)),
            3 => text.truncate(at),
            // The last character has unused bits.
            4 => *text.last_mut().unwrap() = replacement,
            _ => text[at] = replacement,
        }
        text
    }
}

/// Returns true if the hash is computed quickly. Damage can raise a cost so that the hash takes minutes.
fn is_cheap(text: &[u8]) -> bool {
    // These are the two high digits of the count, which the system reads in a hash of any length.
    if text.starts_with(b"_") && text.get(3..5) != Some(b"..") {
        return false;
    }
    let limits = Limits::NONE.max_bcrypt(Cost::new(6).unwrap()).max_sha_crypt(Rounds::new(10_000).unwrap());
    let limits = limits.max_rounds(100_000).max_memory(16 << 20);
    let document = Document::parse([b"u:", text].concat());
    PasswordHash::parse(text).is_err() || Users::with_limits(document, limits).get("u").is_some()
}

/// Writes to standard error directly, because the test harness hides the output of tests that pass.
fn eprint(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Returns `sample`, or `full` with `HTPASSWD_TEST_FULL=1`.
fn count(sample: usize, full: usize) -> usize {
    if env::var_os("HTPASSWD_TEST_FULL").is_some_and(|value| value == "1") { full } else { sample }
}

fn seed() -> u64 {
    let now = || u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()) | 1;
    env::var("HTPASSWD_TEST_SEED").map_or_else(|_| now(), |seed| seed.parse().unwrap())
}

#[test]
fn hashes_computed_together_equal_those_of_the_systems_crypt() {
    let (count, seed) = (count(100, 2_000), seed());
    let mut random = Random(seed);
    let rounds = |rounds| Some(Rounds::new(rounds).unwrap());
    let schemes = [
        Params::Bcrypt(Cost::new(4).unwrap()),
        Params::Apr1,
        Params::Sha256Crypt(rounds(1000)),
        Params::Sha512Crypt(rounds(1001)),
    ];
    for params in schemes {
        let passwords: Vec<_> = (0..count).map(|_| random.password()).collect();
        let jobs = passwords.iter().map(|text| (text, Password::new(text.as_str()).unwrap())).collect();
        let hashes = BulkHasher::new(params).hash_all(jobs).unwrap();
        // crypt(3) knows `$1$`, which differs from `$apr1$` only in the hashed data, so the test verifies `$apr1$`
        // hashes one after the other, and compares `$1$` hashes that crypt(3) created.
        let settings: Vec<_> = hashes
            .iter()
            .map(|(text, hash)| {
                let hash = str::from_utf8(hash.as_bytes()).unwrap();
                (text.as_bytes().to_vec(), hash.replace("$apr1$", "$1$").into_bytes())
            })
            .collect();
        let Some(by_system) = call_crypt(&settings) else {
            eprint(
                "SKIPPED: hashes_computed_together_equal_those_of_the_systems_crypt: crypt(3) cannot be called",
            );
            return;
        };
        let mut pairs = Vec::new();
        for ((text, hash), expected) in hashes.iter().zip(by_system) {
            let expected = expected.unwrap();
            let password = || Password::new(text.as_str()).unwrap();
            if params == Params::Apr1 {
                assert!(hash.verify(&password()), "seed {seed}: {text:?}");
            } else {
                assert_eq!(hash.as_bytes(), expected, "seed {seed}: {text:?}");
            }
            let expected = PasswordHash::parse(&expected).unwrap();
            pairs.push((expected.clone(), (password(), Some(expected))));
        }
        // A hash that matches its password is kept.
        let keep = |before: PasswordHash, hash: PasswordHash| {
            assert_eq!(hash.as_bytes(), before.as_bytes(), "seed {seed}");
        };
        BulkHasher::new(params).ensure_each(pairs, keep).unwrap();
    }
}

#[test]
fn verdicts_match_the_systems_crypt() {
    let (count, seed) = (count(100, 5_000), seed());
    let mut random = Random(seed);

    let settings: Vec<_> = (0..count)
        .map(|_| (random.password().into_bytes(), random.setting().into_bytes()))
        .filter(|(_, setting)| is_cheap(setting))
        .collect();
    let Some(hashes) = call_crypt(&settings) else {
        eprint(
            "SKIPPED: verdicts_match_the_systems_crypt: neither perl nor a python3 with the module crypt is installed",
        );
        return;
    };

    let mut pairs = Vec::new();
    for ((password, setting), hash) in settings.iter().zip(hashes) {
        let Some(hash) = hash.filter(|hash| !hash.starts_with(b"*")) else {
            pairs.push((password.clone(), setting.clone()));
            continue;
        };
        let mut other = password.clone();
        match other.last_mut() {
            Some(last) if *last < 0x7f => *last += 1,
            _ => other.push(b'x'),
        }
        pairs.push((other, hash.clone()));
        for _ in 0..3 {
            pairs.push((password.clone(), random.damaged(&hash)));
        }
        pairs.push((password.clone(), hash));
    }
    // A hash in a password file contains neither a colon nor a NUL.
    pairs.retain(|(_, text)| is_cheap(text) && !text.contains(&b':') && !text.contains(&0));

    let answers = call_crypt(&pairs).unwrap();
    let mut matches = 0;
    for ((password, text), answer) in pairs.iter().zip(&answers) {
        let by_system = answer.as_ref() == Some(text);
        let password_text = String::from_utf8_lossy(password);
        let by_library = PasswordHash::parse(text).is_ok_and(|hash| {
            Password::new(password.as_slice()).is_ok_and(|password| hash.verify(&password))
        });
        matches += usize::from(by_system);
        assert_eq!(by_library, by_system, "seed {seed}: {password_text:?}, {}", text.escape_ascii());
    }
    eprint(&format!("{count} settings, {} verdicts, {matches} matches, seed {seed}", pairs.len()));
    assert!(matches > count / 3, "only {matches} matches for {count} settings");
}
