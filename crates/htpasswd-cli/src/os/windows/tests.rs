//! Words, answers, files and output of Windows.

use std::fs;
use std::os::windows::ffi::OsStringExt;

use super::*;

#[test]
fn words_are_utf_8_and_half_a_surrogate_pair_is_invalid() {
    let word = OsString::from_wide(&"müller ☃ 🔑".encode_utf16().collect::<Vec<_>>());
    assert!(is_valid_word(&word));
    assert_eq!(word.as_encoded_bytes(), "müller ☃ 🔑".as_bytes());
    assert_eq!(word_from_bytes("müller".into()), "müller");
    for wide in [[0x61, 0xd83d], [0xdd11, 0x61]] {
        assert!(!is_valid_word(&OsString::from_wide(&wide)));
    }
}

#[test]
fn an_answer_loses_the_byte_order_mark_and_the_carriage_return_of_a_line() {
    for (answer, line, all) in [
        ("\u{feff}secret\r", "secret", "secret\r"),
        ("secret\r\r", "secret\r", "secret\r\r"),
        ("\u{feff}", "", ""),
        ("se\u{feff}cret", "se\u{feff}cret", "se\u{feff}cret"),
        ("pässwörd", "pässwörd", "pässwörd"),
    ] {
        for (is_line, expected) in [(true, line), (false, all)] {
            let mut bytes = answer.as_bytes().to_vec();
            trim_answer(&mut bytes, is_line);
            assert_eq!(bytes, expected.as_bytes());
        }
    }
}

#[test]
fn only_a_console_gets_replacement_characters() {
    assert_eq!(&*for_console(b"m\xfcller\n"), "m\u{fffd}ller\n".as_bytes());
    let file = tempfile::tempfile().unwrap();
    for bytes in [&b"m\xfcller\n"[..], "müller\n".as_bytes()] {
        assert_eq!(&*for_stream(bytes.into(), &file), bytes);
    }
}

#[test]
fn options_without_a_meaning_on_windows_have_a_reason() {
    for option in ["mode", "group", "password-fd"] {
        assert!(unavailable(option).unwrap().ends_with("on Windows"), "{option}");
    }
    for option in ["create", "backup", "no-lock", "password-file", "password-env"] {
        assert_eq!(unavailable(option), None, "{option}");
    }
}

#[test]
fn a_file_is_the_same_under_each_of_its_names() {
    let directory = tempfile::tempdir().unwrap();
    let [one, other, link] = ["one", "other", "link"].map(|name| directory.path().join(name));
    for path in [&one, &other] {
        fs::write(path, "bob:x\n").unwrap();
    }
    fs::hard_link(&one, &link).unwrap();
    for (path, is_same) in [(&one, true), (&link, true), (&other, false)] {
        assert_eq!(is_same_file(&one, path), is_same);
        assert_eq!(is_open_file(&File::open(&one).unwrap(), path), is_same);
    }
    assert!(!is_same_file(&one, &directory.path().join("missing")));
}

#[test]
fn a_private_file_never_replaces_another_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("passwords");
    drop(create_private(&path).unwrap());
    assert_eq!(create_private(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
}

#[test]
fn only_a_regular_file_is_flushed() {
    let file = tempfile::tempfile().unwrap();
    assert!(is_disk_file(file.as_handle()));
    sync_regular_file(&file).unwrap();
    let (_reader, writer) = io::pipe().unwrap();
    assert!(!is_disk_file(writer.as_handle()));
    sync_regular_file(&writer).unwrap();
}
