//! Tests of several `--ensure` runs at the same time. The file and the reports must be the same as if each run began
//! after the previous run had ended.

use crate::support::{SHA1, Sandbox, TWO_USERS};

const ROUNDS: usize = 12;

/// The number of reports that contain this change, such as `added` or `updated`.
fn count(reports: &[String], change: &str) -> usize {
    reports.iter().filter(|report| report.contains(&format!(": {change}\n"))).count()
}

/// Runs one command several times at the same time. Returns the standard error and the standard output of each run.
/// Fails unless each run succeeds.
fn run_at_the_same_time(sandbox: &Sandbox, args: &[&str], number: usize) -> (Vec<String>, Vec<String>) {
    let running: Vec<_> = (0..number).map(|_| sandbox.call(args).start()).collect();
    let runs = running.into_iter().map(|running| {
        let run = running.wait();
        run.exits(0);
        (run.stderr(), run.stdout())
    });
    runs.unzip()
}

#[test]
fn one_of_four_runs_adds_the_user() {
    for content in [None, Some(TWO_USERS)] {
        for _ in 0..ROUNDS {
            let sandbox = Sandbox::new();
            if let Some(content) = content {
                sandbox.write("passwd", content);
            }
            let (reports, _) =
                run_at_the_same_time(&sandbox, &["--ensure", "-b", "passwd", "alice", "secret"], 4);
            assert_eq!((count(&reports, "added"), count(&reports, "unchanged")), (1, 3), "{reports:?}");
            assert_eq!(sandbox.text("passwd").matches("alice:").count(), 1);
            assert!(sandbox.verifies("alice", "secret"));
            assert_eq!(sandbox.names(), ["passwd"]);
        }
    }
}

#[test]
fn one_of_four_runs_updates_the_user() {
    for _ in 0..ROUNDS {
        let sandbox = Sandbox::with(format!("alice:{SHA1}\n"));
        let (reports, _) =
            run_at_the_same_time(&sandbox, &["--ensure", "-mb", "passwd", "alice", "secret"], 4);
        assert_eq!((count(&reports, "updated"), count(&reports, "unchanged")), (1, 3), "{reports:?}");
    }
}

#[test]
fn only_the_run_that_adds_the_user_prints_its_password() {
    for content in [None, Some(TWO_USERS)] {
        for _ in 0..ROUNDS {
            let sandbox = Sandbox::new();
            if let Some(content) = content {
                sandbox.write("passwd", content);
            }
            let (_, printed) =
                run_at_the_same_time(&sandbox, &["--ensure", "--generate", "passwd", "alice"], 4);
            let passwords: Vec<_> = printed.iter().filter(|output| !output.is_empty()).collect();
            assert_eq!(passwords.len(), 1, "{printed:?}");
            assert!(sandbox.verifies("alice", passwords[0].trim_end()), "{printed:?}");
        }
    }
}

#[test]
fn runs_for_different_users_lose_no_user() {
    for _ in 0..ROUNDS {
        let sandbox = Sandbox::new();
        let running: Vec<_> = (0..6)
            .map(|user| sandbox.call(["--ensure", "-bs", "passwd", &format!("u{user}"), "secret"]).start())
            .collect();
        for running in running {
            running.wait().exits(0);
        }
        assert_eq!(sandbox.text("passwd").lines().count(), 6);
        assert_eq!(sandbox.mode("passwd"), 0o600);
    }
}

#[test]
fn a_hash_that_changes_before_the_lock_is_read_again() {
    // The test holds the lock until the program has read the file and computed a hash. Then it changes the hash in
    // the file.
    for _ in 0..ROUNDS {
        let sandbox = Sandbox::with("alice:x\n");
        let file = std::fs::File::options().read(true).write(true).open(sandbox.path("passwd")).unwrap();
        file.lock().unwrap();
        let running = sandbox.call(["--ensure", "-bs", "passwd", "alice", "secret"]).start();
        std::thread::sleep(std::time::Duration::from_millis(60));
        std::fs::write(sandbox.path("passwd"), format!("alice:{SHA1}\n")).unwrap();
        drop(file);
        running.wait().exits(0).stderr_is("User alice: unchanged\n");
        assert_eq!(sandbox.text("passwd"), format!("alice:{SHA1}\n"));
    }
}
