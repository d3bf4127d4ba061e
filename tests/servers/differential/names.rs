//! Odd user names, made from a plain name that no other record of the file has.

use crate::support::random::Random;

/// White space beyond ASCII, and characters that cannot be seen.
const INVISIBLE: &[&str] = &[
    "\u{85}", "\u{a0}", "\u{ad}", "\u{1680}", "\u{2003}", "\u{200b}", "\u{200e}", "\u{2028}", "\u{202e}",
    "\u{202f}", "\u{205f}", "\u{3000}", "\u{feff}", "\u{1}", "\u{1c}", "\u{1b}", "\u{7f}",
];
const ENDS: &[&str] = &[" ", "  ", "\t", "\u{b}", "\u{c}", "\r"];
const MARKS: &[&str] = &[
    "\"", "'", "`", "\\", "/", "@", "+", "%41", "$", "=", ",", ";", "#", "&", "<", "(", "*", "!", "~", "|",
    ".", "-", "{SHA}",
];

/// A name, and the bytes that the file has before it.
pub(super) struct Name {
    pub(super) before: Vec<u8>,
    pub(super) name: Vec<u8>,
}

/// The name with one oddity at most.
pub(super) fn odd(random: &mut Random, plain: &str) -> Name {
    let part = |text: &str| plain.replacen('u', text, 1).into_bytes();
    let mut before = Vec::new();
    let name: Vec<u8> = match random.below(18) {
        0 => {
            before = random.pick(ENDS).as_bytes().to_vec();
            plain.into()
        }
        1 => format!("{plain}{}", random.pick(ENDS)).into(),
        2 => format!("{}{plain}", random.pick(INVISIBLE)).into(),
        3 => format!("{plain}{}", random.pick(INVISIBLE)).into(),
        4 => part(&format!("u{}u", random.pick(INVISIBLE))),
        5 => part("u u"),
        6 => part("u\tu"),
        7 => part("\u{fc}"),
        8 => [b"\xfc", plain.as_bytes()].concat(),
        9 => part("u\0u"),
        10 => format!("{}{plain}", random.pick(MARKS)).into(),
        11 => format!("{plain}{}", random.pick(MARKS)).into(),
        12 => part(&format!("u{}u", random.pick(MARKS))),
        13 => format!("NAME={plain}").into(),
        14 => format!("- {plain}").into(),
        15 => [plain.as_bytes(), &b"x".repeat(250 + random.below(12))].concat(),
        16 => format!("\"{plain}\"").into(),
        _ => format!("{plain}\u{1f600}\u{301}").into(),
    };
    // A file may have several oddities before a name.
    if random.percent(5) {
        before.extend(random.pick(ENDS).as_bytes());
    }
    Name { before, name }
}
