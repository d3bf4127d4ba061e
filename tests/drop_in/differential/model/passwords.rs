//! The part of the model that reads passwords from their sources and checks their length.

use super::{Model, Step};

impl Model<'_> {
    pub(super) fn new_password(&mut self, argument: Option<&Vec<u8>>, source: Option<u8>) -> Step<Vec<u8>> {
        match (argument, source) {
            (Some(password), _) => Ok(password.clone()),
            (None, Some(_)) => {
                if self.call.input.is_empty() {
                    self.add_row("D14");
                    if !self.is_apache() {
                        return self.fail_in_own_words("D14", 1);
                    }
                }
                self.stdin_password("htpasswd: ")
            }
            (None, None) => self.prompted_twice(),
        }
    }

    /// Expects the warnings about a password that users cannot type.
    pub(super) fn warn_of_typing(&mut self, password: &[u8], source: Option<u8>) {
        if password.contains(&b'\n') {
            let row = if source == Some(b'i') { "D13" } else { "D51" };
            self.warn(row, "the password contains a newline");
        }
        if password.ends_with(b"\r") {
            self.warn("D51", "ends with a carriage return");
        }
        let text = String::from_utf8_lossy(password.strip_suffix(b"\r").unwrap_or(password));
        if text.replace("\r\n", "").chars().any(|character| character.is_control() && character != '\n') {
            self.warn("D51", "contains a control character");
        }
    }

    /// The password from standard input with `-i`.
    pub(super) fn stdin_password(&mut self, prefix: &str) -> Step<Vec<u8>> {
        let all = &self.call.input;
        let line = all.strip_suffix(b"\n");
        let password = line.map_or(&all[..], |line| line.strip_suffix(b"\r").unwrap_or(line));
        if all.len() > 255 && password.len() <= 255 {
            self.add_row("D30");
        }
        let counted = if self.is_apache() { all.len() } else { password.len() };
        if counted > 255 {
            return self.fail(5, &format!("{prefix}password too long (>256)"));
        }
        self.without_nul(password)
    }

    fn without_nul(&mut self, password: &[u8]) -> Step<Vec<u8>> {
        let Some(nul) = password.iter().position(|&byte| byte == 0) else { return Ok(password.to_vec()) };
        self.add_row("D12");
        if self.is_apache() { Ok(password[..nul].to_vec()) } else { self.fail_in_own_words("D12", 2) }
    }

    /// Cuts an answer at its first NUL byte, as Apache's tool does before it checks the length.
    fn cut_at_nul(&mut self, answer: &mut Vec<u8>) {
        let Some(nul) = answer.iter().position(|&byte| byte == 0) else { return };
        self.add_row("D12");
        if self.is_apache() {
            answer.truncate(nul);
        }
    }

    fn prompted_twice(&mut self) -> Step<Vec<u8>> {
        let ended = |answer: Option<&[u8]>| answer.is_none_or(<[u8]>::is_empty);
        let mut answers = self.call.input.split_inclusive(|&byte| byte == b'\n');
        let (first, second) = (answers.next(), answers.next());
        let nothing = ended(first) || ended(second);
        let text = |answer: Option<&[u8]>| {
            let line = answer.unwrap_or_default();
            line.strip_suffix(b"\n").unwrap_or(line).to_vec()
        };
        let (mut first, mut second) = (text(first), text(second));
        self.expected.prompts = 1;
        for answer in [&mut first, &mut second] {
            self.cut_at_nul(answer);
        }
        let limit = if self.is_apache() { 256 } else { 255 };
        if first.len() == 256 || (first.len() < 256 && second.len() > 255) {
            self.add_row("D30");
        }
        if first.len() > limit {
            return self.fail(5, "htpasswd: password too long (>256)");
        }
        let password = self.without_nul(&first)?;
        self.expected.prompts = 2;
        if second.len() > limit && !self.is_apache() {
            return self.fail(5, "htpasswd: password too long (>256)");
        }
        second.truncate(256);
        if password != second {
            return self.fail(3, "htpasswd: password verification error");
        }
        if nothing {
            self.add_row("D14");
            if !self.is_apache() {
                return self.fail_in_own_words("D14", 1);
            }
        }
        Ok(password)
    }

    pub(super) fn prompted(&mut self) -> Step<Vec<u8>> {
        self.expected.prompts = 1;
        let mut line = self.call.input.split(|&byte| byte == b'\n').next().unwrap_or_default().to_vec();
        self.cut_at_nul(&mut line);
        if line.len() > 256 {
            return self.fail(5, "password too long (>256)");
        }
        self.without_nul(&line)
    }
}
