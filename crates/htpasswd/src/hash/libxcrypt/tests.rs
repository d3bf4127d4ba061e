//! Tests of the schemes that only libxcrypt has, with hashes that libxcrypt computed.

use crate::hash::HashError;
use crate::hash::{Cost, Params, PasswordHash, Scheme, VerifyCost};
use crate::password::Password;

/// Hashes of `password1` that libxcrypt 4.4.33 computed.
const HASHES: [&str; 9] = [
    "$y$j75$abcdefgh$jD5gB3q6/75JZVqK91za31IMBQ/R3kcs5fmmLcXxzt/",
    "$gy$j75$abcdefgh$X6UduA4sz96ouIwOrChTHA7HsxWFf6dhVH7bfVdApn7",
    "$7$4/..../....abc$H31jyl.FSe1ZBoL6U7KC9fNYOnXYCoc1ZK2Ue/LQeH.",
    "$sha1$20$abcd$SVWgWvtZGQxhGo0MWuWFECL5meOV",
    "$md5$abcd$PqFkfaEfuPJqBQLzdGngx0",
    "$md5,rounds=20$abcd$$o3Uof8GfXnzQOWkZRPhup1",
    "_/...abcdQM2yNOB2gjQ",
    "abJnggxhB/yWIhAyA1wNll32",
    "$3$$5835048ce94ad0564e29a924a03510ef",
];

#[test]
fn every_scheme_is_recognized() {
    let schemes = HASHES.map(|text| PasswordHash::parse(text.as_bytes()).unwrap().scheme());
    let expected = [
        Scheme::Yescrypt,
        Scheme::GostYescrypt,
        Scheme::Scrypt,
        Scheme::Sha1Crypt,
        Scheme::SunMd5,
        Scheme::SunMd5,
        Scheme::BsdiCrypt,
        Scheme::Bigcrypt,
        Scheme::Nt,
    ];
    assert_eq!(schemes, expected);
}

#[test]
fn costs_are_rounds_or_kib_of_memory() {
    let costs = HASHES.map(|text| PasswordHash::parse(text.as_bytes()).unwrap().cost());
    let rounds = [Some(20), Some(4096), Some(4116), Some(1)];
    assert_eq!(costs[3..7], rounds);
    assert_eq!(costs[7..], [None, None]);
    // With N = 1024, r = 8 and p = 1, yescrypt needs 1024 + 1 + 2 blocks of 1 KiB, and 12 KiB of S-boxes.
    assert_eq!(costs[..3], [Some(1024 + 3 + 12), Some(1024 + 3 + 12), Some((64 + 3) / 8)]);
}

#[test]
fn dummy_hashes_have_the_same_cost_and_never_match() {
    let password = Password::new("password1").unwrap();
    for text in HASHES {
        let hash = PasswordHash::parse(text.as_bytes()).unwrap();
        assert!(hash.verify(&password), "{text}");
        let dummy_hash = PasswordHash::dummy_hash(&hash.verify_cost()).unwrap();
        assert_eq!((dummy_hash.scheme(), dummy_hash.as_bytes().len()), (hash.scheme(), text.len()), "{text}");
        assert_eq!(dummy_hash.verify_cost(), hash.verify_cost(), "{text}");
        assert!(
            matches!(dummy_hash.verify_cost(), VerifyCost::VerifyOnly { dummy_hash: second, .. } if second == dummy_hash.as_bytes())
        );
        assert!(!dummy_hash.verify(&password), "{text}");
        assert!(
            !String::from_utf8_lossy(dummy_hash.as_bytes()).contains("abc"),
            "{text}: the dummy hash contains its salt"
        );
    }
}

#[test]
fn truncated_and_extended_hashes_never_match() {
    let password = Password::new("password1").unwrap();
    for text in HASHES {
        for end in 0..text.len() {
            let part = PasswordHash::parse(&text.as_bytes()[..end]).ok();
            // The first 13 characters of a bigcrypt hash are a hash of the first eight bytes in traditional DES crypt.
            let part = part.filter(|part| part.scheme() != Scheme::DesCrypt);
            assert!(!part.is_some_and(|part| part.verify(&password)), "{text} cut at {end}");
        }
        for more in ["$", ".", "a", " ", "\0", ":x", "\u{e4}"] {
            let longer = PasswordHash::parse_or_plain(format!("{text}{more}").as_bytes());
            assert!(!longer.is_ok_and(|longer| longer.verify(&password)), "{text}{more}");
        }
    }
}

#[test]
fn truncated_and_extended_hashes_are_rejected() {
    for text in HASHES {
        for end in 0..text.len() {
            let part = PasswordHash::parse(&text.as_bytes()[..end]);
            assert!(
                part.is_err() || part.is_ok_and(|part| part.scheme() == Scheme::DesCrypt),
                "{text}, {end}"
            );
        }
        let (start, last) = text.split_at(text.len() - 1);
        for changed in
            [format!("{text}."), format!("{text}a"), format!("{start}-"), format!("{start}!{last}")]
        {
            assert!(PasswordHash::parse(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}

#[test]
fn hashes_of_verify_only_schemes_need_a_rehash() {
    for text in HASHES {
        let hash = PasswordHash::parse(text.as_bytes()).unwrap();
        assert!(hash.needs_rehash(&Params::Bcrypt(Cost::new(4).unwrap())), "{text}");
        assert!(hash.needs_rehash(&Params::DesCrypt), "{text}");
    }
}

#[test]
fn hashes_with_a_wrong_digest_length_or_digit_are_malformed() {
    for text in [
        "_/...abcdQM2yNOB2gj",
        "_/...abcdQM2yNOB2gjQQ",
        "_/...abcdQM2yNOB2gj-",
        "$3$$5835048ce94ad0564e29a924a03510e",
        "$3$$5835048ce94ad0564e29a924a03510ef0",
        "$3$$5835048ce94ad0564e29a924a03510eF",
    ] {
        assert_eq!(PasswordHash::parse(text.as_bytes()).unwrap_err(), HashError::Malformed, "{text}");
    }
}

fn is_accepted(text: &str) -> bool {
    PasswordHash::parse(text.as_bytes()).is_ok()
}

#[test]
fn salts_have_the_limits_of_libxcrypt() {
    let sha1 = |salt: &str| is_accepted(&format!("$sha1$20${salt}${:.<28}", ""));
    assert!(sha1("a") && sha1(&"a".repeat(64)) && !sha1("") && !sha1(&"a".repeat(65)));
    assert!(!sha1("a-b") && !sha1("a$b") && !is_accepted(&format!("$sha1$20$a${:.<28}$", "")));

    let sun = |salt: &str| is_accepted(&format!("$md5{salt}${:.<22}", ""));
    assert!(sun("$abcd") && sun(",rounds=1$abcd") && sun("$abcd$"));
    assert!(sun(&format!("${}", "a".repeat(355))) && !sun(&format!("${}", "a".repeat(356))));
    assert!(!sun("$ab-d") && !sun(",rounds=0$abcd") && !sun(",rounds=01$abcd") && !sun("$abcd$$"));

    let scrypt = |salt: &str| is_accepted(&format!("$7$4/..../....{salt}${:.<43}", ""));
    assert!(scrypt("") && scrypt(&"a".repeat(281)) && !scrypt(&"a".repeat(282)));
    // libxcrypt accepts any byte after a `$`.
    assert!(scrypt("a$b") && scrypt("a$-b") && !scrypt("a-b") && !scrypt("-") && !scrypt("a$b-"));
}
