//! Tests of the encoders and decoders of crypt(3)'s alphabets.

use super::*;

fn pushed(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    push(&mut text, bytes.iter().copied());
    text
}

#[test]
fn values_are_positions_in_the_crypt_alphabet() {
    assert_eq!(ALPHABET, alphabet::CRYPT.as_str().as_bytes());
    for character in 0..=u8::MAX {
        let place = ALPHABET.iter().position(|&other| other == character);
        assert_eq!(value(character).map(usize::from), place);
        assert_eq!(is_text(&[character]), alphabet::BCRYPT.as_str().as_bytes().contains(&character));
    }
}

#[test]
fn the_lowest_six_bits_are_written_first() {
    assert_eq!(pushed(&[]), b"");
    assert_eq!(pushed(&[1]), b"/.");
    assert_eq!(pushed(&[0xff]), b"z1");
    assert_eq!(pushed(&[0, 0x80]), b"..6");
    assert_eq!(pushed(&[0xff; 3]), b"zzzz");
    for length in 0..7 {
        let bytes: Vec<u8> = (1..=length).map(|byte| byte * 41).collect();
        let numbers: Vec<_> = pushed(&bytes).chunks(4).map(|group| number(group).unwrap()).collect();
        let little_endian =
            |group: &[u8]| group.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
        assert_eq!(numbers, bytes.chunks(3).map(little_endian).collect::<Vec<_>>());
    }
}

#[test]
fn blocks_start_with_the_highest_bits_and_end_with_two_zeros() {
    assert_eq!(encode_block(0).as_ref(), Some(b"..........."));
    assert_eq!(encode_block(u64::MAX).as_ref(), Some(b"zzzzzzzzzzw"));
    assert_eq!(encode_block(1 << 63 | 1).as_ref(), Some(b"U.........2"));
    assert!(is_block(b"zzzzzzzzzzw") && !is_block(b"zzzzzzzzzzx") && !is_block(b"zzzzz-zzzzw"));
}

#[cfg(feature = "libxcrypt")]
#[test]
fn texts_with_unused_bits_set_are_rejected() {
    assert_eq!(decode(b"..").as_deref(), Some(&b"\0"[..]));
    assert_eq!(decode(b"z1").as_deref(), Some(&[0xff][..]));
    assert_eq!(decode(b"z2"), None);
    assert_eq!(decode(b"zzD").as_deref(), Some(&[0xff, 0xff][..]));
    assert_eq!(decode(b"zzE"), None);
    assert_eq!(decode(b"zzzz").as_deref(), Some(&[0xff; 3][..]));
    for text in [&b"."[..], b".....", b"........."] {
        assert_eq!(decode(text), None);
    }
}
