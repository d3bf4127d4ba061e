//! SHA-256 and SHA-512 (FIPS 180-4) for vectors of lanes.
//!
//! Both have the same structure, so one function computes both. The one-at-a-time computation uses the crate `sha2`.

use crate::element::Element;
use crate::hash::{Format, INITIAL_SHA256, INITIAL_SHA512};
use crate::lanes::{Lanes, Slot};
use crate::rounds::Hash;

/// The constants of SHA-512: FIPS 180-4, section 4.2.3.
const CONSTANTS_512: [u64; 80] = [
    0x428a_2f98_d728_ae22,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538,
    0x59f1_11f1_b605_d019,
    0x923f_82a4_af19_4f9b,
    0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242,
    0x1283_5b01_4570_6fbe,
    0x2431_85be_4ee4_b28c,
    0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f,
    0x80de_b1fe_3b16_96b1,
    0x9bdc_06a7_25c7_1235,
    0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2,
    0xefbe_4786_384f_25e3,
    0x0fc1_9dc6_8b8c_d5b5,
    0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275,
    0x4a74_84aa_6ea6_e483,
    0x5cb0_a9dc_bd41_fbd4,
    0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab,
    0xa831_c66d_2db4_3210,
    0xb003_27c8_98fb_213f,
    0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2,
    0xd5a7_9147_930a_a725,
    0x06ca_6351_e003_826f,
    0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc,
    0x2e1b_2138_5c26_c926,
    0x4d2c_6dfc_5ac4_2aed,
    0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de,
    0x766a_0abb_3c77_b2a8,
    0x81c2_c92e_47ed_aee6,
    0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364,
    0xa81a_664b_bc42_3001,
    0xc24b_8b70_d0f8_9791,
    0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218,
    0xd699_0624_5565_a910,
    0xf40e_3585_5771_202a,
    0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8,
    0x1e37_6c08_5141_ab53,
    0x2748_774c_df8e_eb99,
    0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63,
    0x4ed8_aa4a_e341_8acb,
    0x5b9c_ca4f_7763_e373,
    0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc,
    0x78a5_636f_4317_2f60,
    0x84c8_7814_a1f0_ab72,
    0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28,
    0xa450_6ceb_de82_bde9,
    0xbef9_a3f7_b2c6_7915,
    0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c,
    0xd186_b8c7_21c0_c207,
    0xeada_7dd6_cde0_eb1e,
    0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba,
    0x0a63_7dc5_a2c8_98a6,
    0x113f_9804_bef9_0dae,
    0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84,
    0x32ca_ab7b_40c7_2493,
    0x3c9e_be0a_15c9_bebc,
    0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6,
    0x597f_299c_fc65_7e2a,
    0x5fcb_6fab_3ad6_faec,
    0x6c44_198c_4a47_5817,
];

/// The constants of SHA-256: FIPS 180-4, section 4.2.2. Both tables are bits of the same cube roots.
const CONSTANTS_256: [u32; 64] = upper_halves(CONSTANTS_512);

#[allow(clippy::cast_possible_truncation, reason = "the upper half of a word has 32 bits")]
const fn upper_halves<const FROM: usize, const TO: usize>(words: [u64; FROM]) -> [u32; TO] {
    let mut halves = [0; TO];
    let mut index = 0;
    while index < TO {
        halves[index] = (words[index] >> 32) as u32;
        index += 1;
    }
    halves
}

/// The differences between SHA-256 and SHA-512.
trait Sha {
    type Element: Element + 'static;
    /// The constants of the steps, 16 at a time.
    const CONSTANTS: &'static [[Self::Element; 16]];
    /// The bits of Σ₀ and Σ₁ in FIPS 180-4, section 4.1. Each rotates three times.
    const LARGE: [[u32; 3]; 2];
    /// The bits of σ₀ and σ₁ in FIPS 180-4, section 4.1. Each rotates twice and shifts once.
    const SMALL: [[u32; 3]; 2];
}

pub(crate) struct Sha256;
pub(crate) struct Sha512;

impl Sha for Sha256 {
    type Element = u32;
    const CONSTANTS: &'static [[u32; 16]] = CONSTANTS_256.as_chunks().0;
    const LARGE: [[u32; 3]; 2] = [[2, 13, 22], [6, 11, 25]];
    const SMALL: [[u32; 3]; 2] = [[7, 18, 3], [17, 19, 10]];
}

