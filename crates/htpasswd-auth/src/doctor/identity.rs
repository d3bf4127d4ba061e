//! Probes of the identity headers: the application gets those of the service, and none of the client.

use super::args;
use super::cures::Finding;
use super::echo::Lines;
use super::probe::{Doctor, basic, random};

/// The names that an application could read as the name of an identity header.
const USER: [&str; 5] = ["Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "Remote.User"];
const GROUPS: [&str; 5] =
    ["Remote-Groups", "remote-groups", "REMOTE-GROUPS", "Remote_Groups", "Remote.Groups"];

/// Forged headers open no page without a login.
pub(super) fn without_login(doctor: &mut Doctor) -> Result<(), String> {
    let mut open = Vec::new();
    for name in USER {
        if doctor.get(&[&format!("{name}: admin")])?.is_let_in() {
            open.push(name);
        }
    }
    if open.is_empty() {
        doctor.ok("forged-login", "a Remote-User of the client opens no page");
    } else {
        let text = format!("a client that sends {} passes", open.join(" or "));
        doctor.missing("forged-login", text, Finding::Open);
    }
    Ok(())
}

/// The probes with the login of the administrator, and with the requests that the application gets.
pub(super) fn with_login(doctor: &mut Doctor) -> Result<(), String> {
    let Some((user, password)) = doctor.login.clone() else { return Ok(()) };
    let login = basic(&user, &password);
    let seen = doctor.get(&[&login])?.seen.unwrap_or_default();
    let users = values(&seen, "remote-user");
    match users.as_slice() {
        [name] if *name == encoded(&user) => {
            doctor.ok("identity", format!("the application gets Remote-User: {name}"));
        }
        [] => doctor.missing("identity", "the application gets no Remote-User", Finding::NoUser),
        other => {
            let text = format!("the application gets Remote-User: {}", other.join(", "));
            doctor.missing("identity", text, Finding::Forged);
        }
    }
    groups(doctor, &values(&seen, "remote-groups"));
    forged(doctor, &login)?;
    connection(doctor, &login, !users.is_empty())?;
    if values(&seen, "authorization").is_empty() {
        doctor.ok("password", "the application does not get the password");
    } else {
        doctor.note("password", "the application gets the password", Some(Finding::Password));
    }
    Ok(())
}

/// The application gets the groups of the user. Only the administrator knows whether a user without groups has groups.
fn groups(doctor: &mut Doctor, values: &[String]) {
    const PROBE: &str = "groups";
    let found = values.join(", ");
    let is_right = doctor.groups.as_ref().map(|expected| args::groups(&values.join(",")) == *expected);
    match (values, is_right) {
        ([_, _, ..], _) => {
            doctor.missing(PROBE, format!("the application gets Remote-Groups: {found}"), Finding::Forged);
        }
        (_, Some(true)) | ([_], None) if !found.is_empty() => {
            doctor.ok(PROBE, format!("the application gets Remote-Groups: {found}"));
        }
        (_, Some(true)) => doctor.ok(PROBE, "the application gets no Remote-Groups, as --groups says"),
        (_, Some(false)) if found.is_empty() => {
            doctor.missing(PROBE, "the application gets no Remote-Groups", Finding::NoGroups);
        }
        (_, Some(false)) => {
            let text = format!("the application gets Remote-Groups: {found}, and --groups names others");
            doctor.missing(PROBE, text, Finding::Forged);
        }
        (_, None) => {
            doctor.skipped(
                PROBE,
                "the application gets no Remote-Groups; if the user has groups, give --groups",
            );
        }
    }
}

/// The application gets no forged value, in no spelling of the name.
fn forged(doctor: &mut Doctor, login: &str) -> Result<(), String> {
    for (probe, names) in [("forged-user", USER), ("forged-groups", GROUPS)] {
        let value = format!("forged{}", &random()[..8]);
        let (mut plain, mut alias) = (Vec::new(), Vec::new());
        for name in names {
            let line = format!("{name}: {value}");
            // The second request has the line twice.
            for lines in [&[login, &line][..], &[login, &line, &line]] {
                let seen = doctor.get(lines)?.seen.unwrap_or_default();
                if seen.iter().any(|(_, own)| own.contains(&value)) {
                    if name.contains(['_', '.']) { &mut alias } else { &mut plain }.push(name);
                    break;
                }
            }
        }
        for (found, finding) in [(&plain, Finding::Forged), (&alias, Finding::Alias)] {
            if !found.is_empty() {
                let text = format!("the application gets {} of the client", found.join(", "));
                doctor.missing(probe, text, finding);
            }
        }
        if plain.is_empty() && alias.is_empty() {
            doctor.ok(probe, format!("the application gets no {} of the client", names[0]));
        }
    }
    Ok(())
}

/// The client removes no identity header with `Connection`.
fn connection(doctor: &mut Doctor, login: &str, has_user: bool) -> Result<(), String> {
    const PROBE: &str = "connection";
    if !has_user {
        doctor.skipped(PROBE, "the application gets no Remote-User");
        return Ok(());
    }
    let observed = doctor.get(&[login, "Connection: close, Remote-User, Remote-Groups"])?;
    let status = observed.status();
    let Some(seen) = observed.seen else {
        doctor.ok(PROBE, format!("a Connection header that names Remote-User gets {status}"));
        return Ok(());
    };
    let names_it = |value: &String| value.to_ascii_lowercase().contains("remote-user");
    if values(&seen, "remote-user").is_empty() {
        let text = "a client removes its Remote-User with 'Connection: Remote-User'";
        doctor.missing(PROBE, text, Finding::Connection);
    } else if values(&seen, "connection").iter().any(names_it) {
        let text = "the application gets 'Connection: Remote-User', and can remove Remote-User";
        doctor.missing(PROBE, text, Finding::Connection);
    } else {
        doctor.ok(PROBE, "a Connection header removes no Remote-User");
    }
    Ok(())
}

/// The values of all headers that an application could read as this name.
fn values(lines: &Lines, name: &str) -> Vec<String> {
    let is_it =
        |own: &str| own.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-") == name;
    lines.iter().filter(|(own, _)| is_it(own)).map(|(_, value)| value.clone()).collect()
}

/// The user name as the service writes it.
fn encoded(user: &str) -> String {
    crate::encode::user(user).to_str().unwrap_or_default().to_owned()
}
