//! The completions of bash, zsh and fish offer every option in `--help`.

use std::process::{Command, Stdio};

use crate::support::{Sandbox, has_tool, program, skipped};

/// The completion script of this name.
pub(crate) fn script(name: &str) -> String {
    format!("{}/../../completions/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The `PATH` in which the built program is the first `htpasswd`.
pub(crate) fn path() -> String {
    format!("{}:{}", program().parent().unwrap().display(), std::env::var("PATH").unwrap())
}

/// The sorted lines that a program prints in the directory of the sandbox. The words are the program and its arguments.
pub(crate) fn printed(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(sandbox.work()).env("HOME", sandbox.work()).env("TERM", "dumb");
    let output = command.env("PATH", path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The long names of all options in the help, with their dashes.
fn names() -> Vec<String> {
    let run = Sandbox::new().run(["--help"]);
    let help = run.exits(0).stdout();
    let words = help.lines().take_while(|line| *line != "Examples:").filter_map(|line| {
        let words = line.strip_prefix("  -").or_else(|| line.strip_prefix("      --"));
        words?;
        let name = line.split_once("--")?.1;
        Some(format!("--{}", name.split([' ', '[']).next()?))
    });
    let mut names: Vec<_> = words.collect();
    names.sort_unstable();
    assert!(names.len() > 15, "{help}");
    names
}

/// The completions that bash offers for the last of these words, or `FILES` if bash completes paths.
fn bash(words: &[&str]) -> Vec<String> {
    let load = format!(
        "compopt() {{ [[ $* == '-o default' ]] && echo FILES; }}; source '{}'",
        script("htpasswd.bash")
    );
    // Bash splits words at equals signs. The line has no blank around these signs.
    let line = "COMP_WORDS=(htpasswd \"$@\"); COMP_CWORD=$#; COMP_LINE=\"htpasswd $*\"; COMP_LINE=${COMP_LINE// = /=}; \
        COMP_LINE=${COMP_LINE/ =/=}; COMP_POINT=${#COMP_LINE}; word=${!#}";
    let complete = format!(
        "{line}; _htpasswd htpasswd \"${{word#=}}\"; ((${{#COMPREPLY[@]}})) && printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let call = format!("{load}; {complete}; true");
    let all = ["bash", "--norc", "-c", &call, "bash"].into_iter().chain(words.iter().copied());
    printed(&Sandbox::new(), &all.collect::<Vec<_>>())
}

#[test]
fn bash_offers_every_option() {
    if !has_tool("bash", &["--version"]) {
        return skipped("no bash");
    }
    assert_eq!(bash(&["--"]), names());
    for before in [["-nbB"].as_slice(), &["--cost", "10"], &["--cost", "=", "10"], &["-C", "10"], &["-BC10"]]
    {
        assert_eq!(bash(&[before, &["--"]].concat()), names(), "{before:?}");
    }
    assert_eq!(bash(&["--cre"]), ["--create"]);
    let with_letters = bash(&["-"]);
    assert!(names().iter().all(|name| with_letters.contains(name)), "{with_letters:?}");
    assert!(with_letters.contains(&"-B".to_owned()) && with_letters.contains(&"-2".to_owned()));
}

#[test]
fn bash_offers_the_values_of_an_option() {
    if !has_tool("bash", &["--version"]) {
        return skipped("no bash");
    }
    for words in
        [["--import-format", ""].as_slice(), &["--import-format", "="], &["--import-format", "=", ""]]
    {
        assert_eq!(bash(words), ["csv", "json", "lines"], "{words:?}");
    }
    assert_eq!(bash(&["--import", "--import-format", "=", "j"]), ["json"]);
    assert_eq!(bash(&["--import-format=j"]), ["--import-format=json"]);
    for words in [["-C", ""].as_slice(), &["-nbBC", ""], &["--cost", "="], &["--cost", ""]] {
        assert_eq!(bash(words), [""; 0], "{words:?}");
    }
}

#[test]
fn bash_offers_files_for_operands() {
    if !has_tool("bash", &["--version"]) {
        return skipped("no bash");
    }
    for words in [
        [""].as_slice(),
        &["us"],
        &["-Bc", ""],
        &["-C", "10", ""],
        &["-C10", ""],
        &["--cost", "10", ""],
        &["--cost", "=", "10", ""],
        &["--", "-"],
        &["--import", "users", "--"],
        &["--import", "users", ""],
        &["--check", "users", ""],
    ] {
        assert_eq!(bash(words), ["FILES"], "{words:?}");
    }
}

/// The completions that fish offers for a line in a directory with the empty file `users`.
fn fish(line: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    sandbox.write("users", "");
    fish_in(&sandbox, line)
}

/// The completions that fish offers for a line in the directory of the sandbox.
pub(crate) fn fish_in(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let call = format!("source '{}'; complete -C '{line}'", script("htpasswd.fish"));
    let lines = printed(sandbox, &["fish", "--no-config", "-c", &call]);
    lines.iter().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

#[test]
fn fish_offers_options_values_and_files() {
    if !has_tool("fish", &["--version"]) {
        return skipped("no fish");
    }
    assert_eq!(fish("htpasswd --").into_iter().filter(|name| name != "--").collect::<Vec<_>>(), names());
    for line in ["htpasswd --import-format ", "htpasswd --import --import-format "] {
        assert_eq!(fish(line), ["csv", "json", "lines"], "{line}");
    }
    assert_eq!(fish("htpasswd --import-format=j"), ["--import-format=json"]);
    assert_eq!(fish("htpasswd --color "), ["always", "auto", "never"]);
    assert!(fish("htpasswd --for ").contains(&"nginx".to_owned()));
    assert_eq!(fish("htpasswd --cost "), [""; 0]);
    assert_eq!(fish("htpasswd --cost us"), [""; 0]);
    // The value of --generate always follows an equals sign, so fish offers files for the next word.
    assert_eq!(fish("htpasswd --generate us"), ["users"]);
    assert_eq!(fish("htpasswd --password-file us"), ["users"]);
    assert_eq!(fish("htpasswd -Bc us"), ["users"]);
    assert_eq!(fish("htpasswd --import users us"), ["users"]);
}

/// All bytes that zsh writes to a terminal for a line and the Tab key, in a directory with the empty file `users`.
fn zsh(line: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("users", "");
    zsh_in(&sandbox, line)
}

/// All bytes that zsh writes to a terminal for a line and the Tab key, in the directory of the sandbox.
pub(crate) fn zsh_in(sandbox: &Sandbox, line: &str) -> String {
    let directory = script("");
    // The terminal echoes the input. The marks `loaded` and `done` are in two parts in the input, so that only the
    // output contains them.
    let call = format!(
        "zmodload zsh/zpty; \
         zpty shell 'TERM=dumb PS1=ready zsh -f -i'; \
         zpty -w shell 'fpath=({directory} $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000; \
            show() {{ zle list-choices; zle -R; print do\"\"ne }}; zle -N show; bindkey \"^I\" show; print loa\"\"ded'; \
         zpty -r -m shell REPLY '*loaded*'; \
         zpty -w -n shell $'{line}\\t'; \
         zpty -r -m shell REPLY '*done*'; print -r -- $REPLY"
    );
    printed(sandbox, &["timeout", "60", "zsh", "-f", "-c", &call]).join("\n")
}

#[test]
fn zsh_offers_options_values_and_files() {
    if !has_tool("zsh", &["--version"]) {
        return skipped("no zsh");
    }
    let output = zsh("htpasswd --");
    for name in names() {
        assert!(output.contains(&name), "no {name}: {output}");
    }
    let output = zsh("htpasswd --import-format ");
    assert!(["csv", "json", "lines"].iter().all(|format| output.contains(format)), "{output}");
    for (line, repeated) in [("htpasswd -c --cre", "--create"), ("htpasswd --bcrypt --bc", "--bcrypt  ")] {
        let output = zsh(line);
        assert!(!output.contains(repeated), "{repeated} is offered again: {output}");
    }
    let output = zsh("htpasswd --cre");
    assert!(output.contains("--create"), "{output}");
    let output = zsh("htpasswd -Bc ");
    assert!(output.contains("users"), "{output}");
}

#[test]
fn powershell_offers_every_option() {
    let text = std::fs::read_to_string(script("_htpasswd.ps1")).unwrap();
    for name in names() {
        assert!(text.contains(&format!("[CompletionResult]::new('{name}', ")), "no {name}: {text}");
    }
}
