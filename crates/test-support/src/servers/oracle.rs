//! Asks a real server about many password files: which users can log in.
//!
//! [`Oracle::start`] starts a server by its name in the table of the library. [`Oracle::load`] then gives the server a
//! password file, and [`Oracle::accepts`] tries to log in. A server that rejects a file accepts no login.

use std::fs::File;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::helper::Helper;
use super::{Client, Server, python, squid};
use crate::{BCRYPT, SHA1, Sandbox};

/// A server that answers whether a user can log in.
pub struct Oracle {
    // The server ends before its directory is removed.
    asked: Asked,
    sandbox: Sandbox,
    /// The time of modification of the last file. Servers reload a file only if this time has changed.
    modified: SystemTime,
}

enum Asked {
    Http { client: Client, server: Server, keeps_users: bool, waits: bool },
    Squid(Helper),
    Python(Helper),
}

impl Oracle {
    /// The names of the servers that can be asked.
    pub const NAMES: [&'static str; 10] = [
        "registry",
        "httpd",
        "nginx",
        "squid",
        "lighttpd",
        "rclone",
        "h2o",
        "radicale",
        "wsgidav",
        "pypiserver",
    ];

    /// Starts the server with this name.
    ///
    /// # Panics
    ///
    /// If the name is not in [`NAMES`](Self::NAMES).
    pub fn start(name: &str) -> Option<Self> {
        let sandbox = Sandbox::with("");
        let http = |server: Option<Server>| {
            let server = server?;
            // After the registry and rclone have rejected a changed file, they still accept the users of the old file.
            let keeps_users = matches!(name, "registry" | "rclone");
            Some(Asked::Http {
                client: server.client("reset", "secret"),
                server,
                keeps_users,
                waits: name == "lighttpd",
            })
        };
        let asked = match name {
            "registry" => http(Server::registry(&sandbox)),
            "httpd" => http(Server::httpd(&sandbox)),
            "nginx" => http(Server::nginx(&sandbox)),
            "lighttpd" => http(Server::lighttpd(&sandbox)),
            "rclone" => http(Server::rclone(&sandbox)),
            "h2o" => http(Server::h2o(&sandbox)),
            "squid" => squid::start(&sandbox).map(Asked::Squid),
            "radicale" | "wsgidav" | "pypiserver" => python::start(name).map(Asked::Python),
            _ => panic!("unknown server {name}"),
        }?;
        let mut oracle = Self { asked, sandbox, modified: UNIX_EPOCH + Duration::from_secs(1_500_000_000) };
        // h2o reads no bcrypt, and the registry reads nothing else.
        let hash = if name == "h2o" { SHA1 } else { BCRYPT };
        oracle.load(format!("reset:{hash}\n").as_bytes());
        assert!(oracle.accepts(b"reset", b"secret"), "{name} rejects a right login");
        assert!(!oracle.accepts(b"reset", b"wrong"), "{name} accepts a wrong password");
        Some(oracle)
    }

    /// Gives the server this password file.
    pub fn load(&mut self, content: &[u8]) {
        if let Asked::Http { keeps_users: true, .. } = self.asked {
            self.write(format!("reset:{BCRYPT}\n").as_bytes());
            assert!(self.accepts(b"reset", b"secret"));
        }
        self.write(content);
        if let Asked::Python(server) = &mut self.asked {
            python::load(server, &self.sandbox.path("passwd"));
        }
    }

    fn write(&mut self, content: &[u8]) {
        // squid compares whole seconds.
        self.modified += Duration::from_secs(1);
        self.sandbox.write("passwd", content);
        let file = File::options().write(true).open(self.sandbox.path("passwd")).unwrap();
        file.set_modified(self.modified).unwrap();
    }

    /// Returns true if the server accepts this user name and this password.
    pub fn accepts(&mut self, user: &[u8], password: &[u8]) -> bool {
        match &mut self.asked {
            Asked::Http { client, .. } => {
                client.set_credentials(user, password);
                client.answer() == Some(200)
            }
            Asked::Squid(helper) => squid::accepts(helper, user, password),
            Asked::Python(server) => python::accepts(server, user, password),
        }
    }
    /// Returns for each user name and password whether the server accepts them.
    pub fn accepts_each(&mut self, logins: &[(&[u8], &[u8])]) -> Vec<bool> {
        match &self.asked {
            // lighttpd answers a wrong login after a second, so all logins are sent at once.
            Asked::Http { server, waits: true, .. } => std::thread::scope(|scope| {
                let ask = |&(user, password): &(&[u8], &[u8])| {
                    let mut client = server.client("", "");
                    client.set_credentials(user, password);
                    scope.spawn(move || client.answer() == Some(200))
                };
                let threads: Vec<_> = logins.iter().map(ask).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            }),
            _ => logins.iter().map(|(user, password)| self.accepts(user, password)).collect(),
        }
    }
}
