//! argon2 (RFC 9106) in the PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$`, the salt, `$` and the tag.
//!
//! This file parses and writes the text; the crate `argon2` computes the tag. The parser accepts the texts that
//! `decode_string` of the reference implementation accepts. The file must never keep the memory of a computation,
//! because it depends on the password.

use argon2::{Algorithm, Argon2, Block, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

use super::{Argon2Cost, HashError, Params, Resources, Scheme};

/// The length of the salt of a new hash, in bytes, as RFC 9106 recommends.
const SALT_LEN: usize = 16;
/// The length of the tag of a new hash, in bytes.
const TAG_LEN: usize = 32;

/// The lengths of a salt and of a tag, in bytes. RFC 9106 allows longer ones, which no known program writes.
const SALT_LENGTHS: std::ops::RangeInclusive<usize> = 8..=1024;
const TAG_LENGTHS: std::ops::RangeInclusive<usize> = 4..=64;

const VARIANTS: [(&[u8], Algorithm); 3] = [
    (b"$argon2id$", Algorithm::Argon2id),
    (b"$argon2i$", Algorithm::Argon2i),
    (b"$argon2d$", Algorithm::Argon2d),
];

#[derive(Clone)]
pub(super) struct Setting {
    algorithm: Algorithm,
    version: Version,
    cost: Argon2Cost,
    salt: Vec<u8>,
    tag_len: usize,
    /// The length of the text before the salt.
    salt_at: usize,
    /// The text before the tag. It is kept as it was, because a hash of version 16 may name its version or not.
    text: Vec<u8>,
}

/// Returns true if the text is a hash that this file can verify if it is well-formed. A hash with another version, or with
/// the parameters `keyid` or `data` of old drafts, is a foreign one.
pub(super) fn matches_prefix(text: &[u8]) -> bool {
    let Some((_, rest)) = variant(text) else { return false };
    let version =
        rest.strip_prefix(b"v=").map(|rest| rest.split(|&byte| byte == b'$').next().unwrap_or_default());
    let has_more =
        rest.windows(7).any(|part| part == b",keyid=") || rest.windows(6).any(|part| part == b",data=");
    version.is_none_or(|version| number(version).is_none_or(|version| to_version(version).is_some()))
        && !has_more
}

fn variant(text: &[u8]) -> Option<(Algorithm, &[u8])> {
    VARIANTS.iter().find_map(|&(prefix, algorithm)| Some((algorithm, text.strip_prefix(prefix)?)))
}

fn to_version(number: u32) -> Option<Version> {
    match number {
        16 => Some(Version::V0x10),
        19 => Some(Version::V0x13),
        _ => None,
    }
}

impl Setting {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (algorithm, rest) = variant(text)?;
        let mut fields = rest.split(|&byte| byte == b'$').peekable();
        let version = match fields.next_if(|field| field.starts_with(b"v=")) {
            Some(field) => to_version(number(&field[2..])?)?,
            None => Version::V0x10,
        };
        let cost = read_cost(fields.next()?)?;
        let (salt, tag) = (fields.next()?, fields.next()?);
        let is_complete = fields.next().is_none();
        let decode = |text: &[u8]| STANDARD_NO_PAD.decode(text).ok();
        let (bytes, tag_len) = (decode(salt)?, decode(tag)?.len());
        let is_valid = is_complete && SALT_LENGTHS.contains(&bytes.len()) && TAG_LENGTHS.contains(&tag_len);
        let end = text.len() - tag.len();
        is_valid.then(|| Self {
            algorithm,
            version,
            cost,
            salt: bytes,
            tag_len,
            salt_at: end - 1 - salt.len(),
            text: text[..end].to_vec(),
        })
    }

    /// A setting of argon2id with a random salt.
    pub(super) fn random(cost: Argon2Cost) -> Result<Self, HashError> {
        let mut salt = vec![0; SALT_LEN];
        getrandom::fill(&mut salt).map_err(|_| HashError::Random)?;
        let (memory, passes, lanes) = (cost.memory(), cost.passes(), cost.lanes());
        let mut text = format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$");
        let salt_at = text.len();
        STANDARD_NO_PAD.encode_string(&salt, &mut text);
        text.push('$');
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        Ok(Self { algorithm, version, cost, salt, tag_len: TAG_LEN, salt_at, text: text.into_bytes() })
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.algorithm {
            Algorithm::Argon2d => Scheme::Argon2d,
            Algorithm::Argon2i => Scheme::Argon2i,
            Algorithm::Argon2id => Scheme::Argon2id,
        }
    }

    pub(super) fn cost(&self) -> Argon2Cost {
        self.cost
    }

    /// The parameters that create a hash with this cost; `None` if this library only verifies such a hash, because it is
    /// another variant, version or length.
    pub(super) fn params(&self) -> Option<Params> {
        let is_created = self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && (self.salt.len(), self.tag_len) == (SALT_LEN, TAG_LEN);
        is_created.then_some(Params::Argon2id(self.cost))
    }

    pub(super) fn resources(&self) -> Resources {
        Resources { argon2: Some(self.cost), ..Resources::default() }
    }

    /// Returns a dummy hash with the same parameters and lengths. All bits of its salt and its tag are zero.
    pub(super) fn dummy_hash(&self, text: &[u8]) -> Vec<u8> {
        let (kept, rest) = text.split_at(self.salt_at.min(text.len()));
        let zero = |&byte: &u8| if byte == b'$' { byte } else { b'A' };
        [kept, &rest.iter().map(zero).collect::<Vec<_>>()].concat()
    }

    /// Returns the complete text. Returns `None` if the memory is not available.
    pub(super) fn crypt(&self, password: &[u8]) -> Option<Vec<u8>> {
        let params = argon2::Params::new(
            self.cost.memory(),
            self.cost.passes(),
            self.cost.lanes(),
            Some(self.tag_len),
        );
        let params = params.ok()?;
        let mut memory = Memory::new(params.block_count())?;
        let mut tag = Zeroizing::new(vec![0; self.tag_len]);
        let argon2 = Argon2::new(self.algorithm, self.version, params);
        argon2
            .hash_password_into_with_memory(password, &self.salt, &mut tag, memory.0.as_mut_slice())
            .ok()?;
        let mut encoded = Zeroizing::new(String::with_capacity(4 * self.tag_len.div_ceil(3)));
        STANDARD_NO_PAD.encode_string(&*tag, &mut encoded);
        Some([self.text.as_slice(), encoded.as_bytes()].concat())
    }
}

