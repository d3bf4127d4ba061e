//! Fuzzes requests to the login service: no request gets a 2xx without a right login of an allowed user from a trusted
//! proxy, and no answer has a body or a header of the client.
//!
//! Half of the inputs are bytes of a connection. The other half are described requests, whose answer a model predicts.
#![no_main]

mod addresses;
mod credentials;
mod exchange;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use htpasswd_auth::fuzzing::Server;
use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

use exchange::users::{SITES, Site, configuration, encoded, site};
use exchange::{Answer, exchange as send};

/// A trusted proxy, a Unix socket, and a machine that is not trusted.
const PEERS: [Option<IpAddr>; 3] = [
    Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
    None,
    Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9))),
];
const TARGETS: [&str; 16] = [
    "/auth/wiki",
    "/auth/registry",
    "/auth/notes",
    "/auth/registry/v2/",
    "/auth/registry/../wiki",
    "/auth/registry/%2e%2E/notes",
    "/auth/registry/..%2f..",
    "/auth/wiki/",
    "/auth/notes?x=/auth/wiki",
    "//auth/wiki",
    "/auth//wiki",
    "/auth/wiki%2f",
    "/AUTH/wiki",
    "http://h/auth/notes",
    "/healthz",
    "/auth/",
];
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "OPTIONS", "CONNECT", "PROPFIND", "get", "X"];
const USERS: [&str; 6] = ["alice", "bob", "carol", "eve", "j,ü%", "dave"];
const PASSWORDS: [&str; 7] = ["a", "b", "c", "z", "e", "ö", ""];
const CLIENTS: [&str; 8] =
    ["192.0.2.1", "127.0.0.1", "10.0.0.7", "unknown", "", "[2001:db8::1]:443", "192.0.2.1:80", "0.0.0.0"];
const ADDRESS_NAMES: [&str; 6] =
    ["X-Real-IP", "X-Forwarded-For", "x-forwarded-for", "X_Real_IP", "Forwarded", "Remote-User"];

#[derive(Debug, Arbitrary)]
struct Call {
    peer: u8,
    method: u8,
    target: u8,
    /// Bytes after the target.
    tail: Vec<u8>,
    lines: Vec<Line>,
}

#[derive(Debug, Arbitrary)]
enum Line {
    Login { user: u8, password: u8, is_lower: bool, blanks: u8 },
    Encoded(Vec<u8>),
    Authorization(Vec<u8>),
    Address { name: u8, clients: Vec<u8> },
    Other { name: Vec<u8>, value: Vec<u8> },
}

fn pick<T: Copy, const N: usize>(list: [T; N], index: u8) -> T {
    list[usize::from(index) % N]
}

thread_local! {
    static PLACE: (Runtime, Server) = (
        Builder::new_current_thread().enable_time().build().unwrap(),
        Server::open(configuration().as_bytes()).unwrap(),
    );
}

fn answers(peer: Option<IpAddr>, bytes: &[u8]) -> Vec<Answer> {
    PLACE.with(|(runtime, server)| runtime.block_on(send(server, peer, bytes)))
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let peer = pick(PEERS, first >> 1);
    if first & 1 == 0 {
        check_bytes(peer, rest);
    } else if let Ok(call) = Call::arbitrary_take_rest(Unstructured::new(rest)) {
        check_call(&call);
    }
});

/// Each 200 needs a line with a right login of its own, a trusted peer and the address of a client.
fn check_bytes(peer: Option<IpAddr>, bytes: &[u8]) {
    let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let value = |line: &[u8], name: &str| {
        let (own, value) = line.split_at_checked(name.len())?;
        own.eq_ignore_ascii_case(name.as_bytes()).then(|| value.trim_ascii().to_vec())
    };
    let mut logins: Vec<String> = lines
        .clone()
        .filter_map(|line| credentials::read(&value(line, "authorization:")?).ok())
        .filter(|(user, password)| SITES.iter().any(|site| site.verdict(user, password).0 == 200))
        .map(|(user, _)| encoded(&user))
        .collect();
    let is_trusted = peer != PEERS[2];
    let has_address = lines
        .clone()
        .any(|line| value(line, "x-real-ip:").is_some() || value(line, "x-forwarded-for:").is_some());
    let has_site = SITES.iter().any(|site| {
        let path = format!("/auth/{}", site.name);
        bytes.windows(path.len()).any(|window| window == path.as_bytes())
    });
    for answer in answers(peer, bytes) {
        if answer.status == 200 {
            assert!(is_trusted && has_address && has_site, "{answer:?}");
            let user = answer.get("remote-user").unwrap();
            let index = logins.iter().position(|login| login == user);
            logins.remove(index.unwrap_or_else(|| panic!("no login: {answer:?}")));
        }
    }
}

