//! Times of answers: an unknown user and a user who is not allowed take as long as a known one.

use std::time::{Duration, Instant};

use htpasswd::{Cost, Params, Password, PasswordHash};

use crate::service::{Request, Service};

/// A hash of the password `secret` with bcrypt of this cost.
fn hash(cost: u32) -> String {
    let params = Params::Bcrypt(Cost::new(cost).unwrap());
    PasswordHash::create(&Password::new("secret").unwrap(), &params).unwrap().to_string()
}

/// Starts a site with many users who have hashes of one cost. Only `alice` is allowed.
fn start() -> Service {
    let users = format!("alice:{0}\nbob:{0}\ncarol:{0}\n", hash(8));
    let settings = "failures-per-user = 100000\nfailures-per-address = 100000\nthreads = 1\ncache = 0\n";
    let site = "[sites.a]\nfile = \"DIR/users\"\nusers = [\"alice\"]\n";
    Service::configured(&format!("{settings}{site}"), &[("users", &users)])
}

/// The time of a guess, as a client measures it.
fn time(service: &Service, user: &str, guess: &str) -> Duration {
    let start = Instant::now();
    assert_eq!(service.send(Request::get("/auth/a").login(user, guess)).status, 401);
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Fails if one of the times is more than twice as long as another one.
#[track_caller]
fn assert_equal(times: &[(&str, Duration)]) {
    let (longest, shortest) =
        (times.iter().map(|(_, time)| time).max(), times.iter().map(|(_, time)| time).min());
    assert!(longest.unwrap().as_secs_f64() < 2.0 * shortest.unwrap().as_secs_f64(), "{times:?}");
}

#[test]
fn unknown_and_not_allowed_users_take_as_long_as_known_ones() {
    let service = start();
    let users = ["alice", "bob", "unknown", "another unknown"];
    let mut times = vec![Vec::new(); users.len()];
    // The users take turns, so that other programs on the machine slow all of them.
    for guess in 0..25 {
        for (user, times) in users.iter().zip(&mut times) {
            times.push(time(&service, user, &format!("guess {guess}")));
        }
    }
    let medians: Vec<_> = users.into_iter().zip(times.into_iter().map(median)).collect();
    assert!(medians[0].1 > Duration::from_millis(2), "the hash costs time: {medians:?}");
    assert_equal(&medians);
}

#[test]
fn equal_guesses_at_once_take_as_long_for_unknown_users() {
    let service = start();
    let together = |user: &str, guess: &str| {
        let times: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| time(&service, user, guess))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        times.into_iter().max().unwrap()
    };
    let users = ["alice", "unknown"];
    let mut times = vec![Vec::new(); users.len()];
    for guess in 0..15 {
        for (user, times) in users.iter().zip(&mut times) {
            times.push(together(user, &format!("guess {guess}")));
        }
    }
    assert_equal(&users.into_iter().zip(times.into_iter().map(median)).collect::<Vec<_>>());
}
