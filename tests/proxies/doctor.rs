//! `htpasswd-auth doctor` through real proxies: it is content with each recipe, and names each line that is missing.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use crate::page::{block, insert_after, replace, without};
use crate::recipe::Recipe::{
    self, Caddy, Envoy, HaProxy, NewCaddy, Nginx, NginxKeepAlive, ProxyManager, Traefik,
};
use crate::service::{Folder, repository};
use crate::site::Site;

/// A site whose application is the doctor.
struct Patient {
    site: Site,
    echo: String,
}

/// A free port for the application of the doctor, which the configuration of the proxy names before the doctor starts.
///
/// The kernel chooses ports from 32768 on, so no connection takes this port. The counter keeps other tests away from it.
fn echo_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(20_000 + std::process::id() % 1_000 * 10).unwrap();
    let mut ports = std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed));
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

impl Patient {
    fn new(recipe: Recipe, configuration: &str) -> Option<Self> {
        Self::with(recipe, configuration, &recipe.service())
    }

    fn with(recipe: Recipe, configuration: &str, service: &str) -> Option<Self> {
        let port = echo_port();
        let site = Site::for_port(recipe, configuration, service, port)?;
        site.service.folder().write("password", "secret\n");
        Some(Self { site, echo: format!("127.0.0.1:{port}") })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/wiki/?a=b", self.site.port())
    }

    fn run(&self, options: &[&str]) -> Output {
        let url = self.url();
        let words = [&["doctor", &url], options].concat();
        self.site.service.folder().run(&words)
    }

    /// Runs all probes, and returns the exit code and the report.
    fn examine(&self, options: &[&str]) -> (Option<i32>, Value) {
        let login = ["--user", "alice", "--password-file", "password", "--echo-listen", &self.echo, "--json"];
        let output = self.run(&[&login, options].concat());
        let text = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {text}"));
        (output.status.code(), report)
    }
}

/// The name of the proxy, for proxies that send no `Server` header.
fn named(recipe: Recipe) -> &'static [&'static str] {
    match recipe {
        HaProxy => &["--proxy", "haproxy"],
        Traefik => &["--proxy", "traefik"],
        _ => &[],
    }
}

#[test]
fn nothing_is_missing_in_the_recipes() {
    for recipe in [Nginx, NginxKeepAlive, ProxyManager, Caddy, NewCaddy, HaProxy, Traefik, Envoy] {
        for configuration in [recipe.configuration(), recipe.with_preflights()] {
            let Some(patient) = Patient::new(recipe, &configuration) else { return };
            let (code, report) = patient.examine(&[named(recipe), &["--groups", "staff,admins"]].concat());
            assert_eq!((code, &report["missing"]), (Some(0), &0.into()), "{recipe:?}: {report:#}");
            let probes = report["probes"].as_array().unwrap();
            assert!(probes.iter().all(|probe| probe["verdict"] == "ok"), "{recipe:?}: {report:#}");
            assert_eq!(probes.len(), 17, "{recipe:?}: {report:#}");
        }
    }
}

/// Examines a recipe without the line that contains this text. The doctor must name the line.
fn names_a_missing_line(recipe: Recipe, line: &str, probe: &str, verdict: &str, cure: &str) {
    let configuration = without(&recipe.configuration(), line);
    examines(recipe, &configuration, &recipe.service(), probe, verdict, cure);
}

fn examines(recipe: Recipe, configuration: &str, service: &str, probe: &str, verdict: &str, cure: &str) {
    let Some(patient) = Patient::with(recipe, configuration, service) else { return };
    let (code, report) = patient.examine(named(recipe));
    assert_eq!(code, Some(i32::from(verdict == "missing")), "{cure}: {report:#}");
    let probes = report["probes"].as_array().unwrap();
    let found = |outcome: &&Value| {
        outcome["probe"] == probe && outcome["verdict"] == verdict && outcome["cure"].as_str().is_some()
    };
    let outcome =
        probes.iter().find(found).unwrap_or_else(|| panic!("{probe} finds nothing: {cure}: {report:#}"));
    assert!(outcome["cure"].as_str().unwrap().contains(cure), "{cure}: {report:#}");
}

