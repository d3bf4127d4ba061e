//! Tests that the code keeps the dependency rules of docs/architecture.md.

use std::fs;
use std::path::{Path, PathBuf};

use crate::circles::{Sources, show};
use crate::root;

/// All Rust files at or below a path, without unit tests.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.flat_map(|entry| files(&entry)).collect();
    files.retain(|file| {
        let is_test =
            file.ends_with("tests.rs") || file.parent().is_some_and(|folder| folder.ends_with("tests"));
        file.extension().is_some_and(|extension| extension == "rs") && !is_test
    });
    files
}

/// Fails if a file of `module` names one of `forbidden` outside of comments.
fn never_uses(module: &[&str], forbidden: &[&str]) {
    let files: Vec<_> = module.iter().flat_map(|path| files(&root().join(path))).collect();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for name in forbidden {
                assert!(!line.contains(name), "{} uses {name}: {line}", file.display());
            }
        }
    }
}

const LIBRARY: &str = "crates/htpasswd/src";

const SERVICE: &str = "crates/htpasswd-auth/src";

const COMMAND: &str = "crates/htpasswd-cli/src";

/// The layers of a crate, from low to high. A module uses only modules of lower layers. Modules of the lowest layer may
/// also use each other.
type Layers = [&'static [&'static str]];

/// `docs/pictures` draws this table.
const LIBRARY_LAYERS: &Layers = &[
    &["password", "username", "characters"],
    &["hash"],
    &["document"],
    &["store", "bulk", "servers"],
    &["lint", "users"],
    &["auth"],
];

const COMMAND_LAYERS: &Layers = &[
    &["exit", "escape", "os", "accounts"],
    &["limits", "export", "output", "encoding"],
    &["warning", "progress", "report"],
    &["args"],
    &["password", "target"],
    &["import"],
    &["error"],
    &["commands"],
];

const SERVICE_LAYERS: &Layers = &[
    &[
        "address",
        "connection",
        "encode",
        "endpoint",
        "groups",
        "log",
        "metrics",
        "networks",
        "notify",
        "options",
        "os",
    ],
    &["config"],
    &["answer", "args", "doctor", "events", "listener", "site", "tls"],
    &["sites"],
    &["login"],
    &["server"],
    &["start", "fuzzing"],
];

#[test]
fn no_two_files_depend_on_each_other() {
    let crates: Vec<_> = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(crates.len() > 5, "{crates:?}");
    let mut found = Vec::new();
    for entry in crates {
        for circle in Sources::read(&entry.path().join("src")).circles() {
            let files: Vec<_> = circle.iter().map(show).collect();
            found.push(format!("{}: {}", entry.file_name().display(), files.join(", ")));
        }
    }
    assert!(found.is_empty(), "circles of files: {}", found.join("; "));
}

#[test]
fn no_module_of_the_library_uses_one_above_it() {
    let crossings = arrows_down(LIBRARY, LIBRARY_LAYERS);
    assert!(crossings > 50, "{crossings} arrows between modules");
}

#[test]
fn no_module_of_the_command_uses_one_above_it() {
    let crossings = arrows_down(COMMAND, COMMAND_LAYERS);
    assert!(crossings > 50, "{crossings} arrows between modules");
}

#[test]
fn no_module_of_the_login_service_uses_one_above_it() {
    let crossings = arrows_down(SERVICE, SERVICE_LAYERS);
    assert!(crossings > 30, "{crossings} arrows between modules");
}

/// Fails if a module uses a module of a higher layer. Returns the number of arrows between modules.
fn arrows_down(folder: &str, layers: &Layers) -> usize {
    let layer = |module: &str| layers.iter().position(|layer| layer.contains(&module));
    let mut crossings = 0;
    for (file, arrows) in Sources::read(&root().join(folder)).arrows() {
        // The root has no layer, because it starts the program or re-exports names.
        let Some(module) = file.first() else { continue };
        let own = layer(module).unwrap_or_else(|| panic!("{module} has no layer"));
        for other in arrows {
            let name = other.first().unwrap_or_else(|| panic!("{} uses the root", show(&file)));
            let is_below = layer(name).is_some_and(|layer| layer < own || layer == own && own == 0);
            assert!(name == module || is_below, "{} uses {}", show(&file), show(&other));
            crossings += usize::from(name != module);
        }
    }
    crossings
}

#[test]
fn documents_and_hashes_do_not_use_files() {
    let modules = ["document.rs", "document", "hash.rs", "hash", "password.rs", "bulk.rs", "bulk"];
    for module in modules.into_iter().chain(["username.rs"]) {
        never_uses(&[&format!("{LIBRARY}/{module}")], &["std::fs", "std::env", "rustix", "crate::store"]);
    }
}

