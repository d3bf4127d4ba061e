//! `load ADDRESS SECONDS CONNECTIONS RATE FROM PASSWORD USER…`: sends requests at a fixed rate and prints the results as
//! one line of JSON, with times in milliseconds.
//!
//! wrk sends requests as fast as they are answered. `load` sends requests on each connection at fixed times. The time
//! of a request counts from the moment at which the request is due, even if its connection is still busy at that
//! moment. RATE is the total number of requests per second; 0 means as fast as possible. FROM is the source address,
//! such as 127.0.0.2. The users alternate over all connections.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

/// A request fails if the server does not answer within this time.
const PATIENCE: Duration = Duration::from_secs(60);

struct Plan {
    server: SocketAddr,
    from: IpAddr,
    /// The time from the start to the last request.
    time: Duration,
    /// The time between two requests of one connection.
    interval: Duration,
    requests: Vec<String>,
    connections: usize,
}

type Answers = Vec<(u16, Duration)>;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = |name| words.next().ok_or(format!("missing operand {name}"));
    let server: SocketAddr = word("address")?.parse()?;
    let time = Duration::from_secs_f64(word("seconds")?.parse()?);
    let connections: usize = word("connections")?.parse()?;
    let rate: f64 = word("rate")?.parse()?;
    let (from, password) = (word("from")?.parse()?, word("password")?);
    let request = |user: String| {
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        format!("GET /v2/ HTTP/1.1\r\nHost: {server}\r\nAuthorization: Basic {credentials}\r\n\r\n")
    };
    let requests: Vec<_> = words.map(request).collect();
    let interval =
        if rate > 0.0 { Duration::from_secs_f64(connections as f64 / rate) } else { Duration::ZERO };
    let plan = Plan { server, from, time, interval, requests, connections };

    let begin = Instant::now();
    let answers: io::Result<Vec<Answers>> = thread::scope(|scope| {
        let started: Vec<_> = (0..connections)
            .map(|number| {
                let plan = &plan;
                thread::Builder::new().stack_size(128 << 10).spawn_scoped(scope, move || {
                    // The connections are spread over the interval.
                    run(plan, number, begin + plan.interval * number as u32 / plan.connections as u32)
                })
            })
            .collect::<io::Result<_>>()?;
        started.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let mut answers: Vec<_> = answers?.into_iter().flatten().collect();
    let took = begin.elapsed();

    answers.sort_unstable_by_key(|&(_, time)| time);
    let at = |part: f64| {
        let index = (answers.len() as f64 * part) as usize;
        answers
            .get(index.min(answers.len().wrapping_sub(1)))
            .map_or(0.0, |(_, time)| time.as_secs_f64() * 1e3)
    };
    let mut statuses = BTreeMap::new();
    for (status, _) in &answers {
        *statuses.entry(status).or_insert(0) += 1;
    }
    let statuses: Vec<_> = statuses.iter().map(|(status, count)| format!("\"{status}\": {count}")).collect();
    println!(
        "{{\"requests\": {}, \"per_second\": {:.1}, \"p50\": {:.2}, \"p99\": {:.2}, \"max\": {:.2}, \"status\": {{{}}}}}",
        answers.len(),
        answers.len() as f64 / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
        statuses.join(", ")
    );
    Ok(())
}

fn run(plan: &Plan, number: usize, begin: Instant) -> io::Result<Answers> {
    let (mut connection, mut answers) = (None, Answers::new());
    let mut due = begin;
    for turn in (number..).step_by(plan.connections) {
        let now = Instant::now();
        if plan.interval.is_zero() {
            due = now;
        }
        if due.saturating_duration_since(begin) >= plan.time || now > begin + plan.time + PATIENCE {
            break;
        }
        thread::sleep(due.saturating_duration_since(now));
        let request = &plan.requests[turn % plan.requests.len()];
        // The server may have closed a persistent connection.
        let status = match ask(plan, &mut connection, request) {
            Err(_) => {
                connection = None;
                ask(plan, &mut connection, request).unwrap_or(0)
            }
            Ok(status) => status,
        };
        if status == 0 {
            connection = None;
        }
        answers.push((status, due.elapsed()));
        due += plan.interval;
    }
    Ok(answers)
}

/// Sends a request and returns the status of the response. The connection stays open.
fn ask(plan: &Plan, connection: &mut Option<TcpStream>, request: &str) -> io::Result<u16> {
    let stream = match connection {
        Some(stream) => stream,
        None => connection.insert(open(plan)?),
    };
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let (mut status, mut length) = (0, None);
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.extend_from_slice(&buffer[..read]);
        if length.is_none()
            && let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
            status = head.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0);
            let field = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            length = Some(end + 4 + field.map_or(0, |value| value.trim().parse().unwrap_or(0)));
        }
        if length.is_some_and(|length| answer.len() >= length) {
            return Ok(status);
        }
    }
}

/// Connects from the source address of the plan.
fn open(plan: &Plan) -> io::Result<TcpStream> {
    let socket: OwnedFd = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&socket, &SocketAddr::new(plan.from, 0))?;
    connect(&socket, &plan.server)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}
