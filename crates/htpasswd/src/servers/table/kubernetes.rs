//! Servers that read their password file from a Secret of Kubernetes.

use super::common;
use super::defaults::{LIBXCRYPT_AND_PLAIN, RULES, SERVER};
use crate::hash::Scheme::{Apr1, Bcrypt, DesCrypt, Md5Crypt, SaltedSha1, Sha1, Sha256Crypt, Sha512Crypt};
use crate::servers::Impact::{FileRejected, RestIgnored, UserRejected};
use crate::servers::{BcryptRules, Duplicates, EmptyField, FileRules, LIBXCRYPT, Server, Trim};

// The rules are those of nginx, which the image of ingress-nginx contains.
pub(super) const INGRESS_NGINX: Server = Server {
    name: "ingress-nginx",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Apr1, Md5Crypt, SaltedSha1, Sha1, DesCrypt],
    also_reads: LIBXCRYPT_AND_PLAIN,
    file: common::NGINX.file,
    reads_user_keys: true,
    note: "key auth; with auth-map, one key for each user",
    ..SERVER
};

// The rules are those of nginx, which the image contains. The key was read in nginx/kubernetes-ingress,
// internal/k8s/secrets/validation.go, 1beab6e.
pub(super) const NGINX_INGRESS: Server = Server {
    name: "nginx-ingress",
    note: "F5's controller; key htpasswd, type nginx.org/htpasswd",
    ..INGRESS_NGINX
};

// This entry was read in jcmoraisjr/haproxy-ingress, annotations/backend.go, 009c113.
pub(super) const HAPROXY_INGRESS: Server = Server {
    name: "haproxy-ingress",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Md5Crypt, DesCrypt],
    also_reads: LIBXCRYPT,
    file: Some(FileRules { empty_field: EmptyField::BeforePlainText, ..RULES }),
    note: "key auth; user::password is plain text",
    ..SERVER
};

// This entry was read in haproxytech/kubernetes-ingress, basicAuth.go, 202b2fe.
pub(super) const HAPROXYTECH: Server = Server {
    name: "haproxytech",
    reads: &[Bcrypt, Sha512Crypt, Sha256Crypt, Md5Crypt, DesCrypt],
    also_reads: LIBXCRYPT,
    reads_user_keys: true,
    note: "hashes are in a Secret with one key for each user; through crypt(3)",
    ..SERVER
};

// This entry was read in envoyproxy/gateway, validateHtpasswdFormat, of an unknown commit, and in Envoy, to which the
// gateway passes the users.
pub(super) const ENVOY_GATEWAY: Server = Server {
    name: "envoy-gateway",
    reads: &[Sha1],
    unreadable: FileRejected,
    file: Some(FileRules {
        duplicates: Duplicates::Refused,
        no_user: FileRejected,
        empty_hash: FileRejected,
        comment: FileRejected,
        indented_comment: FileRejected,
        no_colon: FileRejected,
        trims: Trim::Line,
        space_before_hash: FileRejected,
        more_fields: FileRejected,
        nul: FileRejected,
        ..RULES
    }),
    note: "key .htpasswd; reads only SHA-1 without a salt",
    ..SERVER
};

// This entry was read in openshift/oauth-server, pkg/authenticator/password/htpasswd/htpasswd.go, 3cc24be.
pub(super) const OPENSHIFT: Server = Server {
    name: "openshift",
    reads: &[Bcrypt, Apr1, Sha1],
    bcrypt: BcryptRules { prefixes: &["$2y$", "$2a$"], ignores_tail: true },
    file: Some(FileRules {
        duplicates: Duplicates::Last,
        leading_space: UserRejected,
        trailing_space: UserRejected,
        more_fields: UserRejected,
        nul: UserRejected,
        longest_line: Some(65_535),
        long_line: RestIgnored,
        ..RULES
    }),
    note: "key htpasswd; knows no comments",
    ..SERVER
};
