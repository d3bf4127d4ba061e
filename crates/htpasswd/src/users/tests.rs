//! [`Users`] read any text: each line gives a user or an issue, and limits apply to each hash.

use super::*;
use crate::hash::{Cost, Rounds};
use crate::password::Password;

const SHA1: &str = "{SHA}Y2fEjdGT1W6nsLqtJbGUVeUp9e4=";
const BCRYPT_12: &str = "$2y$12$L9lHGnFyGYWuLr0bgR4SIOOI4UqTvUqUmj6tHEMNTtG9vN0SUBrna";

fn users(text: impl AsRef<[u8]>) -> Users {
    Users::from(text.as_ref())
}

fn issues(users: &Users) -> Vec<(usize, IssueKind)> {
    users.issues().iter().map(|issue| (issue.line(), issue.kind())).collect()
}

fn digest(length: usize) -> String {
    ".".repeat(length)
}

#[test]
fn each_invalid_line_is_an_issue_and_hides_no_user() {
    let text = format!(
        "\u{feff}alice:{SHA1}\nno colon\n\n# comment: x\nempty:\nlocked:*\nlocked2:!{SHA1}\nunknown:$9$x\n\
         malformed:$2y$10$x\n  bob:{SHA1}:more\r\n:{SHA1}\nplain:secret\nalice:{SHA1}\ncarol:{SHA1}"
    );
    let users = users(&text);
    let expected = [
        (2, IssueKind::NoColon),
        (5, IssueKind::Hash(HashError::Empty)),
        (6, IssueKind::Hash(HashError::Locked)),
        (7, IssueKind::Hash(HashError::Locked)),
        (8, IssueKind::Hash(HashError::Unknown)),
        (9, IssueKind::Hash(HashError::Malformed)),
        (11, IssueKind::NoUser),
        (12, IssueKind::Hash(HashError::Unknown)),
        (13, IssueKind::Duplicate { first: 1 }),
    ];
    assert_eq!(issues(&users), expected);
    assert_eq!(users.len(), 3);
    let password = Password::new("abc123").unwrap();
    for user in ["alice", "bob", "carol"] {
        assert!(users.get(user).unwrap().verify(&password), "{user}");
    }
    for user in
        ["", "empty", "locked", "locked2", "unknown", "malformed", "plain", "no colon", "# comment", "dave"]
    {
        assert!(users.get(user).is_none(), "{user}");
    }
}

#[test]
fn the_first_record_counts_even_if_its_user_cannot_log_in() {
    for first in ["", "*", "$2y$10$x", "$6$rounds=999999999$x$"] {
        let users = users(format!("x\nalice:{first}\nbob:{SHA1}\nalice:{SHA1}\nalice:{SHA1}\nbob:\n"));
        assert!(users.get("alice").is_none(), "{first}");
        assert_eq!(users.len(), 1);
        let duplicates = [
            (4, IssueKind::Duplicate { first: 2 }),
            (5, IssueKind::Duplicate { first: 2 }),
            (6, IssueKind::Duplicate { first: 3 }),
        ];
        assert_eq!(issues(&users)[2..], duplicates);
    }
}

#[test]
fn issues_name_first_lines_of_duplicates_in_a_long_file() {
    // The file is longer than one batch, and its second records are in the reverse order of its first records.
    let lines = (0..2000).chain((0..2000).rev()).map(|user| format!("u{user}:{SHA1}\n"));
    let text = lines.collect::<Vec<_>>().concat();
    let users = users(&text);
    let expected = (0..2000).map(|place| (2001 + place, IssueKind::Duplicate { first: 2000 - place }));
    assert!(issues(&users).into_iter().eq(expected));
    assert_eq!(users.len(), 2000);
}

