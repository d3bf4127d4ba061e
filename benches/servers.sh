#!/usr/bin/env bash
# Compares htpasswd-auth with the logins of nginx and Caddy, and prints a table. Exits with 1 if a target is missed.
#   benches/servers.sh            takes about eight minutes on an otherwise idle machine
#   benches/servers.sh --quick    takes about two minutes, with one short round
# The proxies have the configurations of docs/proxies, in which the script replaces only addresses and paths. The
# clients (wrk and curl), the proxies and the service run on the same cores. The two sides of a row alternate, round by
# round. Figures are medians of the rounds.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never DEBIAN_FRONTEND=noninteractive LC_ALL=C

rounds=3 seconds=8
[ "${1:-}" != --quick ] || rounds=1 seconds=3

declare -A packages=([wrk]=wrk [nginx]=nginx-light [caddy]=caddy [haproxy]=haproxy [curl]=curl [htpasswd]=apache2-utils)
missing=()
for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || missing+=("${packages[$tool]}"); done
if [ ${#missing[@]} -gt 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null
fi

cargo build --profile server --quiet -p htpasswd-auth
program=${CARGO_TARGET_DIR:-$PWD/target}/server/htpasswd-auth
scratch=$(mktemp -d /dev/shm/htpasswd-servers.XXXXXX)
chmod 755 "$scratch"
declare -A running=()
finish() {
    for name in "${!running[@]}"; do kill "${running[$name]}" 2>/dev/null || true; done
    wait
    rm -rf "$scratch"
}
trap finish EXIT

# The ports: the service, the application, the two kinds of login, and the proxy without a login.
base=$((20000 + RANDOM % 10000))
service=$base application=$((base + 1)) kept=$((base + 2)) plain=$((base + 3)) peer=$((base + 4)) open=$((base + 5))

# start NAME PORT COMMAND…: starts a program, and waits until it listens.
start() {
    local name=$1 port=$2
    shift 2
    "$@" >"$scratch/$name.log" 2>&1 &
    running[$name]=$!
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "${running[$name]}" || { cat "$scratch/$name.log" >&2; exit 2; }
        sleep 0.05
    done
}
stop() {
    kill "${running[$1]}"
    wait "${running[$1]}" 2>/dev/null || true
    unset "running[$1]"
}
# memory NAME: prints the resident memory of a program in MB.
memory() { awk '/^VmRSS/ { printf "%.1f", $2 / 1000 }' "/proc/${running[$1]}/status"; }

# block PAGE LANGUAGE NUMBER: prints a block of a page. The first one has the number 1.
block() {
    awk -v start="\`\`\`$2" -v wanted="$3" '
        $0 == start { inside = (++number == wanted); next }
        /^```/ { inside = 0 }
        inside' "docs/proxies/$1"
}
# here: replaces the addresses and paths of the pages.
here() {
    sed "s|127.0.0.1:8181|127.0.0.1:$service|; s|127.0.0.1:5000|127.0.0.1:$application|; s|/etc/htpasswd-auth|$scratch|
         s|/etc/haproxy|$scratch|"
}

# serve PAGE FILE [LINE…]: starts the service with the configuration of a page, this file, and further lines.
serve() {
    local page=$1 file=$2
    shift 2
    { printf '%s\n' "$@"; block "$page" toml 1 | here | sed "s|$scratch/htpasswd|$scratch/$file|"; } >"$scratch/auth.toml"
    start service "$service" "$program" --config "$scratch/auth.toml"
    # The service listens before it has read its files.
    until grep -q ' ready$' "$scratch/service.log"; do sleep 0.01; done
}

# users NAME COUNT: creates a password file of the users u1, u2, … with the password `secret` and bcrypt of cost 10.
users() {
    seq "$2" | xargs -P 2 -I{} htpasswd -nbB -C 10 'u{}' secret | grep . >"$scratch/$1"
}
users one 1
users many 200
seq 200 | sed 's/^/u/' | tr '\n' ' ' | sed 's/^/staff: /; s/ $/\n/' >"$scratch/groups"
chmod 644 "$scratch"/*

# frame NAME WORKERS: puts lines into a configuration of nginx.
frame() {
    cat <<NGINX
worker_processes $2;
pid $scratch/$1.pid;
error_log $scratch/$1.error crit;
events { worker_connections 4096; }
http {
access_log off;
keepalive_requests 1000000;
client_body_temp_path $scratch/$1.b; proxy_temp_path $scratch/$1.p; fastcgi_temp_path $scratch/$1.f;
uwsgi_temp_path $scratch/$1.u; scgi_temp_path $scratch/$1.s;
$(cat)
}
NGINX
}
# A location without a login, and the lines of the recipe for the application.
forward() { block nginx.md nginx 1 | sed -n '/proxy_pass http:..127.0.0.1:5000/,/^    }/p' | grep -v auth_; }
free() { printf 'location /open { proxy_pass http://127.0.0.1:5000; }\n'; }
# recipe PORT: prints the server of the recipe without keep-alive.
recipe() { block nginx.md nginx 1 | sed -n '/^server/,$p' | sed "s|listen 80;|listen 127.0.0.1:$1;\n$(free)|"; }
# proxies FILE: starts nginx with four servers: both recipes, auth_basic with this file, and no login.
proxies() {
    {
        block nginx.md nginx 1 | sed '/^server/,$d'
        block nginx.md nginx 2
        recipe "$plain"
        recipe "$kept" | sed '/location = \/htpasswd-auth {/,/^    }/d; /^}/d'
        block nginx.md nginx 3
        printf '}\nserver {\nlisten 127.0.0.1:%s;\n%s\nlocation / {\nauth_basic Wiki;\nauth_basic_user_file %s;\n' \
            "$peer" "$(free)" "$scratch/$1"
        forward
        printf '}\nserver {\nlisten 127.0.0.1:%s;\nlocation / {\n' "$open"
        forward
        printf '}\n'
    } | here | frame nginx 2 >"$scratch/nginx.conf"
    start nginx "$open" nginx -e "$scratch/nginx.error" -c "$scratch/nginx.conf" -g 'daemon off;'
}
printf 'server { listen 127.0.0.1:%s; location / { return 200 "it works"; } }' "$application" |
    frame application 1 >"$scratch/application.conf"
start application "$application" nginx -e "$scratch/application.error" -c "$scratch/application.conf" -g 'daemon off;'

# The users alternate, so that no two consecutive requests of a thread are for the same user. `guess` makes each
# password differ.
cat >"$scratch/load.lua" <<'LUA'
local threads = 0
function setup(thread) thread:set("turn", threads) thread:set("number", threads) threads = threads + 1 end
local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
    return ((text:gsub(".", function(c)
        local bits, byte = "", c:byte()
        for bit = 7, 0, -1 do bits = bits .. (math.floor(byte / 2 ^ bit) % 2) end
        return bits
    end) .. "0000"):gsub("%d%d%d?%d?%d?%d?", function(bits)
        if #bits < 6 then return "" end
        local value = 0
        for index = 1, 6 do value = value * 2 + bits:sub(index, index) end
        return digits:sub(value + 1, value + 1)
    end) .. ({ "", "==", "=" })[#text % 3 + 1])
end
function init(arguments)
    path, count, guess = arguments[1], tonumber(arguments[2]), arguments[3] == "guess"
    requests = {}
    for user = 1, count do requests[user] = request_of(user, "secret") end
end
function request_of(user, password)
    return wrk.format("GET", path, { Authorization = "Basic " .. base64("u" .. user .. ":" .. password) })
end
function request()
    turn = turn + 2
    if guess then return request_of(turn % count + 1, "guess " .. number .. " " .. turn) end
    return requests[turn % count + 1]
end
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("%f %f %d %d\n", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
LUA
# ask PORT CONNECTIONS PATH USERS [guess]: sends requests as fast as they are answered, and prints the rate, the p99 in
# ms, the number of answers without success, and the number of failures.
ask() {
    local threads=2
    [ "$2" -gt 1 ] || threads=1
    wrk -t "$threads" -c "$2" -d "${time:-$seconds}s" --timeout 60s -s "$scratch/load.lua" "http://127.0.0.1:$1" -- "$3" "$4" "${5:-}" |
        tail -n 1
}
# measure NAME PORT CONNECTIONS PATH USERS: adds the figures of a round. Each request must succeed.
measure() {
    ask "$2" "$3" "$4" "$5" >"$scratch/answer"
    read -r rate p99 status failed <"$scratch/answer"
    [ "$status $failed" = "0 0" ] || { echo "$1: $status answers without success, $failed failures" >&2; missed=1; }
    # Without an answer, the shortest wait that is known is the time of the round.
    [ "$rate" != 0.000000 ] || p99=$((seconds * 1000))
    echo "$rate" >>"$scratch/$1.rate"
    echo "$p99" >>"$scratch/$1.p99"
}
median() { sort -g "$scratch/$1" | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
calculate() { awk "BEGIN { printf \"%.3f\", $1 }"; }
# met CONDITION: prints yes or NO. A side without an answer has no ratio.
met() {
    case $1 in
    *nan* | *inf*) echo NO ;;
    *) if awk "BEGIN { exit !($1) }"; then echo yes; else echo NO; fi ;;
    esac
}
missed=0
row() {
    printf '| %s | %s | %s | %s | %s | %s |\n' "$@"
    [ "$6" != NO ] || missed=1
}
figure() { printf '%.0f/s, p99 %.1f ms' "$(median "$1.rate")" "$(median "$1.p99")"; }

echo "$(nproc) cores, clients included; $(uname -sr), nginx $(nginx -v 2>&1 | sed 's|.*/||'), Caddy $(caddy version | cut -d' ' -f1)," \
    "HAProxy $(haproxy -v | awk 'NR == 1 { print $3 }')"
echo
echo '| load | peer | htpasswd-auth | ratio | target | met |'
echo '|---|--:|--:|--:|--:|---|'

serve nginx.md one
proxies one
for _ in $(seq "$rounds"); do
    measure basic-one "$peer" 8 / 1
    measure kept-one "$kept" 8 / 1
    measure plain-one "$plain" 8 / 1
    measure open-one "$open" 8 / 1
done
stop service && stop nginx
ratio=$(calculate "$(median kept-one.rate) / $(median basic-one.rate)")
row 'one user, 8 clients, nginx with keep-alive; peer `auth_basic`' "$(figure basic-one)" "$(figure kept-one)" "$ratio" \
    '≥ 300 ×, p99 ≤ 15 ms' "$(met "$ratio >= 300 && $(median kept-one.p99) <= 15")"
ratio=$(calculate "$(median plain-one.rate) / $(median basic-one.rate)")
row 'one user, 8 clients, nginx without keep-alive; peer `auth_basic`' "$(figure basic-one)" "$(figure plain-one)" "$ratio" \
    '≥ 150 ×' "$(met "$ratio >= 150")"
ratio=$(calculate "$(median kept-one.rate) / $(median open-one.rate)")
row 'one user, 8 clients, nginx with keep-alive; peer no login' "$(figure open-one)" "$(figure kept-one)" "$ratio" \
    '≥ 0.25 ×' "$(met "$ratio >= 0.25")"

serve nginx.md many 'cache = 0' 'queue-timeout = 30'
proxies many
for clients in 8 32; do
    for _ in $(seq "$rounds"); do
        measure "basic-$clients" "$peer" "$clients" / 200
        measure "kept-$clients" "$kept" "$clients" / 200
    done
    ratio=$(calculate "$(median "kept-$clients.rate") / $(median "basic-$clients.rate")")
    row "200 users in turn, no cache, $clients clients, nginx; peer \`auth_basic\`" "$(figure "basic-$clients")" \
        "$(figure "kept-$clients")" "$ratio" '≥ 3 ×' "$(met "$ratio >= 3")"
done
stop service

# under_guesses NAME PORT: measures the route without a login, while 64 clients guess.
under_guesses() {
    time=$((seconds + 2)) ask "$2" 64 / 200 guess >"$scratch/guesses" &
    local guesses=$!
    sleep 1
    measure "$1" "$2" 2 /open 1
    wait "$guesses"
}
no_limits=('failures-per-user = 1000000' 'failures-per-address = 1000000' 'queue-timeout = 30')
for _ in $(seq "$rounds"); do
    under_guesses free-basic "$peer"
    serve nginx.md many
    under_guesses free-limits "$kept"
    stop service
    serve nginx.md many "${no_limits[@]}"
    under_guesses free-no-limits "$kept"
    stop service
done
for kind in limits no-limits; do
    ratio=$(calculate "$(median "free-$kind.p99") / $(median free-basic.p99)")
    row "a route without a login while 64 clients guess, nginx, ${kind/-/ }; peer \`auth_basic\`" "$(figure free-basic)" \
        "$(figure "free-$kind")" "$ratio (p99)" '≤ 0.05 × (p99)' "$(met "$ratio <= 0.05")"
done
stop nginx

# caddies: starts Caddy with the recipe on $kept, and with basic_auth on $peer. A new Caddy has an empty cache.
caddies() {
    {
        printf '{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n'
        block caddy.md caddyfile 1 | here | sed "s|^wiki.example.org|http://:$kept|"
        printf 'http://:%s {\n\tbasicauth bcrypt Wiki {\n' "$peer"
        while IFS=: read -r user hash; do printf '\t\t%s %s\n' "$user" "$(printf %s "$hash" | base64 -w0)"; done <"$scratch/many"
        printf '\t}\n\treverse_proxy 127.0.0.1:%s\n}\n' "$application"
    } >"$scratch/Caddyfile"
    HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_HOME=$scratch \
        start caddy "$kept" caddy run --adapter caddyfile --config "$scratch/Caddyfile"
}
# cold NAME PORT: logs each of 200 users in once, on 8 connections, and adds the time in ms.
cold() {
    for number in $(seq 200); do
        printf 'url = "http://127.0.0.1:%s/"\nuser = "u%s:secret"\nsilent\nfail\noutput = /dev/null\n' "$2" "$number"
        [ "$number" = 200 ] || echo next
    done >"$scratch/curl"
    local begin=$EPOCHREALTIME
    curl --parallel --parallel-immediate --parallel-max 8 --no-progress-meter -K "$scratch/curl"
    calculate "($EPOCHREALTIME - $begin) * 1000" >>"$scratch/$1.time"
    echo >>"$scratch/$1.time"
}
# flood NAME PORT: measures a right login that is cached, while 32 clients guess, and the rate of the guesses.
flood() {
    curl --silent --fail --output /dev/null --user u1:secret "http://127.0.0.1:$2/"
    time=$((seconds + 2)) ask "$2" 32 / 200 guess >"$scratch/guesses" &
    local guesses=$!
    sleep 1
    measure "$1" "$2" 1 / 1
    wait "$guesses"
    cut -d' ' -f1 "$scratch/guesses" >>"$scratch/$1.guesses"
}
for _ in $(seq "$rounds"); do
    serve caddy.md many "${no_limits[@]}"
    caddies
    cold caddy-basic "$peer"
    cold caddy-ours "$kept"
    flood caddy-basic "$peer"
    flood caddy-ours "$kept"
    stop service && stop caddy
done
ratio=$(calculate "$(median caddy-ours.time) / $(median caddy-basic.time)")
row '200 cold logins, 8 clients, Caddy; peer `basic_auth`' "$(printf '%.0f ms' "$(median caddy-basic.time)")" \
    "$(printf '%.0f ms' "$(median caddy-ours.time)")" "$ratio" 'not slower' "$(met "$ratio <= 1")"
ratio=$(calculate "$(median caddy-ours.guesses) / $(median caddy-basic.guesses)")
row '32 clients guess, no limits, Caddy; peer `basic_auth`' "$(printf '%.0f guesses/s' "$(median caddy-basic.guesses)")" \
    "$(printf '%.0f guesses/s' "$(median caddy-ours.guesses)")" "$ratio" 'not slower' "$(met "$ratio >= 1")"
ratio=$(calculate "$(median caddy-ours.rate) / $(median caddy-basic.rate)")
row 'a cached login while 32 clients guess, Caddy; peer `basic_auth`' "$(figure caddy-basic)" "$(figure caddy-ours)" \
    "$ratio" 'not slower' "$(met "$ratio >= 1")"

block haproxy.md lua 1 >"$scratch/htpasswd-auth.lua"
{
    block haproxy.md haproxy 1 | here | sed "s|bind :80|bind 127.0.0.1:$kept|"
    printf 'frontend open\n    bind 127.0.0.1:%s\n    default_backend wiki\n' "$open"
} >"$scratch/haproxy.cfg"
serve haproxy.md one
start haproxy "$open" haproxy -db -f "$scratch/haproxy.cfg"
for _ in $(seq "$rounds"); do
    measure haproxy-open "$open" 8 / 1
    measure haproxy-ours "$kept" 8 / 1
done
stop service && stop haproxy
row "one user, 8 clients, HAProxy's Lua; peer no login" "$(figure haproxy-open)" "$(figure haproxy-ours)" \
    "$(calculate "$(median haproxy-ours.rate) / $(median haproxy-open.rate)")" – –

# `delay` keeps wrk from sending requests.
echo 'function delay() return 1e9 end' >"$scratch/idle.lua"
serve nginx.md one 'connections = 20000'
before=$(memory service)
# The queue of new connections has room for about 1,000, so the clients start one after the other.
idle=()
for _ in $(seq 20); do
    wrk -t 1 -c 500 -d 30s -s "$scratch/idle.lua" "http://127.0.0.1:$service/auth/wiki" >/dev/null &
    idle+=($!)
    sleep 0.3
done
after=$(memory service)
count=$(find "/proc/${running[service]}/fd" -type l | wc -l)
kill "${idle[@]}" 2>/dev/null || true
wait "${idle[@]}" || true
stop service
row '10,000 idle connections' – "$before MB → $after MB with $count open files" – – –

awk 'BEGIN { for (i = 1; i < 1000000; i++) printf "user%d:$2y$10$%053d\n", i, i }' >"$scratch/million"
cat "$scratch/one" >>"$scratch/million"
chmod 644 "$scratch/million"
echo 'staff: u1' >"$scratch/groups"
begin=$EPOCHREALTIME
serve nginx.md million
started=$(calculate "($EPOCHREALTIME - $begin) * 1000")
first=$(curl --silent --fail --output /dev/null --write-out '%{time_total}' --user u1:secret \
    --header 'X-Real-IP: 192.0.2.1' "http://127.0.0.1:$service/auth/wiki")
row "1,000,000 users, file of $(($(stat -c %s "$scratch/million") / 1000000)) MB" – \
    "$(printf 'ready after %.0f ms, %s MB, first login after %.0f ms' "$started" "$(memory service)" "$(calculate "$first * 1000")")" – – –
stop service

exit "$missed"
