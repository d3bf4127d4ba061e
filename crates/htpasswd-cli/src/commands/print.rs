//! `-n`: the record on standard output.

use crate::console;
use crate::manner::Warnings;
use crate::messages::Problem;
use crate::secret::{self, Recipe, Source};

pub(super) fn run(user: &[u8], source: Source, recipe: &Recipe, warnings: Warnings) -> Result<(), Problem> {
    let is_new = source.is_new();
    let password = secret::take(source, recipe, warnings)?;
    let hash = secret::hash(&password, recipe)?;
    let record = [user, b":", hash.as_bytes(), b"\n\n"].concat();
    if is_new { secret::show(&record, &password) } else { console::print(&record) }
}