#[test]
fn users_whose_hash_exceeds_the_limits_cannot_log_in() {
    let rounds = |rounds: u32| format!("$6$rounds={rounds}$salt${}", digest(86));
    let text = format!(
        "a:{BCRYPT_12}\nb:{}\nc:{}\nd:$5$salt${}\ne:{SHA1}\n",
        rounds(10_000),
        rounds(10_001),
        digest(43)
    );
    let limits = |cost, rounds| {
        Limits::NONE.max_bcrypt(Cost::new(cost).unwrap()).max_sha_crypt(Rounds::new(rounds).unwrap())
    };
    let rejected = |limits| {
        let users = Users::with_limits(Document::parse(text.as_str()), limits);
        let lines = users.issues().iter().map(|issue| (issue.line(), issue.kind()));
        let lines: Vec<_> =
            lines.map(|(line, kind)| (kind == IssueKind::TooCostly).then_some(line)).collect();
        for (line, user) in (1..).zip(["a", "b", "c", "d", "e"]) {
            assert_eq!(users.get(user).is_none(), lines.contains(&Some(line)), "{user}");
        }
        assert_eq!(users.len(), 5 - lines.len());
        lines
    };
    assert_eq!(rejected(Limits::NONE), []);
    assert_eq!(rejected(limits(12, 10_000)), [Some(3)]);
    assert_eq!(rejected(limits(11, 4_999)), [Some(1), Some(2), Some(3), Some(4)]);
}

#[cfg(feature = "libxcrypt")]
#[test]
fn rounds_and_memory_of_libxcrypt_hashes_are_limited() {
    let allows = |limits: Limits, hash: &str| {
        Users::with_limits(Document::parse(format!("u:{hash}")), limits).get("u").is_some()
    };
    for (hash, rounds) in [
        (format!("$sha1$5000$salt${}", digest(28)), 5000),
        (format!("$md5,rounds=904$salt$${}", digest(22)), 5000),
        (format!("_z1..salt{}", digest(11)), 255),
    ] {
        assert!(allows(Limits::NONE.max_rounds(rounds), &hash), "{hash}");
        assert!(!allows(Limits::NONE.max_rounds(rounds - 1), &hash), "{hash}");
        assert!(allows(Limits::NONE.max_memory(0), &hash), "{hash}");
    }
    // N is 4,096 and r is 32, so a block has 4 KiB. yescrypt needs N blocks, one block for p, two blocks to mix, and 12
    // KiB of S-boxes.
    let bytes = 4096 * (4096 + 1 + 2) + 12 * 1024;
    // The last three hashes pass over the memory two, four and five times.
    for (params, passes) in [("j9T", 1), ("j9T/.", 2), ("j9T/0", 4), ("j9T/1", 5)] {
        for prefix in ["$y$", "$gy$"] {
            let hash = format!("{prefix}{params}$salt${}", digest(43));
            assert!(allows(Limits::NONE.max_rounds(0), &hash), "{hash}");
            assert_eq!(allows(Limits::NONE.max_memory(bytes), &hash), passes <= 4, "{hash}");
            assert!(!allows(Limits::NONE.max_memory(bytes - 1), &hash), "{hash}");
        }
    }
    // scrypt passes over the memory once for each p.
    let scrypt = |p: &str| format!("$7$A6....{p}....salt${}", digest(43));
    for (p, lanes) in [("/", 1_u64), ("2", 4), ("3", 5)] {
        let bytes = 1024 * (4096 + lanes + 2);
        assert_eq!(allows(Limits::NONE.max_memory(bytes), &scrypt(p)), lanes <= 4, "{p}");
        assert!(!allows(Limits::NONE.max_memory(bytes - 1), &scrypt(p)), "{p}");
    }
}

#[test]
fn the_default_limits_reject_hashes_that_stall_a_server() {
    let users = users(format!(
        "a:{}\nb:{}\nc:$6$rounds=999999999$salt${}\n",
        BCRYPT_12.replace("$12$", "$16$"),
        BCRYPT_12.replace("$12$", "$17$"),
        digest(86)
    ));
    assert_eq!(issues(&users), [(2, IssueKind::TooCostly), (3, IssueKind::TooCostly)]);
}

#[test]
fn the_reason_names_the_first_limit_that_is_exceeded() {
    let reason = |hash: &str, limits: Limits| {
        let hash = PasswordHash::parse(hash.as_bytes()).unwrap();
        limits.check(&hash).map_err(|exceeded| exceeded.to_string()).err()
    };
    let limits = Limits::default();
    assert_eq!(reason(BCRYPT_12, limits), None);
    let bcrypt = BCRYPT_12.replace("$12$", "$17$");
    assert_eq!(reason(&bcrypt, limits).unwrap(), "cost 17 is above the limit 16");
    let sha = format!("$5$rounds=5000001$salt${}", digest(43));
    assert_eq!(reason(&sha, limits).unwrap(), "5000001 rounds are above the limit 5000000");
}

