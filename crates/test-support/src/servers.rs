//! Starts real servers that read the password file of a test. They listen on 127.0.0.1 and end with the test.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Sandbox, has_tool, is_root, skipped};

/// A server that runs.
pub struct Server {
    child: Child,
    port: u16,
    path: &'static str,
}

/// The directory with the modules of httpd on Debian.
const HTTPD_MODULES: &str = "/usr/lib/apache2/modules";

/// A port on which no program listens at the moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The path of an installed server. If the server is not installed, reports the test as skipped and returns `None`.
fn installed(name: &str, version: &str) -> Option<PathBuf> {
    let directories = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let path = directories.iter().map(|directory| Path::new(directory).join(name)).find(|path| path.exists());
    let runnable = path.filter(|path| has_tool(path.to_str().unwrap(), &[version]));
    if runnable.is_none() {
        skipped(&format!("{name} is not installed"));
    }
    runnable
}

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

    /// Starts a server on a free port and waits until it listens.
    fn start(path: &'static str, command: impl Fn(u16) -> Command) -> Self {
        // Another program may use the port first.
        for _ in 0..3 {
            let port = free_port();
            let mut command = command(port);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut server = Self { child: command.spawn().unwrap(), port, path };
            let deadline = Instant::now() + Duration::from_secs(15);
            while Instant::now() < deadline && server.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return server;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("the server does not start: {:?}", command(0));
    }

    pub fn client(&self, user: &str, password: &str) -> Client {
        Client::new(self.port, self.path, user, password)
    }

    /// Requests this path as an unknown user, and returns the status of the answer.
    pub fn status(&self, path: &str) -> u16 {
        Client::new(self.port, path, "unknown", "nothing").get()
    }
}

/// Asks squid's program for basic authentication whether the user can log in. If squid is not installed, reports the
/// test as skipped and returns `None`.
pub fn squid_accepts(sandbox: &Sandbox, user: &str, password: &str) -> Option<bool> {
    let program = Path::new("/usr/lib/squid/basic_ncsa_auth");
    if !program.exists() {
        skipped("squid is not installed");
        return None;
    }
    let mut command = Command::new(program);
    command.arg(sandbox.path("passwd")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{user} {password}").unwrap();
    let answer = child.wait_with_output().unwrap();
    Some(answer.stdout.starts_with(b"OK"))
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Ends a server, and waits until its process has ended.
pub(super) fn end(child: &mut Child) {
    // The signal goes only to the main process, which ends its workers.
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Makes the directory of a server, with a page that it serves.
fn directory(sandbox: &Sandbox, name: &str) -> PathBuf {
    let root = sandbox.root().join(name);
    fs::create_dir_all(root.join("www")).unwrap();
    fs::write(root.join("www/index.html"), "it works\n").unwrap();
    root
}

/// Sends requests one after the other. The client keeps the connection until the server closes it.
pub struct Client {
    port: u16,
    request: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(super) fn new(port: u16, path: &str, user: &str, password: &str) -> Self {
        let credentials = base64(format!("{user}:{password}").as_bytes());
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {credentials}\r\n\r\n");
        Self { port, request, connection: None }
    }

    /// Sends a request, and returns the status of the answer.
    pub fn get(&mut self) -> u16 {
        // The server may have closed the connection after the previous request.
        for _ in 0..3 {
            if let Ok(status) = self.try_get() {
                return status;
            }
            self.connection = None;
        }
        panic!("no answer on port {}", self.port);
    }

    fn try_get(&mut self) -> std::io::Result<u16> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(15)))?;
            stream.set_nodelay(true)?;
            self.connection = Some(BufReader::new(stream));
        }
        let connection = self.connection.as_mut().unwrap();
        connection.get_mut().write_all(self.request.as_bytes())?;
        let mut line = String::new();
        connection.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let (mut length, mut close) = (0, false);
        loop {
            line.clear();
            connection.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            close |= header == "connection: close";
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body)?;
        if close {
            self.connection = None;
        }
        Ok(status)
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
