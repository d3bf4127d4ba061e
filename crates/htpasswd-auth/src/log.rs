//! The log: one line for each event on standard error, as text or as JSON.
//!
//! The code logs with the macros of `tracing`, and [`Log`] writes the lines. A line has the time, the level and the
//! message first. The address of a client comes before every word that the client wrote, so that a filter for bans can
//! rely on it. A value can never end its line.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use tracing::Level;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Writes the lines of the log.
pub(crate) struct Log {
    format: Format,
    level: Level,
    /// One line is written at a time.
    output: Mutex<io::Stderr>,
}

impl Log {
    pub(crate) fn new(format: Format, level: Level) -> Self {
        Self { format, level, output: Mutex::new(io::stderr()) }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Other crates could log what a client wrote.
        *metadata.level() <= self.level && metadata.target().starts_with("htpasswd_auth")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line { format: self.format, message: String::new(), fields: String::new() };
        event.record(&mut line);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let line = line.finish(&time(SystemTime::now()), &level);
        // A log that cannot be written must not stop logins.
        let _ = self.output.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// The parts of one line.
struct Line {
    format: Format,
    message: String,
    fields: String,
}

impl Line {
    fn finish(self, time: &str, level: &str) -> String {
        let Self { format, message, fields } = self;
        match format {
            Format::Text => format!("{time} {level} {message}{fields}\n"),
            Format::Json => {
                format!("{{\"time\":\"{time}\",\"level\":\"{level}\",\"msg\":{}{fields}}}\n", json(&message))
            }
        }
    }

    fn add(&mut self, field: &Field, value: &str, is_number: bool) {
        let name = field.name();
        if name == "message" {
            self.message = if self.format == Format::Text { one_line(value) } else { value.to_owned() };
            return;
        }
        // Writing to a `String` never fails.
        let _ = match self.format {
            Format::Json if is_number => write!(self.fields, ",\"{name}\":{value}"),
            Format::Json => write!(self.fields, ",\"{name}\":{}", json(value)),
            // The name of a user is always in quotation marks, so that a filter finds its end.
            Format::Text if name == "user" || !is_plain(value) => write!(self.fields, " {name}={value:?}"),
            Format::Text => write!(self.fields, " {name}={value}"),
        };
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value, false);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, &value.to_string(), true);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, &format!("{value:?}"), false);
    }
}

/// Returns true if the value needs no quotation marks in text.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'='))
}

fn json(value: &str) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Escapes control characters, and characters that are invisible or reorder text. Paths in messages can contain them.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        let is_format = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if character.is_control() || is_format {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// A time in UTC with milliseconds, in the format of RFC 3339.
fn time(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, rest) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// The date of a day since 1970-01-01 in the Gregorian calendar, with the algorithm `civil_from_days` of Howard Hinnant.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_in_the_format_of_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_399, "2000-02-28T23:59:59.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_709_251_199, "2024-02-29T23:59:59.007Z"),
            (4_107_542_400, "2100-03-01T00:00:00.007Z"),
        ] {
            assert_eq!(time(UNIX_EPOCH + Duration::from_millis(seconds * 1000 + 7)), text);
        }
    }

    #[test]
    fn only_plain_values_have_no_quotation_marks() {
        assert!(is_plain("192.0.2.1") && is_plain("2001:db8::1") && is_plain("GET"));
        for value in ["", "a b", "a\"b", "a=b", "a\nb", "ä", "a\\b", "\u{1b}[0m"] {
            assert!(!is_plain(value), "{value:?}");
        }
        assert_eq!(one_line("a\nb\u{1b}\u{2028}\u{feff}ü"), "a\\nb\\u{1b}\\u{2028}\\u{feff}ü");
    }
}
