//! One request: who asks, for which site, with which credentials, and the answer.
//!
//! Each step can only refuse; the last step alone accepts. A password is never logged, and the name of an unknown user
//! is not logged either, because it is sometimes a password in the wrong field.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use htpasswd::auth::CredentialsError;
use htpasswd::{Credentials, Verdict};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::address::{AddressError, Peer};
use crate::answer::{Answer, Reply};
use crate::config::Proxy;
use crate::encode;
use crate::endpoint::Endpoint;
use crate::metrics::{LoginResult, Metrics};
use crate::site::Site;
use crate::sites::Sites;

/// The label of requests that are for no site.
const NO_SITE: &str = "none";

/// The service that answers requests. A reload replaces the sites; a login that is being verified ends with the
/// sites with which it began, and needs the permission of the new ones.
pub(crate) struct Service {
    sites: RwLock<Arc<Sites>>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Service {
    pub(crate) fn new(sites: Sites, metrics: Arc<Metrics>) -> Self {
        Self { sites: RwLock::new(Arc::new(sites)), metrics }
    }

    /// The sites that are in effect.
    pub(crate) fn sites(&self) -> Arc<Sites> {
        Arc::clone(&self.sites.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the sites. The previous sites live until their last request is answered.
    pub(crate) fn replace(&self, sites: Sites) {
        let mut current = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        let previous = std::mem::replace(&mut *current, Arc::new(sites));
        drop(current);
        drop(previous);
    }

    /// Answers one request. Dropping the future gives up a login that waits; a login that is being verified continues
    /// and fills the cache.
    pub(crate) async fn answer(&self, peer: Peer, request: &Parts) -> Answer {
        let (begun, _in_flight) = (Instant::now(), self.metrics.begin());
        let (site, answer) = self.route(peer, request).await;
        let name = site.as_ref().map_or(NO_SITE, |site| &site.name);
        self.metrics.count_request(name, answer.status().as_u16(), begun.elapsed());
        answer
    }

    async fn route(&self, peer: Peer, request: &Parts) -> (Option<Arc<Site>>, Answer) {
        let sites = self.sites();
        let refused = || Reply::Forbidden.answer(Proxy::Standard, &HeaderValue::from_static(""));
        if !peer.is_trusted(&sites.trusted) {
            tracing::warn!(reason = "untrusted_peer", peer = %peer, "request refused");
            return (None, refused());
        }
        let Some(site) = sites.find(&request.method, &request.uri).cloned() else {
            let endpoint =
                Endpoint::of(&request.uri).map(|endpoint| endpoint.name.chars().take(64).collect::<String>());
            tracing::warn!(reason = "unknown_site", endpoint, "request refused");
            return (None, refused());
        };
        let reply = match site.address.client(&request.headers, &sites.trusted) {
            Ok(address) => self.log_in(&site, address, request).await,
            Err(error) => {
                tracing::warn!(
                    site = site.name,
                    reason = address_reason(error),
                    header = site.address.name().as_str(),
                    "request refused"
                );
                Reply::Forbidden
            }
        };
        let answer = reply.answer(site.proxy, &site.challenge);
        (Some(site), answer)
    }

    /// Returns the groups of the user if the configuration that is in effect now allows the user. The configuration may
    /// have changed while the login was verified.
    fn allowed(&self, site: &Site, user: &str, request: &Parts) -> Option<HeaderValue> {
        let sites = self.sites();
        let current = sites.find(&request.method, &request.uri)?;
        // A verdict of another password file does not count.
        let is_same = current.authenticator.users().path() == site.authenticator.users().path();
        current.allow.check(user).filter(|_| is_same)
    }

    /// Verifies the credentials of a request from the client at this address.
    async fn log_in(&self, site: &Site, address: IpAddr, request: &Parts) -> Reply {
        let report = Report { site, address, method: method(&request.method), metrics: &self.metrics };
        let credentials = match Credentials::from_headers(request.headers.get_all(AUTHORIZATION)) {
            Ok(credentials) => credentials,
            // A client asks without credentials first. This is no failure.
            Err(CredentialsError::Missing) => return Reply::Challenge,
            Err(_) => {
                report.refused(LoginResult::Malformed, None);
                return Reply::Challenge;
            }
        };
        let mut waiting = Waiting(Some(&report));
        let verdict = site.authenticator.authenticate(&credentials, Some(address)).await;
        waiting.0 = None;
        let user = credentials.user();
        let is_known = || site.authenticator.users().current().get(user).is_some();
        let known_user = || is_known().then_some(user);
        let retry_after = verdict.retry_after().unwrap_or(1);
        match verdict {
            Verdict::Accepted { .. } => {
                let Some(groups) = self.allowed(site, user, request) else {
                    report.refused(LoginResult::NotAllowed, Some(user));
                    return Reply::Forbidden;
                };
                report.accepted(user);
                Reply::Accepted { user: encode::user(user), groups }
            }
            Verdict::Limited { .. } => {
                report.refused(LoginResult::Limited, known_user());
                Reply::Limited { retry_after }
            }
            Verdict::Overloaded => {
                report.refused(LoginResult::Overloaded, known_user());
                Reply::Overloaded { retry_after }
            }
            // `Rejected`, and any verdict that a later version of the library adds.
            _ => {
                let user = known_user();
                let result = if user.is_some() { LoginResult::Wrong } else { LoginResult::Unknown };
                report.refused(result, user);
                Reply::Challenge
            }
        }
    }
}

/// Counts and logs the result of one login.
struct Report<'a> {
    site: &'a Site,
    address: IpAddr,
    method: &'static str,
    metrics: &'a Metrics,
}

impl Report<'_> {
    fn accepted(&self, user: &str) {
        self.metrics.count_login(&self.site.name, LoginResult::Ok);
        let Self { site, address, method, .. } = self;
        tracing::debug!(remote_ip = %address, site = site.name, method, user, "login accepted");
    }

    /// `user` is the name of a user in the password file, and never the name that an unknown user sent.
    fn refused(&self, result: LoginResult, user: Option<&str>) {
        self.metrics.count_login(&self.site.name, result);
        let Self { site, address, method, .. } = self;
        let (site, reason) = (&site.name, result.as_str());
        tracing::warn!(remote_ip = %address, site, reason, method, user, "login refused");
    }

    fn abandoned(&self) {
        self.metrics.count_login(&self.site.name, LoginResult::Abandoned);
        let Self { site, address, method, .. } = self;
        tracing::info!(remote_ip = %address, site = site.name, method, "login abandoned by the proxy");
    }
}

/// Reports a login that the proxy gives up, unless the login has its verdict.
struct Waiting<'a>(Option<&'a Report<'a>>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(report) = self.0 {
            report.abandoned();
        }
    }
}

fn address_reason(error: AddressError) -> &'static str {
    match error {
        AddressError::Missing => "missing_address",
        AddressError::Several => "several_addresses",
        AddressError::Unreadable => "unreadable_address",
    }
}

/// The name of a method in the log. Envoy passes the method of the client on, which can be any word.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}
