//! One connection to the login service in memory, and its answers. It states what holds for every answer.

pub mod users;

use htpasswd_auth::fuzzing::Server;
use std::net::IpAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The number of turns without a change after which the service waits for more bytes.
const IDLE_TURNS: u32 = 4;
/// The headers that an answer can have.
const NAMES: [&str; 9] = [
    "content-length",
    "cache-control",
    "date",
    "connection",
    "www-authenticate",
    "remote-user",
    "remote-groups",
    "x-auth-status",
    "x-envoy-auth-headers-to-remove",
];

/// The head of an answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// The value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// Sends the bytes, waits until the service has answered all complete requests, and returns the answers.
pub async fn exchange(server: &Server, peer: Option<IpAddr>, bytes: &[u8]) -> Vec<Answer> {
    let (mut client, stream) = tokio::io::duplex(1 << 20);
    let serve = server.serve(stream, peer);
    let ask = async {
        client.write_all(bytes).await.unwrap();
        let (mut received, mut turns) = (Vec::new(), 0);
        loop {
            tokio::select! {
                biased;
                count = client.read_buf(&mut received) => {
                    turns = 0;
                    if count.unwrap() == 0 {
                        break;
                    }
                }
                () = tokio::task::yield_now(), if server.in_flight() == 0 => {
                    turns += 1;
                    if turns == IDLE_TURNS {
                        // The service would wait for the rest of a request.
                        client.shutdown().await.unwrap();
                    }
                }
            }
        }
        received
    };
    parse(&tokio::join!(serve, ask).1)
}

fn parse(received: &[u8]) -> Vec<Answer> {
    let text = str::from_utf8(received).unwrap();
    let heads = text.split_inclusive("\r\n\r\n");
    heads
        .map(|head| {
            let head = head.strip_suffix("\r\n\r\n").unwrap_or_else(|| panic!("a body or no end: {text:?}"));
            let mut lines = head.split("\r\n");
            let status = lines.next().unwrap().strip_prefix("HTTP/1.").unwrap().split(' ').nth(1).unwrap();
            let headers = lines.map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), "")));
            let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
            let answer = Answer { status: status.parse().unwrap(), headers: headers.collect() };
            check(&answer);
            answer
        })
        .collect()
}

fn check(answer: &Answer) {
    let names: Vec<_> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
    for name in &names {
        assert!(NAMES.contains(name), "{answer:?}");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{answer:?}");
    }
    assert!(answer.headers.iter().all(|(_, value)| value.bytes().all(|byte| (b' '..0x7f).contains(&byte))));
    assert_eq!(answer.get("content-length"), Some("0"), "{answer:?}");
    // The limits are large, so 429 and 503 do not occur. hyper answers the other statuses itself.
    assert!([200, 400, 401, 403, 414, 431].contains(&answer.status), "{answer:?}");
    assert_eq!(answer.get("www-authenticate").is_some(), answer.status == 401, "{answer:?}");
    assert_eq!(answer.get("remote-user").is_some(), answer.status == 200, "{answer:?}");
    assert_eq!(answer.get("remote-groups").is_some(), answer.status == 200, "{answer:?}");
    if [200, 401, 403].contains(&answer.status) {
        assert_eq!(answer.get("cache-control"), Some("no-store"), "{answer:?}");
    }
}
