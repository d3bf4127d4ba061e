//! Lines that Apache httpd joins: one that ends in a backslash, and the next one.
//!
//! httpd takes the backslash and the line break away and reads on, whatever the lines are
//! (`ap_cfg_getline_core` in server/util.c of 2.4). A record behind such a line is a part of it, and its user is unknown.
//! Then it looks for a backslash at the end of all that is joined so far, so that behind `\\` one blank line
//! uncovers the other backslash. No other server that is known joins lines.

use std::mem;

use memchr::memchr;

use super::Document;
use super::line::Head;

/// Follows lines, one after the other, and knows whether the next one would be joined.
#[derive(Default)]
pub(crate) struct Joining {
    is_open: bool,
    /// The backslashes and carriage returns at the end of what is joined so far.
    tail: Vec<u8>,
    /// How the last of them ends; `None` if it does not.
    line_end: Option<&'static [u8]>,
}

impl Joining {
    /// Whether httpd would read the next line as a part of those before.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Adds the next line. A last line without a line feed is read as one that has it, because a line that is added
    /// behind it supplies it.
    #[inline]
    pub(crate) fn add(&mut self, line: &[u8]) {
        // Such lines are rare, and a file may have millions of others.
        let ends_in_backslash =
            matches!(line, [.., b'\\'] | [.., b'\\', b'\r' | b'\n'] | [.., b'\\', b'\r', b'\n']);
        if self.is_open || ends_in_backslash {
            self.join(line.strip_suffix(b"\n").unwrap_or(line), line.len());
        }
    }

    /// `text` is the line without its line feed, and `length` is that of the line.
    #[cold]
    fn join(&mut self, text: &[u8], length: usize) {
        let was_open = mem::take(&mut self.is_open);
        // To httpd, a NUL ends the line, and so there is no line feed to join at.
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

    /// Adds as many blank lines as it takes until the next line stands for itself, and gives them. They end as the
    /// line before does, or else in the style of the file.
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
    /// Whether Apache httpd does not see the first record of `user`, because the line before it ends in a backslash:
    /// httpd reads the two as one line. [`set`](Self::set) puts a blank line between.
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

    /// Measured with Apache httpd 2.4.71: with these lines before her record, does alice get in, and if not, how many
    /// blank lines let her in?
    #[test]
    fn lines_are_joined_as_httpd_was_seen_to_join_them() {
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
    fn a_line_without_an_end_gets_that_of_the_file() {
        for (line, blank) in [(&b"# k\\"[..], &b"\r\n"[..]), (b"# k\\\r", b"\r\n"), (b"# k", b"")] {
            let mut joining = Joining::default();
            joining.add(line);
            assert_eq!(joining.close(b"\r\n"), blank, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_line_that_ended_long_ago_has_no_say() {
        let mut joining = Joining::default();
        for line in [&b"a\\\\\n"[..], b"b\n", b"\\\n"] {
            joining.add(line);
        }
        assert_eq!(joining.close(b"\n"), b"\n");
    }
}
