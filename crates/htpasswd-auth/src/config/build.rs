//! Checks the words of a configuration and makes a [`Config`]. All errors are collected, so that one run reports them
//! all.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use toml::Spanned;

use super::raw::{Raw, RawSite, Source};
use super::{
    Config, ConfigError, Listen, Listeners, Located, Log, Logins, Proxy, Site, Sites, Socket, TlsFiles,
};
use crate::address::AddressSource;
use crate::endpoint::is_site_name;
use crate::log::{Format, Level};
use crate::networks::Networks;

/// Linux opens at most this number of files in a process, unless an administrator raises `fs.nr_open`.
const MAX_CONNECTIONS: usize = 1_048_576;
const MAX_THREADS: usize = 1_024;

/// The source of the words, and the errors so far.
struct Checker<'a> {
    source: &'a Source,
    errors: Vec<ConfigError>,
}

/// An error is in the list of errors.
struct Reported;

/// A word and the name of its key.
type Word<'a, T> = (&'static str, &'a Option<Spanned<T>>);

impl Config {
    /// Checks all words. The error has at least one element.
    pub(crate) fn build(source: &Source, raw: &Raw) -> Result<Self, Vec<ConfigError>> {
        let mut checker = Checker { source, errors: Vec::new() };
        let trusted = checker.trusted(raw);
        let listen = checker.listeners(raw);
        let log = checker.log(raw);
        let logins = checker.logins(raw);
        let sites = checker.sites(raw);
        match (trusted, listen, log, logins, sites) {
            (Some(trusted), Some(listen), Some(log), Some(logins), Some(sites))
                if checker.errors.is_empty() =>
            {
                Ok(Self { listen, trusted, log, logins, sites })
            }
            _ => Err(checker.errors),
        }
    }
}

