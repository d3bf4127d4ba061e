//! Starts real servers that read the password file of a test. They listen on 127.0.0.1 and end with the test.
//!
//! A file of this folder starts one or two servers, and [`Client`] sends requests. [`Oracle`] asks a server about many
//! password files. If a server is not installed, a function reports the test as skipped and returns `None`.

mod client;
mod go;
mod h2o;
mod helper;
mod httpd;
mod lighttpd;
mod nginx;
mod oracle;
mod proxies;
mod python;
mod squid;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use self::client::Client;
pub use self::oracle::Oracle;
pub use self::squid::squid_accepts;
use super::{Sandbox, has_tool, skipped};

/// A server that runs.
pub struct Server {
    child: Child,
    port: u16,
    path: &'static str,
}

/// A port on which no program listens at the moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The path of an installed server. If the server is not installed, reports the test as skipped and returns `None`.
fn installed(name: &str, version: &str) -> Option<PathBuf> {
    let directories = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let path = directories.iter().map(|directory| Path::new(directory).join(name)).find(|path| path.exists());
    let runnable = path.filter(|path| has_tool(path.to_str().unwrap(), &[version]));
    if runnable.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    runnable
}

impl Server {
    /// Starts a server on a free port and waits until it listens.
    fn start(path: &'static str, command: impl Fn(u16) -> Command) -> Self {
        // Another program may use the port first.
        for _ in 0..3 {
            let port = free_port();
            let mut command = command(port);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut server = Self { child: command.spawn().unwrap(), port, path };
            let deadline = Instant::now() + Duration::from_secs(15);
            while Instant::now() < deadline && server.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return server;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("the server does not start: {:?}", command(0));
    }

    pub fn client(&self, user: &str, password: &str) -> Client {
        Client::new(self.port, self.path, user, password)
    }

    /// Requests this path as an unknown user, and returns the status of the answer.
    pub fn status(&self, path: &str) -> u16 {
        Client::new(self.port, path, "unknown", "nothing").get()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a server, and waits until its process has ended.
pub(super) fn end(child: &mut Child) {
    // The signal goes only to the main process, which ends its workers.
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Makes the directory of a server, with a page that it serves.
fn directory(sandbox: &Sandbox, name: &str) -> PathBuf {
    let root = sandbox.root().join(name);
    fs::create_dir_all(root.join("www")).unwrap();
    fs::write(root.join("www/index.html"), "it works\n").unwrap();
    root
}
