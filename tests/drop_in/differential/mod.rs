//! Calls at random, made of both programs: what differs is what `docs/compatibility.md` says.
//!
//! `cargo test` makes the same few hundred calls each time, `HTPASSWD_TEST_FULL=1` twenty thousand from another seed
//! each time, and `HTPASSWD_TEST_SEED` chooses the seed. With `HTPASSWD_UNDER_TEST` set, Apache's tool is compared
//! with itself: then nothing may differ, or the comparison is not sound.

mod generator;
mod grammar;
mod model;
mod outcome;
mod random;
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
use self::grammar::Words;
use self::model::{Dialect, Rows, expect};
use self::outcome::Outcome;
use self::scheme::Scheme;
use crate::support::strace::{counted, full};
use crate::support::{Exit, Sandbox, bytes, original, program, skipped};

const APACHE: &str = "/usr/bin/htpasswd";

/// So many failures are shown.
const SHOWN: usize = 5;

/// What both programs did.
#[derive(Default)]
struct Tally {
    calls: usize,
    differences: usize,
    rows: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

#[test]
fn calls_at_random_differ_where_the_table_says_so_and_nowhere_else() {
    let apache = Path::new(APACHE);
    if !is_apache(apache) {
        skipped("Apache's htpasswd is not at /usr/bin/htpasswd");
        return;
    }
    let seed = std::env::var("HTPASSWD_TEST_SEED").ok().map(|seed| seed.parse().unwrap());
    let (calls, seed) = match (full(), seed) {
        (true, seed) => (20_000, seed.unwrap_or_else(seed_of_now)),
        (false, seed) => (300, seed.unwrap_or(1)),
    };
    let ours = program();
    let (next, tally, enough) = (AtomicU64::new(0), Mutex::new(Tally::default()), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
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
                        Err(why) => {
                            tally.failures.push(format!("seed {seed}, call {number}:\n{call}\n{why}"));
                        }
                    }
                    enough.store(tally.failures.len() >= SHOWN, Ordering::Relaxed);
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

fn seed_of_now() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos())
}

/// Makes the call of both programs. Returns the rows that had a say if they differ.
fn compare(call: &Call, apache: &Path, ours: &Path) -> Result<Rows, String> {
    let theirs = [expect(call, Dialect::Apache), expect(call, Dialect::Ours)];
    let dialects = [Dialect::Apache, if original() { Dialect::Apache } else { Dialect::Ours }];
    let mut outcomes = Vec::new();
    for (path, dialect) in [apache, ours].into_iter().zip(dialects) {
        let (scheme, user) = subject(call, dialect);
        outcomes.push(Outcome::of(path, call, &scheme, &user));
    }
    let rows: Rows =
        if original() { Rows::new() } else { theirs.iter().flat_map(|one| one.rows.clone()).collect() };

    let mut problems = Vec::new();
    let differ = outcomes[0] != outcomes[1];
    if differ && rows.is_empty() {
        problems.push("they differ, and no row speaks of such a call".to_owned());
    } else if differ {
        for ((name, outcome), expected) in ["Apache's", "ours"].iter().zip(&outcomes).zip(&theirs) {
            problems.extend(outcome.differs_from(expected).into_iter().map(|what| format!("{name}: {what}")));
        }
    }
    for (outcome, expected) in outcomes.iter().zip(&theirs) {
        if let (Some(hash), Some(password)) = (&outcome.aside.hash, &expected.password) {
            problems.extend(unfit(hash, password, apache));
        }
    }
    if problems.is_empty() {
        return Ok(if differ { rows } else { Rows::new() });
    }
    Err(format!(
        "  {}\n  rows that could speak of it: {rows:?}\n  Apache's:\n{}\n  ours:\n{}",
        problems.join("\n  "),
        outcomes[0],
        outcomes[1]
    ))
}

/// The scheme and the user of a call, for telling new hashes from old ones.
fn subject(call: &Call, dialect: Dialect) -> (Scheme, Vec<u8>) {
    let words = Words::read(&call.arguments, dialect, &mut Rows::new());
    let at = usize::from(!words.modes.contains(&b'n'));
    let user = words.operands.get(at).cloned().unwrap_or_default();
    (Scheme::new(words.scheme, words.number), user)
}

/// Each program takes the hash that either made of the password.
fn unfit(hash: &[u8], password: &[u8], apache: &Path) -> Option<String> {
    let ours = PasswordHash::parse(hash).is_ok_and(|hash| hash.verify(&Password::new(password).unwrap()));
    let sandbox = Sandbox::with([b"u:", hash, b"\n"].concat());
    let arguments = [bytes(b"-vb"), bytes(b"passwd"), bytes(b"u"), bytes(password)];
    let theirs = password.len() > 255 || sandbox.call(arguments).program(apache).run().exit == Exit::Code(0);
    let shown = hash.escape_ascii();
    (!ours || !theirs).then(|| format!("{shown} fits its password: ours says {ours}, Apache's {theirs}"))
}