#[cfg(feature = "libxcrypt")]
#[test]
fn memory_is_limited_per_pass_and_over_all_passes() {
    let reason = |hash: &str, limits: Limits| {
        let hash = PasswordHash::parse(hash.as_bytes()).unwrap();
        limits.check(&hash).unwrap_err().to_string()
    };
    // scrypt with N = 4096, r = 8 and p = 5 passes five times over a little more than 4 MiB.
    let (scrypt, bytes) = (format!("$7$A6....3....salt${}", digest(43)), 1024 * 4103);
    let limit = |bytes| Limits::NONE.max_memory(bytes);
    let memory = format!("{bytes} bytes of memory are above the limit {}", bytes - 1);
    assert_eq!(reason(&scrypt, limit(bytes - 1)), memory);
    let traffic = format!("passes over {} bytes of memory are above the limit {}", 5 * bytes, 4 * bytes);
    assert_eq!(reason(&scrypt, limit(bytes)), traffic);
}

#[test]
fn only_users_who_can_log_in_count_for_common_params() {
    let md5 = format!("$1$salt${}", digest(22));
    let apr1 = format!("$apr1$saltsalt${}", digest(22));
    let users = users(format!(
        "a:{SHA1}\nb:{md5}\nc:{apr1}\nd:{BCRYPT_12}\na:{SHA1}\na:{SHA1}\nx:*\ny:*\nz:*\nw:*\n"
    ));
    assert_eq!(users.most_common_params(), Some(Params::Apr1));
    let bcrypt = Params::Bcrypt(Cost::new(12).unwrap());
    assert_eq!(users.params(), [(Params::Apr1, 2), (Params::Sha1, 1), (bcrypt, 1)]);
    assert_eq!(Users::from("").most_common_params(), None);
}

#[test]
fn the_number_of_remembered_params_is_bounded() {
    let lines = (1000..2000).map(|rounds| format!("u{rounds}:$5$rounds={rounds}$x${}\n", digest(43)));
    let text = lines.collect::<Vec<_>>().concat();
    let users = users(&text);
    assert_eq!((users.len(), users.params().len()), (1000, MAX_KINDS));
}

#[test]
fn neither_debug_nor_issues_show_a_hash_or_a_name() {
    let users = users(format!("alice:{SHA1}\nalice:{SHA1}\nbob:$2y$10$secret\nsecret\n"));
    let output = format!("{users:?} {:?} {}", users.issues(), users.issues()[1]);
    assert!(output.starts_with("Users(1, 3 issues)"));
    for secret in ["Y2fE", "secret", "alice", "bob"] {
        assert!(!output.contains(secret), "{output}");
    }
}

#[test]
fn issues_name_the_line_and_the_problem() {
    let users = users(format!("alice:{SHA1}\nalice:{SHA1}\nno colon\n:{SHA1}\nbob:$2y$10$short\n"));
    let messages: Vec<_> = users.issues().iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "line 2: line 1 already has a record of this user",
            "line 3: no colon",
            "line 4: no user name",
            "line 5: the hash is malformed"
        ]
    );
}

#[test]
fn a_file_is_cut_off_if_its_last_record_is_incomplete() {
    let whole = format!("alice:{BCRYPT_12}");
    let text = |length: usize| users(format!("# staff\nbob:{SHA1}\n{}", &whole[..length]));
    for length in 1..whole.len() {
        assert_eq!(text(length).cut_off_line(), Some(&whole.as_bytes()[..length]));
    }
    assert_eq!(text(0).cut_off_line(), None);
    assert_eq!(text(whole.len()).cut_off_line(), None);
    for end in ["", "\n", "# note", "  ", "x\n", "carol:\n", "carol:*", "carol:!x"] {
        assert_eq!(users(format!("{whole}\n{end}")).cut_off_line(), None, "{end:?}");
    }
    assert_eq!(users("alice").cut_off_line(), Some(&b"alice"[..]));
}

