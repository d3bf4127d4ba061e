//! Passwords in files that Docker and Kubernetes mount with the mode 0444 are no reason for a warning.

use crate::support::Sandbox;
use crate::support::mounted::Mounted;

const CALL: [&str; 6] = ["-cB", "--strict", "--password-file", "there/secret", "passwd", "max"];

fn secret() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("there")).unwrap();
    sandbox.write("there/secret", "geheim12");
    sandbox.set_mode("there/secret", 0o444);
    sandbox
}

#[test]
fn a_public_password_file_on_an_ordinary_disk_is_reported() {
    let sandbox = secret();
    sandbox.run(CALL).exits(1).stderr_has("every user of this machine can read the password");
}

#[test]
fn a_secret_on_a_read_only_mount_is_accepted() {
    let sandbox = secret();
    let mount = "mount --bind there there && mount -o remount,bind,ro there";
    let Some(mounted) = Mounted::new(&sandbox, mount) else { return };
    mounted.call(CALL).run().exits(0).does_not_warn();
}

#[test]
fn a_secret_in_memory_is_accepted_only_where_docker_mounts_it() {
    let sandbox = secret();
    let make = "printf geheim12 > there/secret && chmod 444 there/secret";
    let Some(mounted) = Mounted::new(&sandbox, &format!("mount -t tmpfs none there && {make}")) else {
        return;
    };
    mounted.call(CALL).run().exits(1);
    let run = "mount -t tmpfs none /run && mkdir /run/secrets && mount -t tmpfs none /run/secrets && \
               printf geheim12 > /run/secrets/pw && chmod 444 /run/secrets/pw";
    let Some(mounted) = Mounted::new(&sandbox, run) else { return };
    let call = ["-cB", "--strict", "--password-file", "/run/secrets/pw", "passwd", "max"];
    mounted.call(call).run().exits(0).does_not_warn();
}
