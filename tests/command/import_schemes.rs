//! `--import` makes hashes of every scheme that verify and that look like the hashes of a call for one user.

use crate::support::import::{import, imported, summary};
use crate::support::{APR1, BCRYPT, DES, PLAIN_WARNING, SHA1, SHA256_CRYPT, SHA512_CRYPT, Sandbox, hash_of};

#[test]
fn each_scheme_makes_hashes_that_match() {
    for (options, start, length) in [
        ([].as_slice(), "$2y$10$", BCRYPT.len()),
        (&["-C4"], "$2y$04$", BCRYPT.len()),
        (&["-m"], "$apr1$", APR1.len()),
        (&["-2"], "$5$", SHA256_CRYPT.len()),
        (&["-5"], "$6$", SHA512_CRYPT.len()),
        (&["-2", "-r", "1000"], "$5$rounds=1000$", SHA256_CRYPT.len() + 12),
        (&["-5r1000"], "$6$rounds=1000$", SHA512_CRYPT.len() + 12),
        (&["-B"], "$2y$10$", BCRYPT.len()),
        (&["-B", "-C", "4"], "$2y$04$", BCRYPT.len()),
        (&["-mB", "-C7"], "$2y$07$", BCRYPT.len()),
        (&["-d"], "", DES.len()),
        (&["-s"], "{SHA}", SHA1.len()),
    ] {
        // The program computes several hashes at once. The number 19 is larger than the number of those hashes, and
        // not a multiple of it.
        let passwords: Vec<_> = (0..19).map(|number| format!("{number}pw")).collect();
        let input = passwords
            .iter()
            .enumerate()
            .map(|(number, password)| format!("user{number}:{password}\n"))
            .collect::<Vec<_>>()
            .concat();
        let sandbox = imported(options, input, passwords.len());
        let text = sandbox.text("passwd");
        for (number, password) in passwords.iter().enumerate() {
            let user = format!("user{number}");
            let hash = hash_of(&text, &user);
            assert!(hash.starts_with(start) && hash.len() == length, "{options:?}: {hash}");
            assert!(sandbox.verifies(&user, password), "{options:?}: {user}");
            assert!(!sandbox.verifies(&user, "wrong"));
        }
    }
}

#[test]
fn passwords_of_every_length_can_be_hashed_at_once() {
    let passwords: Vec<_> = (1..=72).map(|length| "x".repeat(length)).collect();
    let input = passwords
        .iter()
        .map(|password| format!("u{}:{password}\n", password.len()))
        .collect::<Vec<_>>()
        .concat();
    let sandbox = imported(&["-B", "-C", "4"], input, passwords.len());
    for password in &passwords {
        assert!(sandbox.verifies(&format!("u{}", password.len()), password));
    }
}

#[test]
fn each_user_has_a_salt_of_its_own() {
    for scheme in ["-m", "-2", "-5", "-B", "-d"] {
        let input = (0..8).map(|number| format!("u{number}:secret\n")).collect::<Vec<_>>().concat();
        let text = imported(&[scheme], input, 8).text("passwd");
        let mut hashes: Vec<_> = text.lines().map(|line| line.split_once(':').unwrap().1).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 8, "{scheme}");
    }
}

#[test]
fn plain_text_is_written_with_the_warning_of_a_single_call() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-p"], "alice:secret\ndave:a:b\n");
    run.exits(0).stderr_is(&format!("{PLAIN_WARNING}{}", summary(2, 0, 0, 0)));
    assert!(sandbox.text("passwd").starts_with("alice:secret\n"));
}

#[test]
fn an_unused_cost_or_rounds_number_warns() {
    let sandbox = Sandbox::with("");
    let run = import(&sandbox, &["-s", "-C", "5"], "alice:secret\n");
    run.exits(0);
    let warning = "Warning: Ignoring -C/-r argument for this algorithm.\n";
    run.stderr_is(&format!("{warning}{}", summary(1, 0, 0, 0)));
    assert_eq!(run.warnings().len(), 1, "{run}");
}
