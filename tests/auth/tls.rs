//! TLS: only a client with a certificate of the authority gets an answer, and a changed certificate takes effect.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::service::{Folder, LIMIT, Request, SECRET, Service, authority, certificate, until};

type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Starts the service with a certificate of the authority `ca`, which also signs clients.
fn start() -> Service {
    let folder = Folder::new(&[("passwd", &format!("alice:{SECRET}\n"))]);
    authority(&folder, "ca");
    authority(&folder, "other");
    certificate(&folder, "ca", "server", 1);
    certificate(&folder, "ca", "client", 1);
    certificate(&folder, "other", "stranger", 1);
    let files = ["--tls-certificate", "server.pem", "--tls-key", "server.key", "--tls-client-ca", "ca.pem"];
    let options = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "passwd"];
    folder.start(&[&options[..], &files].concat())
}

/// Connects with the certificate of this name.
fn connect(service: &Service, name: Option<&str>) -> Stream {
    open(service, client(service, name, rustls::DEFAULT_VERSIONS))
}

/// The settings of a client with the certificate of this name.
fn client(
    service: &Service,
    name: Option<&str>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(service.folder().path("ca.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_protocol_versions(versions).unwrap().with_root_certificates(roots);
    Arc::new(match name {
        None => config.with_no_client_auth(),
        Some(name) => {
            let file = |extension| service.folder().path(&format!("{name}.{extension}"));
            let chain = vec![CertificateDer::from_pem_file(file("pem")).unwrap()];
            config.with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(file("key")).unwrap()).unwrap()
        }
    })
}

fn open(service: &Service, config: Arc<ClientConfig>) -> Stream {
    let stream = TcpStream::connect(service.address()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let name = "localhost".try_into().unwrap();
    StreamOwned::new(ClientConnection::new(config, name).unwrap(), stream)
}

/// The bytes that the service sends as an answer to a right login; empty if it closes the connection.
fn bytes(mut stream: Stream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.write_all(&Request::get("/").login("alice", "secret").bytes());
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

#[test]
fn only_clients_with_a_certificate_get_an_answer() {
    let mut service = start();
    let request = || Request::get("/").login("alice", "secret");
    assert_eq!(request().send_on(&mut connect(&service, Some("client"))).status, 200);
    assert_eq!(Request::get("/").send_on(&mut connect(&service, Some("client"))).status, 401);
    for name in [None, Some("stranger")] {
        assert_eq!(bytes(connect(&service, name)), b"", "{name:?}");
    }
    service.wait_for_log("no TLS handshake peer=127.0.0.1");
    // A request without TLS gets no answer.
    let mut plain = service.connect();
    plain.write_all(&request().bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{}", answer.escape_ascii());
}

/// A resumed session would skip the check of the certificate of the client, which may have expired since.
#[test]
fn no_connection_resumes_the_session_of_another_one() {
    let service = start();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = client(&service, Some("client"), &[version]);
        for _ in 0..2 {
            let mut stream = open(&service, Arc::clone(&config));
            assert_eq!(Request::get("/").login("alice", "secret").send_on(&mut stream).status, 200);
            assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::Full), "{version:?}");
        }
    }
}

/// The Unix time at which the certificate in use expires.
fn end(service: &Service) -> u64 {
    let text = service.page("/metrics").1;
    let name = "htpasswd_auth_certificate_not_after_timestamp_seconds ";
    text.lines().find_map(|line| line.strip_prefix(name)).map_or(0, |value| value.parse().unwrap())
}

#[test]
fn a_changed_certificate_is_loaded_and_a_broken_one_is_not() {
    let mut service = start();
    until("the metric has the end", || end(&service) > 0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let first = end(&service);
    assert!((now + 86_000..now + 86_500).contains(&first), "{first} {now}");
    certificate(service.folder(), "ca", "server", 2);
    service.wait_for_log("the TLS certificate is reloaded");
    until("the metric has the new end", || end(&service) > first + 80_000);
    service.folder().write("server.pem", "no certificate");
    service.wait_for_log("the previous TLS certificate stays: tls-certificate: ");
    let request = Request::get("/").login("alice", "secret");
    assert_eq!(request.send_on(&mut connect(&service, Some("client"))).status, 200);
}

#[test]
fn files_without_certificates_are_errors() {
    let folder = Folder::new(&[("passwd", ""), ("empty", "")]);
    authority(&folder, "ca");
    for (certificate, key, ca, place) in [
        ("empty", "ca.key", "ca.pem", "tls-certificate: empty has no certificate"),
        ("missing", "ca.key", "ca.pem", "tls-certificate: missing has no certificate"),
        ("ca.pem", "empty", "ca.pem", "tls-key: empty has no private key"),
        ("ca.pem", "ca.key", "empty", "tls-client-ca: empty has no certificate"),
    ] {
        let files = ["--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", ca];
        for more in [&["passwd"][..], &["passwd", "--check-config"]] {
            let output = folder.run(&[&files[..], &["--listen", "127.0.0.1:0"], more].concat());
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{message}");
            assert!(message.starts_with(&format!("htpasswd-auth: {place}")), "{message}");
        }
    }
}
