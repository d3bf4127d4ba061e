//! Benchmarks of the parts of the library: `cargo bench -p htpasswd`. Compare a figure only with a peer in the
//! same run, because absolute times depend on the machine.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark is not an API, and its input is known to be valid"
)]

use crypt_lanes::{BcryptInput, BcryptVariant};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::net::IpAddr;
use std::time::Duration;

use htpasswd::auth::WatchedUsers;
use htpasswd::bulk::BulkHasher;
use htpasswd::{
    Authenticator, Cost, Credentials, Document, Params, Password, PasswordHash, Username, Users, Verdict,
};

fn main() {
    divan::main();
}

fn password() -> Password {
    Password::new("correct horse battery staple").unwrap()
}

fn bcrypt_10() -> Params {
    Params::Bcrypt(Cost::new(10).unwrap())
}

#[divan::bench(args = [Params::Sha1, Params::Apr1, Params::Sha256Crypt(None), Params::Sha512Crypt(None), Params::DesCrypt])]
fn create(bencher: Bencher<'_, '_>, params: &Params) {
    let password = password();
    bencher.bench(|| PasswordHash::create(black_box(&password), params).unwrap());
}

#[divan::bench(sample_count = 20)]
fn bcrypt_cost_10_ours(bencher: Bencher<'_, '_>) {
    let (password, params) = (password(), bcrypt_10());
    bencher.bench(|| PasswordHash::create(black_box(&password), &params).unwrap());
}

#[divan::bench(sample_count = 20)]
fn bcrypt_cost_10_crate(bencher: Bencher<'_, '_>) {
    let password = password();
    bencher.bench(|| bcrypt::hash_with_salt(black_box(password.as_bytes()), 10, [7; 16]).unwrap());
}

fn sha1_file(users: usize) -> String {
    let lines = (0..users).map(|user| format!("u{user}:{{SHA}}5en6G6MezRroT3XKqkdPOmY/BfQ="));
    lines.collect::<Vec<_>>().join("\n")
}

fn bcrypt_file(users: usize) -> String {
    let hash = "$2y$10$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna";
    let lines = (0..users).map(|user| format!("user{user:07}:{hash}\n"));
    lines.collect::<Vec<_>>().concat()
}

#[divan::bench(args = [100, 10_000, 1_000_000])]
fn set_the_last_of_many_users(bencher: Bencher<'_, '_>, users: usize) {
    let file = sha1_file(users);
    let user = Username::new(format!("u{}", users - 1)).unwrap();
    let hash = PasswordHash::create(&password(), &Params::Sha1).unwrap();
    bencher.with_inputs(|| Document::parse(file.as_str())).bench_values(|mut document| {
        document.set(&user, &hash);
        document
    });
}

/// A sample is one call, and divan's item rate is hashes per second.
#[divan::bench(consts = [5, 10], args = [1, 2, 3, 4, 8], max_time = 0.5)]
fn bcrypt_each<const COST: u32>(bencher: Bencher<'_, '_>, jobs: usize) {
    let job =
        BcryptInput { variant: BcryptVariant::Y, salt: [7; 16], password: b"correct horse battery staple" };
    let jobs = vec![job; jobs];
    bencher
        .counter(ItemsCount::new(jobs.len()))
        .bench(|| crypt_lanes::bcrypt_each(COST, black_box(&jobs)).unwrap());
}

#[divan::bench(args = [(1_000, Params::Bcrypt(Cost::new(5).unwrap())), (100_000, Params::Sha1)], sample_count = 5, sample_size = 1)]
fn bulk(bencher: Bencher<'_, '_>, (users, params): &(usize, Params)) {
    bencher
        .counter(ItemsCount::new(*users))
        .with_inputs(|| (0..*users).map(|user| (user, password())).collect::<Vec<_>>())
        .bench_values(|jobs| BulkHasher::new(*params).hash_all(jobs).unwrap());
}

#[divan::bench(args = [100_000, 1_000_000], sample_count = 10, sample_size = 1)]
fn index_lines(bencher: Bencher<'_, '_>, users: usize) {
    let document = Document::parse(bcrypt_file(users));
    bencher.counter(ItemsCount::new(users)).bench_local(|| black_box(document.index().len()));
}

