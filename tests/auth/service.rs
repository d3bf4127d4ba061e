//! Test support: the program `htpasswd-auth` with its files in a temporary folder, and requests to it.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

/// The time limit of an operation. An operation that takes longer counts as hung.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);
/// A hash of the password `secret`, which takes no time.
pub(crate) const SECRET: &str = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
/// A hash of the password `secret` with bcrypt of cost 4.
pub(crate) const BCRYPT: &str = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

/// A service that runs. It ends with this value.
pub(crate) struct Service {
    child: Child,
    folder: Folder,
    /// The addresses of the login listeners, and of the metrics listener.
    pub(crate) logins: Vec<String>,
    metrics: Option<String>,
}

/// The files of a test.
pub(crate) struct Folder(TempDir);

/// A request as a proxy sends it: the client has the address 192.0.2.1.
pub(crate) struct Request {
    head: String,
    lines: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The header lines in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::Builder::new().prefix("htpasswd-auth-").tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file. `DIR` in the text is replaced by the path of the folder.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<str>) {
        let folder = self.0.path().to_str().unwrap();
        fs::write(self.path(name), text.as_ref().replace("DIR", folder)).unwrap();
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_htpasswd-auth"));
        command.args(words).current_dir(self.0.path()).stdin(Stdio::null());
        command.env_remove("NOTIFY_SOCKET").env_remove("LISTEN_FDS");
        command
    }

    /// Runs the program until it ends by itself.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Starts the program, and waits until it is ready.
    pub(crate) fn start(self, words: &[&str]) -> Service {
        let mut command = self.command(words);
        self.spawn(&mut command)
    }

    pub(crate) fn spawn(self, command: &mut Command) -> Service {
        let child = self.run_in_background(command);
        let mut service = Service { child, folder: self, logins: Vec::new(), metrics: None };
        service.read_addresses();
        service
    }

    fn run_in_background(&self, command: &mut Command) -> Child {
        command.stderr(File::create(self.path("log")).unwrap()).stdout(Stdio::null());
        command.spawn().unwrap()
    }
}

impl Service {
    /// Waits until the service is ready, and reads its addresses from the log.
    fn read_addresses(&mut self) {
        self.wait_for_log("ready");
        let log = self.log();
        let addresses = |text: &str| -> Vec<String> {
            let lines = log.lines().filter_map(|line| line.split_once(text));
            lines.map(|(_, address)| address.trim_end_matches(['"', '}']).to_owned()).collect()
        };
        let json = |what: &str| format!("\"listening for {what}\",\"address\":\"");
        let text = |what: &str| format!("listening for {what} address=");
        self.logins = [addresses(&text("logins")), addresses(&json("logins"))].concat();
        self.metrics = [addresses(&text("metrics")), addresses(&json("metrics"))].concat().pop();
    }

    /// Starts the program again after it has ended, with the same files and a new log.
    pub(crate) fn restart(&mut self, words: &[&str]) {
        let mut command = self.folder.command(words);
        self.child = self.folder.run_in_background(&mut command);
        self.read_addresses();
    }

    /// Starts the service for one password file.
    pub(crate) fn start(users: &str, options: &[&str]) -> Self {
        let words = [&["--listen", "127.0.0.1:0", "passwd"], options].concat();
        Folder::new(&[("passwd", users)]).start(&words)
    }

