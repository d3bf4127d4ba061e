//! A histogram of durations with fixed buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::text::Text;

/// The upper bounds of the buckets in seconds: from an answer out of the cache to a login that no proxy waits for.
const BOUNDS: [f64; 11] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 10.0];

#[derive(Default)]
pub(super) struct Histogram {
    /// The number of durations in each bucket; the last bucket has no upper bound.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Histogram {
    pub(super) fn observe(&self, duration: Duration) {
        let seconds = duration.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Writes the values without the head of the metric.
    pub(super) fn write(&self, name: &str, labels: &[(&str, &str)], text: &mut Text) {
        let mut count = 0;
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            count += bucket.load(Ordering::Relaxed);
            text.line(&format!("{name}_bucket"), &[labels, &[("le", &bound)]].concat(), count);
        }
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        text.line(&format!("{name}_sum"), labels, sum);
        text.line(&format!("{name}_count"), labels, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_contain_their_bound() {
        let histogram = Histogram::default();
        for microseconds in [1, 500, 501, 1_000_000, 20_000_000] {
            histogram.observe(Duration::from_micros(microseconds));
        }
        let mut text = Text::default();
        histogram.write("h", &[], &mut text);
        let text = text.finish();
        for line in
            ["{le=\"0.0005\"} 2", "{le=\"0.001\"} 3", "{le=\"1\"} 4", "{le=\"10\"} 4", "{le=\"+Inf\"} 5"]
        {
            assert!(text.contains(&format!("htpasswd_auth_h_bucket{line}\n")), "{line}: {text}");
        }
        assert!(text.contains("htpasswd_auth_h_sum 21.001002\nhtpasswd_auth_h_count 5\n"), "{text}");
    }
}
