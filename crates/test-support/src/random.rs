//! Pseudorandom numbers by the algorithm `SplitMix64`. The same seed gives the same numbers on every machine.

/// A generator of pseudorandom numbers.
pub struct Random(u64);

impl Random {
    /// The generator of one call. It depends only on the seed and the number of the call, so that a test can repeat one
    /// call without the earlier ones.
    pub fn new(seed: u64, call: u64) -> Self {
        let mut mixed = Self(seed);
        Self(mixed.next() ^ call.wrapping_mul(0xd134_2543_de82_ef95))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    /// Returns true with this probability, in percent.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Random bytes of an argument: all values except 0.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(1 + self.below(255)).unwrap()).collect()
    }
}
