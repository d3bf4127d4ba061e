//! Programs that read a format find the same users and hashes in the output of `--format`.

use std::process::{Command, Stdio};

use crate::support::{BCRYPT, DES, SHA1, SHA256_CRYPT, Sandbox, has_tool, skipped};

/// Names with characters that are special in at least one format.
const NAMES: [&str; 26] = [
    "bob",
    "al ice",
    "m\u{fc}ller",
    "\u{1f600}",
    "a#b",
    "~",
    "on",
    "null",
    "123",
    "1e3",
    "$x",
    "${y}",
    "$$",
    "%(z)s",
    "-a",
    "@b",
    "!c",
    "*d",
    "&e",
    "?",
    "> f",
    "[g]",
    "a,b",
    "it's",
    "say \"x\"",
    "back\\slash",
];

type Records = Vec<(String, String)>;

/// Asserts that `read` finds every record in the output for one user and in the output of `--list`. The format must
/// reject exactly the names in `rejected`.
#[track_caller]
fn round_trips(format: &str, rejected: &[&str], read: impl Fn(&Sandbox, &str) -> Records) {
    let sandbox = Sandbox::new();
    let mut records = Vec::new();
    for name in NAMES {
        let run = sandbox.run(["-nbB", "-C4", "--format", format, "--", name, "secret"]);
        if rejected.contains(&name) {
            run.exits(2).stdout_is("");
            run.stderr_is(&format!("htpasswd: {format} cannot contain the user name '{name}'\n"));
            continue;
        }
        run.exits(0);
        let [(user, hash)] = <[_; 1]>::try_from(read(&sandbox, &run.stdout())).unwrap();
        assert_eq!(user, name, "{run}");
        sandbox.write("one", format!("{name}:{hash}\n"));
        sandbox.run(["-vb", "one", name, "secret"]).exits(0);
        records.push((name.to_owned(), BCRYPT.to_owned()));
    }
    let file = records.iter().map(|(user, hash)| format!("{user}:{hash}\n")).collect::<Vec<_>>().concat();
    // The second record of bob and the field after the hash do not count.
    sandbox.write("passwd", format!("# c\n{file}bob:{SHA1}:more\n\n"));
    let run = sandbox.run(["--list", "--format", format, "passwd"]);
    run.exits(0).stderr_is("");
    assert_eq!(read(&sandbox, &run.stdout()), records, "{run}");
}

/// The records of lines `user:hash`.
fn records(text: &str) -> Records {
    let split = |line: &str| line.split_once(':').map(|(user, hash)| (user.to_owned(), hash.to_owned()));
    text.lines().filter(|line| !line.is_empty()).map(|line| split(line).unwrap()).collect()
}

/// The text as Compose reads it: `$$` is `$`. A single `$` would start a variable, so it is an error here.
fn undouble_dollars(text: &str) -> String {
    assert!(!text.replace("$$", "").contains('$'), "a variable: {text}");
    text.replace("$$", "$")
}

