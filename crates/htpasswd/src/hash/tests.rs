//! Tests of parsing, creating and verifying hashes of every scheme.

use std::collections::BTreeSet;

use super::*;

fn password(bytes: &[u8]) -> Password {
    Password::new(bytes).unwrap()
}

fn all_params() -> [Params; 9] {
    [
        Params::Bcrypt(Cost::new(4).unwrap()),
        Params::Apr1,
        Params::Sha256Crypt(None),
        Params::Sha256Crypt(Some(Rounds::new(1000).unwrap())),
        Params::Sha512Crypt(None),
        Params::Sha512Crypt(Some(Rounds::new(5000).unwrap())),
        Params::Sha1,
        Params::DesCrypt,
        Params::Plain,
    ]
}

#[test]
fn created_hashes_parse_and_verify() {
    for params in all_params() {
        for right in [&b"secret"[..], b"\xff\xa3", b"p:w x", &[b'x'; 72]] {
            let hash = PasswordHash::create(&password(right), &params).unwrap();
            let parsed = PasswordHash::parse_or_plain(hash.as_bytes()).unwrap();
            assert_eq!(parsed.scheme(), hash.scheme());
            assert!(parsed.verify(&password(right)), "{params:?}");
            assert!(!parsed.verify(&password(b"Secret")), "{params:?}");
            assert!(!parsed.verify(&password(b"")), "{params:?}");
        }
    }
}

/// One hash of each scheme is sufficient, because `tests/vectors.rs` verifies thousands.
#[test]
fn published_hashes_match_their_passwords() {
    for (text, right) in [
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$apr1$9r9GyMpL$3IiaLNos/tbouLJwsW8ey/", "e8f685"),
        ("$1$CCCCCCCC$fF1eBrniyJJXCQxhnuZWu/", " "),
        ("$5$saltstring$4Wjlxdm/Hbpo8ZQzKFazuvfUZPVVUQn6v1oPTX3nwX/", "ab"),
        (
            "$6$saltstring$pClZZISU0lxEwKr1z81EuJdiMLwWncjShXap25hiDGVMnCvlF5zS3ysvBdVRZqPDCdSTj06rwjrLX3bOS1Cak/",
            "abc",
        ),
        ("{SHA}2HrOk971ockoAr1Ct1o7GpvFLdU=", "DIENOW"),
        ("{SSHA}/lLSOXpMWipWr3ifiighLCpqBiFoMzBM", "password"),
        ("CC0MiZNhf/ACw", "ab"),
    ] {
        let hash = PasswordHash::parse(text.as_bytes()).unwrap();
        assert!(hash.verify(&password(right.as_bytes())), "{text}");
        assert!(!hash.verify(&password(b"wrong")), "{text}");
    }
}

