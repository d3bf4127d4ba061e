//! Tests of interrupted writes to unusual files: links, mounts, full disks, long names. The file keeps its links,
//! owner, mode, ACL and attributes; the next run finishes the write; and no journal is left.

mod times;

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::companions::journal_of;
use crate::support::mounted::Mounted;
use crate::support::strace::{
    SystemCall, can_trace, counted, from_file_on, ours, strace, system_calls, with_rules,
};
use crate::support::users::{OTHER, set, users, without_blank_lines};
use crate::support::{Exit, SHA1, SHA512_CRYPT, Sandbox, has_tool, is_root, skipped};

fn before() -> String {
    users(5)
}

fn deleted() -> String {
    before().replace(&format!("u00001:{SHA1}\n"), "")
}

fn delete(file: &str) -> [&str; 3] {
    ["-D", file, "u00001"]
}

fn verify(file: &str) -> [&str; 4] {
    ["-vb", file, "u00000", "secret"]
}

/// Kills a deletion of u00001 before the program cuts the file to its new length.
#[track_caller]
fn cut_off(sandbox: &Sandbox, file: &str) {
    let run = with_rules(sandbox.call(delete(file)), &["inject=ftruncate:signal=KILL:when=1"]).run();
    assert_eq!(run.exit, Exit::Signal(9), "{run}");
    let text = sandbox.text(file);
    assert!(text != deleted() && without_blank_lines(&text) == deleted(), "{text}");
}

#[test]
fn a_chain_of_links_stays_and_its_target_is_recovered() {
    if !can_trace() {
        return;
    }
    let names = ["passwd", "second", "sub/real", "third"];
    for (through, next) in [(0, 0), (0, 2), (1, 0), (2, 1)] {
        let sandbox = Sandbox::new();
        for directory in ["sub", "deep"] {
            fs::create_dir(sandbox.path(directory)).unwrap();
        }
        sandbox.write("sub/real", before());
        symlink("second", sandbox.path("passwd")).unwrap();
        symlink("deep/third", sandbox.path("second")).unwrap();
        symlink(sandbox.path("sub/real"), sandbox.path("deep/third")).unwrap();
        cut_off(&sandbox, names[through]);
        assert!(sandbox.path("sub").join(journal_of("real")).exists(), "the journal is not beside the file");
        sandbox.run(verify(names[next])).exits(0);
        assert_eq!(sandbox.text("sub/real"), deleted());
        assert_eq!(sandbox.names(), ["deep", "passwd", "second", "sub"]);
        let inside = |name: &str| fs::read_dir(sandbox.path(name)).unwrap().count();
        assert_eq!((inside("sub"), inside("deep")), (1, 1));
        assert_eq!(fs::read_link(sandbox.path("passwd")).unwrap(), Path::new("second"));
        assert_eq!(fs::read_link(sandbox.path("second")).unwrap(), Path::new("deep/third"));
    }
}

#[test]
fn a_file_is_recovered_by_the_name_of_the_killed_write() {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::with(before());
    fs::hard_link(sandbox.path("passwd"), sandbox.path("other")).unwrap();
    cut_off(&sandbox, "passwd");
    // Under its other name, the file is valid except for blank lines, and can be changed.
    sandbox.run(verify("other")).exits(0);
    sandbox.run(verify("passwd")).exits(0);
    assert_eq!(sandbox.text("passwd"), deleted());
    sandbox.run(["-bs", "other", "u00000", "other"]).exits(0);
    for name in ["passwd", "other"] {
        assert_eq!(sandbox.text(name), set(&deleted(), "u00000", OTHER));
        assert_eq!(fs::metadata(sandbox.path(name)).unwrap().nlink(), 2);
    }
    assert_eq!(sandbox.names(), ["other", "passwd"]);
}

