//! Vectors of `N` words, one word for each lane.
//!
//! [`Lanes`] is the interface that the hash functions are written against, so one source serves every instruction set.
//! [`Vector`] implements it with a vector type of `fearless_simd`, and [`Two`] with two vectors that take turns.
//!
//! Every function in this file, in the hash functions and in the rounds must be `#[inline(always)]`, and so must every
//! closure. A function that is not inlined is compiled without the instruction set of its caller, and the digests then
//! take 5 to 30 times as long.

use core::marker::PhantomData;

use fearless_simd::{Simd, SimdInt};
use zeroize::Zeroize;

use crate::element::Element;

/// The same word of `N` lanes in memory. The alignment is the size of a cache line, so that no vector crosses two lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Slot<E, const N: usize>(pub(crate) [E; N]);

impl<E: Zeroize, const N: usize> Zeroize for Slot<E, N> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Operations on the words of `N` lanes. The value proves that the processor has the instructions.
pub(crate) trait Lanes<const N: usize>: Copy {
    type Element: Element;
    type Word: Copy;

    fn splat(self, value: Self::Element) -> Self::Word;
    fn load(self, words: &[Self::Element; N]) -> Self::Word;
    fn store(self, word: Self::Word, words: &mut [Self::Element; N]);
    fn add(self, a: Self::Word, b: Self::Word) -> Self::Word;
    fn and(self, a: Self::Word, b: Self::Word) -> Self::Word;
    fn or(self, a: Self::Word, b: Self::Word) -> Self::Word;
    fn xor(self, a: Self::Word, b: Self::Word) -> Self::Word;
    fn not(self, a: Self::Word) -> Self::Word;
    fn shift_left(self, a: Self::Word, bits: u32) -> Self::Word;
    fn shift_right(self, a: Self::Word, bits: u32) -> Self::Word;

    #[inline(always)]
    fn rotate_right(self, a: Self::Word, bits: u32) -> Self::Word {
        self.or(self.shift_right(a, bits), self.shift_left(a, Self::Element::BITS - bits))
    }

    #[inline(always)]
    fn xor3(self, a: Self::Word, b: Self::Word, c: Self::Word) -> Self::Word {
        self.xor(self.xor(a, b), c)
    }

    /// Returns the bits of `a` where `mask` has ones, and the bits of `b` elsewhere.
    #[inline(always)]
    fn select(self, mask: Self::Word, a: Self::Word, b: Self::Word) -> Self::Word {
        self.xor(b, self.and(mask, self.xor(a, b)))
    }
}

/// One vector `V` for the instruction set `S`.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S, V>(S, PhantomData<V>);

impl<S: Simd, V> Vector<S, V> {
    #[inline(always)]
    pub(crate) fn new(simd: S) -> Self {
        Self(simd, PhantomData)
    }
}

impl<S, V, const N: usize> Lanes<N> for Vector<S, V>
where
    S: Simd,
    V: SimdInt<S, Array = [<V as fearless_simd::SimdBase<S>>::Element; N], Element: Element>,
{
    type Element = V::Element;
    type Word = V;

    #[inline(always)]
    fn splat(self, value: V::Element) -> V {
        V::splat(self.0, value)
    }

    #[inline(always)]
    fn load(self, words: &[V::Element; N]) -> V {
        V::load_array_ref(self.0, words)
    }

    #[inline(always)]
    fn store(self, word: V, words: &mut [V::Element; N]) {
        word.store_array(words);
    }

    #[inline(always)]
    fn add(self, a: V, b: V) -> V {
        a + b
    }

    #[inline(always)]
    fn and(self, a: V, b: V) -> V {
        a & b
    }

    #[inline(always)]
    fn or(self, a: V, b: V) -> V {
        a | b
    }

    #[inline(always)]
    fn xor(self, a: V, b: V) -> V {
        a ^ b
    }

    #[inline(always)]
    fn not(self, a: V) -> V {
        !a
    }

    #[inline(always)]
    fn shift_left(self, a: V, bits: u32) -> V {
        a << bits
    }

    #[inline(always)]
    fn shift_right(self, a: V, bits: u32) -> V {
        a >> bits
    }
}

/// Two vectors that take turns: one computes while the other waits for its last result.
#[derive(Clone, Copy)]
pub(crate) struct Two<L>(pub(crate) L);

/// Implements [`Lanes`] for [`Two`] vectors of a number of lanes. A generic number cannot be doubled in stable Rust.
macro_rules! two {
    ($half:literal, $both:literal) => {
        impl<L: Lanes<$half>> Lanes<$both> for Two<L> {
            type Element = L::Element;
            type Word = [L::Word; 2];

            #[inline(always)]
            fn splat(self, value: L::Element) -> Self::Word {
                [self.0.splat(value); 2]
            }

            #[inline(always)]
            fn load(self, words: &[L::Element; $both]) -> Self::Word {
                let (halves, _) = words.as_chunks::<$half>();
                [self.0.load(&halves[0]), self.0.load(&halves[1])]
            }

            #[inline(always)]
            fn store(self, word: Self::Word, words: &mut [L::Element; $both]) {
                let (halves, _) = words.as_chunks_mut::<$half>();
                self.0.store(word[0], &mut halves[0]);
                self.0.store(word[1], &mut halves[1]);
            }

            #[inline(always)]
            fn add(self, a: Self::Word, b: Self::Word) -> Self::Word {
                [self.0.add(a[0], b[0]), self.0.add(a[1], b[1])]
            }

            #[inline(always)]
            fn and(self, a: Self::Word, b: Self::Word) -> Self::Word {
                [self.0.and(a[0], b[0]), self.0.and(a[1], b[1])]
            }

            #[inline(always)]
            fn or(self, a: Self::Word, b: Self::Word) -> Self::Word {
                [self.0.or(a[0], b[0]), self.0.or(a[1], b[1])]
            }

            #[inline(always)]
            fn xor(self, a: Self::Word, b: Self::Word) -> Self::Word {
                [self.0.xor(a[0], b[0]), self.0.xor(a[1], b[1])]
            }

            #[inline(always)]
            fn not(self, a: Self::Word) -> Self::Word {
                [self.0.not(a[0]), self.0.not(a[1])]
            }

            #[inline(always)]
            fn shift_left(self, a: Self::Word, bits: u32) -> Self::Word {
                [self.0.shift_left(a[0], bits), self.0.shift_left(a[1], bits)]
            }

            #[inline(always)]
            fn shift_right(self, a: Self::Word, bits: u32) -> Self::Word {
                [self.0.shift_right(a[0], bits), self.0.shift_right(a[1], bits)]
            }
        }
    };
}

two!(16, 32);
