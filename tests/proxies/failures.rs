//! The promises of every recipe for limits, overload, and a service that does not work.

use std::time::Instant;

use crate::page::insert_after;
use crate::recipe::Recipe;
use crate::service::Answer;
use crate::site::{Site, get};

/// A hash with bcrypt of cost 12, which takes a large part of a second.
pub(crate) const SLOW: &str = "$2y$12$abcdefghijklmnopqrstuuNrGrgnC/Gmkt0YbhqjYpjJgCDy5Gv1G";

#[track_caller]
fn assert_wait(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.head);
    let waits = answer.values("retry-after");
    assert!(waits.len() == 1 && waits[0].parse::<u64>().unwrap() > 0, "{}", answer.head);
}

/// A client with too many failures gets 429, and later clients of the same address get their pages.
pub(crate) fn limited_clients_get_429(proxy: Recipe) {
    let Some(site) = Site::start(proxy) else { return };
    for guess in 0..10 {
        assert_eq!(site.login("alice", &format!("guess {guess}")), 401);
    }
    assert_wait(&site.refused(get("/").login("alice", "secret")), 429);
    site.passed(get("/").login("carol", "secret"));
}

/// A login that waits too long gets 503, and through Envoy 429.
pub(crate) fn overloads_reach_the_client(proxy: Recipe) {
    let service = insert_after(&proxy.service(), "listen =", "threads = 1\nqueue-timeout = 0.05");
    let Some(mut site) = Site::with(proxy, &proxy.configuration(), &service) else { return };
    let users: Vec<_> = (0..6).map(|number| format!("user{number}")).collect();
    let file = users.iter().map(|user| format!("{user}:{SLOW}")).collect::<Vec<_>>().join("\n");
    site.service.folder().write("htpasswd", file);
    site.service.wait_for_log("users=6");
    let site = &site;
    let before = site.application.requests();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let login = |user| scope.spawn(move || site.send(get("/").login(user, "wrong")));
        let threads: Vec<_> = users.iter().map(|user| login(user.as_str())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let busy: Vec<_> = answers.iter().filter(|answer| answer.status != 401).collect();
    assert!(!busy.is_empty(), "{answers:?}");
    for answer in busy {
        assert_wait(answer, if proxy == Recipe::Envoy { 429 } else { 503 });
    }
    assert_eq!(site.application.requests(), before);
}

/// No request passes while the service is stopped or hangs, and requests pass again afterwards. While the service hangs,
/// the proxy answers after the time that its page promises.
pub(crate) fn a_broken_service_lets_no_request_in(proxy: Recipe, stopped: &[u16], hangs: &[u16]) {
    let Some(site) = Site::start(proxy) else { return };
    let promised = proxy.seconds_of_hanging_service();
    let login = || get("/").login("alice", "secret");
    site.passed(login());
    let before = site.application.requests();
    site.service.signal("STOP");
    // The signal arrives some time after the command that sends it has ended.
    let (answer, waited) = loop {
        let start = Instant::now();
        let answer = site.send(get("/"));
        if answer.status != 401 {
            break (answer, start.elapsed().as_secs_f64());
        }
    };
    assert!(hangs.contains(&answer.status), "{}", answer.head);
    // A busy machine answers later.
    assert!((promised - 1.0..promised + 10.0).contains(&waited), "{waited} seconds in place of {promised}");
    // Traefik waits 30 seconds for each answer.
    if proxy != Recipe::Traefik {
        let answer = site.refused(login());
        assert!(hangs.contains(&answer.status), "{}", answer.head);
    }
    assert_eq!(site.application.requests(), before);
    site.service.signal("CONT");
    site.passed(login());
    site.service.signal("KILL");
    for request in [get("/"), login(), get("/").header("Remote-User: alice")] {
        let answer = site.refused(request);
        assert!(stopped.contains(&answer.status), "{}", answer.head);
    }
}
