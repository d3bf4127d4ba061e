//! MD5-crypt: `$1$` of crypt(5), and `$apr1$` of Apache.
//!
//! A hash has a salt of up to 8 characters and 22 characters of digest, computed with 1,000 rounds. `$1$` and `$apr1$`
//! differ only in this prefix, which is a part of the hashed data. The module must never accept a salt that ends the
//! record or its field.

use md5::Md5;
use md5::block_api::compress;
use zeroize::Zeroize;

use super::encoding::is_safe;
use super::messages::Messages;
use super::{HashError, Scheme, digest, encoding};

const APR1: &[u8] = b"$apr1$";
const MD5: &[u8] = b"$1$";
const MAX_SALT: usize = 8;
const DIGEST_CHARACTERS: usize = 22;
const ROUNDS: u32 = 1000;
/// The initial state of MD5: RFC 1321, section 3.3.
const INITIAL_STATE: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

#[derive(Clone)]
pub(super) struct Setting {
    magic: &'static [u8],
    salt: Vec<u8>,
}

pub(super) fn matches_prefix(text: &[u8]) -> bool {
    magic(text).is_some()
}

fn magic(text: &[u8]) -> Option<&'static [u8]> {
    [APR1, MD5].into_iter().find(|magic| text.starts_with(magic))
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let magic = magic(text)?;
        let rest = &text[magic.len()..];
        let salt = &rest[..rest.iter().position(|&byte| byte == b'$')?];
        let digest = &rest[salt.len() + 1..];
        // libxcrypt does not support `$apr1$`, and Apache accepts any salt. A colon or a newline would end the hash in
        // a record, so a reader of the file would get another text.
        let is_allowed = |&byte: &u8| {
            if magic == APR1 { byte != b':' && !byte.is_ascii_control() } else { is_safe(byte) }
        };
        let is_valid = salt.len() <= MAX_SALT
            && salt.iter().all(is_allowed)
            && digest.len() == DIGEST_CHARACTERS
            && encoding::is_text(digest);
        is_valid.then(|| Self { magic, salt: salt.to_vec() })
    }

    pub(super) fn random_apr1() -> Result<Self, HashError> {
        Ok(Self { magic: APR1, salt: encoding::random::<MAX_SALT>()?.to_vec() })
    }

    pub(super) fn scheme(&self) -> Scheme {
        if self.magic == APR1 { Scheme::Apr1 } else { Scheme::Md5Crypt }
    }

    /// The length of the salt, in bytes.
    pub(super) fn salt_len(&self) -> usize {
        self.salt.len()
    }

    pub(super) fn crypt(&self, password: &[u8]) -> Vec<u8> {
        let salt = self.salt.as_slice();
        let mut digest: [u8; 16] = digest::of::<Md5>([password, salt, password]).into();

        let fill = password.chunks(digest.len()).map(|chunk| &digest[..chunk.len()]);
        // For each bit of the length, lowest bit first, MD5-crypt hashes NUL if the bit is set, or else the first byte
        // of the password.
        let bits = usize::BITS - password.len().leading_zeros();
        let bits = (0..bits).map(|bit| if password.len() >> bit & 1 == 1 { &[0] } else { &password[..1] });
        digest = digest::of::<Md5>([password, self.magic, salt].into_iter().chain(fill).chain(bits)).into();

        let length = |bits| (bits as u64).to_le_bytes();
        let mut messages = Messages::new(password, salt, digest.len(), length);
        for round in 0..ROUNDS {
            let mut state = INITIAL_STATE;
            compress(&mut state, messages.blocks(round, &digest));
            for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
                *bytes = word.to_le_bytes();
            }
        }

        let mut text = [self.magic, salt, b"$"].concat();
        encoding::push_md5(&mut text, &digest);
        digest.zeroize();
        text
    }
}
