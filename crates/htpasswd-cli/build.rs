//! Links the unwinder statically, so that libc is the only dynamic library of the program.
//!
//! Finding and binding `libgcc_s.so.1` would take an eighth of the run time of `htpasswd -nbs`.
#![allow(clippy::print_stdout, reason = "cargo reads it")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = ["CARGO_CFG_TARGET_OS", "CARGO_CFG_TARGET_ENV"].map(std::env::var);
    if let [Ok(os), Ok(env)] = target
        && os == "linux"
        && env == "gnu"
    {
        // The static library precedes the `-lgcc_s` of the standard library. `-lgcc_s` then resolves no symbol, so the
        // linker omits it.
        println!("cargo::rustc-link-lib=static=gcc_eh");
    }
}
