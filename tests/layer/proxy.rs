//! Test support: nginx on 127.0.0.1 with the endpoint `examples/forward_auth.rs`, configured as the example documents.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;
use tokio::net::TcpSocket;

/// The time limit of an operation. An operation that takes longer counts as hung.
const LIMIT: Duration = Duration::from_secs(20);

/// nginx, its auth endpoint, and the server that it protects. `/` is a file and `/who` returns the headers it received.
/// For the host `overloaded`, nginx asks an endpoint that always answers 503.
pub(crate) struct Proxy {
    // The fields are dropped in this order.
    _nginx: Running,
    endpoint: Running,
    address: SocketAddr,
    root: TempDir,
}

/// A child process, which is killed when this value is dropped.
pub(crate) struct Running(pub(crate) Child);

pub(crate) struct Request<'a> {
    proxy: &'a Proxy,
    from: Ipv4Addr,
    head: String,
    body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Proxy {
    /// Starts nginx and the endpoint with these users. Prints a notice and returns `None` if nginx is not installed.
    pub(crate) fn start(users: &str, options: &[&str]) -> Option<Self> {
        let candidates = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
        let Some(nginx) = candidates.iter().map(Path::new).find(|path| path.exists()) else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: nginx is not installed");
            return None;
        };
        let root = tempfile::Builder::new().prefix("htpasswd-test-").tempdir().unwrap();
        fs::write(root.path().join("passwd"), users).unwrap();
        fs::create_dir(root.path().join("www")).unwrap();
        fs::write(root.path().join("www/index.html"), "it works\n").unwrap();

        let mut command = Command::new(example("forward_auth"));
        command.args(["--listen", "127.0.0.1:0"]).args(options).arg(root.path().join("passwd"));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(root.path().join("log")).unwrap());
        let mut endpoint = Running(command.spawn().unwrap());
        let mut address = String::new();
        BufReader::new(endpoint.0.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.strip_suffix('\n').filter(|text| text.parse::<SocketAddr>().is_ok()).unwrap();

        // Another program may bind the chosen port before nginx does, so the test tries three ports.
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            fs::write(root.path().join("nginx.conf"), configuration(root.path(), port, address)).unwrap();
            let mut command = Command::new(nginx);
            command
                .arg("-e")
                .arg(root.path().join("error.log"))
                .arg("-c")
                .arg(root.path().join("nginx.conf"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut nginx = Running(command.spawn().unwrap());
            let start = Instant::now();
            while start.elapsed() < LIMIT && nginx.0.try_wait().unwrap().is_none() {
                // nginx writes this file once it listens. An answer on the port would be no proof, because it could
                // come from another program.
                let pid = fs::read_to_string(root.path().join("pid")).unwrap_or_default();
                if pid.trim() == nginx.0.id().to_string() {
                    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                    return Some(Self { _nginx: nginx, endpoint, address, root });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("nginx does not start: {}", fs::read_to_string(root.path().join("error.log")).unwrap());
    }

    pub(crate) fn passwd(&self) -> PathBuf {
        self.root.path().join("passwd")
    }

    /// The standard error of the endpoint.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.root.path().join("log")).unwrap()
    }

    pub(crate) fn end_endpoint(&mut self) {
        self.endpoint.end();
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'_> {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        Request { proxy: self, from: Ipv4Addr::LOCALHOST, head, body: Vec::new() }
    }

    pub(crate) fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// Logs in and returns the status.
    pub(crate) fn login(&self, user: &str, password: &str) -> u16 {
        self.get("/").login(user, password).send().status
    }

    /// Logs in repeatedly until the response has this status.
    #[track_caller]
    pub(crate) fn wait_for_login(&self, user: &str, password: &str, status: u16) {
        until(&format!("{user} gets {status}"), || self.login(user, password) == status);
    }

    /// Waits until the endpoint has logged this text.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, text: &str) {
        until(&format!("the log has {text:?}"), || self.log().contains(text));
    }
}

#[track_caller]
fn until(description: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT, "never true: {description}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Request<'_> {
    pub(crate) fn header(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    pub(crate) fn login(self, user: &str, password: &str) -> Self {
        self.header(&format!("Authorization: Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }

    pub(crate) fn from(mut self, address: [u8; 4]) -> Self {
        self.from = address.into();
        self
    }

    pub(crate) fn host(mut self, name: &str) -> Self {
        self.head = self.head.replace("Host: localhost", &format!("Host: {name}"));
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        let length = format!("Content-Length: {}", self.body.len());
        self.header(&length)
    }

    pub(crate) fn send(self) -> Answer {
        let mut stream = connect(self.from, self.proxy.address);
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(self.head.as_bytes()).unwrap();
        stream.write_all(b"\r\n").unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }
}

/// Connects from a given source address, for which the standard library has no function.
pub(crate) fn connect(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((from, 0))).unwrap();
        socket.connect(to).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream
}

/// Returns the path of an example of this package, built by cargo in the same profile as the test.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(path.exists(), "{} does not exist: run cargo build -p tower-htpasswd --examples", path.display());
    path
}

/// Returns the nginx configuration from the example's documentation, with the addresses of the test.
fn configuration(root: &Path, port: u16, endpoint: &str) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/forward_auth.rs");
    let source = fs::read_to_string(source).unwrap();
    let lines = source.lines().skip_while(|line| *line != "//! ```nginx").skip(1);
    let lines = lines.take_while(|line| *line != "//! ```").map(|line| line.trim_start_matches("//!"));
    let locations = lines.collect::<Vec<_>>().join("\n");
    for address in ["127.0.0.1:8181", "127.0.0.1:5000"] {
        assert_eq!(locations.matches(address).count(), 1, "{locations}");
    }
    let root = root.display();
    let locations = locations.replace("127.0.0.1:5000", &format!("unix:{root}/upstream"));
    let overloaded = locations.replace("127.0.0.1:8181", &format!("unix:{root}/overloaded"));
    let locations = locations.replace("127.0.0.1:8181", endpoint);
    format!(
        "daemon off;\nmaster_process off;\npid {root}/pid;\nerror_log {root}/error.log;\n\
         events {{ worker_connections 64; }}\nhttp {{\naccess_log off;\n\
         client_body_temp_path {root}/b;\nproxy_temp_path {root}/p;\nfastcgi_temp_path {root}/f;\n\
         uwsgi_temp_path {root}/u;\nscgi_temp_path {root}/s;\n\
         server {{\nlisten 127.0.0.1:{port};\nserver_name localhost;\n{locations}\n}}\n\
         server {{\nlisten 127.0.0.1:{port};\nserver_name overloaded;\n{overloaded}\n}}\n\
         server {{\nlisten unix:{root}/overloaded;\nadd_header Retry-After 7 always;\nreturn 503;\n}}\n\
         server {{\nlisten unix:{root}/upstream;\nroot {root}/www;\n\
         location = /who {{ return 200 \"<$http_remote_user> <$http_authorization>\"; }}\n}}\n}}\n"
    )
}

impl Running {
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
