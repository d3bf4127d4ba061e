//! Compares the findings of `--check` with the logins that a server accepted.
//!
//! [`Judge::problems`] lists the contradictions: a user who cannot log in without a finding that explains it, and an
//! error that does no harm.

use serde_json::Value;

use super::lines::User;

/// Warnings that explain why a user cannot log in. All other explanations are errors.
const EXPLAINING_WARNINGS: [&str; 4] = ["duplicate", "locked", "foreign-hash", "empty-hash"];

/// A user, and the answers of the server.
pub(super) struct Answer<'a> {
    pub(super) user: &'a User,
    /// True if the server accepts the right password.
    pub(super) accepted: bool,
    /// True if the server accepts the stored text as the password.
    pub(super) leaks: bool,
}

/// One finding of `--check --json`.
pub(super) struct Finding {
    line: usize,
    is_error: bool,
    kind: String,
    user: Option<String>,
    message: String,
}

impl Finding {
    /// The findings about lines. Those about the permissions of the file have no line.
    pub(super) fn all(report: &Value) -> Vec<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let finding = |value: &Value| {
            Some(Self {
                line: value["line"].as_u64()?.try_into().ok()?,
                is_error: value["severity"] == "error",
                kind: text(&value["kind"])?,
                user: text(&value["user"]),
                message: text(&value["message"])?,
            })
        };
        report["findings"].as_array().unwrap().iter().filter_map(finding).collect()
    }

    /// Returns true if the finding says that the server reads the stored text as a password. The check cannot know
    /// whether someone meant another password.
    fn is_plain(&self) -> bool {
        self.kind == "weak-scheme" && self.message.contains("plain")
    }

    fn rejects_file(&self) -> bool {
        self.is_error && (self.message.contains("the whole file") || self.kind == "utf-16")
    }

    fn rejects_rest(&self) -> bool {
        self.is_error && self.message.contains("all users after")
    }

    fn joins_lines(&self) -> bool {
        self.is_error && self.kind == "backslash"
    }

    /// Returns true if the finding says that this user cannot log in with the right password.
    fn explains(&self, user: &User) -> bool {
        let same_line = self.line == user.line;
        let is_explaining = self.is_error || EXPLAINING_WARNINGS.contains(&&*self.kind) || self.is_plain();
        let is_first = self.message.starts_with(&format!("line {} already has a record", user.line));
        let same_user = self.kind == "duplicate"
            && (is_first
                || self.user.as_deref().is_some_and(|name| *name == String::from_utf8_lossy(&user.name)));
        (same_line && is_explaining)
            || same_user
            || self.rejects_file()
            || (self.rejects_rest() && self.line <= user.line)
            || (self.joins_lines() && self.line < user.line)
    }
}

pub(super) struct Judge<'a> {
    pub(super) findings: Vec<Finding>,
    pub(super) answers: Vec<Answer<'a>>,
    /// Users without a record who can log in.
    pub(super) intruders: Vec<&'a User>,
}

impl Judge<'_> {
    /// The contradictions, each with the number of its line.
    pub(super) fn problems(&self) -> Vec<(usize, String)> {
        let mut problems = Vec::new();
        for Answer { user, accepted, leaks } in &self.answers {
            if !accepted && user.is_known && !self.findings.iter().any(|finding| finding.explains(user)) {
                problems.push((user.line, "rejected, but no finding explains it".to_owned()));
            }
            let reported =
                |finding: &Finding| finding.line == user.line && (finding.is_error || finding.is_plain());
            if *leaks && !self.findings.iter().any(reported) {
                problems
                    .push((user.line, "the stored text is a password, but no error reports it".to_owned()));
            }
        }
        for finding in self.findings.iter().filter(|finding| finding.is_error) {
            if let Some(problem) = self.harmless(finding) {
                problems.push((finding.line, format!("{}: {problem} ({})", finding.kind, finding.message)));
            }
        }
        problems
    }

    /// The reason why the error is wrong; `None` if it is right.
    fn harmless(&self, finding: &Finding) -> Option<&'static str> {
        let accepted = |is_in: &dyn Fn(usize) -> bool| {
            self.answers.iter().any(|answer| is_in(answer.user.line) && answer.accepted)
        };
        if finding.rejects_file() {
            return accepted(&|_| true).then_some("the file is not rejected");
        }
        if finding.rejects_rest() {
            return accepted(&|line| line > finding.line).then_some("a later user is accepted");
        }
        let line = finding.line;
        if self.intruders.iter().any(|user| user.line == line) {
            return None;
        }
        let is_harmed = |answer: &&Answer<'_>| !answer.accepted || answer.leaks;
        let mut own = self.answers.iter().filter(|answer| answer.user.line == line).peekable();
        if own.peek().is_none() || finding.joins_lines() {
            let mut later = self.answers.iter().filter(|answer| answer.user.line > line);
            return (!later.any(|answer| is_harmed(&answer))).then_some("no user is rejected");
        }
        (!own.any(|answer| is_harmed(&answer))).then_some("its user is accepted")
    }
}