impl Sha for Sha512 {
    type Element = u64;
    const CONSTANTS: &'static [[u64; 16]] = CONSTANTS_512.as_chunks().0;
    const LARGE: [[u32; 3]; 2] = [[28, 34, 39], [14, 18, 41]];
    const SMALL: [[u32; 3]; 2] = [[1, 8, 7], [19, 61, 6]];
}

impl Hash<8> for Sha256 {
    type Element = u32;
    const FORMAT: Format = Format::SHA256;
    const INITIAL: [u32; 8] = INITIAL_SHA256;

    #[inline(always)]
    fn compress<L: Lanes<N, Element = u32>, const N: usize>(
        lanes: L,
        block: &[Slot<u32, N>; 16],
        state: [L::Word; 8],
    ) -> [L::Word; 8] {
        compress::<Self, L, N>(lanes, block, state)
    }
}

impl Hash<8> for Sha512 {
    type Element = u64;
    const FORMAT: Format = Format::SHA512;
    const INITIAL: [u64; 8] = INITIAL_SHA512;

    #[inline(always)]
    fn compress<L: Lanes<N, Element = u64>, const N: usize>(
        lanes: L,
        block: &[Slot<u64, N>; 16],
        state: [L::Word; 8],
    ) -> [L::Word; 8] {
        compress::<Self, L, N>(lanes, block, state)
    }
}

/// FIPS 180-4, sections 6.2.2 and 6.4.2.
#[inline(always)]
#[allow(clippy::many_single_char_names, reason = "these are the names of FIPS 180-4")]
fn compress<S, L, const N: usize>(
    lanes: L,
    block: &[Slot<S::Element, N>; 16],
    state: [L::Word; 8],
) -> [L::Word; 8]
where
    S: Sha,
    L: Lanes<N, Element = S::Element>,
{
    let mut words = block.each_ref().map(
        #[inline(always)]
        |slot| lanes.load(&slot.0),
    );
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
    // The macros write out 16 steps, because the compiler does not unroll a loop of this size.
    macro_rules! steps {
        ($constants:expr, $($step:literal)*) => { $(
            let sum = lanes.add(h, lanes.add(words[$step], lanes.splat($constants[$step])));
            let sum = lanes.add(sum, lanes.add(large(lanes, e, S::LARGE[1]), lanes.select(e, f, g)));
            let majority = lanes.or(lanes.and(a, b), lanes.and(c, lanes.or(a, b)));
            let new = lanes.add(sum, lanes.add(large(lanes, a, S::LARGE[0]), majority));
            (a, b, c, d, e, f, g, h) = (new, a, b, c, lanes.add(d, sum), e, f, g);
        )* };
    }
    // The first word is replaced by the word that is 16 later, and so on.
    macro_rules! schedule {
        ($($step:literal)*) => { $(
            let late = small(lanes, words[($step + 14) % 16], S::SMALL[1]);
            let early = small(lanes, words[($step + 1) % 16], S::SMALL[0]);
            let sum = lanes.add(words[$step], lanes.add(early, words[($step + 9) % 16]));
            words[$step] = lanes.add(sum, late);
        )* };
    }
    for (round, constants) in S::CONSTANTS.iter().enumerate() {
        if round > 0 {
            schedule!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        steps!(constants, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    }
    let [a0, b0, c0, d0, e0, f0, g0, h0] = state;
    [
        lanes.add(a, a0),
        lanes.add(b, b0),
        lanes.add(c, c0),
        lanes.add(d, d0),
        lanes.add(e, e0),
        lanes.add(f, f0),
        lanes.add(g, g0),
        lanes.add(h, h0),
    ]
}

/// Σ₀ and Σ₁.
#[inline(always)]
fn large<L: Lanes<N>, const N: usize>(lanes: L, x: L::Word, [one, two, three]: [u32; 3]) -> L::Word {
    lanes.xor3(lanes.rotate_right(x, one), lanes.rotate_right(x, two), lanes.rotate_right(x, three))
}

/// σ₀ and σ₁.
#[inline(always)]
fn small<L: Lanes<N>, const N: usize>(lanes: L, x: L::Word, [one, two, three]: [u32; 3]) -> L::Word {
    lanes.xor3(lanes.rotate_right(x, one), lanes.rotate_right(x, two), lanes.shift_right(x, three))
}
