//! Facts of the table that a server on this machine can show. Each test is one fact.
//!
//! `docs/file-format.md` says which facts are measured here, and which ones come from the source of a server.

use crate::support::servers::Oracle;
use crate::support::{APR1, BCRYPT, DES, MD5_CRYPT, SHA1, SHA256_CRYPT, SHA512_CRYPT};

/// The password of each user in these tests.
const PASSWORD: &[u8] = b"secret";

/// A hash of the first version of bcrypt, which did not append a NUL to the password.
const FIRST_BCRYPT: &str = "$2$04$abcdefghijklmnopqrstuum8SamnsZEN6jLb0pYQWUTXZXnUsY722";

/// A server, and the files with the users who try to log in: those after `+` can, those after `-` cannot.
struct Asked(Option<Oracle>, &'static str);

fn ask(name: &'static str) -> Asked {
    Asked(Oracle::start(name), name)
}

impl Asked {
    /// Asserts which users can log in with this file.
    #[track_caller]
    fn with(&mut self, file: impl AsRef<[u8]>, accepted: &[&[u8]], rejected: &[&[u8]]) -> &mut Self {
        let Some(server) = &mut self.0 else { return self };
        let file = file.as_ref();
        server.load(file);
        for (users, expected) in [(accepted, true), (rejected, false)] {
            for user in users {
                let (name, shown) = (self.1, user.escape_ascii());
                let file = &file[..file.len().min(300)];
                assert_eq!(
                    server.accepts(user, PASSWORD),
                    expected,
                    "{name}: {shown}: {}",
                    file.escape_ascii()
                );
            }
        }
        self
    }
}

fn asks(names: &[&'static str], file: impl AsRef<[u8]>, accepted: &[&[u8]], rejected: &[&[u8]]) {
    for name in names {
        ask(name).with(&file, accepted, rejected);
    }
}

#[test]
fn each_server_accepts_right_logins_only() {
    for name in Oracle::NAMES {
        let hash = if name == "h2o" { SHA1 } else { BCRYPT };
        ask(name).with(
            format!("max:{hash}\neva:{}\n", hash.replace('5', "6").replace("2r9", "2r8")),
            &[b"max"],
            &[b"eva", b"", b"Max"],
        );
    }
}

#[test]
fn only_squid_reads_md5_in_hexadecimal_digits() {
    let file = "max:5ebe2294ecd0e0f08eab7690d2a6ee69\n";
    for name in Oracle::NAMES {
        let (accepted, rejected): (&[&[u8]], &[&[u8]]) =
            if name == "squid" { (&[b"max"], &[]) } else { (&[], &[b"max"]) };
        ask(name).with(file, accepted, rejected);
    }
}

#[test]
fn squid_reads_the_rest_of_a_line_after_8194_bytes_as_a_record() {
    let comment = |bytes: usize| format!("#{}eva:{BCRYPT}\nmax:{BCRYPT}\n", "x".repeat(bytes - 1));
    ask("squid")
        .with(comment(8_194), &[b"eva", b"max"], &[])
        .with(comment(8_193), &[b"max"], &[b"eva"])
        .with(comment(8_195), &[b"max"], &[b"eva"]);
}

#[test]
fn httpd_and_squid_skip_an_empty_field() {
    let file = format!("max::{BCRYPT}\n");
    asks(&["httpd", "squid"], &file, &[b"max"], &[]);
    asks(&["nginx", "registry", "lighttpd", "rclone", "wsgidav"], &file, &[], &[b"max"]);
}

#[test]
fn squid_skips_colons_and_ignores_records_without_a_hash() {
    let mut squid = ask("squid");
    squid.with(format!(":max:{BCRYPT}\n"), &[b"max"], &[]);
    squid.with(format!("\rmax:{BCRYPT}\n"), &[b"max"], &[]);
    squid.with(format!("max:{BCRYPT}\nmax:\n"), &[b"max"], &[]);
}

#[test]
fn text_that_is_not_utf8_makes_radicale_reject_the_file() {
    let file = [b"m\xfcller:", BCRYPT.as_bytes(), b"\nmax:", BCRYPT.as_bytes(), b"\n"].concat();
    let comment = [b"# m\xfcller\nmax:", BCRYPT.as_bytes(), b"\n"].concat();
    asks(&["nginx", "httpd", "registry", "squid", "lighttpd", "rclone"], &file, &[b"max", b"m\xfcller"], &[]);
    asks(&["pypiserver", "wsgidav"], &file, &[b"max"], &[b"m\xfcller"]);
    ask("radicale").with(&file, &[], &[b"max"]).with(&comment, &[], &[b"max"]);
}

#[test]
fn a_byte_order_mark_before_a_later_record_loses_the_user() {
    for name in Oracle::NAMES {
        let hash = if name == "h2o" { SHA1 } else { BCRYPT };
        ask(name).with(format!("max:{hash}\n\u{feff}eva:{hash}\n"), &[b"max"], &[b"eva"]);
    }
}

#[test]
fn a_nul_in_a_name_loses_the_user_and_a_nul_after_the_hash_does_no_harm() {
    for name in ["nginx", "httpd", "registry"] {
        let mut server = ask(name);
        server.with(format!("m\0ax:{BCRYPT}\neva:{BCRYPT}\n"), &[b"eva"], &[b"max", b"m"]);
        server.with(format!("max:{BCRYPT}\0\neva:{BCRYPT}\n"), &[b"max", b"eva"], &[]);
    }
}

#[test]
fn an_invisible_character_belongs_to_the_name() {
    for name in ["\u{200b}max", "ma\u{a0}x", "max\u{1}"] {
        let file = format!("{name}:{BCRYPT}\n");
        asks(&["nginx", "httpd", "registry", "lighttpd", "squid"], file, &[name.as_bytes()], &[b"max"]);
    }
}

#[test]
fn readers_built_on_the_bcrypt_of_go_ignore_text_after_the_hash() {
    let file = format!("max:{BCRYPT}xyz\n");
    asks(&["registry", "rclone"], &file, &[b"max"], &[]);
    asks(&["nginx", "httpd", "lighttpd", "squid", "radicale", "wsgidav"], &file, &[], &[b"max"]);
}

#[test]
fn bcrypt_prefixes_differ_between_servers() {
    for name in Oracle::NAMES {
        let mut server = ask(name);
        let table = htpasswd::servers::Server::named(name).unwrap();
        let read = [table.bcrypt.prefixes, table.also_reads].concat();
        let reads_bcrypt = name != "h2o";
        // passlib computes another digest for the prefix $2$, as the first version of bcrypt did. Go does not.
        let is_other_digest = matches!(name, "wsgidav" | "pypiserver");
        for prefix in ["$2y$", "$2b$", "$2a$", "$2x$", "$2$"] {
            let hash = if prefix == "$2$" && is_other_digest { FIRST_BCRYPT } else { BCRYPT };
            let file = format!("max:{}\n", hash.replace("$2y$", prefix));
            let (accepted, rejected): (&[&[u8]], &[&[u8]]) =
                if reads_bcrypt && read.contains(&prefix) { (&[b"max"], &[]) } else { (&[], &[b"max"]) };
            server.with(file, accepted, rejected);
        }
    }
}

#[test]
fn servers_read_the_schemes_of_the_table() {
    use htpasswd::hash::Scheme::{Apr1, Bcrypt, DesCrypt, Md5Crypt, Sha1, Sha256Crypt, Sha512Crypt};
    for name in Oracle::NAMES {
        let mut server = ask(name);
        let table = htpasswd::servers::Server::named(name).unwrap();
        for (scheme, hash) in [
            (Bcrypt, BCRYPT),
            (Sha512Crypt, SHA512_CRYPT),
            (Sha256Crypt, SHA256_CRYPT),
            (Apr1, APR1),
            (Md5Crypt, MD5_CRYPT),
            (Sha1, SHA1),
            (DesCrypt, DES),
        ] {
            // Debian's build of h2o computes wrong MD5 digests.
            let is_broken = name == "h2o" && scheme == Apr1;
            let (accepted, rejected): (&[&[u8]], &[&[u8]]) =
                if table.can_read(scheme) && !is_broken { (&[b"max"], &[]) } else { (&[], &[b"max"]) };
            server.with(format!("max:{hash}\n"), accepted, rejected);
        }
    }
}

#[test]
fn a_registry_removes_unicode_white_space_before_a_name() {
    let mut registry = ask("registry");
    for space in "\u{85}\u{a0}\u{1680}\u{2003}\u{2028}\u{202f}\u{205f}\u{3000}".chars() {
        registry.with(format!("{space}max:{BCRYPT}\n"), &[b"max"], &[]);
    }
    registry.with(format!("\u{200b}max:{BCRYPT}\n"), &[], &[b"max"]);
}

#[test]
fn httpd_joins_a_line_that_ends_in_a_backslash_to_the_next() {
    let mut httpd = ask("httpd");
    httpd.with(format!("# x\\\nmax:{BCRYPT}\n"), &[], &[b"max"]);
    httpd.with(format!("# x\\\n\nmax:{BCRYPT}\n"), &[b"max"], &[]);
    asks(&["nginx", "registry", "lighttpd", "squid"], format!("# x\\\nmax:{BCRYPT}\n"), &[b"max"], &[]);
}

#[test]
fn radicale_does_not_start_with_a_bad_line() {
    let mut radicale = ask("radicale");
    let good = format!("max:{BCRYPT}\n");
    for bad in [good.clone(), format!(":{BCRYPT}\n"), "eva:\n".into(), "eva\n".into()] {
        radicale.with(format!("{good}{bad}"), &[], &[b"max"]);
    }
    radicale.with(format!(" max:{BCRYPT}\n"), &[b" max"], &[b"max"]);
    // Radicale compares other texts with the password.
    radicale.with("max:secret\n", &[b"max"], &[]);
}

#[test]
fn rclone_reads_csv_with_colons() {
    let mut rclone = ask("rclone");
    let good = format!("max:{BCRYPT}\n");
    for bad in ["e\"va:x\n", "eva:x:y\n", "eva\n", "  \n"] {
        rclone.with(format!("{good}{bad}"), &[], &[b"max"]);
    }
    rclone.with(format!("max:x:y\neva:{BCRYPT}:y\n"), &[b"eva"], &[]);
    rclone.with(format!("max:x\n# staff\n\nmax:{BCRYPT}\n"), &[b"max"], &[]);
    rclone.with(format!("max:{BCRYPT}\nmax:x\n"), &[], &[b"max"]);
}

#[test]
fn h2o_tries_all_records_of_a_user() {
    let mut h2o = ask("h2o");
    h2o.with(format!("max:{{SHA}}x\nmax:{SHA1}\n"), &[b"max"], &[]);
    // h2o answers with status 500 at a record that it cannot read.
    h2o.with(format!("max:{BCRYPT}\nmax:{SHA1}\neva:{SHA1}\n"), &[b"eva"], &[b"max"]);
}

#[test]
fn passlib_rejects_a_file_with_a_line_that_is_no_record() {
    for name in ["pypiserver", "wsgidav"] {
        let mut server = ask(name);
        for bad in ["eva\n", "eva:x:y\n"] {
            server.with(format!("max:{BCRYPT}\n{bad}"), &[], &[b"max"]);
        }
        server.with("max:secret\n", &[b"max"], &[]);
    }
}
