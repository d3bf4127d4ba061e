//! The schemes of Apache's tool, and the form of their hashes.

/// The text that replaces a new hash, because new hashes differ from run to run.
pub(super) const HASH: &[u8] = b"<HASH>";

pub(super) struct Scheme {
    pub(super) letter: u8,
    /// True if the call has no scheme.
    pub(super) is_default: bool,
    /// The value of `-C` or `-r`.
    pub(super) number: Option<u128>,
}

impl Scheme {
    pub(super) fn new(letter: Option<u8>, number: Option<u128>) -> Self {
        Self { letter: letter.unwrap_or(b'm'), is_default: letter.is_none(), number }
    }

    /// The number that Apache's tool uses (D10): the lower 32 bits of the result of strtol(3), which saturates.
    pub(super) fn wrapped(&self) -> i32 {
        let number = i64::try_from(self.number.unwrap_or(0)).unwrap_or(i64::MAX);
        let [a, b, c, d, ..] = number.to_le_bytes();
        i32::from_le_bytes([a, b, c, d])
    }

    /// The parts of a hash: the prefix, the length of the salt, the separator after the salt, and the length of the
    /// digest.
    fn shape(&self) -> Option<(String, usize, &'static str, usize)> {
        let rounds = match self.wrapped() {
            0 => String::new(),
            rounds => format!("rounds={rounds}$"),
        };
        Some(match self.letter {
            b'm' => ("$apr1$".to_owned(), 8, "$", 22),
            b'B' => (format!("$2y${:02}$", if self.wrapped() == 0 { 5 } else { self.wrapped() }), 22, "", 31),
            b'2' => (format!("$5${rounds}"), 16, "$", 43),
            b'5' => (format!("$6${rounds}"), 16, "$", 86),
            b'd' => (String::new(), 2, "", 11),
            _ => return None,
        })
    }

    pub(super) fn hash_length(&self) -> usize {
        self.shape().map_or(0, |(start, salt, middle, digest)| start.len() + salt + middle.len() + digest)
    }

    /// The hash of this scheme at the start of `text`, or `None` if `text` begins otherwise or the scheme has no salt.
    fn hash_at<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        let (start, salt, middle, digest) = self.shape()?;
        let hash = text.get(..self.hash_length())?;
        let rest = hash.strip_prefix(start.as_bytes())?;
        let (salt, rest) = rest.split_at(salt);
        let rest = rest.strip_prefix(middle.as_bytes())?;
        let is_crypt_text =
            |text: &[u8]| text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"./".contains(byte));
        (rest.len() == digest && is_crypt_text(salt) && is_crypt_text(rest)).then_some(hash)
    }

    /// Replaces hashes of `user` that are not in `before` by [`HASH`]. Returns the text and one of these hashes.
    pub(super) fn mask(&self, text: &[u8], user: &[u8], before: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
        let name = [user, b":"].concat();
        let (mut masked, mut found, mut rest) = (Vec::new(), None, text);
        while !rest.is_empty() {
            if masked.ends_with(&name)
                && let Some(hash) = self.hash_at(rest)
                && !before.windows(hash.len()).any(|part| part == hash)
            {
                masked.extend_from_slice(HASH);
                found = Some(hash.to_vec());
                rest = &rest[hash.len()..];
            } else {
                masked.push(rest[0]);
                rest = &rest[1..];
            }
        }
        (masked, found)
    }
}
