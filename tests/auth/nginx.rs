//! A real nginx with the lines of docs/auth-service.md: forged headers, lost headers, and a service that does not answer.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::service::{Answer, BCRYPT, LIMIT, Request, SECRET, Service, repository};

/// nginx, the service that it asks, and the server that it protects.
struct Proxy {
    // nginx ends before the folder is removed.
    nginx: Running,
    service: Service,
    address: SocketAddr,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers each request with the head of the request, as bytes that no program has changed.
fn echo(listener: &TcpListener) {
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut buffer) {
                Ok(1..) => head.extend_from_slice(&buffer[..]),
                _ => break,
            }
            head.retain(|byte| *byte != 0);
            buffer.fill(0);
        }
        let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", head.len());
        let _ = stream.write_all(&head);
    }
}

impl Proxy {
    /// Starts all three with the lines of the document.
    fn start(settings: &str) -> Option<Self> {
        Self::start_with(settings, |lines, _| (lines.to_owned(), String::new()))
    }

    /// Starts all three. `change` gets the lines of the document and the address of the service, and returns the lines
    /// for nginx and further lines before the server. Prints a notice and returns `None` if nginx is not installed.
    fn start_with(settings: &str, change: impl Fn(&str, SocketAddr) -> (String, String)) -> Option<Self> {
        let candidates = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
        let Some(program) = candidates.iter().map(Path::new).find(|path| path.exists()) else {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            let line = format_args!("SKIPPED: {test}: nginx is not installed\n");
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), line);
            return None;
        };
        let users = format!("alice:{SECRET}\nbob:{BCRYPT}\ncarol:{SECRET}\n");
        let site = "[sites.wiki]\nfile = \"DIR/users\"\nproxy = \"nginx\"\nrealm = \"Wiki\"\nusers = [\"alice\", \"bob\"]\n\
                    group-file = \"DIR/groups\"\n";
        let files = [("users", users.as_str()), ("groups", "staff: bob\n")];
        let service = Service::configured(&format!("{settings}{site}"), &files);
        let backend = TcpListener::bind("127.0.0.1:0").unwrap();
        let backend_address = backend.local_addr().unwrap();
        std::thread::spawn(move || echo(&backend));
        let folder = service.folder().path("");
        // Another program may bind the chosen port before nginx does, so the test tries three ports.
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let text = configuration(&folder, port, service.address(), backend_address, &change);
            fs::write(folder.join("nginx.conf"), text).unwrap();
            let mut command = Command::new(program);
            command.arg("-e").arg(folder.join("error.log")).arg("-c").arg(folder.join("nginx.conf"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut nginx = Running(command.spawn().unwrap());
            let start = Instant::now();
            while start.elapsed() < LIMIT && nginx.0.try_wait().unwrap().is_none() {
                // nginx writes this file once it listens.
                let pid = fs::read_to_string(folder.join("pid")).unwrap_or_default();
                if pid.trim() == nginx.0.id().to_string() {
                    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                    return Some(Self { nginx, service, address });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        panic!("nginx does not start: {}", fs::read_to_string(folder.join("error.log")).unwrap());
    }

    /// Sends a request as a client.
    fn send(&self, request: Request) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        request.send_on(&mut stream)
    }

    fn status(&self, request: Request) -> u16 {
        self.send(request).status
    }
}

/// The lines of the document, with the addresses of the test.
fn configuration(
    folder: &Path,
    port: u16,
    service: SocketAddr,
    backend: SocketAddr,
    change: &impl Fn(&str, SocketAddr) -> (String, String),
) -> String {
    let page = fs::read_to_string(repository("docs/auth-service.md")).unwrap();
    let lines = page.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap();
    for address in ["127.0.0.1:8181", "127.0.0.1:5000"] {
        assert_eq!(lines.matches(address).count(), 1, "{lines}");
    }
    let (lines, before) = change(lines, service);
    let lines = lines.replace("127.0.0.1:8181", &service.to_string());
    let lines = lines.replace("127.0.0.1:5000", &backend.to_string());
    let root = folder.display();
    format!(
        "daemon off;\nmaster_process off;\npid {root}/pid;\nerror_log {root}/error.log;\n\
         events {{ worker_connections 64; }}\nhttp {{\naccess_log off;\nproxy_read_timeout 3s;\n\
         client_body_temp_path {root}/b;\nproxy_temp_path {root}/p;\nfastcgi_temp_path {root}/f;\n\
         uwsgi_temp_path {root}/u;\nscgi_temp_path {root}/s;\n{before}\n\
         server {{\nlisten 127.0.0.1:{port};\n{lines}\n}}\n}}\n"
    )
}

#[test]
fn nginx_passes_right_logins_and_one_challenge() {
    let Some(proxy) = Proxy::start("") else { return };
    for user in ["alice", "bob"] {
        assert_eq!(proxy.status(Request::bare("GET", "/").login(user, "secret")), 200);
    }
    for request in [
        Request::bare("GET", "/"),
        Request::bare("GET", "/healthz").header("User-Agent: kube-probe/1.30"),
        Request::bare("GET", "/").login("alice", "wrong"),
        Request::bare("GET", "/").login("mallory", "secret"),
        Request::bare("GET", "/").header("Authorization: Bearer c2VjcmV0"),
        Request::bare("GET", "/").header("Authorization: Basic ???"),
        Request::bare("OPTIONS", "/").header("Origin: http://localhost"),
    ] {
        let answer = proxy.send(request);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.values("www-authenticate"), ["basic realm=\"wiki\", charset=\"utf-8\""]);
        assert!(!answer.body.contains("HTTP/1"), "the server got the request");
    }
    // The endpoint itself is internal.
    assert_eq!(proxy.status(Request::bare("GET", "/auth").login("alice", "secret")), 404);
    // A user who is known and not allowed gets no prompt.
    let answer = proxy.send(Request::bare("GET", "/").login("carol", "secret"));
    assert_eq!((answer.status, answer.values("www-authenticate").len()), (403, 0));
}

