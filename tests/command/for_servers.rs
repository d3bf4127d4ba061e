//! `--for` uses the strongest scheme that the server reads, and rejects schemes that it cannot read.

use crate::support::{APR1, Sandbox, TWO_USERS, hash_of};

/// The hash that a call with these options prints.
fn made(options: &[&str]) -> String {
    let run = Sandbox::new().run([options, &["-nb", "alice", "secret"]].concat());
    run.exits(0);
    hash_of(&run.stdout(), "alice")
}

const ALL: [&str; 12] = [
    "registry",
    "httpd",
    "nginx",
    "haproxy",
    "squid",
    "lighttpd",
    "traefik",
    "caddy",
    "prometheus",
    "envoy",
    "pypiserver",
    "verdaccio",
];

#[test]
fn every_server_except_envoy_gets_bcrypt_of_cost_10() {
    for server in ALL.into_iter().filter(|server| *server != "envoy") {
        let run = Sandbox::new().run(["--for", server, "-nb", "alice", "secret"]);
        run.exits(0).stderr_is("").does_not_warn();
        assert!(run.stdout().starts_with("alice:$2y$10$"), "{server}: {run}");
    }
}

#[test]
fn envoy_gets_sha1_and_a_warning() {
    let run = Sandbox::new().run(["--for=envoy", "-nb", "alice", "secret"]);
    run.exits(0).stdout_is(&format!("alice:{}\n\n", crate::support::SHA1));
    assert_eq!(run.warnings().len(), 1, "{run}");
    assert!(run.stderr().contains("envoy") && run.stderr().contains("{SHA}"), "{run}");
    // A call that names the weak scheme does not warn.
    Sandbox::new().run(["--for=envoy", "-nbs", "alice", "secret"]).exits(0).does_not_warn();
}

#[test]
fn a_chosen_scheme_gets_the_default_cost_of_the_server() {
    for (options, start) in [
        (&["--for", "registry", "-B"][..], "$2y$10$"),
        (&["--for", "nginx", "-m"], "$apr1$"),
        (&["-5", "--for", "httpd"], "$6$rounds=100000$"),
        (&["--for", "httpd", "-2"], "$5$rounds=100000$"),
        (&["--for", "verdaccio", "-s"], "{SHA}"),
    ] {
        assert!(made(options).starts_with(start), "{options:?}");
    }
    assert_eq!(made(&["--for", "squid", "-d"]).len(), 13);
    assert_eq!(made(&["--for", "pypiserver", "-p"]), "secret");
}

#[test]
fn a_given_cost_overrides_the_default() {
    for (options, start) in [
        (&["--for", "registry", "-C", "5"][..], "$2y$05$"),
        (&["-C4", "--for", "registry", "-B"], "$2y$04$"),
        (&["--for", "nginx", "-5", "-r", "2000"], "$6$rounds=2000$"),
    ] {
        assert!(made(options).starts_with(start), "{options:?}");
    }
    let run = Sandbox::new().run(["--for", "registry", "-C", "18", "-nb", "u", "p"]);
    run.exits(2).stdout_is("").stderr_is("htpasswd: argument to -C/-r must be from 4 to 17 for bcrypt\n");
}

