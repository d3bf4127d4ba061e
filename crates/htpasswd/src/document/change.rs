//! The methods of [`Document`] that change users in memory.
//!
//! Each method makes a plan of its edits and applies the splices. The store applies the same plan to a file on disk, so
//! both must give the same bytes.

use super::{Document, EditSummary, Edited, Edits, Findings, SetOutcome, UserChange, splice};
use crate::hash::PasswordHash;
use crate::username::Username;

impl Document {
    /// Sets the hash of `user` in each of the user's records, or adds a record at the end. If the last line has no
    /// newline, a newline is added before a new record and after an updated one.
    ///
    /// Apache httpd joins a line that ends with a backslash with the next line. A record after such a line therefore
    /// gets a blank line before it. If a removal moves a record to a place after such a line, a blank line is added
    /// too.
    ///
    /// ```
    /// use htpasswd::document::SetOutcome;
    /// use htpasswd::{Document, Params, Password, PasswordHash, Username};
    ///
    /// let mut document = Document::parse("bob:x");
    /// let hash = PasswordHash::create(&Password::new("abc123")?, &Params::Sha1)?;
    /// assert_eq!(document.set(&Username::new("carol")?, &hash), SetOutcome::Added);
    /// assert_eq!(document.as_bytes(), b"bob:x\ncarol:{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "add_user")]
    #[doc(alias = "set_password")]
    pub fn set(&mut self, user: &Username, hash: &PasswordHash) -> SetOutcome {
        let mut edits = Edits::new();
        edits.set(user, hash);
        self.edit(&edits).set_outcome()
    }

    /// Removes the lines of all records of `user`. Returns the number of records.
    ///
    /// ```
    /// let mut document = htpasswd::Document::parse("bob:x\ncarol:y\nbob:z\n");
    /// assert_eq!(document.remove("bob"), 2);
    /// assert_eq!(document.remove("dave"), 0);
    /// assert_eq!(document.as_bytes(), b"carol:y\n");
    /// ```
    pub fn remove(&mut self, user: impl AsRef<[u8]>) -> usize {
        let mut edits = Edits::new();
        edits.remove(user);
        self.edit(&edits).lines()
    }

    /// Sets and removes many users in one pass. New users are added at the end, in the order of the edits.
    ///
    /// ```
    /// use htpasswd::document::Edits;
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.remove("bob");
    /// edits.remove("dave");
    /// let mut document = Document::parse("bob:x\ncarol:y\n");
    /// assert_eq!(document.apply(&edits).removed, 1);
    /// assert_eq!(document.as_bytes(), b"carol:y\n");
    /// ```
    pub fn apply(&mut self, edits: &Edits) -> EditSummary {
        self.edit(edits).summary()
    }

    /// Calls `visit` with each change that [`apply`](Self::apply) would make, without making it. The users of the edits
    /// come first, in the order in which they were added to the edits. The users that [`Edits::prune`] removes follow,
    /// in the order of the file.
    ///
    /// ```
    /// use htpasswd::document::{Edits, UserChange};
    /// use htpasswd::Document;
    ///
    /// let mut edits = Edits::new();
    /// edits.remove("carol");
    /// edits.remove("dave");
    /// let mut changes = Vec::new();
    /// let document = Document::parse("bob:x\ncarol:y\n");
    /// let summary = document.preview(&edits, |user, change| changes.push((user.to_vec(), change)));
    /// assert_eq!(changes, [(b"carol".to_vec(), UserChange::Removed)]);
    /// assert_eq!(summary.removed, 1);
    /// ```
    pub fn preview(&self, edits: &Edits, visit: impl FnMut(&[u8], UserChange)) -> EditSummary {
        let mut plan = edits.plan();
        for line in self.lines() {
            plan.look_at(&line);
        }
        let (findings, _) = plan.finish(self.bytes.len());
        findings.each(visit);
        findings.summary()
    }

    fn edit<'e>(&mut self, edits: &'e Edits) -> Findings<'e> {
        let mut plan = edits.plan();
        for line in self.lines() {
            plan.look_at(&line);
        }
        let (findings, splices) = plan.finish(self.bytes.len());
        if let (Some(first), Some(last)) = (splices.first(), splices.last()) {
            let (head, tail) = (first.range.start, self.bytes.len() - last.range.end);
            let old = self.bytes.split_off(head);
            splice(&old, head, &splices, &mut self.bytes);
            self.edited = Some(self.edited.map_or(Edited { head, tail }, |edited| Edited {
                head: edited.head.min(head),
                tail: edited.tail.min(tail),
            }));
        }
        findings
    }
}
