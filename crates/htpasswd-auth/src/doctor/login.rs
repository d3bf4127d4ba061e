//! Probes of the login: only a right login passes, and the challenge reaches the client.

use super::cures::Finding;
use super::probe::{Doctor, Observed, basic, random};

/// Requests without a login, with a wrong login and with another scheme get 401 and one challenge. Returns false if the
/// proxy gets no verdict from the service: the other probes would then report consequences of this.
pub(super) fn without_login(doctor: &mut Doctor) -> Result<bool, String> {
    let observed = doctor.get(&[])?;
    let location = observed.answer.values("location").first().copied().unwrap_or_default().to_owned();
    if observed.status() / 100 == 3 {
        return Err(format!("the page redirects to {location}; give that URL"));
    }
    challenged(doctor, "no-login", &observed);
    if observed.status() != 401 && !observed.is_let_in() {
        doctor.skipped("other probes", "they need a proxy that asks the service");
        return Ok(false);
    }
    let wrong = basic(&random(), &random());
    let observed = doctor.get(&[&wrong])?;
    if observed.status() == 429 {
        return Err("this address has sent too many wrong passwords; try again in a minute".to_owned());
    }
    challenged(doctor, "wrong-login", &observed);
    let observed = doctor.get(&["Authorization: Bearer c2VjcmV0"])?;
    challenged(doctor, "bearer", &observed);
    Ok(true)
}

fn challenged(doctor: &mut Doctor, probe: &'static str, observed: &Observed) {
    let status = observed.status();
    let challenges = observed.answer.values("www-authenticate");
    let is_basic = |value: &&&str| value.to_ascii_lowercase().starts_with("basic ");
    let count = challenges.iter().filter(is_basic).count();
    if observed.is_let_in() {
        return doctor.missing(probe, format!("the request passes, with the status {status}"), Finding::Open);
    }
    match status {
        401 if count == 1 => doctor.ok(probe, "401 with one challenge"),
        401 => doctor.missing(probe, format!("401 with {count} challenges"), Finding::NoChallenge),
        403 => doctor.missing(probe, "403 in place of 401", Finding::ProxyRefused),
        500..=599 => doctor.missing(probe, format!("{status} in place of 401"), Finding::NoService),
        _ => doctor.missing(probe, format!("{status} in place of 401"), Finding::Open),
    }
}

/// No method passes without a login. These methods change nothing, even in an application that is open.
pub(super) fn safe_methods(doctor: &mut Doctor) -> Result<(), String> {
    methods(doctor, "methods", &["HEAD", "OPTIONS", "PROPFIND"])
}

/// No other method passes without a login. The doctor must be the application: another one could change its data.
pub(super) fn unsafe_methods(doctor: &mut Doctor) -> Result<(), String> {
    methods(doctor, "unsafe-methods", &["POST", "PUT", "DELETE", "PATCH"])
}

fn methods(doctor: &mut Doctor, probe: &'static str, methods: &[&'static str]) -> Result<(), String> {
    let path = doctor.target.path.clone();
    let mut open = Vec::new();
    for method in methods {
        if doctor.send(method, &path, &["Content-Length: 0"])?.is_let_in() {
            open.push(*method);
        }
    }
    let text = format!("{} need a login", methods.join(", "));
    report_open(doctor, probe, &open, &text);
    Ok(())
}

/// No spelling of a path passes without a login.
pub(super) fn paths(doctor: &mut Doctor) {
    let folder = doctor.target.folder().to_owned();
    let paths = [
        format!("{folder}/a/../b"),
        format!("{folder}/a/%2e%2e/b"),
        format!("{folder}/a%2f..%2fb"),
        format!("{folder}/a/..;/b"),
        format!("{folder}//"),
        format!("/{folder}/a"),
        format!("{folder}/%2f"),
        format!("{folder}/./a"),
        format!("{folder}/a?b=/../"),
        format!("{folder}/a%00"),
    ];
    let mut open = Vec::new();
    for path in &paths {
        // Some proxies close the connection.
        let is_open = doctor.try_send("GET", path, &[]).is_ok_and(|observed| observed.is_let_in());
        if is_open {
            open.push(path.as_str());
        }
    }
    report_open(doctor, "paths", &open, "each spelling of a path needs a login");
}

fn report_open(doctor: &mut Doctor, probe: &'static str, open: &[&str], text: &str) {
    if open.is_empty() {
        doctor.ok(probe, text);
    } else {
        doctor.missing(probe, format!("these pass without a login: {}", open.join(", ")), Finding::Open);
    }
}

/// Reports who answers preflights.
pub(super) fn preflight(doctor: &mut Doctor) -> Result<(), String> {
    let path = doctor.target.path.clone();
    let lines = ["Origin: https://doctor.example", "Access-Control-Request-Method: PUT"];
    let observed = doctor.send("OPTIONS", &path, &lines)?;
    let status = observed.status();
    if observed.seen.is_some() {
        doctor.note("preflight", "preflights of all origins reach the application without a login", None);
    } else if observed.answer.values("access-control-allow-origin").iter().any(|value| !value.is_empty()) {
        doctor.note("preflight", "the proxy allows preflights of all origins", None);
    } else {
        doctor.ok("preflight", format!("a preflight of another origin gets {status}"));
    }
    Ok(())
}

/// The login of the administrator passes. Returns true if the probes of the application's headers can follow.
pub(super) fn with_login(doctor: &mut Doctor) -> Result<bool, String> {
    let Some((user, password)) = doctor.login.clone() else {
        doctor.skipped("login", "needs --user and --password-file");
        return Ok(false);
    };
    let observed = doctor.get(&[&basic(&user, &password)])?;
    match observed.status() {
        401 => return Err(format!("the login of {user} is wrong; check --user and --password-file")),
        403 => return Err(format!("{user} may not use the page; name a user who may")),
        429 | 500.. => {
            return Err(format!("the login of {user} gets {}; try again in a minute", observed.status()));
        }
        status => doctor.ok("login", format!("the login of {user} passes, with the status {status}")),
    }
    if !doctor.sees_requests() {
        doctor.skipped("identity", "needs --echo-listen, to see the headers that the application gets");
        return Ok(false);
    }
    if observed.seen.is_none() {
        return Err("the request did not come to --echo-listen; let the proxy send the page there".to_owned());
    }
    Ok(true)
}

/// Nothing passes while the service is stopped.
pub(super) fn stopped(doctor: &mut Doctor) -> Result<(), String> {
    let login = doctor.login.clone().unwrap_or_else(|| (random(), random()));
    let probes = [("no-login", None), ("login", Some(basic(&login.0, &login.1)))];
    for (probe, login) in probes {
        let lines: Vec<_> = login.iter().map(String::as_str).collect();
        let observed = doctor.get(&lines)?;
        let status = observed.status();
        if observed.is_let_in() {
            doctor.missing(
                probe,
                format!("the request passes, with the status {status}"),
                Finding::FailsOpen,
            );
        } else if status == 401 {
            return Err("the service answers; stop it for this check".to_owned());
        } else {
            doctor.ok(probe, format!("{status}, and the request does not pass"));
        }
    }
    Ok(())
}