#[test]
fn nginx_replaces_forged_names() {
    let Some(proxy) = Proxy::start("") else { return };
    let forged = [
        &["Remote-User: root", "Remote-Groups: wheel"][..],
        &["remote-user: root", "remote-user: root", "REMOTE-GROUPS: wheel", "remote-groups: wheel"],
        &["Remote_User: root", "Remote_Groups: wheel"],
        &["Remote.User: root", "Remote.Groups: wheel"],
        &["Connection: Remote-User", "Remote-User: root", "Remote-Groups: wheel"],
    ];
    for (user, groups) in [("alice", None), ("bob", Some("staff"))] {
        for lines in forged {
            let request = lines.iter().fold(Request::bare("GET", "/"), Request::header);
            let answer = proxy.send(request.login(user, "secret"));
            assert_eq!(answer.status, 200, "{lines:?}");
            let head = answer.body.to_lowercase();
            let value = |name: &str| -> Vec<String> {
                let lines = head.lines().filter_map(|line| line.strip_prefix(name));
                lines.map(|rest| rest.trim_start_matches(':').trim().to_owned()).collect()
            };
            assert_eq!(value("remote-user"), [user], "{head}");
            assert_eq!(value("remote-groups"), Vec::from_iter(groups), "{head}");
            assert_eq!(value("authorization"), [""; 0], "{head}");
            assert!(!head.contains("remote_user") && !head.contains("remote_groups"), "{head}");
            assert!(!head.contains("root") && !head.contains("wheel"), "{head}");
        }
    }
}

#[test]
fn nginx_sends_its_own_address_of_the_client() {
    let Some(proxy) = Proxy::start("") else { return };
    // 127.0.0.1 is trusted, and the only address, so it is the client.
    for line in ["X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 203.0.113.9", "Forwarded: for=203.0.113.9"]
    {
        for more in ["X-Nothing: x", "Connection: X-Forwarded-For", "X-Real-IP: 203.0.113.9"] {
            let request = Request::bare("GET", "/").header(line).header(more).login("alice", "wrong");
            assert!([401, 429].contains(&proxy.status(request)), "{line} {more}");
        }
    }
    let log = proxy.service.log();
    assert_eq!(log.matches("login refused remote_ip=127.0.0.1 ").count(), 9, "{log}");
    assert!(!log.contains("203.0.113.9"), "{log}");
}

