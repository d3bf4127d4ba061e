//! What a plan has found: which users there were, and what becomes of each.

use super::edits::{Edit, Edits};
use super::outcome::{EditSummary, SetOutcome, UserChange};

/// The records of one user.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) lines: usize,
    pub(super) changed: bool,
}

/// What a plan found.
pub(crate) struct Findings<'e> {
    pub(super) edits: &'e Edits,
    pub(super) found: Vec<Found>,
    pub(super) pruned: Option<Edits>,
}

impl Findings<'_> {
    pub(crate) fn summary(&self) -> EditSummary {
        let removed = self.pruned.as_ref().map_or(0, Edits::len);
        let mut summary = EditSummary { removed, ..EditSummary::default() };
        for (edit, found) in self.edits.users.iter().zip(&self.found) {
            *match user_change(edit, *found) {
                Some(UserChange::Added) => &mut summary.added,
                Some(UserChange::Updated) => &mut summary.updated,
                Some(UserChange::Unchanged) => &mut summary.unchanged,
                Some(UserChange::Removed) => &mut summary.removed,
                None => continue,
            } += 1;
        }
        summary
    }

    /// What becomes of each user: those who are named, in their order, then those who go without, in theirs.
    pub(crate) fn each(&self, mut visit: impl FnMut(&[u8], UserChange)) {
        let edits = self.edits.users.iter().zip(&self.found);
        for (user, (edit, found)) in self.edits.users().zip(edits) {
            if let Some(user_change) = user_change(edit, *found) {
                visit(user, user_change);
            }
        }
        self.pruned.iter().flat_map(Edits::users).for_each(|user| visit(user, UserChange::Removed));
    }

    /// How many records there were of the users that were named.
    pub(crate) fn lines(&self) -> usize {
        self.found.iter().map(|found| found.lines).sum()
    }

    /// What became of the only user, who was set.
    pub(crate) fn set_outcome(&self) -> SetOutcome {
        match self.lines() {
            0 => SetOutcome::Added,
            lines => SetOutcome::Updated { lines },
        }
    }
}

/// `None` for a user who was to go and is not there.
fn user_change(edit: &Edit, found: Found) -> Option<UserChange> {
    match (edit.hash_len, found) {
        (Some(_), Found { lines: 0, .. }) => Some(UserChange::Added),
        (Some(_), Found { changed: true, .. }) => Some(UserChange::Updated),
        (Some(_), _) => Some(UserChange::Unchanged),
        (None, Found { lines: 0, .. }) => None,
        (None, _) => Some(UserChange::Removed),
    }
}
