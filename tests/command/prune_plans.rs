//! `--import --dry-run` names the users that an import would add, update and remove, and writes nothing.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use crate::support::import::import;
use crate::support::{APR1, BCRYPT, SHA1, Sandbox, TWO_USERS};

/// Asserts that a dry run writes nothing and that the import then reports the same counts. Returns both streams of the
/// dry run.
#[track_caller]
fn previews(content: &str, options: &[&str], list: &str) -> (String, String) {
    let sandbox = Sandbox::with(content);
    let before = fs::metadata(sandbox.path("passwd")).unwrap();
    let dry = import(&sandbox, &[options, &["--dry-run"]].concat(), list);
    dry.exits(0).does_not_warn();
    let after = fs::metadata(sandbox.path("passwd")).unwrap();
    assert_eq!((before.ino(), before.mtime_nsec()), (after.ino(), after.mtime_nsec()));
    assert_eq!((sandbox.text("passwd").as_str(), sandbox.names()), (content, vec!["passwd".to_owned()]));
    let real = import(&sandbox, options, list);
    let counts = |stderr: String| stderr.split_once(": ").unwrap().1.replace("passwd: ", "");
    assert_eq!(counts(dry.stderr()), counts(real.exits(0).stderr()), "{dry}\n{real}");
    (dry.stdout(), dry.stderr())
}

#[test]
fn a_plan_has_a_line_for_each_user() {
    let content = format!("# staff\nbob:{SHA1}\ncarol:{APR1}\ndave:x\ndave:y\n");
    let list = "alice:secret\nbob:other\ncarol:secret\n";
    let (plan, stderr) = previews(&content, &["-s", "--prune"], list);
    assert_eq!(plan, "added alice\nupdated bob\nupdated carol\nremoved dave\n");
    let counts = "1 added, 2 updated, 0 unchanged, 0 rejected, 1 removed";
    assert_eq!(stderr, format!("Dry run, nothing was written: passwd: {counts}\n"));

    let (plan, _) = previews(&content, &["-s"], list);
    assert_eq!(plan, "added alice\nupdated bob\nupdated carol\n");
    let (plan, _) = previews(&content, &["--ensure", "--prune"], list);
    assert_eq!(plan, "added alice\nupdated bob\nremoved dave\n");
    let hashes = format!("bob:{SHA1}\ndave:{BCRYPT}\n");
    let (plan, _) = previews(&content, &["--hashed", "--prune"], &hashes);
    assert_eq!(plan, "updated dave\nremoved carol\n");
}

#[test]
fn a_new_salt_counts_as_an_update() {
    for options in [["-m"].as_slice(), &["-B", "-C4"], &["-5"], &["-2", "-r2000"], &["-d"]] {
        let sandbox = Sandbox::with("");
        import(&sandbox, options, "bob:secret\n").exits(0);
        let (plan, _) = previews(&sandbox.text("passwd"), options, "bob:secret\n");
        assert_eq!(plan, "updated bob\n", "{options:?}");
        let (plan, _) = previews(&sandbox.text("passwd"), &[options, &["--ensure"]].concat(), "bob:secret\n");
        assert_eq!(plan, "", "{options:?}");
    }
    // The import also replaces a correct hash of another scheme.
    let (plan, _) = previews(&format!("bob:{SHA1}\n"), &["-m"], "bob:secret\n");
    assert_eq!(plan, "updated bob\n");
    let (plan, _) = previews(&format!("bob:{SHA1}\n"), &["-s"], "bob:secret\n");
    assert_eq!(plan, "");
}

#[test]
fn control_characters_are_escaped() {
    let content = "\x1b[31m:x\nbob:y\n";
    let (plan, _) = previews(content, &["-s", "--prune"], "bob:secret\n");
    assert_eq!(plan, "updated bob\nremoved \\u{1b}[31m\n");
}

