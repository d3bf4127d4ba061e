#!/usr/bin/env bash
# Builds the Debian packages htpasswd and htpasswd-auth and tests them. The package htpasswd is tested in a scratch root
# that knows the packages of this machine: it is installed beside Apache's tool, run, installed again and removed. Then
# packaging/walk.sh installs both packages and follows the tutorials of the login service. The last two lines of the
# output are the paths of the packages.
#
# Needs dpkg-dev, man-db, apache2-utils, whose files the package moves aside, and what packaging/walk.sh needs. Runs
# lintian if it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

wanted=3.8.0
tools=$target/tools
if [ "$("$tools/bin/cargo-deb" --version 2>/dev/null)" != "cargo-deb $wanted" ]; then
    # cargo-deb is built without optimization: this build takes half the time, and cargo-deb has little work.
    env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --root "$tools" cargo-deb --version "$wanted"
fi

# packaging/debian/copyright must list the licences of all crates in the programs.
listed='^$|^BSD-3-Clause \(subtle |^ISC \((rustls-webpki|untrusted) '
cargo tree --locked --package htpasswd-cli --package htpasswd-auth --edges normal,no-proc-macro --prefix none \
    --format '{l} ({p})' | { grep -vE "^[^(]*(MIT|Apache-2\.0)|$listed|\(\*\)\$" || true; } >"$tools/licences"
[ ! -s "$tools/licences" ] || { echo "not in packaging/debian/copyright:"; cat "$tools/licences"; exit 1; }

# `deb.sh --pack TARGET FOLDER OUTPUT` only makes packages of the static programs in the target folder FOLDER, in the
# folder OUTPUT. packaging/release.sh uses this form.
if [ "${1:-}" = --pack ]; then
    for program in "$3/$2/release/htpasswd" "$3/$2/server/htpasswd-auth"; do
        name=${program##*/}
        crate=${name/%htpasswd/htpasswd-cli}
        [ -e "$program" ] || continue
        grep -q '^\[package\.metadata\.deb\]' "crates/$crate/Cargo.toml" || continue
        profile=$(basename "${program%/*}")
        PATH=$PATH:$tools/bin CARGO_TARGET_DIR=$3 cargo deb --quiet --locked --no-build --no-strip --target "$2" \
            --profile "$profile" --package "$crate" --output "$4/"
    done
    exit
fi

rm -rf "$target/debian"
cargo build --quiet --locked --release --package htpasswd-cli
cargo build --quiet --locked --profile server --package htpasswd-auth
PATH=$PATH:$tools/bin
cargo deb --quiet --locked --no-build --package htpasswd-cli --output "$target/debian/"
cargo deb --quiet --locked --no-build --profile server --package htpasswd-auth --output "$target/debian/"
package=$(echo "$target"/debian/htpasswd_*.deb)
service=$(echo "$target"/debian/htpasswd-auth_*.deb)
for each in "$package" "$service"; do
    dpkg-deb --info "$each" | sed -n '/^ Package/,$p'
    command -v lintian >/dev/null || continue
    # lintian expects a changelog entry that closes a bug of Debian. This package is not for Debian's archive, so it
    # has no such entry.
    lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$each"
    echo "lintian has no errors or warnings"
done

# The scratch root has dpkg's database of this machine, and the files that the package moves aside.
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
    # Some container images have no man pages.
    if [ -e "$file" ]; then cp "$file" "$root$file"; else echo "theirs" >"$root$file"; fi
done
sums() { (cd "$root" && find usr -type f -exec sha256sum {} + | sort -k 2); }
sums >"$root/before"

is_ours() {
    cmp "$root$program" "$target/release/htpasswd"
    cmp "$root$completion" completions/htpasswd.bash
    zcat "$root$manual" | cmp - docs/man/htpasswd.1
    man -l "$root$manual" | grep -q 'htpasswd - manage the password files'
    for page in htpasswd-formats htpasswd-servers; do
        zcat "$root/usr/share/man/man7/$page.7.gz" | cmp - "docs/man/$page.7"
    done
    [ -e "$root/usr/share/doc/htpasswd/README.md" ] && [ -e "$root/usr/share/doc/htpasswd/docs/how-to/README.md" ]
    cmp "$root/usr/share/zsh/vendor-completions/_htpasswd" completions/_htpasswd
    cmp "$root/usr/share/fish/vendor_completions.d/htpasswd.fish" completions/htpasswd.fish
    cmp "$root/usr/share/doc/htpasswd/copyright" packaging/debian/copyright
    zcat "$root/usr/share/doc/htpasswd/changelog.Debian.gz" | cmp - packaging/debian/changelog
}
dpkg_there --install "$package"
is_ours
"$root$program" -Bbc "$root/users" dreamfish abc123 2>/dev/null
# Apache's tool, under its new name, verifies the file.
"$root$program.apache2-utils" -vb "$root/users" dreamfish abc123 2>/dev/null
echo "installed: $program; Apache's tool is now $program.apache2-utils and accepts the new password file"

dpkg_there --install "$package"
is_ours
dpkg_there --remove htpasswd
sums | diff "$root/before" -
dpkg_there --install "$package"
dpkg_there --purge htpasswd
sums | diff "$root/before" -
if dpkg-divert --root "$root" --list '*htpasswd*' | grep .; then exit 1; fi
echo "installed again, removed, purged: all earlier files are unchanged"
packaging/walk.sh "$package" "$service"
echo "$package"
echo "$service"
