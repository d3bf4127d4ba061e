//! Starts nginx.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Server, directory, installed};
use crate::{Sandbox, is_root};

impl Server {
    /// Starts nginx with the password file `passwd` of the sandbox.
    pub fn nginx(sandbox: &Sandbox) -> Option<Self> {
        let www = directory(sandbox, "nginx").join("www");
        let file = sandbox.path("passwd").display().to_string();
        let locations = format!("location / {{ auth_basic test; auth_basic_user_file {file}; }}");
        Self::nginx_with(sandbox, &www, &locations)
    }

    /// Starts nginx that serves the working directory of the sandbox, except files with names that start with `.ht`.
    pub fn nginx_without_ht(sandbox: &Sandbox) -> Option<Self> {
        Self::nginx_with(sandbox, &sandbox.work(), "location ~ /\\.ht { deny all; }")
    }

    fn nginx_with(sandbox: &Sandbox, www: &Path, locations: &str) -> Option<Self> {
        let program = installed("nginx", "-v")?;
        let root = directory(sandbox, "nginx");
        let user = if is_root() { "user www-data;\n" } else { "" };
        Some(Self::start("/", |port| {
            let configuration = root.join("nginx.conf");
            let text = format!(
                "pid {root}/pid;\nerror_log {root}/error.log;\n{user}worker_processes 1;\n\
                 events {{ worker_connections 64; }}\nhttp {{\naccess_log off;\nkeepalive_requests 100000;\n\
                 client_body_temp_path {root}/b;\nproxy_temp_path {root}/p;\nfastcgi_temp_path {root}/f;\n\
                 uwsgi_temp_path {root}/u;\nscgi_temp_path {root}/s;\nserver {{\nlisten 127.0.0.1:{port};\n\
                 root {www};\n{locations}\n}}\n}}\n",
                root = root.display(),
                www = www.display(),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-e").arg(root.join("error.log")).arg("-c").arg(configuration);
            command.args(["-g", "daemon off;"]);
            command
        }))
    }
}
