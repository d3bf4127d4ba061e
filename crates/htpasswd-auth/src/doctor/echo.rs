//! The listener that takes the place of the application, and keeps the requests of the doctor that come through.
//!
//! A request counts only with the doctor's own token, which no other client knows.

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The header with the token of a probe.
pub(super) const TOKEN: &str = "X-Htpasswd-Auth-Probe";

const TIMEOUT: Duration = Duration::from_secs(10);
const HEAD_BYTES: u64 = 64 * 1024;

/// The header lines of a request: names as they were written, and values.
pub(super) type Lines = Vec<(String, String)>;

/// A listener that runs until the program ends.
pub(super) struct Echo(Arc<Mutex<HashMap<String, Lines>>>);

impl Echo {
    pub(super) fn start(address: SocketAddr) -> Result<Self, String> {
        let error = |error: io::Error| format!("cannot listen on {address}: {error}; choose another port");
        let listener = TcpListener::bind(address).map_err(error)?;
        let requests = Arc::new(Mutex::new(HashMap::new()));
        let echo = Self(Arc::clone(&requests));
        std::thread::Builder::new()
            .spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    // A connection that fails concerns no other one.
                    let _ = serve(&stream, &requests);
                }
            })
            .map_err(error)?;
        Ok(echo)
    }

    /// Returns the request with this token, if it came through.
    pub(super) fn take(&self, token: &str) -> Option<Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(token)
    }
}

fn serve(mut stream: &TcpStream, requests: &Mutex<HashMap<String, Lines>>) -> io::Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut lines = Lines::new();
    for line in BufReader::new(stream.take(HEAD_BYTES)).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            lines.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    let token = lines.iter().find(|(name, _)| name.eq_ignore_ascii_case(TOKEN));
    if let Some((_, token)) = token.cloned() {
        requests.lock().unwrap_or_else(PoisonError::into_inner).insert(token, lines);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
