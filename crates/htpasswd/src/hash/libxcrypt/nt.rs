//! NT hashes, `$3$$`: one MD4 of the password in little-endian UTF-16, as 32 hexadecimal digits, without a salt or a
//! cost.
//!
//! libxcrypt converts each byte of the password to one UTF-16 unit. The module must do this conversion too, and must
//! never decode the password as UTF-8.

use std::fmt::Write as _;

use md4::Md4;
use zeroize::{Zeroize, Zeroizing};

use crate::hash::digest;

pub(super) const PREFIX: &str = "$3$$";
const DIGITS: usize = 32;

#[derive(Clone)]
pub(in crate::hash) struct Setting;

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    text.starts_with(b"$3$")
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let digest = text.strip_prefix(PREFIX.as_bytes())?;
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digest.len() == DIGITS && digest.iter().all(is_digit)).then_some(Self)
    }

    pub(super) fn crypt(password: &[u8]) -> Option<Vec<u8>> {
        let wide: Zeroizing<Vec<u8>> = Zeroizing::new(password.iter().flat_map(|&byte| [byte, 0]).collect());
        let mut digest = digest::of::<Md4>([wide.as_slice()]);
        let mut text = String::with_capacity(PREFIX.len() + DIGITS);
        text.push_str(PREFIX);
        for byte in &digest {
            write!(text, "{byte:02x}").ok()?;
        }
        digest.as_mut_slice().zeroize();
        Some(text.into_bytes())
    }
}
