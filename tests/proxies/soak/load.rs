//! The clients of the soak, and the knowledge with which they check each answer. An answer counts as wrong only if no
//! state that the user had during the request gives it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use test_support::random::Random;

use crate::application::seen;
use crate::service::{Answer, LIMIT, basic};

pub(super) const USERS: usize = 40;
/// Clients with right logins, each request from another address.
pub(super) const CLIENTS: usize = 6;
/// Clients that guess, from few addresses.
pub(super) const GUESSERS: usize = 3;
const GUESSER_ADDRESSES: usize = 40;

/// The password and the permission that a user has in the files and in the configuration.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) password: Option<String>,
    pub(super) is_allowed: bool,
}

/// A time in which something may be so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    start: Instant,
    end: Option<Instant>,
}

/// The knowledge of the test that its threads share.
pub(super) struct Soak {
    pub(super) start: Instant,
    users: Vec<Mutex<Vec<(Period, State)>>>,
    /// The times in which no service runs, so that no request may pass.
    pub(super) down: Mutex<Vec<Period>>,
    /// The times in which nginx may answer without a verdict, or not at all.
    pub(super) disturbed: Mutex<Vec<Period>>,
    pub(super) counts: Mutex<BTreeMap<String, usize>>,
    pub(super) faults: Mutex<Vec<String>>,
    pub(super) port: AtomicU16,
    addresses: AtomicUsize,
    pub(super) stop: AtomicBool,
}

impl State {
    pub(super) fn verdict(&self, password: &str) -> u16 {
        match &self.password {
            Some(right) if right == password => {
                if self.is_allowed {
                    200
                } else {
                    403
                }
            }
            _ => 401,
        }
    }
}

impl Period {
    pub(super) fn begin() -> Self {
        Self { start: Instant::now(), end: None }
    }

    fn overlaps(&self, start: Instant, end: Instant) -> bool {
        self.start <= end && self.end.is_none_or(|own| own >= start)
    }

    fn contains(&self, start: Instant, end: Instant) -> bool {
        self.start <= start && self.end.is_none_or(|own| own >= end)
    }
}

pub(super) fn end_last(periods: &Mutex<Vec<Period>>) {
    periods.lock().unwrap().last_mut().unwrap().end = Some(Instant::now());
}

impl Soak {
    pub(super) fn new() -> Self {
        let state = |user: usize| State { password: Some(format!("first {user}")), is_allowed: user > 1 };
        Self {
            start: Instant::now(),
            users: (0..USERS).map(|user| Mutex::new(vec![(Period::begin(), state(user))])).collect(),
            down: Mutex::default(),
            disturbed: Mutex::default(),
            counts: Mutex::default(),
            faults: Mutex::default(),
            port: AtomicU16::new(0),
            addresses: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        }
    }

    pub(super) fn count(&self, name: &str) {
        *self.counts.lock().unwrap().entry(name.to_owned()).or_insert(0) += 1;
    }

    fn fault(&self, text: &str) {
        self.faults.lock().unwrap().push(format!("{:?} {text}", self.start.elapsed()));
    }

    pub(super) fn newest(&self, user: usize) -> State {
        self.users[user].lock().unwrap().last().unwrap().1.clone()
    }

    /// Adds a state of the user, because an edit begins.
    pub(super) fn begin_edit(&self, user: usize, state: State) {
        self.users[user].lock().unwrap().push((Period::begin(), state));
    }

    /// Ends all other states of the user, because the service has shown the newest one.
    pub(super) fn end_edit(&self, user: usize) {
        let mut states = self.users[user].lock().unwrap();
        let (_, older) = states.split_last_mut().unwrap();
        for (period, _) in older {
            period.end.get_or_insert_with(Instant::now);
        }
    }

    /// The next of 64 addresses. They are enough that no limit is reached, and so few that the service soon has an entry
    /// for each wrong login of a user from an address. With a new address for each request, its tables would grow for
    /// many minutes to their maximum of 100,000 entries.
    pub(super) fn next_address(&self) -> String {
        let number = self.addresses.fetch_add(1, Ordering::Relaxed) % 64;
        format!("10.0.0.{number}")
    }

