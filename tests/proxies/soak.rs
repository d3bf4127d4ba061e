//! The soak: logins, guesses, edits, reloads, new certificates, kills and stops of the service, and restarts of nginx, at
//! the same time.
//!
//! nginx asks the service over TLS with keep-alive for one host, and over the Unix socket for another host. The test
//! knows each state that each user may have at each moment: an edit adds a state when it begins, and removes the old
//! states when the service has shown the new one. A verdict is wrong if no state during the request gives it.
//!
//! The service is killed only in the first tenth of the time, because memory is compared between the end of the second
//! tenth and the end of the last one, in one process. SIGSTOP and all other events happen until the end. Memory may grow by
//! 10 percent in ten minutes, and by 25 percent in a shorter run. The soak takes 60 seconds, and ten minutes with
//! `HTPASSWD_TEST_FULL=1`. `HTPASSWD_TEST_SECONDS` chooses another time, and `HTPASSWD_TEST_SEED` other random events.

mod load;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use std::{fs, thread};

use htpasswd::{Cost, FileStore, Params, Password, PasswordHash, Username};
use test_support::random::Random;
use test_support::servers::Server;

use self::load::{CLIENTS, GUESSERS, Period, Soak, USERS, end_last};
use crate::application::Application;
use crate::page::{insert_after, replace};
use crate::recipe::Recipe;
use crate::service::{Folder, LIMIT, Request, Service, authority, certificate, until};

/// The time after a disturbance in which nginx may still answer without a verdict.
const RECOVERY: Duration = Duration::from_secs(1);
const WORDS: [&str; 2] = ["--config", "auth.toml"];

/// A hash with the scheme of this user: some are cheap, and some are dear.
fn hash(user: usize, password: &str) -> PasswordHash {
    let bcrypt = |cost| Params::Bcrypt(Cost::new(cost).unwrap());
    let schemes = [
        Params::Sha1,
        Params::Apr1,
        bcrypt(5),
        bcrypt(10),
        Params::Sha512Crypt(None),
        Params::Sha256Crypt(None),
    ];
    PasswordHash::create(&Password::new(password).unwrap(), &schemes[user % schemes.len()]).unwrap()
}

/// Ends all threads of the soak, also if a check fails.
struct StopAtEnd<'a>(&'a Soak);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::SeqCst);
    }
}

/// The part of the test that changes files and disturbs programs. Events happen one after the other.
struct Director<'a> {
    soak: &'a Soak,
    random: Random,
    service: Service,
    proxy: Option<Server>,
    root: PathBuf,
    lines: String,
    configuration: String,
    days: u32,
    edits: usize,
}

