//! Unix sockets with their permissions, and sockets that systemd opens.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use crate::service::{Folder, LIMIT, Request, SECRET, Service};

fn folder() -> Folder {
    Folder::new(&[("passwd", &format!("alice:{SECRET}\n"))])
}

/// Starts the service on a Unix socket in its folder.
fn start(folder: Folder, options: &[&str]) -> Service {
    let listen = format!("unix:{}", folder.path("socket").display());
    folder.start(&[&["--listen", &listen, "passwd"], options].concat())
}

fn connect(service: &Service) -> UnixStream {
    let stream = UnixStream::connect(service.folder().path("socket")).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

#[test]
fn a_unix_socket_has_its_mode_and_group() {
    for (options, mode) in
        [(&[][..], 0o660), (&["--socket-mode", "0600"], 0o600), (&["--socket-mode", "666"], 0o666)]
    {
        let service = start(folder(), options);
        let file = fs::metadata(service.folder().path("socket")).unwrap();
        assert!(file.file_type().is_socket());
        assert_eq!(file.permissions().mode() & 0o7777, mode, "{options:?}");
    }
    let folder = folder();
    let group = fs::metadata(folder.path("passwd")).unwrap().gid().to_string();
    let service = start(folder, &["--socket-group", &group]);
    assert_eq!(fs::metadata(service.folder().path("socket")).unwrap().gid().to_string(), group);
}

#[test]
fn a_unix_peer_is_trusted_and_needs_the_address_header() {
    // No network is trusted except one that is not used here.
    let service = start(folder(), &["--trusted-proxy", "192.0.2.99"]);
    let right = Request::get("/").login("alice", "secret");
    assert_eq!(right.send_on(&mut connect(&service)).status, 200);
    let bare = Request::bare("GET", "/").login("alice", "secret");
    assert_eq!(bare.send_on(&mut connect(&service)).status, 403);
}

#[test]
fn a_stale_socket_is_replaced_and_other_files_stay() {
    let first = folder();
    drop(UnixListener::bind(first.path("socket")).unwrap());
    let service = start(first, &[]);
    assert_eq!(Request::get("/").send_on(&mut connect(&service)).status, 401);
    // A socket in use stays, and so does a file.
    let listen = format!("unix:{}", service.folder().path("socket").display());
    let output = service.folder().run(&["--listen", &listen, "passwd"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(Request::get("/").send_on(&mut connect(&service)).status, 401);
    let second = folder();
    second.write("socket", "text");
    let listen = format!("unix:{}", second.path("socket").display());
    let output = second.run(&["--listen", &listen, "passwd"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("--listen: cannot listen on "), "{message}");
    assert_eq!(fs::read_to_string(second.path("socket")).unwrap(), "text");
}

#[test]
fn an_unknown_group_is_an_error() {
    let folder = folder();
    let listen = format!("unix:{}", folder.path("socket").display());
    let output = folder.run(&["--listen", &listen, "--socket-group", "no-such-group", "passwd"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(message.contains("/etc/group has no group no-such-group"), "{message}");
    assert!(!folder.path("socket").exists());
}

#[test]
fn sockets_of_systemd_replace_the_listeners() {
    let activate = "systemd-socket-activate";
    if Command::new(activate).arg("--version").output().is_err() {
        let line =
            format_args!("SKIPPED: sockets_of_systemd_replace_the_listeners: {activate} is not installed\n");
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), line);
        return;
    }
    let folder = folder();
    let mut command = Command::new(activate);
    let program = env!("CARGO_BIN_EXE_htpasswd-auth");
    let (logins, metrics) = (folder.path("socket"), folder.path("metrics"));
    command.arg("-l").arg(&logins).arg("-l").arg(&metrics).arg("--fdname=auth:metrics");
    command.args([program, "--listen", "127.0.0.1:1", "passwd"]).current_dir(folder.path(""));
    command.stdin(std::process::Stdio::null()).stderr(fs::File::create(folder.path("log")).unwrap());
    let mut child = command.spawn().unwrap();
    crate::service::until("systemd listens", || logins.exists() && metrics.exists());
    let answer = |path: &std::path::Path, request: Request| {
        let mut stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        request.send_on(&mut stream).status
    };
    // The first connection starts the program.
    assert_eq!(answer(&logins, Request::get("/").login("alice", "secret")), 200);
    assert_eq!(answer(&logins, Request::get("/healthz")), 401);
    assert_eq!(answer(&metrics, Request::bare("GET", "/healthz")), 200);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_service_starts_again_on_its_socket() {
    let folder = folder();
    let listen = format!("unix:{}", folder.path("socket").display());
    let words = ["--listen", listen.as_str(), "passwd"];
    let mut service = folder.start(&words);
    service.signal("KILL");
    service.wait();
    service.restart(&words);
    assert_eq!(Request::get("/").send_on(&mut connect(&service)).status, 401);
}
