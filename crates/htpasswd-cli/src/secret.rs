//! The password: where it comes from, and what is worth a warning.

use htpasswd::{Hash, HashError, Params, Password, PasswordError};
use zeroize::Zeroizing;

use crate::console::say;
use crate::messages::{Problem, warning};
use crate::terminal::{Answer, Terminal, Until};

/// The longest password, in bytes, from every source.
const MAX: usize = 255;

/// At its prompt, Apache's tool takes one byte more; what was set so can be verified here.
const MAX_AT_VERIFY_PROMPT: usize = 256;

/// Where the password comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The last operand.
    Operand(Password),
    /// All of standard input.
    Stdin,
    /// Somebody who is asked.
    Prompt,
}

/// How to hash, and whether a number was given that the scheme has no use for.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) params: Params,
    pub(crate) unused_number: bool,
}

/// Takes the last operand for the password.
pub(crate) fn operand(bytes: Vec<u8>, unused: bool) -> Result<Source, Problem> {
    check(Zeroizing::new(bytes), MAX).map(Source::Operand).map_err(|problem| match problem {
        Problem::PasswordTooLong if unused => Problem::UnusedPasswordTooLong,
        other => other,
    })
}

/// Gets the password and hashes it.
pub(crate) fn hash(source: Source, recipe: &Recipe) -> Result<Hash, Problem> {
    if recipe.unused_number {
        say(&warning("Ignoring -C/-r argument for this algorithm."));
    }
    let password = match source {
        Source::Operand(password) => password,
        Source::Stdin => {
            let answer = stdin()?;
            if answer.nothing {
                return Err(Problem::NoPassword);
            }
            if answer.bytes.contains(&b'\n') {
                say(&warning(
                    "the password contains a line break; -i takes all of the input as one password.",
                ));
            }
            check(answer.bytes, MAX)?
        }
        Source::Prompt => ask_twice()?,
    };
    for text in warnings(&password, &recipe.params) {
        say(&warning(text));
    }
    Hash::create(&password, &recipe.params).map_err(|error| match error {
        HashError::NotPlain => Problem::PlainWithLineBreak,
        _ => Problem::Random,
    })
}

/// Gets the password to be verified. The end of the input is an empty password here.
pub(crate) fn verify(source: Source) -> Result<Password, Problem> {
    let (answer, limit) = match source {
        Source::Operand(password) => return Ok(password),
        Source::Stdin => (stdin(), MAX),
        Source::Prompt => {
            let answer = Terminal::open()?.ask("Enter password: ", Until::LineEnd, MAX_AT_VERIFY_PROMPT);
            (answer, MAX_AT_VERIFY_PROMPT)
        }
    };
    answer.and_then(|answer| check(answer.bytes, limit)).map_err(|problem| match problem {
        Problem::PasswordTooLong => Problem::VerifiedPasswordTooLong,
        other => other,
    })
}

fn ask_twice() -> Result<Password, Problem> {
    let mut terminal = Terminal::open()?;
    let first = terminal.ask("New password: ", Until::LineEnd, MAX)?;
    let password = check(first.bytes, MAX)?;
    let second = terminal.ask("Re-type new password: ", Until::LineEnd, MAX)?;
    if password.as_bytes() != second.bytes.as_slice() {
        return Err(Problem::PasswordsDiffer);
    }
    if first.nothing || second.nothing {
        return Err(Problem::NoPassword);
    }
    Ok(password)
}

/// All of standard input, less one line end.
fn stdin() -> Result<Answer, Problem> {
    // Room for the line end.
    let mut answer = Terminal::stdin()?.ask("", Until::End, MAX + 2)?;
    if answer.bytes.ends_with(b"\n") {
        answer.bytes.pop();
        if answer.bytes.ends_with(b"\r") {
            answer.bytes.pop();
        }
    }
    Ok(answer)
}

fn check(mut bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, Problem> {
    if bytes.len() > limit {
        return Err(Problem::PasswordTooLong);
    }
    Password::new(std::mem::take(&mut *bytes)).map_err(|error| match error {
        PasswordError::Nul => Problem::PasswordWithNul,
        _ => Problem::PasswordTooLong,
    })
}

/// What the user should know about this password with this scheme.
fn warnings(password: &Password, params: &Params) -> impl Iterator<Item = &'static str> {
    let length = password.as_bytes().len();
    let empty = (length == 0).then_some("the password is empty.");
    let cut = match params {
        Params::DesCrypt if length > 8 => Some("Password truncated to 8 characters by CRYPT algorithm."),
        Params::Bcrypt(_) if length > BCRYPT_BYTES => {
            Some("Password truncated to 72 bytes by bcrypt algorithm.")
        }
        _ => None,
    };
    empty.into_iter().chain(cut)
}

/// How much of a password bcrypt reads.
pub(crate) const BCRYPT_BYTES: usize = 72;
