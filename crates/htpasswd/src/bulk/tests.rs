//! Tests of bulk hashing: order, progress, cancellation and errors.

use std::error::Error as _;
use std::thread;
use std::time::{Duration, Instant};

use super::queue::{Job, largest_batch};
use super::*;
use crate::hash::HashError;
use crate::hash::{Cost, Rounds};

fn bcrypt(cost: u32) -> Params {
    Params::Bcrypt(Cost::new(cost).unwrap())
}

fn all_params() -> [Params; 7] {
    let rounds = Some(Rounds::new(1000).unwrap());
    [
        bcrypt(4),
        Params::Apr1,
        Params::Sha256Crypt(rounds),
        Params::Sha512Crypt(rounds),
        Params::Sha1,
        Params::DesCrypt,
        Params::Plain,
    ]
}

/// Returns the password of a user, who is a number. Each user has a different password.
fn password(user: usize) -> Password {
    Password::new(format!("{user} secret")).unwrap()
}

fn jobs(count: usize) -> Vec<(usize, Password)> {
    (0..count).map(|user| (user, password(user))).collect()
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

#[test]
fn every_user_gets_the_hash_of_their_password_in_order() {
    for params in all_params() {
        for count in [0, 1, 2, 3, 4, 5, 9] {
            for workers in [1, 3] {
                let hashes = BulkHasher::new(params).threads(threads(workers)).hash_all(jobs(count)).unwrap();
                assert_eq!(hashes.len(), count, "{params:?}");
                for (index, (user, hash)) in hashes.iter().enumerate() {
                    assert_eq!(*user, index, "{params:?}, {workers} threads");
                    assert!(
                        hash.verify(&password(index)),
                        "{params:?}, {workers} threads, {index} of {count}"
                    );
                }
            }
        }
    }
}

#[test]
fn order_is_kept_over_many_batches() {
    for params in [Params::Sha1, Params::Plain] {
        let hashes = BulkHasher::new(params).threads(threads(3)).hash_all(jobs(10_000)).unwrap();
        assert_eq!(hashes.len(), 10_000);
        for (index, (user, hash)) in hashes.iter().enumerate() {
            assert_eq!(*user, index);
            assert_eq!(hash.as_bytes(), PasswordHash::create(&password(index), &params).unwrap().as_bytes());
        }
    }
}

#[test]
fn hashes_have_the_format_of_create() {
    for params in all_params() {
        let single = PasswordHash::create(&password(0), &params).unwrap();
        let hashes = BulkHasher::new(params).hash_all(jobs(4)).unwrap();
        for (_, hash) in hashes {
            assert_eq!(hash.scheme(), single.scheme());
            assert_eq!(hash.as_bytes().len(), single.as_bytes().len());
            assert_eq!(PasswordHash::parse_or_plain(hash.as_bytes()).unwrap().scheme(), single.scheme());
        }
    }
}

#[test]
fn every_hash_has_its_own_salt() {
    let jobs = (0..9).map(|user| (user, password(0))).collect();
    let hashes = BulkHasher::new(bcrypt(4)).threads(threads(2)).hash_all(jobs).unwrap();
    let mut texts: Vec<_> = hashes.iter().map(|(_, hash)| hash.as_bytes()).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 9);
}

#[test]
fn progress_reaches_the_total_on_the_calling_thread() {
    for (params, count) in [(bcrypt(4), 30), (Params::Sha1, 5000)] {
        for workers in [1, 3] {
            let caller = thread::current().id();
            let mut seen = vec![0];
            BulkHasher::new(params)
                .threads(threads(workers))
                .on_progress(|progress| {
                    assert_eq!(thread::current().id(), caller);
                    assert_eq!(progress.total, count);
                    seen.push(progress.done);
                    ControlFlow::Continue(())
                })
                .hash_all(jobs(count))
                .unwrap();
            assert!(seen.is_sorted(), "{seen:?}");
            assert!(seen.len() > 3, "{seen:?}");
            assert_eq!(seen.last(), Some(&count));
        }
    }
}

#[test]
fn the_callback_is_called_before_the_first_hash_is_done() {
    let mut seen = Vec::new();
    BulkHasher::new(bcrypt(15))
        .threads(threads(2))
        .on_progress(|progress| {
            seen.push(progress.done);
            ControlFlow::Continue(())
        })
        .hash_all(jobs(2))
        .unwrap();
    assert_eq!((seen.first(), seen.last()), (Some(&0), Some(&2)));
}

