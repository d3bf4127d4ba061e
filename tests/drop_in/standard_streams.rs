//! An edit needs neither the standard streams nor environment variables. These tests pass on both programs.

use crate::added;
use crate::support::{Sandbox, TWO_USERS};

#[test]
fn an_update_does_not_need_standard_output() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.call(["-bs", "passwd", "alice", "secret"]).redirected(">&-").run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.call(["-bs", "passwd", "alice", "secret"]).redirected(">/dev/full").run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
}

#[test]
fn lost_messages_do_not_stop_an_update() {
    for redirection in ["2>/dev/full", "2>/dev/null"] {
        let sandbox = Sandbox::with(TWO_USERS);
        sandbox.call(["-bs", "passwd", "alice", "secret"]).redirected(redirection).run().exits(0);
        assert_eq!(sandbox.text("passwd"), added(), "{redirection}");
    }
}

#[test]
fn exit_codes_are_the_same_if_standard_error_is_closed() {
    let sandbox = Sandbox::with(TWO_USERS);
    sandbox.call(["-vb", "passwd", "bob", "secret"]).redirected("2>&-").run().exits(0);
    sandbox.call(["-vb", "passwd", "bob", "wrong"]).redirected("2>&-").run().exits(3);
    sandbox.call(["-vb", "passwd", "zed", "secret"]).redirected("2>&-").run().exits(6);
    sandbox.call(["passwd"]).redirected("2>&-").run().exits(2);
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn an_edit_needs_no_environment_and_no_temporary_directory() {
    let sandbox = Sandbox::with(TWO_USERS);
    let before = "unset PATH HOME LANG TMPDIR";
    sandbox.call(["-bs", "passwd", "alice", "secret"]).after(before).run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
    sandbox.call(["-bs", "passwd", "alice", "secret"]).env("TMPDIR", "/none").run().exits(0);
    assert_eq!(sandbox.text("passwd"), added());
}