#[test]
fn foreign_characters_and_costs_are_rejected() {
    let bcrypt = |cost| format!("$2y${cost}$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
    for (cost, number) in [("04", 4), ("09", 9), ("10", 10), ("31", 31)] {
        assert_eq!(PasswordHash::parse(bcrypt(cost).as_bytes()).unwrap().cost(), Some(number));
    }
    for text in [
        &bcrypt("03"),
        &bcrypt("32"),
        &bcrypt("5$"),
        "$apr1$9r9GyMpL$3IiaLNos/tbouLJwsW8ey-",
        "$5$saltstring$4Wjlxdm/Hbpo8ZQzKFazuvfUZPVVUQn6v1oPTX3nwX!",
        "{SHA}2HrOk971ockoAr1Ct1o7GpvFLdU",
    ] {
        assert_eq!(PasswordHash::parse(text.as_bytes()).unwrap_err(), HashError::Malformed, "{text}");
    }
    assert_eq!(PasswordHash::parse(b"CC0MiZNhf/AC-").unwrap_err(), HashError::Unknown);
}

#[test]
fn the_cost_of_a_hash_is_that_of_its_params() {
    for params in all_params() {
        let hash = PasswordHash::create(&password(b"secret"), &params).unwrap();
        let expected = match params {
            Params::Sha512Crypt(Some(Rounds::DEFAULT)) => Params::Sha512Crypt(None),
            params => params,
        };
        let salt = match params {
            Params::Apr1 => 8,
            Params::Sha256Crypt(_) | Params::Sha512Crypt(_) => 16,
            _ => 0,
        };
        assert_eq!(hash.verify_cost(), VerifyCost::Creatable { params: expected, salt });
    }
}

#[test]
fn created_hashes_have_the_format_of_apache() {
    let prefixes = ["$2y$04$", "$apr1$", "$5$", "$5$rounds=1000$", "$6$", "$6$rounds=5000$", "{SHA}", "", ""];
    let lengths = [60, 37, 63, 75, 106, 118, 33, 13, 6];
    for ((params, prefix), length) in all_params().iter().zip(prefixes).zip(lengths) {
        let hash = PasswordHash::create(&password(b"secret"), params).unwrap();
        assert!(hash.as_bytes().starts_with(prefix.as_bytes()), "{params:?}");
        assert_eq!(hash.as_bytes().len(), length, "{params:?}");
    }
}

#[test]
fn every_new_hash_has_a_new_salt() {
    for params in [Params::Bcrypt(Cost::new(4).unwrap()), Params::Apr1, Params::Sha512Crypt(None)] {
        let create = || PasswordHash::create(&password(b"x"), &params).unwrap();
        assert_ne!(create().as_bytes(), create().as_bytes(), "{params:?}");
    }
}

#[test]
fn rejected_texts_have_a_specific_error() {
    let cases: [(&[u8], HashError); 12] = [
        (b"", HashError::Empty),
        (b"*", HashError::Locked),
        (b"*0", HashError::Locked),
        (b"!$1$saltsalt$9xy1btjgzLYfb7hivXtC//", HashError::Locked),
        (b"secret", HashError::Unknown),
        (b"$9$x", HashError::Unknown),
        (b"{MD5}x", HashError::Unknown),
        (b"!!NANd1rDfiNc", HashError::Locked),
        (b"$2y$", HashError::Malformed),
        (b"$apr1$", HashError::Malformed),
        (b"$6$rounds=999$salt$x", HashError::Malformed),
        (b"{SHA}", HashError::Malformed),
    ];
    for (text, error) in cases {
        assert_eq!(PasswordHash::parse(text).unwrap_err(), error, "{}", text.escape_ascii());
    }
}

#[test]
fn texts_that_no_password_matches_are_malformed() {
    let foreign = |text: &str, index: usize| format!("{}-{}", &text[..index], &text[index + 1..]);
    let bcrypt = "$2y$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy";
    assert!(PasswordHash::parse(bcrypt.as_bytes()).is_ok());
    let rounds = |number: &str| format!("$5$rounds={number}$salt${:.<43}", "");
    assert!(PasswordHash::parse(rounds("1000").as_bytes()).is_ok());
    let texts = [foreign(bcrypt, 7), foreign(bcrypt, 29), foreign(bcrypt, 59), rounds("01000"), rounds("0")];
    for text in texts {
        assert_eq!(PasswordHash::parse(text.as_bytes()).unwrap_err(), HashError::Malformed, "{text}");
    }
}

#[test]
fn no_prefix_of_a_hash_matches_or_panics() {
    for params in all_params() {
        let hash = PasswordHash::create(&password(b"secret"), &params).unwrap();
        for end in 0..hash.as_bytes().len() {
            if let Ok(hash) = PasswordHash::parse(&hash.as_bytes()[..end]) {
                // A prefix of 13 characters can have the format of a DES hash.
                assert!(!hash.verify(&password(b"secret")), "{params:?} cut at {end}");
            }
        }
    }
}

#[test]
fn a_hash_is_never_read_as_a_plain_text_password() {
    for text in ["$9$unknown", "{X}y", "_J9..rasmBYk8r9AiW!c", "*", "!x", "$2y$10$short", ""] {
        assert!(PasswordHash::parse_or_plain(text.as_bytes()).is_err(), "{text}");
    }
    let des = PasswordHash::parse_or_plain(b"abNANd1rDfiNc").unwrap();
    assert_eq!(des.scheme(), Scheme::DesCrypt);
    assert!(!des.verify(&password(b"abNANd1rDfiNc")));
}

#[test]
fn plain_text_that_would_join_the_next_line_is_rejected() {
    for text in ["\\", "abc\\", "abc\\\\"] {
        let password = Password::new(text).unwrap();
        let error = HashError::TrailingBackslash;
        assert_eq!(PasswordHash::create(&password, &Params::Plain).unwrap_err(), error, "{text}");
        assert_eq!(PasswordHash::parse_or_plain(text.as_bytes()).unwrap_err(), error, "{text}");
        assert!(PasswordHash::create(&password, &Params::Sha1).is_ok());
    }
    for text in ["a\\b", "\\ ", "abc"] {
        assert!(PasswordHash::create(&Password::new(text).unwrap(), &Params::Plain).is_ok(), "{text}");
    }
}

#[test]
fn plain_text_with_a_newline_is_rejected() {
    for text in ["x\nroot:y", "x\r"] {
        let result = PasswordHash::create(&password(text.as_bytes()), &Params::Plain);
        assert_eq!(result.unwrap_err(), HashError::NotPlain);
    }
}

#[test]
fn debug_output_hides_the_hash() {
    let hash = PasswordHash::create(&password(b"secret"), &Params::Sha1).unwrap();
    assert_eq!(format!("{hash:?}"), "PasswordHash { scheme: Sha1, cost: None, .. }");
}

#[test]
fn ranges_of_cost_and_rounds_are_inclusive() {
    assert!(Cost::new(3).is_err() && Cost::new(4).is_ok() && Cost::new(31).is_ok() && Cost::new(32).is_err());
    assert!(Rounds::new(999).is_err() && Rounds::new(1000).is_ok());
    assert!(Rounds::new(999_999_999).is_ok() && Rounds::new(1_000_000_000).is_err());
}

#[test]
fn dummy_hashes_have_the_same_cost_and_never_match() {
    let password = password(b"abc123");
    for params in all_params().into_iter().filter(|params| *params != Params::Plain) {
        let hash = PasswordHash::create(&password, &params).unwrap();
        let dummy_hash = PasswordHash::dummy_hash(&hash.verify_cost()).unwrap();
        assert_eq!(dummy_hash.verify_cost(), hash.verify_cost());
        assert_eq!(dummy_hash.scheme(), hash.scheme());
        // The salt and the digest have the same length. A dummy hash omits the default of 5,000 rounds.
        let text = String::from_utf8(hash.as_bytes().to_vec()).unwrap().replace("rounds=5000$", "");
        assert_eq!(dummy_hash.as_bytes().len(), text.len(), "{params:?}");
        assert!(!dummy_hash.verify(&password));
    }
    assert!(PasswordHash::dummy_hash(&VerifyCost::Creatable { params: Params::Plain, salt: 0 }).is_none());
}

/// Two rounds of three hash the salt. A longer salt can add a block to their messages, which changes the time
/// measurably.
#[test]
fn the_salts_of_a_dummy_hash_and_its_hash_have_equal_length() {
    for (scheme, digest, longest) in [("1", 22, 8), ("apr1", 22, 8), ("5", 43, 16), ("6", 86, 16)] {
        for length in 0..=longest {
            let text = format!("${scheme}${:x<length$}${:.<digest$}", "", "");
            let cost = PasswordHash::parse(text.as_bytes()).unwrap().verify_cost();
            let dummy_hash = PasswordHash::dummy_hash(&cost).unwrap();
            assert_eq!(dummy_hash.as_bytes(), text.replace('x', ".").replace("$1$", "$apr1$").as_bytes());
            assert_eq!(dummy_hash.verify_cost(), cost);
        }
    }
}

fn slow_params() -> [Params; 4] {
    let rounds = Some(Rounds::new(1000).unwrap());
    let bcrypt = Params::Bcrypt(Cost::new(4).unwrap());
    [bcrypt, Params::Apr1, Params::Sha256Crypt(rounds), Params::Sha512Crypt(rounds)]
}

#[test]
fn create_many_returns_the_hash_of_each_password() {
    for params in slow_params() {
        for count in 0..=6 {
            let passwords: Vec<_> = (0..count).map(|n| password(&[b'a' + n])).collect();
            let hashes = PasswordHash::create_many(passwords.clone(), &params).unwrap();
            assert_eq!(hashes.len(), passwords.len());
            assert!(hashes.iter().zip(&passwords).all(|(hash, password)| hash.verify(password)));
        }
    }
    let passwords = vec![password(b"a"), password(b"b\n")];
    assert_eq!(PasswordHash::create_many(passwords, &Params::Plain).unwrap_err(), (1, HashError::NotPlain));
}

#[test]
fn verify_many_returns_the_result_of_each_pair() {
    let passwords = ["a", "b", "c", "d", "e", "f"].map(|password| Password::new(password).unwrap());
    let cost = |cost| Params::Bcrypt(Cost::new(cost).unwrap());
    for params in [
        vec![cost(4)],
        vec![cost(4), cost(5)],
        vec![cost(4), Params::Sha1],
        vec![Params::Apr1],
        slow_params().to_vec(),
    ] {
        let params = params.iter().cycle();
        let hashes: Vec<_> = passwords
            .iter()
            .zip(params)
            .map(|(password, params)| PasswordHash::create(password, params))
            .collect();
        let hashes: Vec<_> = hashes.into_iter().map(Result::unwrap).collect();
        for count in 0..=hashes.len() {
            // Every second password is the password of another hash.
            let guess = |index: usize| if index.is_multiple_of(2) { index } else { index - 1 };
            let pairs: Vec<_> = (0..count).map(|index| (&hashes[index], &passwords[guess(index)])).collect();
            let expected: Vec<_> = (0..count).map(|index| index.is_multiple_of(2)).collect();
            assert_eq!(PasswordHash::verify_many(&pairs), expected);
        }
    }
}

#[test]
fn hashes_weaker_than_the_wanted_params_need_a_rehash() {
    let more = [Params::Bcrypt(Cost::new(5).unwrap()), Params::Sha256Crypt(Some(Rounds::new(5001).unwrap()))];
    let all = all_params().into_iter().chain(more);
    for made in all.clone() {
        let hash = PasswordHash::create(&password(b"abc123"), &made).unwrap();
        for wanted in all.clone() {
            let number = |rounds: Option<Rounds>| rounds.unwrap_or(Rounds::DEFAULT);
            let expected = match (made, wanted) {
                (Params::Bcrypt(made), Params::Bcrypt(wanted)) => made < wanted,
                (Params::Sha256Crypt(made), Params::Sha256Crypt(wanted))
                | (Params::Sha512Crypt(made), Params::Sha512Crypt(wanted)) => number(made) < number(wanted),
                (made, wanted) => made != wanted,
            };
            assert_eq!(hash.needs_rehash(&wanted), expected, "{made:?}, {wanted:?}");
        }
    }
    let bcrypt = Params::Bcrypt(Cost::new(5).unwrap());
    let digest = "CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy";
    for (letter, expected) in [('a', false), ('b', false), ('x', true), ('y', false)] {
        let hash = PasswordHash::parse(format!("$2{letter}$05${digest}").as_bytes()).unwrap();
        assert_eq!(hash.needs_rehash(&bcrypt), expected, "{letter}");
    }
    let md5 = PasswordHash::parse(b"$1$salt$......................").unwrap();
    assert!(md5.needs_rehash(&Params::Apr1));
    let salted = PasswordHash::parse(b"{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    assert!(salted.needs_rehash(&Params::Sha1));
}

#[test]
fn salts_have_the_bytes_of_crypt_and_never_end_the_field() {
    for (scheme, digest) in [("1", 22), ("apr1", 22), ("5", 43), ("6", 86), ("6$rounds=1000", 86)] {
        for byte in 0..=u8::MAX {
            let text = [b"$", scheme.as_bytes(), b"$a", &[byte], b"b$", &vec![b'.'; digest]].concat();
            let is_accepted = match (scheme, byte) {
                (_, b'$' | 0..=0x1f | 0x7f | b':') => false,
                ("apr1", _) => true,
                (_, b'!' | b'*' | b';' | b'\\') => false,
                (_, byte) => byte.is_ascii_graphic(),
            };
            assert_eq!(PasswordHash::parse(&text).is_ok(), is_accepted, "{}", text.escape_ascii());
        }
    }
}

#[test]
fn every_scheme_has_its_own_name() {
    let all: BTreeSet<_> = all_params().iter().map(|params| params.scheme().to_string()).collect();
    let names = ["apr1", "bcrypt", "des-crypt", "plain", "sha256-crypt", "sha512-crypt", "{SHA}"];
    assert!(all.iter().eq(names), "{all:?}");
}
