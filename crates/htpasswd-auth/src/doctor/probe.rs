//! Sends the requests of the probes, and collects their results.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;

use super::args::Args;
use super::client::{Answer, Client};
use super::cures::{Finding, cure};
use super::echo::{Echo, Lines, TOKEN};
use super::report::{Outcome, Verdict};
use super::target::Target;
use super::tls;
use crate::options::Recipe;

/// The state of a run.
pub(super) struct Doctor {
    client: Client,
    echo: Option<Echo>,
    named: Option<Recipe>,
    recognized: Option<Recipe>,
    pub(super) target: Target,
    /// The user and the password of the administrator.
    pub(super) login: Option<(String, String)>,
    /// The groups of the user, if the administrator names them.
    pub(super) groups: Option<Vec<String>>,
    pub(super) failures: u32,
    /// A text that no client can guess.
    token: String,
    requests: u32,
    pub(super) outcomes: Vec<Outcome>,
}

/// The answer to a request, and the request that the application got.
pub(super) struct Observed {
    pub(super) answer: Answer,
    pub(super) seen: Option<Lines>,
}

impl Observed {
    pub(super) fn status(&self) -> u16 {
        self.answer.status
    }

    /// Returns true if the request has passed the proxy.
    pub(super) fn is_let_in(&self) -> bool {
        self.seen.is_some() || self.status() / 100 == 2
    }
}

/// A text that an attacker cannot guess.
pub(super) fn random() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

/// The header line of a login.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4_usize {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

impl Doctor {
    pub(super) fn new(args: &Args) -> Result<Self, String> {
        let target = Target::parse(&args.url)?;
        let tls = target.is_tls.then(|| tls::config(args.authorities.as_deref())).transpose()?;
        let client = Client::new(target.clone(), args.connect, tls, args.timeout)?;
        Ok(Self {
            client,
            echo: args.echo.map(Echo::start).transpose()?,
            named: args.proxy,
            recognized: None,
            target,
            login: args.login.clone(),
            groups: args.groups.clone(),
            failures: args.failures,
            token: random(),
            requests: 0,
            outcomes: Vec::new(),
        })
    }

    /// The proxy that the administrator has named, or that its answers name.
    pub(super) fn proxy(&self) -> Option<Recipe> {
        self.named.or(self.recognized)
    }

    /// Returns true if the doctor sees the requests that come through.
    pub(super) fn sees_requests(&self) -> bool {
        self.echo.is_some()
    }

    /// Sends a request. The error is a sentence.
    pub(super) fn send(&mut self, method: &str, path: &str, lines: &[&str]) -> Result<Observed, String> {
        self.try_send(method, path, lines).map_err(|error| {
            let url = &self.target.authority;
            format!("{url} sends no answer to {method} {path}: {error}; check the URL and the proxy")
        })
    }

    /// Sends a request that the proxy may answer by closing the connection.
    pub(super) fn try_send(&mut self, method: &str, path: &str, lines: &[&str]) -> io::Result<Observed> {
        self.requests += 1;
        let token = format!("{}-{}", self.token, self.requests);
        let mut own: Vec<_> = lines.iter().map(ToString::to_string).collect();
        own.push(format!("{TOKEN}: {token}"));
        let answer = self.client.send(method, path, &own)?;
        let server = answer.values("server");
        self.recognized =
            self.recognized.or_else(|| server.iter().find_map(|value| Recipe::of_server(value)));
        let seen = self.echo.as_ref().and_then(|echo| echo.take(&token));
        Ok(Observed { answer, seen })
    }

    /// Sends a GET request for the page.
    pub(super) fn get(&mut self, lines: &[&str]) -> Result<Observed, String> {
        let path = self.target.path.clone();
        self.send("GET", &path, lines)
    }

    pub(super) fn ok(&mut self, probe: &'static str, text: impl Into<String>) {
        self.add(probe, Verdict::Ok, text.into(), None);
    }

    pub(super) fn skipped(&mut self, probe: &'static str, text: impl Into<String>) {
        self.add(probe, Verdict::Skipped, text.into(), None);
    }

    pub(super) fn note(&mut self, probe: &'static str, text: impl Into<String>, finding: Option<Finding>) {
        let cure = finding.map(|finding| cure(finding, self.proxy()));
        self.add(probe, Verdict::Note, text.into(), cure);
    }

    pub(super) fn missing(&mut self, probe: &'static str, text: impl Into<String>, finding: Finding) {
        self.add(probe, Verdict::Missing, text.into(), Some(cure(finding, self.proxy())));
    }

    fn add(&mut self, probe: &'static str, verdict: Verdict, text: String, cure: Option<&'static str>) {
        self.outcomes.push(Outcome { probe, verdict, text, cure });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_encoded_with_padding() {
        for (user, password, encoded) in [
            ("a", "", "YTo="),
            ("a", "b", "YTpi"),
            ("alice", "secret", "YWxpY2U6c2VjcmV0"),
            ("ü", "é?", "w7w6w6k/"),
        ] {
            assert_eq!(basic(user, password), format!("Authorization: Basic {encoded}"));
        }
    }
}
