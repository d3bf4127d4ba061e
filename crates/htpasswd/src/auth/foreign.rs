//! Calls of code that may panic, above all of code from outside of this crate: hooks and wakers. They run on the threads
//! that hash, and a panic must not end these. In a program that is built with `panic = "abort"` it ends the program.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls it; a panic in it ends it, and nothing else.
pub(super) fn call(run: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        // What a panic leaves can itself panic when it is dropped.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    struct PanicsWhenDropped(u32);

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                panic_any(Self(left));
            }
        }
    }

    #[test]
    fn a_panic_is_over_when_the_call_is() {
        let mut calls = 0;
        call(|| calls += 1);
        for depth in 0..4 {
            call(|| {
                calls += 1;
                panic_any(PanicsWhenDropped(depth));
            });
        }
        assert_eq!(calls, 5);
    }
}