#[test]
fn missing_lines_of_nginx_are_named() {
    for (line, probe, verdict) in [
        ("auth_request /htpasswd-auth;", "no-login", "missing"),
        ("proxy_set_header Remote-User $auth_user;", "forged-user", "missing"),
        ("proxy_set_header Remote-User $auth_user;", "identity", "missing"),
        ("proxy_set_header Remote-Groups $auth_groups;", "forged-groups", "missing"),
        ("proxy_set_header Authorization \"\";", "password", "note"),
        ("proxy_set_header X-Real-IP $remote_addr;", "no-login", "missing"),
        ("error_page 403 = @refused;", "limit", "missing"),
        ("add_header Retry-After $auth_wait always;", "limit", "missing"),
    ] {
        names_a_missing_line(Nginx, line, probe, verdict, line);
    }
}

/// The doctor notices lost groups, because the administrator names the groups of the user.
#[test]
fn lost_groups_are_named() {
    let nginx = "proxy_set_header Remote-Groups $auth_groups;";
    let haproxy = "http-request set-header Remote-Groups \"%[var(txn.auth_groups)]\"";
    for (recipe, configuration, cure) in [
        (Nginx, without(&Nginx.configuration(), nginx), nginx),
        (HaProxy, without(&HaProxy.configuration(), haproxy), haproxy),
        (
            Caddy,
            replace(
                &Caddy.configuration(),
                &[("copy_headers Remote-User Remote-Groups", "copy_headers Remote-User")],
            ),
            "copy_headers Remote-User Remote-Groups",
        ),
        (
            Traefik,
            replace(&Traefik.configuration(), &[("[Remote-User, Remote-Groups]", "[Remote-User]")]),
            "authResponseHeaders: [\"Remote-User\", \"Remote-Groups\"]",
        ),
        (
            Envoy,
            replace(&Envoy.configuration(), &[(", { exact: remote-groups }", "")]),
            "remote-groups to allowed_upstream_headers",
        ),
    ] {
        let Some(patient) = Patient::new(recipe, &configuration) else { return };
        let (code, report) = patient.examine(&[named(recipe), &["--groups", "admins,staff"]].concat());
        assert_eq!(code, Some(1), "{recipe:?}: {report:#}");
        let probes = report["probes"].as_array().unwrap();
        let groups = probes.iter().find(|probe| probe["probe"] == "groups").unwrap();
        assert_eq!(groups["verdict"], "missing", "{recipe:?}: {report:#}");
        assert!(groups["cure"].as_str().unwrap().contains(cure), "{recipe:?}: {report:#}");
        // Without the option, the report asks for the groups.
        let (_, report) = patient.examine(named(recipe));
        let probes = report["probes"].as_array().unwrap();
        let groups = probes.iter().find(|probe| probe["probe"] == "groups").unwrap();
        assert_eq!(groups["verdict"], "skipped", "{recipe:?}: {report:#}");
        assert!(groups["text"].as_str().unwrap().contains("--groups"), "{recipe:?}: {report:#}");
    }
}

#[test]
fn groups_that_the_user_does_not_have_are_named() {
    let Some(patient) = Patient::new(Nginx, &Nginx.configuration()) else { return };
    for (groups, code) in [("admins,staff", 0), ("staff", 1), ("admins,staff,x", 1), ("", 1)] {
        let (found, report) = patient.examine(&["--groups", groups, "--failures-per-user", "0"]);
        assert_eq!(found, Some(code), "{groups}: {report:#}");
    }
}

#[test]
fn bad_lines_of_nginx_are_named() {
    let (text, service) = (Nginx.configuration(), Nginx.service());
    let underscores = insert_after(&text, "listen 80;", "underscores_in_headers on;");
    examines(Nginx, &underscores, &service, "forged-user", "missing", "underscores_in_headers on");
    let satisfy = insert_after(&text, "location / {", "satisfy any; allow 127.0.0.0/8; deny all;");
    examines(Nginx, &satisfy, &service, "no-login", "missing", "satisfy any");
    // The service trusts the loopback network of the test, so it skips the address that nginx adds.
    let added = replace(&text, &[("X-Real-IP $remote_addr", "X-Forwarded-For $proxy_add_x_forwarded_for")]);
    let service = without(&service, "address-header");
    examines(Nginx, &added, &service, "address", "missing", "$proxy_add_x_forwarded_for");
}

