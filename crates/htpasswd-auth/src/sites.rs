//! All sites of a configuration, with their open files.
//!
//! [`Sites::open`] opens everything or nothing, so that a reload has all of the new configuration or none of it. Files
//! whose settings stay the same are taken from the previous sites, with their caches and limits.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use htpasswd::Authenticator;
use htpasswd::auth::{FailureLimits, WatchedUsers};
use http::{HeaderValue, Method, Uri};

use crate::config::{self, Config, ConfigError, Located, Logins};
use crate::endpoint::{Endpoint, asks_for_tunnel};
use crate::events;
use crate::groups::GroupFile;
use crate::metrics::{Gauges, Metrics};
use crate::networks::Networks;
use crate::site::{Allow, Site};

/// The largest number of logins in the cache of one password file.
const CACHE_CAPACITY: usize = 100_000;
/// The name of the only site without a configuration file, in labels and in the log.
const SINGLE: &str = "default";

pub(crate) struct Sites {
    kind: Kind,
    pub(crate) trusted: Networks,
    logins: Logins,
    authenticators: BTreeMap<PathBuf, Authenticator>,
    group_files: BTreeMap<PathBuf, Arc<GroupFile>>,
}

enum Kind {
    Single(Arc<Site>),
    Named(BTreeMap<String, Arc<Site>>),
}

impl Sites {
    /// Opens the files of all sites.
    pub(crate) fn open(
        config: &Config,
        previous: Option<&Self>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut opener = Opener {
            config,
            previous,
            metrics,
            authenticators: BTreeMap::new(),
            group_files: BTreeMap::new(),
        };
        let kind = match &config.sites {
            config::Sites::Single(site) => {
                opener.site(SINGLE, site).map(Kind::Single).map_err(|error| vec![error])?
            }
            config::Sites::Named(sites) => {
                let (mut opened, mut errors) = (BTreeMap::new(), Vec::new());
                for (name, site) in sites {
                    match opener.site(name, site) {
                        Ok(site) => drop(opened.insert(name.clone(), site)),
                        Err(error) => errors.push(error),
                    }
                }
                if !errors.is_empty() {
                    return Err(errors);
                }
                Kind::Named(opened)
            }
        };
        match &kind {
            Kind::Single(_) => metrics.add_site(SINGLE),
            Kind::Named(sites) => sites.keys().for_each(|name| metrics.add_site(name)),
        }
        let Opener { authenticators, group_files, .. } = opener;
        Ok(Self { kind, trusted: config.trusted.clone(), logins: config.logins, authenticators, group_files })
    }

    /// The number of sites.
    pub(crate) fn len(&self) -> usize {
        match &self.kind {
            Kind::Single(_) => 1,
            Kind::Named(sites) => sites.len(),
        }
    }

    /// Returns the site that a request asks for. The target is compared byte by byte.
    pub(crate) fn find(&self, method: &Method, target: &Uri) -> Option<&Arc<Site>> {
        if asks_for_tunnel(method) {
            return None;
        }
        match &self.kind {
            Kind::Single(site) => Some(site),
            Kind::Named(sites) => {
                let endpoint = Endpoint::of(target)?;
                let site = sites.get(endpoint.name)?;
                // Only Envoy appends the path of the client.
                let is_valid = match site.proxy {
                    config::Proxy::Envoy => !endpoint.leaves_site(),
                    config::Proxy::Nginx | config::Proxy::Standard => endpoint.appended.is_empty(),
                };
                is_valid.then_some(site)
            }
        }
    }

    /// The values of gauges that come from the sites.
    pub(crate) fn gauges(&self) -> Gauges {
        let authenticators = self.authenticators.values();
        let has_error =
            authenticators.clone().any(|authenticator| authenticator.users().last_error().is_some())
                || self.group_files.values().any(|file| file.has_error());
        Gauges {
            queue_length: authenticators.clone().map(Authenticator::queue_len).sum(),
            cache_entries: authenticators.map(Authenticator::cache_len).sum(),
            is_current: !has_error,
        }
    }

