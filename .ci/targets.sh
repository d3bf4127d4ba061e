#!/usr/bin/env bash
# Checks the targets that differ from this machine. clippy compiles the code for macOS and FreeBSD, because no program for
# them can run here. The static programs for Linux are built and tested, those for ARM under emulation.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

checked=(aarch64-apple-darwin x86_64-unknown-freebsd)
tested=(x86_64-unknown-linux-musl aarch64-unknown-linux-musl)
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=qemu-aarch64-static
# Each target is built once, so a fast build matters more than backtraces with lines.
export CARGO_PROFILE_DEV_DEBUG=false

say "targets"
for target in "${checked[@]}" "${tested[@]}"; do
    installed=$(rustup target list --installed)
    grep -qx "$target" <<<"$installed" || rustup target add "$target" >&2 ||
        { echo "rustup cannot install the standard library for $target" >&2; exit 1; }
done

for target in "${checked[@]}"; do
    say "lints for $target"
    cargo clippy --quiet --locked --target "$target" -p htpasswd -p htpasswd-cli -- -D warnings
done

# Logins and the models of a disk do not depend on the target, and take minutes under emulation.
library=(--features argon2,libxcrypt -p htpasswd)
for target in "${tested[@]}"; do
    say "the library on $target"
    cargo test --quiet --locked --target "$target" "${library[@]}" --lib -- store:: document:: hash:: --skip commit::tests
    cargo test --quiet --locked --target "$target" "${library[@]}" --test vectors -- _match
    say "the command on $target"
    cargo build --quiet --locked --target "$target" -p htpasswd-cli
done

say "a record of each static program"
file=$(mktemp -d)/users
trap 'rm -r "${file%/*}"' EXIT
for target in "${tested[@]}"; do
    run=()
    [ "$target" = x86_64-unknown-linux-musl ] || run=(qemu-aarch64-static)
    "${run[@]}" "target/$target/debug/htpasswd" -Bbc "$file" dreamfish abc123
    htpasswd -vb "$file" dreamfish abc123
done
# call_tests PROGRAM ARGUMENT…: runs black-box tests on this processor, which call the other program. The tests are those
# that `cargo test` has compiled, so CARGO_PROFILE_DEV_DEBUG is not set.
call_tests() {
    HTPASSWD_TEST_BUILD=$1 env --default-signal=INT,QUIT,HUP -u CARGO_PROFILE_DEV_DEBUG \
        cargo test --quiet --locked -p htpasswd-cli "${@:2}" </dev/null
}

say "all calls of the static program for x86-64"
call_tests "$PWD/target/x86_64-unknown-linux-musl/debug/htpasswd" --test drop_in --test command

# The emulator has no TCGETS2, so no prompt on a terminal works, and it opens a closed standard output.
say "the calls of Apache's tool with the static program for ARM"
emulated=${file%/*}/htpasswd
printf '#!/bin/sh\nexec qemu-aarch64-static -0 "$0" %s "$@"\n' "$PWD/target/aarch64-unknown-linux-musl/debug/htpasswd" >"$emulated"
chmod 755 "${file%/*}" "$emulated"
call_tests "$emulated" --test drop_in -- --skip prompts:: --skip terminal:: --skip d14_an_empty --skip d21_n_fails --skip d30_a_password
say "end of targets.sh"
