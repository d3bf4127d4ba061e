//! A small HTTP client that sends header lines exactly as a probe writes them.
//!
//! HTTP libraries would join, rename or reject the forged headers. Each request has a connection of its own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::target::Target;

/// The longest head of an answer.
const HEAD_BYTES: usize = 64 * 1024;

/// A client for one server.
pub(super) struct Client {
    target: Target,
    address: SocketAddr,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    timeout: Duration,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The names in lower case, and the values.
    headers: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(
        target: Target,
        connect: Option<SocketAddr>,
        tls: Option<Arc<ClientConfig>>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let host = &target.host;
        let resolve = || (host.as_str(), target.port).to_socket_addrs().ok()?.next();
        let address = connect.or_else(resolve);
        let address = address.ok_or_else(|| format!("cannot find the host {host}; check the name"))?;
        let tls = match tls {
            Some(config) => {
                let name = ServerName::try_from(host.clone())
                    .map_err(|_| format!("{host} is no name for a certificate; check the URL"))?;
                Some((config, name))
            }
            None => None,
        };
        Ok(Self { target, address, tls, timeout })
    }

    /// Sends a request with these header lines, and reads the head of the answer.
    pub(super) fn send(&self, method: &str, path: &str, lines: &[String]) -> io::Result<Answer> {
        let stream = TcpStream::connect_timeout(&self.address, self.timeout)?;
        stream.set_read_timeout(Some(self.timeout))?;
        stream.set_write_timeout(Some(self.timeout))?;
        let authority = &self.target.authority;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n");
        if !lines.iter().any(|line| line.starts_with("Connection:")) {
            request.push_str("Connection: close\r\n");
        }
        for line in lines {
            request.push_str(line);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        match &self.tls {
            Some((config, name)) => {
                let connection =
                    ClientConnection::new(Arc::clone(config), name.clone()).map_err(io::Error::other)?;
                exchange(StreamOwned::new(connection, stream), &request, self.timeout)
            }
            None => exchange(stream, &request, self.timeout),
        }
    }
}

fn exchange(mut stream: impl Read + Write, request: &str, timeout: Duration) -> io::Result<Answer> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let end = Instant::now() + timeout;
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            other => other?,
        };
        if count == 0 || head.len() > HEAD_BYTES {
            return Err(io::Error::other("the server sent no complete HTTP answer"));
        }
        if Instant::now() > end {
            return Err(io::ErrorKind::TimedOut.into());
        }
        head.extend_from_slice(&buffer[..count]);
    }
    Answer::parse(&head).ok_or_else(|| io::Error::other("the server sent no HTTP answer"))
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let head = text.split("\r\n\r\n").next()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Some(Self { status, headers: headers.collect() })
    }

    /// The values of all headers with this name, which is in lower case.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let own = self.headers.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| value.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_an_answer_is_read() {
        let head = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a: b\"\r\nx:\r\n\r\nbody";
        let answer = Answer::parse(head).unwrap();
        assert_eq!(answer.status, 401);
        assert_eq!(answer.values("www-authenticate"), ["Basic realm=\"a: b\""]);
        assert_eq!(answer.values("x"), [""]);
        for other in ["", "HTTP/1.1\r\n\r\n", "SSH-2.0 x\r\n\r\n", "HTTP/1.1 abc x\r\n\r\n"] {
            assert!(Answer::parse(other.as_bytes()).is_none(), "{other}");
        }
    }
}
