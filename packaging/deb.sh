#!/usr/bin/env bash
# Builds the Debian package, and tries it in a scratch root that has the packages of this machine: it is installed
# beside Apache's tool, run, installed over itself and removed. Says at the end where the package is.
#
# Needs dpkg-dev, man-db and, as what is to be moved aside, apache2-utils; looks for more with lintian if that is here.
set -euo pipefail
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

wanted=3.8.0
tools=$target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null)" != "$wanted" ]; then
    # Unoptimized, it is there in half of the time; it has little to do.
    env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --root "$tools" cargo-deb --version "$wanted"
fi

# The licences in packaging/debian/copyright are those of all crates in the program.
cargo tree --locked --package htpasswd-cli --edges normal,no-proc-macro --prefix none --format '{l} ({p})' |
    { grep -vE '^[^(]*(MIT|Apache-2\.0)|^BSD-3-Clause \(subtle |\(\*\)$' || true; } >"$tools/licences"
[ ! -s "$tools/licences" ] || { echo "not in packaging/debian/copyright:"; cat "$tools/licences"; exit 1; }

rm -rf "$target/debian"
cargo build --quiet --locked --release --package htpasswd-cli
PATH=$PATH:$tools/bin cargo deb --quiet --locked --no-build --package htpasswd-cli --output "$target/debian/"
package=$(echo "$target"/debian/htpasswd_*.deb)
dpkg-deb --info "$package" | sed -n '/^ Package/,$p'

if command -v lintian >/dev/null; then
    # There is no bug of Debian's to close: the package is not for its archive.
    lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$package"
    echo "lintian finds nothing"
fi

# The scratch root: what dpkg knows of this machine, and the files that are in the way.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/var/lib" "$root/var/log"
cp -r /var/lib/dpkg "$root/var/lib/"
dpkg_there() { dpkg --root="$root" --force-script-chrootless --no-triggers --path-include='*' "$@" >/dev/null; }

program=/usr/bin/htpasswd manual=/usr/share/man/man1/htpasswd.1.gz
completion=/usr/share/bash-completion/completions/htpasswd
dpkg -L apache2-utils | grep -qx "$program"
for file in "$program" "$manual" "$completion"; do
    mkdir -p "$root$(dirname "$file")"
    # Some images leave manuals out.
    if [ -e "$file" ]; then cp "$file" "$root$file"; else echo "theirs" >"$root$file"; fi
done
sums() { (cd "$root" && find usr -type f -exec sha256sum {} + | sort -k 2); }
sums >"$root/before"

is_ours() {
    cmp "$root$program" "$target/release/htpasswd"
    cmp "$root$completion" completions/htpasswd.bash
    zcat "$root$manual" | cmp - docs/man/htpasswd.1
    man -l "$root$manual" | grep -q 'htpasswd - manage the password files'
    cmp "$root/usr/share/zsh/vendor-completions/_htpasswd" completions/_htpasswd
    cmp "$root/usr/share/fish/vendor_completions.d/htpasswd.fish" completions/htpasswd.fish
    cmp "$root/usr/share/doc/htpasswd/copyright" packaging/debian/copyright
    zcat "$root/usr/share/doc/htpasswd/changelog.Debian.gz" | cmp - packaging/debian/changelog
}
dpkg_there --install "$package"
is_ours
"$root$program" -Bbc "$root/users" dreamfish abc123 2>/dev/null
# Apache's tool is the judge, from where it went.
"$root$program.apache2-utils" -vb "$root/users" dreamfish abc123 2>/dev/null
echo "installed: ours is $program, Apache's $program.apache2-utils, and it takes the file that ours made"

dpkg_there --install "$package"
is_ours
dpkg_there --remove htpasswd
sums | diff "$root/before" -
dpkg_there --install "$package"
dpkg_there --purge htpasswd
sums | diff "$root/before" -
if dpkg-divert --root "$root" --list '*htpasswd*' | grep .; then exit 1; fi
echo "installed over itself, removed, purged: all is as before"
echo "$package"