#[test]
fn recovery_keeps_an_edit_through_another_hard_link() {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::with(before());
    fs::hard_link(sandbox.path("passwd"), sandbox.path("other")).unwrap();
    cut_off(&sandbox, "passwd");
    sandbox.run(["-b5", "other", "u00003", "other"]).exits(0);
    let text = sandbox.text("other");
    let users = |text: &str| without_blank_lines(text);
    let now = users(&text);
    sandbox.run(["-bs", "passwd", "new", "secret"]).exits(0);
    assert_eq!(users(&sandbox.text("passwd")), format!("{now}new:{SHA1}\n"));
}

/// The inode, owner, group, mode, ACL and attributes of a file.
fn metadata_of(path: &Path) -> (u64, u32, u32, u32, String) {
    let metadata = fs::metadata(path).unwrap();
    let list = |tool: &str, arguments: &[&str]| {
        let output = Command::new(tool).args(arguments).arg(path).output();
        output.map(|output| String::from_utf8(output.stdout).unwrap()).unwrap_or_default()
    };
    let lists = list("getfacl", &["-cp"]) + &list("getfattr", &["-d", "--absolute-names"]);
    (metadata.ino(), metadata.uid(), metadata.gid(), metadata.mode(), lists)
}

#[test]
fn recovery_preserves_owner_mode_acl_and_attributes() {
    if !can_trace() {
        return;
    }
    for tool in ["setfacl", "setfattr"] {
        if !has_tool(tool, &["--version"]) {
            skipped(&format!("{tool} is not installed"));
            return;
        }
    }
    for (name, number) in [("pwrite64", 1), ("ftruncate", 1), ("fsync", 3), ("unlinkat", 1), ("write", 2)] {
        for mode in [0o600, 0o640, 0o604] {
            let sandbox = Sandbox::with(before());
            let path = sandbox.path("passwd");
            if is_root() {
                chown(&path, Some(12345), Some(12346)).unwrap();
            }
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let set = |tool: &str, arguments: &[&str]| {
                assert!(Command::new(tool).args(arguments).arg(&path).status().unwrap().success(), "{tool}");
            };
            set("setfacl", &["-m", "u:65534:r"]);
            set("setfattr", &["-n", "user.origin", "-v", "here"]);
            let mine = metadata_of(&path);
            assert!(mine.4.contains("user:nobody:r--") && mine.4.contains("user.origin"), "{mine:?}");
            let rule = format!("inject={name}:signal=KILL:when={number}");
            let run = with_rules(sandbox.call(delete("passwd")), &[rule]).run();
            assert_eq!(run.exit, Exit::Signal(9), "{run}");
            sandbox.run(["-bs", "passwd", "u00000", "other"]).exits(0);
            assert_eq!(metadata_of(&path), mine, "after a kill at {name}");
            assert_eq!(sandbox.names(), ["passwd"], "after a kill at {name}");
        }
    }
    if !is_root() {
        skipped("only root can change owners: the owner was not changed");
    }
}

/// The user has no write permission for the directory, so the program cannot make a journal.
#[test]
fn a_killed_write_without_a_journal_leaves_valid_lines() {
    if !can_trace() {
        return;
    }
    let start = || {
        let sandbox = Sandbox::with(before());
        let ready = sandbox.for_ordinary_user();
        sandbox.set_mode(".", 0o555);
        (ready, sandbox)
    };
    let (ready, sandbox) = start();
    if !ready {
        return;
    }
    let calls = from_file_on(system_calls(&sandbox, sandbox.call(delete("passwd"))), "passwd");
    let lengthened = set(&before(), "u00003", SHA512_CRYPT);
    let mut kills = 0;
    for (arguments, after) in [
        (&["-D", "passwd", "u00001"][..], deleted()),
        (&["-bs", "passwd", "new", "secret"], set(&before(), "new", SHA1)),
        (&["-b5", "passwd", "u00003", "secret"], lengthened),
    ] {
        for call in &calls {
            let (_, sandbox) = start();
            let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
            let user = user.into_iter().filter(|_| is_root()).map(str::to_owned);
            let words = user.chain(strace(&[call.inject("signal=KILL")]));
            let run = sandbox.call(arguments).by_ordinary_user().under(words).run();
            kills += usize::from(run.exit == Exit::Signal(9));
            let comparable = |text: &str| {
                // The hash is cut off before the comparison, because each run has another salt.
                let plain = |line: &str| line.split("$6$").next().unwrap().trim_end().to_owned() + "\n";
                without_blank_lines(text).lines().map(plain).collect::<String>()
            };
            let at = format!("{arguments:?} killed at {} number {}", call.name, call.number);
            let now = comparable(&sandbox.text("passwd"));
            assert!(now == comparable(&before()) || now == comparable(&after), "{at}\n{now}");
            sandbox.call(["-bs", "passwd", "u00000", "other"]).by_ordinary_user().run().exits(0);
            assert_eq!(comparable(&sandbox.text("passwd")), set(&now, "u00000", OTHER), "{at}");
            assert_eq!(sandbox.names(), ["passwd"], "{at}");
        }
    }
    counted(&format!("{kills} kills"));
    assert!(kills > 50, "{kills}");
}

