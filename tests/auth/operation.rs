//! The operation of the service: metrics, signals, time limits, hang-ups, and messages to systemd.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::{Duration, Instant};

use htpasswd::{Cost, Params, Password, PasswordHash};

use crate::service::{Answer, Folder, LIMIT, Request, SECRET, Service, until};

/// A hash of the password `secret` with bcrypt, which takes about a second in a test build.
fn slow_hash() -> String {
    let params = Params::Bcrypt(Cost::new(12).unwrap());
    PasswordHash::create(&Password::new("secret").unwrap(), &params).unwrap().to_string()
}

/// The value of a metric with these labels.
fn metric(service: &Service, name: &str) -> f64 {
    let text = service.page("/metrics").1;
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("htpasswd_auth_{name} ")));
    line.unwrap_or_else(|| panic!("no {name}: {text}")).parse().unwrap()
}

const METRICS: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

#[test]
fn metrics_count_requests_and_logins() {
    let service = Service::start(&format!("alice:{SECRET}\n"), &METRICS);
    assert_eq!(service.send(Request::get("/")).status, 401);
    assert_eq!((service.login("alice", "secret"), service.login("alice", "secret")), (200, 200));
    assert_eq!((service.login("alice", "x"), service.login("mallory", "x")), (401, 401));
    assert_eq!(service.send(Request::get("/").header("Authorization: Basic ?")).status, 401);
    assert_eq!(service.send(Request::bare("GET", "/")).status, 403);
    for (name, value) in [
        ("requests_total{site=\"default\",code=\"200\"}", 2.0),
        ("requests_total{site=\"default\",code=\"401\"}", 4.0),
        ("requests_total{site=\"default\",code=\"403\"}", 1.0),
        ("logins_total{site=\"default\",result=\"ok\"}", 2.0),
        ("logins_total{site=\"default\",result=\"wrong\"}", 1.0),
        ("logins_total{site=\"default\",result=\"unknown\"}", 1.0),
        ("logins_total{site=\"default\",result=\"malformed\"}", 1.0),
        ("request_duration_seconds_count", 7.0),
        ("queue_wait_seconds_count", 3.0),
        ("hash_duration_seconds_count{scheme=\"{SHA}\"}", 2.0),
        ("cache_hits_total", 1.0),
        ("cache_misses_total", 3.0),
        ("cache_entries", 1.0),
        ("requests_in_flight", 0.0),
        ("queue_length", 0.0),
        ("reload_success", 1.0),
        ("build_info{version=\"0.1.0\"}", 1.0),
    ] {
        assert!((metric(&service, name) - value).abs() < 1e-9, "{name}: {}", service.page("/metrics").1);
    }
    assert!(metric(&service, "last_reload_success_timestamp_seconds") > 1.7e9);
    let text = service.page("/metrics").1;
    assert!(
        text.contains("\nprocess_resident_memory_bytes ") && text.contains("\nprocess_open_fds "),
        "{text}"
    );
}

#[test]
fn no_metric_has_a_word_of_a_client() {
    let service = Service::start(&format!("alice:{SECRET}\n"), &METRICS);
    for path in ["/first-word", "/auth/first-word", "/?first-word"] {
        let request =
            Request::new("FIRST-WORD", path).header("Host: first-word").header("User-Agent: first-word");
        assert_eq!(service.send(request.login("first-word", "first-word")).status, 401);
    }
    let text = service.page("/metrics").1.to_lowercase();
    assert!(!text.contains("first-word") && !text.contains("alice") && !text.contains("192.0.2.1"), "{text}");
}

#[test]
fn a_failed_reload_is_in_the_metrics_and_the_service_stays_ready() {
    let mut service = Service::configured(
        "metrics-listen = \"127.0.0.1:0\"\n[sites.a]\nfile = \"DIR/a\"\n",
        &[("a", &format!("alice:{SECRET}\n"))],
    );
    service.folder().write("auth.toml", "[sites");
    service.signal("HUP");
    service.wait_for_log("the previous configuration stays");
    until("the gauge is 0", || metric(&service, "reload_success") < 0.5);
    // A change of the password file is read, and the configuration still has its error.
    service.folder().write("a", format!("alice:{SECRET}\nbob:{SECRET}\n"));
    until("bob can log in", || service.send(Request::get("/auth/a").login("bob", "secret")).status == 200);
    assert!(metric(&service, "reload_success") < 0.5);
    assert_eq!(service.page("/readyz").0, 200);
    // A file that is missing has the same effect.
    let text = "listen = \"127.0.0.1:0\"\nmetrics-listen = \"127.0.0.1:0\"\n[sites.a]\nfile = \"DIR/a\"\n";
    service.folder().write("auth.toml", text);
    service.signal("HUP");
    until("the gauge is 1", || metric(&service, "reload_success") > 0.5);
    std::fs::remove_file(service.folder().path("a")).unwrap();
    until("the gauge is 0 again", || metric(&service, "reload_success") < 0.5);
    let request = Request::get("/auth/a").login("alice", "secret");
    assert_eq!(service.send(request).status, 200);
}

