#!/usr/bin/env bash
# Compares examples/registry.rs with Debian's docker-registry, with the same users and clients, and prints a table.
# Exits with 1 if a target is missed.
#   benches/registry.sh            takes about nine minutes on an otherwise idle machine
#   benches/registry.sh --quick    takes about two minutes, with fewer rounds
# The client and the server run on the same machine. The two servers alternate, round by round, and figures are medians
# of the rounds. wrk sends requests as fast as they are answered. `load` in benches/drive sends requests at a fixed
# rate.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never DEBIAN_FRONTEND=noninteractive LC_ALL=C

rounds=3 seconds=10
[ "${1:-}" != --quick ] || rounds=1 seconds=3

declare -A packages=([wrk]=wrk [docker-registry]=docker-registry [jq]=jq)
missing=()
for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || missing+=("${packages[$tool]}"); done
if [ ${#missing[@]} -gt 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null
fi

target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --release --quiet
cargo build --profile server --quiet -p tower-htpasswd --example registry
cargo build --release --quiet --manifest-path benches/drive/Cargo.toml --target-dir "$target/drive"
htpasswd=$target/release/htpasswd
load=$target/drive/release/load
scratch=$(mktemp -d /dev/shm/htpasswd-servers.XXXXXX)
server=
finish() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$scratch"; }
trap finish EXIT

# users NAME COST COUNT: creates a password file of COUNT users u1, u2, … with the password `secret`.
users() {
    seq "$3" | sed 's/.*/u&:secret/' | "$htpasswd" --import -c -B -C "$2" "$scratch/$1" 2>/dev/null
}
users one10 10 1
users many10 10 200
users one5 5 1
users good10 10 50
chmod 644 "$scratch"/*

# start WHO FILE OPTION…: starts a server, and sets $server and $address.
start() {
    local who=$1 file=$scratch/$2 port
    shift 2
    rm -f "$scratch/address"
    if [ "$who" = ours ]; then
        "$target/server/examples/registry" "$file" --listen 127.0.0.1:0 --data "$scratch/data" "$@" \
            >"$scratch/address" 2>"$scratch/server.log" &
        server=$!
        until [ -s "$scratch/address" ]; do sleep 0.05; kill -0 "$server"; done
        address=$(grep -o '127.0.0.1:[0-9]*' "$scratch/address" | head -n 1)
    else
        port=$((20000 + RANDOM % 12000))
        address=127.0.0.1:$port
        cat >"$scratch/registry.yml" <<YAML
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $scratch/peer}}
http: {addr: '$address'}
auth: {htpasswd: {realm: test, path: $file}}
YAML
        OTEL_TRACES_EXPORTER=none docker-registry serve "$scratch/registry.yml" >"$scratch/server.log" 2>&1 &
        server=$!
    fi
    until (exec 3<>"/dev/tcp/127.0.0.1/${address#*:}") 2>/dev/null; do sleep 0.05; kill -0 "$server"; done
}
stop() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
}

# The users alternate over all threads of wrk, so that no two consecutive requests are for the same user.
cat >"$scratch/turns.lua" <<'LUA'
local next_thread = 0
function setup(thread) thread:set("turn", next_thread) next_thread = next_thread + 1 end
function init(arguments)
    headers = {}
    for line in io.lines(arguments[1]) do headers[#headers + 1] = line end
    close = arguments[2] == "close" and "close" or "keep-alive"
end
function request()
    turn = turn + 2
    return wrk.format("GET", "/v2/", { Authorization = headers[turn % #headers + 1], Connection = close })
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('{"per_second": %f, "p99": %f, "failed": %d}\n',
        summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
LUA
# headers FILE: writes the Authorization header of each user in the file.
headers() {
    cut -d: -f1 "$scratch/$1" | while read -r user; do
        printf 'Basic %s\n' "$(printf '%s:secret' "$user" | base64 -w0)"
    done >"$scratch/headers"
}
# ask CONNECTIONS [close]: sends requests as fast as possible, and sets $rate, $p99 and $failed.
ask() {
    wrk -t 2 -c "$1" -d "${seconds}s" --timeout 60s -s "$scratch/turns.lua" "http://$address" -- "$scratch/headers" "${2:-}" |
        tail -n 1 >"$scratch/answer"
    rate=$(jq .per_second "$scratch/answer") p99=$(jq .p99 "$scratch/answer") failed=$(jq .failed "$scratch/answer")
}

median() { sort -g | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
missed=0
# met LEFT OPERATOR RIGHT: prints yes or NO.
met() {
    if awk -v l="$1" -v r="$3" "BEGIN { exit !(l $2 r) }"; then echo yes; else echo NO; fi
}
row() {
    echo "| $1 | $2 | $3 | $4 | $5 | $6 |"
    [ "$6" != NO ] || missed=1
}

# rates WHAT FILE CONNECTIONS CLOSE KIND TARGET OPTION…: runs both servers under wrk.
# KIND is `ratio`, `least` or `none`.
rates() {
    local what=$1 file=$2 connections=$3 close=$4 kind=$5 target_value=$6 who result=– goal=–
    shift 6
    headers "$file"
    for who in peer ours; do : >"$scratch/$who.rate"; : >"$scratch/$who.p99"; done
    for _ in $(seq "$rounds"); do
        for who in peer ours; do
            if [ "$who" = ours ]; then start ours "$file" "$@"; else start peer "$file"; fi
            ask "$connections" "$close"
            [ "$failed" = 0 ] || { echo "$what: $failed requests failed ($who)" >&2; missed=1; }
            echo "$rate" >>"$scratch/$who.rate"
            echo "$p99" >>"$scratch/$who.p99"
            stop
        done
    done
    local peer ours ratio
    peer=$(median <"$scratch/peer.rate") ours=$(median <"$scratch/ours.rate")
    ratio=$(awk -v p="$peer" -v o="$ours" 'BEGIN { printf "%.2f", o / p }')
    case $kind in
    ratio) goal="≥ $target_value ×" result=$(met "$ratio" '>=' "$target_value") ;;
    least) goal="≥ $target_value/s" result=$(met "$ours" '>=' "$target_value") ;;
    esac
    row "$what" "$(printf '%.0f/s, p99 %.0f ms' "$peer" "$(median <"$scratch/peer.p99")")" \
        "$(printf '%.0f/s, p99 %.2f ms' "$ours" "$(median <"$scratch/ours.p99")")" "$ratio" "$goal" "$result"
}

# memory: prints the resident memory of the server in bytes.
memory() { awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$server/status"; }

# attack WHAT WHO TARGET FROM OPTION…: measures a flood, which is 1,000 wrong passwords per second, and at the same time
# 50 logins per second of 50 users.
attack() {
    local what=$1 who=$2 target_value=$3 from=$4 before guesser
    shift 4
    start "$who" good10 "$@"
    # The guesses use many user names, so that each guess differs.
    mapfile -t guessed < <(seq 100000 | sed 's/.*/guess&/')
    mapfile -t good < <(seq 50 | sed 's/.*/u&/')
    before=$(memory)
    "$load" "$address" $((seconds + 2)) 250 1000 "$from" wrong "${guessed[@]:0:10000}" u{1..50} >"$scratch/guesses" &
    guesser=$!
    sleep 1
    "$load" "$address" "$seconds" 50 50 127.0.0.1 secret "${good[@]}" >"$scratch/good"
    local after result
    after=$(memory)
    kill "$guesser" 2>/dev/null || true
    wait "$guesser" 2>/dev/null || true
    stop
    local all right
    all=$(jq .requests "$scratch/good") right=$(jq '.status["200"] // 0' "$scratch/good") p99=$(jq .p99 "$scratch/good")
    result=–
    [ "$target_value" = - ] || result=$([ "$all" = "$right" ] && met "$p99" '<=' "$target_value" || echo NO)
    local figures peer=– ours=–
    figures=$(printf '%s of %s accepted, p99 %.0f ms, memory + %.1f MB' "$right" "$all" "$p99" \
        "$(awk -v a="$after" -v b="$before" 'BEGIN { print (a - b) / 1e6 }')")
    if [ "$who" = ours ]; then ours=$figures; else peer=$figures; fi
    row "$what" "$peer" "$ours" – \
        "$([ "$target_value" = - ] && echo – || echo "all, p99 ≤ $target_value ms")" "$result"
}

echo '| load | docker-registry | examples/registry.rs | ratio | target | met |'
echo '|---|--:|--:|--:|--:|---|'
rates 'one user, cost 10, 8 clients, keep-alive, cache on' one10 8 '' least 20000
rates 'one user, cost 10, 8 clients, new connections, cache on' one10 8 close none -
rates '200 users in turn, cost 10, 8 clients, keep-alive, cache off' many10 8 '' ratio 2.2 --cache 0
rates '200 users in turn, cost 10, 8 clients, new connections, cache off' many10 8 close ratio 2.2 --cache 0
rates '200 users in turn, cost 10, 32 clients, keep-alive, cache off' many10 32 '' none - --cache 0
rates 'one user, cost 5, 8 clients, keep-alive, cache off' one5 8 '' ratio 2.5 --cache 0
attack 'flood from another address' peer - 127.0.0.2
attack 'flood from another address, rate limit, cache on' ours 1000 127.0.0.2 --failures
attack 'flood from another address, no rate limit, cache on' ours 1000 127.0.0.2
attack 'flood from the address of the users, no rate limit, cache on' ours - 127.0.0.1
attack 'flood from another address, no rate limit, cache off' ours - 127.0.0.2 --cache 0

# During this measurement, the server reloads a file of 100,000 users every second.
seq 99999 | sed 's/.*/v&:secret/' | "$htpasswd" --import -c -s "$scratch/large" 2>/dev/null
"$htpasswd" -bB -C 10 "$scratch/large" u1 secret 2>/dev/null
chmod 644 "$scratch/large"
printf 'Basic %s\n' "$(printf u1:secret | base64 -w0)" >"$scratch/headers"
: >"$scratch/still" && : >"$scratch/changing"
reloads=yes
for _ in $(seq "$rounds"); do
    for kind in still changing; do
        start ours large
        changer=
        if [ "$kind" = changing ]; then
            (while sleep 1; do "$htpasswd" -bs "$scratch/large" v1 "secret$RANDOM" 2>/dev/null; done) &
            changer=$!
        fi
        ask 8
        [ -z "$changer" ] || { kill "$changer"; wait "$changer" 2>/dev/null || true; }
        [ "$failed" = 0 ] || reloads=NO
        echo "$rate $p99" >>"$scratch/$kind"
        stop
    done
done
# figures KIND: prints the median rate and p99 of the rounds.
figures() {
    printf '%.0f/s, p99 %.2f ms' "$(cut -d' ' -f1 "$scratch/$1" | median)" "$(cut -d' ' -f2 "$scratch/$1" | median)"
}
row 'a file of 100,000 users that changes every second, cache on' – \
    "$(figures changing) (unchanged file: $(figures still))" – 'no request fails' "$reloads"

# Memory of a server with 1,000,000 users.
awk 'BEGIN { for (i = 1; i <= 1000000; i++) printf "user%d:$2y$10$%053d\n", i, i }' >"$scratch/million"
start ours one10
empty=$(memory)
stop
start ours million
full=$(memory)
stop
size=$(stat -c %s "$scratch/million")
ratio=$(awk -v f="$full" -v e="$empty" -v s="$size" 'BEGIN { printf "%.2f", (f - e) / s }')
row 'memory for 1,000,000 users, relative to the file' – \
    "$(awk -v f="$full" -v e="$empty" -v s="$size" 'BEGIN { printf "%.0f MB, file %.0f MB", (f - e) / 1e6, s / 1e6 }')" \
    "$ratio" '≤ 1.5 ×' "$(met "$ratio" '<=' 1.5)"

exit "$missed"
