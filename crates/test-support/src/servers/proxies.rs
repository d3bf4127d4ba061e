//! Starts proxies with a configuration of the test: nginx, Caddy and `HAProxy` of the system, and Traefik, Envoy and a
//! new Caddy, which `.ci/proxies` installs into `target/proxies`.
//!
//! The test makes the configuration for a port, because the port is free only shortly before the proxy starts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Server, installed};
use crate::{is_root, skipped};

/// The path of a program that `.ci/proxies` installs.
fn downloaded(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let program = root.join("target/proxies/bin").join(name);
    if !program.exists() {
        skipped(&format!("{name} is not installed (.ci/proxies)"));
        return None;
    }
    Some(program)
}

impl Server {
    /// Starts nginx with these lines in its `http` block. The files of nginx are in `root`.
    pub fn nginx_proxy(root: &Path, lines: impl Fn(u16) -> String) -> Option<Self> {
        let program = installed("nginx", "-v")?;
        let user = if is_root() { "user www-data;\n" } else { "" };
        Some(Self::start("/", |port| {
            let configuration = root.join("nginx.conf");
            let text = format!(
                "pid {root}/pid;\nerror_log {root}/error.log;\n{user}worker_processes 1;\n\
                 events {{ worker_connections 128; }}\nhttp {{\naccess_log off;\n\
                 client_body_temp_path {root}/b;\nproxy_temp_path {root}/p;\nfastcgi_temp_path {root}/f;\n\
                 uwsgi_temp_path {root}/u;\nscgi_temp_path {root}/s;\n{lines}\n}}\n",
                root = root.display(),
                lines = lines(port),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("-e").arg(root.join("error.log")).arg("-c").arg(configuration);
            command.args(["-g", "daemon off;"]);
            command
        }))
    }

    /// Starts Caddy with this Caddyfile: the Caddy of the system, or the new one.
    pub fn caddy_proxy(root: &Path, is_new: bool, caddyfile: impl Fn(u16) -> String) -> Option<Self> {
        let program = if is_new { downloaded("caddy") } else { installed("caddy", "version") }?;
        Some(Self::start("/", |port| {
            let configuration = root.join("Caddyfile");
            fs::write(&configuration, caddyfile(port)).unwrap();
            let mut command = Command::new(&program);
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(configuration);
            command.env("HOME", root).env("XDG_CONFIG_HOME", root).env("XDG_DATA_HOME", root);
            command
        }))
    }

    /// Starts Traefik with this static configuration.
    pub fn traefik_proxy(root: &Path, configuration: impl Fn(u16) -> String) -> Option<Self> {
        let program = downloaded("traefik")?;
        Some(Self::start("/", |port| {
            let file = root.join("traefik.yml");
            fs::write(&file, configuration(port)).unwrap();
            let mut command = Command::new(&program);
            command.arg("--configFile").arg(file).current_dir(root);
            command
        }))
    }

    /// Starts Envoy with this configuration.
    pub fn envoy_proxy(root: &Path, configuration: impl Fn(u16) -> String) -> Option<Self> {
        let program = downloaded("envoy")?;
        Some(Self::start("/", |port| {
            let file = root.join("envoy.yaml");
            fs::write(&file, configuration(port)).unwrap();
            let mut command = Command::new(&program);
            command.arg("-c").arg(file).args(["--use-dynamic-base-id", "--concurrency", "1", "--log-path"]);
            command.arg(root.join("envoy.log"));
            command
        }))
    }

    /// Starts `HAProxy` with this configuration.
    pub fn haproxy_proxy(root: &Path, configuration: impl Fn(u16) -> String) -> Option<Self> {
        let program = installed("haproxy", "-v")?;
        Some(Self::start("/", |port| {
            let file = root.join("haproxy.cfg");
            fs::write(&file, configuration(port)).unwrap();
            let mut command = Command::new(&program);
            // In the foreground, HAProxy ends with the process that the test started.
            command.arg("-db").arg("-f").arg(file);
            command
        }))
    }

    /// The port on 127.0.0.1 on which the server listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}
