//! `-v --for SERVER`: verifies a password as each of the servers does.
//!
//! A server can use another record of the user than the first one, and can reject the record or the whole file. The
//! errors say which of these prevents the login.

use htpasswd::Password;
use htpasswd::document::Line;
use htpasswd::hash::Scheme;
use htpasswd::servers::Server;

use super::server_view::ServerView;
use super::verify::{self, match_hash};
use crate::args::command::{GlobalOptions, PasswordInput, Target};
use crate::error::Error;
use crate::limits::Limits;
use crate::output;
use crate::password;
use crate::target::PasswordFile;
use crate::target::error::Purpose;

pub(super) fn run(
    target: &Target,
    user: &[u8],
    servers: &[&'static Server],
    password: PasswordInput,
    globals: &GlobalOptions,
) -> Result<(), Error> {
    let file = PasswordFile::new(target, globals);
    let document = file.load().map_err(|error| error.when(Purpose::Verify))?;
    let views: Vec<_> =
        servers.iter().map(|server| ServerView::new(server, (target, &file), &document, user)).collect();
    let used: Vec<_> = views.iter().flat_map(|view| &view.records).map(|record| record.line).collect();
    let lines = document.lines().filter(|line| {
        used.contains(&line.number()) || line.record().is_some_and(|record| record.user == user)
    });
    let lines: Vec<_> = lines.collect();
    let first = lines.first().ok_or_else(|| Error::UserNotFound(user.to_vec()))?;
    let mut login = Login {
        user,
        password: password::obtain_to_verify(password, globals.strict)?,
        limits: &globals.limits,
        right: Vec::new(),
    };
    let mut notes = Vec::new();
    for view in &views {
        let line = login.try_server(view, &lines)?;
        if line != first.number() {
            notes
                .push(format!("{} uses the record in line {line}, which is not the first one.", view.server));
        }
    }
    for (_, scheme) in &login.right {
        verify::warn_of_truncation(&login.password, *scheme, globals)?;
    }
    verify::print_success(&file, user, globals)?;
    for note in &notes {
        output::eprintln(note);
    }
    Ok(())
}

/// A user who tries to log in with a password.
struct Login<'a> {
    user: &'a [u8],
    password: Password,
    limits: &'a Limits,
    /// The hashes that match the password, each with its scheme.
    right: Vec<(&'a [u8], Scheme)>,
}

impl<'a> Login<'a> {
    /// Returns the line of the record that lets the user in. `lines` are the lines of the user.
    fn try_server(&mut self, view: &ServerView<'a>, lines: &[Line<'a>]) -> Result<usize, Error> {
        // If the server finds no record of the user, the first record shows the reason.
        let of_file = lines.first().and_then(|line| Some((line.number(), line.record()?.hash)));
        let used: Vec<_> = view.records.iter().map(|record| (record.line, record.hash)).collect();
        let candidates = if used.is_empty() { of_file.into_iter().collect() } else { used.clone() };
        let (number, _) = match self.first_match(&candidates, view.server) {
            Ok(right) => right,
            Err(error) => return Err(self.explain(error, view.server, of_file, &candidates)),
        };
        let line = lines.iter().find(|line| line.number() == number);
        let obstacle = line.and_then(|line| view.obstacle(line));
        let obstacle = obstacle
            .or_else(|| used.is_empty().then(|| "it finds no record of this user in the file".to_owned()));
        match obstacle {
            Some(reason) => Err(Error::NoMatch(
                format!("the password is right, but {} does not read this record: {reason}", view.server)
                    .into(),
            )),
            None => Ok(number),
        }
    }

    /// The first record whose hash matches the password. Otherwise, the error about the records: a wrong password is
    /// more important than a hash that cannot be verified.
    fn first_match(
        &mut self,
        records: &[(usize, &'a [u8])],
        server: &Server,
    ) -> Result<(usize, &'a [u8]), Error> {
        let mut error = None;
        for &(line, hash) in records {
            if self.right.iter().any(|(right, _)| *right == hash) {
                return Ok((line, hash));
            }
            let reads_plain = server.can_read(Scheme::Plain);
            match match_hash(hash, reads_plain, self.user, &self.password, self.limits) {
                Ok(scheme) => {
                    self.right.push((hash, scheme));
                    return Ok((line, hash));
                }
                Err(Error::WrongPassword) => error = Some(Error::WrongPassword),
                Err(other) => error = error.or(Some(other)),
            }
        }
        Err(error.unwrap_or_else(|| Error::UserNotFound(self.user.to_vec())))
    }

    /// Names the record that the server uses, if it is not the first one of the file.
    fn explain(
        &mut self,
        error: Error,
        server: &Server,
        first: Option<(usize, &'a [u8])>,
        used: &[(usize, &'a [u8])],
    ) -> Error {
        let (Error::WrongPassword, Some(first), [(line, _)]) = (&error, first, used) else { return error };
        if *line == first.0 {
            return error;
        }
        let uses = format!("{server} uses the record in line {line}");
        Error::NoMatch(match self.first_match(&[first], server) {
            Ok(_) => format!("the password is right for the record in line {}, but {uses}", first.0).into(),
            Err(_) => uses.into(),
        })
    }
}