    /// Sends a request through nginx, and checks the status of the answer. `may_be_limited` allows 429.
    fn ask(
        &self,
        kept: &mut Option<TcpStream>,
        address: &str,
        login: Option<(usize, &str, &str)>,
        may_be_limited: bool,
    ) {
        let start = Instant::now();
        let result = self.exchange(kept, address, login);
        let end = Instant::now();
        let status = match &result {
            Ok(answer) if answer.head.contains("connection: close") => {
                *kept = None;
                answer.status
            }
            Ok(answer) => answer.status,
            Err(_) => {
                *kept = None;
                0
            }
        };
        let name = login.map_or("unknown", |(_, name, _)| name);
        let describe = |problem: &str| {
            format!("{problem}: {status} for {login:?} from {address} after {:?}, {result:?}", end - start)
        };
        if status == 200 {
            if self.down.lock().unwrap().iter().any(|down| down.contains(start, end)) {
                self.fault(&describe("the request passed while the service was down"));
            }
            if seen(result.as_ref().unwrap(), "remote-user") != [name] {
                self.fault(&describe("the application got another user"));
            }
        }
        let kind = match status {
            200 => "logins",
            401 if login.is_none() => "requests without a login: 401",
            401 => "refused: 401",
            403 => "refused: 403, not allowed",
            429 => "429, limited",
            503 => "503, overloaded",
            _ => "no verdict while disturbed",
        };
        self.count(kind);
        match status {
            200 | 401 | 403 => {
                let is_right = login.is_none_or(|(user, _, _)| user >= USERS) && status == 401
                    || login.is_some_and(|(user, _, password)| {
                        let states = self.users.get(user).map(|states| states.lock().unwrap());
                        states.is_some_and(|states| {
                            let mut possible =
                                states.iter().filter(|(period, _)| period.overlaps(start, end));
                            possible.any(|(_, state)| state.verdict(password) == status)
                        })
                    });
                if !is_right {
                    self.fault(&describe("wrong verdict"));
                }
            }
            429 if may_be_limited => {}
            503 => {}
            0 | 500 => {
                if !self.disturbed.lock().unwrap().iter().any(|period| period.overlaps(start, end)) {
                    self.fault(&describe("no verdict"));
                }
            }
            _ => self.fault(&describe("unexpected status")),
        }
    }

    pub(super) fn exchange(
        &self,
        kept: &mut Option<TcpStream>,
        address: &str,
        login: Option<(usize, &str, &str)>,
    ) -> io::Result<Answer> {
        if kept.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port.load(Ordering::SeqCst)))?;
            stream.set_read_timeout(Some(LIMIT))?;
            *kept = Some(stream);
        }
        let stream = kept.as_mut().unwrap();
        // Requests from addresses with an even end use the Unix socket.
        let host = if address.ends_with(['0', '2', '4', '6', '8']) {
            "unix.example.org"
        } else {
            "wiki.example.org"
        };
        let mut request =
            format!("GET / HTTP/1.1\r\nHost: {host}\r\nX-Client: {address}\r\nRemote-User: root\r\n");
        if let Some((_, name, password)) = login {
            write!(request, "Authorization: {}\r\n", basic(format!("{name}:{password}"))).unwrap();
        }
        stream.write_all(format!("{request}\r\n").as_bytes())?;
        read_answer(stream)
    }

    /// Sends right logins, and sometimes the previous password of a user.
    pub(super) fn use_pages(&self, number: usize, seed: u64) {
        let mut random = Random::new(seed, number as u64);
        let mut kept = None;
        while !self.stop.load(Ordering::SeqCst) {
            let user = random.below(USERS);
            let old = self.users[user]
                .lock()
                .unwrap()
                .iter()
                .rev()
                .nth(1)
                .and_then(|(_, state)| state.password.clone());
            let password = old.filter(|_| random.percent(10)).or(self.newest(user).password);
            let password = password.unwrap_or_else(|| "first".to_owned());
            let name = format!("user{user}");
            self.ask(&mut kept, &self.next_address(), Some((user, &name, &password)), false);
            if number.is_multiple_of(2) {
                kept = None;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Guesses passwords of known and unknown users, and sends requests without a login.
    pub(super) fn guess(&self, number: usize, seed: u64) {
        let mut random = Random::new(seed, 1000 + number as u64);
        let mut kept = None;
        while !self.stop.load(Ordering::SeqCst) {
            let address = format!("192.0.2.{}", random.below(GUESSER_ADDRESSES));
            let user = random.below(USERS * 5 / 4);
            let name = format!("user{user}");
            let right = (user < USERS).then(|| self.newest(user).password).flatten();
            let password = right
                .filter(|_| random.percent(5))
                .unwrap_or_else(|| format!("guess {}", random.below(1000)));
            let login = (user, name.as_str(), password.as_str());
            self.ask(&mut kept, &address, Some(login).filter(|_| !random.percent(10)), true);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = head.to_ascii_lowercase();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
}
