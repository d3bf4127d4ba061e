//! The example registry under load: no login fails while a long password file is edited.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::registry::Registry;
use crate::support::strace::{counted, ours};
use crate::support::users::users;
use crate::support::{BCRYPT, Sandbox};

const EDITS: [&[&str]; 4] = [
    &["-bBC", "4", "passwd", "changing", "one"],
    &["-bs", "passwd", "changing", "two"],
    &["-bBC", "4", "passwd", "coming", "three"],
    &["-D", "passwd", "coming"],
];

#[test]
fn no_login_fails_while_a_long_file_changes() {
    if !ours() {
        return;
    }
    let sandbox = Sandbox::with(format!("first:{BCRYPT}\nchanging:{BCRYPT}\n{}", users(50_000)));
    let Some(registry) = Registry::start(&sandbox, &[]) else { return };
    let stop = AtomicBool::new(false);
    let ask = |user| {
        let (mut client, mut made) = (registry.client(user, "secret"), 0);
        while !stop.load(Ordering::Relaxed) {
            assert_eq!(client.get(), 200, "{user}, after {made} requests: {}", registry.log());
            made += 1;
        }
        made
    };
    let made: [usize; 3] = thread::scope(|scope| {
        let asking = ["first", "u00000", "u49999"].map(|user| scope.spawn(move || ask(user)));
        let editing = scope.spawn(|| {
            for edit in EDITS.iter().cycle().take(80) {
                sandbox.run(*edit).exits(0);
            }
        });
        let edited = editing.join();
        stop.store(true, Ordering::Relaxed);
        edited.unwrap();
        asking.map(|asking| asking.join().unwrap())
    });
    counted(&format!(
        "80 edits, {made:?} requests, {} reloads",
        registry.log().matches("users have changed").count()
    ));
    assert!(made.iter().all(|&made| made > 0) && registry.log().contains("users have changed"));
    sandbox.run(["-bBC", "4", "passwd", "late", "pw"]).exits(0);
    registry.login_becomes("late:pw", 200);
}
