//! The part of the model that verifies a password with `-v`.

use htpasswd::{Password, PasswordHash};

use super::{End, Model, Step};
use crate::differential::records::Kind;

impl Model<'_> {
    pub(super) fn verify(
        &mut self,
        file: &[u8],
        user: &[u8],
        argument: Option<&Vec<u8>>,
        source: Option<u8>,
    ) -> Step<()> {
        let (_, lines) = self.content(Some(b'v'), file, user);
        let mut password: Option<Vec<u8>> = None;
        for line in &lines.lines {
            let (name, hash) = match &line.kind {
                Kind::Nothing => continue,
                Kind::Invalid if password.is_some() => {
                    self.add_row("D20");
                    return self.invalid(file);
                }
                Kind::Invalid => return self.invalid(file),
                Kind::Record { user, hash, .. } => (user, hash),
            };
            if name != user {
                continue;
            }
            if password.is_some() {
                self.add_row("D20");
            }
            let name = self.displayed(user);
            if hash.is_empty() {
                self.text.extend([b"Empty hash for user ", &name[..], b"\n"].concat());
                self.expected.exit = End::Code(7);
                return Err(());
            }
            if password.is_none() {
                password = Some(match (argument, source) {
                    (Some(argument), _) => argument.clone(),
                    (None, Some(_)) => self.stdin_password("")?,
                    (None, None) => self.prompted()?,
                });
            }
            let typed = password.as_deref().unwrap_or_default();
            self.compare(hash, typed)?;
            if hash.starts_with(b"$2") && typed.len() > 72 {
                self.warn("D11", "72 bytes");
            }
            if !self.is_apache() {
                break;
            }
        }
        let name = self.displayed(user);
        if password.is_none() {
            self.print(&[b"User ", &name, b" not found"]);
            self.expected.exit = End::Code(6);
        } else {
            self.print(&[b"Password for user ", &name, b" correct."]);
        }
        Ok(())
    }

    fn compare(&mut self, hash: &[u8], password: &[u8]) -> Step<()> {
        let known = PasswordHash::parse(hash);
        let password = Password::new(password).unwrap();
        if self.is_apache() {
            let bcrypt = [b"$2a$", b"$2y$"].iter().any(|prefix| hash.starts_with(*prefix));
            // Apache's tool rejects a setting (the first 29 bytes) that is invalid. The digest may be incomplete.
            let setting = hash.get(..29).map(|setting| [setting, &[b'.'; 31]].concat());
            if bcrypt && setting.is_none_or(|hash| PasswordHash::parse(&hash).is_err()) {
                self.add_row("D26");
                return self.fail(9, "Could not verify password: Invalid argument");
            }
            if hash.starts_with(b"{SSHA}") {
                self.add_row("D43");
                return self.fail(3, "password verification failed");
            }
        }
        if known.is_ok_and(|known| known.verify(&password)) {
            Ok(())
        } else {
            self.fail(3, "password verification failed")
        }
    }
}
