//! The findings of a plan: the users that the file has, and the change of each user.
//!
//! The public results of an edit, such as [`EditSummary`], are computed from [`Findings`].

use super::edits::{Edit, Edits};
use super::outcome::{EditSummary, SetOutcome, UserChange};

/// The records of one user.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) lines: usize,
    /// True if at least one of the records changes.
    pub(super) changed: bool,
    /// True if the user is disabled before and after the edit.
    pub(super) disabled: bool,
}

/// The findings of a plan.
pub(crate) struct Findings<'e> {
    pub(super) edits: &'e Edits,
    /// One entry for each edit.
    pub(super) found: Vec<Found>,
    /// The users without an edit who are removed.
    pub(super) pruned: Option<Edits>,
}

impl Findings<'_> {
    pub(crate) fn summary(&self) -> EditSummary {
        let removed = self.pruned.as_ref().map_or(0, Edits::len);
        let mut summary = EditSummary { removed, ..EditSummary::default() };
        for (edit, found) in self.edits.users.iter().zip(&self.found) {
            summary.disabled += usize::from(edit.adds() && found.disabled);
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

    /// Calls `visit` with the change of each user: first the users with an edit, in the order of the edits, then the
    /// pruned users, in the order of the file.
    pub(crate) fn each(&self, mut visit: impl FnMut(&[u8], UserChange)) {
        let edits = self.edits.users.iter().zip(&self.found);
        for (user, (edit, found)) in self.edits.users().zip(edits) {
            if let Some(user_change) = user_change(edit, *found) {
                visit(user, user_change);
            }
        }
        self.pruned.iter().flat_map(Edits::users).for_each(|user| visit(user, UserChange::Removed));
    }

    /// The number of records of all users with an edit.
    pub(crate) fn lines(&self) -> usize {
        self.found.iter().map(|found| found.lines).sum()
    }

    /// The outcome of an edit that sets one user.
    pub(crate) fn set_outcome(&self) -> SetOutcome {
        match self.lines() {
            0 => SetOutcome::Added,
            lines => SetOutcome::Updated { lines },
        }
    }
}

/// The change of one user; `None` if the user does not exist and is not added.
fn user_change(edit: &Edit, found: Found) -> Option<UserChange> {
    match found {
        Found { lines: 0, .. } => edit.adds().then_some(UserChange::Added),
        _ if edit.removes() => Some(UserChange::Removed),
        Found { changed: true, .. } => Some(UserChange::Updated),
        Found { .. } => Some(UserChange::Unchanged),
    }
}
