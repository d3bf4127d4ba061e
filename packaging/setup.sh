#!/usr/bin/env bash
# Installs the programs that packaging/release.sh and packaging/try.sh need, on Debian 12 with rustup, as root:
#
#   packaging/setup.sh [FURTHER PACKAGE…]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends apache2-utils curl docker-registry dpkg-dev gcc gcc-aarch64-linux-gnu \
    gcc-mingw-w64-x86-64-win32 git jq libc6-dev-arm64-cross man-db nodejs npm python3 python3-venv qemu-user-static skopeo wine64 "$@" >/dev/null
rustup target add x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-pc-windows-gnu
tool cargo-cyclonedx 0.5.9