impl Director<'_> {
    /// The status that the service gives to a login, over its Unix socket. `None` if it is busy.
    fn verdict(&self, user: usize, password: &str) -> Option<u16> {
        let mut stream = UnixStream::connect(self.service.folder().path("auth.sock")).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let request =
            Request::bare("GET", "/auth/wiki").header(format!("X-Real-IP: {}", self.soak.next_address()));
        let answer = request.login(&format!("user{user}"), password).send_on(&mut stream);
        let is_busy = ["429", "503"].iter().any(|status| answer.values("x-auth-status") == [*status]);
        (!is_busy).then_some(answer.status)
    }

    /// Waits until the service has the newest state of the user.
    fn settle(&self, user: usize, old_password: &str) {
        let state = self.soak.newest(user);
        let password = state.password.clone().unwrap_or_else(|| old_password.to_owned());
        let wanted = state.verdict(&password);
        let (start, mut statuses) = (Instant::now(), BTreeMap::new());
        loop {
            let status = self.verdict(user, &password);
            if status == Some(wanted) {
                break;
            }
            *statuses.entry(status).or_insert(0) += 1;
            assert!(start.elapsed() < LIMIT, "user{user} never has {state:?}: {statuses:?}");
            thread::sleep(Duration::from_millis(20));
        }
        self.soak.end_edit(user);
    }

    fn staff(&self) -> String {
        let names =
            (2..USERS).filter(|user| self.soak.newest(*user).is_allowed).map(|user| format!(" user{user}"));
        format!("staff:{}\n", names.collect::<String>())
    }

    /// Writes a file and puts it into its place, as many editors do.
    fn replace_file(&self, name: &str, text: &str) {
        fs::write(self.service.folder().path("new"), text).unwrap();
        fs::rename(self.service.folder().path("new"), self.service.folder().path(name)).unwrap();
    }

    /// Changes the password file, the group file or the configuration. Returns the user and the previous password.
    fn edit(&mut self) -> (usize, String) {
        self.edits += 1;
        let kind = self.random.below(10);
        let user = if kind == 9 { 0 } else { 2 + self.random.below(USERS - 2) };
        let old = self.soak.newest(user);
        let previous = old.password.clone().unwrap_or_else(|| "first".to_owned());
        let mut new = old.clone();
        match kind {
            0..6 if old.password.is_none() || self.random.percent(70) => {
                new.password = Some(format!("edit {} {}", self.edits, self.random.below(1 << 20)));
            }
            0..6 => new.password = None,
            _ => new.is_allowed = !old.is_allowed,
        }
        self.soak.begin_edit(user, new.clone());
        let path = self.service.folder().path("htpasswd");
        let name = Username::new(format!("user{user}")).unwrap();
        match kind {
            0..6 => {
                self.soak.count(if new.password.is_some() { "edits: password" } else { "edits: removal" });
                let hash = new.password.map(|password| hash(user, &password));
                if kind < 4 {
                    let store = FileStore::new(&path);
                    match &hash {
                        Some(hash) => drop(store.set(&name, hash).unwrap()),
                        None => drop(store.remove(&name).unwrap()),
                    }
                } else {
                    let text = fs::read_to_string(&path).unwrap();
                    let others = text.lines().filter(|line| !line.starts_with(&format!("user{user}:")));
                    let own = hash.map(|hash| format!("user{user}:{hash}"));
                    let lines: Vec<_> = others.map(str::to_owned).chain(own).collect();
                    self.replace_file("htpasswd", &(lines.join("\n") + "\n"));
                }
            }
            6..9 => {
                self.soak.count("edits: group");
                self.replace_file("groups", &self.staff());
            }
            _ => {
                self.soak.count("reloads: a user is allowed or not");
                self.write_configuration();
                self.service.signal("HUP");
            }
        }
        (user, previous)
    }

    fn write_configuration(&self) {
        let users = if self.soak.newest(0).is_allowed { "users = [\"user0\"]\n" } else { "" };
        self.service.folder().write("auth.toml", format!("{}{users}", self.configuration));
    }

    fn start_proxy(&mut self) -> bool {
        let lines = &self.lines;
        let listen = |port| lines.replace("listen 80", &format!("listen 127.0.0.1:{port}"));
        self.proxy = Server::nginx_proxy(&self.root, listen);
        let port = self.proxy.as_ref().map(Server::port);
        self.soak.port.store(port.unwrap_or(0), Ordering::SeqCst);
        port.is_some()
    }

    /// Does something after which nginx may answer without a verdict for some time.
    fn disturb(&mut self, name: &str, action: impl FnOnce(&mut Self)) {
        self.soak.count(name);
        self.soak.disturbed.lock().unwrap().push(Period::begin());
        action(self);
        until("nginx answers with verdicts again", || {
            let login = Some((USERS, "unknown", "nothing"));
            let answer = self.soak.exchange(&mut None, &self.soak.next_address(), login);
            answer.is_ok_and(|answer| answer.status == 401)
        });
        thread::sleep(RECOVERY);
        end_last(&self.soak.disturbed);
    }

    fn kill(&mut self) {
        let edit = self.random.percent(50);
        self.disturb("kills of the service", |own| {
            let edited = edit.then(|| own.edit());
            own.service.signal("KILL");
            own.service.wait();
            own.soak.down.lock().unwrap().push(Period::begin());
            thread::sleep(Duration::from_millis(200 + own.random.below(500) as u64));
            end_last(&own.soak.down);
            own.service.restart(&WORDS);
            if let Some((user, previous)) = edited {
                own.settle(user, &previous);
            }
        });
    }

    fn stop(&mut self) {
        self.disturb("stops of the service", |own| {
            own.service.freeze();
            own.soak.down.lock().unwrap().push(Period::begin());
            thread::sleep(Duration::from_millis(500 + own.random.below(2000) as u64));
            end_last(&own.soak.down);
            own.service.signal("CONT");
        });
    }

    fn change_certificate(&mut self) {
        self.soak.count("certificate changes");
        let name = "htpasswd_auth_certificate_not_after_timestamp_seconds ";
        let end = |own: &Self| {
            let page = own.service.page("/metrics").1;
            page.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))
        };
        let before = end(self);
        self.days = 3 - self.days;
        certificate(self.service.folder(), "ca", "server", self.days);
        until("the new certificate is in use", || end(self) != before);
    }

    /// Sends SIGHUP with a configuration that has an error: the previous one stays.
    fn reload_with_an_error(&mut self) {
        self.soak.count("reloads: rejected");
        self.service.folder().write("auth.toml", "listen = 1");
        self.service.signal("HUP");
        thread::sleep(Duration::from_millis(200));
        self.write_configuration();
    }

    fn next(&mut self, may_kill: bool) {
        match self.random.below(20) {
            0..3 if may_kill => self.kill(),
            3 => self.stop(),
            4 => self.disturb("restarts of nginx", |own| {
                own.proxy = None;
                assert!(own.start_proxy());
            }),
            5 => self.change_certificate(),
            6 => self.reload_with_an_error(),
            _ => {
                let (user, previous) = self.edit();
                self.settle(user, &previous);
            }
        }
    }

    /// The resident memory of the service in KiB.
    fn memory(&self) -> usize {
        let page = self.service.page("/metrics").1;
        let value = page.lines().find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
        value.unwrap().parse::<usize>().unwrap() / 1024
    }
}

