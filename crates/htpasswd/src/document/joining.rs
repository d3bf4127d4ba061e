//! Detects lines that Apache httpd joins: a line that ends with a backslash, and the next line.
//!
//! Example: httpd reads `# staff \⏎bob:x⏎` as the comment `# staff bob:x`, so bob cannot log in. httpd removes the
//! backslash and the newline, and appends the next line, for all kinds of lines (`ap_cfg_getline_core` in server/util.c
//! of 2.4). Then it checks the joined text again for a backslash at its end. After a line that ends with `\\`, two
//! blank lines are therefore needed, one for each backslash.
//!
//! No other known server joins lines. This module must follow the behaviour that the tests measured with httpd.

use std::mem;

use memchr::memchr;

use super::Document;
use super::line::Head;

/// The state of joining after some lines: open if httpd would join the next line.
#[derive(Default)]
pub(crate) struct Joining {
    is_open: bool,
    /// The backslashes and carriage returns at the end of the joined text.
    tail: Vec<u8>,
    /// The newline of the last joined line; `None` if it has none.
    line_end: Option<&'static [u8]>,
}

impl Joining {
    /// Returns true if httpd would join the next line with the lines before it.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Adds the next line. A last line without a newline counts as complete, because a new record after it adds the
    /// newline.
    #[inline]
    pub(crate) fn add(&mut self, line: &[u8]) {
        // Such lines are rare, so the check of all other lines must be fast.
        let ends_in_backslash =
            matches!(line, [.., b'\\'] | [.., b'\\', b'\r' | b'\n'] | [.., b'\\', b'\r', b'\n']);
        if self.is_open || ends_in_backslash {
            self.join(line.strip_suffix(b"\n").unwrap_or(line), line.len());
        }
    }

    /// Adds a line that is joined or ends with a backslash. `text` is the line without its newline, and `length` is the
    /// length with it.
    #[cold]
    fn join(&mut self, text: &[u8], length: usize) {
        let was_open = mem::take(&mut self.is_open);
        // httpd reads the line only up to a NUL. It finds no newline there, so it joins no line.
        if memchr(0, text).is_some() {
            return;
        }
        let is_of_tail = |byte: &u8| matches!(byte, b'\\' | b'\r');
        let start = text.iter().rposition(|byte| !is_of_tail(byte)).map_or(0, |last| last + 1);
        if start > 0 || !was_open {
            self.tail.clear();
        }
        self.tail.extend_from_slice(&text[start..]);
        self.tail.pop_if(|byte| *byte == b'\r');
        self.is_open = self.tail.pop_if(|byte| *byte == b'\\').is_some();
        self.line_end = match (text.last(), text.len() < length) {
            (Some(b'\r'), _) => Some(b"\r\n"),
            (_, true) => Some(b"\n"),
            _ => None,
        };
    }

    /// Adds blank lines until httpd would not join the next line, and returns them. Each blank line has the newline of
    /// the line before it, or `style` if that line has no newline.
    pub(crate) fn close(&mut self, style: &'static [u8]) -> Vec<u8> {
        let line_end = self.line_end.unwrap_or(style);
        let mut lines = Vec::new();
        while self.is_open {
            lines.extend_from_slice(line_end);
            self.add(line_end);
        }
        lines
    }
}

impl Document {
    /// Returns true if Apache httpd does not see the first record of `user`, because it joins the record with a line
    /// before it that ends with a backslash. [`set`](Self::set) adds a blank line between the two.
    ///
    /// ```
    /// let document = htpasswd::Document::parse("# staff \\\nbob:x\ncarol:y\n");
    /// assert!(document.is_joined("bob") && !document.is_joined("carol"));
    /// ```
    #[must_use]
    pub fn is_joined(&self, user: impl AsRef<[u8]>) -> bool {
        let user = user.as_ref();
        let mut joining = Joining::default();
        for line in self.lines() {
            if matches!(line.head(), Head::Record { user: other } if other == user) {
                return joining.is_open();
            }
            joining.add(line.bytes);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of blank lines were measured with Apache httpd 2.4.71: so many blank lines are needed between these
    /// lines and alice's record, so that alice can log in.
    #[test]
    fn lines_are_joined_as_measured_with_httpd() {
        for (lines, missing) in [
            (&b""[..], 0),
            (b"# k\n", 0),
            (b"# k\\\n", 1),
            (b"# k\\\n\n", 0),
            (b"# k\\\n \n", 0),
            (b"# k\\ \n", 0),
            (b"# k\\\\\n", 2),
            (b"# k\\\\\n\n", 1),
            (b"# k\\\\\n\n\n", 0),
            (b"# k\\\\\n#\n", 0),
            (b"# k\\\\\\\n\n\n", 1),
            (b"# k\\\r\n", 1),
            (b"# k\\\r\n\r\n", 0),
            (b"# k\\\r\r\n", 0),
            (b"# k\\\\\r\n\r\n", 1),
            (b"# k\\\r\\\n\n", 1),
            (b"# k\\\r\\\n\n\n", 0),
            (b"# k\\\n\\\n\n", 0),
            (b"# k\\\\\n\\\n\n", 1),
            (b"# \0k\\\n", 0),
            (b"# k\\\0\n", 0),
        ] {
            let mut joining = Joining::default();
            lines.split_inclusive(|&byte| byte == b'\n').for_each(|line| joining.add(line));
            assert_eq!(joining.is_open(), missing > 0, "{}", lines.escape_ascii());
            let line_end: &[u8] = if lines.ends_with(b"\r\n") { b"\r\n" } else { b"\n" };
            assert_eq!(joining.close(b"?"), line_end.repeat(missing), "{}", lines.escape_ascii());
            assert!(!joining.is_open());
        }
    }

    #[test]
    fn blank_lines_have_the_newline_of_the_line_before() {
        for (line, blank) in [(&b"# k\\"[..], &b"\r\n"[..]), (b"# k\\\r", b"\r\n"), (b"# k", b"")] {
            let mut joining = Joining::default();
            joining.add(line);
            assert_eq!(joining.close(b"\r\n"), blank, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_line_without_backslash_ends_the_joined_text() {
        let mut joining = Joining::default();
        for line in [&b"a\\\\\n"[..], b"b\n", b"\\\n"] {
            joining.add(line);
        }
        assert_eq!(joining.close(b"\n"), b"\n");
    }
}