#[test]
fn a_bind_mounted_file_is_written_and_recovered_in_place() {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("source")).unwrap();
    fs::create_dir(sandbox.path("there")).unwrap();
    sandbox.write("source/users", before());
    sandbox.write("there/passwd", "");
    let Some(mounted) = Mounted::new(&sandbox, "mount --bind source/users there/passwd") else { return };
    let inode = fs::metadata(sandbox.path("source/users")).unwrap().ino();
    let run = mounted.call_with_rule(delete("there/passwd"), "inject=ftruncate:signal=KILL:when=1").run();
    assert_eq!(run.exit, Exit::Signal(9), "{run}");
    let text = sandbox.text("source/users");
    assert!(text != deleted() && without_blank_lines(&text) == deleted(), "{text}");
    // Outside the mount, the file is valid except for blank lines.
    sandbox.run(verify("source/users")).exits(0);
    mounted.call(verify("there/passwd")).run().exits(0);
    assert_eq!(sandbox.text("source/users"), deleted());
    mounted.call(["-bs", "there/passwd", "new", "secret"]).run().exits(0);
    mounted.call(["-bs", "there/passwd", "u00000", "other"]).run().exits(0);
    assert_eq!(sandbox.text("source/users"), set(&set(&deleted(), "new", SHA1), "u00000", OTHER));
    mounted.call(["-cbs", "there/passwd", "only", "secret"]).run().exits(0);
    assert_eq!(sandbox.text("source/users"), format!("only:{SHA1}\n"));
    assert_eq!(fs::metadata(sandbox.path("source/users")).unwrap().ino(), inode);
    assert_eq!(mounted.shell("ls -A there source"), "source:\nusers\n\nthere:\npasswd\n");
}

