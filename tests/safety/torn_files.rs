//! Tests of a torn file whose times show that another program wrote to it after the kill. The program must not
//! change such a file.
//!
//! A test cannot tear a file as a power cut does: when the test writes, the file's times change, which makes this
//! write a later edit. The tests of the library make torn files with the times of the killed write, on a model of a
//! disk.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;

use crate::support::companions::{journal_of, quarantined};
use crate::support::strace::{can_trace, counted, full, with_rules};
use crate::support::users::{OTHER, list, set, users};
use crate::support::{Exit, SHA1, SHA512_CRYPT, Sandbox};

/// A write that the test kills after it has written the journal and before it changes the file.
struct Write {
    arguments: &'static [&'static str],
    before: String,
    after: String,
}

const DELETE: &[&str] = &["-D", "passwd", "u00001"];
const IMPORT: &[&str] = &["--import", "--hashed", "passwd"];

impl Write {
    fn killed(&self) -> Sandbox {
        let sandbox = Sandbox::with(&self.before);
        let call = sandbox.call(self.arguments).stdin(list([("u00001", SHA512_CRYPT)]));
        let run = with_rules(call, &["inject=pwrite64:signal=KILL:when=1"]).run();
        assert_eq!(run.exit, Exit::Signal(9), "{run}");
        assert_eq!(sandbox.names(), [&*journal_of("passwd"), "passwd"], "no journal");
        assert_eq!(sandbox.text("passwd"), self.before);
        sandbox
    }

    /// The offset of the first new byte, and the new bytes. Newlines pad them to the length of the old bytes.
    fn new_bytes(&self) -> (usize, Vec<u8>) {
        let (old, new) = (self.before.as_bytes(), self.after.as_bytes());
        let offset = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let mut bytes = new[offset..].to_vec();
        bytes.resize(bytes.len().max(old.len() - offset), b'\n');
        (offset, bytes)
    }

    /// Fails if a run changes the file after `tear` has written to it, or does not quarantine the journal.
    #[track_caller]
    fn is_not_changed(&self, what: &str, tear: impl Fn(&File)) {
        let sandbox = self.killed();
        tear(&OpenOptions::new().write(true).open(sandbox.path("passwd")).unwrap());
        let torn = sandbox.text("passwd");
        let run = sandbox.run(["-vb", "passwd", "u00000", "secret"]);
        let what = format!("{:?}, {what}", self.arguments);
        let kept = quarantined(1, "passwd");
        if torn.strip_prefix(&self.after).is_some_and(|padding| padding.trim_matches('\n').is_empty()) {
            // The write is complete except for newlines at the end, which recovery may always cut off.
            assert_eq!(sandbox.text("passwd"), self.after, "{what}\n{run}");
            assert_eq!(sandbox.names(), ["passwd"], "{what}\n{run}");
            return;
        }
        assert_eq!(sandbox.text("passwd"), torn, "{what}\n{run}");
        if torn == self.before {
            // The file looks like one whose write has not begun.
            assert_eq!(sandbox.names(), ["passwd"], "{what}\n{run}");
        } else {
            assert_eq!(sandbox.names(), [&*kept, "passwd"], "{what}\n{run}");
            assert!(run.warnings().concat().contains(&kept), "{what}: not reported\n{run}");
        }
        // The next run has nothing to recover. The next run would fail because of a torn line, so the test ends here.
        if torn.lines().any(|line| !line.is_empty() && !line.contains(':')) {
            return;
        }
        let names = sandbox.names();
        sandbox.run(["-bs", "passwd", "next", "other"]).exits(0);
        let newline = if torn.ends_with('\n') { "" } else { "\n" };
        assert_eq!(sandbox.text("passwd"), set(&format!("{torn}{newline}"), "next", OTHER), "{what}");
        assert_eq!(sandbox.names(), names, "{what}");
    }
}

#[test]
fn a_file_that_another_program_tore_is_not_changed() {
    if !can_trace() {
        return;
    }
    let step = if full() { 1 } else { 23 };
    let mut states = 0;
    let five = users(5);
    for (arguments, after) in [
        (&["-bs", "passwd", "u00001", "other"][..], set(&five, "u00001", OTHER)),
        (&["-bs", "passwd", "new", "other"], set(&five, "new", OTHER)),
        (DELETE, five.replace(&format!("u00001:{SHA1}\n"), "")),
        (&["-cbs", "passwd", "only", "other"], format!("only:{OTHER}\n")),
        (IMPORT, set(&five, "u00001", SHA512_CRYPT)),
    ] {
        let write = Write { arguments, before: five.clone(), after };
        let (offset, new) = write.new_bytes();
        for count in (1..new.len()).step_by(step).chain([new.len()]) {
            write.is_not_changed(&format!("{count} bytes"), |file| {
                file.write_all_at(&new[..count], offset as u64).unwrap();
            });
            states += 1;
        }
    }
    counted(&format!("{states} torn states"));
}

const PAGE: usize = 4096;

#[test]
fn pages_that_another_program_wrote_are_not_changed() {
    if !can_trace() {
        return;
    }
    let many = users(400);
    let mut states = 0;
    for (arguments, after) in [
        (DELETE, many.replace(&format!("u00001:{SHA1}\n"), "")),
        (IMPORT, set(&many, "u00001", SHA512_CRYPT)),
    ] {
        let write = Write { arguments, before: many.clone(), after };
        let (offset, new) = write.new_bytes();
        for subset in 1..(1_u32 << 4) {
            write.is_not_changed(&format!("pages {subset:b}"), |file| {
                for page in (0..4).filter(|page| subset >> page & 1 == 1) {
                    let start = (page * PAGE).max(offset);
                    let end = ((page + 1) * PAGE).min(offset + new.len());
                    file.write_all_at(&new[start - offset..end - offset], start as u64).unwrap();
                }
            });
            states += 1;
        }
    }
    counted(&format!("{states} torn states"));
}