    /// Starts the service with a configuration file that contains this text after the listener.
    pub(crate) fn configured(text: &str, files: &[(&str, &str)]) -> Self {
        let folder = Folder::new(files);
        folder.write("auth.toml", format!("listen = \"127.0.0.1:0\"\n{text}"));
        folder.start(&["--config", "auth.toml"])
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.logins[0].parse().unwrap()
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path("log")).unwrap()
    }

    #[track_caller]
    pub(crate) fn wait_for_log(&mut self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && start.elapsed() < LIMIT, "no {text:?} in the log: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// Sends a request on a connection of its own.
    pub(crate) fn send(&self, request: Request) -> Answer {
        request.send_on(&mut self.connect())
    }

    /// Sends a request for `/` with a login, and returns the status.
    pub(crate) fn login(&self, user: &str, password: &str) -> u16 {
        self.send(Request::get("/").login(user, password)).status
    }

    /// Sends a request to the metrics listener, and returns status and body.
    pub(crate) fn page(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.metrics.as_ref().unwrap()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let answer = Request::bare("GET", path).send_on(&mut stream);
        (answer.status, answer.body)
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Stops the program with SIGSTOP, and waits until it does not run any more.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
        let status = format!("/proc/{}/status", self.child.id());
        until("the program is stopped", || fs::read_to_string(&status).unwrap().contains("State:\tT"));
    }

    /// Waits until the program has ended, and returns its exit code.
    #[track_caller]
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < LIMIT, "the program does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Repeats a check until it is true.
#[track_caller]
pub(crate) fn until(description: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "never true: {description}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Request {
    /// A request without the address of a client.
    pub(crate) fn bare(method: &str, target: &str) -> Self {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        Self { head, lines: Vec::new() }
    }

    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self::bare(method, target).header("X-Forwarded-For: 192.0.2.1")
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn header(mut self, line: impl AsRef<[u8]>) -> Self {
        self.lines.extend_from_slice(line.as_ref());
        self.lines.extend_from_slice(b"\r\n");
        self
    }

    pub(crate) fn login(self, user: &str, password: &str) -> Self {
        self.header(format!("Authorization: {}", basic(format!("{user}:{password}"))))
    }

    /// Keeps the connection open after the answer.
    pub(crate) fn keep_alive(mut self) -> Self {
        self.head = self.head.replace("Connection: close\r\n", "");
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.lines, b"\r\n"].concat()
    }

    pub(crate) fn send_on<S: std::io::Read + std::io::Write>(self, stream: &mut S) -> Answer {
        // The service may answer and close the connection before it has read all bytes.
        let _ = stream.write_all(&self.bytes());
        Answer::read(stream, self.head.starts_with("HEAD "))
    }
}

/// The value of an `Authorization` header.
pub(crate) fn basic(text: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

impl Answer {
    #[track_caller]
    pub(crate) fn read(stream: &mut impl std::io::Read, is_head: bool) -> Self {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        loop {
            let mut line = String::new();
            assert!(reader.read_line(&mut line).unwrap() > 0, "the connection ended: {head}");
            if line == "\r\n" {
                break;
            }
            head.push_str(&line.to_ascii_lowercase());
        }
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.filter(|_| !is_head).map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        Self { status, head, body: String::from_utf8(body).unwrap() }
    }

    /// The values of all headers with this name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let prefix = format!("{name}: ");
        // A header with an empty value ends after the colon.
        let value = |line: &'_ str| line.strip_prefix(name).is_some_and(|rest| rest.trim() == ":");
        let lines = self.head.lines();
        lines.filter_map(|line| if value(line) { Some("") } else { line.strip_prefix(&prefix) }).collect()
    }
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs openssl in the folder.
fn openssl(folder: &Folder, line: &str) {
    let mut command = Command::new("openssl");
    command.args(line.split(' ')).current_dir(folder.path("")).stdin(Stdio::null());
    let output = command.output().expect("openssl is installed");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes an authority.
pub(crate) fn authority(folder: &Folder, name: &str) {
    let key = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(folder, &format!("{key} -keyout {name}.key -out {name}.pem -subj /CN={name}"));
}

/// Makes a certificate of an authority that is valid for these days.
pub(crate) fn certificate(folder: &Folder, authority: &str, name: &str, days: u32) {
    folder.write("extensions", "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
    let key = "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(folder, &format!("{key} -keyout {name}.key -out {name}.csr -subj /CN=localhost"));
    let sign = format!("x509 -req -in {name}.csr -CA {authority}.pem -CAkey {authority}.key -CAcreateserial");
    openssl(folder, &format!("{sign} -out {name}.pem -days {days} -extfile extensions"));
}
