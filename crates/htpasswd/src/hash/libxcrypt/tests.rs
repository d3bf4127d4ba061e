use crate::hash::HashError;
use crate::hash::{Cost, Params, PasswordHash, Scheme, VerifyCost};
use crate::password::Password;

/// Of `password1`, by libxcrypt 4.4.33.
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
fn schemes_are_told_apart() {
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
fn costs_are_rounds_or_kib() {
    let costs = HASHES.map(|text| PasswordHash::parse(text.as_bytes()).unwrap().cost());
    let rounds = [Some(20), Some(4096), Some(4116), Some(1)];
    assert_eq!(costs[3..7], rounds);
    assert_eq!(costs[7..], [None, None]);
    // N is 1024 and r 8, with two blocks of 1 KiB for p and as much for one that is mixed, and S-boxes of 12 KiB.
    assert_eq!(costs[..3], [Some(1024 + 3 + 12), Some(1024 + 3 + 12), Some((64 + 3) / 8)]);
}

#[test]
fn a_dummy_hash_is_as_much_work_and_never_matches() {
    let password = Password::new("password1").unwrap();
    for text in HASHES {
        let hash = PasswordHash::parse(text.as_bytes()).unwrap();
        assert!(hash.verify(&password), "{text}");
        let dummy_hash = PasswordHash::dummy_hash(&hash.verify_cost()).unwrap();
        assert_eq!((dummy_hash.scheme(), dummy_hash.as_bytes().len()), (hash.scheme(), text.len()), "{text}");
        // Also a user's own salt is not in it.
        assert_eq!(dummy_hash.verify_cost(), hash.verify_cost(), "{text}");
        assert!(
            matches!(dummy_hash.verify_cost(), VerifyCost::VerifyOnly { dummy_hash: again, .. } if again == dummy_hash.as_bytes())
        );
        assert!(!dummy_hash.verify(&password), "{text}");
        assert!(
            !String::from_utf8_lossy(dummy_hash.as_bytes()).contains("abc"),
            "{text}: its salt is in the dummy hash"
        );
    }
}

#[test]
fn no_part_of_a_hash_and_no_hash_with_more_behind_matches() {
    let password = Password::new("password1").unwrap();
    for text in HASHES {
        for end in 0..text.len() {
            let part = PasswordHash::parse(&text.as_bytes()[..end]).ok();
            // Thirteen characters of bigcrypt are traditional DES, which reads so much of the password.
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
fn nor_is_it_taken_for_a_hash() {
    for text in HASHES {
        for end in 0..text.len() {
            let part = PasswordHash::parse(&text.as_bytes()[..end]);
            assert!(
                part.is_err() || part.is_ok_and(|part| part.scheme() == Scheme::DesCrypt),
                "{text}, {end}"
            );
        }
        let (begun, last) = text.split_at(text.len() - 1);
        for changed in
            [format!("{text}."), format!("{text}a"), format!("{begun}-"), format!("{begun}!{last}")]
        {
            assert!(PasswordHash::parse(changed.as_bytes()).is_err(), "{changed}");
        }
    }
}

#[test]
fn another_scheme_needs_a_new_hash() {
    for text in HASHES {
        let hash = PasswordHash::parse(text.as_bytes()).unwrap();
        assert!(hash.needs_rehash(&Params::Bcrypt(Cost::new(4).unwrap())), "{text}");
        assert!(hash.needs_rehash(&Params::DesCrypt), "{text}");
    }
}

#[test]
fn what_is_nearly_one_is_malformed() {
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

fn is_taken(text: &str) -> bool {
    PasswordHash::parse(text.as_bytes()).is_ok()
}

#[test]
fn salts_are_those_of_libxcrypt() {
    let sha1 = |salt: &str| is_taken(&format!("$sha1$20${salt}${:.<28}", ""));
    assert!(sha1("a") && sha1(&"a".repeat(64)) && !sha1("") && !sha1(&"a".repeat(65)));
    assert!(!sha1("a-b") && !sha1("a$b") && !is_taken(&format!("$sha1$20$a${:.<28}$", "")));

    let sun = |salt: &str| is_taken(&format!("$md5{salt}${:.<22}", ""));
    assert!(sun("$abcd") && sun(",rounds=1$abcd") && sun("$abcd$"));
    assert!(sun(&format!("${}", "a".repeat(355))) && !sun(&format!("${}", "a".repeat(356))));
    assert!(!sun("$ab-d") && !sun(",rounds=0$abcd") && !sun(",rounds=01$abcd") && !sun("$abcd$$"));

    let scrypt = |salt: &str| is_taken(&format!("$7$4/..../....{salt}${:.<43}", ""));
    assert!(scrypt("") && scrypt(&"a".repeat(281)) && !scrypt(&"a".repeat(282)));
    // Behind a `$`, any byte may stand.
    assert!(scrypt("a$b") && scrypt("a$-b") && !scrypt("a-b") && !scrypt("-") && !scrypt("a$b-"));
}
