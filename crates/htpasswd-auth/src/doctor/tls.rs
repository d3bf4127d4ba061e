//! TLS for the doctor's requests. A certificate that is not trusted is an error, because the doctor can send a password.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The files with the authorities of the system: Debian, Fedora, Alpine and the BSDs.
const SYSTEM: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Makes the settings of a client that trusts the authorities of this file, or those of the system.
pub(super) fn config(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let system = || SYSTEM.iter().map(PathBuf::from).find(|path| path.exists());
    let file = authorities.map(Path::to_owned).or_else(system);
    let file = file.ok_or("this system has no file of authorities; name one with --ca")?;
    let problem = |text: String| format!("cannot use the authorities in {}: {text}", file.display());
    let certificates = CertificateDer::pem_file_iter(&file).map_err(|error| problem(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| problem(error.to_string()))?;
        // The file of a system can contain certificates that rustls does not support.
        let _ = roots.add(certificate);
    }
    if roots.is_empty() {
        return Err(problem("it has no certificate in PEM".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| problem(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
