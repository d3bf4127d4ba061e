//! Parses the values of options.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use htpasswd::hash::{Argon2Cost, PasswordError};
use htpasswd::servers::ServerSet;
use htpasswd::{Params, Password};
use zeroize::Zeroizing;

use super::command::{ListFormat, PasswordInput};
use super::error::UsageError;
use super::options;
use crate::limits::{MAX_ARGON2_LANES, MAX_ARGON2_PASSES, MAX_PASSWORD, checked_password};
use crate::output::ColorChoice;

/// The longest time to wait for other writers, in seconds: a day.
const LONGEST_WAIT: u32 = 86_400;

/// The least entropy of a generated password, in bits.
const LEAST_BITS: usize = 64;

/// The number of a file descriptor.
pub(super) fn descriptor(text: &OsStr) -> Result<i32, UsageError> {
    digits(text).and_then(|number| number.parse().ok()).ok_or(UsageError::NotADescriptor)
}

/// Permissions as an octal number, like those of chmod(1) for owner, group and others.
pub(super) fn mode(text: &OsStr) -> Result<u32, UsageError> {
    let mode = digits(text).and_then(|number| u32::from_str_radix(number, 8).ok());
    mode.filter(|mode| *mode <= 0o777).ok_or(UsageError::NotAMode)
}

/// The suffix of a backup, which is in the directory of the file.
pub(super) fn suffix(text: OsString) -> Result<OsString, UsageError> {
    let is_suffix = !text.is_empty() && !text.as_encoded_bytes().contains(&b'/');
    if is_suffix { Ok(text) } else { Err(UsageError::NotASuffix) }
}

/// Parses a number of seconds, with or without decimals.
pub(super) fn seconds(text: &OsStr) -> Result<Duration, UsageError> {
    let number = text.to_str().ok_or(UsageError::NotSeconds)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = [whole, decimals].iter().all(|part| digits(OsStr::new(part)).is_some());
    let seconds = number.parse().ok().filter(|seconds| is_number && *seconds <= f64::from(LONGEST_WAIT));
    seconds.map(Duration::from_secs_f64).ok_or(UsageError::NotSeconds)
}

/// The length of a generated password.
pub(super) fn length(text: &OsStr, params: &Params) -> Result<usize, UsageError> {
    if *params == Params::DesCrypt {
        return Err(UsageError::GenerateForCrypt);
    }
    let (what, most) = match params.scheme().password_limit() {
        Some(limit) => ("bcrypt", limit),
        None => ("any algorithm", MAX_PASSWORD),
    };
    let least = shortest(LEAST_BITS);
    let length = digits(text).and_then(|number| number.parse().ok());
    length.filter(|length| (least..=most).contains(length)).ok_or(UsageError::PasswordLength {
        what,
        least,
        most,
    })
}

