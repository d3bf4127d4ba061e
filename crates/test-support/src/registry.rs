//! Starts the example registry `examples/registry.rs`, and sends requests to it with `curl`.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::Sandbox;
use super::clients::{Answer, client, have};
use super::servers::{Client, end};
use super::tools::built;

/// The maximum time until the registry has read a changed file or written a line to its log.
const LIMIT: Duration = Duration::from_secs(15);

/// The program `examples/registry.rs`, which runs on a free port with the password file `passwd` of the sandbox.
pub struct Registry<'a> {
    pub sandbox: &'a Sandbox,
    child: Child,
    address: String,
    scheme: &'static str,
}

impl<'a> Registry<'a> {
    /// Starts the registry. If `curl` is not installed, reports the test as skipped and returns `None`.
    #[track_caller]
    pub fn start(sandbox: &'a Sandbox, options: &[&str]) -> Option<Self> {
        if !have(&["curl"]) {
            return None;
        }
        let log = File::create(sandbox.root().join("registry.log")).unwrap();
        let mut command = Command::new(example());
        command.arg("passwd").args(["--listen", "127.0.0.1:0", "--data", "../data"]).args(options);
        command.current_dir(sandbox.work()).env_clear();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let scheme = if options.contains(&"--tls") { "https" } else { "http" };
        let registry = Self { sandbox, child, address: address.trim_end().to_owned(), scheme };
        assert!(!registry.address.is_empty(), "the registry does not start: {}", registry.log());
        Some(registry)
    }

    /// The address and the port, such as `127.0.0.1:5000`.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn port(&self) -> u16 {
        self.address.rsplit_once(':').unwrap().1.parse().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The name of an image for skopeo.
    pub fn image(&self, name: &str) -> String {
        format!("docker://{}/{name}", self.address)
    }

    /// The log of the registry so far.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.sandbox.root().join("registry.log")).unwrap();
        // The first line of a debug build is about its speed.
        log.split_inclusive('\n').filter(|line| !line.contains("logins are slow")).collect()
    }

    /// Returns the answer that `curl` gets.
    #[track_caller]
    pub fn curl(&self, path: &str, args: &[&str]) -> Answer {
        let url = self.url(path);
        let run = client(self.sandbox, "curl", &[&["-si", "--path-as-is", &url], args].concat()).run();
        assert!(run.succeeded, "curl {args:?} {url}\n{run}");
        Answer::parse(&run.stdout)
    }

    /// Returns the status that `curl` gets with these credentials.
    #[track_caller]
    pub fn login(&self, credentials: &str) -> u16 {
        self.curl("/v2/", &["-u", credentials]).status
    }

    /// Waits until `curl` gets this status with these credentials.
    #[track_caller]
    pub fn login_becomes(&self, credentials: &str, status: u16) {
        let deadline = Instant::now() + LIMIT;
        let mut last = self.login(credentials);
        while last != status {
            assert!(Instant::now() < deadline, "{last}, never {status}, for {credentials}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
            last = self.login(credentials);
        }
    }

    /// A client that sends many requests over one connection.
    pub fn client(&self, user: &str, password: &str) -> Client {
        Client::new(self.port(), "/v2/", user, password)
    }

    /// Waits until the log contains `part`.
    #[track_caller]
    pub fn logs(&self, part: &str) {
        let deadline = Instant::now() + LIMIT;
        while !self.log().contains(part) {
            assert!(Instant::now() < deadline, "{part:?} is not in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Registry<'_> {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// The path of the example registry. `cargo test` builds the example only for the whole workspace, not for one test, so
/// this function builds it.
pub fn example() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let profile = built();
        if let Some(cargo) = env::var_os("CARGO") {
            let name = profile.file_name().unwrap().to_str().unwrap();
            let mut command = Command::new(cargo);
            // Some build scripts depend on variables that cargo has set for this test, and would run again.
            for (name, _) in env::vars_os().filter(|(name, _)| is_of_this_test(&name.to_string_lossy())) {
                command.env_remove(name);
            }
            command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
            command.args(["build", "--quiet", "--example", "registry"]);
            command.args(["--profile", if name == "debug" { "dev" } else { name }]);
            command.arg("--target-dir").arg(profile.parent().unwrap());
            assert!(command.status().unwrap().success(), "the example does not build");
        }
        profile.join("examples/registry")
    };
    BUILT.get_or_init(build).clone()
}

fn is_of_this_test(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"].iter().any(|start| name.starts_with(start))
}