#[test]
fn schemes_that_the_server_cannot_read_are_rejected() {
    for (server, option, reads) in [
        ("registry", "-m", "bcrypt"),
        ("registry", "-5", "bcrypt"),
        ("envoy", "-B", "{SHA}"),
        ("httpd", "-p", "bcrypt, sha512-crypt, sha256-crypt, apr1, md5-crypt, {SHA}, des-crypt"),
        ("squid", "-s", "bcrypt, sha512-crypt, sha256-crypt, apr1, md5-crypt, des-crypt"),
        ("traefik", "-2", "bcrypt, apr1, md5-crypt, {SHA}"),
    ] {
        for mode in [
            &["-b", "passwd", "alice", "x"][..],
            &["-cb", "passwd", "alice", "x"],
            &["-nb", "alice", "x"],
            &["--import", "passwd"],
        ] {
            let sandbox = Sandbox::with(TWO_USERS);
            let run = sandbox.run([&["--for", server, option], mode].concat());
            run.is_wrong_call(&format!("{server} cannot read the hashes of {option}; it reads {reads}"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

/// An edit would write a record into the configuration of the server, for example into a YAML file.
#[test]
fn a_configuration_without_password_file_is_never_edited() {
    let configuration = "basic_auth_users:\n  max: x\n";
    for server in ["prometheus", "caddy", "haproxy"] {
        for mode in [
            &["-bB", "web.yml", "eva", "pw"][..],
            &["-cb", "web.yml", "eva", "pw"],
            &["--ensure", "-b", "web.yml", "eva", "pw"],
            &["--ensure", "--dry-run", "-b", "web.yml", "eva", "pw"],
            &["--import", "web.yml"],
            &["--import", "-c", "web.yml"],
        ] {
            let sandbox = Sandbox::new();
            sandbox.write("web.yml", configuration);
            let run = sandbox.run([&["--for", server], mode].concat());
            run.is_wrong_call(&format!(
                "{server} reads no password file; for a record to copy: htpasswd -n --format {server} USER"
            ));
            assert_eq!(sandbox.text("web.yml"), configuration);
        }
        let sandbox = Sandbox::new();
        sandbox.run(["-n", "--format", server, "-b", "eva", "pw"]).exits(0);
        sandbox.run(["-n", "--for", server, "-b", "eva", "pw"]).exits(0);
        assert!(sandbox.names().is_empty());
    }
}

#[test]
fn check_says_that_a_server_reads_no_password_file() {
    for (server, place) in
        [("prometheus", "the web configuration"), ("caddy", "the Caddyfile"), ("haproxy", "a userlist")]
    {
        for content in [TWO_USERS, "basic_auth_users:\n  max: x\n", ""] {
            let sandbox = crate::support::check::private(content);
            let run = sandbox.run(["--check", "--for", server, "passwd"]);
            run.exits(7);
            assert!(
                run.stdout().contains(&format!(
                    "error:   {server} reads no password file; its hashes are in {place}\n"
                )),
                "{run}"
            );
            let advice = format!("; for a record to copy: htpasswd -n --format {server} USER\n");
            assert!(run.stdout().ends_with(&advice), "{run}");
            let (_, json) = crate::support::check::json(&sandbox, &["--for", server]);
            assert_eq!(crate::support::check::findings(&json), ["1 error not-read"]);
        }
    }
}

#[test]
fn for_works_in_every_mode_that_writes() {
    let sandbox = Sandbox::with("");
    sandbox.run(["--for", "registry", "-b", "passwd", "alice", "one"]).exits(0);
    sandbox.call(["--for", "registry", "-i", "passwd", "bob"]).stdin("two").run().exits(0);
    sandbox.call(["--for", "registry", "--import", "passwd"]).stdin("carol:three\n").run().exits(0);
    sandbox.run(["--for", "registry", "-b", "passwd", "alice", "four"]).exits(0);
    let text = sandbox.text("passwd");
    for (user, password) in [("alice", "four"), ("bob", "two"), ("carol", "three")] {
        assert!(hash_of(&text, user).starts_with("$2y$10$"), "{text}");
        assert!(sandbox.verifies(user, password));
    }
    sandbox.run(["--for", "nginx", "-cb", "passwd", "dave", "five"]).exits(0);
    assert!(hash_of(&sandbox.text("passwd"), "dave").starts_with("$2y$10$"));
}

#[test]
fn a_server_has_the_names_that_users_type() {
    for (alias, name) in [
        ("docker", "registry"),
        ("distribution", "registry"),
        ("harbor", "registry"),
        ("apache", "httpd"),
        ("apache2", "httpd"),
    ] {
        let sandbox = crate::support::check::private(format!("alice:{}\n", crate::support::check::STRONG));
        let run = sandbox.run(["--check", "--for", alias, "passwd"]);
        run.exits(0).stdout_is(&format!("passwd: clean for {name}, 1 user\n"));
    }
}

#[test]
fn several_servers_get_a_hash_that_all_of_them_read() {
    assert!(made(&["--for", "nginx,registry"]).starts_with("$2y$10$"));
    let run = Sandbox::new().run(["--for", "nginx,h2o", "-nb", "alice", "secret"]);
    run.exits(0).stderr_has("nginx and h2o read nothing stronger than apr1");
    assert!(hash_of(&run.stdout(), "alice").starts_with("$apr1$"));
    let sandbox = Sandbox::with(TWO_USERS);
    let run = sandbox.run(["--for", "httpd,registry", "-bm", "passwd", "alice", "x"]);
    run.is_wrong_call("httpd and registry cannot all read the hashes of -m; all of them read bcrypt");
    let run = sandbox.run(["--for", "registry,envoy", "-b", "passwd", "alice", "x"]);
    run.is_wrong_call("registry and envoy read no common scheme; use one password file for each server");
    let run = sandbox.run(["--for", "nginx,caddy", "-b", "passwd", "alice", "x"]);
    run.is_wrong_call("caddy reads no password file; for a record to copy: htpasswd -n --format caddy USER");
    assert_eq!(sandbox.text("passwd"), TWO_USERS);
}

#[test]
fn check_judges_a_file_for_several_servers() {
    let strong = crate::support::check::STRONG;
    let sandbox = crate::support::check::private(format!(" alice:{strong}\nbob:{APR1}\n"));
    let run = sandbox.run(["--check", "--for", "nginx,docker", "passwd"]);
    run.exits(7).stdout_is(
        "passwd:1: error:   user alice: there is white space before the user name; nginx rejects the user\n\
         passwd:2: warning: user bob: apr1 is weak\n\
         passwd:2: error:   user bob: registry does not read apr1; it reads bcrypt\n\
         passwd: 2 errors and 1 warning for nginx and registry, 2 users; \
         for a new hash: htpasswd --for nginx,registry passwd USER\n",
    );
    let (_, json) = crate::support::check::json(&sandbox, &["--for", "nginx,docker"]);
    assert_eq!(json["server"], "nginx,registry");
}

#[test]
fn a_new_hash_has_a_bcrypt_prefix_that_the_server_reads() {
    for (server, prefix) in [
        ("openbsd-httpd", "$2b$10$"),
        ("registry,openbsd-httpd", "$2b$10$"),
        ("openshift,openbsd-httpd", "$2a$10$"),
        ("openshift", "$2y$10$"),
    ] {
        assert!(made(&["--for", server]).starts_with(prefix), "{server}");
        let sandbox = Sandbox::with("");
        sandbox.run(["--for", server, "-b", "passwd", "alice", "secret"]).exits(0);
        sandbox.call(["--for", server, "--import", "passwd"]).stdin("bob:secret\n").run().exits(0);
        let text = sandbox.text("passwd");
        assert!(hash_of(&text, "alice").starts_with(prefix) && hash_of(&text, "bob").starts_with(prefix));
        assert!(sandbox.verifies("alice", "secret") && sandbox.verifies("bob", "secret"));
        // --ensure keeps the hash, and replaces one that the server cannot read.
        let ensure = ["--ensure", "--for", server, "-b", "passwd", "alice", "secret"];
        sandbox.run(ensure).exits(0).stderr_has("unchanged");
        assert_eq!(sandbox.text("passwd"), text);
        sandbox.write("passwd", format!("alice:{}\n", crate::support::check::STRONG.replace("$2y$", "$2x$")));
        sandbox.run(ensure).exits(0).stderr_has("updated");
        assert!(hash_of(&sandbox.text("passwd"), "alice").starts_with(prefix), "{server}");
    }
}

#[test]
fn the_last_for_option_counts() {
    assert!(made(&["--for", "envoy", "--for", "registry"]).starts_with("$2y$10$"));
}

#[test]
fn help_prints_a_table_of_all_servers() {
    for args in [&["--for", "help"][..], &["--for=help", "passwd", "alice"], &["-c", "--for", "help"]] {
        let sandbox = Sandbox::new();
        let run = sandbox.run(args);
        run.exits(0).stderr_is("");
        let text = run.stdout();
        for server in ALL {
            assert!(text.lines().any(|line| line.starts_with(&format!("{server} "))), "{run}");
        }
        assert!(
            text.lines()
                .any(|line| line.starts_with("traefik") && line.ends_with("bcrypt apr1 md5-crypt {SHA}"))
        );
        assert!(sandbox.names().is_empty());
    }
}

#[test]
fn an_unknown_server_is_rejected_with_a_suggestion() {
    for (name, advice) in [
        ("ngnix", "did you mean nginx?"),
        ("my-registry", "did you mean registry?"),
        ("nginx,registry1", "did you mean registry?"),
        ("apache3", "did you mean apache?"),
        ("tomact", "--for help lists the known servers"),
        ("tomcat", "--for help lists the known servers"),
        ("", "--for help lists the known servers"),
    ] {
        let sandbox = Sandbox::with(TWO_USERS);
        let run = sandbox.run(["--for", name, "-b", "passwd", "alice", "secret"]);
        let unknown = name.strip_prefix("nginx,").unwrap_or(name);
        run.is_wrong_call(&format!("unknown server '{unknown}'; {advice}"));
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
    Sandbox::new().run(["--check", "--for"]).is_wrong_call("option --for needs a value");
}

#[test]
fn for_is_rejected_where_nothing_is_hashed() {
    let sandbox = Sandbox::with(TWO_USERS);
    for (args, reason) in [
        (&["-D", "passwd", "bob"][..], "--for cannot be combined with -D"),
        (&["--import", "--hashed", "passwd"], "--for cannot be combined with --hashed"),
    ] {
        let run = sandbox.run([&["--for", "nginx"], args].concat());
        run.is_wrong_call(reason);
        assert_eq!(sandbox.text("passwd"), TWO_USERS);
    }
}