/// The memory of one computation, which is wiped at the end. The crate `argon2` would not wipe its own memory.
struct Memory(Vec<Block>);

impl Memory {
    /// Allocates the blocks. Returns `None` if the memory is not available, where `vec!` would abort the process.
    fn new(blocks: usize) -> Option<Self> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).ok()?;
        memory.resize(blocks, Block::new());
        Some(Self(memory))
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.0.iter_mut().zeroize();
    }
}

/// Parses `m=19456,t=2,p=1`. The reference implementation requires this order.
fn read_cost(text: &[u8]) -> Option<Argon2Cost> {
    let mut fields = text.split(|&byte| byte == b',');
    let mut next = |name: &[u8]| number(fields.next()?.strip_prefix(name)?);
    let (memory, passes, lanes) = (next(b"m=")?, next(b"t=")?, next(b"p=")?);
    if fields.next().is_some() {
        return None;
    }
    Argon2Cost::new(memory, passes, lanes).ok()
}

/// A decimal number without a sign or a leading zero.
fn number(text: &[u8]) -> Option<u32> {
    let is_canonical = text.iter().all(u8::is_ascii_digit) && (text.len() == 1 || !text.starts_with(b"0"));
    str::from_utf8(text).ok().filter(|_| is_canonical)?.parse().ok()
}

#[cfg(test)]
#[path = "argon2/tests.rs"]
mod tests;
