//! Odd password files. A file depends only on the seed, its number and the server.
//!
//! A file with an even number has one odd group of lines between two plain records. The other files have several odd
//! groups, so that many users are asked about one file. These groups harm only their own users, because a server that
//! rejects the whole file shows nothing else.

use htpasswd::Document;
use htpasswd::lint::check;
use htpasswd::servers::Server;

use super::lines::{Group, User};
use crate::support::random::Random;
use crate::support::{BCRYPT, SHA1};

const SEED: u64 = 20_261_130;

/// A password file and its users. The lines are counted from 1.
pub(super) struct File {
    pub(super) text: Vec<u8>,
    pub(super) users: Vec<User>,
    pub(super) others: Vec<User>,
}

impl File {
    pub(super) fn new(number: usize, server: &'static Server) -> Self {
        let mut random = Random::new(SEED, number.try_into().unwrap());
        let random = &mut random;
        // h2o reads no bcrypt.
        let good = if server.can_read(htpasswd::hash::Scheme::Bcrypt) { BCRYPT } else { SHA1 };
        let mut groups = vec![Group::plain("first", good)];
        if number.is_multiple_of(2) {
            groups.push(group(random, 1, good));
        } else {
            for user in 0..4 + random.below(9) {
                let group = group(random, user, good);
                if !harms_others(&group.text, server) {
                    groups.push(group);
                }
            }
        }
        groups.push(Group::plain("last", good));
        let mut file = Self { text: Vec::new(), users: Vec::new(), others: Vec::new() };
        for group in groups {
            let above = file.text.split(|&byte| byte == b'\n').count();
            let moved = |user: User| User { line: user.line + above, ..user };
            file.users.extend(group.users.into_iter().map(moved));
            file.others.extend(group.others.into_iter().map(moved));
            file.text.extend(group.text);
        }
        if random.percent(10) {
            file.change_whole_file(random);
        }
        file
    }

    /// Changes the file as another program could have done.
    fn change_whole_file(&mut self, random: &mut Random) {
        match random.below(8) {
            0 => drop(self.text.splice(0..0, *b"\xef\xbb\xbf")),
            1 => {
                let text = self.text.split(|&byte| byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
                self.text = text;
            }
            2 => self.text.extend(b"\0\0\0"),
            3 => self.text.push(0x1a),
            4 => {
                self.text.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b'\r');
                self.users.iter_mut().chain(&mut self.others).for_each(|user| user.line = 1);
            }
            5 => {
                let text = String::from_utf8_lossy(&self.text).into_owned();
                self.text =
                    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            }
            _ => self.text.truncate(self.text.len() - 1),
        }
    }
}

/// Returns true if the check says that the server rejects or ignores other lines because of these.
fn harms_others(text: &[u8], server: &'static Server) -> bool {
    let document = Document::parse([text, b"last:x\n"].concat());
    let wide = ["the whole file", "all users after", "the next line"];
    check(&document, Some(server)).iter().any(|finding| {
        let sentence = finding.to_string();
        wide.iter().any(|part| sentence.contains(part))
    })
}

fn group(random: &mut Random, number: usize, good: &'static str) -> Group {
    let plain = format!("u{number}");
    match random.below(10) {
        0 | 1 => Group::duplicate(random, &plain, good),
        2 => Group::line(random),
        3 if random.percent(30) => Group::split(random, &plain, good),
        _ => Group::record(random, &plain, good),
    }
}