#[test]
fn nginx_passes_no_request_with_two_logins() {
    let Some(proxy) = Proxy::start("") else { return };
    let login = || Request::bare("GET", "/").login("alice", "secret");
    assert_eq!(proxy.status(login()), 200);
    for other in
        [login().login("alice", "secret"), login().login("alice", "wrong"), login().login("bob", "secret")]
    {
        assert!([400, 401].contains(&proxy.status(other)));
    }
}

#[test]
fn nginx_passes_limits_on_with_the_time_to_wait() {
    let Some(proxy) = Proxy::start("") else { return };
    for guess in 0..10 {
        assert_eq!(proxy.status(Request::bare("GET", "/").login("alice", &guess.to_string())), 401);
    }
    let answer = proxy.send(Request::bare("GET", "/").login("alice", "secret"));
    assert_eq!(answer.status, 429);
    assert!((1..=60).contains(&answer.values("retry-after")[0].parse::<u64>().unwrap()), "{}", answer.head);
    assert_eq!(proxy.status(Request::bare("GET", "/").login("bob", "secret")), 200);
    let errors = fs::read_to_string(proxy.service.folder().path("error.log")).unwrap();
    assert!(!errors.contains("unexpected status"), "{errors}");
}

/// Passes bytes between nginx and the service. Returns its address and the number of connections of nginx.
fn relay(service: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut client), Ok(mut server)) = (stream, TcpStream::connect(service)) else { return };
            counted.fetch_add(1, Ordering::SeqCst);
            let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from_server, &mut to_client));
            std::thread::spawn(move || std::io::copy(&mut client, &mut server));
        }
    });
    (address, count)
}

#[test]
fn every_answer_keeps_the_connection_of_nginx_open() {
    let count = Mutex::new(Arc::default());
    let change = |lines: &str, service| {
        let (address, counted) = relay(service);
        *count.lock().unwrap() = counted;
        let more = "proxy_http_version 1.1;\nproxy_set_header Connection \"\";\nproxy_pass http://login/";
        let upstream = format!("upstream login {{ server {address}; keepalive 4; }}");
        (lines.replace("proxy_pass http://127.0.0.1:8181/", more), upstream)
    };
    let Some(proxy) = Proxy::start_with("", change) else { return };
    let statuses = |user: &str, password: &str| proxy.status(Request::bare("GET", "/").login(user, password));
    for guess in 0..10 {
        assert_eq!((statuses("alice", &guess.to_string()), statuses("bob", "secret")), (401, 200));
    }
    // These answers are 429 and 403 for the client, and 403 for nginx.
    assert_eq!((statuses("alice", "secret"), statuses("carol", "secret")), (429, 403));
    assert_eq!(count.lock().unwrap().load(Ordering::SeqCst), 1, "connections of nginx");
}

#[test]
fn nginx_passes_no_request_without_a_verdict() {
    let Some(mut proxy) = Proxy::start("") else { return };
    let login = || Request::bare("GET", "/").login("alice", "secret");
    assert_eq!(proxy.status(login()), 200);
    proxy.service.freeze();
    let answer = proxy.send(login());
    assert!(answer.status == 500 && !answer.body.contains("HTTP/1"), "{answer:?}");
    proxy.service.signal("CONT");
    proxy.service.signal("KILL");
    proxy.service.wait();
    for request in [login(), Request::bare("GET", "/")] {
        let answer = proxy.send(request);
        assert!(answer.status == 500 && !answer.body.contains("HTTP/1"), "{answer:?}");
    }
    assert!(proxy.nginx.0.try_wait().unwrap().is_none(), "nginx still runs");
}

#[test]
fn an_untrusted_nginx_passes_no_request() {
    let Some(proxy) = Proxy::start("trusted-proxy = \"192.0.2.1\"\n") else { return };
    assert_eq!(proxy.status(Request::bare("GET", "/").login("alice", "secret")), 403);
    assert_eq!(proxy.status(Request::bare("GET", "/")), 403);
}
