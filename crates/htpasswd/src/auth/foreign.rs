//! Calls of code that may panic, mainly of code from outside this crate: hooks and wakers.
//!
//! This code runs on the hashing threads, which a panic must never end. In a program that is built with
//! `panic = "abort"`, a panic still ends the program.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function and stops a panic in it.
pub(super) fn call(run: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
        // The payload of a panic can itself panic when it is dropped.
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
    fn a_panic_ends_with_its_call() {
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
