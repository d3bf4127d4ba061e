//! Starts lighttpd.

use std::fs;
use std::process::Command;

use super::{Server, directory, installed};
use crate::Sandbox;

impl Server {
    /// Starts lighttpd, which reads the password file as the user of the test.
    pub fn lighttpd(sandbox: &Sandbox) -> Option<Self> {
        let program = installed("lighttpd", "-v")?;
        let root = directory(sandbox, "lighttpd");
        let file = sandbox.path("passwd").display().to_string();
        Some(Self::start("/", |port| {
            let configuration = root.join("lighttpd.conf");
            let text = format!(
                "server.document-root = \"{root}/www\"\nserver.port = {port}\nserver.bind = \"127.0.0.1\"\n\
                 server.errorlog = \"{root}/error.log\"\nindex-file.names = (\"index.html\")\n\
                 server.modules = (\"mod_auth\", \"mod_authn_file\")\nauth.backend = \"htpasswd\"\n\
                 auth.backend.htpasswd.userfile = \"{file}\"\nauth.require = ( \"\" => (\"method\" => \"basic\", \
                 \"realm\" => \"test\", \"require\" => \"valid-user\") )\n",
                root = root.display(),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-D").arg("-f").arg(configuration);
            command
        }))
    }
}
