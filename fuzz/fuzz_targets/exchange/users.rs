//! The sites of the target `auth_request`, and a model of their logins.

use std::fmt::Write as _;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// A site: its name, the users with their passwords, and the users who are allowed with their groups.
pub struct Site {
    pub name: &'static str,
    pub proxy: &'static str,
    pub users: &'static [(&'static str, &'static str)],
    pub allowed: &'static [(&'static str, &'static str)],
}

/// The name of a user that has to be encoded.
const ODD: &str = "j,ü%";

/// The sites `wiki` and `notes` have the same password file.
pub const SITES: [Site; 3] = [
    Site { name: "wiki", proxy: "nginx", users: FIRST, allowed: &[("alice", "admins,staff"), ("carol", "")] },
    Site { name: "registry", proxy: "envoy", users: SECOND, allowed: &[("alice", ""), ("eve", "")] },
    Site { name: "notes", proxy: "standard", users: FIRST, allowed: ALL },
];
const FIRST: &[(&str, &str)] = &[("alice", "a"), ("bob", "b"), ("carol", "c"), (ODD, "ö")];
const SECOND: &[(&str, &str)] = &[("alice", "z"), ("eve", "e")];
const ALL: &[(&str, &str)] = &[("alice", ""), ("bob", ""), ("carol", ""), (ODD, "")];

/// The configuration of the service. Rate limits are large, because they would hide findings.
pub fn configuration() -> String {
    let folder = std::env::temp_dir().join(format!("htpasswd-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, users: &[(&str, &str)]| {
        let line = |(user, password): &(&str, &str)| {
            format!("{user}:{{SHA}}{}\n", STANDARD.encode(Sha1::digest(password.as_bytes())))
        };
        fs::write(folder.join(name), users.iter().map(line).collect::<String>()).unwrap();
    };
    file("first", FIRST);
    file("second", SECOND);
    fs::write(folder.join("groups"), "staff: alice\nadmins: alice\nguests: bob\n").unwrap();
    let folder = folder.display();
    format!(
        "trusted-proxy = [\"127.0.0.0/8\", \"10.0.0.0/24\"]\nthreads = 1\nqueue-timeout = 60\n\
         failures-per-user = 1000000000\nfailures-per-address = 1000000000\n\
         [sites.wiki]\nfile = \"{folder}/first\"\nproxy = \"nginx\"\naddress-header = \"X-Real-IP\"\n\
         users = [\"carol\"]\ngroups = [\"staff\"]\ngroup-file = \"{folder}/groups\"\n\
         [sites.registry]\nfile = \"{folder}/second\"\nproxy = \"envoy\"\nrealm = \"The \\\"registry\\\"\"\n\
         [sites.notes]\nfile = \"{folder}/first\"\n"
    )
}

/// The site that the raw target asks for.
pub fn site(target: &str) -> Option<&'static Site> {
    let path = target.split(['?', '#']).next().unwrap();
    SITES.iter().find(|site| {
        let Some(rest) = path.strip_prefix(&format!("/auth/{}", site.name)) else { return false };
        rest.is_empty() || site.proxy == "envoy" && rest.starts_with('/') && !climbs(rest)
    })
}

/// Returns true if a segment of the path is `..`, written in any way.
fn climbs(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    path.replace('\\', "/").split('/').any(|segment| segment == "..")
}

impl Site {
    /// The status for this login, and the groups of the user.
    pub fn verdict(&self, user: &str, password: &str) -> (u16, &'static str) {
        if !self.users.contains(&(user, password)) {
            return (401, "");
        }
        match self.allowed.iter().find(|(name, _)| *name == user) {
            Some((_, groups)) => (200, groups),
            None => (403, ""),
        }
    }
}

/// The value of `Remote-User`.
pub fn encoded(user: &str) -> String {
    user.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'!'..=b'~' if byte != b'%' => text.push(char::from(byte)),
            _ => write!(text, "%{byte:02X}").unwrap(),
        }
        text
    })
}
