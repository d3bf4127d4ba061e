//! The recipes: the configuration of each proxy, from its page.

use std::fs;
use std::path::Path;

use test_support::servers::Server;

use crate::page::{block, insert_after, replace};
use crate::service::repository;

/// A proxy with its configuration from the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recipe {
    Nginx,
    /// nginx that keeps its connections to the service open.
    NginxKeepAlive,
    /// nginx with the lines for Nginx Proxy Manager.
    ProxyManager,
    Caddy,
    /// The recipe for Caddy in a new Caddy.
    NewCaddy,
    HaProxy,
    Traefik,
    Envoy,
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
            Self::Caddy | Self::NewCaddy => "caddy.md",
            Self::HaProxy => "haproxy.md",
            Self::Traefik => "traefik.md",
            Self::Envoy => "envoy.md",
        }
    }

    /// The seconds after which the proxy refuses a request while the service hangs, from the table of the page.
    pub(crate) fn seconds_of_hanging_service(self) -> f64 {
        let text = fs::read_to_string(repository(&format!("docs/proxies/{}", self.page()))).unwrap();
        let row = text.split("| service hangs | ").nth(1).unwrap();
        row.split(" after ").nth(1).unwrap().split(" seconds").next().unwrap().parse().unwrap()
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
            Self::Caddy | Self::NewCaddy => block("caddy.md", "caddyfile", 0),
            Self::HaProxy => block("haproxy.md", "haproxy", 0),
            Self::Traefik | Self::Envoy => block(self.page(), "yaml", 0),
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
            Self::Caddy | Self::NewCaddy => {
                insert_after(&text, "route {", &block("caddy.md", "caddyfile", 1))
            }
            Self::HaProxy => insert_after(&text, "bind :80", &block("haproxy.md", "haproxy", 1)),
            Self::Traefik => {
                let text = insert_after(&text, "# An empty value", &block("traefik.md", "yaml", 2));
                replace(&text, &[("[wiki-aliases,", "[wiki-cors, wiki-aliases,")])
            }
            Self::Envoy => {
                let text = insert_after(&text, "http_filters:", &block("envoy.md", "yaml", 1));
                insert_after(&text, "domains:", &block("envoy.md", "yaml", 2))
            }
        }
    }

    /// Starts the proxy. `None` if it is not installed.
    pub(crate) fn start(self, root: &Path, configuration: &str, ports: &Ports) -> Option<Server> {
        let (service, application) =
            (format!("127.0.0.1:{}", ports.service), format!("127.0.0.1:{}", ports.application));
        // The configuration of Envoy has its addresses and ports in separate words.
        let application = if self == Self::Envoy {
            ("port_value: 5000", format!("port_value: {}", ports.application))
        } else {
            ("127.0.0.1:5000", application)
        };
        let addresses = [("127.0.0.1:8181", &*service), (application.0, &application.1)];
        let configuration = replace(configuration, &addresses);
        match self {
            Self::Nginx | Self::NginxKeepAlive | Self::ProxyManager => Server::nginx_proxy(root, |port| {
                replace(&configuration, &[("listen 80", &format!("listen 127.0.0.1:{port}"))])
            }),
            Self::Caddy | Self::NewCaddy => Server::caddy_proxy(root, self == Self::NewCaddy, |port| {
                let global = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n";
                global.to_owned()
                    + &replace(&configuration, &[("wiki.example.org {", &format!("http://:{port} {{"))])
            }),
            Self::Traefik => traefik(root, &configuration),
            Self::Envoy => {
                let cluster = format!("port_value: {}", ports.service);
                let configuration = replace(&configuration, &[("port_value: 8181", &cluster)]);
                Server::envoy_proxy(root, |port| {
                    let listener = format!("address: 127.0.0.1, port_value: {port}");
                    replace(&configuration, &[("address: 0.0.0.0, port_value: 8080", &listener)])
                })
            }
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

/// Starts Traefik with this dynamic configuration. The test uses no TLS and no name of a host.
fn traefik(root: &Path, dynamic: &str) -> Option<Server> {
    let file = root.join("wiki.yml");
    let no_tls =
        replace(dynamic, &[("Host(`wiki.example.org`)", "PathPrefix(`/`)"), ("      tls: {}\n", "")]);
    fs::write(&file, no_tls).unwrap();
    let file = file.to_str().unwrap();
    // Tests send nothing to other machines.
    let silent = "global: {checkNewVersion: false, sendAnonymousUsage: false}\n";
    let configuration = silent.to_owned() + &block("traefik.md", "yaml", 1);
    Server::traefik_proxy(root, |port| {
        let address = format!("127.0.0.1:{port}");
        replace(&configuration, &[(":443", &address), ("/etc/traefik/dynamic/wiki.yml", file)])
    })
}

/// The configuration of nginx, with the blocks of the section about keep-alive.
fn keep_alive() -> String {
    let text = block("nginx.md", "nginx", 0);
    let start = text.find("    location = /htpasswd-auth {").unwrap();
    let end = start + text[start..].find("\n    }\n").unwrap() + "\n    }\n".len();
    let (before, after) = (&text[..start], &text[end..]);
    [&block("nginx.md", "nginx", 1), before, &block("nginx.md", "nginx", 2), after].concat()
}
