//! What stands behind an option.

use std::ffi::OsStr;
use std::time::Duration;

use htpasswd::{Params, Password};

use crate::messages::Provisioning;
use crate::password::MAX;

/// The longest time to wait for other writers, in seconds: a day.
const LONGEST_WAIT: u32 = 86_400;

/// The least entropy of a generated password, in bits, and that of one whose length is not said.
const LEAST_BITS: usize = 64;
const BITS: usize = 128;

/// The number of a file descriptor.
pub(super) fn descriptor(text: &OsStr) -> Result<i32, Provisioning> {
    digits(text).and_then(|number| number.parse().ok()).ok_or(Provisioning::NotADescriptor)
}

/// Permissions, as chmod(1) has them as a number: reading, writing and running for owner, group and others.
pub(super) fn mode(text: &OsStr) -> Result<u32, Provisioning> {
    let mode = digits(text).and_then(|number| u32::from_str_radix(number, 8).ok());
    mode.filter(|mode| *mode <= 0o777).ok_or(Provisioning::NotAMode)
}

/// Seconds, with or without decimals.
pub(super) fn seconds(text: &OsStr) -> Result<Duration, Provisioning> {
    let number = text.to_str().ok_or(Provisioning::NotSeconds)?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = [whole, decimals].iter().all(|part| digits(OsStr::new(part)).is_some());
    let seconds = number.parse().ok().filter(|seconds| is_number && *seconds <= f64::from(LONGEST_WAIT));
    seconds.map(Duration::from_secs_f64).ok_or(Provisioning::NotSeconds)
}

/// How long a generated password is to be.
pub(super) fn length(text: Option<&OsStr>, params: &Params) -> Result<usize, Provisioning> {
    if *params == Params::DesCrypt {
        return Err(Provisioning::GenerateForCrypt);
    }
    let Some(text) = text else { return Ok(shortest(BITS)) };
    let (what, most) = match params.scheme().password_limit() {
        Some(limit) => ("bcrypt", limit),
        None => ("any algorithm", MAX),
    };
    let least = shortest(LEAST_BITS);
    let length = digits(text).and_then(|number| number.parse().ok());
    length.filter(|length| (least..=most).contains(length)).ok_or(Provisioning::Length { what, least, most })
}

/// How many characters have this entropy.
fn shortest(bits: usize) -> usize {
    (0..MAX).find(|&length| Password::generated_bits(length) >= bits).unwrap_or(MAX)
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
    fn lengths_are_enough_and_no_more_than_is_read() {
        let read = |text: Option<&str>, params| length(text.map(OsStr::new), params).ok();
        let bcrypt = &Params::Bcrypt(Cost::new(5).unwrap());
        assert_eq!(read(None, bcrypt), Some(26));
        assert_eq!(read(Some("13"), bcrypt), Some(13));
        assert_eq!(read(Some("72"), bcrypt), Some(72));
        assert_eq!(read(Some("255"), &Params::Apr1), Some(255));
        for text in ["12", "73", "0", "", "-20", "x", "99999999999999999999"] {
            assert_eq!(read(Some(text), bcrypt), None, "{text:?}");
        }
        assert_eq!(read(Some("256"), &Params::Apr1), None);
        assert_eq!(read(None, &Params::DesCrypt), None);
    }
}
