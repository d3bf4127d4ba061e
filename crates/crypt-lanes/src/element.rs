//! The words of the hash functions: [`Element`] is `u32` or `u64`.

use zeroize::Zeroize;

use crate::hash::ByteOrder;

/// A word of a hash function: 32 bits for MD5 and SHA-256, 64 bits for SHA-512.
pub(crate) trait Element: Copy + Zeroize {
    const BITS: u32;
    const BYTES: usize = Self::BITS as usize / 8;
    const ZERO: Self;
    const ONES: Self;

    /// Reads a word from its first bytes.
    fn read(bytes: &[u8], order: ByteOrder) -> Self;

    /// Writes a word over the first bytes.
    fn write(self, bytes: &mut [u8], order: ByteOrder);
}

macro_rules! element {
    ($word:ty) => {
        impl Element for $word {
            const BITS: u32 = <$word>::BITS;
            const ZERO: Self = 0;
            const ONES: Self = <$word>::MAX;

            #[inline(always)]
            fn read(bytes: &[u8], order: ByteOrder) -> Self {
                let bytes = bytes.first_chunk().copied().unwrap_or_default();
                match order {
                    ByteOrder::Little => Self::from_le_bytes(bytes),
                    ByteOrder::Big => Self::from_be_bytes(bytes),
                }
            }

            #[inline(always)]
            fn write(self, bytes: &mut [u8], order: ByteOrder) {
                let word = match order {
                    ByteOrder::Little => self.to_le_bytes(),
                    ByteOrder::Big => self.to_be_bytes(),
                };
                for (to, from) in bytes.iter_mut().zip(word) {
                    *to = from;
                }
            }
        }
    };
}

element!(u32);
element!(u64);
