//! A file that looks half written is not believed at once.

use super::*;

#[test]
fn an_emptied_file_is_not_believed_at_once() {
    for emptied in ["", "\n\n", "# nobody\n", "alice:*\n", "not this file\n"] {
        let setup = Setup::new("alice bob");
        fs::write(setup.path(), emptied).unwrap();
        setup.keeps("alice bob", "no users any more");
        setup.keeps("alice bob", "no users any more");
        fs::write(setup.path(), text("carol")).unwrap();
        setup.finds("carol");
    }
}

#[test]
fn an_emptied_file_is_believed_when_it_stays_so() {
    let settle = Duration::from_millis(300);
    let setup = Setup::settling("alice", settle);
    fs::write(setup.path(), "").unwrap();
    let emptied = Instant::now();
    setup.keeps("alice", "no users any more");
    while !setup.users.reload_if_changed().unwrap_or(false) {
        assert!(emptied.elapsed() < 20 * settle);
        thread::sleep(settle / 20);
    }
    assert!(emptied.elapsed() >= settle);
    assert!(setup.users.last_error().is_none());
    assert!(setup.users.current().is_empty());
    fs::write(setup.path(), text("alice")).unwrap();
    setup.finds("alice");
}

#[test]
fn a_file_that_goes_on_changing_is_not_believed() {
    let settle = Duration::from_millis(300);
    let setup = Setup::settling("alice", settle);
    let begun = Instant::now();
    let mut comments = String::new();
    while begun.elapsed() < 2 * settle {
        comments.push_str("# still writing\n");
        fs::write(setup.path(), &comments).unwrap();
        let result = setup.users.reload_if_changed();
        assert!(result.is_err(), "{result:?}");
        thread::sleep(settle / 30);
    }
    setup.has("alice");
}

#[test]
fn another_doubtful_file_is_doubted_anew() {
    let settle = Duration::from_millis(50);
    let setup = Setup::settling("alice", settle);
    for doubtful in ["", "bob:$2y$", "", "bob:$2y$10$", "# nobody"] {
        let other = setup.beside("other");
        fs::write(&other, doubtful).unwrap();
        fs::rename(&other, setup.path()).unwrap();
        assert!(setup.users.reload_if_changed().is_err(), "{doubtful}");
        // Whatever was doubted before: not this.
        thread::sleep(settle);
    }
    setup.has("alice");
}

#[test]
fn an_emptied_file_is_taken_when_asked_to() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), "").unwrap();
    setup.keeps("alice", "no users any more");
    assert!(setup.users.reload().unwrap());
    assert!(setup.users.current().is_empty());
    assert!(setup.users.last_error().is_none());
    assert!(!setup.users.reload_if_changed().unwrap());
}

#[test]
fn a_rewrite_from_the_start_hides_nobody_unless_it_stops_between_lines() {
    let setup = Setup::new("alice bob carol");
    let whole = text("alice bob carol dave");
    let mut file = File::create(setup.path()).unwrap();
    setup.keeps("alice bob carol", "no users any more");
    for piece in whole.as_bytes().chunks(17) {
        file.write_all(piece).unwrap();
        let at = usize::try_from(file.metadata().unwrap().len()).unwrap();
        if at < whole.len() {
            assert!(!whole[..at].ends_with('\n'), "the pieces of this test end within lines");
            setup.keeps("alice bob carol", "");
        }
    }
    setup.finds("alice bob carol dave");
}

#[test]
fn a_last_line_that_was_always_bad_is_no_reason_to_wait() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), text("alice") + "junk").unwrap();
    setup.keeps("alice", "incomplete");
    assert!(setup.users.reload().unwrap());
    fs::write(setup.path(), text("alice bob") + "junk").unwrap();
    setup.finds("alice bob");
}

#[test]
fn a_missing_last_line_end_is_no_reason_to_wait() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), text("alice bob").trim_end()).unwrap();
    setup.finds("alice bob");
}
