//! The site that a request asks for, by the raw path that the configuration of the proxy chose.
//!
//! A site is never chosen by a host, a forwarded URI or a part of the path that a client controls. The path is compared
//! byte by byte and never normalized, because another program may normalize it differently.

use http::{Method, Uri};

/// The path of an endpoint: `/auth/NAME`.
const PREFIX: &str = "/auth/";

/// A request for a named site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint<'a> {
    pub(crate) name: &'a str,
    /// The path of the client's own request, which Envoy appends. It is empty for other proxies.
    pub(crate) appended: &'a str,
}

impl<'a> Endpoint<'a> {
    /// Reads the endpoint of a request; `None` if the target has another form.
    pub(crate) fn of(uri: &'a Uri) -> Option<Self> {
        // A target with a host, such as `http://host/auth/NAME`, is a request to a forward proxy.
        if uri.scheme().is_some() || uri.authority().is_some() {
            return None;
        }
        let rest = uri.path().strip_prefix(PREFIX)?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (name, appended) = rest.split_at(end);
        (!name.is_empty()).then_some(Self { name, appended })
    }

    /// Returns true if the appended path could lead to another endpoint after some program has normalized it.
    pub(crate) fn leaves_site(&self) -> bool {
        let decoded = decoded(self.appended.as_bytes());
        decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(|segment| segment == b"..")
    }
}

/// Returns true if a site can have this name. The characters need no encoding in a path.
pub(crate) fn is_site_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.len() <= 64 && name.bytes().all(is_plain)
}

/// Returns true for a request that asks for a tunnel. A 200 would open the tunnel.
pub(crate) fn asks_for_tunnel(method: &Method) -> bool {
    method == Method::CONNECT
}

/// Decodes percent-encoded bytes. Other bytes stay.
fn decoded(path: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(target: &str) -> Option<(String, String)> {
        let uri: Uri = target.parse().unwrap();
        Endpoint::of(&uri).map(|endpoint| (endpoint.name.to_owned(), endpoint.appended.to_owned()))
    }

    #[test]
    fn the_name_is_the_raw_second_segment() {
        for (target, name, appended) in [
            ("/auth/a", "a", ""),
            ("/auth/a?x=/auth/b", "a", ""),
            ("/auth/a#/auth/b", "a", ""),
            ("/auth/a/", "a", "/"),
            ("/auth/a/x/y?z", "a", "/x/y"),
            ("/auth/a/../b", "a", "/../b"),
            ("/auth/a%2f..%2fb", "a%2f..%2fb", ""),
            ("/auth/../auth/b", "..", "/auth/b"),
        ] {
            assert_eq!(endpoint(target), Some((name.to_owned(), appended.to_owned())), "{target}");
        }
    }

    #[test]
    fn other_targets_have_no_endpoint() {
        for target in [
            "/",
            "*",
            "/auth",
            "/auth/",
            "/auth//a",
            "//auth/a",
            "/Auth/a",
            "/%61uth/a",
            "/x/auth/a",
            "/./auth/a",
            "http://localhost/auth/a",
            "localhost:80",
        ] {
            assert_eq!(endpoint(target), None, "{target}");
        }
    }

    #[test]
    fn a_path_with_dot_segments_leaves_its_site() {
        for path in ["/..", "/../b", "/x/../b", "/%2e%2E/b", "/.%2e", "/x%2f..%2fb", "/x\\..\\b", "/%5c.."] {
            assert!(Endpoint { name: "a", appended: path }.leaves_site(), "{path}");
        }
        for path in ["", "/", "/x", "/...", "/x..y/z", "/%", "/%2", "/%zz", "/."] {
            assert!(!Endpoint { name: "a", appended: path }.leaves_site(), "{path}");
        }
    }

    #[test]
    fn names_of_sites_need_no_encoding() {
        assert!(["a", "wiki-2", "A_b"].into_iter().all(is_site_name));
        assert!(!["", "a b", "a/b", "..", "ä", "a%20", "a.b"].into_iter().any(is_site_name));
        assert!(!is_site_name(&"a".repeat(65)));
    }
}