/// The file system has 8 KiB: first it has space for the file and its journal, then for the file alone, then for
/// nothing.
#[test]
fn a_full_disk_rejects_additions_and_keeps_all_users() {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("small")).unwrap();
    let Some(mounted) = Mounted::new(&sandbox, "mount -t tmpfs -o size=8k none small") else { return };
    let text = || mounted.shell("cat small/passwd");
    let (mut done, mut rejected) = (0, 0);
    for fallocate_works in [true, false] {
        for filler in [0, 4096] {
            mounted.shell(&format!("rm -f small/*; head -c {filler} /dev/zero >small/filler"));
            let mut model = users(90);
            let mut put = Command::new("nsenter");
            let file = sandbox.path("small/passwd");
            put.args(&mounted.words()[1..]).args(["sh", "-c", "cat >\"$0\""]).arg(file).stdin(Stdio::piped());
            let mut put = put.spawn().unwrap();
            put.stdin.take().unwrap().write_all(model.as_bytes()).unwrap();
            assert!(put.wait().unwrap().success());
            let rule = "inject=fallocate:error=EOPNOTSUPP";
            let run = |arguments: &[&str]| {
                let call = if fallocate_works {
                    mounted.call(arguments.iter().copied())
                } else {
                    // On a file system that cannot reserve space, the write itself fails.
                    mounted.call_with_rule(arguments.iter().copied(), rule)
                };
                call.run()
            };
            let mut is_last_rejected = false;
            for number in 0..130 {
                let user = format!("new{number:03}");
                let made = run(&["-bs", "small/passwd", &user, "secret"]);
                let at = format!("filler of {filler}, add {number}, fallocate: {fallocate_works}");
                is_last_rejected = made.exit != Exit::Code(0);
                if is_last_rejected {
                    rejected += 1;
                    made.exits(1).stderr_has(": No space left on device");
                } else {
                    done += 1;
                    model = set(&model, &user, SHA1);
                }
                assert_eq!(text(), model, "{at}\n{made}");
                assert_eq!(mounted.shell("ls -A small"), "filler\npasswd\n", "{at}");
                if is_last_rejected && number > 20 {
                    break;
                }
            }
            assert!(is_last_rejected, "the disk is not full after all additions");
            // On a full disk, a user can still be changed and deleted.
            run(&["-bs", "small/passwd", "u00044", "other"]).exits(0);
            model = set(&model, "u00044", OTHER);
            assert_eq!(text(), model);
            run(&["-D", "small/passwd", "u00002"]).exits(0);
            model = model.replace(&format!("u00002:{SHA1}\n"), "");
            assert_eq!(text(), model);
            assert_eq!(mounted.shell("ls -A small"), "filler\npasswd\n");
            // A new file is complete or does not exist.
            let made = run(&["-cbs", "small/another", "bob", "secret"]);
            let there = mounted.shell("cd small && cat another 2>/dev/null || :");
            let expected = if made.exit == Exit::Code(0) { format!("bob:{SHA1}\n") } else { String::new() };
            assert_eq!(there, expected, "{made}");
            mounted.shell("rm -f small/another");
        }
    }
    counted(&format!("{done} additions done and {rejected} rejected for lack of space"));
}

/// After `sudo -u USER htpasswd passwd …` in a directory of root, only a relative path reaches the file.
#[test]
fn recovery_works_if_only_a_relative_path_reaches_the_file() {
    if !can_trace() {
        return;
    }
    if !is_root() {
        skipped("only root can run the program as another user");
        return;
    }
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("private/inner")).unwrap();
    sandbox.write("private/inner/passwd", before());
    for name in ["private/inner", "private/inner/passwd"] {
        chown(sandbox.path(name), Some(65534), Some(65534)).unwrap();
    }
    sandbox.set_mode("private", 0o700);
    if !has_tool("setpriv", &["--reuid=65534", "--regid=65534", "--clear-groups", "true"]) {
        skipped("setpriv cannot make root an ordinary user");
        return;
    }
    let call = |arguments: &[&str]| sandbox.call(arguments).by_ordinary_user().after("cd private/inner");
    call(&["-bs", "passwd", "u00000", "other"]).run().exits(0);
    let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"].map(str::to_owned);
    let words = user.into_iter().chain(strace(&["inject=ftruncate:signal=KILL:when=1"]));
    let run = call(&delete("passwd")).under(words).run();
    assert_eq!(run.exit, Exit::Signal(9), "{run}");
    let run = call(&["-bs", "passwd", "u00000", "secret"]).run();
    run.exits(0).warns();
    assert_eq!(sandbox.text("private/inner/passwd"), deleted(), "{run}");
    assert_eq!(fs::read_dir(sandbox.path("private/inner")).unwrap().count(), 1);
}

/// The program reserves space before it makes the journal, so that it detects a full disk before any change. The
/// program reserves nothing if the last block of the file has enough space.
#[test]
fn space_is_reserved_before_the_journal_is_made() {
    if !can_trace() {
        return;
    }
    let line = format!("new:{SHA1}\n").len();
    for length in [1000, 4096] {
        let sandbox = Sandbox::with(format!("#{}\n", "x".repeat(length - 2)));
        // The last block may have space after the end of the file.
        let has_room = fs::metadata(sandbox.path("passwd")).unwrap().blocks() * 512 >= (length + line) as u64;
        let calls = system_calls(&sandbox, sandbox.call(["-bs", "passwd", "new", "secret"]));
        let at = |part: &str| calls.iter().position(|call| call.text.contains(part));
        let reserved = at("fallocate(");
        assert_eq!(reserved.is_none(), has_room, "{calls:?}");
        if let Some(reserved) = reserved {
            assert!(
                calls[reserved].text.contains(&format!("FALLOC_FL_KEEP_SIZE, {length}, {line})")),
                "{calls:?}"
            );
            let made = |call: &SystemCall| {
                call.text.contains(&journal_of("passwd")) && call.text.contains("O_CREAT")
            };
            assert!(Some(reserved) < calls.iter().position(made), "{calls:?}");
        }
    }
}