fn python(sandbox: &Sandbox, program: &str, text: &str) -> Records {
    sandbox.write("text", text);
    let mut python = Command::new("python3");
    let run = python.args(["-c", program, "text"]).current_dir(sandbox.work()).output().unwrap();
    assert!(run.status.success(), "{}\n{text}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

fn has_yaml() -> bool {
    let has = has_tool("python3", &["-c", "import yaml"]);
    if !has {
        skipped("python3 has no yaml");
    }
    has
}

#[test]
fn plain_is_the_record_and_with_n_an_empty_line() {
    round_trips("plain", &[], |_, text| records(text));
    let sandbox = Sandbox::new();
    let run = sandbox.run(["-nbs", "--format=plain", "bob", "secret"]);
    run.exits(0).stdout_is(&sandbox.run(["-nbs", "bob", "secret"]).stdout());
}

#[test]
fn compose_doubles_dollars() {
    round_trips("compose", &[], |_, text| records(&undouble_dollars(text)));
    Sandbox::new().run(["-nbs", "--format=compose", "", "secret"]).exits(0).stdout_is(&format!(":{SHA1}\n"));
}

#[test]
fn traefik_gets_a_list_for_a_label() {
    let rejected = ["al ice", "> f", "a,b", "it's", "say \"x\"", "back\\slash"];
    round_trips("traefik", &rejected, |_, text| {
        assert_eq!(text.lines().count(), 1, "{text}");
        undouble_dollars(text.trim_end()).split(',').flat_map(records).collect()
    });
}

#[test]
fn the_shell_and_env_file_readers_read_env() {
    round_trips("env", &["it's", "back\\slash"], |sandbox, text| {
        sandbox.write("file.env", text);
        let mut shell = Command::new("sh");
        let run = shell.args(["-c", ". ./file.env; printf %s \"$HTPASSWD\""]).current_dir(sandbox.work());
        let value = String::from_utf8(run.output().unwrap().stdout).unwrap();
        // Compose does not replace variables between single quotation marks either.
        assert_eq!(text, format!("HTPASSWD='{value}'\n"));
        records(&value)
    });
}

#[test]
fn a_yaml_parser_reads_the_users_of_prometheus() {
    if !has_yaml() {
        return;
    }
    let program = "import json, sys, yaml; \
                   print(json.dumps(list(yaml.safe_load(open(sys.argv[1]))['basic_auth_users'].items())))";
    round_trips("prometheus", &[], |sandbox, text| python(sandbox, program, text));
}

#[test]
fn a_yaml_parser_reads_the_password_file_of_a_secret() {
    if !has_yaml() {
        return;
    }
    let program = "import base64, json, sys, yaml; s = yaml.safe_load(open(sys.argv[1])); \
                   assert s['kind'] == 'Secret' and s['apiVersion'] == 'v1', s; \
                   assert s['metadata'] == {'name': 'htpasswd'}, s; \
                   text = base64.b64decode(s['data']['htpasswd'], validate=True).decode(); \
                   print(json.dumps([line.split(':', 1) for line in text.splitlines()]))";
    round_trips("k8s-secret", &[], |sandbox, text| python(sandbox, program, text));
}

/// The first word and the rest of a line of a configuration file of `HAProxy` or Caddy. A word between quotation marks
/// may contain blanks.
fn word(text: &str, mark: char) -> (&str, &str) {
    let (word, rest) = match text.strip_prefix(mark) {
        Some(quoted) => quoted.split_once(mark).unwrap(),
        None => text.split_at(text.find(' ').unwrap_or(text.len())),
    };
    (word, rest.strip_prefix(' ').unwrap_or(rest))
}

#[test]
fn caddy_gets_names_and_hashes() {
    round_trips("caddy", &["${y}", "say \"x\"", "back\\slash"], |_, text| {
        let line = |line: &str| {
            assert!(!line.starts_with('#'), "{line}");
            let (user, hash) = word(line, '"');
            (user.to_owned(), hash.to_owned())
        };
        text.lines().map(line).collect()
    });
}

/// Writes a configuration of `HAProxy` that accepts only these users.
fn haproxy_config(sandbox: &Sandbox, users: &str) {
    let socket = sandbox.path("socket");
    sandbox.write(
        "haproxy.cfg",
        format!(
            "defaults\n  mode http\n  timeout client 9s\nuserlist staff\n{users}frontend door\n  bind unix@{}\n  \
             http-request auth unless {{ http_auth(staff) }}\n  http-request return status 200\n",
            socket.display()
        ),
    );
}

fn haproxy(sandbox: &Sandbox, options: &[&str]) -> Command {
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap());
    // `env` finds the program in /usr/sbin, which may not be in the PATH of this process.
    let mut haproxy = Command::new("env");
    haproxy.arg(format!("PATH={path}")).arg("haproxy").args(options).args(["-f", "haproxy.cfg"]);
    haproxy.current_dir(sandbox.work());
    haproxy
}

fn has_haproxy() -> bool {
    let has = has_tool("haproxy", &["-v"]) || has_tool("/usr/sbin/haproxy", &["-v"]);
    if !has {
        skipped("haproxy is not installed");
    }
    has
}

#[test]
fn haproxy_accepts_the_users() {
    let has_haproxy = has_haproxy();
    round_trips("haproxy", &["it's"], |sandbox, text| {
        if has_haproxy {
            haproxy_config(sandbox, text);
            let run = haproxy(sandbox, &["-c"]).output().unwrap();
            assert!(run.status.success(), "{run:?}\n{text}");
        }
        let line = |line: &str| {
            let (user, rest) = word(line.strip_prefix("user ").unwrap(), '\'');
            (user.to_owned(), rest.strip_prefix("password ").unwrap().to_owned())
        };
        text.lines().map(line).collect()
    });
}

#[test]
fn users_log_in_at_haproxy() {
    if !has_haproxy() {
        return;
    }
    if !has_tool("curl", &["--version"]) {
        return skipped("curl is not installed");
    }
    let names: Vec<_> = NAMES.into_iter().filter(|name| *name != "it's").collect();
    let file = names.iter().map(|name| format!("{name}:{BCRYPT}\n")).collect::<Vec<_>>().concat();
    let sandbox = Sandbox::with(file);
    let run = sandbox.run(["--list", "--format=haproxy", "passwd"]);
    haproxy_config(&sandbox, &run.stdout());
    let mut server = haproxy(&sandbox, &["-db"]).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let status = |user: &str, password: &str| {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--retry", "20", "--retry-all-errors"]);
        curl.args(["--retry-delay", "1", "--unix-socket", "socket", "-u"]).arg(format!("{user}:{password}"));
        let stdout = curl.arg("http://door/").current_dir(sandbox.work()).output().unwrap().stdout;
        String::from_utf8(stdout).unwrap()
    };
    let statuses: Vec<_> = names.iter().map(|name| [status(name, "secret"), status(name, "wrong")]).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    for (name, statuses) in names.iter().zip(statuses) {
        // curl also prints the status of each attempt that failed because the server was still starting.
        let last = statuses.each_ref().map(|status| &status[status.len() - 3..]);
        assert_eq!(last, ["200", "401"], "{name}");
    }
}

#[test]
fn schemes_that_the_format_cannot_use_are_rejected() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\n"));
    for (format, option) in
        [("haproxy", "-s"), ("haproxy", "-m"), ("caddy", "-5"), ("prometheus", "-m"), ("traefik", "-2")]
    {
        let run = sandbox.run([option, "-nb", "--format", format, "bob", "secret"]);
        run.exits(2).stdout_is("");
        let reason = format!("htpasswd: {format} cannot read the hashes of {option}; it reads ");
        assert!(run.stderr().starts_with(&reason) && run.stderr().lines().count() == 2, "{run}");
    }
    for format in ["haproxy", "caddy", "prometheus"] {
        let run = sandbox.run(["--list", "--format", format, "passwd"]);
        run.exits(2).stdout_is("");
        let message = format!("htpasswd: {format} cannot read the hash of user 'bob'; it reads ");
        assert!(run.stderr().starts_with(&message) && run.stderr().contains("bcrypt"), "{run}");
    }
    for hash in [DES, SHA256_CRYPT] {
        sandbox.write("passwd", format!("bob:{hash}\n"));
        let run = sandbox.run(["--list", "--format", "haproxy", "passwd"]);
        run.exits(0).stdout_is(&format!("user bob password {hash}\n"));
    }
}