#[test]
fn the_page_shows_a_real_report() {
    let text = insert_after(&Nginx.configuration(), "listen 80;", "underscores_in_headers on;");
    let Some(patient) = Patient::new(Nginx, &text) else { return };
    let login = ["--user", "alice", "--password-file", "password", "--echo-listen", &patient.echo];
    let output = patient.run(&login);
    let report = String::from_utf8(output.stdout).unwrap();
    let example = block("doctor.md", "console", 0);
    assert_eq!(example.split_once('\n').unwrap().1, report);
}

#[test]
fn missing_lines_of_caddy_are_named() {
    for (line, probe, verdict) in [
        ("copy_headers Remote-User Remote-Groups", "identity", "missing"),
        ("request_header -Remote*", "forged-user", "missing"),
        ("request_header -Remote*", "forged-groups", "missing"),
        ("respond @hop 400", "connection", "missing"),
        ("request_header -Authorization", "password", "note"),
    ] {
        names_a_missing_line(Caddy, line, probe, verdict, line);
    }
    let text = Caddy.configuration();
    // Caddy does not start without this line.
    let other = replace(&text, &[("/auth/wiki", "/auth/other")]);
    examines(Caddy, &other, &Caddy.service(), "no-login", "missing", "uri /auth/NAME");
    let start = text.find("\t\tforward_auth").unwrap();
    let end = start + text[start..].find("\n\t\t}\n").unwrap() + "\n\t\t}\n".len();
    let block = text[start..end].to_owned();
    // The address of the service stays in a comment, because the test replaces it.
    let open = replace(&text, &[(&block, "\t\t# 127.0.0.1:8181\n")]);
    examines(Caddy, &open, &Caddy.service(), "no-login", "missing", "forward_auth 127.0.0.1:8181 {");
}

#[test]
fn missing_lines_of_haproxy_are_named() {
    for (line, probe, verdict) in [
        ("http-request del-header ^remote[^a-z0-9]?(user|groups)$ -m reg", "forged-user", "missing"),
        ("http-request deny deny_status 400 if { req.fhdr(connection)", "connection", "missing"),
        ("http-request return status 401", "no-login", "missing"),
        ("http-request return status 429 hdr Retry-After", "limit", "missing"),
        ("http-request set-header Remote-User \"%[var(txn.auth_user)]\"", "identity", "missing"),
        ("http-request del-header Authorization", "password", "note"),
    ] {
        names_a_missing_line(HaProxy, line, probe, verdict, line);
    }
    let line = "http-request lua.htpasswd_auth";
    let silent = insert_after(&without(&HaProxy.configuration(), line), "bind :80", "# 127.0.0.1:8181");
    examines(HaProxy, &silent, &HaProxy.service(), "no-login", "missing", line);
}

#[test]
fn missing_lines_of_traefik_are_named() {
    for (line, probe, verdict) in [
        ("Remote_User: \"\"", "forged-user", "missing"),
        ("Remote.User: \"\"", "forged-user", "missing"),
        ("authResponseHeaders: [Remote-User, Remote-Groups]", "identity", "missing"),
        ("Authorization: \"\"", "password", "note"),
    ] {
        let cure = if line.starts_with("auth") { "authResponseHeaders: [\"Remote-User\"" } else { line };
        // A middleware needs at least one line.
        let edit = |text: &str| match verdict {
            "note" => replace(text, &[(line, "X-Unused: \"\"")]),
            _ => without(text, line),
        };
        examines(Traefik, &edit(&Traefik.configuration()), &Traefik.service(), probe, verdict, cure);
    }
    let open =
        replace(&Traefik.configuration(), &[("[wiki-aliases, wiki-login, wiki-password]", "[wiki-aliases]")]);
    examines(Traefik, &open, &Traefik.service(), "no-login", "missing", "forwardAuth");
    let trusting =
        replace(&Traefik.configuration(), &[("trustForwardHeader: false", "trustForwardHeader: true")]);
    let Some(patient) = Patient::new(Traefik, &trusting) else { return };
    let (code, report) = patient.examine(named(Traefik));
    // The entry point removes X-Forwarded-For of clients that it does not trust.
    assert_eq!(code, Some(0), "{report:#}");
}

