//! The usual metrics of a process, from `/proc/self`. A value that cannot be read is left out.

use std::fs;

use super::text::Text;

/// The number of clock ticks in a second, in which Linux reports times to programs on all its architectures.
const TICKS: f64 = 100.0;
const PAGE: u64 = 4_096;

pub(super) fn write(text: &mut Text) {
    // The name of the program is in parentheses and can contain blanks.
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let field = |number: usize| fields.get(number)?.parse::<u64>().ok();
    if let (Some(user), Some(system)) = (field(11), field(12)) {
        #[allow(clippy::cast_precision_loss, reason = "the precision is far below a tick")]
        let seconds = (user + system) as f64 / TICKS;
        text.process("process_cpu_seconds_total", "counter", "Time on a processor.", seconds);
    }
    if let Some(pages) = field(21) {
        text.process("process_resident_memory_bytes", "gauge", "Resident memory.", pages * PAGE);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        text.process("process_open_fds", "gauge", "Open file descriptors.", open.count());
    }
}
