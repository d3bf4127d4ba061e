//! Kinds of files and links at the path of the password file, and what is preserved when the program writes to them.
//! These tests pass on both programs.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::added;
use crate::support::{SHA1, Sandbox, TWO_USERS, is_root, skipped};
use rustix::fs::{CWD, FileType, Mode, XattrFlags, getxattr, mknodat, setxattr};

const NO_FILE: &str = "htpasswd: cannot modify file passwd; use '-c' to create it\n";
const NOT_CREATED: &str = "htpasswd: cannot create file passwd\n";

fn inode(path: &Path) -> u64 {
    fs::metadata(path).unwrap().ino()
}

// Missing files

#[test]
fn a_missing_file_is_created_only_with_c() {
    for arguments in
        [["-bs", "passwd", "alice", "secret"].as_slice(), &["-D", "passwd", "alice"], &["passwd", "alice"]]
    {
        let sandbox = Sandbox::new();
        sandbox.run(arguments).exits(1).stdout_is("").stderr_is(NO_FILE);
        assert_eq!(sandbox.names(), Vec::<String>::new());
    }
}

#[test]
fn an_empty_file_name_is_rejected() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-bs", "", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot modify file ; use '-c' to create it\n");
    let run = sandbox.run(["-cbs", "", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot create file \n");
}

#[test]
fn an_impossible_file_name_is_rejected_before_the_prompts() {
    let sandbox = Sandbox::new();
    for name in ["", "new/"] {
        let run = sandbox.call(["-cs", name, "alice"]).stdin("secret\nsecret\n").run();
        run.exits(1).stderr_is(&format!("htpasswd: cannot create file {name}\n"));
    }
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_file_in_a_missing_directory_is_not_created() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-bs", "no/passwd", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot modify file no/passwd; use '-c' to create it\n");
    let run = sandbox.run(["-cbs", "no/passwd", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot create file no/passwd\n");
    assert_eq!(sandbox.names(), Vec::<String>::new());
}

#[test]
fn a_file_below_another_file_is_not_created() {
    let sandbox = Sandbox::with(TWO_USERS);
    for name in ["passwd/more", "passwd/"] {
        let run = sandbox.run(["-bs", name, "alice", "secret"]);
        run.exits(1).stderr_is(&format!("htpasswd: cannot modify file {name}; use '-c' to create it\n"));
        let run = sandbox.run(["-cbs", name, "alice", "secret"]);
        run.exits(1).stderr_is(&format!("htpasswd: cannot create file {name}\n"));
    }
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn a_tilde_does_not_mean_the_home_directory() {
    let sandbox = Sandbox::with("");
    sandbox.run(["-bs", "~/passwd", "alice", "secret"]).exits(1);
    assert_eq!(sandbox.text("passwd"), "");
}

#[test]
fn file_names_have_255_bytes_and_paths_4095_at_most() {
    let sandbox = Sandbox::new();
    for name in ["f".repeat(250), "f".repeat(255)] {
        sandbox.run(["-cbs", &name, "alice", "secret"]).exits(0);
        sandbox.run(["-bs", &name, "bob", "secret"]).exits(0);
        assert_eq!(sandbox.text(&name), format!("alice:{SHA1}\nbob:{SHA1}\n"));
    }
    let name = "f".repeat(256);
    let run = sandbox.run(["-cbs", &name, "alice", "secret"]);
    run.exits(1).stderr_is(&format!("htpasswd: cannot create file {name}\n"));

    let sandbox = Sandbox::with(TWO_USERS);
    let path = format!("{}/passwd", "./".repeat(2044));
    assert_eq!(path.len(), 4095);
    sandbox.run(["-bs", &path, "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), added());
}

// Directories, devices and pipes

#[test]
fn a_directory_is_rejected_as_the_password_file() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-D", "passwd", "alice"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(1).stderr_is(NOT_CREATED);
    assert!(sandbox.path("passwd").is_dir());
    assert_eq!(sandbox.names(), ["passwd"]);
}

#[test]
fn a_fifo_is_rejected_as_the_password_file() {
    let sandbox = Sandbox::new();
    mknodat(CWD, sandbox.path("passwd"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-D", "passwd", "alice"]).exits(1).stderr_is(NO_FILE);
    assert!(fs::metadata(sandbox.path("passwd")).unwrap().file_type().is_fifo());
}

#[test]
fn a_socket_is_rejected_as_the_password_file() {
    let sandbox = Sandbox::new();
    let _socket = UnixListener::bind(sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(1).stderr_is(NOT_CREATED);
    assert!(fs::metadata(sandbox.path("passwd")).unwrap().file_type().is_socket());
}

#[test]
fn creating_on_dev_null_succeeds_and_keeps_the_device() {
    let sandbox = Sandbox::new();
    if !sandbox.for_ordinary_user() {
        return;
    }
    let run = sandbox.call(["-cbs", "/dev/null", "alice", "secret"]).by_ordinary_user().run();
    run.exits(0).stdout_is("").stderr_is("Adding password for user alice\n");
    let run = sandbox.call(["-bs", "/dev/null", "alice", "secret"]).by_ordinary_user().run();
    run.exits(1).stderr_is("htpasswd: cannot modify file /dev/null; use '-c' to create it\n");
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn creating_on_dev_full_fails() {
    let sandbox = Sandbox::new();
    if !sandbox.for_ordinary_user() {
        return;
    }
    let run = sandbox.call(["-cbs", "/dev/full", "alice", "secret"]).by_ordinary_user().run();
    run.exits(1).stderr_has("htpasswd: unable to update file /dev/full\n");
}

#[test]
fn creating_on_dev_tty_fails_without_a_terminal() {
    let run = Sandbox::new().run(["-cbs", "/dev/tty", "alice", "secret"]);
    run.exits(1).stderr_is("htpasswd: cannot create file /dev/tty\n");
}

#[test]
fn creating_on_dev_stdout_writes_into_the_pipe() {
    let run = Sandbox::new().run(["-cbs", "/dev/stdout", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{SHA1}\n")).stderr_is("Adding password for user alice\n");
}

#[test]
fn updating_dev_stdout_updates_its_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = OpenOptions::new().append(true).open(sandbox.path("passwd")).unwrap();
    let run = sandbox.call(["-bs", "/dev/stdout", "alice", "secret"]).stdout_to(file).run();
    run.exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn dev_stdin_can_be_read_and_updated_if_it_is_a_file() {
    let sandbox = Sandbox::with(TWO_USERS);
    let file = || File::open(sandbox.path("passwd")).unwrap();
    let run = sandbox.call(["-vb", "/dev/stdin", "bob", "secret"]).stdin_from(file()).run();
    run.exits(0).stderr_is("Password for user bob correct.\n");
    let run = sandbox.call(["-bs", "/dev/stdin", "alice", "secret"]).stdin_from(file()).run();
    run.exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("passwd"), added());
}

// Links

#[test]
fn a_symbolic_link_stays_and_its_target_is_written() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("sub")).unwrap();
    for target in ["sub/real".into(), sandbox.path("sub/real")] {
        fs::write(sandbox.path("sub/real"), TWO_USERS).unwrap();
        symlink(&target, sandbox.path("passwd")).unwrap();
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("sub/real"), added());
        sandbox.run(["-vb", "passwd", "alice", "secret"]).exits(0);
        sandbox.run(["-D", "passwd", "alice"]).exits(0);
        assert_eq!(sandbox.text("sub/real"), TWO_USERS);
        sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.text("sub/real"), format!("alice:{SHA1}\n"));
        assert_eq!(fs::read_link(sandbox.path("passwd")).unwrap(), target);
        fs::remove_file(sandbox.path("passwd")).unwrap();
    }
}

#[test]
fn a_chain_of_symbolic_links_is_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("real", TWO_USERS);
    symlink("real", sandbox.path("second")).unwrap();
    symlink("second", sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    assert_eq!(sandbox.text("real"), added());
    assert!(sandbox.path("passwd").is_symlink() && sandbox.path("second").is_symlink());
    assert_eq!(sandbox.names(), ["passwd", "real", "second"]);
}

#[test]
fn c_creates_the_target_of_a_dangling_link() {
    let sandbox = Sandbox::new();
    symlink("gone", sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    assert_eq!(sandbox.names(), ["passwd"]);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(0).stderr_is("Adding password for user alice\n");
    assert_eq!(sandbox.text("gone"), format!("alice:{SHA1}\n"));
    assert!(sandbox.path("passwd").is_symlink());
}

#[test]
fn a_loop_of_links_is_rejected() {
    let sandbox = Sandbox::new();
    symlink("passwd", sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(1).stderr_is(NOT_CREATED);
}

#[test]
fn a_link_to_a_directory_is_rejected_as_the_password_file() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("sub")).unwrap();
    symlink("sub", sandbox.path("passwd")).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(1).stderr_is(NO_FILE);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(1).stderr_is(NOT_CREATED);
}

#[test]
fn hard_links_stay_linked() {
    let sandbox = Sandbox::with(TWO_USERS);
    fs::hard_link(sandbox.path("passwd"), sandbox.path("other")).unwrap();
    for arguments in [
        ["-bs", "passwd", "alice", "secret"].as_slice(),
        &["-D", "passwd", "bob"],
        &["-cbs", "passwd", "alice", "secret"],
    ] {
        sandbox.run(arguments).exits(0);
        assert_eq!(sandbox.text("other"), sandbox.text("passwd"));
        assert_eq!(inode(&sandbox.path("other")), inode(&sandbox.path("passwd")));
    }
    assert_eq!(sandbox.text("other"), format!("alice:{SHA1}\n"));
}

// Preserved attributes

#[test]
fn a_write_keeps_the_inode_so_that_open_readers_see_it() {
    let sandbox = Sandbox::with(TWO_USERS);
    let reader = File::open(sandbox.path("passwd")).unwrap();
    let before = inode(&sandbox.path("passwd"));
    for arguments in [
        ["-bs", "passwd", "alice", "secret"].as_slice(),
        &["-bs", "passwd", "bob", "new"],
        &["-D", "passwd", "carol"],
        &["-cbs", "passwd", "dave", "secret"],
    ] {
        sandbox.run(arguments).exits(0);
        assert_eq!(inode(&sandbox.path("passwd")), before);
    }
    assert_eq!(std::io::read_to_string(reader).unwrap(), format!("dave:{SHA1}\n"));
}

#[test]
fn an_edit_keeps_the_mode_of_the_file() {
    for mode in [0o600, 0o640, 0o660, 0o644, 0o666, 0o755] {
        for umask in ["022", "077", "000"] {
            let sandbox = Sandbox::with(TWO_USERS);
            sandbox.set_mode("passwd", mode);
            sandbox.call(["-bs", "passwd", "alice", "secret"]).umask(umask).run().exits(0);
            sandbox.call(["-D", "passwd", "alice"]).umask(umask).run().exits(0);
            sandbox.call(["-cbs", "passwd", "alice", "secret"]).umask(umask).run().exits(0);
            assert_eq!(sandbox.mode("passwd"), mode, "{mode:o} under {umask}");
        }
    }
}

#[test]
fn root_edits_read_only_files_and_keeps_their_modes() {
    if !is_root() {
        skipped("needs root");
        return;
    }
    for mode in [0o400, 0o444, 0o000, 0o2644] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.set_mode("passwd", mode);
        sandbox.run(["-vb", "passwd", "bob", "secret"]).exits(0);
        sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
        assert_eq!(sandbox.mode("passwd"), mode, "{mode:o}");
        assert_eq!(sandbox.text("passwd"), added());
    }
}

#[test]
fn an_edit_keeps_the_owner_of_the_file() {
    if !is_root() {
        skipped("needs root");
        return;
    }
    let sandbox = Sandbox::with(TWO_USERS);
    chown(sandbox.path("passwd"), Some(4711), Some(4712)).unwrap();
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    sandbox.run(["-cbs", "passwd", "alice", "secret"]).exits(0);
    let metadata = fs::metadata(sandbox.path("passwd")).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (4711, 4712));
}

#[test]
fn an_edit_keeps_extended_attributes() {
    let sandbox = Sandbox::with(TWO_USERS);
    if setxattr(sandbox.path("passwd"), "user.origin", b"here", XattrFlags::empty()).is_err() {
        skipped("the file system of temporary files has no extended attributes");
        return;
    }
    sandbox.run(["-bs", "passwd", "alice", "secret"]).exits(0);
    let mut value = [0; 16];
    let length = getxattr(sandbox.path("passwd"), "user.origin", &mut value).unwrap();
    assert_eq!(&value[..length], b"here");
}

#[test]
fn a_new_file_has_mode_0666_without_the_umask() {
    for (umask, mode) in [("022", 0o644), ("027", 0o640), ("077", 0o600), ("002", 0o664), ("000", 0o666)] {
        let sandbox = Sandbox::new();
        sandbox.call(["-cbs", "passwd", "alice", "secret"]).umask(umask).run().exits(0);
        assert_eq!(sandbox.mode("passwd"), mode, "umask {umask}");
    }
}

/// The umask gives the new file a mode without write permission, so an ordinary user cannot write the record. Root can
/// write to every file.
#[test]
fn a_new_read_only_file_stays_empty_except_for_root() {
    for (umask, mode) in [("222", 0o444), ("777", 0)] {
        for is_ordinary in [true, false] {
            let sandbox = Sandbox::new();
            let call = sandbox.call(["-cbs", "passwd", "alice", "secret"]).umask(umask);
            if is_ordinary {
                if !sandbox.for_ordinary_user() {
                    return;
                }
                let run = call.by_ordinary_user().run();
                run.exits(1).stderr_has("htpasswd: unable to update file passwd\n");
            } else if is_root() {
                call.run().exits(0);
            } else {
                continue;
            }
            assert_eq!(sandbox.mode("passwd"), mode, "umask {umask}");
            sandbox.set_mode("passwd", 0o600);
            let text = if is_ordinary { String::new() } else { format!("alice:{SHA1}\n") };
            assert_eq!(sandbox.text("passwd"), text, "umask {umask}");
        }
    }
}

#[test]
fn a_large_file_is_edited_in_the_middle() {
    let line = |number: u32| format!("user{number:05}:{SHA1}\n");
    let sandbox = Sandbox::with((0..20_000).map(line).collect::<String>());
    sandbox.run(["-bs", "passwd", "user10000", "new"]).exits(0);
    assert!(sandbox.verifies("user10000", "new"));
    sandbox.run(["-bs", "passwd", "user10000", "secret"]).exits(0);
    assert_eq!(sandbox.text("passwd"), (0..20_000).map(line).collect::<String>());
    sandbox.run(["-D", "passwd", "user00000"]).exits(0);
    assert_eq!(sandbox.text("passwd"), (1..20_000).map(line).collect::<String>());
    sandbox.run(["-D", "passwd", "user19999"]).exits(0);
    assert_eq!(sandbox.text("passwd"), (1..19_999).map(line).collect::<String>());
}
