//! `scan`: a file that is read in pieces has the same lines as a document, and long lines have a limit.

use std::ops::ControlFlow;

use super::*;

/// A reader that returns at most this number of bytes per call.
struct Slow<'a>(&'a [u8], usize);

impl std::io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

#[test]
fn a_file_read_in_pieces_has_the_same_lines() {
    let long = [b"long:".as_slice(), &b"x".repeat(700_000), b"\nend"].concat();
    for file in [&b""[..], b"\xef\xbb\xbf", b"\xef\xbb\xbfa:1\n", b"a:1\n\nb:2\r\n#c\nd", b"\n\n", &long] {
        for step in [1, 2, 3, 1000, 1_000_000] {
            let mut lines = Vec::new();
            let length = scan(&mut Slow(file, step), usize::MAX, |line| {
                lines.push((line.number(), line.start, line.bytes().to_vec()));
                ControlFlow::Continue(())
            });
            assert_eq!(length.unwrap(), file.len());
            let document = Document::parse(file);
            let whole: Vec<_> =
                document.lines().map(|line| (line.number(), line.start, line.bytes().to_vec())).collect();
            assert!(lines == whole, "{} bytes, {step} at a time", file.len());
            if file.len() > 1000 && step < 1000 {
                break;
            }
        }
    }
}

#[test]
fn a_line_longer_than_the_limit_is_an_error() {
    for limit in [300_000, 524_288, 700_000] {
        for (length, fits) in [(limit, true), (limit + 1, false), (4 * limit, false)] {
            // The newline does not count for the limit.
            for end in ["\n", ""] {
                let line = [b"a:1\nlong:".as_slice(), &vec![b'x'; length - 5], end.as_bytes()].concat();
                let mut seen = 0;
                let result = scan(&mut Slow(&line, 100_000), limit, |_| {
                    seen += 1;
                    ControlFlow::Continue(())
                });
                match result {
                    Ok(length) => assert!(fits && (length, seen) == (line.len(), 2), "{limit} {length}"),
                    Err(error) => {
                        assert_eq!((fits, seen, error.kind()), (false, 1, std::io::ErrorKind::FileTooLarge));
                    }
                }
            }
        }
    }
}

/// A reader that is interrupted once, and then fails with a time-out.
struct Failing(bool);

impl std::io::Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        let kind = if self.0 { std::io::ErrorKind::TimedOut } else { std::io::ErrorKind::Interrupted };
        self.0 = true;
        Err(kind.into())
    }
}

#[test]
fn an_interrupted_read_is_repeated_and_a_failed_one_fails() {
    let result = scan(&mut Failing(false), usize::MAX, |_| ControlFlow::Continue(()));
    assert_eq!(result.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
}
