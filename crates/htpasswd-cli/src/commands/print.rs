//! `-n`: the record on standard output.

use crate::console;
use crate::messages::Problem;
use crate::secret::{self, Recipe, Source};

pub(super) fn run(user: &[u8], source: Source, recipe: &Recipe) -> Result<(), Problem> {
    let hash = secret::hash(source, recipe)?;
    console::print(&[user, b":", hash.as_bytes(), b"\n\n"].concat())
}
