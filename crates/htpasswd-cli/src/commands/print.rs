//! `-n`: prints the record on standard output. The command must never open a password file.

use htpasswd::Username;

use crate::args::command::{GlobalOptions, Print};
use crate::error::Error;
use crate::export::{self, Format};
use crate::output;
use crate::password;
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
    let mut text = export::write([(user.as_slice(), hash.as_bytes())].into_iter(), &output)?;
    if output.format == Format::Plain {
        // Apache's tool prints an empty line after the record.
        text.push(b'\n');
    }
    Ok(if is_generated { password::print_generated(&text, &password) } else { output::print_bytes(&text) }?)
}