#[test]
fn each_line_is_a_user_or_an_issue_wherever_a_file_ends() {
    let text = format!(
        "\u{feff} \tbob:{SHA1}\r\n\0\0:x\nbob:{BCRYPT_12}\n:\n::\n#a:{SHA1}\n\r\n\u{a0}\n\u{b}al\0ice:{BCRYPT_12}:m\n\
         carol:{BCRYPT_12}\0junk\n\n=\ndave:{{SSHA}}{}\\\neve:$1$$",
        &SHA1[5..]
    );
    for end in 0..=text.len() {
        let users = users(&text.as_bytes()[..end]);
        let lines = users.document().lines();
        let counted = lines.filter(|line| matches!(line.content(), Content::Record(_) | Content::Invalid));
        assert_eq!(users.len() + users.issues().len(), counted.count(), "{end} bytes");
        assert_eq!(users.params().iter().map(|(_, count)| count).sum::<usize>(), users.len());
        let by_name = ["bob", "al\0ice", "carol", "dave", "eve", "", "#a", "\0\0"];
        assert_eq!(
            by_name.iter().filter(|user| users.get(user).is_some()).count(),
            users.len(),
            "{end} bytes"
        );
        for user in by_name.iter().filter(|user| !user.is_empty()) {
            let first = users.document().get(user).and_then(|record| PasswordHash::parse(record.hash).ok());
            let first = first.map(|hash| hash.as_bytes().to_vec());
            assert_eq!(users.get(user).map(|hash| hash.as_bytes().to_vec()), first, "{end} bytes");
        }
    }
}

#[test]
fn users_come_from_text_bytes_or_a_document() {
    let text = format!("alice:{SHA1}\n");
    let all = [
        Users::from(text.as_str()),
        Users::from(text.as_bytes()),
        Users::from(text.clone().into_bytes()),
        Users::from(Document::parse(text.as_str())),
        Users::from(text.clone()),
    ];
    for users in all {
        assert_eq!((users.len(), users.document().as_bytes()), (1, text.as_bytes()));
        assert_eq!(users.limits(), Limits::default());
    }
}

#[test]
fn only_the_right_password_of_a_user_who_can_log_in_is_accepted() {
    let users = users(format!("alice:{SHA1}\nbob:*\ncarol:{SHA1}\ncarol:{BCRYPT_12}\n:{SHA1}\n"));
    assert!(users.verify("alice", "abc123") && users.verify(b"carol", b"abc123"));
    for (user, password) in [
        ("alice", "abc124"),
        ("alice", ""),
        ("bob", "abc123"),
        ("bob", "*"),
        ("unknown", "abc123"),
        ("", "abc123"),
        ("alice", "abc123\0"),
    ] {
        assert!(!users.verify(user, password), "{user} {password:?}");
    }
    assert!(!users.verify("alice", "x".repeat(Password::MAX_LEN + 1)));
}

/// No password matches a dummy hash, so the test can recognize the verification of a dummy hash only by its time. A
/// cost of 12 takes 256 times as long as a cost of 4, so a test for a factor of 16 distinguishes the two costs with
/// certainty.
#[test]
fn unknown_and_locked_users_take_as_long_as_known_ones() {
    let time = |users: &Users, user: &str| {
        let start = std::time::Instant::now();
        assert!(!users.verify(user, "wrong"));
        start.elapsed()
    };
    let cheap = users(format!("alice:{}\n", BCRYPT_12.replace("$12$", "$04$")));
    let costly = users(format!("alice:{BCRYPT_12}\nbob:*\n"));
    let fastest = |users: &Users, user: &str| (0..3).map(|_| time(users, user)).min().unwrap();
    let least = fastest(&cheap, "alice") * 16;
    for user in ["alice", "bob", "unknown", ""] {
        assert!(fastest(&costly, user) > least, "{user:?}");
    }
}

#[test]
fn a_loop_yields_each_user_who_can_log_in_once() {
    let users = users(format!(
        "\u{feff}alice:{SHA1}:more\n# x:y\nbob:*\nalice:{BCRYPT_12}\nbob:{SHA1}\ninvalid\n:{SHA1}\ncarol:{BCRYPT_12}"
    ));
    let mut seen = Vec::new();
    for (user, hash) in &users {
        seen.push((String::from_utf8_lossy(user).into_owned(), hash.as_bytes().to_vec()));
    }
    let expected = [("alice", SHA1), ("carol", BCRYPT_12)]
        .map(|(user, hash)| (user.to_owned(), hash.as_bytes().to_vec()));
    assert_eq!(seen, expected);
    assert_eq!(users.iter().count(), users.len());
}
