//! Hashes user names for hash tables.

use siphasher::sip::SipHasher13;

/// SipHash-1-3 with a random key (Aumasson and Bernstein, 2012). The key prevents a file whose user names all collide.
/// `RandomState` of the standard library is not used, because it panics if the system gives no random bytes.
#[derive(Clone)]
pub(super) struct NameHasher(SipHasher13);

impl NameHasher {
    pub(super) fn hash(&self, name: &[u8]) -> u64 {
        self.0.hash(name)
    }
}

impl Default for NameHasher {
    fn default() -> Self {
        let mut key = [0; 16];
        // Without random bytes, the key is zero. Look-ups in a file with colliding names are then slow, but correct.
        let _ = getrandom::fill(&mut key);
        Self(SipHasher13::new_with_key(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_names_depend_on_a_random_key() {
        let (one, other) = (NameHasher::default(), NameHasher::default());
        assert_eq!(one.hash(b"alice"), one.clone().hash(b"alice"));
        assert_ne!(one.hash(b"alice"), one.hash(b"bob"));
        assert_ne!(one.hash(b"alice"), other.hash(b"alice"));
    }
}
