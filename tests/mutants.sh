#!/usr/bin/env bash
# Changes the code in one place at a time and sees whether a test fails. Needs cargo-mutants 27.
#
#   tests/mutants.sh          the options of the command, and edits of a document: three minutes on two cores
#   tests/mutants.sh all      the options of the command, and the library: hours
#   tests/mutants.sh FILE…    these files of either
#
# A mutant gets the unit tests of its module, and the other tests only if it survives those. Survivors that are known
# stand in tests/mutants.txt, each with its reason; any other one, and a reason that nothing needs, is a failure.
# What cargo-mutants says is kept in target/mutants.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/mutants
explained=$PWD/tests/mutants.txt

options=(crates/htpasswd-cli/src/action.rs crates/htpasswd-cli/src/action/*.rs)
case ${1-} in
    "") files=("${options[@]}" crates/htpasswd/src/document.rs crates/htpasswd/src/document/{change,edits,findings,patch,plan}.rs) ;;
    all) mapfile -t files < <(git ls-files 'crates/htpasswd/src/*.rs') && files+=("${options[@]}") ;;
    *) files=("$@") ;;
esac

# The files of each module, as "crate module" has them.
declare -A modules
for file in "${files[@]}"; do
    [ -f "$file" ] || { echo "no such file: $file"; exit 1; }
    IFS=/ read -r _ crate _ module _ <<<"$file"
    modules["$crate ${module%.rs}"]+=" $file"
done

# What survived, without lines and columns, which any edit moves.
survivors() { sed -E 's/^([^:]*):[0-9]+:[0-9]+:/\1:/' "$1/mutants.out/missed.txt" | sort; }

# reasons FILE…: the survivors of these files that are explained.
reasons() { printf '%s: \n' "$@" | grep -Ff - <(grep -v '^#' "$explained") | sort || true; }

# Runs cargo-mutants. 2 and 3 say that some survived or ran into the time limit, which the results say too; any other
# failure, as of the tests without a mutant, is one.
tried() { "$@" || case $? in 2 | 3) ;; *) return 1 ;; esac; }

# mutate PLACE CRATE MODULE FILE…: in a copy of its own, so that nothing is left of a mutant if this is cut off.
mutate() {
    local place=$1 crate=$2 module=$3 result=$work/results/$2-$3
    shift 3
    rm -rf "$place/tree" "$result"
    # Each file counts as new (tar -m): what was built of the last mutant must not be taken for the code as it is.
    mkdir -p "$place/tree" "$result"
    git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -xm -C "$place/tree"
    local first=(--lib) units=("$module::") others=(--lib) build=(--features=htpasswd/libxcrypt)
    case $crate/$module in
        htpasswd-cli/*) first=(--bin=htpasswd) others=(--bin=htpasswd --test=drop_in) ;;
        htpasswd/document) others+=(--test=models) ;;
        htpasswd/hash) others+=(--test=vectors --test=system_crypt) ;;
        # Their tests take far longer than optimizing the code does.
        htpasswd/store)
            build+=(--profile=dev)
            others=(--package=htpasswd-cli --test=models --test=drop_in --test=safety)
            ;;
        htpasswd/servers) units+=(lint::) ;; # What it says of servers is asked for there.
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
        echo "$crate, $module: > survived without a reason in tests/mutants.txt, < has one and did not survive"
        cat "$result/unexplained"
        return 1
    fi
}

# Two modules at a time. An endless loop that takes memory must not take all of it.
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
[ $failed = 0 ] && echo "every mutant was caught or is explained"
exit $failed
