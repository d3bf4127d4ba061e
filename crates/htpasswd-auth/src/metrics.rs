//! The metrics of the service, and their text in the format of Prometheus.
//!
//! Labels are names of sites, status codes and other words that the service or its administrator chose. A label must
//! never contain a word of a client, because each new value takes memory in the service and in Prometheus.

mod histogram;
mod process;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use self::histogram::Histogram;
use self::text::Text;

/// The result of a login, for the label `result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LoginResult {
    Ok,
    Wrong,
    Unknown,
    NotAllowed,
    Limited,
    Overloaded,
    Malformed,
    /// The proxy hung up before the verdict.
    Abandoned,
}

impl LoginResult {
    const ALL: [Self; 8] = [
        Self::Ok,
        Self::Wrong,
        Self::Unknown,
        Self::NotAllowed,
        Self::Limited,
        Self::Overloaded,
        Self::Malformed,
        Self::Abandoned,
    ];

    /// The word in labels and in the log.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
            Self::NotAllowed => "not_allowed",
            Self::Limited => "limited",
            Self::Overloaded => "overloaded",
            Self::Malformed => "malformed",
            Self::Abandoned => "abandoned",
        }
    }
}

#[derive(Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(String, u16), u64>>,
    logins: Mutex<BTreeMap<(String, LoginResult), u64>>,
    request_duration: Histogram,
    queue_wait: Histogram,
    /// The time of hashing by the name of the scheme.
    hash_duration: Mutex<BTreeMap<String, Histogram>>,
    in_flight: AtomicU64,
    cache_hits: AtomicU64,
    cache_misses: AtomicU64,
    /// True if the last reload of the configuration failed.
    config_failed: AtomicBool,
    /// True if the last reload of the TLS files failed.
    tls_failed: AtomicBool,
    last_reload: AtomicU64,
    /// The Unix time at which the certificate expires; 0 without TLS.
    certificate_end: AtomicU64,
}

/// The values that are read from the sites.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauges {
    /// The number of logins that wait.
    pub(crate) queue_length: usize,
    /// The number of logins in the caches.
    pub(crate) cache_entries: usize,
    /// True if no file keeps its previous content because of an error.
    pub(crate) is_current: bool,
}

/// Counts a request as in flight until it is dropped.
pub(crate) struct ActiveRequest<'a>(&'a Metrics);

impl Metrics {
    pub(crate) fn begin(&self) -> ActiveRequest<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        ActiveRequest(self)
    }

    /// The number of requests without an answer.
    pub(crate) fn in_flight(&self) -> u64 {
        load(&self.in_flight)
    }

    /// Adds a counter of zero for each result of the site. Without it, `rate` in Prometheus would miss the first login of a
    /// kind.
    pub(crate) fn add_site(&self, site: &str) {
        let mut logins = lock(&self.logins);
        for result in LoginResult::ALL {
            logins.entry((site.to_owned(), result)).or_insert(0);
        }
    }

    /// Counts an answer.
    pub(crate) fn count_request(&self, site: &str, status: u16, duration: Duration) {
        increment(&self.requests, (site.to_owned(), status));
        self.request_duration.observe(duration);
    }

    pub(crate) fn count_login(&self, site: &str, result: LoginResult) {
        increment(&self.logins, (site.to_owned(), result));
    }

    /// Counts a login that the cache answered.
    pub(crate) fn count_cache_hit(&self) {
        self.cache_hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a login that was hashed after this time in the queue.
    pub(crate) fn count_hashed(&self, waited: Duration) {
        self.cache_misses.fetch_add(1, Ordering::Relaxed);
        self.queue_wait.observe(waited);
    }

    /// Counts the time of hashing the password of a known user.
    pub(crate) fn count_hash(&self, scheme: &str, hashed: Duration) {
        lock(&self.hash_duration).entry(scheme.to_owned()).or_default().observe(hashed);
    }

    /// Stores the result of reading the configuration.
    pub(crate) fn set_configured(&self, success: bool) {
        self.config_failed.store(!success, Ordering::Relaxed);
        if success {
            self.set_reloaded();
        }
    }

    /// Stores the time at which a file or the configuration was read.
    pub(crate) fn set_reloaded(&self) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_reload.store(now.as_secs(), Ordering::Relaxed);
    }

    /// Stores the Unix time at which the certificate expires, and the result of the last reload of the TLS files; `None`
    /// if they have not changed.
    pub(crate) fn set_tls(&self, end: u64, reloaded: Option<bool>) {
        self.certificate_end.store(end, Ordering::Relaxed);
        if let Some(success) = reloaded {
            self.tls_failed.store(!success, Ordering::Relaxed);
        }
    }

    /// The text for Prometheus.
    pub(crate) fn text(&self, gauges: &Gauges) -> String {
        let Gauges { queue_length, cache_entries, is_current } = *gauges;
        let mut text = Text::default();
        text.head("requests_total", "counter", "Answers of the login listener.");
        for ((site, code), count) in &*lock(&self.requests) {
            text.line("requests_total", &[("site", site), ("code", &code.to_string())], count);
        }
        text.head("logins_total", "counter", "Logins by result.");
        for ((site, result), count) in &*lock(&self.logins) {
            text.line("logins_total", &[("site", site), ("result", result.as_str())], count);
        }
        let help = "Time from the header of a request to its answer.";
        text.head("request_duration_seconds", "histogram", help);
        self.request_duration.write("request_duration_seconds", &[], &mut text);
        let help = "Time in the queue of logins that were hashed.";
        text.head("queue_wait_seconds", "histogram", help);
        self.queue_wait.write("queue_wait_seconds", &[], &mut text);
        text.head("hash_duration_seconds", "histogram", "Time of hashing, by the scheme of the user's hash.");
        for (scheme, histogram) in &*lock(&self.hash_duration) {
            histogram.write("hash_duration_seconds", &[("scheme", scheme)], &mut text);
        }
        text.single("requests_in_flight", "gauge", "Requests without an answer.", self.in_flight());
        text.single("queue_length", "gauge", "Logins in the queue.", queue_length);
        text.single("cache_hits_total", "counter", "Logins from the cache.", load(&self.cache_hits));
        text.single("cache_misses_total", "counter", "Logins that were hashed.", load(&self.cache_misses));
        text.single("cache_entries", "gauge", "Logins in the caches, with expired ones.", cache_entries);
        let failed =
            [&self.config_failed, &self.tls_failed].iter().any(|failed| failed.load(Ordering::Relaxed));
        let success = u8::from(is_current && !failed);
        text.single("reload_success", "gauge", "1 if the last reload of each file succeeded.", success);
        let name = "last_reload_success_timestamp_seconds";
        text.single(name, "gauge", "Time of the last reload that succeeded.", load(&self.last_reload));
        let end = load(&self.certificate_end);
        if end != 0 {
            let name = "certificate_not_after_timestamp_seconds";
            text.single(name, "gauge", "Time at which the TLS certificate expires.", end);
        }
        text.head("build_info", "gauge", "The version of the program.");
        text.line("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        process::write(&mut text);
        text.finish()
    }
}

impl Drop for ActiveRequest<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

fn load(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

fn increment<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, key: K) {
    *lock(counts).entry(key).or_insert(0) += 1;
}

/// A poisoned map is still valid, because no code panics while it holds the lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
