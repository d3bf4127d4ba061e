#!/usr/bin/env bash
# Fuzzes each target for SECONDS. A target starts from the seeds that seeds.py generates, from the committed inputs in
# fuzz/regressions/TARGET and from the corpus of earlier runs. Exits with 1 at the first finding.
# Usage: fuzz/run.sh SECONDS [TARGET…]
# Environment: WORKERS is the number of processes (default: one for each core).
# TOOLCHAIN is the compiler (default: nightly).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET…]}
shift
workers=${WORKERS:-$(nproc)}
toolchain=${TOOLCHAIN:-nightly}
if [ $# = 0 ]; then
    for source in fuzz/fuzz_targets/*.rs; do
        name=${source##*/}
        set -- "$@" "${name%.rs}"
    done
fi

# Logs and the files of the targets are in memory if /dev/shm exists.
logs=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$logs"' EXIT

python3 fuzz/seeds.py
for target; do
    cargo "+$toolchain" fuzz build "$target"
done
programs=fuzz/target/$(rustc "+$toolchain" -vV | sed -n 's/^host: //p')/release
for target; do
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target" "fuzz/target/seeds/$target"
    inputs=("fuzz/corpus/$target" "fuzz/target/seeds/$target")
    [ ! -d "fuzz/regressions/$target" ] || inputs+=("fuzz/regressions/$target")
    limits=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1)
    [ ! -f "fuzz/dictionaries/$target" ] || limits+=(-dict="fuzz/dictionaries/$target")
    pids=()
    for ((worker = 1; worker <= workers; worker++)); do
        # All workers write to the first folder, the corpus, and read it again at intervals.
        TMPDIR=$logs "$programs/$target" "${limits[@]}" -reload=1 -artifact_prefix="fuzz/artifacts/$target/" \
            "${inputs[@]}" >"$logs/$target-$worker" 2>&1 &
        pids+=($!)
    done
    while jobs -rp | grep -q .; do
        sleep 1
        # If one worker has a finding, the script ends the other workers.
        if grep -qs "^SUMMARY: " "$logs/$target"-*; then
            jobs -rp | xargs -r kill || true
        fi
    done
    failed=0
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    if [ "$failed" = 1 ]; then
        # Print the finding first, then the end of the log.
        grep -h -m 1 -A 6 -E "panicked at|ERROR: " "$logs/$target"-* || true
        tail -n 60 "$logs/$target"-*
        echo "$target: found a failing input, see fuzz/artifacts/$target" >&2
        exit 1
    fi
    executions=$(awk '/^stat::number_of_executed_units:/ { sum += $2 } END { print sum + 0 }' "$logs/$target"-*)
    [ "$executions" -gt 0 ] || { echo "$target: no input was executed" >&2; exit 1; }
    echo "$target: $executions executions, no findings"
done
