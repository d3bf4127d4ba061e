//! How many connections each proxy opens to the service: the pages say which recipes keep them open.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::application::Application;
use crate::recipe::Ports;
use crate::recipe::Recipe::{self, Caddy, HaProxy, Nginx, NginxKeepAlive};
use crate::service::Request;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nCache-Control: no-store\r\n\
    Remote-User: alice\r\nRemote-Groups: \r\n\r\n";

/// A service that lets every request in, and counts connections.
struct Counting {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Counting {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || answer(stream));
            }
        });
        Self { port, connections }
    }
}

/// Answers requests until one of them ends the connection.
fn answer(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let is_last = head.contains("HTTP/1.0") || head.to_ascii_lowercase().contains("connection: close");
        if stream.write_all(ANSWER).is_err() || is_last {
            return;
        }
    }
}

/// The number of connections for ten requests one after the other.
fn connections(recipe: Recipe) -> Option<usize> {
    let (service, application) = (Counting::start(), Application::start());
    let root = tempfile::Builder::new().prefix("htpasswd-auth-proxy-").tempdir().unwrap();
    let ports = Ports { service: service.port, application: application.port };
    let proxy = crate::site::start_proxy(recipe, root.path(), &recipe.configuration(), &ports)?;
    for _ in 0..10 {
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        let answer = Request::bare("GET", "/").login("alice", "secret").send_on(&mut stream);
        assert_eq!(answer.status, 200, "{}", answer.head);
    }
    Some(service.connections.load(Ordering::SeqCst))
}

#[test]
fn nginx_opens_a_connection_for_each_request_by_default() {
    let Some(count) = connections(Nginx) else { return };
    assert_eq!(count, 10);
}

#[test]
fn the_other_recipes_keep_connections_open() {
    for recipe in [NginxKeepAlive, Caddy, HaProxy] {
        let Some(count) = connections(recipe) else { return };
        // HAProxy has one pool for each of its threads.
        assert!(count <= 4, "{recipe:?}: {count}");
    }
}
