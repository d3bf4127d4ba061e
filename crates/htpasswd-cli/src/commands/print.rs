//! `-n`: the record on standard output.

use htpasswd::Username;

use crate::export::{self, Format, Output};
use crate::global_options::Warnings;
use crate::messages::{Placing, Problem, name_warning};
use crate::output;
use crate::password::{self, HashSpec, Source};

pub(super) fn run(
    user: &[u8],
    source: Source,
    hash_spec: &HashSpec,
    output: &Output,
    warnings: Warnings,
) -> Result<(), Problem> {
    let unfit = |unfit| Placing::Unfit(output.format, unfit);
    // Before anybody is asked for a password.
    output.format.check_name(user).map_err(unfit)?;
    if let Ok(name) = Username::new(user) {
        warnings.warn(&name_warning(&name))?;
    }
    let is_new = source.is_new();
    let password = password::obtain(source, hash_spec, warnings)?;
    let hash = password::hash(&password, hash_spec)?;
    let mut text = export::write([(user, hash.as_bytes())].into_iter(), output).map_err(unfit)?;
    if output.format == Format::Plain {
        // As Apache's tool does it.
        text.push(b'\n');
    }
    if is_new { password::show(&text, &password) } else { output::print(&text) }
}
