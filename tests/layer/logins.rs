//! Five checks of a server that greets its users, over TCP. The example program of each framework must pass all five
//! checks.
//!
//! [`check_logins!`] makes a test of each check for one program. The program is called with a password file and an
//! address, and prints the address that it listens on. Only the standard library, `base64`, `htpasswd` and `tempfile`
//! are used, because a workspace without tower includes this file, too.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use htpasswd::FileStore;
use tempfile::TempDir;

/// The time limit of an operation. An operation that takes longer counts as hung.
const LIMIT: Duration = Duration::from_secs(20);

/// Both users have the password `secret`.
const USERS: &str = "alice:$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n\
                     bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";

pub(crate) struct Server {
    process: Child,
    directory: TempDir,
    address: SocketAddr,
}

/// The status line and the headers in lower case, and the body.
struct Answer {
    head: String,
    body: String,
}

impl Server {
    pub(crate) fn start(program: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("htpasswd.user");
        fs::write(&file, USERS).unwrap();
        let mut command = Command::new(program);
        command
            .arg(file)
            .arg("127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().parse().unwrap();
        Self { process, directory, address }
    }

    /// Sends a request with these credentials, each in an `Authorization` header.
    fn get(&self, credentials: &[&str]) -> Answer {
        let header = |credentials| format!("Authorization: Basic {}\r\n", STANDARD.encode(credentials));
        self.send(&credentials.iter().map(header).collect::<String>())
    }

    /// Sends a request with these header lines.
    fn send(&self, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer { head: format!("{}\r\n", head.to_ascii_lowercase()), body: body.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    #[track_caller]
    fn assert_greets(&self, user: &str) {
        assert_eq!(self.status(), 200, "{}", self.head);
        assert!(self.body.contains(&format!("Hello, {user}!")), "{}", self.body);
        assert!(!self.head.contains("www-authenticate"), "{}", self.head);
    }

    #[track_caller]
    fn assert_challenges(&self) {
        assert_eq!(self.status(), 401, "{}", self.head);
        let challenge = "\r\nwww-authenticate: basic realm=\"hello\", charset=\"utf-8\"\r\n";
        assert_eq!(self.head.matches(challenge).count(), 1, "{}", self.head);
        assert!(!self.body.contains("Hello, "), "{}", self.body);
    }
}

pub(crate) fn greet_users_with_right_passwords(server: &Server) {
    server.get(&["alice:secret"]).assert_greets("alice");
    server.get(&["bob:secret"]).assert_greets("bob");
}

pub(crate) fn challenge_missing_and_wrong_credentials(server: &Server) {
    server.get(&[]).assert_challenges();
    for credentials in ["alice:wrong", "unknown:secret", "alice:", ":secret", "alice", "a\nb:secret"] {
        server.get(&[credentials]).assert_challenges();
    }
}

pub(crate) fn challenge_two_authorization_headers(server: &Server) {
    server.get(&["alice:secret", "alice:secret"]).assert_challenges();
    server.get(&["alice:secret", "alice:wrong"]).assert_challenges();
    server.get(&["alice:wrong", "alice:secret"]).assert_challenges();
}

pub(crate) fn limit_a_client_that_guesses(server: &Server) {
    for guess in 0..10 {
        server.get(&[&format!("alice:guess{guess}")]).assert_challenges();
    }
    let limited = server.get(&["alice:secret"]);
    assert_eq!(limited.status(), 429, "{}", limited.head);
    let wait = limited.head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    assert!((1..=60).contains(&wait.parse::<u64>().unwrap()), "{wait}");
    assert!(
        !limited.head.contains("www-authenticate") && !limited.body.contains("Hello, "),
        "{}",
        limited.head
    );
    // A limited client cannot pretend to have another address by sending a header.
    for name in ["X-Real-IP", "X-Forwarded-For", "Forwarded"] {
        let credentials = STANDARD.encode("alice:secret");
        let spoofed = format!("{name}: 192.0.2.1\r\nAuthorization: Basic {credentials}\r\n");
        assert_eq!(server.send(&spoofed).status(), 429, "{name}");
    }
    server.get(&["bob:secret"]).assert_greets("bob");
}

pub(crate) fn reject_a_user_who_was_deleted_meanwhile(server: &Server) {
    server.get(&["alice:secret"]).assert_greets("alice");
    let store = FileStore::new(server.directory.path().join("htpasswd.user"));
    store.update(|document| document.remove("alice")).unwrap();
    let start = Instant::now();
    while server.get(&["alice:secret"]).status() == 200 {
        assert!(start.elapsed() < LIMIT, "a deleted user can still log in");
        thread::sleep(Duration::from_millis(20));
    }
    server.get(&["alice:secret"]).assert_challenges();
    server.get(&["bob:secret"]).assert_greets("bob");
}

/// `check_logins!(name, path)` makes the tests of the program at this path, in a module of this name.
macro_rules! check_logins {
    ($name:ident, $program:expr) => {
        mod $name {
            $crate::logins::check_logins!(@tests $program;
                greet_users_with_right_passwords
                challenge_missing_and_wrong_credentials
                challenge_two_authorization_headers
                limit_a_client_that_guesses
                reject_a_user_who_was_deleted_meanwhile
            );
        }
    };
    (@tests $program:expr; $($check:ident)*) => {$(
        #[test]
        fn $check() {
            crate::logins::$check(&crate::logins::Server::start(::std::convert::AsRef::as_ref(&$program)));
        }
    )*};
}
pub(crate) use check_logins;
