//! The files that packages install for the service: the unit, the configuration, the alert rules and the completions.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::Command;

use crate::service::{Folder, Request, SECRET, Service, repository};

#[test]
fn the_sandbox_of_the_unit_has_an_exposure_below_two() {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--threshold=20"]);
    let Ok(output) = command.arg(repository("packaging/systemd/htpasswd-auth.service")).output() else {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: systemd is not installed");
        return;
    };
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && report.contains("Overall exposure level"), "{report}");
}

#[test]
fn the_unit_names_only_options_of_the_program() {
    let unit = fs::read_to_string(repository("packaging/systemd/htpasswd-auth.service")).unwrap();
    let command =
        unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/htpasswd-auth ")).unwrap();
    assert_eq!(command, "--config /etc/htpasswd-auth/auth.toml");
    assert!(unit.contains("\nType=notify\n") && unit.contains("\nExecReload=/bin/kill -HUP $MAINPID\n"));
}

#[test]
fn the_installed_configuration_is_valid() {
    let text = fs::read_to_string(repository("packaging/auth.toml")).unwrap();
    let folder = Folder::new(&[("htpasswd", &format!("alice:{SECRET}\n")), ("groups", "staff: alice\n")]);
    // With the comments removed, the examples in them are checked too.
    for uncommented in [false, true] {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(example) if uncommented && !example.starts_with(' ') => example,
            _ => line,
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let directory = folder.path("htpasswd").parent().unwrap().display().to_string();
        folder.write("site.toml", text.replace("/etc/htpasswd-auth", &directory));
        let output = folder.run(&["--config", "site.toml", "--check-config"]);
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn the_alert_rules_name_metrics_of_the_service() {
    let rules = fs::read_to_string(repository("packaging/prometheus/htpasswd-auth.rules.yml")).unwrap();
    assert_eq!(rules.matches("- alert: ").count(), 10);
    let service = Service::start(&format!("alice:{SECRET}\n"), &["--metrics-listen", "127.0.0.1:0"]);
    service.login("alice", "secret");
    service.send(Request::get("/"));
    let page = service.page("/metrics").1;
    let names: BTreeSet<_> = rules
        .split(|character: char| !(character.is_ascii_lowercase() || character == '_'))
        .filter(|word| word.starts_with("htpasswd_auth_") || word.starts_with("process_"))
        .collect();
    assert!(names.len() >= 7, "{names:?}");
    // The page has the metric of the certificate only with TLS.
    let tls = "htpasswd_auth_certificate_not_after_timestamp_seconds";
    for name in names.into_iter().filter(|name| *name != tls) {
        let has_metric =
            |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']));
        assert!(page.lines().any(has_metric), "no metric {name}: {page}");
    }
    let results: BTreeSet<_> = rules
        .split("result=")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1))
        .flat_map(|results| results.split('|'))
        .collect();
    for result in results {
        assert!(page.contains(&format!("result=\"{result}\"")), "no result {result}");
    }
}

#[test]
fn the_manual_and_the_reference_have_every_option() {
    let options = options(&["--help"]);
    assert!(options.len() > 20, "{options:?}");
    let manual = fs::read_to_string(repository("docs/man/htpasswd-auth.8")).unwrap();
    let reference = fs::read_to_string(repository("docs/auth-service.md")).unwrap();
    for name in options.into_iter().filter(|name| !matches!(&**name, "help" | "version")) {
        assert!(manual.contains(&format!("\\-\\-{}", name.replace('-', "\\-"))), "not in the manual: {name}");
        let forms = [format!("`{name}`"), format!("`--{name}`"), format!("--{name} FILE")];
        assert!(forms.iter().any(|form| reference.contains(form)), "not in the reference: {name}");
    }
}

#[test]
fn the_completions_have_every_option() {
    let script = |name: &str| fs::read_to_string(repository(&format!("completions/{name}"))).unwrap();
    let (zsh, fish) = (script("_htpasswd-auth"), script("htpasswd-auth.fish"));
    for (words, count) in [(&["--help"][..], 22), (&["doctor", "--help"], 10)] {
        let names = options(words);
        assert!(names.len() >= count, "{names:?}");
        for name in &names {
            let is_in_zsh = ["=", "["].iter().any(|next| zsh.contains(&format!("--{name}{next}")));
            assert!(is_in_zsh && fish.contains(&format!(" -l {name} -d ")), "{words:?}: {name}");
        }
        // Bash offers the options of the subcommand after its name.
        let line = [&words[..words.len() - 1], &["--"]].concat().join(" ");
        let script = repository("completions/htpasswd-auth.bash");
        let call = format!(
            "source '{}'; COMP_WORDS=(htpasswd-auth {line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _htpasswd__auth htpasswd-auth -- htpasswd-auth; echo \"${{COMPREPLY[@]}}\"",
            script.display()
        );
        let Ok(output) = Command::new("bash").args(["--norc", "-c", &call]).output() else { continue };
        let offers = String::from_utf8(output.stdout).unwrap();
        let offers: BTreeSet<_> =
            offers.split_whitespace().filter_map(|word| word.strip_prefix("--")).collect();
        assert_eq!(offers, names.iter().map(String::as_str).collect(), "{words:?}");
    }
}

/// The names of the options in a help, without dashes.
fn options(words: &[&str]) -> Vec<String> {
    let help = Folder::new(&[]).run(words);
    let help = String::from_utf8(help.stdout).unwrap();
    let lines = help.lines().filter_map(|line| line.trim_start().split_once("--"));
    let names = lines.filter_map(|(before, after)| {
        let is_option = before.is_empty() || (before.starts_with('-') && before.ends_with(", "));
        is_option.then(|| after.split([' ', '<']).next().unwrap_or_default().to_owned())
    });
    names.collect()
}
