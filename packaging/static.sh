#!/usr/bin/env bash
# Builds the static program and tests it as in the image of the Containerfile: alone in an empty root, as user 65534.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

cargo static --quiet --locked
static=$target/x86_64-unknown-linux-gnu/release/htpasswd
ldd "$static" 2>&1 | grep 'statically linked'

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
cp "$static" "$root/"
chmod 755 "$root"
# Without root, the test runs in a user namespace, where it can use chroot.
if [ "$(id -u)" = 0 ]; then alone=(chroot --userspec=65534:65534 "$root"); else alone=(unshare -r chroot "$root"); fi
[ "$(ls -A "$root")" = htpasswd ]

record=$("${alone[@]}" /htpasswd -Bbn testuser testpassword)
printf '%s\n' "$record" | grep -xE 'testuser:\$2y\$05\$[./A-Za-z0-9]{53}'
[ "$(printf %s testpassword | "${alone[@]}" /htpasswd -Bin testuser | wc -l)" = 2 ]
"${alone[@]}" /htpasswd --help | grep -q '^Usage:'

# This directory takes the role of a volume at /data.
mkdir "$root/data"
chmod 777 "$root/data"
printf %s testpassword | "${alone[@]}" /htpasswd -Bic /data/htpasswd testuser 2>&1
"${alone[@]}" /htpasswd -vb /data/htpasswd testuser testpassword 2>&1
printf 'moonfish:secret\n' | "${alone[@]}" /htpasswd --import -B /data/htpasswd 2>&1
[ "$(ls -A "$root/data")" = htpasswd ]
echo "the program works in an empty root"
