//! The recipes: the configuration of each proxy, from its page.

use std::fs;
use std::path::Path;

use test_support::servers::Server;

use crate::page::{block, insert_after, replace};

/// A proxy with its configuration from the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipe {
    Nginx,
    /// nginx that keeps its connections to the service open.
    NginxKeepAlive,
    /// nginx with the lines for Nginx Proxy Manager.
    ProxyManager,
    Caddy,
    HaProxy,
}

/// The addresses of the programs of a test.
pub(crate) struct Ports {
    pub(crate) service: u16,
    pub(crate) application: u16,
}

impl Recipe {
    fn page(self) -> &'static str {
        match self {
            Self::Nginx | Self::NginxKeepAlive | Self::ProxyManager => "nginx.md",
            Self::Caddy => "caddy.md",
            Self::HaProxy => "haproxy.md",
        }
    }

    /// The configuration of the service.
    pub(crate) fn service(self) -> String {
        let replacements = [("127.0.0.1:8181", "127.0.0.1:0"), ("/etc/htpasswd-auth", "DIR")];
        replace(&block(self.page(), "toml", 0), &replacements)
    }

    /// The configuration of the proxy as the page has it.
    pub(crate) fn configuration(self) -> String {
        match self {
            Self::Nginx => block("nginx.md", "nginx", 0),
            Self::NginxKeepAlive => keep_alive(),
            Self::ProxyManager => {
                format!("server {{\nlisten 80;\n{}}}\n", block("nginx-proxy-manager.md", "nginx", 0))
            }
            Self::Caddy => block("caddy.md", "caddyfile", 0),
            Self::HaProxy => block("haproxy.md", "haproxy", 0),
        }
    }

    /// The configuration of the proxy with the answers to preflights.
    pub(crate) fn with_preflights(self) -> String {
        let text = self.configuration();
        match self {
            Self::Nginx | Self::NginxKeepAlive | Self::ProxyManager => {
                let map = block("nginx.md", "nginx", 3);
                map + &insert_after(&text, "location / {", &block("nginx.md", "nginx", 4))
            }
            Self::Caddy => insert_after(&text, "route {", &block("caddy.md", "caddyfile", 1)),
            Self::HaProxy => insert_after(&text, "bind :80", &block("haproxy.md", "haproxy", 1)),
        }
    }

    /// Starts the proxy. `None` if it is not installed.
    pub(crate) fn start(self, root: &Path, configuration: &str, ports: &Ports) -> Option<Server> {
        let (service, application) =
            (format!("127.0.0.1:{}", ports.service), format!("127.0.0.1:{}", ports.application));
        let addresses = [("127.0.0.1:8181", &*service), ("127.0.0.1:5000", &*application)];
        let configuration = replace(configuration, &addresses);
        match self {
            Self::Nginx | Self::NginxKeepAlive | Self::ProxyManager => Server::nginx_proxy(root, |port| {
                replace(&configuration, &[("listen 80", &format!("listen 127.0.0.1:{port}"))])
            }),
            Self::Caddy => Server::caddy_proxy(root, |port| {
                let global = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n";
                global.to_owned()
                    + &replace(&configuration, &[("wiki.example.org {", &format!("http://:{port} {{"))])
            }),
            Self::HaProxy => {
                let script = root.join("htpasswd-auth.lua");
                fs::write(&script, block("haproxy.md", "lua", 0)).unwrap();
                let script = script.to_str().unwrap();
                Server::haproxy_proxy(root, |port| {
                    let bind = format!("bind 127.0.0.1:{port}");
                    replace(
                        &configuration,
                        &[("bind :80", &bind), ("/etc/haproxy/htpasswd-auth.lua", script)],
                    )
                })
            }
        }
    }
}

/// The configuration of nginx, with the blocks of the section about keep-alive.
fn keep_alive() -> String {
    let text = block("nginx.md", "nginx", 0);
    let start = text.find("    location = /htpasswd-auth {").unwrap();
    let end = start + text[start..].find("\n    }\n").unwrap() + "\n    }\n".len();
    let (before, after) = (&text[..start], &text[end..]);
    [&block("nginx.md", "nginx", 1), before, &block("nginx.md", "nginx", 2), after].concat()
}
