//! The line of each recipe that a finding is about. The pages in `docs/proxies/` have these lines. `tests/proxies/doctor.rs`
//! removes the lines from the recipes of nginx, Caddy and `HAProxy`, and compares the advice with the line.

use crate::options::Recipe;

/// The reasons for which a line is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// A request without a login passes.
    Open,
    /// A request without a login passes while the service is stopped.
    FailsOpen,
    /// The 401 has no challenge, or several.
    NoChallenge,
    /// The service refuses the proxy itself.
    ProxyRefused,
    /// The service does not answer.
    NoService,
    /// The application gets no name.
    NoUser,
    /// The application does not get the groups.
    NoGroups,
    /// The application gets identity headers of the client.
    Forged,
    /// The application gets identity headers with `_` or `.` in their names.
    Alias,
    /// The client removes headers with `Connection`.
    Connection,
    /// The client chooses its address.
    Address,
    /// The status 429 does not reach the client.
    NoStatus,
    /// `Retry-After` does not reach the client.
    NoWait,
    /// The application gets the password.
    Password,
}

impl Recipe {
    /// Recognizes a proxy by the header `Server`.
    pub(super) fn of_server(value: &str) -> Option<Self> {
        let value = value.to_ascii_lowercase();
        [Self::Nginx, Self::Caddy, Self::Envoy].into_iter().find(|proxy| value.starts_with(proxy.name()))
    }
}

/// The advice for a finding.
pub(super) fn cure(finding: Finding, proxy: Option<Recipe>) -> &'static str {
    let Some(proxy) = proxy else { return general(finding) };
    match proxy {
        Recipe::Nginx => nginx(finding),
        Recipe::Caddy => caddy(finding),
        Recipe::HaProxy => haproxy(finding),
        Recipe::Traefik => traefik(finding),
        Recipe::Envoy => envoy(finding),
    }
}

fn nginx(finding: Finding) -> &'static str {
    match finding {
        Finding::Open => {
            "add 'auth_request /htpasswd-auth;', and no 'return', 'rewrite' or 'satisfy any' beside it"
        }
        Finding::ProxyRefused => {
            "add 'proxy_set_header X-Real-IP $remote_addr;' to the location of the service, \
             and address-header = \"X-Real-IP\" and the address of nginx to auth.toml"
        }
        Finding::NoUser => "add 'proxy_set_header Remote-User $auth_user;' and its auth_request_set",
        Finding::NoGroups => "add 'proxy_set_header Remote-Groups $auth_groups;' and its auth_request_set",
        Finding::Forged => {
            "add 'proxy_set_header Remote-User $auth_user;' and 'proxy_set_header Remote-Groups $auth_groups;'"
        }
        Finding::Alias => "remove 'underscores_in_headers on' and 'ignore_invalid_headers off'",
        Finding::Connection => "add 'proxy_set_header Connection $connection_upgrade;'",
        Finding::Address => {
            "add 'proxy_set_header X-Real-IP $remote_addr;' to the location of the service, and no \
             $proxy_add_x_forwarded_for"
        }
        Finding::NoStatus => "add 'error_page 403 = @refused;' and proxy = \"nginx\" to auth.toml",
        Finding::NoWait => "add 'add_header Retry-After $auth_wait always;' to @refused",
        Finding::Password => "add 'proxy_set_header Authorization \"\";' if the application does not need it",
        Finding::FailsOpen | Finding::NoChallenge | Finding::NoService => general(finding),
    }
}

fn caddy(finding: Finding) -> &'static str {
    match finding {
        Finding::Open => "add 'forward_auth 127.0.0.1:8181 {' before reverse_proxy, inside of 'route {'",
        Finding::ProxyRefused => {
            "add 'uri /auth/NAME' to forward_auth, and the address of Caddy to trusted-proxy in auth.toml"
        }
        Finding::NoUser | Finding::NoGroups => "add 'copy_headers Remote-User Remote-Groups' to forward_auth",
        Finding::Forged | Finding::Alias => {
            "add 'request_header -Remote*' before forward_auth, inside of 'route {'"
        }
        Finding::Connection => {
            "add '@hop header_regexp Connection (?i)(remote|authorization)' and 'respond @hop 400'"
        }
        Finding::Address => "remove addresses of clients from trusted_proxies",
        Finding::NoStatus | Finding::NoWait => {
            "remove handle_response from forward_auth, and set proxy = \"standard\""
        }
        Finding::Password => "add 'request_header -Authorization' if the application does not need it",
        Finding::FailsOpen | Finding::NoChallenge | Finding::NoService => general(finding),
    }
}