#[test]
fn a_break_skips_the_remaining_passwords() {
    for workers in [1, 3] {
        let start = Instant::now();
        let mut calls = 0;
        let result = BulkHasher::new(bcrypt(10))
            .threads(threads(workers))
            .on_progress(|_| {
                calls += 1;
                ControlFlow::Break(())
            })
            .hash_all(jobs(10_000));
        assert_eq!(result.unwrap_err(), BulkHashError::Cancelled);
        assert_eq!(calls, 1);
        // Computing all 10,000 hashes would take minutes.
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }
}

#[test]
fn the_error_has_the_index_of_the_first_failed_job() {
    for workers in [1, 3] {
        for bad in [&[0][..], &[3000, 1500, 4999], &[4999]] {
            let mut jobs = jobs(5000);
            for &bad in bad {
                jobs[bad].1 = Password::new("a\nroot:b").unwrap();
            }
            let error = BulkHasher::new(Params::Plain).threads(threads(workers)).hash_all(jobs).unwrap_err();
            let index = *bad.iter().min().unwrap();
            assert_eq!(error, BulkHashError::Hash { index, source: HashError::NotPlain });
        }
    }
    let error = BulkHashError::Hash { index: 7, source: HashError::NotPlain };
    assert_eq!(error.to_string(), "cannot hash the password of job 7");
    assert_eq!(error.source().map(ToString::to_string), Some(HashError::NotPlain.to_string()));
}

#[test]
fn users_of_jobs_stay_on_the_thread_of_the_caller() {
    let owner = std::rc::Rc::new("dreamfish");
    let jobs = (0..9).map(|user| (owner.clone(), password(user))).collect();
    let hashes = BulkHasher::new(bcrypt(4)).threads(threads(3)).hash_all(jobs).unwrap();
    assert!(hashes[8].1.verify(&password(8)));
}

#[test]
fn debug_output_shows_the_settings() {
    let hasher = BulkHasher::new(Params::Sha1).threads(threads(2));
    assert_eq!(format!("{hasher:?}"), "BulkHasher { params: Sha1, threads: Some(2), .. }");
}

#[test]
fn ensure_each_keeps_matching_hashes_and_creates_the_others() {
    let old = |params: &Params, user: usize| PasswordHash::create(&password(user), params).unwrap();
    for workers in [1, 3] {
        // Each three jobs have a matching hash, a wrong hash and no hash. Costs and schemes are mixed.
        let jobs: Vec<_> = (0..30)
            .map(|user| {
                let params = [bcrypt(4), bcrypt(5), Params::Apr1, bcrypt(4)][user % 4];
                let hash = match user % 3 {
                    0 => Some(old(&params, user)),
                    1 => Some(old(&params, user + 1)),
                    _ => None,
                };
                ((user, hash.clone()), (password(user), hash))
            })
            .collect();
        let mut seen = 0;
        let result =
            BulkHasher::new(bcrypt(4)).threads(threads(workers)).ensure_each(jobs, |(user, before), hash| {
                assert_eq!(user, seen);
                seen += 1;
                assert!(hash.verify(&password(user)), "{user}");
                let kept = before.is_some_and(|before| before.as_bytes() == hash.as_bytes());
                assert_eq!(kept, user % 3 == 0, "{user}");
            });
        assert_eq!((result, seen), (Ok(()), 30));
    }
}

/// A job that fails after a number of milliseconds, or succeeds with `None`.
struct Fails(Option<u64>);

impl Job for Fails {
    fn hash_many(jobs: Vec<Self>, params: &Params) -> Result<Vec<PasswordHash>, (usize, HashError)> {
        let failure = jobs.iter().enumerate().find_map(|(index, job)| Some((index, job.0?)));
        if let Some((index, time)) = failure {
            thread::sleep(Duration::from_millis(time));
            return Err((index, HashError::Random));
        }
        let password = Password::new("secret").unwrap();
        Ok(jobs.iter().map(|_| PasswordHash::create(&password, params).unwrap()).collect())
    }
}

#[test]
fn the_error_of_the_earliest_job_is_returned_in_any_timing() {
    let lanes = largest_batch(&bcrypt(4));
    for (times, workers) in [([200, 0], 2), ([0, 200], 2), ([0, 0], 1)] {
        let jobs = (0..16).map(|index| match index {
            5 => (index, Fails(Some(times[0]))),
            10 => (index, Fails(Some(times[1]))),
            _ => (index, Fails(None)),
        });
        // A batch of bcrypt has four or five jobs, so the jobs 5 and 10 are in different batches.
        let hasher = BulkHasher::new(bcrypt(4)).threads(threads(workers));
        let mut taken = Vec::new();
        let result = hasher.each(jobs.collect::<Vec<_>>(), |index, _| taken.push(index));
        assert_eq!(result, Err(BulkHashError::Hash { index: 5, source: HashError::Random }));
        let before = 5 / lanes * lanes;
        assert!(taken.iter().copied().eq(0..before), "{taken:?}");
    }
}
