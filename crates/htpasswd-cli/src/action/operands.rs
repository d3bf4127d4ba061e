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