/// The exceptions are `store/sys` of the library and `os` of the command, which have an implementation for each system.
#[test]
fn only_two_modules_know_the_operating_system() {
    let mut sources = files(&root().join(LIBRARY));
    sources.extend(files(&root().join(COMMAND)));
    let seams = [format!("{LIBRARY}/store/sys"), format!("{COMMAND}/os")].map(|seam| root().join(seam));
    let is_seam =
        |file: &Path| seams.iter().any(|seam| file.starts_with(seam) || file == seam.with_extension("rs"));
    let all = sources.len();
    sources.retain(|file| !is_seam(file));
    assert!(all - sources.len() >= 10, "the seams have moved");
    let sources: Vec<_> = sources.iter().map(|file| file.to_str().unwrap()).collect();
    let mut forbidden = ["rustix", "signal_hook", "std::os", "(target_"].map(str::to_owned).to_vec();
    for before in ["cfg(", "not(", "any(", "all("] {
        forbidden.extend(["unix", "windows"].map(|system| format!("{before}{system}")));
    }
    never_uses(&sources, &forbidden.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn the_store_does_not_parse_hashes() {
    let store = [format!("{LIBRARY}/store.rs"), format!("{LIBRARY}/store")];
    never_uses(&store.each_ref().map(String::as_str), &["crate::hash", "PasswordHash::", "Params"]);
}

#[test]
fn only_the_watcher_of_logins_uses_files() {
    let forbidden = ["std::fs", "std::env", "rustix", "crate::store"];
    never_uses(&[&format!("{LIBRARY}/users.rs"), &format!("{LIBRARY}/users")], &forbidden);
    let mut auth = files(&root().join(LIBRARY).join("auth"));
    // The error type may contain an error of the store. The store replaces the hash of a user who logs in.
    let is_excepted = |file: &Path| file.ends_with("auth/error.rs") || file.ends_with("auth/rehash.rs");
    auth.retain(|file| !is_excepted(file) && !belongs_to_watcher(file));
    never_uses(&auth.iter().map(|file| file.to_str().unwrap()).collect::<Vec<_>>(), &forbidden);
}

/// Returns true if the source file belongs to the watcher, the only part of `auth` that reads files.
fn belongs_to_watcher(file: &Path) -> bool {
    file.ends_with("auth/watcher.rs") || file.parent().is_some_and(|folder| folder.ends_with("auth/watcher"))
}

#[test]
fn checking_and_the_table_of_servers_do_not_use_files() {
    for module in ["lint.rs", "lint", "servers.rs", "servers"] {
        never_uses(&[&format!("{LIBRARY}/{module}")], &["std::fs", "std::env", "rustix", "crate::store"]);
    }
    let servers = [&format!("{LIBRARY}/servers.rs")[..], &format!("{LIBRARY}/servers")];
    never_uses(&servers, &["crate::document", "crate::users", "crate::lint"]);
}

/// All facts about a server are in the table.
#[test]
fn no_server_is_named_outside_of_the_table() {
    let names = htpasswd::servers::Server::ALL.iter().map(|server| format!("\"{}\"", server.name));
    let names: Vec<_> = names.collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let lint =
        ["lint.rs", "lint", "servers.rs", "servers/rules.rs"].map(|module| format!("{LIBRARY}/{module}"));
    never_uses(&lint.each_ref().map(String::as_str), &names);
    // The names of export formats are names of programs, but the facts about these programs are in the table.
    let mut command = files(&root().join("crates/htpasswd-cli/src"));
    command.retain(|file| !file.ends_with("src/export.rs") && !file.ends_with("args/options.rs"));
    let command: Vec<_> = command.iter().map(|file| file.to_str().unwrap()).collect();
    never_uses(&command, &names);
}

#[test]
fn lower_modules_do_not_use_the_users() {
    let below = ["document.rs", "document", "hash.rs", "hash", "password.rs", "bulk.rs"];
    let below = below.into_iter().chain(["bulk", "store.rs", "store", "username.rs"]);
    for module in below {
        never_uses(
            &[&format!("{LIBRARY}/{module}")],
            &["crate::users", "crate::Users", "crate::auth", "crate::bulk"],
        );
    }
    for module in [
        "document.rs",
        "document",
        "hash.rs",
        "hash",
        "store.rs",
        "store",
        "users.rs",
        "users",
        "auth.rs",
        "auth",
    ] {
        never_uses(&[&format!("{LIBRARY}/{module}")], &["crate::lint", "crate::servers", "Server::"]);
    }
    for module in ["users.rs", "users", "auth.rs", "auth"] {
        never_uses(&[&format!("{LIBRARY}/{module}")], &["crate::bulk"]);
    }
}

#[test]
fn only_bulk_and_the_authenticator_start_threads() {
    let below =
        ["document.rs", "document", "hash.rs", "hash", "password.rs", "store.rs", "store", "username.rs"];
    let threads = ["thread::Builder", "thread::spawn", "thread::scope"];
    for module in below.into_iter().chain(["users.rs", "users", "auth.rs"]) {
        never_uses(&[&format!("{LIBRARY}/{module}")], &threads);
    }
    let mut auth = files(&root().join(LIBRARY).join("auth"));
    auth.retain(|file| !file.ends_with("auth/start.rs"));
    never_uses(&auth.iter().map(|file| file.to_str().unwrap()).collect::<Vec<_>>(), &threads);
    never_uses(&["crates/crypt-lanes/src"], &["std::thread", "std::env"]);
}

#[test]
fn bulk_uses_no_scheme_and_no_document() {
    let bulk = [&format!("{LIBRARY}/bulk.rs")[..], &format!("{LIBRARY}/bulk")];
    never_uses(&bulk, &["crypt_lanes", "crate::document", "crate::store", "crate::username"]);
}

#[test]
fn schemes_do_not_use_each_other() {
    let schemes = ["bcrypt", "des_crypt", "md5_crypt", "sha1", "sha_crypt"];
    for scheme in schemes {
        let others: Vec<_> = schemes.iter().filter(|other| **other != scheme).collect();
        let forbidden: Vec<_> = others.iter().map(|other| format!("super::{other}")).collect();
        let forbidden: Vec<_> = forbidden.iter().map(String::as_str).collect();
        never_uses(&[&format!("{LIBRARY}/hash/{scheme}.rs")], &forbidden);
    }
    // Schemes of libxcrypt may share the cipher in `des.rs` and the functions in `kdf.rs`.
    let schemes = ["bigcrypt", "bsdi", "nt", "scrypt", "sha1_crypt", "sun_md5", "yescrypt"];
    for scheme in schemes {
        let others = schemes.iter().filter(|other| **other != scheme).map(|other| format!("super::{other}"));
        let others: Vec<_> = others.collect();
        let mut forbidden: Vec<_> = others.iter().map(String::as_str).collect();
        forbidden.extend(["hash::bcrypt", "hash::md5_crypt", "hash::sha1", "hash::sha_crypt"]);
        never_uses(&[&format!("{LIBRARY}/hash/libxcrypt/{scheme}.rs")], &forbidden);
    }
}

#[test]
fn the_command_computes_no_hashes_itself() {
    let crates = [
        "crypt_lanes",
        "sha_crypt::",
        "sha1::",
        "sha2::",
        "md4",
        "md5::",
        "streebog",
        "yescrypt",
        "base64",
        "getrandom",
    ];
    never_uses(&["crates/htpasswd-cli/src"], &crates);
}

#[test]
fn manifests_use_no_files_and_no_hashes() {
    let forbidden = ["std::fs", "std::env", "rustix", "htpasswd::", "stdin", "println", "HashMap", "HashSet"];
    never_uses(&["crates/secret-manifest/src"], &forbidden);
    // Only the crate secret-manifest parses YAML.
    never_uses(&["crates/htpasswd-cli/src", LIBRARY], &["granit_parser"]);
    never_uses(&[LIBRARY], &["secret_manifest"]);
}

#[test]
fn the_library_does_not_use_the_command() {
    let mut library = files(&root().join(LIBRARY));
    // On Windows, the journals are in the profile of the account.
    library.retain(|file| !file.ends_with("sys/windows/profile.rs"));
    let library: Vec<_> = library.iter().map(|file| file.to_str().unwrap()).collect();
    never_uses(&library, &["clap", "std::env", "stdin", "stderr", "println"]);
    never_uses(&["crates/crypt-lanes/src"], &["htpasswd"]);
}

#[test]
fn the_table_of_options_does_not_use_the_command() {
    never_uses(&["crates/htpasswd-cli/src/args/options.rs"], &["crate::", "super::"]);
}

/// The features of the library and the modules that need them, read from `lib.rs`.
fn features_of_modules() -> Vec<(String, Option<String>)> {
    let text = fs::read_to_string(root().join(LIBRARY).join("lib.rs")).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let mut modules = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let module = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod "));
        let Some(module) = module.and_then(|name| name.strip_suffix(';')) else { continue };
        let feature = lines[index - 1].strip_prefix("#[cfg(feature = \"");
        modules.push((module.to_owned(), feature.and_then(|rest| rest.split('"').next()).map(str::to_owned)));
    }
    modules
}

#[test]
fn modules_use_only_modules_of_their_features() {
    let modules = features_of_modules();
    assert_eq!(modules.len(), LIBRARY_LAYERS.iter().map(|layer| layer.len()).sum::<usize>());
    for (module, feature) in &modules {
        let may_use = |other: &Option<String>| match other.as_deref() {
            None => true,
            // `auth` enables `store` in Cargo.toml.
            Some("store") if feature.as_deref() == Some("auth") => true,
            other => other == feature.as_deref(),
        };
        let others = modules.iter().filter(|(_, other)| !may_use(other));
        let forbidden: Vec<_> = others.map(|(other, _)| format!("crate::{other}")).collect();
        let mut forbidden: Vec<_> = forbidden.iter().map(String::as_str).collect();
        if feature.is_none() {
            forbidden.extend(["std::fs", "std::thread", "thread::", "rustix"]);
        }
        let file = format!("{LIBRARY}/{module}.rs");
        let folder = format!("{LIBRARY}/{module}");
        let paths = [&file[..], &folder];
        let paths: Vec<_> = paths.into_iter().filter(|path| root().join(path).exists()).collect();
        never_uses(&paths, &forbidden);
    }
}