#[test]
fn a_stop_finishes_requests_under_way() {
    let mut service = Service::start(&format!("alice:{}\n", slow_hash()), &METRICS);
    let mut idle = service.connect();
    assert_eq!(Request::get("/").keep_alive().send_on(&mut idle).status, 401);
    let mut stream = service.connect();
    stream.write_all(&Request::get("/").keep_alive().login("alice", "secret").bytes()).unwrap();
    until("the login has begun", || metric(&service, "requests_in_flight") > 0.5);
    service.signal("TERM");
    service.wait_for_log("stopping");
    assert_eq!(Answer::read(&mut stream, false).status, 200);
    assert_eq!(service.wait(), Some(0));
    // The service has closed both connections.
    assert_eq!((stream.read(&mut [0]).unwrap(), idle.read(&mut [0]).unwrap()), (0, 0));
    assert!(!service.log().contains("not finished in time"), "an idle connection delays the stop");
}

#[test]
fn a_stop_ends_at_its_deadline() {
    let mut service = Service::start(&format!("alice:{SECRET}\n"), &["--stop-timeout", "1"]);
    let mut stream = service.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    service.signal("INT");
    assert_eq!(service.wait(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn a_login_continues_and_fills_the_cache_after_a_hang_up() {
    let service = Service::start(&format!("alice:{}\n", slow_hash()), &METRICS);
    let mut stream = service.connect();
    stream.write_all(&Request::get("/").login("alice", "secret").bytes()).unwrap();
    until("the login has begun", || metric(&service, "requests_in_flight") > 0.5);
    drop(stream);
    until("the login is verified", || metric(&service, "cache_misses_total") > 0.5);
    assert_eq!(service.login("alice", "secret"), 200);
    assert!((metric(&service, "cache_hits_total") - 1.0).abs() < 1e-9);
    assert!((metric(&service, "logins_total{site=\"default\",result=\"abandoned\"}") - 1.0).abs() < 1e-9);
    assert!(
        service
            .log()
            .contains(" info login abandoned by the proxy remote_ip=192.0.2.1 site=default method=GET\n")
    );
}

#[test]
fn a_login_that_waits_is_given_up_after_a_hang_up() {
    let users = format!("alice:{0}\nbob:{0}\n", slow_hash());
    let service =
        Service::start(&users, &[&METRICS[..], &["--threads", "1", "--queue-timeout", "20"]].concat());
    let begin = |user: &str, number: usize| {
        let mut stream = service.connect();
        let request = Request::get("/").login(user, &format!("guess {number}"));
        stream.write_all(&request.bytes()).unwrap();
        stream
    };
    // The thread computes one login and then four at once, so the sixth one and later ones wait.
    let running: Vec<_> = (0..8).map(|number| begin("alice", number)).collect();
    until("logins wait", || metric(&service, "queue_length") > 0.5);
    let waiting: Vec<_> = (0..8).map(|number| begin("bob", number)).collect();
    until("more logins wait", || metric(&service, "queue_length") > 7.5);
    drop(waiting);
    until("the queue is short", || metric(&service, "queue_length") < 4.5);
    assert!(metric(&service, "cache_misses_total") < 12.5, "most logins of bob were given up");
    drop(running);
}

#[test]
fn a_slow_untrusted_peer_is_closed_soon() {
    let service = Service::start(&format!("alice:{SECRET}\n"), &["--trusted-proxy", "192.0.2.1"]);
    let mut stream = service.connect();
    stream.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(!String::from_utf8_lossy(&rest).contains(" 200 "));
}

#[test]
fn untrusted_peers_take_no_connections_of_proxies() {
    let folder = Folder::new(&[("passwd", &format!("alice:{SECRET}\n"))]);
    let path = folder.path("socket");
    let listen = format!("unix:{}", path.display());
    let options = ["--listen", "127.0.0.1:0", "--listen", &listen, "--connections", "2", "passwd"];
    let service = folder.start(&[&options[..], &["--trusted-proxy", "192.0.2.99"]].concat());
    let idle: Vec<_> = (0..100).map(|_| service.connect()).collect();
    let mut proxy = std::os::unix::net::UnixStream::connect(path).unwrap();
    proxy.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(Request::get("/").login("alice", "secret").send_on(&mut proxy).status, 200);
    drop(idle);
}

/// Receives the next message to systemd.
fn message(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 4096];
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn systemd_is_notified() {
    let folder = Folder::new(&[("passwd", &format!("alice:{SECRET}\n"))]);
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let mut command = folder.command(&["--listen", "127.0.0.1:0", "passwd"]);
    command.env("NOTIFY_SOCKET", folder.path("notify")).env("WATCHDOG_USEC", "200000");
    let mut service = folder.spawn(&mut command);
    let next = |wanted: &str| {
        let start = Instant::now();
        loop {
            assert!(start.elapsed() < LIMIT, "no {wanted}");
            let message = message(&socket);
            if message.contains(wanted) {
                return message;
            }
            assert!(message.starts_with("WATCHDOG=1"), "{message} instead of {wanted}");
        }
    };
    next("READY=1");
    next("WATCHDOG=1");
    service.signal("HUP");
    assert!(next("RELOADING=1").contains("MONOTONIC_USEC="));
    next("READY=1");
    service.signal("TERM");
    next("STOPPING=1");
    assert_eq!(service.wait(), Some(0));
}
