//! The application that the proxy protects: it answers with the head of the request, so that a test sees which headers
//! came through. It accepts every upgrade, and then returns all bytes.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::service::Answer;

/// The answer to an upgrade with the key `AAAAAAAAAAAAAAAAAAAAAA==`. `HAProxy` checks the last line.
const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n\r\n";

/// The application runs until the tests end.
pub(crate) struct Application {
    pub(crate) port: u16,
    requests: Arc<AtomicUsize>,
    methods: Arc<Mutex<BTreeSet<String>>>,
}

impl Application {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let methods = Arc::new(Mutex::new(BTreeSet::new()));
        let (counter, found) = (Arc::clone(&requests), Arc::clone(&methods));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (counter, found) = (Arc::clone(&counter), Arc::clone(&found));
                std::thread::spawn(move || serve(stream, &counter, &found));
            }
        });
        Self { port, requests, methods }
    }

    /// The number of requests that came through the proxy.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// The methods of these requests.
    pub(crate) fn methods(&self) -> BTreeSet<String> {
        self.methods.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, requests: &AtomicUsize, methods: &Mutex<BTreeSet<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        requests.fetch_add(1, Ordering::SeqCst);
        methods.lock().unwrap().insert(head.split(' ').next().unwrap().to_owned());
        if head.to_ascii_lowercase().contains("\r\nupgrade: websocket\r\n") {
            let _ = stream.write_all(SWITCH);
            let mut byte = [0];
            while reader.read_exact(&mut byte).is_ok() && stream.write_all(&byte).is_ok() {}
            return;
        }
        let length = head.len();
        if stream
            .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}").as_bytes())
            .is_err()
        {
            return;
        }
    }
}

/// The values of all headers of the request that the application could read as this name. CGI and WSGI applications
/// read `_` and other characters as `-`.
pub(crate) fn seen(answer: &Answer, name: &str) -> Vec<String> {
    let lines = answer.body.lines().skip(1).filter_map(|line| line.split_once(':'));
    let values = lines.filter(|(own, _)| normalized(own) == name);
    values.map(|(_, value)| value.trim().to_owned()).collect()
}

fn normalized(name: &str) -> String {
    name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}