#[test]
fn missing_lines_of_envoy_are_named() {
    for (line, probe, verdict, cure) in [
        ("headers_with_underscores_action: REJECT_REQUEST", "forged-user", "missing", "REJECT_REQUEST"),
        ("request_headers_to_remove:", "forged-user", "missing", "request_headers_to_remove: [remote.user"),
        ("patterns: [{ exact: remote-user }", "identity", "missing", "allowed_upstream_headers"),
    ] {
        let text = Envoy.configuration();
        let text = match probe {
            "identity" => replace(&text, &[("{ exact: remote-user }", "{ exact: x-unused }")]),
            _ => without(&text, line),
        };
        examines(Envoy, &text, &Envoy.service(), probe, verdict, cure);
    }
    let no_address = replace(&Envoy.configuration(), &[("key: X-Real-IP", "key: X-Unused")]);
    examines(Envoy, &no_address, &Envoy.service(), "no-login", "missing", "X-Real-IP with %DOWNSTREAM");
    let standard = replace(&Envoy.service(), &[("proxy = \"envoy\"", "proxy = \"standard\"")]);
    // A site of the kind `standard` has no paths after its name.
    examines(Envoy, &Envoy.configuration(), &standard, "no-login", "missing", "address-header");
}

#[test]
fn a_stopped_service_shows_a_missing_deny_line() {
    let line = "http-request deny unless { var(txn.auth_status) -m int 200 }";
    let right = HaProxy.configuration();
    let open = without(&without(&right, line), "-m int 503");
    for (recipe, configuration, code) in [
        (Nginx, Nginx.configuration(), 0),
        (Caddy, Caddy.configuration(), 0),
        (Traefik, Traefik.configuration(), 0),
        (Envoy, Envoy.configuration(), 0),
        (
            Envoy,
            replace(&Envoy.configuration(), &[("failure_mode_allow: false", "failure_mode_allow: true")]),
            1,
        ),
        (HaProxy, right, 0),
        (HaProxy, open, 1),
    ] {
        let Some(mut patient) = Patient::new(recipe, &configuration) else { return };
        // While the service runs, this check is not possible.
        assert_eq!(patient.run(&["--service-stopped"]).status.code(), Some(2));
        patient.site.service.signal("TERM");
        patient.site.service.wait();
        let options = [named(recipe), &["--service-stopped"]].concat();
        let (found, report) = patient.examine(&options);
        assert_eq!(found, Some(code), "{recipe:?}: {report:#}");
        let cure = report["probes"][0]["cure"].as_str().unwrap_or_default();
        let line = if recipe == Envoy { "failure_mode_allow: false" } else { line };
        assert_eq!(cure.contains(line), code == 1, "{recipe:?}: {report:#}");
    }
}

#[test]
fn a_service_that_does_not_answer_is_named() {
    let Some(mut patient) = Patient::new(Nginx, &Nginx.configuration()) else { return };
    patient.site.service.signal("TERM");
    patient.site.service.wait();
    let output = patient.run(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.starts_with("MISSING  no-login: 500 in place of 401; start htpasswd-auth"), "{text}");
}

#[test]
fn without_a_login_the_doctor_checks_what_it_can() {
    let Some(patient) = Patient::new(Nginx, &Nginx.configuration()) else { return };
    let output = patient.run(&["--failures-per-user", "0"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "ok       no-login: 401 with one challenge",
        "ok       forged-login: a Remote-User of the client opens no page",
        "skipped  login: needs --user and --password-file",
        "skipped  address: --failures-per-user is 0",
        "nothing is missing",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}: {text}");
    }
}

/// A proxy that checks the login only for some methods would let the others through to a real application.
#[test]
fn a_real_application_gets_only_safe_methods() {
    let open = |text: &str| without(text, "auth_request /htpasswd-auth;");
    let Some(site) = Site::edited(Nginx, open) else { return };
    let url = format!("http://127.0.0.1:{}/", site.port());
    site.service.folder().write("password", "secret\n");
    let words = ["doctor", &url, "--user", "alice", "--password-file", "password"];
    let output = site.service.folder().run(&words);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let methods = site.application.methods();
    assert!(methods.contains("GET") && methods.contains("OPTIONS"), "{methods:?}");
    for method in &methods {
        assert!(["GET", "HEAD", "OPTIONS", "PROPFIND"].contains(&method.as_str()), "{methods:?}");
    }
}

