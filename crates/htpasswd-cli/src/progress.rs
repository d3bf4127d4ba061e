//! A progress bar for work that takes longer than half a second. It appears only if standard error is a terminal.
//!
//! The library indicatif is not used: with it, the program loads libm at each start, so that `-nbs` took 1.12 times as
//! long, and the program is 126 KB larger.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use crate::os;
use crate::output::eprint;

/// The time before the first bar appears.
const DELAY: Duration = Duration::from_millis(500);
/// The shortest time between two bars.
const INTERVAL: Duration = Duration::from_millis(100);

const ERASE_LINE: &str = "\r\x1b[K";

/// A progress bar. It is erased when this value is dropped.
pub(crate) struct ProgressBar {
    total: usize,
    started: Instant,
    /// The time to draw the next bar; `None` if standard error is not a terminal.
    due: Option<Instant>,
    is_drawn: bool,
}

impl ProgressBar {
    pub(crate) fn begin(total: usize) -> Self {
        let started = Instant::now();
        let due = io::stderr().is_terminal().then(|| started + DELAY);
        Self { total, started, due, is_drawn: false }
    }

    pub(crate) fn set(&mut self, done: usize) {
        let now = Instant::now();
        if self.due.is_some_and(|due| due <= now) {
            let bar = bar(done, self.total, now - self.started, width());
            eprint(&format!("{ERASE_LINE}{bar}"));
            (self.due, self.is_drawn) = (Some(now + INTERVAL), true);
        }
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        if self.is_drawn {
            eprint(ERASE_LINE);
        }
    }
}

/// The width of the terminal, in columns.
fn width() -> usize {
    os::stderr_width().unwrap_or(80)
}

/// A bar such as `[====>     ] 65/300 users, 17/s, 14 s left`. It leaves one column free, because a full line may wrap.
fn bar(done: usize, total: usize, elapsed: Duration, width: usize) -> String {
    let mut text = format!("{done}/{total} users");
    if done > 0 {
        let (so_far, milliseconds) = (done as u128, elapsed.as_millis().max(1));
        let tenths = so_far * 10_000 / milliseconds;
        // The rate of an expensive scheme can be less than one user per second.
        let rate =
            if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() };
        let left = milliseconds.saturating_mul(total.saturating_sub(done) as u128) / so_far / 1000;
        text = format!("{text}, {rate}/s, {} left", time(left));
    }

    let room = width.saturating_sub(text.len() + "[] ".len() + 1);
    if room > 0 {
        let filled = room.saturating_mul(done) / total.max(1);
        let filled = filled.min(room);
        let head = if filled < room { ">" } else { "" };
        text = format!("[{:<room$}] {text}", "=".repeat(filled) + head);
    }
    text.truncate(width.saturating_sub(1));
    text
}

fn time(seconds: u128) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02} min"),
        (hours, minutes, _) => format!("{hours}:{minutes:02} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_leaves_one_column_of_the_line_free() {
        let bar = |done, seconds| bar(done, 300, Duration::from_secs(seconds), 60);
        assert_eq!(bar(0, 1), "[>                                            ] 0/300 users");
        assert_eq!(bar(1, 1), "[>                      ] 1/300 users, 1.0/s, 4:59 min left");
        assert_eq!(bar(100, 10), "[========>                 ] 100/300 users, 10/s, 20 s left");
        assert_eq!(bar(300, 30), "[===========================] 300/300 users, 10/s, 0 s left");
        for done in 0..=300 {
            assert_eq!(bar(done, 7).len(), 59, "{done}");
        }
    }

    #[test]
    fn a_narrow_terminal_has_a_shorter_bar_or_only_numbers() {
        let bar = |width| bar(100, 300, Duration::from_secs(10), width);
        assert_eq!(bar(36), "[> ] 100/300 users, 10/s, 20 s left");
        assert_eq!(bar(35), "[>] 100/300 users, 10/s, 20 s left");
        assert_eq!(bar(34), "100/300 users, 10/s, 20 s left");
        assert_eq!(bar(12), "100/300 use");
        assert_eq!(bar(0), "");
    }

    #[test]
    fn numbers_of_any_size_fit_the_line() {
        assert_eq!(bar(usize::MAX, usize::MAX, Duration::MAX, 10).len(), 9);
        assert_eq!(bar(0, usize::MAX, Duration::MAX, 10).len(), 9);
        assert_eq!(bar(0, 0, Duration::ZERO, 10).len(), 9);
        assert_eq!(time(59), "59 s");
        assert_eq!(time(60), "1:00 min");
        assert_eq!(time(3599), "59:59 min");
        assert_eq!(time(90_000), "25:00 h");
    }
}
