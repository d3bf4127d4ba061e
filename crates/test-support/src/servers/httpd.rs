//! Starts Apache httpd.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Server, directory, installed};
use crate::{Sandbox, is_root};

/// The directory with the modules of httpd on Debian.
const HTTPD_MODULES: &str = "/usr/lib/apache2/modules";

impl Server {
    /// Starts Apache httpd with the password file `passwd` of the sandbox.
    pub fn httpd(sandbox: &Sandbox) -> Option<Self> {
        let www = directory(sandbox, "httpd").join("www");
        let file = sandbox.path("passwd").display().to_string();
        let directives = format!(
            "AuthType Basic\nAuthName test\nAuthBasicProvider file\nAuthUserFile {file}\nRequire valid-user\n"
        );
        Self::httpd_with(sandbox, &www, &directives)
    }

    /// Starts Apache httpd that serves the working directory of the sandbox, except files with names that start with
    /// `.ht`. This rule is in the httpd.conf that Apache distributes.
    pub fn httpd_without_ht(sandbox: &Sandbox) -> Option<Self> {
        let rule = "Require all granted\n<FilesMatch \"^\\.ht\">\nRequire all denied\n</FilesMatch>\n";
        Self::httpd_with(sandbox, &sandbox.work(), rule)
    }

    fn httpd_with(sandbox: &Sandbox, www: &Path, directives: &str) -> Option<Self> {
        let program = installed("apache2", "-v")?;
        let root = directory(sandbox, "httpd");
        let modules =
            ["mpm_event", "authz_core", "authz_user", "authn_core", "authn_file", "auth_basic", "dir"];
        let load = |name: &&str| format!("LoadModule {name}_module {HTTPD_MODULES}/mod_{name}.so\n");
        let modules: String = modules.iter().map(load).collect();
        let user = if is_root() { "User www-data\nGroup www-data\n" } else { "" };
        Some(Self::start("/", |port| {
            let configuration = root.join("httpd.conf");
            let text = format!(
                "ServerRoot {root}\nServerName localhost\nListen 127.0.0.1:{port}\nPidFile {root}/pid\n\
                 ErrorLog {root}/error.log\nMutex file:{root}\nKeepAlive On\nMaxKeepAliveRequests 0\n\
                 {user}{modules}DocumentRoot {www}\n<Directory {www}>\n{directives}</Directory>\n",
                root = root.display(),
                www = www.display(),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-f").arg(configuration).arg("-DFOREGROUND");
            command
        }))
    }
}
