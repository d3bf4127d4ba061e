//! The probe of the client's address: a limited client stays limited, whatever address it claims.

use std::time::{Duration, Instant};

use super::cures::Finding;
use super::probe::{Doctor, basic, random};

const PROBE: &str = "address";

/// The headers with which clients claim addresses. 198.51.100.0/24 is for documentation, so no client has the address.
const CLAIMS: [&str; 4] = [
    "X-Forwarded-For: 198.51.100.7",
    "X-Real-IP: 198.51.100.7",
    "X_Forwarded_For: 198.51.100.7",
    "Forwarded: for=198.51.100.7",
];

/// The number of wrong passwords after which a limit per minute rejects the next one, after this time. At most 3 minutes
/// count, so that the probe ends if there is no limit.
fn permitted(limit: u32, time: Duration) -> u64 {
    let seconds = time.as_secs().min(180);
    u64::from(limit) + 1 + (u64::from(limit) * seconds).div_ceil(60)
}

/// Sends wrong logins of an unknown user until the service limits this client, and then claims other addresses.
pub(super) fn forged(doctor: &mut Doctor) -> Result<(), String> {
    if doctor.failures == 0 {
        doctor.skipped(PROBE, "--failures-per-user is 0");
        return Ok(());
    }
    let user = random();
    let login = || basic(&user, &random());
    let start = Instant::now();
    let (mut last, mut sent) = (doctor.get(&[&login()])?, 1);
    // The service permits further wrong passwords while time passes, so a slow machine needs more of them.
    while last.status() == 401 && sent < permitted(doctor.failures, start.elapsed()) {
        last = doctor.get(&[&login()])?;
        sent += 1;
    }
    match last.status() {
        401 => {
            let text = format!("{sent} wrong passwords are not limited; give --failures-per-user");
            doctor.skipped(PROBE, text);
            return Ok(());
        }
        429 if last.answer.values("retry-after").iter().any(|value| !value.is_empty()) => {
            doctor.ok("limit", "429 with Retry-After after too many wrong passwords");
        }
        429 => doctor.missing("limit", "429 without Retry-After", Finding::NoWait),
        status => {
            let text = format!("{status} in place of 429 after too many wrong passwords");
            doctor.missing("limit", text, Finding::NoStatus);
        }
    }
    let mut believed = Vec::new();
    for claim in CLAIMS {
        if doctor.get(&[&login(), claim])?.status() == 401 {
            believed.push(claim.split(':').next().unwrap_or_default());
        }
    }
    if believed.is_empty() {
        doctor.ok(PROBE, "the client cannot choose its address");
    } else {
        let text = format!("the client chooses its address with {}", believed.join(" or "));
        doctor.missing(PROBE, text, Finding::Address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_run_needs_more_wrong_passwords() {
        for (seconds, expected) in [(0, 11), (1, 12), (6, 12), (7, 13), (60, 21), (10_000, 41)] {
            assert_eq!(permitted(10, Duration::from_secs(seconds)), expected, "{seconds} seconds");
        }
    }
}