/// Indexes the lines, as [`index_lines`] does, and validates each hash.
#[divan::bench(args = [100_000, 1_000_000], sample_count = 10, sample_size = 1)]
fn load_users(bencher: Bencher<'_, '_>, users: usize) {
    let file = bcrypt_file(users);
    bencher
        .counter(ItemsCount::new(users))
        .with_inputs(|| Document::parse(file.as_str()))
        .bench_values(Users::from);
}

/// Looks up and parses a hash: all work before the verification.
#[divan::bench(args = [100, 100_000])]
fn look_up_a_user(bencher: Bencher<'_, '_>, users: usize) {
    let table = Users::from(bcrypt_file(users));
    let mut numbers = (0..users).cycle().step_by(7919);
    bencher
        .with_inputs(|| format!("user{:07}", numbers.next().unwrap_or_default()))
        .bench_local_values(|user| table.get(user).unwrap());
}

fn authenticator(cached: usize) -> Authenticator {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    let hash = PasswordHash::create(&password(), &Params::Sha1).unwrap();
    std::fs::write(&path, format!("alice:{}\n", String::from_utf8_lossy(hash.as_bytes()))).unwrap();
    let users = WatchedUsers::open(path).unwrap();
    Authenticator::builder(users).cache(Duration::from_secs(3600), cached).start().unwrap()
}

/// Verifies a login from a header, answered from the cache, on one and on two threads.
#[divan::bench(threads = [1, 2])]
fn log_in_cached(bencher: Bencher<'_, '_>) {
    let authenticator = authenticator(100);
    let header = b"Basic YWxpY2U6Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==";
    let log_in =
        || authenticator.authenticate_blocking(&Credentials::from_header(black_box(header)).unwrap(), None);
    assert!(matches!(log_in(), Verdict::Accepted { .. }));
    bencher.bench(log_in);
}

/// Measures the time to pass a login to a hashing thread and to get the verdict back. The hash itself is a single
/// SHA-1.
#[divan::bench]
fn log_in_not_cached(bencher: Bencher<'_, '_>) {
    let authenticator = authenticator(0);
    let credentials = Credentials::new("alice", password().as_bytes()).unwrap();
    let log_in = || authenticator.authenticate_blocking(&credentials, None);
    assert!(matches!(log_in(), Verdict::Accepted { .. }));
    bencher.bench(log_in);
}

/// Rejects a login because the queue is full of logins from one IPv6 site. The time should hardly depend on the
/// length of the queue.
#[divan::bench(args = [1_000, 100_000])]
fn turn_away_from_a_full_queue(bencher: Bencher<'_, '_>, jobs: usize) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    // The hash is so costly that the only thread does not begin the second job during the measurement.
    std::fs::write(&path, "alice:$2y$16$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna\n").unwrap();
    let builder = Authenticator::builder(WatchedUsers::open(path).unwrap()).threads(1);
    let authenticator = builder.queue_limit(jobs).queue_timeout(Duration::MAX).start().unwrap();
    let log_in = |number: usize| {
        let [.., high, low] = (number as u64 * 256).to_be_bytes();
        let network = u16::from_be_bytes([high, low]);
        let address = IpAddr::from([0x2001, 0xdb8, 0, network, 0, 0, 0, 1]);
        authenticator.authenticate(&Credentials::new("alice", number.to_string()).unwrap(), Some(address))
    };
    let waiting: Vec<_> = (0..jobs + 4).map(log_in).collect();
    let mut numbers = jobs..;
    bencher.bench_local(|| log_in(numbers.next().unwrap_or_default()));
    drop(waiting);
}

/// Measures the reload check of each login while the file does not change, on one and on two threads.
#[divan::bench(threads = [1, 2])]
fn look_at_shared_users(bencher: Bencher<'_, '_>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("users");
    std::fs::write(&path, bcrypt_file(100)).unwrap();
    let users = WatchedUsers::open(path).unwrap();
    bencher.bench(|| {
        users.reload_if_changed().unwrap();
        users.current()
    });
}