#[test]
fn a_closed_pipe_on_standard_output_is_an_error() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(before());
    sandbox.run(["-cbs", "/dev/stdout", "bob", "secret"]).exits(0).stdout_is(&format!("bob:{SHA1}\n"));
    // The reader of the pipe is closed. The program must neither crash nor succeed.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let run = sandbox.call(["-cbs", "/dev/stdout", "bob", "secret"]).stdout_to(writer).run();
    assert!(matches!(run.exit, Exit::Code(1) | Exit::Signal(13)), "{run}");
    assert_eq!(sandbox.text("passwd"), before());
    assert_eq!(sandbox.names(), ["passwd"]);
    assert!(sandbox.temporary_names().is_empty());
}

#[test]
fn file_names_of_any_length_have_a_journal_of_their_own() {
    if !can_trace() {
        return;
    }
    for length in [1, 100, 230, 231, 232, 237, 238, 250, 254, 255] {
        // The names of the two files differ only in their last byte.
        let names = ['a', 'b'].map(|last| "f".repeat(length - 1) + &last.to_string());
        let sandbox = Sandbox::new();
        for name in &names {
            sandbox.write(name, before());
        }
        cut_off(&sandbox, &names[0]);
        cut_off(&sandbox, &names[1]);
        let journals = sandbox.names().iter().filter(|name| name.starts_with('.')).count();
        assert_eq!(journals, 2, "names of {length} bytes: {:?}", sandbox.names());
        for name in &names {
            sandbox.run(verify(name)).exits(0);
            assert_eq!(sandbox.text(name), deleted(), "a name of {length} bytes");
        }
        assert_eq!(sandbox.names(), names, "names of {length} bytes");
        // A journal that does not match the file is quarantined under a name of at most 255 bytes.
        let again = sandbox.call(["-D", &names[0], "u00002"]);
        let run = with_rules(again, &["inject=pwrite64:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        let hidden_names =
            || sandbox.names().into_iter().filter(|name| name.starts_with('.')).collect::<Vec<_>>();
        let journal = hidden_names();
        OpenOptions::new().append(true).open(sandbox.path(&names[0])).unwrap().write_all(b"x:y\n").unwrap();
        let run = sandbox.run(["-bs", &names[0], "u00000", "other"]);
        run.exits(0).warns();
        assert_eq!(sandbox.text(&names[0]), set(&deleted(), "u00000", OTHER) + "x:y\n", "{run}");
        let kept = hidden_names();
        assert!(journal.len() == 1 && kept.len() == 1 && journal != kept, "{journal:?} {kept:?}");
        assert!(kept[0].starts_with(".htpasswd-quarantined-1."), "{kept:?}");
        // A new file can also have this name.
        let sandbox = Sandbox::new();
        sandbox.run(["-cbs", &names[0], "bob", "secret"]).exits(0);
        assert_eq!(sandbox.names(), names[..1]);
    }
}

/// A sparse file of 3 GiB has one line that is larger than the memory limit.
#[test]
fn a_line_that_does_not_fit_into_memory_is_an_error() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(users(2));
    let file = OpenOptions::new().write(true).open(sandbox.path("passwd")).unwrap();
    file.set_len(3 << 30).unwrap();
    for arguments in [["-bv", "passwd", "unknown", "x"], ["-bs", "passwd", "unknown", "x"]] {
        let run = sandbox.call(arguments).after("ulimit -v 400000").run();
        run.exits(1);
        assert!(run.stderr().contains("out of memory"), "{run}");
    }
    assert_eq!(sandbox.names(), ["passwd"]);
}
