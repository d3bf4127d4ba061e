//! A protected site that runs: the service, the application, and the proxy between them and the test.

use std::net::TcpStream;
use std::path::Path;

use tempfile::TempDir;
use test_support::servers::Server;

use crate::application::Application;
use crate::recipe::{Ports, Recipe};
use crate::service::{Answer, BCRYPT, Folder, LIMIT, Request, SECRET, Service, until};

/// A site with the users alice (in the groups staff and admins), carol (in the group staff) and bob (in no group).
pub(crate) struct Site {
    // The proxy ends first, so that it does not log errors about the service.
    proxy: Server,
    pub(crate) service: Service,
    pub(crate) application: Application,
    _root: TempDir,
}

impl Site {
    /// Starts the recipe as the page has it.
    pub(crate) fn start(proxy: Recipe) -> Option<Self> {
        Self::with(proxy, &proxy.configuration(), &proxy.service())
    }

    /// Starts the proxy with a changed configuration.
    pub(crate) fn edited(proxy: Recipe, edit: impl Fn(&str) -> String) -> Option<Self> {
        Self::with(proxy, &edit(&proxy.configuration()), &proxy.service())
    }

    pub(crate) fn with(proxy: Recipe, configuration: &str, service: &str) -> Option<Self> {
        let application = Application::start();
        let port = application.port;
        Self::with_application(proxy, configuration, service, application, port)
    }

    /// Starts the proxy with another application, which listens on this port.
    pub(crate) fn for_port(proxy: Recipe, configuration: &str, service: &str, port: u16) -> Option<Self> {
        Self::with_application(proxy, configuration, service, Application::start(), port)
    }

    fn with_application(
        proxy: Recipe,
        configuration: &str,
        service: &str,
        application: Application,
        port: u16,
    ) -> Option<Self> {
        let users = format!("alice:{SECRET}\nbob:{SECRET}\ncarol:{BCRYPT}\n");
        let folder = Folder::new(&[("htpasswd", &users), ("groups", "staff: alice carol\nadmins: alice\n")]);
        folder.write("auth.toml", service);
        let service = folder.start(&["--config", "auth.toml"]);
        let ports = Ports { service: service.address().port(), application: port };
        let root = tempfile::Builder::new().prefix("htpasswd-auth-proxy-").tempdir().unwrap();
        let proxy = start_proxy(proxy, root.path(), configuration, &ports)?;
        let site = Self { proxy, service, application, _root: root };
        // Traefik listens before it has read its routes.
        until("the proxy has its routes", || site.send(get("/")).status != 404);
        Some(site)
    }

    /// The port of the proxy.
    pub(crate) fn port(&self) -> u16 {
        self.proxy.port()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.proxy.port())).unwrap();
        stream.set_read_timeout(Some(LIMIT * 2)).unwrap();
        stream
    }

    /// Sends a request to the proxy on a connection of its own.
    #[track_caller]
    pub(crate) fn send(&self, request: Request) -> Answer {
        request.send_on(&mut self.connect())
    }

    /// Requests a page with a login, and returns the status.
    #[track_caller]
    pub(crate) fn login(&self, user: &str, password: &str) -> u16 {
        self.send(get("/page").login(user, password)).status
    }

    /// Sends a request that must not reach the application.
    #[track_caller]
    pub(crate) fn refused(&self, request: Request) -> Answer {
        let before = self.application.requests();
        let answer = self.send(request);
        assert_ne!(answer.status / 100, 2, "{}", answer.head);
        assert_eq!(self.application.requests(), before, "the request reached the application");
        answer
    }

    /// Sends a request that must reach the application.
    #[track_caller]
    pub(crate) fn passed(&self, request: Request) -> Answer {
        let before = self.application.requests();
        let answer = self.send(request);
        assert_eq!(answer.status, 200, "{}", answer.head);
        assert_eq!(self.application.requests(), before + 1, "the request did not reach the application");
        answer
    }
}

/// Starts the proxy. A proxy that runs as another user can read the folder.
pub(crate) fn start_proxy(proxy: Recipe, root: &Path, configuration: &str, ports: &Ports) -> Option<Server> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755)).unwrap();
    proxy.start(root, configuration, ports)
}

/// A request of a client.
pub(crate) fn get(path: &str) -> Request {
    Request::bare("GET", path)
}
