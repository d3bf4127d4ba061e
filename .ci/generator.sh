#!/usr/bin/env bash
# Checks the library in a browser: lints for wasm32, the build of the page docs/generator, and its tests in Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

say "packages for the page"
declare -A packages=([chromium]=chromium [nginx]=nginx [htpasswd]=apache2-utils [node]=nodejs [npm]=npm)
missing=()
for program in "${!packages[@]}"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+=("${packages[$program]}")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
target=wasm32-unknown-unknown
installed=$(rustup target list --installed)
grep -qx "$target" <<<"$installed" || rustup target add "$target" >&2 ||
    { echo "rustup cannot install the standard library for $target" >&2; exit 1; }
tool wasm-bindgen-cli "$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)"
# The browser comes from Debian. playwright-core controls it, and axe-core checks the accessibility of the page.
export NODE_TOOLS=$PWD/target/tools/generator
mkdir -p "$NODE_TOOLS"
[ -e "$NODE_TOOLS/node_modules/axe-core" ] && [ -e "$NODE_TOOLS/node_modules/playwright-core" ] ||
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$NODE_TOOLS" playwright-core@1.56.1 axe-core@4.11.0 ||
    { echo "npm cannot install playwright-core and axe-core" >&2; exit 1; }

say "lints for $target"
for features in "" lint libxcrypt,argon2; do
    cargo clippy --quiet --locked --target "$target" -p htpasswd --no-default-features --features "$features" -- -D warnings
done
cargo clippy --quiet --locked --target "$target" -p htpasswd-wasm -- -D warnings

say "the page"
docs/generator/build.sh
first=$(sha256sum <target/generator/htpasswd.js)
cargo clean --quiet --release --target "$target" -p htpasswd-wasm
docs/generator/build.sh
[ "$first" = "$(sha256sum <target/generator/htpasswd.js)" ] || { echo "two builds of the page differ"; exit 1; }

say "tests of the page in Chromium"
cargo build --quiet --locked -p htpasswd-cli
for file in docs/generator/test/*.test.mjs; do node "$file"; done
say "end of generator.sh"
