//! The parts of MD5, SHA-256 and SHA-512 that all computations need: initial states, sizes, byte order and padding.
//!
//! [`Format`] describes a hash function by its sizes. The file must never compute a hash.

/// The initial state of MD5: RFC 1321, section 3.3.
pub(crate) const INITIAL_MD5: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
/// The initial state of SHA-256: FIPS 180-4, section 5.3.3.
pub(crate) const INITIAL_SHA256: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// The initial state of SHA-512: FIPS 180-4, section 5.3.5.
pub(crate) const INITIAL_SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The order of the bytes in a word.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// The sizes of a hash function, in bytes, and its byte order.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) block: usize,
    pub(crate) digest: usize,
    /// The field at the end of a padded message, which has the number of bits.
    pub(crate) length: usize,
    pub(crate) order: ByteOrder,
}

impl Format {
    pub(crate) const MD5: Self = Self { block: 64, digest: 16, length: 8, order: ByteOrder::Little };
    pub(crate) const SHA256: Self = Self { block: 64, digest: 32, length: 8, order: ByteOrder::Big };
    pub(crate) const SHA512: Self = Self { block: 128, digest: 64, length: 16, order: ByteOrder::Big };

    /// The length of a message with its padding.
    pub(crate) fn padded(self, len: usize) -> usize {
        (len + 1 + self.length).next_multiple_of(self.block)
    }

    /// Writes the padding after the first `len` bytes of `message`, which has the length [`Format::padded`] and zeros
    /// from `len` on.
    pub(crate) fn pad(self, message: &mut [u8], len: usize) {
        message[len] = 0x80;
        // The upper half of the field of SHA-512 stays zero.
        let end = message.len() - 8;
        let bits = 8 * len as u64;
        message[end..].copy_from_slice(&match self.order {
            ByteOrder::Little => bits.to_le_bytes(),
            ByteOrder::Big => bits.to_be_bytes(),
        });
    }
}
