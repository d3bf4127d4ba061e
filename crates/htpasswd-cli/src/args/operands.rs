//! Checks the number of operands.

use std::ffi::OsString;

use super::error::UsageError;
use super::options::FlagId;

/// Rejects missing and superfluous operands.
///
/// `names` are the operands of the call. The last `optional` ones can be omitted. `takes_password` is true if `-b`
/// allows one more operand.
pub(super) fn check(
    operands: &[OsString],
    names: &[&'static str],
    optional: usize,
    takes_password: bool,
) -> Result<(), UsageError> {
    let (least, most) = (names.len() - optional, names.len());
    let wrong = match (operands.get(most), names.get(operands.len())) {
        (Some(word), _) => {
            let needs_batch = takes_password && operands.len() == most + 1;
            UsageError::TooManyOperands { word: word.clone(), needs_batch }
        }
        (None, Some(name)) if operands.len() < least => UsageError::MissingOperand(name),
        _ => return Ok(()),
    };
    let late = operands.iter().skip(1).find(|word| is_option(word));
    Err(late.map_or(wrong, |word| UsageError::LateOption(word.clone())))
}

/// Rejects a call without a file, and an option after the first file.
pub(super) fn check_files(operands: &[OsString]) -> Result<(), UsageError> {
    let mut words = operands.iter();
    words.next().ok_or(UsageError::MissingOperand("FILE"))?;
    words.find(|word| is_option(word)).map_or(Ok(()), |word| Err(UsageError::LateOption(word.clone())))
}

fn is_option(word: &OsString) -> bool {
    match word.as_encoded_bytes() {
        [b'-', b'-', name @ ..] => {
            let name = name.split(|byte| *byte == b'=').next().unwrap_or_default();
            str::from_utf8(name).is_ok_and(|name| FlagId::named(name).is_some())
        }
        [b'-', letter, ..] => FlagId::lettered(char::from(*letter)).is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(operands: &[&str]) -> Option<UsageError> {
        let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
        check(&operands, &["FILE", "USER"], 0, true).err()
    }

    #[test]
    fn only_a_known_option_is_reported_as_late() {
        for option in ["-b", "-bx", "--batch", "--mode=600", "--mode"] {
            assert_eq!(wrong(&["f", "u", option]), Some(UsageError::LateOption(option.into())));
        }
        for word in ["-~", "-", "--", "--no-such", "--batc", "b", ""] {
            let (word, needs_batch) = (OsString::from(word), true);
            assert_eq!(
                wrong(&["f", "u", word.to_str().unwrap()]),
                Some(UsageError::TooManyOperands { word, needs_batch })
            );
        }
        // FILE may begin with a dash.
        let (word, needs_batch) = (OsString::from("x"), true);
        assert_eq!(wrong(&["-b", "u", "x"]), Some(UsageError::TooManyOperands { word, needs_batch }));
    }

    #[test]
    fn files_can_be_many_but_not_options() {
        let wrong =
            |operands: &[&str]| check_files(&operands.iter().map(OsString::from).collect::<Vec<_>>()).err();
        assert_eq!(wrong(&[]), Some(UsageError::MissingOperand("FILE")));
        for right in [&["f"][..], &["-b"], &["f", "g", "h", "-"], &["f", "-x", "--no-such"]] {
            assert_eq!(wrong(right), None, "{right:?}");
        }
        for late in ["--json", "--for=nginx", "-b"] {
            for line in [&["f", late][..], &["f", "g", late], &["f", late, "g"]] {
                assert_eq!(wrong(line), Some(UsageError::LateOption(late.into())), "{line:?}");
            }
        }
    }

    #[test]
    fn missing_and_superfluous_operands_are_named() {
        assert_eq!(wrong(&["f", "u"]), None);
        assert_eq!(wrong(&[]), Some(UsageError::MissingOperand("FILE")));
        assert_eq!(wrong(&["f"]), Some(UsageError::MissingOperand("USER")));
        let (word, needs_batch) = (OsString::from("x"), false);
        assert_eq!(wrong(&["f", "u", "x", "y"]), Some(UsageError::TooManyOperands { word, needs_batch }));
        let import = |operands: &[&str]| {
            let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
            check(&operands, &["FILE", "USERS"], 1, false).is_ok()
        };
        assert!(!import(&[]) && import(&["f"]) && import(&["f", "u"]) && !import(&["f", "u", "x"]));
    }
}
