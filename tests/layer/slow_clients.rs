//! The example registry while slow clients hold connections open and never finish their requests (Slowloris).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use crate::layer::{LIMIT, SECRET, basic};
use crate::program::{Running, connect, example};
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;

/// The number of slow clients. It exceeds the usual limit of 1,024 descriptors of a server process.
const CLIENTS: usize = 1_200;

const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

struct Server {
    _process: Running,
    _directory: TempDir,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        // The test needs a descriptor for each client.
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit).unwrap();
        assert!(
            limit.current.is_none_or(|most| most > 2 * CLIENTS as u64),
            "too few descriptors for this test"
        );

        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("passwd"), format!("alice:{SECRET}\n")).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""]).arg(example("registry"));
        command.args(["passwd", "--listen", "127.0.0.1:0"]).current_dir(directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self {
            _process: Running(process),
            _directory: directory,
            address: address.trim_end().parse().unwrap(),
        }
    }

    /// Returns connections that stay open without a complete header.
    fn slow_clients(&self, count: usize) -> Vec<TcpStream> {
        let begun = ["", "G", "GET /v2/ HTTP/1.1\r\n", "GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "];
        let client = |begun: &&str| {
            let mut stream = connect(ATTACKER, self.address);
            // The server may have closed the connection already.
            let _ = stream.write_all(begun.as_bytes());
            stream
        };
        begun.iter().cycle().take(count).map(client).collect()
    }

    fn client(&self) -> BufReader<TcpStream> {
        let stream = connect(Ipv4Addr::LOCALHOST, self.address);
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        BufReader::new(stream)
    }
}

fn send(client: &mut BufReader<TcpStream>, request: &str, rest: &str) {
    let login = basic("alice:secret");
    let head = format!("{request} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {login}\r\n{rest}");
    client.get_mut().write_all(head.as_bytes()).unwrap();
}

/// Reads a response and returns its head.
#[track_caller]
fn answer(client: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(client.read_line(&mut head).unwrap() > 0, "the connection was closed: {head:?}");
    }
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    client.read_exact(&mut body).unwrap();
    head
}

#[track_caller]
fn assert_accepted(server: &Server) {
    let mut client = server.client();
    send(&mut client, "GET /v2/", "\r\n");
    assert!(answer(&mut client).starts_with("http/1.1 200 "));
}

#[test]
fn slow_clients_block_no_login_to_the_registry() {
    let server = Server::start();
    assert_accepted(&server);
    let mut slow = server.slow_clients(CLIENTS);
    assert_accepted(&server);
    for _ in 0..5 {
        slow.extend(server.slow_clients(100));
        assert_accepted(&server);
    }
}

#[test]
fn slow_clients_close_no_connection_of_another_address() {
    let server = Server::start();
    let mut client = server.client();
    send(&mut client, "GET /v2/", "\r\n");
    answer(&mut client);
    let _slow = server.slow_clients(CLIENTS);
    send(&mut client, "GET /v2/", "\r\n");
    assert!(answer(&mut client).starts_with("http/1.1 200 "));
}

#[test]
fn slow_clients_interrupt_no_upload_from_their_own_address() {
    let server = Server::start();
    let stream = connect(ATTACKER, server.address);
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut client = BufReader::new(stream);
    send(&mut client, "POST /v2/image/blobs/uploads/", "Content-Length: 10\r\n\r\n12345");
    let _slow = server.slow_clients(CLIENTS);
    client.get_mut().write_all(b"67890").unwrap();
    let head = answer(&mut client);
    assert!(head.starts_with("http/1.1 202 ") && head.contains("\r\nrange: 0-9\r\n"), "{head}");
}