#[test]
fn the_default_scheme_suits_the_format() {
    for format in ["haproxy", "caddy", "prometheus", "traefik"] {
        let run = Sandbox::new().run(["-nb", "--format", format, "bob", "secret"]);
        run.exits(0);
        assert!(run.stdout().replace("$$", "$").contains("$2y$10$"), "{run}");
    }
}

#[test]
fn unknown_and_unused_formats_are_rejected() {
    let sandbox = Sandbox::with(format!("bob:{SHA1}\n"));
    for (arguments, reason) in [
        (&["--format", "env", "-bs", "passwd", "alice", "secret"][..], "--format needs -n or --list"),
        (&["--format", "env", "-D", "passwd", "bob"], "--format needs -n or --list"),
        (&["--format", "env", "--check", "passwd"], "--format needs -n or --list"),
        (&["--format", "env", "--list", "--json", "passwd"], "--json cannot be combined with --format"),
    ] {
        sandbox.run(arguments).is_wrong_call(reason);
    }
    let known = "plain, compose, traefik, haproxy, caddy, prometheus, env, k8s-secret";
    for name in ["xml", ""] {
        let run = sandbox.run(["--format", name, "--list", "passwd"]);
        run.is_wrong_call(&format!("unknown --format '{name}'; it must be one of {known}"));
    }
    sandbox.run(["--list", "passwd", "--format"]).is_usage_error();
    assert_eq!(sandbox.text("passwd"), format!("bob:{SHA1}\n"));
}