impl Checker<'_> {
    fn error<T>(&mut self, (key, word): Word<'_, T>, problem: &str) {
        let span = word.as_ref().map_or(0..0, Spanned::span);
        self.errors.push(self.source.error(key, &span, problem));
    }

    /// Reads a word with `read`; the default is for a missing word. Reports an error and returns `None` if `read` fails.
    fn read<T, V>(
        &mut self,
        (key, word): Word<'_, T>,
        default: V,
        read: impl FnOnce(&T) -> Result<V, String>,
    ) -> Option<V> {
        let Some(value) = word else { return Some(default) };
        match read(value.get_ref()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.error((key, word), &problem);
                None
            }
        }
    }

    fn trusted(&mut self, raw: &Raw) -> Option<Networks> {
        self.read(("trusted-proxy", &raw.trusted_proxy), Networks::loopback(), |words| {
            let words = words.as_slice();
            if words.is_empty() {
                return Err("names no proxy; remove the key, or name an address or a network".into());
            }
            Networks::parse(words).map_err(|(index, error)| format!("'{}' {error}", words[index]))
        })
    }

    fn listeners(&mut self, raw: &Raw) -> Option<Listeners> {
        let default = vec![Listen::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 8181)))];
        let logins = self.read(("listen", &raw.listen), default, |words| {
            let words: Result<Vec<_>, _> = words.as_slice().iter().map(|word| listen(word)).collect();
            words.and_then(|words| if words.is_empty() { Err("names no address".into()) } else { Ok(words) })
        });
        let metrics = self.read(("metrics-listen", &raw.metrics_listen), None, |word| listen(word).map(Some));
        let mode = self.read(("socket-mode", &raw.socket_mode), 0o660, |word| {
            let mode = u32::from_str_radix(word, 8).ok().filter(|mode| *mode <= 0o777);
            mode.ok_or_else(|| format!("'{word}' is not a mode; write three octal digits, such as 0660"))
        });
        let group = raw.socket_group.as_ref().map(|group| group.get_ref().clone());
        let tls = self.tls(raw);
        let connections = self.read(("connections", &raw.connections), 1_024, |number| match number {
            1..=MAX_CONNECTIONS => Ok(*number),
            _ => Err(format!("{number} is out of range; write 1 to {MAX_CONNECTIONS}")),
        });
        let stop = self.read(("stop-timeout", &raw.stop_timeout), 10, |seconds| Ok(*seconds));
        let logins = logins?;
        self.check_reach(raw, &logins);
        Some(Listeners {
            logins,
            metrics: metrics?,
            socket: Socket { mode: mode?, group },
            tls: tls.ok()?,
            connections: connections?,
            stop_timeout: Duration::from_secs(stop?),
        })
    }

    /// Other machines can reach an address beyond the loopback interface, so the administrator must name the proxies.
    fn check_reach(&mut self, raw: &Raw, logins: &[Listen]) {
        let is_beyond = |listen: &&Listen| matches!(listen, Listen::Tcp(address) if !address.ip().to_canonical().is_loopback());
        if raw.trusted_proxy.is_none()
            && let Some(Listen::Tcp(address)) = logins.iter().find(is_beyond)
        {
            let problem = format!(
                "other machines can reach {address}; name the proxies with {}",
                self.source.name("trusted-proxy")
            );
            self.error(("listen", &raw.listen), &problem);
        }
    }

    fn tls(&mut self, raw: &Raw) -> Result<Option<TlsFiles>, Reported> {
        let words = [
            ("tls-certificate", &raw.tls_certificate),
            ("tls-key", &raw.tls_key),
            ("tls-client-ca", &raw.tls_client_ca),
        ];
        let paths = words.map(|(_, word)| word.as_ref().map(|path| path.get_ref().clone()));
        match paths {
            [None, None, None] => Ok(None),
            [Some(certificate), Some(key), Some(client_ca)] => {
                Ok(Some(TlsFiles { certificate, key, client_ca }))
            }
            _ => {
                let missing = words.iter().find(|(_, word)| word.is_none()).map_or("", |(key, _)| key);
                let present = words.iter().find(|(_, word)| word.is_some()).unwrap_or(&words[0]);
                self.error(
                    *present,
                    &format!(
                        "needs {} too, because only proxies with a certificate may ask",
                        self.source.name(missing)
                    ),
                );
                Err(Reported)
            }
        }
    }

    fn log(&mut self, raw: &Raw) -> Option<Log> {
        let format = self.read(("log-format", &raw.log_format), Format::Text, |word| match &word[..] {
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            _ => Err(format!("'{word}' is not a format; write text or json")),
        });
        let level = self.read(("log-level", &raw.log_level), Level::INFO, |word| match &word[..] {
            "error" => Ok(Level::ERROR),
            "warn" => Ok(Level::WARN),
            "info" => Ok(Level::INFO),
            "debug" => Ok(Level::DEBUG),
            _ => Err(format!("'{word}' is not a level; write error, warn, info or debug")),
        });
        Some(Log { format: format?, level: level? })
    }

    fn logins(&mut self, raw: &Raw) -> Option<Logins> {
        let cache = self.read(("cache", &raw.cache), 60, |seconds| match seconds {
            0..=86_400 => Ok(*seconds),
            _ => Err("is longer than a day; write the seconds for which a login is remembered".into()),
        });
        let queue = self.read(("queue-timeout", &raw.queue_timeout), 2.0, |seconds| match seconds {
            0.05..=60.0 => Ok(*seconds),
            _ => Err(format!("{seconds} is out of range; write 0.05 to 60 seconds")),
        });
        let failures_per_user = self.read(("failures-per-user", &raw.failures_per_user), 10, at_least_one);
        let failures_per_address =
            self.read(("failures-per-address", &raw.failures_per_address), 100, at_least_one);
        let threads = self.read(("threads", &raw.threads), 0, |threads| match threads {
            0..=MAX_THREADS => Ok(*threads),
            _ => Err(format!("{threads} is out of range; write 0 to {MAX_THREADS}")),
        });
        Some(Logins {
            cache: Duration::from_secs(cache?),
            queue_timeout: Duration::from_secs_f64(queue?),
            threads: threads?,
            failures_per_user: failures_per_user?,
            failures_per_address: failures_per_address?,
        })
    }

    fn sites(&mut self, raw: &Raw) -> Option<Sites> {
        let address = self.address(("address-header", &raw.address_header), AddressSource::ForwardedFor)?;
        if let Some(site) = &raw.single {
            return self.site(site, &(0..0), &address).map(Sites::Single);
        }
        if raw.sites.is_empty() {
            self.errors.push(self.source.error(
                "sites",
                &(0..0),
                "there is no site; add a table [sites.NAME]",
            ));
        }
        let mut sites = BTreeMap::new();
        for (name, site) in &raw.sites {
            if !is_site_name(name.get_ref()) {
                let problem = "the name of a site has 1 to 64 letters, digits, '-' and '_'";
                self.errors.push(self.source.error("", &name.span(), problem));
            }
            if let Some(site) = self.site(site, &name.span(), &address) {
                sites.insert(name.get_ref().clone(), site);
            }
        }
        Some(Sites::Named(sites))
    }

    fn site(
        &mut self,
        raw: &RawSite,
        table: &std::ops::Range<usize>,
        address: &AddressSource,
    ) -> Option<Site> {
        let Some(file) = &raw.file else {
            self.errors.push(self.source.error("file", table, "is missing; name the password file"));
            return None;
        };
        if file.get_ref().as_os_str().is_empty() {
            self.error(("file", &raw.file), "is empty; name the password file");
        }
        let challenge =
            self.read(("realm", &raw.realm), challenge("Restricted"), |realm| Ok(challenge(realm)))?;
        let challenge = match challenge {
            Ok(challenge) => Some(challenge),
            Err(error) => {
                self.error(("realm", &raw.realm), &format!("{error}; write one line of text"));
                None
            }
        };
        let proxy = self.read(("proxy", &raw.proxy), Proxy::Standard, |word| match &word[..] {
            "nginx" => Ok(Proxy::Nginx),
            "envoy" => Ok(Proxy::Envoy),
            "standard" => Ok(Proxy::Standard),
            _ => Err(format!("'{word}' is not a kind of proxy; write nginx, envoy or standard")),
        });
        let address = self.address(("address-header", &raw.address_header), address.clone());
        if raw.groups.is_some() && raw.group_file.is_none() {
            self.error(("groups", &raw.groups), "needs group-file, which lists the members of the groups");
        }
        let file = self.located("file", file);
        let words = |word: &Option<Spanned<Vec<String>>>| word.as_ref().map(|words| words.get_ref().clone());
        Some(Site {
            file,
            challenge: challenge?,
            proxy: proxy?,
            address: address?,
            users: words(&raw.users),
            groups: words(&raw.groups),
            group_file: raw.group_file.as_ref().map(|path| self.located("group-file", path)),
        })
    }

    fn located(&self, key: &str, path: &Spanned<PathBuf>) -> Located {
        let place = self.source.error(key, &path.span(), "").place;
        Located { path: path.get_ref().clone(), place }
    }

    fn address(&mut self, word: Word<'_, String>, default: AddressSource) -> Option<AddressSource> {
        self.read(word, default, |name| match name.parse::<HeaderName>() {
            Ok(name) if !["authorization", "forwarded"].contains(&name.as_str()) => {
                Ok(AddressSource::new(name))
            }
            _ => Err(format!("'{name}' cannot name an address; write X-Real-IP or X-Forwarded-For")),
        })
    }
}

fn challenge(realm: &str) -> Result<String, htpasswd::auth::RealmError> {
    htpasswd::auth::challenge(realm)
}

fn at_least_one<T: Copy + PartialEq + From<u8>>(number: &T) -> Result<T, String> {
    if *number == T::from(0) { Err("is 0; write 1 or more".into()) } else { Ok(*number) }
}

/// Reads `ADDRESS:PORT` or `unix:PATH`.
fn listen(word: &str) -> Result<Listen, String> {
    if let Some(path) = word.strip_prefix("unix:") {
        return if path.starts_with('/') {
            Ok(Listen::Unix(path.into()))
        } else {
            Err(format!("'{word}' has no absolute path; write unix:/run/htpasswd-auth/auth.sock"))
        };
    }
    let address = word.parse().map(Listen::Tcp);
    address.map_err(|_| format!("'{word}' is not an address with a port; write 127.0.0.1:8181 or unix:/PATH"))
}
