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

/// Returns true if the names are equal. The names of a long file often have the same length and the same start, such as
/// `user0000001`, so the last eight bytes are compared first, which needs no call of memcmp(3).
#[inline]
pub(crate) fn is_same(name: &[u8], other: &[u8]) -> bool {
    name.len() == other.len() && name.last_chunk::<8>() == other.last_chunk() && name == other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_only_if_all_bytes_are_equal() {
        for length in 0..=20 {
            let name = vec![b'x'; length];
            assert!(is_same(&name, &name.clone()));
            assert!(!is_same(&name, &vec![b'x'; length + 1]) && !is_same(&vec![b'x'; length + 1], &name));
            for place in 0..length {
                let mut other = name.clone();
                other[place] = b'y';
                assert!(!is_same(&name, &other), "{length} {place}");
            }
        }
    }

    #[test]
    fn hashes_of_names_depend_on_a_random_key() {
        let (one, other) = (NameHasher::default(), NameHasher::default());
        assert_eq!(one.hash(b"alice"), one.clone().hash(b"alice"));
        assert_ne!(one.hash(b"alice"), one.hash(b"bob"));
        assert_ne!(one.hash(b"alice"), other.hash(b"alice"));
    }
}
