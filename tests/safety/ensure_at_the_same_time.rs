//! Several `--ensure` at once: as if they had come one after the other.

use crate::support::{SHA1, Sandbox, TWO_USERS};

const ROUNDS: usize = 12;

/// How many of these have said `change`.
fn count(said: &[String], change: &str) -> usize {
    said.iter().filter(|said| said.contains(&format!(": {change}\n"))).count()
}

/// Runs the same several times at once, with success; what each said, and what each printed.
fn at_once(sandbox: &Sandbox, args: &[&str], number: usize) -> (Vec<String>, Vec<String>) {
    let running: Vec<_> = (0..number).map(|_| sandbox.call(args).start()).collect();
    let runs = running.into_iter().map(|running| {
        let run = running.wait();
        run.exits(0);
        (run.stderr(), run.stdout())
    });
    runs.unzip()
}

#[test]
fn one_adds_the_user_and_the_others_find_it() {
    for content in [None, Some(TWO_USERS)] {
        for _ in 0..ROUNDS {
            let sandbox = Sandbox::new();
            if let Some(content) = content {
                sandbox.write("passwd", content);
            }
            let (said, _) = at_once(&sandbox, &["--ensure", "-b", "passwd", "alice", "secret"], 4);
            assert_eq!((count(&said, "added"), count(&said, "unchanged")), (1, 3), "{said:?}");
            assert_eq!(sandbox.text("passwd").matches("alice:").count(), 1);
            assert!(sandbox.verifies("alice", "secret"));
            assert_eq!(sandbox.names(), ["passwd"]);
        }
    }
}

#[test]
fn one_updates_the_user_and_the_others_find_it() {
    for _ in 0..ROUNDS {
        let sandbox = Sandbox::with(format!("alice:{SHA1}\n"));
        let (said, _) = at_once(&sandbox, &["--ensure", "-mb", "passwd", "alice", "secret"], 4);
        assert_eq!((count(&said, "updated"), count(&said, "unchanged")), (1, 3), "{said:?}");
    }
}

#[test]
fn of_several_generated_passwords_the_one_that_is_shown_is_right() {
    for content in [None, Some(TWO_USERS)] {
        for _ in 0..ROUNDS {
            let sandbox = Sandbox::new();
            if let Some(content) = content {
                sandbox.write("passwd", content);
            }
            let (_, printed) = at_once(&sandbox, &["--ensure", "--generate", "passwd", "alice"], 4);
            let shown: Vec<_> = printed.iter().filter(|printed| !printed.is_empty()).collect();
            assert_eq!(shown.len(), 1, "{printed:?}");
            assert!(sandbox.verifies("alice", shown[0].trim_end()), "{printed:?}");
        }
    }
}

#[test]
fn different_users_are_all_there() {
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
fn an_update_between_looking_and_writing_is_seen() {
    // The lock is held while the program has looked and hashed: it finds another hash under the lock.
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
