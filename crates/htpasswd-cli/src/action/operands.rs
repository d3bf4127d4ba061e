//! Whether a call has the operands that it needs, and what is wrong with them otherwise.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use crate::messages::Problem;
use crate::options::OPTIONS;

/// What is wrong with the operands of a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WrongOperands {
    Missing(&'static str),
    /// An option that follows FILE or USER is read as an operand.
    LateOption(OsString),
    /// The first one too many. With `-b`, the call would be right.
    TooMany {
        word: OsString,
        needs_batch: bool,
    },
}

/// `names` are the operands of the call, of which the last `optional` ones may be left out. `takes_password` says whether
/// one more operand would be right with `-b`.
pub(super) fn check(
    operands: &[OsString],
    names: &[&'static str],
    optional: usize,
    takes_password: bool,
) -> Result<(), Problem> {
    let (least, most) = (names.len() - optional, names.len());
    let wrong = match (operands.get(most), names.get(operands.len())) {
        (Some(word), _) => {
            let needs_batch = takes_password && operands.len() == most + 1;
            WrongOperands::TooMany { word: word.clone(), needs_batch }
        }
        (None, Some(name)) if operands.len() < least => WrongOperands::Missing(name),
        _ => return Ok(()),
    };
    let late = operands.iter().skip(1).find(|word| is_option(word));
    Err(Problem::Operands(late.map_or(wrong, |word| WrongOperands::LateOption(word.clone()))))
}

fn is_option(word: &OsString) -> bool {
    match word.as_bytes() {
        [b'-', b'-', name @ ..] => {
            let name = name.split(|byte| *byte == b'=').next().unwrap_or_default();
            OPTIONS.iter().any(|flag| flag.long.as_bytes() == name)
        }
        [b'-', letter, ..] => OPTIONS.iter().any(|flag| flag.letter == Some(char::from(*letter))),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(operands: &[&str]) -> Option<WrongOperands> {
        let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
        match check(&operands, &["FILE", "USER"], 0, true) {
            Ok(()) => None,
            Err(Problem::Operands(wrong)) => Some(wrong),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_known_option_is_called_a_late_one() {
        for option in ["-b", "-bx", "--batch", "--mode=600", "--mode"] {
            assert_eq!(wrong(&["f", "u", option]), Some(WrongOperands::LateOption(option.into())));
        }
        for word in ["-~", "-", "--", "--no-such", "--batc", "b", ""] {
            let (word, needs_batch) = (OsString::from(word), true);
            assert_eq!(
                wrong(&["f", "u", word.to_str().unwrap()]),
                Some(WrongOperands::TooMany { word, needs_batch })
            );
        }
        // FILE may begin with a dash.
        let (word, needs_batch) = (OsString::from("x"), true);
        assert_eq!(wrong(&["-b", "u", "x"]), Some(WrongOperands::TooMany { word, needs_batch }));
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_named() {
        assert_eq!(wrong(&["f", "u"]), None);
        assert_eq!(wrong(&[]), Some(WrongOperands::Missing("FILE")));
        assert_eq!(wrong(&["f"]), Some(WrongOperands::Missing("USER")));
        let (word, needs_batch) = (OsString::from("x"), false);
        assert_eq!(wrong(&["f", "u", "x", "y"]), Some(WrongOperands::TooMany { word, needs_batch }));
        let import = |operands: &[&str]| {
            let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
            check(&operands, &["FILE", "USERS"], 1, false).is_ok()
        };
        assert!(!import(&[]) && import(&["f"]) && import(&["f", "u"]) && !import(&["f", "u", "x"]));
    }
}
