//! Starts servers written in Go: the Docker registry and rclone.

use std::fs;
use std::process::Command;

use super::{Server, directory, installed};
use crate::Sandbox;

impl Server {
    /// Starts the Docker registry with the configuration of its documentation.
    pub fn registry(sandbox: &Sandbox) -> Option<Self> {
        let program = installed("docker-registry", "--version")?;
        let root = directory(sandbox, "registry");
        Some(Self::start("/v2/", |port| {
            let configuration = root.join("registry.yml");
            let text = format!(
                "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {root}/data}}\n\
                 http: {{addr: '127.0.0.1:{port}'}}\nauth:\n  htpasswd: {{realm: test, path: {file}}}\n",
                root = root.display(),
                file = sandbox.path("passwd").display(),
            );
            fs::write(&configuration, text).unwrap();
            let mut command = Command::new(&program);
            command.arg("serve").arg(configuration).env("OTEL_TRACES_EXPORTER", "none");
            command
        }))
    }

    /// Starts rclone, which serves a directory. It reads the file again after its time of modification has changed.
    pub fn rclone(sandbox: &Sandbox) -> Option<Self> {
        let program = installed("rclone", "version")?;
        let root = directory(sandbox, "rclone");
        let file = sandbox.path("passwd");
        Some(Self::start("/index.html", |port| {
            let mut command = Command::new(&program);
            command
                .args(["serve", "http", "--config", "/dev/null", "--addr"])
                .arg(format!("127.0.0.1:{port}"));
            command.arg("--htpasswd").arg(&file).arg(root.join("www"));
            command
        }))
    }
}
