//! Tests of argon2 with hashes that the reference implementation computed.
//!
//! The test vectors of RFC 9106 have a secret and associated data, which a hash of a password file cannot have.

use crate::hash::{Argon2Cost, HashError, LimitExceeded, Limits, Params, PasswordHash, Scheme, VerifyCost};
use crate::password::Password;

/// The password and the hash of each vector.
const HASHES: [(&str, &str); 14] = [
    // These hashes are in src/test.c of the reference implementation (P-H-C/phc-winner-argon2).
    ("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
    ("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
    ("password", "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"),
    // The program argon2 of Debian 12 (0~20171227), which is the reference implementation, computed these hashes.
    ("secret", "$argon2i$v=16$m=64,t=2,p=2$c2FsdHNhbHQ$/G5ZbKn47zU+6u5FTurt9abnC/0ZwCbU"),
    ("secret", "$argon2i$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$HXUF0bTInM4EKJmawGN8E2P6TZSLJ6ir"),
    ("secret", "$argon2d$v=16$m=64,t=2,p=2$c2FsdHNhbHQ$YYnvsQB/Ykx2BZnq8vgJVKwpbt3hNoBF"),
    ("secret", "$argon2d$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$LdYKcC5NasN7UZQVeA3eE5Z2J2YrZp4d"),
    ("secret", "$argon2id$v=16$m=64,t=2,p=2$c2FsdHNhbHQ$pUMqnmawyTEWjRQLAuEt82E1+EyDeFDl"),
    ("secret", "$argon2id$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI"),
    ("password", "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$a3qUfQ"),
    (
        "password",
        "$argon2id$v=19$m=128,t=3,p=4$c29tZXNhbHQ$XFU6azgcPI8dFQu4MLJa8Ke8I1TosYo+3sGu3rhGKUPwvgaqmZtnMgxERlOBUbEo9nP7hzc/FvW2ZyDbdPzzpg",
    ),
    (
        "pässwörd",
        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$PvSgfyNF2PJwvvyQHhu1Fj1+Y7CWmbCbYhGgqHta9To",
    ),
    // Python's argon2-cffi 21.1.0 computed these hashes.
    ("", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$NwG1zNkhHT0CU5f3oX/HgKeiUTjQElhT+vx01NDGBjo"),
    (
        "password",
        "$argon2id$v=19$m=33,t=2,p=2$c29tZXNhbHRzb21lc2FsdHNvbWVzYWx0c29tZXNhbHQ$1udRsQ6uHnIi0hWXkognPEFnzQ+uDdmWzbXBr+1JjN4",
    ),
];

/// A cheap hash of `secret`.
const CHEAP: &str = "$argon2id$v=19$m=64,t=2,p=2$c2FsdHNhbHQ$ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI";

fn parse(text: &str) -> Result<PasswordHash, HashError> {
    PasswordHash::parse(text.as_bytes())
}

fn params(memory: u32, passes: u32, lanes: u32) -> Params {
    Params::Argon2id(Argon2Cost::new(memory, passes, lanes).unwrap())
}

#[test]
fn hashes_of_the_reference_implementation_match() {
    for (password, text) in HASHES {
        let hash = parse(text).unwrap();
        assert!(hash.verify(&Password::new(password).unwrap()), "{text}");
        assert!(!hash.verify(&Password::new("other").unwrap()), "{text}");
        let scheme = text.split('$').nth(1).unwrap();
        assert_eq!(hash.scheme().to_string(), scheme);
        assert_eq!(hash.as_bytes(), text.as_bytes());
    }
}

#[test]
fn the_text_must_be_canonical() {
    for (old, new) in [
        ("m=64", "m=064"),
        ("m=64", "m=+64"),
        ("m=64", "m="),
        ("m=64", "m=4294967296"),
        ("m=64", "m=15"),
        ("t=2", "t=0"),
        ("p=2", "p=0"),
        ("p=2", "p=16777216"),
        ("m=64,t=2", "t=2,m=64"),
        ("p=2", "p=2,x=1"),
        (",p=2", ""),
        ("v=19", "v=x"),
        ("v=19$", "v=19$v=19$"),
        ("c2FsdHNhbHQ", ""),
        ("c2FsdHNhbHQ", "c2FsdHNhbA"),
        ("c2FsdHNhbHQ", "c2FsdHNhbHQ="),
        ("c2FsdHNhbHQ", "c2FsdHNhbHR"),
        ("c2FsdHNhbHQ", "c2FsdHNhb-Q"),
        ("$ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI", ""),
        ("ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI", ""),
        ("ZHiDqmcmpYRtJJKwVp/f3ZgHe59UHoPI", "ZHiD"),
        ("HoPI", "HoPI="),
        ("HoPI", "HoPI$"),
        ("HoPI", "HoPI "),
        ("HoPI", "Ho.I"),
    ] {
        let text = CHEAP.replacen(old, new, 1);
        assert_eq!(parse(&text).unwrap_err(), HashError::Malformed, "{text}");
    }
}

#[test]
fn salts_and_tags_have_limits() {
    let is_accepted = |salt: usize, tag: usize| {
        parse(&format!("$argon2id$v=19$m=8,t=1,p=1${}${}", "A".repeat(salt), "A".repeat(tag))).is_ok()
    };
    // 4 characters are 3 bytes.
    assert!(is_accepted(11, 6) && is_accepted(11, 86) && is_accepted(1366, 43));
    assert!(!is_accepted(10, 43) && !is_accepted(1367, 43) && !is_accepted(1368, 43));
    assert!(!is_accepted(11, 4) && !is_accepted(11, 87) && !is_accepted(11, 88));
}

#[test]
fn parameters_of_old_drafts_and_other_versions_are_foreign() {
    for (old, new) in [("p=2", "p=2,keyid=8PDw8A"), ("p=2", "p=2,data=Dw8PDw8P"), ("v=19", "v=20")] {
        let text = CHEAP.replacen(old, new, 1);
        let error = parse(&text).unwrap_err();
        assert!(
            matches!(error, HashError::Foreign(scheme) if scheme.name() == "argon2id"),
            "{text}: {error}"
        );
    }
}

#[test]
fn truncated_and_changed_hashes_never_match() {
    let password = Password::new("secret").unwrap();
    let verifies = |text: &str| parse(text).is_ok_and(|hash| hash.verify(&password));
    assert!(verifies(CHEAP));
    for end in 0..CHEAP.len() {
        assert!(!verifies(&CHEAP[..end]), "{end}");
    }
    for (old, new) in
        [("m=64", "m=72"), ("t=2", "t=1"), ("p=2", "p=1"), ("v=19", "v=16"), ("2id", "2i"), ("v=19$", "")]
    {
        let changed = CHEAP.replacen(old, new, 1);
        assert!(parse(&changed).is_ok() && !verifies(&changed), "{changed}");
    }
}

#[test]
fn a_new_hash_has_the_parameters_and_a_salt_of_its_own() {
    let password = Password::new("secret").unwrap();
    let params = params(64, 2, 3);
    let [first, second] = [(); 2].map(|()| PasswordHash::create(&password, &params).unwrap());
    assert_ne!(first.as_bytes(), second.as_bytes());
    for hash in [first, second] {
        let text = hash.to_string();
        assert!(text.starts_with("$argon2id$v=19$m=64,t=2,p=3$"), "{text}");
        assert_eq!(text.split('$').skip(4).map(str::len).collect::<Vec<_>>(), [22, 43]);
        assert!(hash.verify(&password) && !hash.verify(&Password::new("Secret").unwrap()));
        assert!(parse(&text).unwrap().verify(&password));
        assert_eq!((hash.scheme(), hash.cost()), (Scheme::Argon2id, Some(64)));
        assert!(!hash.needs_rehash(&params));
    }
}

#[test]
fn many_hashes_equal_single_ones() {
    let passwords = ["a", "b", "c"].map(|password| Password::new(password).unwrap());
    let hashes = PasswordHash::create_many(passwords.to_vec(), &params(16, 1, 1)).unwrap();
    let pairs: Vec<_> = hashes.iter().zip(&passwords).collect();
    assert_eq!(PasswordHash::verify_many(&pairs), [true; 3]);
    assert!(passwords.iter().zip(&hashes).all(|(password, hash)| hash.verify(password)));
}

#[test]
fn dummy_hashes_have_the_same_cost_and_never_match() {
    for (password, text) in HASHES {
        let hash = parse(text).unwrap();
        let dummy_hash = PasswordHash::dummy_hash(&hash.verify_cost()).unwrap();
        assert_eq!(dummy_hash.verify_cost(), hash.verify_cost(), "{text}");
        assert_eq!((dummy_hash.scheme(), dummy_hash.as_bytes().len()), (hash.scheme(), text.len()), "{text}");
        assert!(!dummy_hash.verify(&Password::new(password).unwrap()), "{text}");
        assert!(
            !dummy_hash.to_string().contains("c29tZXNhbHQ") && !dummy_hash.to_string().contains("c2FsdHNh")
        );
    }
}

#[test]
fn hashes_that_differ_in_time_have_different_costs() {
    let created = PasswordHash::create(&Password::new("x").unwrap(), &params(64, 2, 2)).unwrap();
    let costs: Vec<_> = HASHES[3..9]
        .iter()
        .map(|(_, text)| parse(text).unwrap().verify_cost())
        .chain([created.verify_cost()])
        .collect();
    for (index, cost) in costs.iter().enumerate() {
        assert!(costs[index + 1..].iter().all(|other| other != cost));
    }
    assert!(matches!(created.verify_cost(), VerifyCost::Creatable { .. }));
}

#[test]
fn less_memory_fewer_passes_or_another_variant_need_a_rehash() {
    let hash = parse(CHEAP).unwrap();
    for (memory, passes, lanes, expected) in [
        (64, 2, 2, false),
        (64, 2, 8, false),
        (32, 1, 1, false),
        (65, 2, 2, true),
        (64, 3, 2, true),
        (8, 3, 1, true),
    ] {
        assert_eq!(hash.needs_rehash(&params(memory, passes, lanes)), expected, "{memory} {passes} {lanes}");
    }
    let other = parse(&CHEAP.replacen("2id", "2i", 1)).unwrap();
    assert!(other.needs_rehash(&params(8, 1, 1)));
    assert!(hash.needs_rehash(&Params::Apr1) && !hash.needs_rehash(&params(8, 1, 1)));
    let apr1 = parse("$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0").unwrap();
    assert!(apr1.needs_rehash(&params(8, 1, 1)));
}

#[test]
fn each_limit_is_the_last_value_that_is_allowed() {
    let check = |limits: Limits, text: &str| limits.check(&parse(text).unwrap());
    for text in [CHEAP, &CHEAP.replacen("2id", "2d", 1)] {
        let limits = Limits::default().max_memory(64 << 10).max_argon2(2, 2);
        assert_eq!(check(limits, text), Ok(()));
        let memory = LimitExceeded::Memory { bytes: 64 << 10, limit: (64 << 10) - 1 };
        assert_eq!(check(limits.max_memory((64 << 10) - 1), text), Err(memory));
        assert_eq!(check(limits.max_argon2(1, 2), text), Err(LimitExceeded::Passes { passes: 2, limit: 1 }));
        assert_eq!(check(limits.max_argon2(2, 1), text), Err(LimitExceeded::Lanes { lanes: 2, limit: 1 }));
    }
    assert_eq!(Limits::default().check_params(&params(256 << 10, 16, 16)), Ok(()));
    for above in [params((256 << 10) + 1, 16, 16), params(256, 17, 16), params(256, 16, 17)] {
        assert!(Limits::default().check_params(&above).is_err() && Limits::NONE.check_params(&above).is_ok());
    }
}

#[test]
fn memory_that_is_not_available_is_an_error_and_no_abort() {
    assert!(super::Memory::new(usize::MAX / 1024).is_none() && super::Memory::new(1 << 50).is_none());
    assert!(super::Memory::new(8).is_some());
}

#[test]
fn unknown_users_get_a_dummy_hash_of_argon2() {
    for (_, text) in HASHES {
        let users = crate::Users::from(format!("alice:{text}\n"));
        let dummy_hash = users.dummy_hash(7).unwrap();
        assert_eq!(Some(dummy_hash.verify_cost()), users.get("alice").map(|hash| hash.verify_cost()));
        assert!(!users.verify("mallory", "secret") && !users.verify("mallory", "password"));
    }
}
