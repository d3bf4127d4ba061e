//! The URL that the doctor asks for.

use http::Uri;

/// A page on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) is_tls: bool,
    /// The host without brackets and port, for the connection and the certificate.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of `Host`.
    pub(super) authority: String,
    /// The path with its query.
    pub(super) path: String,
}

impl Target {
    /// Reads an absolute URL. The error is the end of a sentence.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let error = |problem: &str| format!("'{url}' {problem}; write https://HOST/PATH");
        let uri: Uri = url.parse().map_err(|_| error("is not a URL"))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(error("does not begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| error("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(error("contains a login, which other users of this machine can see"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { is_tls, host, port, authority: authority.as_str().to_owned(), path })
    }

    /// The path without its query and without the `/` at the end.
    pub(super) fn folder(&self) -> &str {
        self.path.split('?').next().unwrap_or_default().trim_end_matches('/')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_have_a_host_a_port_and_a_path() {
        for (url, is_tls, host, port, path) in [
            ("http://wiki.example.org", false, "wiki.example.org", 80, "/"),
            ("https://wiki.example.org/a/?b=c", true, "wiki.example.org", 443, "/a/?b=c"),
            ("http://127.0.0.1:8080/x", false, "127.0.0.1", 8080, "/x"),
            ("https://[::1]:8443/", true, "::1", 8443, "/"),
        ] {
            let target = Target::parse(url).unwrap();
            let found = (target.is_tls, &*target.host, target.port, &*target.path);
            assert_eq!(found, (is_tls, host, port, path), "{url}");
        }
        assert_eq!(Target::parse("http://h/a/b/?c").unwrap().folder(), "/a/b");
        assert_eq!(Target::parse("http://h/").unwrap().folder(), "");
    }

    #[test]
    fn other_urls_are_rejected() {
        for url in ["", "wiki.example.org", "/wiki", "ftp://h/", "http://", "http://alice:secret@h/", "a b"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}
