//! The rules of a layer: the requests that need a login, and the responses to rejected requests.
//!
//! The layer, its services and their futures share one value, which never changes after the first request. The rules
//! never see a password.

use std::fmt;
use std::net::IpAddr;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use htpasswd::Authenticator;
use http::request::Parts;
use http::{HeaderValue, Response};

use crate::rejection::Rejection;

/// The rules; a clone is cheap. `X` is the type of the body of a response to a rejected request.
pub(crate) struct Rules<X> {
    settings: Arc<Settings>,
    reject: Arc<MakeResponse<X>>,
}

#[derive(Clone)]
pub(crate) struct Settings {
    authenticator: Authenticator,
    challenge: HeaderValue,
    pub(crate) peer: Option<Arc<PeerOf>>,
    pub(crate) exempt: Vec<Arc<IsExempt>>,
    pub(crate) is_optional: bool,
    pub(crate) allow: Vec<Arc<IsAllowed>>,
}

type PeerOf = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;
type IsExempt = dyn Fn(&Parts) -> bool + Send + Sync;
type IsAllowed = dyn Fn(&str, &Parts) -> bool + Send + Sync;
type MakeResponse<X> = dyn Fn(&Rejection, &Parts) -> Response<X> + Send + Sync;

impl<X> Rules<X> {
    /// Rules by which each request needs a login.
    pub(crate) fn new(
        authenticator: Authenticator,
        challenge: HeaderValue,
        reject: impl Fn(&Rejection, &Parts) -> Response<X> + Send + Sync + 'static,
    ) -> Self {
        let settings = Settings {
            authenticator,
            challenge,
            peer: None,
            exempt: Vec::new(),
            is_optional: false,
            allow: Vec::new(),
        };
        Self { settings: Arc::new(settings), reject: Arc::new(reject) }
    }

    /// Replaces the function that makes the response to a rejected request.
    pub(crate) fn reject_with<Y>(
        self,
        reject: impl Fn(&Rejection, &Parts) -> Response<Y> + Send + Sync + 'static,
    ) -> Rules<Y> {
        Rules { settings: self.settings, reject: Arc::new(reject) }
    }

    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }

    pub(crate) fn authenticator(&self) -> &Authenticator {
        &self.settings.authenticator
    }

    pub(crate) fn is_exempt(&self, request: &Parts) -> bool {
        self.settings.exempt.iter().any(|is_exempt| is_exempt(request))
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.settings.is_optional
    }

    pub(crate) fn is_allowed(&self, user: &str, request: &Parts) -> bool {
        self.settings.allow.iter().all(|is_allowed| is_allowed(user, request))
    }

    pub(crate) fn peer_of(&self, request: &Parts) -> Option<IpAddr> {
        self.settings.peer.as_ref().and_then(|peer| peer(request))
    }

    pub(crate) fn response_to_rejected(&self, rejection: &Rejection, request: &Parts) -> Response<X> {
        let mut response = (self.reject)(rejection, request);
        rejection.complete(&mut response, &self.settings.challenge);
        response
    }

    /// Writes the settings for the `Debug` output of a type; `name` is the name of the type.
    pub(crate) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("authenticator", &self.settings.authenticator)
            .field("challenge", &self.settings.challenge)
            .field("optional", &self.settings.is_optional)
            .finish_non_exhaustive()
    }
}

// Derives would require that `X` is `Clone` and `Debug`, and not all bodies are.
impl<X> Clone for Rules<X> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), reject: Arc::clone(&self.reject) }
    }
}

impl<X> fmt::Debug for Rules<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("Rules", f)
    }
}

// The layer changes nothing while it handles a request, so a panic leaves its own state complete. The functions that
// the caller passes are responsible for their own state.
impl<X> UnwindSafe for Rules<X> {}
impl<X> RefUnwindSafe for Rules<X> {}