/// The answer to a described request is the one of the model.
fn check_call(call: &Call) {
    let (peer, method) = (pick(PEERS, call.peer), pick(METHODS, call.method));
    let is_safe = |byte: &&u8| byte.is_ascii_alphanumeric() || b"/.%?=&-_~".contains(byte);
    let tail = call.tail.iter().filter(is_safe).map(|byte| char::from(*byte)).collect::<String>();
    let target = format!("{}{tail}", pick(TARGETS, call.target));
    let lines: Vec<(String, Vec<u8>)> = call.lines.iter().map(line).collect();
    let mut bytes = format!("{method} {target} HTTP/1.1\r\nHost: auth\r\n").into_bytes();
    for (name, value) in &lines {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    let (status, user, groups) = expected(peer, method, &target, &lines);
    let answers = answers(peer, &bytes);
    let [answer] = &answers[..] else { panic!("{answers:?}") };
    // hyper rejects a target of CONNECT that is no authority.
    if method == "CONNECT" && answer.status == 400 {
        return;
    }
    assert_eq!(answer.status, status, "{}: {answer:?}", bytes.escape_ascii());
    if status == 200 {
        assert_eq!(answer.get("remote-user"), Some(&*user));
        assert_eq!(answer.get("remote-groups"), Some(groups));
        let removed = answer.get("x-envoy-auth-headers-to-remove").unwrap_or_default();
        let is_envoy = site(&target).is_some_and(|site| site.proxy == "envoy");
        assert_eq!(removed, if is_envoy { "authorization, remote-groups" } else { "" });
    }
}

/// A header line of a described request. The service gets only valid lines.
fn line(line: &Line) -> (String, Vec<u8>) {
    let authorization = |value: Vec<u8>| ("Authorization".to_owned(), value);
    match line {
        Line::Login { user, password, is_lower, blanks } => {
            let pair = format!("{}:{}", pick(USERS, *user), pick(PASSWORDS, *password));
            let scheme = if *is_lower { "basic" } else { "Basic" };
            let blanks = " ".repeat(1 + usize::from(blanks % 3));
            authorization(format!("{scheme}{blanks}{}", STANDARD.encode(pair)).into_bytes())
        }
        Line::Encoded(pair) => authorization(format!("Basic {}", STANDARD.encode(pair)).into_bytes()),
        Line::Authorization(value) => authorization(valid(value)),
        Line::Address { name, clients } => {
            let clients: Vec<_> = clients.iter().map(|client| pick(CLIENTS, *client)).collect();
            (pick(ADDRESS_NAMES, *name).to_owned(), clients.join(", ").into_bytes())
        }
        Line::Other { name, value } => {
            let name: String =
                name.iter().filter(|b| b.is_ascii_alphanumeric()).map(|b| char::from(*b)).collect();
            // The name is not one that HTTP gives a meaning.
            (format!("X-Other-{name}"), valid(value))
        }
    }
}

fn valid(value: &[u8]) -> Vec<u8> {
    let value: Vec<u8> = value.iter().copied().filter(|byte| *byte >= b' ' && *byte != 0x7f).collect();
    value.trim_ascii().to_vec()
}

/// The status, `Remote-User` and `Remote-Groups`.
fn expected(
    peer: Option<IpAddr>,
    method: &str,
    target: &str,
    lines: &[(String, Vec<u8>)],
) -> (u16, String, &'static str) {
    let refused = |status| (status, String::new(), "");
    if peer == PEERS[2] || method == "CONNECT" {
        return refused(403);
    }
    let Some(site) = site(target) else { return refused(403) };
    let values = |name: &str| -> Vec<Vec<u8>> {
        let own = lines.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.trim_ascii().to_vec()).collect()
    };
    let trusted = [([127, 0, 0, 0].into(), 8), ([10, 0, 0, 0].into(), 24)];
    let client = match site.name {
        "wiki" => addresses::single(&values("x-real-ip")),
        _ => addresses::forwarded_for(&values("x-forwarded-for"), &trusted),
    };
    if client.is_none() {
        return refused(403);
    }
    match &values("authorization")[..] {
        [value] => match credentials::read(value) {
            Ok((user, password)) => verdict(site, &user, &password),
            Err(_) => refused(401),
        },
        _ => refused(401),
    }
}

fn verdict(site: &Site, user: &str, password: &str) -> (u16, String, &'static str) {
    let (status, groups) = site.verdict(user, password);
    (status, encoded(user), groups)
}
