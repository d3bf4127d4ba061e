#!/usr/bin/env bash
# Checks the dependencies: the oldest supported compiler and versions, licences and known vulnerabilities. It also
# checks that the crates can be published.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

oldest=$(sed -n 's/^rust-version = "\(.*\)"$/\1.0/p' Cargo.toml)
say "everything compiles with Rust $oldest"
toolchain "$oldest"
cargo "+$oldest" check --quiet --locked --workspace --all-targets --target-dir target/oldest-rust
discard target/oldest-rust

say "everything compiles, and the libraries pass their tests, with the oldest allowed versions"
toolchain "$nightly"
git ls-files -z | xargs -0 cp --parents --target-directory "$scratch"
(
    cd "$scratch"
    export CARGO_TARGET_DIR=$OLDPWD/target/oldest-versions
    cargo "+$nightly" update --quiet -Z direct-minimal-versions
    cargo check --quiet --locked --workspace --all-targets
    cargo test --quiet --locked -p crypt-lanes -p htpasswd -p secret-manifest -p tower-htpasswd
)
discard target/oldest-versions

say "the library without features needs at most 26 crates, and neither rustix nor hmac"
cargo tree --quiet --locked -p htpasswd --no-default-features --edges normal,build --prefix none --no-dedupe |
    sed 's/ .*//' | sort -u >"$scratch/needed"
if grep -xE 'rustix|hmac' "$scratch/needed" || [ "$(wc -l <"$scratch/needed")" -gt 26 ]; then
    cat "$scratch/needed"
    exit 1
fi

# deny FOLDER CHECK…: checks a package with deny.toml. A package may leave entries of deny.toml unused, because another
# package needs them.
deny() {
    local folder=$1
    shift
    cargo deny --manifest-path "$folder/Cargo.toml" --config deny.toml --locked check --hide-inclusion-graph -D warnings \
        -A license-exception-not-encountered -A unmatched-skip -A advisory-not-detected "$@"
}
say "licences, versions and sources"
tool cargo-deny 0.20.2
deny . bans licenses sources
deny fuzz bans licenses sources
deny benches/debug bans licenses sources
# The peers of the benchmark have old dependencies, so `bans` does not apply to them.
deny benches/drive licenses sources
# Each framework has its own versions of some crates, so `bans` does not apply to the examples either.
deny examples/frameworks licenses sources

say "known vulnerabilities"
if cargo deny fetch db 2>/dev/null; then
    for folder in . fuzz benches/debug benches/drive examples/frameworks; do deny "$folder" advisories; done
else
    echo "NOT CHECKED: advisories, because the RustSec database cannot be fetched"
fi

say "the published crates compile, with licences and a README"
# cargo keeps the sources of packages by the path of the target directory, so each run has a path of its own.
cargo package --quiet --locked --allow-dirty --workspace --exclude xtask --exclude test-support --exclude htpasswd-wasm --target-dir "$scratch/packages" 2>"$scratch/package.log" ||
    { cat "$scratch/package.log"; exit 1; }
for crate in "$scratch"/packages/package/*.crate; do
    # The variable avoids a pipe: grep -q exits early, and then pipefail reports a failure of tar.
    names=$(tar -tzf "$crate")
    for file in LICENSE-MIT LICENSE-APACHE README.md; do
        grep -qx "[^/]*/$file" <<<"$names" || { echo "$crate has no $file"; exit 1; }
    done
done

say "end of supply.sh"
