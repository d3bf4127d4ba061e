//! A file that looks half-written is loaded only after the settling time, or by `reload`.

use super::*;

#[test]
fn an_emptied_file_is_not_loaded_at_once() {
    for emptied in ["", "\n\n", "# no users\n", "alice:*\n", "not this file\n"] {
        let setup = Setup::new("alice bob");
        fs::write(setup.path(), emptied).unwrap();
        setup.keeps("alice bob", "no longer has users");
        setup.keeps("alice bob", "no longer has users");
        fs::write(setup.path(), text("carol")).unwrap();
        setup.finds("carol");
    }
}

#[test]
fn an_emptied_file_is_loaded_after_the_settling_time() {
    let settle = Duration::from_millis(300);
    let setup = Setup::settling("alice", settle);
    fs::write(setup.path(), "").unwrap();
    let emptied = Instant::now();
    setup.keeps("alice", "no longer has users");
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
fn an_emptied_file_that_keeps_changing_is_not_loaded() {
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
fn each_new_doubtful_file_restarts_the_settling_time() {
    let settle = Duration::from_millis(50);
    let setup = Setup::settling("alice", settle);
    for doubtful in ["", "bob:$2y$", "", "bob:$2y$10$", "# no users"] {
        let other = setup.beside("other");
        fs::write(&other, doubtful).unwrap();
        fs::rename(&other, setup.path()).unwrap();
        assert!(setup.users.reload_if_changed().is_err(), "{doubtful}");
        // The settling time of this file ends, but the next file replaces it and starts a new settling time.
        thread::sleep(settle);
    }
    setup.has("alice");
}

#[test]
fn reload_loads_an_emptied_file_at_once() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), "").unwrap();
    setup.keeps("alice", "no longer has users");
    assert!(setup.users.reload().unwrap());
    assert!(setup.users.current().is_empty());
    assert!(setup.users.last_error().is_none());
    assert!(!setup.users.reload_if_changed().unwrap());
}

#[test]
fn a_rewrite_in_place_hides_no_user_while_a_line_is_incomplete() {
    let setup = Setup::new("alice bob carol");
    let whole = text("alice bob carol dave");
    let mut file = File::create(setup.path()).unwrap();
    setup.keeps("alice bob carol", "no longer has users");
    for piece in whole.as_bytes().chunks(17) {
        file.write_all(piece).unwrap();
        let end = usize::try_from(file.metadata().unwrap().len()).unwrap();
        if end < whole.len() {
            assert!(!whole[..end].ends_with('\n'), "the pieces of this test end within lines");
            setup.keeps("alice bob carol", "");
        }
    }
    setup.finds("alice bob carol dave");
}

#[test]
fn a_known_incomplete_last_line_does_not_delay_a_reload() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), text("alice") + "junk").unwrap();
    setup.keeps("alice", "incomplete");
    assert!(setup.users.reload().unwrap());
    fs::write(setup.path(), text("alice bob") + "junk").unwrap();
    setup.finds("alice bob");
}

#[test]
fn a_missing_final_newline_does_not_delay_a_reload() {
    let setup = Setup::new("alice");
    fs::write(setup.path(), text("alice bob").trim_end()).unwrap();
    setup.finds("alice bob");
}
