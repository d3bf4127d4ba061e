//! MD5 (RFC 1321) for vectors of lanes.
//!
//! [`Md5`] implements [`Hash`]. The one-at-a-time computation uses the crate `md-5`.

use crate::hash::{Format, INITIAL_MD5};
use crate::lanes::{Lanes, Slot};
use crate::rounds::Hash;

pub(crate) struct Md5;

/// The additive constants: the integer part of 2³² · |sin(i + 1)|, for i in radians.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// The rotations of the four kinds of steps. Each is used for four steps in turn.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

impl Hash<4> for Md5 {
    type Element = u32;
    const FORMAT: Format = Format::MD5;
    const INITIAL: [u32; 4] = INITIAL_MD5;

    #[inline(always)]
    fn compress<L: Lanes<N, Element = u32>, const N: usize>(
        lanes: L,
        block: &[Slot<u32, N>; 16],
        state: [L::Word; 4],
    ) -> [L::Word; 4] {
        let [mut a, mut b, mut c, mut d] = state;
        // The steps are written out by a macro, because the compiler does not always unroll a loop of this size, and a
        // rotation by a variable number of bits is slow.
        macro_rules! step {
            ($step:literal, $index:expr, $mixed:expr) => {
                let constant = lanes.splat(SINES[$step]);
                let sum = lanes.add(a, lanes.add(lanes.load(&block[$index % 16].0), constant));
                let sum = lanes.add(sum, $mixed);
                let new = lanes.add(b, lanes.rotate_right(sum, 32 - ROTATIONS[$step / 16][$step % 4]));
                (a, b, c, d) = (d, new, b, c);
            };
        }
        macro_rules! first {
            ($($step:literal)*) => { $( step!($step, $step, lanes.select(b, c, d)); )* };
        }
        macro_rules! second {
            ($($step:literal)*) => { $( step!($step, 5 * $step + 1, lanes.select(d, b, c)); )* };
        }
        macro_rules! third {
            ($($step:literal)*) => { $( step!($step, 3 * $step + 5, lanes.xor(b, lanes.xor(c, d))); )* };
        }
        macro_rules! fourth {
            ($($step:literal)*) => { $( step!($step, 7 * $step, lanes.xor(c, lanes.or(b, lanes.not(d)))); )* };
        }
        first!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        second!(16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
        third!(32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47);
        fourth!(48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63);
        let [a0, b0, c0, d0] = state;
        [lanes.add(a, a0), lanes.add(b, b0), lanes.add(c, c0), lanes.add(d, d0)]
    }
}
