//! `--check` with several files, and with standard input.

use serde_json::Value;

use crate::support::check::{STRONG, private};
use crate::support::{SHA1, Sandbox};

/// A sandbox with three files: `clean`, `weak` with a warning, and `bad` with an error.
fn three_files() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, text) in [
        ("clean", format!("alice:{STRONG}\n")),
        ("weak", format!("bob:{SHA1}\n")),
        ("bad", "carol:x\n".to_owned()),
    ] {
        sandbox.write(name, text);
        sandbox.set_mode(name, 0o600);
    }
    sandbox
}

#[test]
fn the_report_of_each_file_names_its_file_in_the_order_of_the_call() {
    let sandbox = three_files();
    let alone: Vec<_> =
        ["bad", "clean", "weak"].iter().map(|file| sandbox.run(["--check", file]).stdout()).collect();
    let run = sandbox.run(["--check", "bad", "clean", "weak"]);
    run.stderr_is("").stdout_is(&alone.concat());
    assert!(alone.iter().zip(["bad:1:", "clean: ", "weak:1:"]).all(|(text, start)| text.starts_with(start)));
}

#[test]
fn the_exit_code_is_that_of_the_worst_file() {
    let sandbox = three_files();
    sandbox.run(["--check", "clean", "./clean"]).exits(0);
    for files in [["clean", "./weak", "clean"], ["weak", "clean", "clean"]] {
        sandbox.run([&["--check"][..], &files].concat()).exits(8);
    }
    for files in [["bad", "weak", "clean"], ["clean", "weak", "bad"]] {
        sandbox.run([&["--check"][..], &files].concat()).exits(7);
    }
}

#[test]
fn a_file_that_cannot_be_read_does_not_prevent_the_other_checks() {
    let sandbox = three_files();
    std::fs::create_dir(sandbox.path("directory")).unwrap();
    let run = sandbox.run(["--check", "bad", "directory", "clean"]);
    run.exits(1).stderr_is(
        "htpasswd: cannot open file directory for read access: it is not a regular file, or it cannot be reached\n",
    );
    assert!(
        run.stdout().starts_with("bad:1: error:") && run.stdout().ends_with("clean: clean, 1 user\n"),
        "{run}"
    );
}

#[test]
fn a_missing_file_is_an_error_among_others() {
    let run = three_files().run(["--check", "clean", "./missing", "clean"]);
    run.exits(7).stderr_is("");
    assert!(run.stdout().contains("./missing: error:   the file does not exist\n"), "{run}");
}

#[test]
fn json_has_one_line_for_each_file() {
    let sandbox = three_files();
    std::fs::create_dir(sandbox.path("directory")).unwrap();
    let run = sandbox.run(["--check", "--json", "weak", "directory", "bad", "clean"]);
    run.exits(1);
    let lines: Vec<Value> = run.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let members = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(members("file"), [Value::from("weak"), Value::Null, "bad".into(), "clean".into()]);
    assert_eq!(members("error_count"), [Value::from(0), Value::Null, 1.into(), 0.into()]);
    let error = &lines[1]["error"];
    assert_eq!((&error["kind"], &error["file"]), (&"file-not-accessible".into(), &"directory".into()));
    let message = format!("htpasswd: {}\n", error["message"].as_str().unwrap());
    run.stderr_is(&message);
}

#[test]
fn standard_input_is_checked_in_a_pipe() {
    let sandbox = Sandbox::new();
    for (text, exit, report) in [
        (format!("alice:{STRONG}\n"), 0, "-: clean for registry, 1 user\n"),
        (
            format!("alice:{SHA1}\n"),
            7,
            "-:1: error:   user alice: registry does not read {SHA}; it reads bcrypt\n\
             -: 1 error and 0 warnings for registry, 1 user; for a new hash: htpasswd --for registry FILE USER\n",
        ),
        (
            String::new(),
            8,
            "-:1: warning: the file has no users\n-: 0 errors and 1 warning for registry, 0 users\n",
        ),
    ] {
        let run = sandbox.call(["--check", "--for", "registry", "-"]).stdin(text).run();
        run.exits(exit).stderr_is("").stdout_is(report);
    }
}

#[test]
fn a_file_called_dash_is_checked_by_its_path() {
    let sandbox = Sandbox::new();
    sandbox.write("-", "alice:x\n");
    sandbox.set_mode("-", 0o600);
    sandbox.run(["--check", "./-"]).exits(7);
    sandbox.call(["--check", "-"]).stdin(format!("alice:{STRONG}\n")).run().exits(0);
}

#[test]
fn standard_input_is_checked_between_files() {
    let call = |input: &str| three_files().call(["--check", "clean", "-", "weak"]).stdin(input).run();
    let run = call("dave:x\n");
    run.exits(7);
    assert!(run.stdout().contains("\n-:1: error:   user dave: "), "{run}");
    call(&format!("dave:{STRONG}\n")).exits(8);
}

#[test]
fn standard_input_that_cannot_be_read_is_a_failure() {
    let run = three_files().call(["--check", "-", "bad"]).redirected("<.").run();
    run.exits(1).stderr_has("unable to read file -: ");
    assert!(run.stdout().starts_with("bad:1: "), "{run}");
}

#[test]
fn standard_input_is_not_repaired_and_is_read_once() {
    let sandbox = three_files();
    for files in [&["-"][..], &["clean", "-"], &["clean", "bad", "-"]] {
        sandbox.run([&["--check", "--fix"], files].concat()).is_wrong_call(
            "--fix cannot be combined with -: standard input cannot be repaired, so name a file",
        );
    }
    sandbox
        .run(["--check", "-", "clean", "-"])
        .is_wrong_call("- is standard input, which can be read only once");
}

#[test]
fn fix_repairs_each_file() {
    let sandbox = three_files();
    for name in ["clean", "weak"] {
        sandbox.write(name, format!("alice:{STRONG}\r\n"));
        sandbox.set_mode(name, 0o600);
    }
    let run = sandbox.run(["--check", "--fix", "clean", "weak"]);
    run.exits(0).stdout_is(
        "clean: fixed: removed 1 carriage return\nclean: clean, 1 user\n\
         weak: fixed: removed 1 carriage return\nweak: clean, 1 user\n",
    );
    assert_eq!(sandbox.text("weak"), format!("alice:{STRONG}\n"));
}

#[test]
fn many_manifests_are_checked() {
    let manifest = |hash: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  auth: |\n    alice:{hash}\n"
        )
    };
    let sandbox = Sandbox::new();
    for (name, hash) in [("a.yaml", STRONG), ("b.yaml", "x")] {
        sandbox.write(name, manifest(hash));
        sandbox.set_mode(name, 0o600);
    }
    let run = sandbox.run(["--secret", "a.yaml", "--check", "./b.yaml", "./missing.yaml"]);
    run.exits(1).stderr_has("cannot use the manifest ./missing.yaml: the file does not exist");
    assert!(run.stdout().starts_with("a.yaml: clean, 1 user\n./b.yaml:1: error:"), "{run}");
    let run = sandbox.call(["--secret", "b.yaml", "--check", "a.yaml", "-"]).stdin(manifest(STRONG)).run();
    run.exits(7);
    assert!(run.stdout().ends_with("a.yaml: clean, 1 user\n-: clean, 1 user\n"), "{run}");
}

#[test]
fn an_option_after_the_first_file_is_reported() {
    let run = private("").run(["--check", "passwd", "other", "--json"]);
    run.exits(2).stderr_has("options go before FILE: --json");
}