/// The lines of nginx for two hosts: the recipe with keep-alive over TLS, and the other recipe over a Unix socket.
fn nginx(folder: &str, port: u16, application: u16) -> String {
    let tls = format!(
        "proxy_ssl_certificate {folder}/client.pem;\nproxy_ssl_certificate_key {folder}/client.key;\n\
         proxy_ssl_trusted_certificate {folder}/ca.pem;\nproxy_ssl_verify on;\nproxy_ssl_name localhost;"
    );
    let client = "set_real_ip_from 127.0.0.1;\nreal_ip_header X-Client;";
    let text = insert_after(&Recipe::NginxKeepAlive.configuration(), "internal;", &tls);
    let text = insert_after(&text, "keepalive 16;", "keepalive_requests 50;");
    let text = replace(
        &text,
        &[
            ("http://htpasswd_auth", "https://htpasswd_auth"),
            ("127.0.0.1:8181", &format!("127.0.0.1:{port}")),
        ],
    );
    let other = Recipe::Nginx.configuration();
    let server = &other[other.find("server {").unwrap()..];
    let server = replace(
        server,
        &[
            ("http://127.0.0.1:8181", &format!("http://unix:{folder}/auth.sock:")),
            ("wiki.example.org", "unix.example.org"),
        ],
    );
    [text, server]
        .map(|text| insert_after(&text, "listen 80;", client))
        .concat()
        .replace("127.0.0.1:5000", &format!("127.0.0.1:{application}"))
}

