//! The report of the doctor: one line for each probe, or JSON.

use serde::Serialize;

use crate::options::Recipe;

/// The result of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    /// A line is missing.
    Missing,
    /// The configuration works, and the administrator should know this.
    Note,
    /// The probe could not decide.
    Skipped,
}

/// A probe with its result.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    pub(super) probe: &'static str,
    pub(super) verdict: Verdict,
    pub(super) text: String,
    pub(super) cure: Option<&'static str>,
}

/// All results.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    url: String,
    proxy: Option<&'static str>,
    pub(super) missing: usize,
    probes: Vec<Outcome>,
}

impl Report {
    pub(super) fn new(url: &str, proxy: Option<Recipe>, probes: Vec<Outcome>) -> Self {
        let missing = probes.iter().filter(|outcome| outcome.verdict == Verdict::Missing).count();
        Self { url: url.to_owned(), proxy: proxy.map(Recipe::name), missing, probes }
    }

    pub(super) fn json(&self) -> String {
        // The report has only texts and numbers, which are always JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        let line = |outcome: &Outcome| {
            let verdict = match outcome.verdict {
                Verdict::Ok => "ok",
                Verdict::Missing => "MISSING",
                Verdict::Note => "note",
                Verdict::Skipped => "skipped",
            };
            // A server chooses parts of the text. Control characters could change the terminal.
            let text: String =
                outcome.text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
            let cure = outcome.cure.map_or(String::new(), |cure| format!("; {cure}"));
            format!("{verdict:<8} {}: {text}{cure}", outcome.probe)
        };
        let mut lines: Vec<_> = self.probes.iter().map(line).collect();
        lines.push(match self.missing {
            0 => "nothing is missing".to_owned(),
            count => format!("{count} missing"),
        });
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_line_for_each_probe() {
        let outcome = |verdict, cure| Outcome { probe: "p", verdict, text: "a\u{1b}b".to_owned(), cure };
        let report = Report::new(
            "http://h/",
            Some(Recipe::Nginx),
            vec![outcome(Verdict::Ok, None), outcome(Verdict::Missing, Some("write x"))],
        );
        let text = report.text();
        assert_eq!(text, "ok       p: a\u{fffd}b\nMISSING  p: a\u{fffd}b; write x\n1 missing");
        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!((&json["missing"], &json["proxy"]), (&1.into(), &"nginx".into()));
        assert_eq!(
            (&json["probes"][1]["verdict"], &json["probes"][0]["cure"]),
            (&"missing".into(), &().into())
        );
    }
}
