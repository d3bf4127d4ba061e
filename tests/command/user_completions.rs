//! The completions of bash, zsh and fish offer the users of FILE where a command expects USER, and read no pipe.

use std::process::Command;

use pty_process::blocking;

use crate::completions::{fish_in, path, script, zsh_in};
use crate::support::{Exit, Sandbox, Terminal, has_tool, skipped};

/// The names of `users`. They have all kinds of characters that a shell must quote, and `=` and `@`, at which bash splits
/// words.
const NAMES: [&str; 8] = ["eva@example.com", "eve=1", "my user", "o$x", "it's", "back\\slash", "q\"q", "*"];

/// A sandbox with a password file `users`, the file `my file` with the same users, and the named pipe `pipe`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let records = NAMES.map(|name| format!("{name}:{}\n", crate::support::SHA1)).concat();
    sandbox.write("users", &records);
    sandbox.write("my file", &records);
    assert!(Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap().success());
    sandbox
}

/// The command line after the Tab key in an interactive bash, without the end of the line.
fn bash(sandbox: &Sandbox, line: &str) -> String {
    let start = |_: blocking::Command| {
        let bash = blocking::Command::new("bash").args(["--norc", "--noprofile", "-i"]);
        let bash = bash.current_dir(sandbox.work()).env("PATH", path()).env("HOME", sandbox.work());
        // Without a file of settings, the terminal shows only the characters that are typed.
        bash.env("INPUTRC", "/dev/null").env("TERM", "dumb").env("LC_ALL", "C.UTF-8").env("HISTFILE", "")
    };
    let mut terminal = Terminal::start_with(sandbox, [""; 0], start);
    let set = format!("source '{}'; stty cols 300; PS1='rea''dy> '\n", script("htpasswd.bash"));
    terminal.send(set);
    terminal.expect("ready> ");
    // The key Control-A moves the cursor to the start, so that bash prints the line as words instead of running it.
    terminal.send(format!("{line}\t\x01printf '<%s>' \x05; echo do''ne\n"));
    terminal.expect("done");
    terminal.send("exit\n");
    assert_eq!(terminal.wait(), Exit::Code(0));
    let transcript = terminal.transcript();
    let printed = transcript.split("<htpasswd>").last().unwrap();
    printed.split("done").next().unwrap().trim_matches(['<', '>']).to_owned()
}

#[test]
fn bash_completes_users_and_quotes_them() {
    if !has_tool("bash", &["--version"]) {
        return skipped("no bash");
    }
    let sandbox = sandbox();
    for (line, words) in [
        ("htpasswd -D users my", "-D><users><my user"),
        ("htpasswd -D users 'my", "-D><users><my user"),
        ("htpasswd -v users \"my u", "-v><users><my user"),
        ("htpasswd --disable users my\\ u", "--disable><users><my user"),
        ("htpasswd users eva@", "users><eva@example.com"),
        ("htpasswd users eva@ex", "users><eva@example.com"),
        ("htpasswd users eve=", "users><eve=1"),
        ("htpasswd --cost=10 users o", "--cost=10><users><o$x"),
        ("htpasswd -BC 10 -- users it", "-BC><10><--><users><it's"),
        ("htpasswd --enable my\\ file back", "--enable><my file><back\\slash"),
        ("htpasswd --enable 'my file' q", "--enable><my file><q\"q"),
        ("htpasswd --check ~/users \\*", &format!("--check><{}/users><*", sandbox.work().display())),
        ("htpasswd --check users us", "--check><users><users"),
        ("htpasswd -Bc users my", "-Bc><users><my file"),
        ("htpasswd --import users us", "--import><users><users"),
        ("htpasswd -D pipe my", "-D><pipe><my"),
        ("htpasswd -D missing my", "-D><missing><my"),
        ("htpasswd -D '$(touch ran)' my", "-D><$(touch ran)><my"),
    ] {
        assert_eq!(bash(&sandbox, line), words, "{line}");
    }
    assert!(!sandbox.exists("ran"), "the completion runs a command of the line");
}

#[test]
fn zsh_offers_users() {
    if !has_tool("zsh", &["--version"]) {
        return skipped("no zsh");
    }
    let sandbox = sandbox();
    let quoted =
        ["eva@example.com", "eve=1", "my\\ user", "o\\$x", "it\\'s", "back\\\\slash", "q\\\"q", "\\*"];
    for line in ["htpasswd -D users ", "htpasswd -BC 10 users ", "htpasswd --check users "] {
        let output = zsh_in(&sandbox, line);
        for name in quoted {
            assert!(output.contains(name), "{line}: no {name}: {output}");
        }
    }
    for line in ["-D pipe ", "-D missing ", "-c users ", "-nb users ", "--import users ", "users eve "] {
        let output = zsh_in(&sandbox, &format!("htpasswd {line}"));
        assert!(!output.contains("example"), "{line}: {output}");
    }
}

#[test]
fn fish_offers_users() {
    if !has_tool("fish", &["--version"]) {
        return skipped("no fish");
    }
    let sandbox = sandbox();
    let mut names = NAMES.map(str::to_owned).to_vec();
    names.sort();
    for line in ["-D users ", "-BC 10 users ", "--cost=10 -- users ", "-v ~/users ", "--disable my\\\\ file "]
    {
        assert_eq!(fish_in(&sandbox, &format!("htpasswd {line}")), names, "{line}");
    }
    assert_eq!(fish_in(&sandbox, "htpasswd --check users m"), ["my file", "my user"]);
    assert_eq!(fish_in(&sandbox, "htpasswd --cost 10 users eva"), ["eva@example.com"]);
    for line in ["-D pipe ", "-D missing "] {
        assert_eq!(fish_in(&sandbox, &format!("htpasswd {line}")), [""; 0], "{line}");
    }
    for line in ["-c users m", "-nb users m", "--import users m", "users eve m"] {
        assert_eq!(fish_in(&sandbox, &format!("htpasswd {line}")), ["my file"], "{line}");
    }
}
