//! Links the unwinder statically, so that the program needs no dynamic library but libc: looking for
//! `libgcc_s.so.1` and binding it is an eighth of the time that `htpasswd -nbs` takes.
#![allow(clippy::print_stdout, reason = "cargo reads it")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = ["CARGO_CFG_TARGET_OS", "CARGO_CFG_TARGET_ENV"].map(std::env::var);
    if let [Ok(os), Ok(env)] = target
        && os == "linux"
        && env == "gnu"
    {
        // It comes before the standard library's own `-lgcc_s`, which then resolves nothing and is dropped.
        println!("cargo::rustc-link-lib=static=gcc_eh");
    }
}
