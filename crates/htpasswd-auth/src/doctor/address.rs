//! The probe of the client's address: a limited client stays limited, whatever address it claims.

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

/// Sends wrong logins of an unknown user until the service limits this client, and then claims other addresses.
pub(super) fn forged(doctor: &mut Doctor) -> Result<(), String> {
    if doctor.failures == 0 {
        doctor.skipped(PROBE, "--failures-per-user is 0");
        return Ok(());
    }
    let user = random();
    let login = || basic(&user, &random());
    let mut last = doctor.get(&[&login()])?;
    for _ in 0..doctor.failures {
        if last.status() != 401 {
            break;
        }
        last = doctor.get(&[&login()])?;
    }
    match last.status() {
        401 => {
            let text =
                format!("{} wrong passwords are not limited; give --failures-per-user", doctor.failures + 1);
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
