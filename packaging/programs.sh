#!/usr/bin/env bash
# Builds the static programs of a release: FOLDER/ARCHITECTURE/htpasswd and htpasswd-auth, for x86-64 and ARM,
# and FOLDER/x86_64/htpasswd.exe for Windows.
#
#   packaging/programs.sh FOLDER [ARCHITECTURE…]
#
# Two builds of the same commit have the same bytes, in any folder and for any user. They need the same compilers: the
# Rust toolchain, which also has musl and the linker, gcc, gcc-aarch64-linux-gnu with libc6-dev-arm64-cross for the C
# code of ring, and gcc-mingw-w64-x86-64-win32. The programs for Linux contain musl (MIT) and not glibc, whose licence
# (LGPL) has conditions for static programs.
set -euo pipefail
folder=$(realpath -m "$1")
shift
[ $# != 0 ] || set -- x86_64 aarch64
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

# Panic messages contain paths of source files, and assert() in C does too. The compilers shorten the paths of crates and
# of generated files. Paths of this workspace are relative. The folder of crates.io has the same name for every user.
prefixes=("${CARGO_HOME:-$HOME/.cargo}/registry/src=/crates" "$target=/target" "$(rustc --print sysroot)/lib/rustlib/src/rust=/rust")
flags=$(printf -- '"--remap-path-prefix=%s",' "${prefixes[@]}")
CFLAGS=$(printf -- '-ffile-prefix-map=%s ' "${prefixes[@]}")
export CFLAGS
export CC_x86_64_unknown_linux_musl=gcc CC_aarch64_unknown_linux_musl=aarch64-linux-gnu-gcc

for architecture; do
    triple=$architecture-unknown-linux-musl
    build=(cargo build --quiet --locked --target "$triple" --config "target.$triple.rustflags=[$flags]")
    "${build[@]}" --release --package htpasswd-cli
    "${build[@]}" --profile server --package htpasswd-auth
    mkdir -p "$folder/$architecture"
    cp "$target/$triple/release/htpasswd" "$target/$triple/server/htpasswd-auth" "$folder/$architecture/"
done

# Without the option, the linker of mingw writes the time of the build into the program.
for architecture; do
    [ "$architecture" = x86_64 ] || continue
    triple=x86_64-pc-windows-gnu
    cargo build --quiet --locked --target "$triple" --release --package htpasswd-cli \
        --config "target.$triple.rustflags=[$flags\"-Clink-arg=-Wl,--no-insert-timestamp\"]"
    cp "$target/$triple/release/htpasswd.exe" "$folder/$architecture/"
done
