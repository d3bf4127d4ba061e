#!/usr/bin/env bash
# Compares the public interface of each crate with the record in docs/api, and rejects an interface that contains types
# of other crates. With --update, the script writes the records in docs/api.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
case "${1:-}" in --update | '') ;; *) echo "usage: .ci/api.sh [--update]" >&2; exit 2 ;; esac

# For each crate, the other crates whose types its interface may contain. serde_core defines the traits of the optional
# feature serde. The macro of pin-project-lite adds a bound with a type of that crate.
declare -A foreign=([crypt-lanes]='' [secret-manifest]='' [htpasswd]='serde_core'
    [tower-htpasswd]='axum_core htpasswd http http_body pin_project_lite tower_layer tower_service')

say "public interfaces"
toolchain "$nightly"
tool cargo-public-api 0.52.0
differ=
for crate in crypt-lanes secret-manifest htpasswd tower-htpasswd; do
    now=$(cargo "+$nightly" public-api -p "$crate" --all-features -ss --target-dir target/api 2>/dev/null) ||
        { echo "cargo public-api -p $crate fails"; exit 1; }
    recorded=docs/api/$crate.txt
    if [ "${1:-}" = --update ]; then
        mkdir -p docs/api
        echo "$now" >"$recorded"
    elif ! diff -u "$recorded" <(echo "$now"); then
        differ+=" $crate"
    fi
    # The first word of a path is the name of a crate.
    others=$(grep -oP '(?<![\w:])[a-z]\w*(?=::)' <<<"$now" | sort -u |
        grep -vxE "${crate//-/_}|core|alloc|std|u32|${foreign[$crate]// /|}" || true)
    [ -z "$others" ] || { echo "$crate: its interface contains types of" $others; exit 1; }
done
[ -z "$differ" ] || { echo "The interface changed:$differ. If this is intended, run .ci/api.sh --update"; exit 1; }

say "compatibility with the last version"
if last=$(git describe --tags --abbrev=0 --match 'v*' HEAD 2>/dev/null); then
    tool cargo-semver-checks 0.51.0
    cargo semver-checks --all-features --baseline-rev "$last" -p crypt-lanes -p secret-manifest -p htpasswd -p tower-htpasswd
else
    echo "NOT CHECKED: there is no earlier version"
fi
say "end of api.sh"