    /// Reads all password files and group files now. The previous users and groups of a file stay if it cannot be read.
    pub(crate) fn reload_files(&self) {
        for authenticator in self.authenticators.values() {
            let users = authenticator.users();
            match users.reload() {
                Ok(true) => events::log_users(users.path().unwrap_or(Path::new("")), &users.current()),
                Ok(false) => {}
                Err(error) => tracing::error!("the previous users stay: {error}"),
            }
        }
        self.check_groups();
    }

    /// Reads the group files that have changed.
    pub(crate) fn check_groups(&self) {
        for file in self.group_files.values() {
            let path = file.path().display().to_string();
            match file.reload_if_changed() {
                Ok(true) => tracing::info!(file = path, "the groups have changed"),
                Ok(false) => {}
                Err(error) => tracing::error!(file = path, error = %error, "the previous groups stay"),
            }
        }
    }
}

/// Opens each file once.
struct Opener<'a> {
    config: &'a Config,
    previous: Option<&'a Sites>,
    metrics: &'a Arc<Metrics>,
    authenticators: BTreeMap<PathBuf, Authenticator>,
    group_files: BTreeMap<PathBuf, Arc<GroupFile>>,
}

impl Opener<'_> {
    fn site(&mut self, name: &str, site: &config::Site) -> Result<Arc<Site>, ConfigError> {
        let authenticator = self.authenticator(&site.file)?;
        let group_file = site.group_file.as_ref().map(|file| self.group_file(file)).transpose()?;
        let challenge = HeaderValue::from_str(&site.challenge)
            .or_else(|_| HeaderValue::from_bytes(site.challenge.as_bytes()))
            .map_err(|_| problem(&site.file, "the realm cannot be in a header; write plain text".into()))?;
        Ok(Arc::new(Site {
            name: name.to_owned(),
            authenticator,
            challenge,
            proxy: site.proxy,
            address: site.address.clone(),
            allow: Allow { users: site.users.clone(), groups: site.groups.clone(), group_file },
        }))
    }

    fn authenticator(&mut self, file: &Located) -> Result<Authenticator, ConfigError> {
        let path = &file.path;
        if let Some(opened) = self.authenticators.get(path) {
            return Ok(opened.clone());
        }
        let previous = self.previous.filter(|previous| previous.logins == self.config.logins);
        let authenticator = match previous.and_then(|previous| previous.authenticators.get(path)) {
            Some(previous) => previous.clone(),
            None => self.start(file)?,
        };
        self.authenticators.insert(path.clone(), authenticator.clone());
        Ok(authenticator)
    }

    fn start(&self, file: &Located) -> Result<Authenticator, ConfigError> {
        let users = WatchedUsers::open(&file.path).map_err(|error| {
            let cause = std::error::Error::source(&error).map_or(String::new(), |cause| format!(": {cause}"));
            problem(
                file,
                format!("{error}{cause}; make the file with htpasswd -c, readable for this service"),
            )
        })?;
        events::log_users(&file.path, &users.current());
        let logins = self.config.logins;
        let minute = Duration::from_secs(60);
        let limits = FailureLimits::default()
            .user_and_peer(logins.failures_per_user, minute)
            .peer(logins.failures_per_address, minute);
        let (metrics, watched) = (Arc::clone(self.metrics), users.clone());
        Authenticator::builder(users)
            .cache(logins.cache, CACHE_CAPACITY)
            .queue_timeout(logins.queue_timeout)
            .threads(logins.threads)
            .failure_limits(limits)
            .on_event(move |event| events::handle(event, &watched, &metrics))
            .start()
            .map_err(|error| problem(file, format!("{error}; start fewer threads")))
    }

    fn group_file(&mut self, file: &Located) -> Result<Arc<GroupFile>, ConfigError> {
        if let Some(opened) = self.group_files.get(&file.path) {
            return Ok(Arc::clone(opened));
        }
        let groups = GroupFile::open(&file.path);
        let groups = groups.map_err(|error| {
            problem(file, format!("cannot read {}: {error}; write lines GROUP: USER…", file.path.display()))
        })?;
        let groups = Arc::new(groups);
        self.group_files.insert(file.path.clone(), Arc::clone(&groups));
        Ok(groups)
    }
}

fn problem(file: &Located, problem: String) -> ConfigError {
    ConfigError { place: file.place.clone(), problem }
}
