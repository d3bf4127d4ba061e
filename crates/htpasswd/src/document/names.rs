//! Hashing user names for look-ups.

use siphasher::sip::SipHasher13;

/// Has a key that nobody knows, so that no file can be made whose names all collide. The standard library's
/// would panic where the system gives no random bytes.
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
        // Without a key, a file made for it is slow, but read right.
        let _ = getrandom::fill(&mut key);
        Self(SipHasher13::new_with_key(&key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_hashes_that_nobody_can_foresee() {
        let (one, other) = (NameHasher::default(), NameHasher::default());
        assert_eq!(one.hash(b"alice"), one.clone().hash(b"alice"));
        assert_ne!(one.hash(b"alice"), one.hash(b"bob"));
        assert_ne!(one.hash(b"alice"), other.hash(b"alice"));
    }
}
