//! A bar for work that takes a while, if somebody looks at standard error.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Shorter work is done in silence.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows nothing at first, and nothing any more once dropped.
pub(crate) struct Progress {
    started: Instant,
    /// `None`: nobody looks.
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(crate) fn begin(total: usize) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            // Hidden, it measures the rate from the start.
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
            let template = "[{wide_bar}] {pos}/{len} users, {rate}/s, {eta} left";
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style.progress_chars("=> ").with_key("rate", rate)),
                Err(_) => bar,
            }
        });
        Self { started: Instant::now(), bar }
    }

    pub(crate) fn set(&self, done: usize) {
        let Some(bar) = &self.bar else { return };
        if bar.is_hidden() && self.started.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.set_position(done as u64);
    }
}

/// Users a second; an expensive scheme has less than one.
fn rate(state: &ProgressState, text: &mut dyn Write) {
    let rate = state.per_sec();
    let _ = if rate < 10.0 { write!(text, "{rate:.1}") } else { write!(text, "{rate:.0}") };
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
