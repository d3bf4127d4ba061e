//! The password: where it comes from, and what is worth a warning.

use htpasswd::{Hash, HashError, Params, Password, PasswordError};
use zeroize::Zeroizing;

use crate::console::say;
use crate::import::Refusal;
use crate::messages::{self, Problem, warning};
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

impl Recipe {
    /// Says that `-C` or `-r` changes nothing, if so.
    pub(crate) fn tell_unused_number(&self) {
        if self.unused_number {
            say(&warning("Ignoring -C/-r argument for this algorithm."));
        }
    }
}

/// What somebody should know about a password that is taken all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Concern {
    Empty,
    /// DES reads only 8 bytes of it.
    CryptCuts,
    /// bcrypt reads only 72 bytes of it.
    BcryptCuts,
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
    recipe.tell_unused_number();
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
    for concern in concerns(&password, &recipe.params) {
        say(&messages::concern(concern));
    }
    Hash::create(&password, &recipe.params).map_err(unhashed)
}

/// Why there is no hash.
pub(crate) fn unhashed(error: HashError) -> Problem {
    match error {
        HashError::NotPlain => Problem::PlainWithLineBreak,
        _ => Problem::Random,
    }
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

fn check(bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, Problem> {
    checked(bytes, limit).map_err(|error| match error {
        PasswordError::Nul => Problem::PasswordWithNul,
        _ => Problem::PasswordTooLong,
    })
}

fn checked(mut bytes: Zeroizing<Vec<u8>>, limit: usize) -> Result<Password, PasswordError> {
    if bytes.len() > limit {
        return Err(PasswordError::TooLong);
    }
    Password::new(std::mem::take(&mut *bytes))
}

/// Takes one of many passwords; it has to be such that one alone would have been taken.
pub(crate) fn of_many(bytes: &[u8], params: &Params) -> Result<Password, Refusal> {
    let password = checked(Zeroizing::new(bytes.to_vec()), MAX).map_err(Refusal::Password)?;
    // Nothing is hashed here, so it can be asked beforehand; what is copied will stand in the file anyway.
    if *params == Params::Plain && Hash::create(&password, params).is_err() {
        return Err(Refusal::PlainWithLineBreak);
    }
    Ok(password)
}

/// What the user should know about this password with this scheme.
pub(crate) fn concerns(password: &Password, params: &Params) -> impl Iterator<Item = Concern> {
    let length = password.as_bytes().len();
    let empty = (length == 0).then_some(Concern::Empty);
    let cut = match params {
        Params::DesCrypt if length > 8 => Some(Concern::CryptCuts),
        Params::Bcrypt(_) if length > BCRYPT_BYTES => Some(Concern::BcryptCuts),
        _ => None,
    };
    empty.into_iter().chain(cut)
}

/// How much of a password bcrypt reads.
pub(crate) const BCRYPT_BYTES: usize = 72;
