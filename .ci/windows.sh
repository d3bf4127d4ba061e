#!/usr/bin/env bash
# Checks the library and the command for Windows. clippy compiles them, and wine runs their tests on this machine.
#
#   .ci/windows.sh                          all checks, with a sample of the kills
#   HTPASSWD_TEST_FULL=1 .ci/windows.sh     the same, with ten times as many kills
#   .ci/windows.sh program                  only makes target/wine/htpasswd, which runs htpasswd.exe under wine
#
# Wine is at the path that the package wine64 of Debian 12 has.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
triple=x86_64-pc-windows-gnu
wine=/usr/lib/wine/wine64
# These are absolute paths, because tests call the program in their own folders.
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
folder=$target/wine
# Each target is built once, so a fast build matters more than backtraces with lines.
export CARGO_PROFILE_DEV_DEBUG=false

say "wine, and a compiler for Windows"
missing=()
command -v x86_64-w64-mingw32-gcc >/dev/null || missing+=(gcc-mingw-w64-x86-64-win32)
[ -x "$wine" ] || missing+=(wine64)
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
installed=$(rustup target list --installed)
grep -qx "$triple" <<<"$installed" || rustup target add "$triple" >&2 ||
    { echo "rustup cannot install the standard library for $triple" >&2; exit 1; }

mkdir -p "$folder/lib"
x86_64-w64-mingw32-gcc -shared -O2 -s -o "$folder/lib/bcryptprimitives.dll" tests/windows/bcryptprimitives.c -ladvapi32
# wine writes to the home directory and the temporary directory. LC_ALL makes it read arguments and file names as UTF-8.
cat >"$folder/run" <<END
#!/bin/sh
export WINEPREFIX='$folder/prefix' WINEDEBUG=-all HOME='$folder' TMPDIR='$folder' LC_ALL=C.UTF-8
export WINEPATH='Z:$(tr / '\\' <<<"$folder/lib")' WINEDLLOVERRIDES='winemenubuilder.exe=d;mscoree=d;mshtml=d'
exec $wine "\$@"
END
printf '#!/bin/sh\nexec %s %s "$@"\n' "'$folder/run'" "'$target/$triple/debug/htpasswd.exe'" >"$folder/htpasswd"
chmod 755 "$folder/run" "$folder/htpasswd"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$folder/run

say "htpasswd.exe"
cargo build --quiet --locked --target "$triple" -p htpasswd-cli
[ "${1:-}" != program ] || exit 0

# Each program under wine needs this server. Without -p, the server ends with the last program, and the next program
# needs seconds to start it.
export WINEPREFIX=$folder/prefix
mkdir -p "$WINEPREFIX"
/usr/lib/wine/wineserver64 -k || true
/usr/lib/wine/wineserver64 -p
trap '/usr/lib/wine/wineserver64 -k || true' EXIT
"$folder/run" wineboot --init >"$folder/boot.log" 2>&1
"$folder/htpasswd" --version

say "lints for $triple"
cargo clippy --quiet --locked --target "$triple" -p htpasswd -p htpasswd-cli -- -D warnings

# Logins and the models of a disk do not depend on the target.
say "the library under wine"
library=(--features argon2,libxcrypt -p htpasswd)
cargo test --quiet --locked --target "$triple" "${library[@]}" --lib -- store:: document:: hash:: --skip commit::tests
cargo test --quiet --locked --target "$triple" "${library[@]}" --test vectors -- _match

# call_tests ARGUMENT…: runs black-box tests on this processor, which call htpasswd.exe. A run under wine once lost its
# server ("wine client error: Connection reset by peer"), so tests that fail run a second time.
call_tests() { call_once "$@" || { echo "the second run:" && call_once "$@"; }; }

# call_once ARGUMENT…: runs the tests that `cargo test` has compiled, so CARGO_PROFILE_DEV_DEBUG is not set.
call_once() {
    HTPASSWD_TEST_BUILD=$folder/htpasswd env --default-signal=INT,QUIT,HUP -u CARGO_PROFILE_DEV_DEBUG \
        cargo test --quiet --locked -p htpasswd-cli "$@" </dev/null
}

# listed WORD TARGET: prints the names in the lines of tests/windows/shared.txt with this word.
listed() { sed -n "s/^$1 $2 //p" tests/windows/shared.txt; }

# choose TESTS: sets `chosen` to the arguments that select these tests.
choose() {
    mapfile -t chosen < <(listed run "$1")
    local name
    for name in $(listed skip "$1"); do chosen+=(--skip "$name"); done
    echo "$(listed skip "$1" | wc -l) tests are left out; tests/windows/shared.txt has the reasons"
}

say "black-box tests of Apache's options with htpasswd.exe"
choose drop_in
call_tests --test drop_in -- "${chosen[@]}"
say "black-box tests of additions with htpasswd.exe"
choose command
call_tests --test command -- "${chosen[@]}"

say "kills, writers, readers and the special points of Windows"
call_tests --test windows
say "end of windows.sh"