/// A decimal number greater than 0, as strtol(3) reads it. The number must be the whole text.
pub(super) fn number(text: &OsStr) -> Result<u64, UsageError> {
    let text = text.as_encoded_bytes();
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    let digits = text[blanks..].strip_prefix(b"+").unwrap_or(&text[blanks..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(UsageError::NotANumber);
    }
    let number = digits
        .iter()
        .fold(0u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    if number > 0 { Ok(number) } else { Err(UsageError::NotANumber) }
}

/// The highest memory (in KiB), passes and lanes of `--argon2-params`. Verification has the same limits.
pub(super) const ARGON2_LIMITS: [u32; 3] = [1 << 20, MAX_ARGON2_PASSES, MAX_ARGON2_LANES];

/// The cost of argon2, such as `m=19456,t=2,p=1`. A parameter that the text leaves out has its default.
pub(super) fn argon2_cost(text: &OsStr) -> Result<Argon2Cost, UsageError> {
    let [mut memory, mut passes, mut lanes] = [None; 3];
    for field in text.to_str().ok_or(UsageError::NotAnArgon2Cost)?.split(',') {
        let (name, number) = field.split_once('=').ok_or(UsageError::NotAnArgon2Cost)?;
        let (parameter, limit) = match name {
            "m" => (&mut memory, ARGON2_LIMITS[0]),
            "t" => (&mut passes, ARGON2_LIMITS[1]),
            "p" => (&mut lanes, ARGON2_LIMITS[2]),
            _ => return Err(UsageError::NotAnArgon2Cost),
        };
        let number = digits(OsStr::new(number)).and_then(|number| number.parse().ok());
        let number = number.filter(|number| *number <= limit);
        if number.is_none() || parameter.is_some() {
            return Err(UsageError::NotAnArgon2Cost);
        }
        *parameter = number;
    }
    let default = Argon2Cost::DEFAULT;
    let cost = Argon2Cost::new(
        memory.unwrap_or(default.memory()),
        passes.unwrap_or(default.passes()),
        lanes.unwrap_or(default.lanes()),
    );
    cost.map_err(|_| UsageError::NotAnArgon2Cost)
}

pub(super) fn list_format(name: &OsStr) -> Result<ListFormat, UsageError> {
    match name.as_encoded_bytes() {
        b"lines" => Ok(ListFormat::Lines),
        b"csv" => Ok(ListFormat::Csv),
        b"json" => Ok(ListFormat::Json),
        _ => Err(UsageError::UnknownListFormat),
    }
}

/// The format that the name of a user list tells.
/// The format of a list with this name; `None` if the name does not tell.
pub(crate) fn format_of_name(list: &Path) -> Option<ListFormat> {
    match list.extension()?.to_ascii_lowercase().as_encoded_bytes() {
        b"csv" => Some(ListFormat::Csv),
        b"json" | b"jsonl" | b"ndjson" => Some(ListFormat::Json),
        _ => None,
    }
}

pub(super) fn color(name: &OsStr) -> Result<ColorChoice, UsageError> {
    match name.as_encoded_bytes() {
        b"auto" => Ok(ColorChoice::Auto),
        b"always" => Ok(ColorChoice::Always),
        b"never" => Ok(ColorChoice::Never),
        other => Err(UsageError::UnknownColor(other.to_vec())),
    }
}

/// The names of servers, separated by commas.
pub(super) fn servers(names: &OsStr) -> Result<ServerSet, UsageError> {
    let unknown = |name: &[u8]| UsageError::UnknownServer(name.to_vec());
    let names = names.to_str().ok_or_else(|| unknown(names.as_encoded_bytes()))?;
    ServerSet::named(names).map_err(|error| unknown(error.name().as_bytes()))
}

/// The kinds of findings, separated by commas.
pub(super) fn kinds(names: &OsStr) -> Result<Vec<&'static str>, UsageError> {
    let names = names.as_encoded_bytes().split(|byte| *byte == b',');
    let known = |name: &[u8]| options::KINDS.into_iter().find(|kind| kind.as_bytes() == name);
    names.map(|name| known(name).ok_or_else(|| UsageError::UnknownKind(name.to_vec()))).collect()
}

/// The password operand. It is `unused` with `-D -b`.
pub(super) fn password(bytes: Vec<u8>, unused: bool) -> Result<PasswordInput, UsageError> {
    let checked = checked_password(Zeroizing::new(bytes), MAX_PASSWORD);
    checked.map(PasswordInput::Operand).map_err(|error| match error {
        PasswordError::TooLong if unused => UsageError::UnusedPasswordTooLong,
        error => UsageError::Password(error),
    })
}

/// The length of the shortest generated password with this entropy.
fn shortest(bits: usize) -> usize {
    (0..MAX_PASSWORD).find(|&length| Password::generated_bits(length) >= bits).unwrap_or(MAX_PASSWORD)
}

fn digits(text: &OsStr) -> Option<&str> {
    let text = text.to_str()?;
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use htpasswd::Cost;

    use super::*;

    #[test]
    fn numbers_are_read_like_strtol() {
        let read = |text: &str| number(OsStr::new(text)).ok();
        for (text, value) in
            [("5", 5), ("+5", 5), (" \t5", 5), ("0005", 5), ("99999999999999999999", u64::MAX)]
        {
            assert_eq!(read(text), Some(value), "{text:?}");
        }
        for text in ["", " ", "+", "x", "5x", "5 ", "-5", "--5", "+-5", "0", "5.0", "5e3", "0x5", "\u{664}"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_argon2_cost_has_each_parameter_once_at_most() {
        let read = |text: &str| argon2_cost(OsStr::new(text)).ok();
        let cost = |memory, passes, lanes| Argon2Cost::new(memory, passes, lanes).ok();
        assert_eq!(read("m=19456,t=2,p=1"), Some(Argon2Cost::DEFAULT));
        assert_eq!(read("t=3"), cost(19_456, 3, 1));
        assert_eq!(read("p=16,m=128"), cost(128, 2, 16));
        assert_eq!(read("m=1048576,t=16,p=16"), cost(1 << 20, 16, 16));
        assert_eq!(read("m=8,t=1"), cost(8, 1, 1));
        for text in [
            "",
            ",",
            "m",
            "m=",
            "=8",
            "x=1",
            "m=8,",
            "M=8",
            "m=+8",
            "m=-8",
            "m= 8",
            "m=8 ",
            "m=8m",
            "m=0x8",
            "t=2,t=2",
            "m=7",
            "m=0",
            "t=0",
            "p=0",
            "m=15,p=2",
            "m=1048577",
            "t=17",
            "p=17",
            "m=99999999999999999999",
            "m=8;t=1",
            "19456,2,1",
            "m=8,t=1,p=1,v=19",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_name_of_a_list_tells_its_format() {
        let format = |name: &str| format_of_name(Path::new(name));
        assert_eq!(format("a/people.csv"), Some(ListFormat::Csv));
        for name in ["people.json", "people.jsonl", "people.ndjson", "PEOPLE.JSON", "a.csv.json"] {
            assert_eq!(format(name), Some(ListFormat::Json), "{name}");
        }
        for name in ["people", "csv", ".csv", "people.txt", "people.csv.bak", "people.csv/list", ""] {
            assert_eq!(format(name), None, "{name}");
        }
    }

    #[test]
    fn descriptors_are_numbers_from_0_on() {
        let read = |text: &str| descriptor(OsStr::new(text)).ok();
        for (text, number) in [("0", 0), ("3", 3), ("007", 7), ("2147483647", i32::MAX)] {
            assert_eq!(read(text), Some(number));
        }
        for text in ["", "-1", "+3", " 3", "3 ", "x", "0x3", "2147483648", "\u{664}"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn modes_are_octal_and_permissions_only() {
        let read = |text: &str| mode(OsStr::new(text)).ok();
        for (text, bits) in [("640", 0o640), ("0640", 0o640), ("0", 0), ("777", 0o777)] {
            assert_eq!(read(text), Some(bits));
        }
        for text in ["", "8", "1000", "4755", "u=rw", "0o640", "-1", "99999999999999999999"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn seconds_have_decimals() {
        let read = |text: &str| seconds(OsStr::new(text)).ok();
        for (text, milliseconds) in
            [("0", 0), ("2", 2000), ("0.25", 250), ("007.5", 7500), ("86400", 86_400_000)]
        {
            assert_eq!(read(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        let huge = "9".repeat(400);
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "inf", "NaN", "1,5", "1.2.3", "86401", &huge] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_length_gives_64_bits_and_is_within_the_scheme_limit() {
        let read = |text: &str, params| length(OsStr::new(text), params).ok();
        let bcrypt = &Params::Bcrypt(Cost::new(5).unwrap());
        // 26 is the default length in the table of options.
        assert_eq!((shortest(128), read("26", bcrypt)), (26, Some(26)));
        assert_eq!(read("13", bcrypt), Some(13));
        assert_eq!(read("72", bcrypt), Some(72));
        assert_eq!(read("255", &Params::Apr1), Some(255));
        for text in ["12", "73", "0", "", "-20", "x", "99999999999999999999"] {
            assert_eq!(read(text, bcrypt), None, "{text:?}");
        }
        assert_eq!(read("256", &Params::Apr1), None);
        assert_eq!(read("26", &Params::DesCrypt), None);
    }
}
