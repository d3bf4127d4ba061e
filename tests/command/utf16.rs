//! Inputs in UTF-16, as Windows PowerShell writes them: password files, lists, passwords and manifests.

use crate::support::{Run, SHA1, Sandbox, TWO_USERS, Terminal, check};

/// A text in both byte orders, with and without a byte order mark, each with its name for iconv.
fn encodings(text: &str) -> [(Vec<u8>, &'static str); 4] {
    let marked = format!("\u{feff}{text}");
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [
        (little(&marked), "UTF-16"),
        (big(&marked), "UTF-16"),
        (little(text), "UTF-16LE"),
        (big(text), "UTF-16BE"),
    ]
}

/// Asserts that the run fails with this code and one sentence, which says that the input is UTF-16 and ends with the
/// command that converts it.
#[track_caller]
fn names_utf16(run: &Run, code: i32, command: &str) {
    run.exits(code).stdout_is("").does_not_warn();
    let text = run.stderr();
    assert!(text.contains(" is UTF-16, as Windows PowerShell writes it; convert it to UTF-8: "), "{run}");
    assert!(text.ends_with(&format!(": {command}\n")) && text.lines().count() == 1, "not {command}\n{run}");
}

#[test]
fn every_mode_rejects_a_password_file_in_utf_16() {
    for text in ["bob:x\r\n", "bob:x", "bob:x\ncarol:y\n"] {
        for (bytes, _) in encodings(text) {
            let sandbox = Sandbox::with(&bytes);
            sandbox.write("users", "alice:secret\n");
            sandbox.write("hashes", format!("alice:{SHA1}\n"));
            for line in [
                ["-bs", "passwd", "alice", "secret"].as_slice(),
                &["-bs", "passwd", "bob", "secret"],
                &["-vb", "passwd", "bob", "secret"],
                &["-D", "passwd", "bob"],
                &["--list", "passwd"],
                &["--ensure", "-bs", "passwd", "bob", "secret"],
                &["--ensure", "--dry-run", "-bs", "passwd", "bob", "secret"],
                &["--import", "-s", "passwd", "users"],
                &["--import", "-s", "--ensure", "passwd", "users"],
                &["--import", "-s", "--dry-run", "passwd", "users"],
                &["--import", "--hashed", "--prune", "passwd", "hashes"],
            ] {
                names_utf16(&sandbox.run(line), 7, "htpasswd --check --fix passwd");
                assert_eq!(sandbox.read("passwd"), bytes, "{line:?}");
                assert_eq!(sandbox.names(), ["hashes", "passwd", "users"]);
            }
        }
    }
}

#[test]
fn a_file_in_utf_16_is_rejected_before_the_prompt() {
    let sandbox = Sandbox::with(&encodings("bob:x\n")[0].0);
    for options in [["-s", "passwd", "bob"], ["-B", "passwd", "alice"]] {
        let mut terminal = Terminal::start(&sandbox, options);
        let message = "The file passwd does not appear to be a valid htpasswd file: it is UTF-16, as Windows PowerShell \
            writes it; convert it to UTF-8: htpasswd --check --fix passwd\r\n";
        terminal.ends(7, &format!("htpasswd: {message}"));
    }
}

#[test]
fn the_command_quotes_the_file_name_for_the_shell() {
    let sandbox = Sandbox::new();
    sandbox.write("it's", &encodings("bob:x\n")[0].0);
    let run = sandbox.run(["-bs", "it's", "alice", "secret"]);
    names_utf16(&run, 7, r"htpasswd --check --fix 'it'\''s'");
}

#[test]
fn a_pipe_in_utf_16_has_no_command_that_converts_it() {
    let sandbox = Sandbox::new();
    let run = sandbox.call(["-vb", "/dev/stdin", "bob", "secret"]).stdin(&encodings("bob:x\n")[0].0).run();
    run.exits(7).stderr_is(
        "htpasswd: The file /dev/stdin does not appear to be a valid htpasswd file: it is UTF-16, as Windows \
         PowerShell writes it\n",
    );
}

#[test]
fn check_has_one_finding_for_a_file_in_utf_16() {
    for server in [[].as_slice(), &["--for", "registry"], &["--for", "nginx"]] {
        for (bytes, _) in encodings(&format!("bob:{SHA1}\r\n")) {
            let sandbox = check::private(&bytes);
            let run = sandbox.run([&["--check"], server, &["passwd"]].concat());
            run.exits(7).stderr_is("");
            let finding = "passwd:1: error:   the file is UTF-16, as Windows PowerShell writes it; no server reads it\n";
            let text = run.stdout();
            assert!(text.starts_with(finding), "{run}");
            assert!(text.ends_with(", 0 users; to repair it: htpasswd --check --fix passwd\n"), "{run}");
            assert_eq!(text.lines().count(), 2, "{run}");
            let json = sandbox.run([&["--check", "--json"], server, &["passwd"]].concat());
            json.exits(7);
            assert!(json.stdout().contains(r#""error_count":1,"warning_count":0"#), "{json}");
            assert!(json.stdout().contains(r#""kind":"utf-16""#), "{json}");
            assert_eq!(sandbox.read("passwd"), bytes);
        }
    }
}

#[test]
fn fix_converts_a_file_without_loss() {
    let text = format!("# users\r\nмария:{SHA1}:Мария 😀\r\nbob:{SHA1}\r\n");
    for (bytes, _) in encodings(&text) {
        for end in ["\r\n", ""] {
            let length = bytes.len() - if end.is_empty() { 4 } else { 0 };
            let sandbox = Sandbox::with(&bytes[..length]);
            sandbox.set_mode("passwd", 0o600);
            let run = sandbox.run(["--check", "--fix", "passwd"]);
            assert!(run.exits(8).stdout().starts_with("passwd: fixed: converted UTF-16 to UTF-8, "), "{run}");
            assert_eq!(sandbox.text("passwd"), text.replace('\r', ""));
            assert!(sandbox.verifies("мария", "secret") && sandbox.verifies("bob", "secret"));
            let run = sandbox.run(["--check", "--fix", "passwd"]);
            assert!(run.stdout().starts_with("passwd: nothing to fix\n"), "{run}");
        }
    }
}

#[test]
fn fix_leaves_a_file_that_is_utf_16_only_in_part() {
    // Other editors append ASCII, of an even or an odd length.
    for user in ["alice", "eve1"] {
        let bytes = [&encodings("bob:x\n")[0].0, format!("{user}:{SHA1}\n").as_bytes()].concat();
        let sandbox = Sandbox::with(&bytes);
        sandbox.set_mode("passwd", 0o600);
        let run = sandbox.run(["--check", "--fix", "passwd"]);
        run.exits(7);
        assert!(run.stdout().starts_with("passwd: nothing to fix\n"), "{run}");
        assert!(
            run.stdout().ends_with("only a part of it is UTF-16, so convert it to UTF-8 by hand\n"),
            "{run}"
        );
        assert_eq!(sandbox.read("passwd"), bytes);
    }
}

#[test]
fn a_list_in_utf_16_is_rejected_in_each_format() {
    for (options, text) in [
        (["-s"].as_slice(), "alice:secret\r\n"),
        (&["-s", "--import-format=csv"], "user,password\r\nalice,secret\r\n"),
        (&["-s", "--import-format=json"], "{\"user\":\"alice\",\"password\":\"secret\"}\r\n"),
        (&["--hashed"], "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\r\n"),
        (&["-c", "-s"], "alice:secret\n"),
        (&["-s", "--keep-going"], "alice:secret\n"),
    ] {
        for (bytes, name) in encodings(text) {
            let sandbox = Sandbox::with(TWO_USERS);
            sandbox.write("my list", &bytes);
            let run = sandbox.run([&["--import"], options, &["passwd", "my list"]].concat());
            names_utf16(&run, 1, &format!("iconv -f {name} -t UTF-8 'my list' > 'my list.utf-8'"));
            let run = sandbox.call([&["--import"], options, &["passwd"]].concat()).stdin(&bytes).run();
            names_utf16(&run, 1, &format!("iconv -f {name} -t UTF-8"));
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

#[test]
fn a_password_in_utf_16_is_rejected_from_each_source() {
    for text in ["secret\r\n", "secret"] {
        for (bytes, name) in encodings(text) {
            let sandbox = Sandbox::with(TWO_USERS);
            sandbox.write("pw", &bytes);
            sandbox.set_mode("pw", 0o600);
            for mode in [["-s"].as_slice(), &["-v"], &["--ensure", "-s"]] {
                let line = |source: &'static str| [mode, &[source, "passwd", "bob"]].concat();
                let run = sandbox.run(line("--password-file=pw"));
                names_utf16(&run, 2, &format!("iconv -f {name} -t UTF-8 pw > pw.utf-8"));
                for source in ["--password-fd=0", "-i"] {
                    let run = sandbox.call(line(source)).stdin(&bytes).run();
                    names_utf16(&run, 2, &format!("iconv -f {name} -t UTF-8"));
                }
            }
            assert_eq!(sandbox.text("passwd"), TWO_USERS);
        }
    }
}

#[test]
fn a_manifest_in_utf_16_is_rejected_in_every_mode() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  auth: |\n    bob:x\n";
    for (bytes, name) in encodings(text) {
        let sandbox = Sandbox::new();
        sandbox.write("s.yaml", &bytes);
        for line in [
            ["--secret=s.yaml", "-bs", "alice", "secret"].as_slice(),
            &["--secret=s.yaml", "-vb", "bob", "secret"],
            &["--secret=s.yaml", "-D", "bob"],
            &["--secret=s.yaml", "--list"],
            &["--secret=s.yaml", "--check"],
            &["--secret=s.yaml", "--check", "--fix"],
            &["--secret=s.yaml", "--ensure", "-bs", "bob", "secret"],
        ] {
            let command = format!("iconv -f {name} -t UTF-8 s.yaml > s.yaml.utf-8");
            names_utf16(&sandbox.run(line), 7, &command);
            assert_eq!(sandbox.read("s.yaml"), bytes, "{line:?}");
        }
        let run = sandbox.call(["--secret=-", "-bs", "alice", "secret"]).stdin(&bytes).run();
        names_utf16(&run, 7, &format!("iconv -f {name} -t UTF-8"));
    }
}

/// `kubectl create secret --from-file` stores the bytes of a file, so the value of a key can be UTF-16, too.
#[test]
fn the_value_of_a_key_in_utf_16_is_rejected_and_converted() {
    // This is "bob:x" and a newline, with a byte order mark.
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  auth: //5iAG8AYgA6AHgACgA=\n";
    let sandbox = Sandbox::new();
    sandbox.write("s.yaml", manifest);
    for line in [
        ["--secret=s.yaml", "-bs", "alice", "secret"].as_slice(),
        &["--secret=s.yaml", "-vb", "bob", "secret"],
        &["--secret=s.yaml", "--list"],
    ] {
        names_utf16(&sandbox.run(line), 7, "htpasswd --check --fix --secret s.yaml");
        assert_eq!(sandbox.text("s.yaml"), manifest, "{line:?}");
    }
    let run = sandbox.run(["--check", "--fix", "--secret=s.yaml"]);
    assert!(run.stdout().starts_with("s.yaml: fixed: converted UTF-16 to UTF-8\n"), "{run}");
    assert_eq!(sandbox.text("s.yaml"), manifest.replace("//5iAG8AYgA6AHgACgA=", "Ym9iOngK"));
}
