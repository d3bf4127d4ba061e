//! Real servers read odd password files as `--check --for SERVER` says.
//!
//! For each server, the test makes 100 odd files, the same ones each time. With `HTPASSWD_TEST_FULL=1`, it makes 2,000
//! files. `HTPASSWD_TEST_FILE=N` shows one file. The test fails if a user cannot log in and no finding explains it, or
//! if an error does no harm. `exceptions.rs` lists the known differences with their reasons.

mod exceptions;
mod file;
mod hashes;
mod judge;
mod lines;
mod names;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Instant;

use htpasswd::servers::Server;

use self::file::File;
use self::judge::{Answer, Finding, Judge};
use self::lines::User;
use crate::support::Sandbox;
use crate::support::check::{json, private};
use crate::support::servers::Oracle;
use crate::support::strace::{counted, full};

/// The number of problems after which a test stops.
const MAX_PROBLEMS: usize = 12;

#[derive(Default)]
struct Tally {
    files: usize,
    users: usize,
    rejected: usize,
    exceptions: BTreeMap<&'static str, usize>,
    problems: Vec<String>,
}

fn compare(name: &str) {
    let began = Instant::now();
    let server = Server::named(name).unwrap();
    let numbers = one_file().map_or(0..if full() { 2_000 } else { 100 }, |number| number..number + 1);
    // lighttpd waits most of the time.
    let workers = if name == "lighttpd" { 8.min(numbers.len()) } else { 1 };
    let tally = Mutex::new(Tally::default());
    let next = Mutex::new(numbers);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            std::thread::Builder::new()
                .name(std::thread::current().name().unwrap_or_default().to_owned())
                .spawn_scoped(scope, || {
                    let Some(mut oracle) = Oracle::start(name) else { return };
                    let sandbox = private("");
                    while tally.lock().unwrap().problems.len() < MAX_PROBLEMS {
                        let Some(number) = next.lock().unwrap().next() else { break };
                        compare_file(number, server, &mut oracle, &sandbox, &tally);
                    }
                })
                .unwrap();
        }
    });
    let tally = tally.into_inner().unwrap();
    if tally.files == 0 {
        return;
    }
    let mut summary =
        format!("{name}: {} files, {} users, {} of them rejected", tally.files, tally.users, tally.rejected);
    for (exception, count) in &tally.exceptions {
        write!(summary, "; {exception}: {count}").unwrap();
    }
    counted(&format!("{summary}; {} s", began.elapsed().as_secs()));
    assert!(tally.problems.is_empty(), "{summary}\n{}", tally.problems.join("\n"));
}

/// The number of the only file to compare, if there is one.
fn one_file() -> Option<usize> {
    std::env::var("HTPASSWD_TEST_FILE").ok().map(|number| number.parse().unwrap())
}

fn compare_file(
    number: usize,
    server: &'static Server,
    oracle: &mut Oracle,
    sandbox: &Sandbox,
    tally: &Mutex<Tally>,
) {
    let File { text, users, others } = File::new(number, server);
    std::fs::write(sandbox.path("passwd"), &text).unwrap();
    let (_, report) = json(sandbox, &["--for", server.name]);
    oracle.load(&text);
    let right = users.iter().chain(&others).map(|user| (&user.name[..], &user.password[..]));
    let stored = users.iter().map(|user| (&user.name[..], &user.stored[..]));
    let mut accepted = oracle.accepts_each(&right.chain(stored).collect::<Vec<_>>());
    let leaks = accepted.split_off(users.len() + others.len());
    let is_accepted = |(user, accepted): (&User, bool)| accepted && can_be_typed(&user.name);
    let intruded = accepted.split_off(users.len());
    let intruders =
        others.iter().zip(intruded).filter(|(_, accepted)| *accepted).map(|(user, _)| user).collect();
    let answers = users.iter().zip(accepted).zip(leaks);
    let answers: Vec<_> = answers
        .map(|((user, accepted), leaks)| Answer { user, accepted: is_accepted((user, accepted)), leaks })
        .collect();
    let mut tally = tally.lock().unwrap();
    tally.files += 1;
    tally.users += answers.len();
    tally.rejected += answers.iter().filter(|answer| !answer.accepted).count();
    if one_file().is_some() {
        let shown = text.iter().copied().filter(|&byte| byte != b'x').collect::<Vec<_>>();
        counted(&shown.escape_ascii().to_string().replace("\\n", "\n"));
    }
    let judge = Judge { findings: Finding::all(&report), answers, intruders };
    for (line, problem) in judge.problems() {
        let content = text.split(|&byte| byte == b'\n').nth(line - 1).unwrap_or_default();
        if let Some(exception) = exceptions::find(server.name, content, &problem) {
            *tally.exceptions.entry(exception).or_default() += 1;
            continue;
        }
        let shown = &content[..content.len().min(200)];
        tally.problems.push(format!(
            "{} file {number} line {line}: {problem}\n    {}",
            server.name,
            shown.escape_ascii()
        ));
    }
}

/// No keyboard types these characters, so such a name is useless even if a server compares all bytes.
fn can_be_typed(name: &[u8]) -> bool {
    !name.iter().any(|byte| b"\0\r".contains(byte)) && !name.starts_with("\u{feff}".as_bytes())
}

macro_rules! servers {
    ($($test:ident: $name:literal,)*) => {
        $(#[test]
        fn $test() {
            compare($name);
        })*

        #[test]
        fn every_server_on_this_machine_is_compared() {
            assert_eq!([$($name),*], Oracle::NAMES);
        }
    };
}

servers! {
    registry_agrees_with_check: "registry",
    httpd_agrees_with_check: "httpd",
    nginx_agrees_with_check: "nginx",
    squid_agrees_with_check: "squid",
    lighttpd_agrees_with_check: "lighttpd",
    rclone_agrees_with_check: "rclone",
    h2o_agrees_with_check: "h2o",
    radicale_agrees_with_check: "radicale",
    wsgidav_agrees_with_check: "wsgidav",
    pypiserver_agrees_with_check: "pypiserver",
}
