//! Sends requests with a name and a password to a server of a test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Sends requests one after the other. The client keeps the connection until the server closes it.
pub struct Client {
    port: u16,
    path: String,
    request: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn new(port: u16, path: &str, user: &str, password: &str) -> Self {
        let mut client = Self { port, path: path.to_owned(), request: String::new(), connection: None };
        client.set_credentials(user.as_bytes(), password.as_bytes());
        client
    }

    /// Sends the next requests with this name and password.
    pub(super) fn set_credentials(&mut self, user: &[u8], password: &[u8]) {
        let credentials = base64(&[user, b":", password].concat());
        let path = &self.path;
        self.request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {credentials}\r\n\r\n");
    }

    /// Sends a request, and returns the status of the answer.
    pub fn get(&mut self) -> u16 {
        self.answer().unwrap_or_else(|| panic!("no answer on port {}", self.port))
    }

    /// Sends a request, and returns the status of the answer; `None` if the server closes each connection without an
    /// answer, as rclone does for a password file that it cannot read.
    pub(super) fn answer(&mut self) -> Option<u16> {
        // The server may have closed the connection after the previous request.
        for _ in 0..3 {
            if let Ok(status) = self.try_get() {
                return Some(status);
            }
            self.connection = None;
        }
        None
    }

    fn try_get(&mut self) -> std::io::Result<u16> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(15)))?;
            stream.set_nodelay(true)?;
            self.connection = Some(BufReader::new(stream));
        }
        let connection = self.connection.as_mut().unwrap();
        connection.get_mut().write_all(self.request.as_bytes())?;
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let (mut length, mut close) = (0, false);
        loop {
            line.clear();
            connection.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            // The client does not read bodies in chunks, so it closes the connection in place of that.
            close |= header == "connection: close" || header.starts_with("transfer-encoding:");
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body)?;
        if close {
            self.connection = None;
        }
        Ok(status)
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
