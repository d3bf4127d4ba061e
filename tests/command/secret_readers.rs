//! Another YAML parser reads the edited manifests. It must find the edited file as the value, and no other change.

use std::process::Command;

use crate::support::{Sandbox, has_tool, skipped};

/// A Python program that prints the value of the key in each manifest, and then everything else in the manifest.
const READER: &str = r"
import base64, json, sys, yaml
def read(path):
    documents = list(yaml.safe_load_all(open(path, encoding='utf-8', newline='')))
    secret = next(d for d in documents if isinstance(d, dict) and d.get('kind') == 'Secret')
    if 'htpasswd' in secret.get('data', {}):
        value = base64.b64decode(secret['data'].pop('htpasswd') or '').decode()
    else:
        value = secret['stringData'].pop('htpasswd') or ''
    return [value, json.dumps(documents)]
print(json.dumps([read(path) for path in sys.argv[1:]]))
";

fn read(sandbox: &Sandbox, manifests: &[String]) -> Vec<(String, String)> {
    let mut python = Command::new("python3");
    let run = python.args(["-c", READER]).args(manifests).current_dir(sandbox.work()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap()
}

#[test]
fn another_yaml_parser_sees_only_the_edited_value_changed() {
    if !has_tool("python3", &["-c", "import yaml"]) {
        return skipped("python3 has no yaml");
    }
    let values = [
        ("data", "Ym9iOngK"),
        ("data", "\"Ym9iOngK\"  # c"),
        ("data", "'Ym9iOngK'"),
        ("data", "|\n      Ym9i\n      OngK"),
        ("data", ">-  # c\n    Ym9iOngK\n"),
        ("data", "''"),
        ("data", ""),
        ("data", "~"),
        ("stringData", "bob:x"),
        ("stringData", "\"bob:x\\r\\n\\\n    carol:\\u00e9\\n\""),
        ("stringData", "'it''s:x'"),
        ("stringData", "'a: b:x\n\n    carol:y\n    '"),
        ("stringData", "|\n    bob:x\n    # c: d\n\n    carol:y"),
        ("stringData", "|2 # c\n     bob:x\n    carol:y\n\n"),
        ("stringData", "|+\n    bob:x\n\n\n"),
        ("stringData", "|-\n          bob:x\n            \n          carol:y\n   \n"),
        ("stringData", ">\n    bob:x\n\n    carol:y\n\n"),
        ("stringData", "|\n    bob:m\u{fc}ller \u{1f600}\n    # \u{2014}"),
        ("stringData", "\n    |\n    bob:x"),
        ("stringData", "# c |\n    'bob:x'"),
    ];
    let edits = [
        ["-bs", "alice", "secret"].as_slice(),
        &["-bs", "bob", "secret"],
        &["-D", "bob"],
        &["-cbs", "m\u{fc}ller", "secret"],
        &["-bs", "it's \"a\\\" user", "secret"],
    ];
    let sandbox = Sandbox::new();
    let mut tried = Vec::new();
    for (field, value) in values {
        for (before, after) in
            [("", ""), ("  a: &x |\n    y: z\n", "  # c\n  'z': >\n    last\n...\n---\n- 1\n")]
        {
            for edit in edits {
                let name = format!("{}.yaml", tried.len());
                sandbox.write(
                    &name,
                    format!("a: b\n---\nkind: Secret # c\n{field}:\n{before}  htpasswd: {value}\n{after}"),
                );
                tried.push((name, edit));
            }
        }
    }
    let names: Vec<_> = tried.iter().map(|(name, _)| name.clone()).collect();
    let old = read(&sandbox, &names);
    let mut expected = Vec::new();
    for ((name, edit), (users, rest)) in tried.iter().zip(old) {
        sandbox.write("passwd", users);
        let on_file = sandbox.run([&edit[..1], &["passwd"], &edit[1..]].concat());
        let on_secret = sandbox.run([&["--secret", name], *edit].concat());
        assert_eq!(on_secret.exit, on_file.exit, "{on_secret}");
        expected.push((sandbox.text("passwd"), rest));
    }
    for ((name, new), expected) in names.iter().zip(read(&sandbox, &names)).zip(expected) {
        assert_eq!(new, expected, "{}", sandbox.text(name));
    }
}
