//! TLS with client certificates.
//!
//! Every connection needs a client certificate of the configured authority, because TLS alone would let every machine
//! guess passwords. The files are read again when they change. If the new files are not usable, the previous ones stay.

mod expiry;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::{ConfigError, TlsFiles};
use crate::os::FileState;

/// The longest time of a handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<Loaded>,
    /// The state of the files at the last check.
    checked: Mutex<Fingerprints>,
}

#[derive(Clone)]
struct Loaded {
    config: Arc<ServerConfig>,
    /// The Unix time at which the certificate expires.
    end: Option<u64>,
}

/// The identity, length and times of each file; `None` for a file that is missing.
type Fingerprints = [Option<FileState>; 3];

impl Tls {
    /// Reads the files.
    pub(crate) fn open(files: &TlsFiles) -> Result<Self, ConfigError> {
        let checked = fingerprints(files);
        let loaded = load(files)?;
        Ok(Self { files: files.clone(), current: RwLock::new(loaded), checked: Mutex::new(checked) })
    }

    /// The Unix time at which the certificate expires.
    pub(crate) fn end(&self) -> Option<u64> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).end
    }

    /// Reads the files if one of them has changed. Returns true if new files were loaded.
    pub(crate) fn reload_if_changed(&self) -> Result<bool, ConfigError> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let found = fingerprints(&self.files);
        if *checked == found {
            return Ok(false);
        }
        *checked = found;
        let loaded = load(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// Makes the handshake of a connection.
    pub(crate) async fn accept<I: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: I,
    ) -> io::Result<TlsStream<I>> {
        let config = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).config);
        timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await?
    }
}

fn load(files: &TlsFiles) -> Result<Loaded, ConfigError> {
    let TlsFiles { certificate, key, client_ca } = files;
    let chain = certificates("tls-certificate", certificate)?;
    let end = chain.first().and_then(|first| expiry::not_after(first));
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| problem("tls-key", key, &format!("has no private key in PEM: {error}")))?;
    let mut roots = RootCertStore::empty();
    for root in certificates("tls-client-ca", client_ca)? {
        roots
            .add(root)
            .map_err(|error| problem("tls-client-ca", client_ca, &format!("is no authority: {error}")))?;
    }
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| problem("tls-client-ca", client_ca, &format!("is no authority: {error}")))?;
    let unusable =
        |error| problem("tls-certificate", certificate, &format!("does not work with the key: {error}"));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each connection shows its certificate: a resumed session would skip the check of a certificate that has expired
    // since. Without sessions, the memory does not grow with the number of connections.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Loaded { config: Arc::new(config), end })
}

/// Reads all certificates of a file, at least one.
fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read = || CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>();
    let certificates =
        read().map_err(|error| problem(key, path, &format!("has no certificate in PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(problem(key, path, "has no certificate in PEM"));
    }
    Ok(certificates)
}

fn problem(key: &str, path: &Path, problem: &str) -> ConfigError {
    let problem = format!("{} {problem}; name a readable PEM file", path.display());
    ConfigError { place: key.to_owned(), problem }
}

fn fingerprints(files: &TlsFiles) -> Fingerprints {
    [&files.certificate, &files.key, &files.client_ca]
        .map(|path| Some(FileState::of(&fs::metadata(path).ok()?)))
}
