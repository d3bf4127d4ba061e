//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write as _};

/// The prefix of the names of all metrics of this service.
const PREFIX: &str = "htpasswd_auth_";

#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Writes the head of a metric: its help and its type.
    pub(super) fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.add(format_args!("# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}\n"));
    }

    /// Writes one value of a metric.
    pub(super) fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.add(format_args!("{PREFIX}{name}"));
        for (index, (label, word)) in labels.iter().enumerate() {
            let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            self.add(format_args!("{}{label}=\"{word}\"", if index == 0 { "{" } else { "," }));
        }
        self.add(format_args!("{} {value}\n", if labels.is_empty() { "" } else { "}" }));
    }

    /// Writes a metric with one value and no label.
    pub(super) fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }

    /// Writes a metric of the process, whose name has no prefix.
    pub(super) fn process(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.add(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Writing to a `String` never fails.
    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        let _ = self.0.write_fmt(text);
    }
}