#[test]
fn json_has_the_names_of_all_users() {
    let sandbox = Sandbox::with(format!("{TWO_USERS}d\"e:x\n"));
    let list = "alice:secret\nbob:secret\nalice:other\n";
    let run = import(&sandbox, &["-s", "--prune", "--dry-run", "--json"], list);
    let plan = r#"{"added":["alice"],"updated":[],"removed":["carol","d\"e"]}"#;
    let counts = r#""added":1,"updated":0,"unchanged":1,"rejected_count":0,"rejected":[],"duplicates":1,"written":false,"removed":2"#;
    let members = format!("{counts},\"dry_run\":true,\"plan\":{plan},\"warnings\":[");
    assert!(run.exits(0).stdout().contains(&members), "{run}");
    let run = import(&sandbox, &["-s", "--prune", "--json"], list);
    let counts = counts.replace("false", "true");
    assert!(run.exits(0).stdout().contains(&format!("{counts},\"warnings\":[")), "{run}");
}

#[test]
fn a_dry_run_fails_where_the_import_would_fail() {
    let sandbox = Sandbox::with(TWO_USERS);
    let run = import(&sandbox, &["-s", "--dry-run"], "alice:x\nno colon\n");
    run.exits(1).stdout_is("").stderr_has("nothing was written: 1 of 2 records are invalid");
    let run = import(&sandbox, &["-s", "--dry-run", "--keep-going"], "alice:x\nno colon\n");
    run.exits(1).stdout_is("added alice\n");
    import(&sandbox, &["-s", "--dry-run", "--prune"], "").exits(1).stdout_is("").stderr_has("no users");
    let run = import(&sandbox, &["-c", "--dry-run"], "alice:x\n");
    run.is_wrong_call("-c cannot be combined with --dry-run");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);

    let sandbox = Sandbox::with("no colon\n");
    import(&sandbox, &["-s", "--dry-run"], "alice:x\n").exits(7).stdout_is("");
    import(&Sandbox::new(), &["-s", "--dry-run"], "alice:x\n").exits(1).stderr_has("use '-c' to create it");
}

#[test]
fn a_dry_run_creates_no_file() {
    let sandbox = Sandbox::new();
    let run = import(&sandbox, &["-s", "--ensure", "--dry-run"], "alice:x\n");
    run.exits(0).stdout_is("added alice\n");
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_dry_run_works_on_a_read_only_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    if !sandbox.for_ordinary_user() {
        return;
    }
    sandbox.set_mode("passwd", 0o444);
    let call = sandbox.call(["--import", "--prune", "--dry-run", "-s", "passwd"]).stdin("bob:other\n");
    call.by_ordinary_user().run().exits(0).stdout_is("updated bob\nremoved carol\n");
}

#[test]
fn a_list_without_users_has_an_empty_plan() {
    let run = import(&Sandbox::with(TWO_USERS), &["-s", "--dry-run"], "");
    run.exits(0).stdout_is("");
    run.stderr_is("Dry run, nothing was written: passwd: 0 added, 0 updated, 0 unchanged, 0 rejected\n");
}

/// A file may have records with interchanged fields, so that the hash is in the place of the user name.
#[test]
fn plans_show_neither_hashes_nor_control_characters() {
    let content = format!("{BCRYPT}:bob\nu\u{9b}31m:x\n");
    let (plan, _) = previews(&content, &["-s", "--prune"], "bob:secret\n");
    assert_eq!(plan, "added bob\nremoved …\nremoved u\\u{9b}31m\n");
    let sandbox = Sandbox::with(&content);
    let run = import(&sandbox, &["-s", "--prune", "--dry-run", "--json"], "bob:secret\n");
    let plan = r#""plan":{"added":["bob"],"updated":[],"removed":["…","u\u009b31m"]}"#;
    assert!(run.exits(0).stdout().contains(plan), "{run}");
    let run = import(&sandbox, &["-d"], format!("{SHA1}:a\n{SHA1}:b\n"));
    run.stderr_has("Warning: user … is in line 1 and in line 2; the last one counts.\n");
    assert!(!run.stderr().contains("{SHA}"), "{run}");
}

#[test]
fn an_empty_list_with_c_writes_nothing() {
    let sandbox = Sandbox::new();
    let run = import(&sandbox, &["-c", "-s", "--json"], "");
    run.exits(0);
    assert!(run.stdout().contains(r#""written":false"#), "{run}");
    assert!(!sandbox.exists("passwd"));
}
