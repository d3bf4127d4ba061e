//! `-n`: prints the record on standard output. The command must never open a password file.

use htpasswd::{Password, PasswordHash, Username};
use zeroize::Zeroizing;

use crate::args::command::{GlobalOptions, Print};
use crate::error::Error;
use crate::export::{self, Format};
use crate::output;
use crate::password;
use crate::report::{RecordReport, json};
use crate::warning::{self, Warning};

pub(super) fn run(print: Print, globals: &GlobalOptions) -> Result<(), Error> {
    let Print { user, password, hash_spec, output } = print;
    // An invalid name is an error before the prompt.
    output.format.check_name(&user)?;
    let name = Username::new(user.as_slice()).ok();
    warning::emit_all(name.as_ref().and_then(Warning::of_name), globals.strict)?;
    let is_generated = password.is_generated();
    let password = password::obtain(password, &hash_spec, globals.strict)?;
    let hash = password::hash(&password, &hash_spec)?;
    if globals.json {
        return print_json(&user, &hash, is_generated.then_some(&password));
    }
    let mut text = export::write([(user.as_slice(), hash.as_bytes())].into_iter(), &output)?;
    if output.format == Format::Plain {
        // Apache's tool prints an empty line after the record.
        text.push(b'\n');
    }
    Ok(if is_generated { password::print_generated(&text, &password) } else { output::print_bytes(&text) }?)
}

/// Prints the record as JSON, which can contain only UTF-8.
fn print_json(user: &[u8], hash: &PasswordHash, generated: Option<&Password>) -> Result<(), Error> {
    let record = [user, b":", hash.as_bytes()].concat();
    let (Ok(user), Ok(record)) = (str::from_utf8(user), str::from_utf8(&record)) else {
        return Err(Error::RecordNotUtf8);
    };
    let password = generated.and_then(|password| str::from_utf8(password.as_bytes()).ok());
    let line = Zeroizing::new(json::to_line(&RecordReport { user, record, password }));
    output::print(&line)?;
    if let Some(password) = generated {
        password::eprint_strength(password);
    }
    Ok(())
}
