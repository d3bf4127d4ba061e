//! Traditional DES crypt(3), named `descrypt` in crypt(5).
//!
//! The scheme encrypts a block of zeros 25 times with the password as the key and a cipher that the salt modifies. The
//! file also recognizes bigcrypt, which uses the same cipher. The module must never read more than eight bytes of a
//! password.

use super::{des, encoding};

/// The number of times the block is encrypted.
pub(super) const ITERATIONS: u32 = 25;

/// Returns the hash of `password` with `salt`: two characters of salt and eleven characters of digest.
///
/// Only the low seven bits of the first eight bytes of the password have an effect.
/// Returns `None` if a character of the salt is outside `./0-9A-Za-z`.
pub(crate) fn crypt(password: &[u8], salt: [u8; 2]) -> Option<[u8; 13]> {
    let block = des::encrypt(des::key(password), 0, encoding::number(&salt)?, ITERATIONS);
    let mut hash = [0; 13];
    hash[..2].copy_from_slice(&salt);
    hash[2..].copy_from_slice(&encoding::encode_block(block)?);
    Some(hash)
}

/// Returns true if a text has the format of a bigcrypt hash: a salt and the digests of 2 to 16 blocks. The last
/// character of each digest has two unused bits, which must be zero. This check rejects most plain-text passwords of
/// such a length.
pub(super) fn is_bigcrypt(text: &[u8]) -> bool {
    let Some((salt, digests)) = text.split_at_checked(2) else { return false };
    let (digests, rest) = digests.as_chunks::<11>();
    (2..=16).contains(&digests.len())
        && rest.is_empty()
        && encoding::number(salt).is_some()
        && digests.iter().all(encoding::is_block)
}

#[cfg(test)]
mod tests {
    use super::super::encoding::ALPHABET;
    use super::*;

    /// Hashes from the test suites of Apache APR, John the Ripper, hashcat, Commons Codec, htauth, unix-crypt,
    /// `BusyBox`, passlib and libxcrypt.
    const KNOWN: [(&[u8], &[u8; 13]); 16] = [
        (b"pass2", b"1fiGx3u7QoXaM"),
        (b"pass8", b"nHZA1rViSldQk"),
        (b"", b"SDbsugeBiC58A"),
        (b"U*U***U*", b"CC4rMpbg9AMZ."),
        (b"hashcat", b"24leDr0hHfb3A"),
        (b"secret", b"12FJgqDtVOg7Q"),
        (b"t\xc3\xa4st", b"./287bds2PjVw"),
        (b"a secret", b"L0ekWYm59LT1M"),
        (b"test", b"PQl1.p7BcJRuM"),
        (b"QWErty", b"zzIZaaXWOkxVk"),
        (b" ", b"/Hk.VPuwQTXbc"),
        (b"hell\xc3\x96", b"saykDgk3BPZ9E"),
        (b"abcdefg", b"abJ1KhM1sjlUo"),
        (b"photojournalism", b"abZW.Bx7lmec."),
        (b"C\x05ngstrC6m", b"abaBhSVlHGKLI"),
        (b"\xaa\xd5\xaa\xd5\xaa\xd5\xaa\xd5\xaa\xd5", b"CCr8qoMD/gdWE"),
    ];

    #[test]
    fn published_hashes_are_reproduced() {
        for (password, hash) in KNOWN {
            assert_eq!(crypt(password, [hash[0], hash[1]]).as_ref(), Some(hash), "{password:?}");
        }
    }

    #[test]
    fn only_seven_bits_of_eight_bytes_have_an_effect() {
        let hash = crypt(b"password", *b"ab");
        assert!(hash.is_some());
        assert_eq!(crypt(b"password, and more", *b"ab"), hash);
        assert_eq!(crypt(&b"password".map(|byte| byte | 0x80), *b"ab"), hash);
        assert_eq!(crypt(b"short\0", *b"ab"), crypt(b"short", *b"ab"));
        for n in 0..8 {
            for bit in 0..7 {
                let mut other = *b"password";
                other[n] ^= 1 << bit;
                assert_ne!(crypt(&other, *b"ab"), hash, "bit {bit} of byte {n}");
            }
        }
    }

    #[test]
    fn a_salt_outside_the_alphabet_is_rejected() {
        for character in 0..=u8::MAX {
            let known = ALPHABET.iter().position(|&other| other == character);
            assert_eq!(crypt(b"x", [character, b'.']).is_some(), known.is_some());
            assert_eq!(crypt(b"x", [b'.', character]).is_some(), known.is_some());
        }
    }

    #[test]
    fn every_salt_gives_a_different_digest() {
        let mut digests = std::collections::HashSet::new();
        for &first in ALPHABET {
            for &second in ALPHABET {
                let hash = crypt(b"password", [first, second]).unwrap();
                assert_eq!(hash[..2], [first, second]);
                digests.insert(hash[2..].to_vec());
            }
        }
        assert_eq!(digests.len(), 64 * 64);
    }

    #[test]
    fn bigcrypt_is_recognized_by_its_format() {
        for length in 0..200_usize {
            let is_one = length >= 24 && (length - 2) % 11 == 0 && (length - 2) / 11 <= 16;
            assert_eq!(is_bigcrypt(&vec![b'.'; length]), is_one, "{length}");
        }
        for place in 0..35 {
            for byte in 0..=u8::MAX {
                let mut text = [b'.'; 35];
                text[place] = byte;
                let place_in_alphabet = ALPHABET.iter().position(|&character| character == byte);
                let is_last = place > 2 && (place - 1) % 11 == 0;
                let is_one = place_in_alphabet.is_some_and(|value| !is_last || value % 4 == 0);
                assert_eq!(is_bigcrypt(&text), is_one, "{byte} at {place}");
            }
        }
    }
}