#[test]
fn a_soak_ends_without_a_wrong_verdict_and_without_growth() {
    let usual = if test_support::strace::full() { 600 } else { 60 };
    let time = std::env::var("HTPASSWD_TEST_SECONDS").map_or(usual, |seconds| seconds.parse().unwrap());
    let time = Duration::from_secs(time);
    let seed = std::env::var("HTPASSWD_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let soak = Soak::new();
    let file: String = (0..USERS)
        .map(|user| format!("user{user}:{}\n", hash(user, &format!("first {user}"))))
        .collect::<Vec<_>>()
        .concat();
    let folder = Folder::new(&[("htpasswd", &file)]);
    let path = folder.path("").display().to_string();
    let path = path.trim_end_matches('/');
    // nginx may run as another user.
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    authority(&folder, "ca");
    certificate(&folder, "ca", "server", 1);
    certificate(&folder, "ca", "client", 2);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!(
        "listen = [\"127.0.0.1:{port}\", \"unix:DIR/auth.sock\"]\nmetrics-listen = \"127.0.0.1:0\"\nsocket-mode = \"0666\"\n\
         tls-certificate = \"DIR/server.pem\"\ntls-key = \"DIR/server.key\"\ntls-client-ca = \"DIR/ca.pem\"\n"
    );
    let configuration = replace(&Recipe::Nginx.service(), &[("listen = \"127.0.0.1:0\"\n", &listen)]);
    folder.write("auth.toml", &configuration);
    let names = (2..USERS).map(|user| format!(" user{user}")).collect::<Vec<_>>().concat();
    folder.write("groups", format!("staff:{names}\n"));
    let application = Application::start();
    let lines = nginx(path, port, application.port);
    let root = tempfile::Builder::new().prefix("htpasswd-auth-soak-").tempdir().unwrap();
    fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let service = folder.start(&WORDS);
    let random = Random::new(seed, u64::MAX);
    let root_path = root.path().to_owned();
    let mut director = Director {
        soak: &soak,
        random,
        service,
        proxy: None,
        root: root_path,
        lines,
        configuration,
        days: 1,
        edits: 0,
    };
    if !director.start_proxy() {
        return;
    }
    let report = |text: &str| drop(writeln!(io::stderr(), "soak: {text}"));
    report(&format!("{} seconds, HTPASSWD_TEST_SEED={seed}", time.as_secs()));
    let (mut early, mut late) = (0, 0);
    thread::scope(|scope| {
        let _stop = StopAtEnd(&soak);
        for number in 0..CLIENTS {
            let soak = &soak;
            scope.spawn(move || soak.use_pages(number, seed));
        }
        for number in 0..GUESSERS {
            let soak = &soak;
            scope.spawn(move || soak.guess(number, seed));
        }
        let mut next_line = Duration::from_secs(10);
        while soak.start.elapsed() < time {
            director.next(soak.start.elapsed() < time / 10);
            let elapsed = soak.start.elapsed();
            if early == 0 && elapsed >= time / 5 {
                early = director.memory();
            }
            if elapsed >= next_line {
                next_line += Duration::from_secs(10);
                let faults = soak.faults.lock().unwrap().len();
                let requests: usize = soak.counts.lock().unwrap().values().sum();
                let memory = director.memory();
                report(&format!(
                    "{} s, {requests} requests and events, {memory} KiB, faults: {faults}",
                    elapsed.as_secs()
                ));
            }
            thread::sleep(Duration::from_millis(director.random.below(200) as u64));
        }
        late = director.memory();
    });
    for (name, count) in &*soak.counts.lock().unwrap() {
        report(&format!("{count:>9} {name}"));
    }
    report(&format!("memory: {early} KiB after two tenths, {late} KiB at the end"));
    let faults = soak.faults.lock().unwrap();
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(10)]);
    let counts = soak.counts.lock().unwrap();
    for name in ["logins", "refused: 401", "kills of the service", "stops of the service", "edits: password"]
    {
        assert!(counts.contains_key(name), "{name} never happened: {counts:?}");
    }
    // The tables of limits fill in the first minutes, so the bound of short runs only finds faster growth.
    let percent = if time.as_secs() >= 600 { 110 } else { 125 };
    assert!(late * 100 <= early * percent, "the memory grows from {early} to {late} KiB");
    director.service.signal("TERM");
    assert_eq!(director.service.wait(), Some(0));
}
