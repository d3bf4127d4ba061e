//! Random calls of both programs. The test fails if the programs differ and no row of `docs/compatibility.md` describes
//! the difference.
//!
//! By default, the test makes the same 300 calls each time. With `HTPASSWD_TEST_FULL=1`, it makes 20,000 calls, which
//! are different each time. `HTPASSWD_TEST_SEED` sets the seed. If `HTPASSWD_UNDER_TEST` is set, the test compares
//! Apache's tool with itself, to show that the comparison finds no difference where there is none.

mod generator;
mod grammar;
mod model;
mod outcome;
mod records;
mod scheme;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use htpasswd::{Password, PasswordHash};

use self::generator::Call;
use self::grammar::Arguments;
use self::model::{Dialect, Rows, expect};
use self::outcome::Outcome;
use self::scheme::Scheme;
use crate::support::strace::{counted, full};
use crate::support::{Exit, Sandbox, bytes, original, program, skipped};

const APACHE: &str = "/usr/bin/htpasswd";

/// The number of failures after which the test stops.
const MAX_FAILURES: usize = 5;

/// The results of all calls.
#[derive(Default)]
struct Tally {
    calls: usize,
    differences: usize,
    rows: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

#[test]
fn random_calls_differ_only_where_the_table_says_so() {
    let apache = Path::new(APACHE);
    if !is_apache(apache) {
        skipped("Apache's htpasswd is not at /usr/bin/htpasswd");
        return;
    }
    let seed = std::env::var("HTPASSWD_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
    let (calls, seed) = match (full(), seed) {
        (true, seed) => (20_000, seed.unwrap_or_else(seed_from_clock)),
        (false, seed) => (300, seed.unwrap_or(1)),
    };
    let ours = program();
    let (next, tally, stop) = (AtomicU64::new(0), Mutex::new(Tally::default()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= calls {
                        break;
                    }
                    let call = generator::call(seed, number);
                    let result = compare(&call, apache, &ours);
                    let mut tally = tally.lock().unwrap();
                    tally.calls += 1;
                    match result {
                        Ok(rows) => {
                            tally.differences += usize::from(!rows.is_empty());
                            for row in rows {
                                *tally.rows.entry(row).or_default() += 1;
                            }
                        }
                        Err(problem) => {
                            tally.failures.push(format!("seed {seed}, call {number}:\n{call}\n{problem}"));
                        }
                    }
                    stop.store(tally.failures.len() >= MAX_FAILURES, Ordering::Relaxed);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    let mut summary = format!("seed {seed}, {} calls, {} differences:", tally.calls, tally.differences);
    for (row, count) in &tally.rows {
        write!(summary, " {row} {count}").unwrap();
    }
    counted(&summary);
    assert!(tally.failures.is_empty(), "\n{}", tally.failures.join("\n\n"));
    assert_eq!(original(), tally.differences == 0, "{summary}");
}

fn is_apache(path: &Path) -> bool {
    let sandbox = Sandbox::new();
    path.exists() && {
        let run = sandbox.call(["-n"]).program(path).run();
        run.exit == Exit::Code(2) && run.stderr().contains("passwordfile username")
    }
}

fn seed_from_clock() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos())
}

/// Runs both programs with the call. If their outcomes differ, returns the rows that describe the difference, or an
/// error if there are none.
fn compare(call: &Call, apache: &Path, ours: &Path) -> Result<Rows, String> {
    let expectations = [expect(call, Dialect::Apache), expect(call, Dialect::Ours)];
    let dialects = [Dialect::Apache, if original() { Dialect::Apache } else { Dialect::Ours }];
    let mut outcomes = Vec::new();
    for (path, dialect) in [apache, ours].into_iter().zip(dialects) {
        let (scheme, user) = subject(call, dialect);
        outcomes.push(Outcome::of(path, call, &scheme, &user));
    }
    let rows: Rows =
        if original() { Rows::new() } else { expectations.iter().flat_map(|one| one.rows.clone()).collect() };

    let mut problems = Vec::new();
    let differ = outcomes[0] != outcomes[1];
    if differ && rows.is_empty() {
        problems.push("the programs differ, and no row describes such a call".to_owned());
    } else if differ {
        for ((name, outcome), expected) in ["Apache's", "ours"].iter().zip(&outcomes).zip(&expectations) {
            let differences = outcome.differences_from(expected).into_iter();
            problems.extend(differences.map(|difference| format!("{name}: {difference}")));
        }
    }
    for (outcome, expected) in outcomes.iter().zip(&expectations) {
        if let (Some(hash), Some(password)) = (&outcome.not_compared.hash, &expected.password) {
            problems.extend(verify_error(hash, password, apache));
        }
    }
    if problems.is_empty() {
        return Ok(if differ { rows } else { Rows::new() });
    }
    Err(format!(
        "  {}\n  rows that could describe it: {rows:?}\n  Apache's:\n{}\n  ours:\n{}",
        problems.join("\n  "),
        outcomes[0],
        outcomes[1]
    ))
}

/// The scheme and the user of a call, with which [`Scheme::mask`] finds new hashes.
fn subject(call: &Call, dialect: Dialect) -> (Scheme, Vec<u8>) {
    let arguments = Arguments::read(&call.arguments, dialect, &mut Rows::new());
    let index = usize::from(!arguments.modes.contains(&b'n'));
    let user = arguments.operands.get(index).cloned().unwrap_or_default();
    (Scheme::new(arguments.scheme, arguments.number), user)
}

/// Returns an error if one of the programs does not verify the password against the hash, which one of them has made.
fn verify_error(hash: &[u8], password: &[u8], apache: &Path) -> Option<String> {
    let ours = PasswordHash::parse(hash).is_ok_and(|hash| hash.verify(&Password::new(password).unwrap()));
    let sandbox = Sandbox::with([b"u:", hash, b"\n"].concat());
    let arguments = [bytes(b"-vb"), bytes(b"passwd"), bytes(b"u"), bytes(password)];
    let theirs = password.len() > 255 || sandbox.call(arguments).program(apache).run().exit == Exit::Code(0);
    let hash = hash.escape_ascii();
    (!ours || !theirs)
        .then(|| format!("the hash {hash} verifies its password: ours {ours}, Apache's {theirs}"))
}
