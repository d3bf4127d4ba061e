//! `htpasswd-auth doctor URL`: sends requests through the administrator's own proxy, and names the line of the recipe
//! that is missing.
//!
//! [`main`] reads its options, runs the probes and prints a report. The doctor knows answers only. With `--echo-listen`,
//! it also takes the place of the application, and sees the requests that the proxy lets through. It never prints a
//! password.

mod address;
mod args;
mod client;
mod cures;
mod echo;
mod identity;
mod login;
mod probe;
mod report;
mod target;
mod tls;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::args::Exit;
use self::probe::Doctor;

/// The exit code if the probes could not run.
const ERROR: u8 = 2;

/// Returns true if the command line asks for the doctor.
pub(crate) fn is_asked(mut words: impl Iterator<Item = OsString>) -> bool {
    words.nth(1).is_some_and(|word| word == "doctor")
}

/// Runs the doctor with the words of the command line after the name of the program.
pub(crate) fn main(words: impl Iterator<Item = OsString>) -> ExitCode {
    match run(words) {
        Ok(code) => code,
        Err(Exit::Text(text)) => {
            // The reader may have closed the pipe.
            let _ = write!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(Exit::Error(sentence)) => {
            let _ = writeln!(io::stderr(), "htpasswd-auth doctor: {}", sentence.replace('\n', " "));
            ExitCode::from(ERROR)
        }
    }
}

fn run(words: impl Iterator<Item = OsString>) -> Result<ExitCode, Exit> {
    let args = args::parse(words)?;
    let mut doctor = Doctor::new(&args).map_err(Exit::Error)?;
    let run = if args.service_stopped { login::stopped(&mut doctor) } else { healthy(&mut doctor) };
    run.map_err(Exit::Error)?;
    let report = report::Report::new(&args.url, doctor.proxy(), doctor.outcomes);
    let text = if args.json { report.json() } else { report.text() };
    let _ = writeln!(io::stdout(), "{text}");
    Ok(ExitCode::from(u8::from(report.missing > 0)))
}

/// The probes for a service that runs.
fn healthy(doctor: &mut Doctor) -> Result<(), String> {
    if !login::without_login(doctor)? {
        return Ok(());
    }
    login::safe_methods(doctor)?;
    login::paths(doctor);
    login::preflight(doctor)?;
    identity::without_login(doctor)?;
    if login::with_login(doctor)? {
        login::unsafe_methods(doctor)?;
        identity::with_login(doctor)?;
    }
    address::forged(doctor)
}
