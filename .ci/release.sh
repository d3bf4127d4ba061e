#!/usr/bin/env bash
# Packs a sample of a release twice, compares the bytes, and installs each file. The sample contains programs that
# earlier checks built, because the optimized builds for all processors take many minutes: packaging/release.sh builds
# them. The script also checks the workflows of the public forge.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

say "workflows"
tools=$target/tools/workflows
versions=(check-jsonschema==0.39.0 zizmor==1.32.0)
if [ "$("$tools/bin/pip" freeze 2>/dev/null | grep -cxF "$(printf '%s\n' "${versions[@]}")")" != ${#versions[@]} ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "${versions[@]}"
fi
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$tools/bin/zizmor" --offline --quiet .github/workflows

say "a static login service"
# The settings are those of targets.sh, so cargo compiles only the crates that the command does not need.
triple=x86_64-unknown-linux-musl
CARGO_PROFILE_DEV_DEBUG=false CC_x86_64_unknown_linux_musl=gcc \
    cargo build --quiet --locked --target "$triple" --package htpasswd-auth

say "the files of a release, packed twice"
tool cargo-cyclonedx 0.5.9
install -D "$target/x86_64-unknown-linux-gnu/release/htpasswd" -t "$scratch/programs/x86_64"
install -D "$target/$triple/debug/htpasswd-auth" -t "$scratch/programs/x86_64"
install -D "$target/aarch64-unknown-linux-musl/debug/htpasswd" -t "$scratch/programs/aarch64"
install -D "$target/x86_64-pc-windows-gnu/debug/htpasswd.exe" -t "$scratch/programs/x86_64"
packaging/release.sh --programs "$scratch/programs" "$scratch/first"
packaging/release.sh --programs "$scratch/programs" "$scratch/second" >/dev/null
diff "$scratch/first/SHA256SUMS" "$scratch/second/SHA256SUMS"
echo "both have the same bytes"

say "each file of the release, installed and used"
packaging/try.sh "$scratch/first"
say "end of release.sh"
