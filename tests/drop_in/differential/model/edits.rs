//! The part of the model that adds, updates and deletes users.

use htpasswd::{Params, Password, PasswordHash};

use super::{Dialect, Model, Step};
use crate::differential::records::{File, Kind};
use crate::differential::scheme::{HASH, Scheme};

impl Model<'_> {
    pub(super) fn delete(&mut self, file: &[u8], user: &[u8]) -> Step<()> {
        let (_, lines) = self.content(Some(b'D'), file, user);
        self.reject_invalid(file, user, &lines, "Deleting ")?;
        let (records, name) = (lines.records(user), self.displayed(user));
        if records == 0 {
            self.print(&[b"User ", &name, b" not found"]);
        } else {
            self.print(&[b"Deleting ".repeat(records).as_slice(), b"password for user ", &name]);
            let mut rows = std::mem::take(&mut self.expected.rows);
            self.put(file, lines.without(user, &mut rows));
            self.expected.rows = rows;
        }
        Ok(())
    }

    pub(super) fn set(
        &mut self,
        mode: Option<u8>,
        file: &[u8],
        user: &[u8],
        argument: Option<&Vec<u8>>,
        source: Option<u8>,
        scheme: &Scheme,
    ) -> Step<()> {
        if scheme.number.is_some() && !b"B25".contains(&scheme.letter) && scheme.wrapped() != 0 {
            self.print(&[b"Warning: Ignoring -C/-r argument for this algorithm."]);
        }
        if user.ends_with(b" ") {
            self.warn("D08", "the user name ends with a blank");
        }
        let password = self.new_password(argument, source)?;
        if password.is_empty() {
            self.warn("D14", "the password is empty");
        }
        self.warn_of_typing(&password, source);
        if scheme.letter == b'B' && password.len() > 72 {
            self.warn("D11", "72 bytes");
        }
        if scheme.letter == b'd' && password.len() > 8 {
            self.print(&[b"Warning: Password truncated to 8 characters by CRYPT algorithm."]);
        }
        if scheme.letter == b'p' && password.iter().any(|byte| b"\r\n".contains(byte)) {
            self.add_row("D07");
            if !self.is_apache() {
                return self.fail_in_own_words("D07", 2);
            }
        }
        if scheme.letter == b'p' && password.ends_with(b"\\") {
            self.add_row("D52");
            if !self.is_apache() {
                return self.fail_in_own_words("D52", 2);
            }
        }
        if scheme.letter == b'B' && self.is_apache() && !matches!(scheme.wrapped(), 0 | 4..=17) {
            return self.fail(3, "htpasswd: Unable to encode with bcrypt: Invalid argument");
        }
        let hash = self.hash(&password, scheme);
        let length = if hash == HASH { scheme.hash_length() } else { hash.len() };
        if user.len() + 1 + length + 1 > 255 {
            self.add_row("D36");
            if self.is_apache() {
                return self.fail(5, "htpasswd: resultant record too long");
            }
        }
        self.expected.password = Some(password);
        let record = [user, b":", &hash, b"\n"].concat();
        match mode {
            Some(b'n') => self.expected.stdout = Some([&record[..], b"\n"].concat()),
            Some(_) => {
                let old = File::read(&self.content(mode, file, user).0, Dialect::Ours);
                if old.records_before_invalid(user).is_some() {
                    self.warn("D50", "does not appear to be a password file");
                }
                if old.others(user) > 0 {
                    self.warn("D18", "-c replaces the file");
                }
                let name = self.displayed(user);
                self.print(&[b"Adding password for user ", &name]);
                self.put(file, record);
            }
            None => {
                if scheme.is_default {
                    self.warn_of_stronger_hashes(file, user);
                }
                self.update(file, user, &hash)?;
            }
        }
        Ok(())
    }

    /// Expects the warning about a default hash that is weaker than a hash in the file.
    fn warn_of_stronger_hashes(&mut self, file: &[u8], user: &[u8]) {
        let lines = File::read(&self.content(None, file, user).0, Dialect::Ours).lines;
        let is_strong = |hash: &[u8]| {
            let parsed = PasswordHash::parse(hash).is_ok();
            parsed
                && [&b"$2"[..], b"$5$", b"$6$", b"$y$", b"$gy$", b"$7$", b"$argon2"]
                    .iter()
                    .any(|start| hash.starts_with(start))
        };
        let (mut own, mut others) = (None, false);
        for line in &lines {
            if let Kind::Record { user: name, hash, .. } = &line.kind {
                if name == user && own.is_none() {
                    own = Some(is_strong(hash));
                }
                others |= is_strong(hash);
            }
        }
        if own == Some(true) {
            self.warn("D49", "weaker than the user's ");
        } else if others {
            self.warn("D49", " of other users");
        }
    }

    fn update(&mut self, file: &[u8], user: &[u8], hash: &[u8]) -> Step<()> {
        let (content, lines) = self.content(None, file, user);
        self.reject_invalid(file, user, &lines, "Updating ")?;
        let records = lines.records(user);
        if records == 0 && !content.is_empty() && !content.ends_with(b"\n") {
            self.add_row("D03");
        }
        let verbs = if records == 0 { "Adding ".to_owned() } else { "Updating ".repeat(records) };
        let name = self.displayed(user);
        self.print(&[verbs.as_bytes(), b"password for user ", &name]);
        let mut rows = std::mem::take(&mut self.expected.rows);
        self.put(file, lines.with(user, hash, &mut rows));
        self.expected.rows = rows;
        Ok(())
    }

    fn hash(&self, password: &[u8], scheme: &Scheme) -> Vec<u8> {
        match scheme.letter {
            b'p' => password.to_vec(),
            b's' => PasswordHash::create(&Password::new(password).unwrap(), &Params::Sha1)
                .unwrap()
                .as_bytes()
                .to_vec(),
            b'2' | b'5' if self.is_apache() && !matches!(scheme.wrapped(), 0 | 1000..=999_999_999) => {
                b"*0".to_vec()
            }
            _ => HASH.to_vec(),
        }
    }

    /// Ends an edit of an invalid file. Apache's tool has then printed a verb for each earlier record of the user, so
    /// that its message does not start a new line.
    fn reject_invalid(&mut self, file: &[u8], user: &[u8], lines: &File, verb: &str) -> Step<()> {
        let Some(before) = lines.records_before_invalid(user) else { return Ok(()) };
        if before > 0 {
            self.add_row("D41");
            if self.is_apache() {
                self.text.extend_from_slice(verb.repeat(before).as_bytes());
            }
        }
        self.invalid(file)
    }

    pub(super) fn invalid(&mut self, file: &[u8]) -> Step<()> {
        let name = String::from_utf8_lossy(file);
        self.fail(7, &format!("htpasswd: The file {name} does not appear to be a valid htpasswd file."))
    }
}