#[test]
fn open_preflights_are_noted() {
    let any = |text: &str| {
        replace(
            text,
            &[("https://app\\.example\\.org", ".*"), ("-Origin https://app.example.org;", "-Origin *;")],
        )
    };
    let Some(patient) = Patient::new(Nginx, &any(&Nginx.with_preflights())) else { return };
    let (code, report) = patient.examine(&[]);
    let probes = report["probes"].as_array().unwrap();
    let found = probes.iter().find(|probe| probe["probe"] == "preflight").unwrap();
    assert_eq!((code, &found["verdict"]), (Some(0), &"note".into()), "{report:#}");
    assert_eq!(found["text"], "the proxy allows preflights of all origins", "{report:#}");
}

#[test]
fn methods_that_are_open_are_named() {
    let edit = "if ($request_method = DELETE) { return 200; }";
    let text = insert_after(&Nginx.configuration(), "location / {", edit);
    let Some(patient) = Patient::new(Nginx, &text) else { return };
    let (code, report) = patient.examine(&[]);
    assert_eq!(code, Some(1), "{report:#}");
    let probes = report["probes"].as_array().unwrap();
    let found = probes.iter().find(|probe| probe["probe"] == "unsafe-methods").unwrap();
    assert_eq!(found["text"], "these pass without a login: DELETE", "{report:#}");
}

#[test]
fn the_page_lists_every_option() {
    let folder = Folder::new(&[]);
    let help = String::from_utf8(folder.run(&["doctor", "--help"]).stdout).unwrap();
    assert!(help.contains("Usage: htpasswd-auth doctor [OPTIONS] URL"), "{help}");
    let page = fs::read_to_string(repository("docs/proxies/doctor.md")).unwrap();
    let options = help.split_whitespace().filter(|word| word.starts_with("--") && *word != "--help");
    let options: Vec<_> = options.collect();
    assert_eq!(options.len(), 11, "{options:?}");
    for option in options {
        assert!(page.contains(&format!("`{option}`")), "the page does not list {option}");
    }
    let general = String::from_utf8(folder.run(&["--help"]).stdout).unwrap();
    assert!(general.contains("htpasswd-auth doctor [OPTIONS] URL"), "{general}");
}

#[test]
fn calls_that_cannot_work_exit_with_2() {
    let Some(patient) = Patient::new(Nginx, &Nginx.configuration()) else { return };
    patient.site.service.folder().write("wrong", "wrong\n");
    // Nothing listens on the port of the doctor while the doctor does not run.
    let closed = patient.echo.as_str();
    for (options, reason) in [
        (&["--user", "alice"][..], "--password-file"),
        (&["--user", "alice", "--password-file", "missing"], "cannot read missing"),
        (&["--user", "alice", "--password-file", "wrong"], "the login of alice is wrong"),
        (&["--user", "bob", "--password-file", "password"], "bob may not use the page"),
        (&["--echo-listen", "nonsense"], "--echo-listen"),
        (&["--connect", closed], "sends no answer"),
        (&["--proxy", "squid"], "squid"),
    ] {
        let output = patient.run(options);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
        assert!(text.starts_with("htpasswd-auth doctor: ") && text.contains(reason), "{options:?}: {text}");
        assert!(!text.contains("secret") && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn the_doctor_checks_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    openssl.args(["-days", "2", "-subj", "/CN=wiki", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-keyout", &path("key"), "-out", &path("cert")]);
    if !openssl.output().is_ok_and(|output| output.status.success()) {
        test_support::skipped("openssl makes no certificate");
        return;
    }
    let lines = format!("ssl_certificate {}; ssl_certificate_key {};", path("cert"), path("key"));
    let text = replace(&Nginx.configuration(), &[("listen 80;", "listen 80 ssl;")]);
    let text = insert_after(&text, "server_name", &lines);
    let Some(patient) = Patient::new(Nginx, &text) else { return };
    let url = patient.url().replace("http://", "https://");
    let run = |options: &[&str]| {
        let words = [&["doctor", &url, "--failures-per-user", "0"], options].concat();
        patient.site.service.folder().run(&words)
    };
    let output = run(&["--ca", &path("cert")]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let output = run(&[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("certificate") || text.contains("--ca"), "{text}");
}
