//! Starts h2o, which authenticates with the script `htpasswd.rb` of its package.

use std::fs;
use std::process::Command;

use super::{Server, directory, installed};
use crate::{Sandbox, is_root};

impl Server {
    /// Starts h2o with the password file `passwd` of the sandbox.
    pub fn h2o(sandbox: &Sandbox) -> Option<Self> {
        let program = installed("h2o", "--version")?;
        let root = directory(sandbox, "h2o");
        let file = sandbox.path("passwd").display().to_string();
        // Without this setting, h2o runs as another user, who cannot read the files of root in the sandbox.
        let user = if is_root() { "user: root\n" } else { "" };
        Some(Self::start("/", |port| {
            let configuration = root.join("h2o.conf");
            let text = format!(
                "{user}num-threads: 1\nhosts:\n  default:\n    listen: {{host: 127.0.0.1, port: {port}}}\n    \
                 paths:\n      /:\n        mruby.handler: |\n          require \"htpasswd.rb\"\n          \
                 Htpasswd.new(\"{file}\", \"test\")\n        file.dir: {root}/www\n",
                root = root.display(),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-c").arg(configuration).env("H2O_ROOT", "/usr");
            command
        }))
    }
}
