#!/usr/bin/env bash
# Tests the tests: changes the code in one place at a time, and expects that a test fails. Needs cargo-mutants 27.
#
#   tests/mutants.sh          the options of the command, and edits of a document: three minutes on two cores
#   tests/mutants.sh all      the options of the command, and the library: hours
#   tests/mutants.sh FILE…    these files of the command or the library
#
# The script runs the unit tests of a mutant's module first, and the other tests only if the mutant survives those.
# tests/mutants.txt lists the known survivors with their reasons. The script fails if another mutant survives, or if a
# listed mutant does not survive. The output of cargo-mutants is in target/mutants.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/mutants
explained=$PWD/tests/mutants.txt

options=(crates/htpasswd-cli/src/args.rs crates/htpasswd-cli/src/args/*.rs)
case ${1-} in
    "") files=("${options[@]}" crates/htpasswd/src/document.rs crates/htpasswd/src/document/{change,edits,findings,patch,plan}.rs) ;;
    all) mapfile -t files < <(git ls-files 'crates/htpasswd/src/*.rs') && files+=("${options[@]}") ;;
    *) files=("$@") ;;
esac

# The files of each module. The keys have the form "crate module".
declare -A modules
for file in "${files[@]}"; do
    [ -f "$file" ] || { echo "no such file: $file"; exit 1; }
    IFS=/ read -r _ crate _ module _ <<<"$file"
    modules["$crate ${module%.rs}"]+=" $file"
done

# survivors RESULT: prints the survivors without lines and columns, which change with each edit of the file.
survivors() { sed -E 's/^([^:]*):[0-9]+:[0-9]+:/\1:/' "$1/mutants.out/missed.txt" | sort; }

# reasons FILE…: prints the known survivors of these files.
reasons() { printf '%s: \n' "$@" | grep -Ff - <(grep -v '^#' "$explained") | sort || true; }

# tried COMMAND…: runs cargo-mutants. Exit codes 2 and 3 mean that mutants survived or reached the time limit. The
# script reads these mutants from the results. Any other exit code is an error, for example because a test fails
# without a mutant.
tried() { "$@" || case $? in 2 | 3) ;; *) return 1 ;; esac; }

# mutate PLACE CRATE MODULE FILE…: tests the mutants of a module in a copy of the repository, so that an interrupted
# run leaves no mutant in the sources.
mutate() {
    local place=$1 crate=$2 module=$3 result=$work/results/$2-$3
    shift 3
    rm -rf "$place/tree" "$result"
    # tar -m makes each file new, so that cargo does not use the build of the last mutant.
    mkdir -p "$place/tree" "$result"
    git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -xm -C "$place/tree"
    local first=(--lib) units=("$module::") others=(--lib) build=(--features=htpasswd/libxcrypt,htpasswd/argon2)
    case $crate/$module in
        htpasswd-cli/*) first=(--bin=htpasswd) others=(--bin=htpasswd --test=drop_in) ;;
        htpasswd/document) others+=(--test=models) ;;
        htpasswd/hash) others+=(--test=vectors --test=system_crypt) ;;
        # The tests of the store need more time than a build with optimization.
        htpasswd/store)
            build+=(--profile=dev)
            others=(--package=htpasswd-cli --test=models --test=drop_in --test=safety)
            ;;
        htpasswd/servers) units+=(lint::) ;; # The tests of lint use the table of servers.
        htpasswd/auth) others+=(--test=authenticator) build+=(--profile=dev) ;;
    esac
    local mutants=(nice -n 10 cargo mutants --dir "$place/tree" --in-place --colors=never --output "$result"
        --package "$crate" "${build[@]}" "${@/#/--file=}")
    local -x CARGO_TARGET_DIR=$place/target
    tried "${mutants[@]}" "${first[@]/#/--cargo-arg=}" -- -- "${units[@]}" || return 1
    if [ -n "$(comm -23 <(survivors "$result") <(reasons "$@"))" ]; then
        tried "${mutants[@]}" --iterate "${others[@]/#/--cargo-arg=}" || return 1
    fi
    if ! diff <(reasons "$@") <(survivors "$result") >"$result/unexplained"; then
        echo "$crate, $module: > survived without a reason in tests/mutants.txt, < has a reason but did not survive"
        cat "$result/unexplained"
        return 1
    fi
}

# Each mutant changes one file, so an incremental build saves most of the time.
export CARGO_INCREMENTAL=1
# Two workers run at the same time. The limit stops a mutant that allocates memory in an endless loop.
ulimit -v 6000000
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
mapfile -t names < <(printf '%s\n' "${!modules[@]}" | sort)
workers=()
for worker in 0 1; do
    (
        failed=0
        for ((n = worker; n < ${#names[@]}; n += 2)); do
            # shellcheck disable=SC2086 # names and files are words
            mutate "$work/$worker" ${names[n]} ${modules[${names[n]}]} || failed=1
        done
        exit $failed
    ) &
    workers+=($!)
done
failed=0
for worker in "${workers[@]}"; do wait "$worker" || failed=1; done
[ $failed = 0 ] && echo "a test caught each mutant, except the known survivors"
exit $failed