fn haproxy(finding: Finding) -> &'static str {
    match finding {
        Finding::Open | Finding::FailsOpen => {
            "add 'http-request deny unless { var(txn.auth_status) -m int 200 }' after the line with lua."
        }
        Finding::NoChallenge => {
            "add 'http-request return status 401 hdr WWW-Authenticate …' before the deny line"
        }
        Finding::ProxyRefused => {
            "add 'http-request lua.htpasswd_auth http://127.0.0.1:8181/auth/NAME', the line 'http-request return \
             status 401 …', and address-header = \"X-Real-IP\" to auth.toml"
        }
        Finding::NoUser => "add 'http-request set-header Remote-User \"%[var(txn.auth_user)]\"'",
        Finding::NoGroups => "add 'http-request set-header Remote-Groups \"%[var(txn.auth_groups)]\"'",
        Finding::Forged | Finding::Alias => {
            "add 'http-request del-header ^remote[^a-z0-9]?(user|groups)$ -m reg' before the line with lua."
        }
        Finding::Connection => {
            "add 'http-request deny deny_status 400 if { req.fhdr(connection) -m sub -i remote }'"
        }
        Finding::Address => "send only txn.f:src() to the service, as htpasswd-auth.lua does",
        Finding::NoStatus | Finding::NoWait => {
            "add 'http-request return status 429 hdr Retry-After \"%[var(txn.auth_wait)]\" …' before the deny line"
        }
        Finding::Password => {
            "add 'http-request del-header Authorization' if the application does not need it"
        }
        Finding::NoService => general(finding),
    }
}

fn traefik(finding: Finding) -> &'static str {
    match finding {
        Finding::Open => "add the forwardAuth middleware to the router",
        Finding::ProxyRefused => {
            "add the address of Traefik to trusted-proxy in auth.toml, and check 'address:'"
        }
        Finding::NoUser | Finding::NoGroups | Finding::Forged => {
            "add 'authResponseHeaders: [\"Remote-User\", \"Remote-Groups\"]'"
        }
        Finding::Alias => {
            "add the middleware wiki-aliases with Remote_User: \"\" and Remote.User: \"\" before forwardAuth"
        }
        Finding::Address => "set 'trustForwardHeader: false'",
        Finding::NoStatus | Finding::NoWait => "set proxy = \"standard\" in auth.toml",
        Finding::NoChallenge => "remove authSigninURL",
        Finding::Password => {
            "add a middleware with Authorization: \"\" after forwardAuth, if the application does not need it"
        }
        Finding::Connection | Finding::FailsOpen | Finding::NoService => general(finding),
    }
}

fn envoy(finding: Finding) -> &'static str {
    match finding {
        Finding::Open => {
            "add the ext_authz filter before the router, and remove ExtAuthzPerRoute 'disabled: true'"
        }
        Finding::FailsOpen => "set 'failure_mode_allow: false'",
        Finding::ProxyRefused => {
            "add X-Real-IP with %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% to headers_to_add, and \
             address-header = \"X-Real-IP\" to auth.toml"
        }
        Finding::NoUser | Finding::NoGroups | Finding::Forged => {
            "add remote-user and remote-groups to allowed_upstream_headers"
        }
        Finding::Alias => {
            "add 'headers_with_underscores_action: REJECT_REQUEST' and 'request_headers_to_remove: [remote.user, \
             remote.groups]'"
        }
        Finding::Address => "add X-Real-IP with %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% to headers_to_add",
        Finding::NoStatus | Finding::Password => "set proxy = \"envoy\" in auth.toml",
        Finding::NoChallenge | Finding::NoWait => {
            "add www-authenticate and retry-after to allowed_client_headers, or remove that list"
        }
        Finding::Connection | Finding::NoService => general(finding),
    }
}

fn general(finding: Finding) -> &'static str {
    match finding {
        Finding::Open => "ask htpasswd-auth for each request of this page",
        Finding::FailsOpen => "refuse each request that htpasswd-auth has not answered with 200",
        Finding::NoChallenge => "pass on WWW-Authenticate of htpasswd-auth",
        Finding::ProxyRefused => {
            "send the address of the client to htpasswd-auth, and add the proxy to trusted-proxy; its log names the reason"
        }
        Finding::NoService => "start htpasswd-auth, and check its address in the configuration of the proxy",
        Finding::NoUser | Finding::NoGroups => "pass on Remote-User and Remote-Groups of htpasswd-auth",
        Finding::Forged => "remove Remote-User and Remote-Groups of the client",
        Finding::Alias => "remove headers of the client with underscores and dots in their names",
        Finding::Connection => "reject requests whose Connection header names other headers",
        Finding::Address => "overwrite the header with the address of the client",
        Finding::NoStatus => "pass on the status 429 of htpasswd-auth, and set the right proxy in auth.toml",
        Finding::NoWait => "pass on Retry-After of htpasswd-auth",
        Finding::Password => "remove Authorization if the application does not need it",
    }
}
