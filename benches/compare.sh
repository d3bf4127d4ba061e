#!/usr/bin/env bash
# Compares htpasswd with Apache's htpasswd and other peers, and prints a table. Exits with 1 if a target is missed.
#   benches/compare.sh                    takes about twenty minutes on an otherwise idle machine
#   benches/compare.sh --quick            takes about five minutes, with fewer rounds
#   benches/compare.sh [--quick] TEXT     prints only the rows that contain TEXT, such as crypt(3)
# The two sides of a row alternate, round by round. Times are medians. A ratio is the median of the rounds' ratios, so
# that a temporary slowdown of the machine affects both sides. Files are in /dev/shm unless the row names a disk.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never DEBIAN_FRONTEND=noninteractive LC_ALL=C

rounds=9 share=1
[ "${1:-}" != --quick ] || { rounds=3 share=4; shift; }
only=${1:-}

declare -A packages=([hyperfine]=hyperfine [htpasswd]=apache2-utils [jq]=jq [/usr/bin/python3]=python3
    [/usr/bin/time]=time [readelf]=binutils [john]=john)
missing=()
for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || missing+=("${packages[$tool]}"); done
/usr/bin/python3 -c 'import passlib' 2>/dev/null || missing+=(python3-passlib)
if [ ${#missing[@]} -gt 0 ]; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null
fi

target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --release --quiet
cargo static --quiet
cargo build --release --quiet --manifest-path benches/drive/Cargo.toml --target-dir "$target/drive"
apache=$(PATH=/usr/bin:$PATH command -v htpasswd)
shm=$(mktemp -d /dev/shm/htpasswd-compare.XXXXXX)
disk=$(mktemp -d "$target/compare.XXXXXX")
trap 'rm -rf "$shm" "$disk"' EXIT

# The programs are measured as they are installed. The linker writes a file in small pieces, which the page cache of the
# kernel keeps apart. Such a file takes 0.1 ms longer to start than a copy of it.
install "$target/release/htpasswd" "$disk/htpasswd"
install "$target/x86_64-unknown-linux-gnu/release/htpasswd" "$disk/htpasswd-static"
ours=$disk/htpasswd static=$disk/htpasswd-static

# drive PIECE… and peers PIECE…: print the milliseconds of one operation inside a process. drive times this
# library and other crates; peers times libxcrypt and passlib.
drive() { "$target/drive/release/drive" "$@"; }
peers() { /usr/bin/python3 benches/drive/peers.py "$@"; }

# process RUNS COMMAND…: prints the milliseconds of a whole process. The command in $prepare runs before each
# process and is not timed.
prepare=
process() {
    local runs=$((($1 + share - 1) / share))
    shift
    hyperfine -N --style none --warmup $((runs / 5)) --runs "$runs" ${prepare:+--prepare "$prepare"} \
        --export-json "$shm/times" "$*" >"$shm/log" 2>&1 || { cat "$shm/log" >&2; return 1; }
    jq '.results[0].median * 1000' "$shm/times"
}

# memory COMMAND…: prints the peak resident memory of a command in MB.
memory() {
    /usr/bin/time -f %M -o "$shm/memory" "$@" 2>"$shm/log" || { cat "$shm/log" >&2; return 1; }
    awk '{ print $1 * 1024 / 1e6 }' "$shm/memory"
}

# john SCHEME: prints the milliseconds of one hash of John the Ripper on one core.
john() {
    OMP_NUM_THREADS=1 command john --test=1 --format="$1" 2>/dev/null |
        awk -F '[:\t ]+' '/^(Only one salt|Raw)/ { speed = $0; sub(/^[^:]*:[\t ]*/, "", speed); sub(/ .*/, "", speed)
            scale = speed ~ /K$/ ? 1000 : 1; sub(/K$/, "", speed); print 1000 / (speed * scale); exit }'
}

# row WHAT GOAL UNIT PEER OURS: prints one row. PEER and OURS are commands that each print a number.
# GOAL is the highest allowed ratio, or `UNIT<=` with the highest allowed value, or `-` if there is no target.
missed=0
row() {
    local what=$1 goal=$2 unit=$3 peer=$4 our=$5 left right
    [[ $what == *"$only"* ]] || return 0
    for _ in $(seq "$rounds"); do
        # The two commands have separate assignments, so that a failure of either command ends the script.
        left=$($peer)
        right=$($our)
        echo "$left $right"
    done >"$shm/pairs"
    awk -v what="$what" -v goal="$goal" -v unit="$unit" '
        function median(values, count,    i, j, swap) {
            for (i = 1; i < count; i++) for (j = count; j > i; j--)
                if (values[j] < values[j - 1]) { swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap }
            return values[int((count + 1) / 2)]
        }
        { peer[NR] = $1; ours[NR] = $2; ratio[NR] = $1 ? $2 / $1 : 0 }
        END {
            r = median(ratio, NR); p = median(peer, NR); o = median(ours, NR); met = "–"; text = "–"
            if (goal ~ /<=/) { split(goal, part, "<="); text = "≤ " part[2] " " unit; met = o <= part[2] ? "yes" : "NO" }
            else if (goal != "-") { text = "≤ " goal; met = r <= goal + 0 ? "yes" : "NO" }
            printf "| %s | %.4g %s | %.4g %s | %.3f | %s | %s |\n", what, p, unit, o, unit, r, text, met
            exit met == "NO"
        }' "$shm/pairs" || missed=1
}

# call WHAT GOAL RUNS ARGUMENTS [PROGRAM]: compares the same call of Apache's tool and of this program.
call() {
    local program=${5:-$ours}
    row "$1" "$2" ms "process $3 $apache $4" "process $3 $program $4"
}

echo "$(uname -srm), $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $rounds rounds"
echo "peers: $(dpkg-query -W -f '${Package} ${Version}, ' apache2-utils libcrypt1 python3-passlib john 2>/dev/null)crates as in benches/drive/Cargo.lock"
echo
echo "| measurement | peer | ours | ratio | target | met |"
echo "|---|--:|--:|--:|--:|---|"

call '`-nbs u p`, ordinary build' 1.0 300 '-nbs u p'
call '`-nbs u p`, static build' 0.8 300 '-nbs u p' "$static"
call '`-nbB -C 10 u p`' 1.02 12 '-nbB -C 10 u p'
call '`-nbB -C 12 u p`' 1.02 4 '-nbB -C 12 u p'
call '`-nb5 u p`' 0.9 100 '-nb5 u p'
call '`-nb2 u p`' 0.55 100 '-nb2 u p'

# Each line has 73 bytes. All users have the same hash of the password "secret".
secret=$("$apache" -nbB -C 5 u secret | cut -d : -f 2 | head -n 1)
file=$shm/users
seq 0 999999 | awk -v hash="$secret" '{ printf "user%07d:%s\n", $1, hash }' >"$file.original"
cp "$file.original" "$file"
update="-bB -C 5 $file user0999999 changed" append="-bB -C 5 $file newcomer secret"
delete="-D $file user0000000" verify="-vb $file user0999999 secret"
prepare="cp $file.original $file"
call 'update the last user of 1,000,000 (73 MB)' 0.05 4 "$update"
call 'append a user to 1,000,000' 0.05 4 "$append"
call 'delete the first user of 1,000,000' 0.3 4 "$delete"
prepare=
cp "$file.original" "$file"
call 'verify the last user of 1,000,000' 0.4 8 "$verify"
for edit in verify update append; do
    row "peak memory, $edit with 1,000,000 users" 'MB<=10' MB "memory $apache ${!edit}" "memory $ours ${!edit}"
done

# These rows show the cost of flushing to disk. Apache's tool does not flush.
head -n 10 "$file.original" >"$file.10"
for place in "$shm" "$disk"; do
    prepare="cp $file.10 $place/ten"
    call "append a user to 10, $([ "$place" = "$disk" ] && echo on a disk || echo in memory)" - 60 \
        "-bs $place/ten newcomer secret"
done
prepare="cp $file.original $disk/users"
for edit in update append delete; do
    call "$edit with 1,000,000 users, on a disk" - 2 "${!edit//$file/$disk/users}"
done
prepare=

# Import. The peer of the second row is the minimum work of any program: computing the hashes and writing the result.
seq 0 99999 | awk '{ printf "user%05d:password%05d\n", $1, $1 }' >"$shm/100000"
head -n 1000 "$shm/100000" >"$shm/1000"
cat >"$shm/loop" <<EOF
while IFS=: read -r user password; do $apache -bB -C 5 $shm/imported \$user \$password 2>/dev/null; done <$shm/1000
EOF
"$ours" --import -c -s "$shm/result" "$shm/100000" 2>/dev/null
hash_and_copy() { echo "$(process 8 cp "$shm/result" "$shm/copy") $(drive sha1-100000)" | awk '{ print $1 + $2 }'; }
users_a_second() { "$@" | awk '{ print 100000 / ($1 / 1000) }'; }
prepare="cp /dev/null $shm/imported"
row 'import 1,000 users, `-B -C 5` (peer: one call per user)' 0.12 ms \
    "process 1 bash $shm/loop" "process 4 $ours --import -B -C 5 $shm/imported $shm/1000"
import="process 8 $ours --import -s $shm/imported $shm/100000"
row 'import 100,000 users, `-s` (peer: only hashing and `cp`)' 3 ms hash_and_copy "$import"
row 'import 100,000 users, `-s`: users per second' - 1/s 'users_a_second hash_and_copy' "users_a_second $import"
prepare=

# Slow schemes on one core, at each level of the processor. LEVEL is the fastest level, which --import uses.
# goal LEVEL WITHOUT AVX2 AVX512: prints the target of a level.
goal() { case $1 in AVX-512) echo "$4" ;; AVX2) echo "$3" ;; *) echo "$2" ;; esac; }
per_user() { "$@" | awk '{ print $1 / 1000 }'; }
mapfile -t levels < <(drive levels)
fastest=${levels[-1]:-none}
declare -A letters=([md5]=m [sha512]=5 [sha256]=2)
declare -A goals=([md5]='0.45 0.20 0.14' [sha512]='0.95 0.45 0.22' [sha256]='1 0.20 0.12'
    [login-apr1]='1 0.25 0.167' [login-sha512-crypt]='1 0.5 0.25')
prepare="cp /dev/null $shm/imported"
for scheme in md5 sha512 sha256; do
    # shellcheck disable=SC2086 # three targets
    row "import 1,000 users, \`-${letters[$scheme]}\`, per user and core, $fastest (peer: crypt(3) of libxcrypt)" "$(goal "$fastest" ${goals[$scheme]})" ms \
        "peers $scheme-crypt password00001" "per_user process 2 taskset -c 0 $ours --import -${letters[$scheme]} $shm/imported $shm/1000"
    for level in 'one at a time' "${levels[@]}"; do
        # shellcheck disable=SC2086
        row "$scheme-crypt, per hash of 1,000, $level (peer: crypt(3) of libxcrypt)" "$([ "$level" = 'one at a time' ] && echo - || goal "$level" ${goals[$scheme]})" ms \
            "peers $scheme-crypt password00001" "drive $scheme-crypt-each $level"
    done
done
row "md5-crypt, per hash of 1,000, $fastest (peer: John the Ripper)" 0.5 ms 'john md5crypt' "drive md5-crypt-each $fastest"
for scheme in sha256 sha512; do
    row "$scheme-crypt, one hash (peer: crate \`sha-crypt\`)" - ms "drive $scheme-crypt-crate" "drive $scheme-crypt"
done
for scheme in apr1 sha512-crypt; do
    # shellcheck disable=SC2086
    row "one login of 200 waiting ones, $scheme, $fastest (peer: one verification)" "$(goal "$fastest" ${goals[login-$scheme]})" ms \
        "drive verify $scheme" "drive log-in $scheme"
done
row 'import 1,000 users, `-B -C 10`, per user and core (peer: crypt(3) of libxcrypt)' 0.4 ms \
    'peers bcrypt' "per_user process 1 taskset -c 0 $ours --import -B -C 10 $shm/imported $shm/1000"
prepare=

# The library. The first two rows show the same measurement against two targets.
head -n 100000 "$file.original" >"$file.100000"
tenfold() { "$@" | awk '{ print 10 * $1 }'; }
passlib="peers passlib $file.100000" index="drive index $file.original"
row 'parse and index, per 100,000 lines (peer: passlib)' 0.1 ms "$passlib" "$index"
row 'parse and index 1,000,000 lines (peer: passlib, 10 times 100,000)' 'ms<=80' ms "tenfold $passlib" "tenfold $index"
row 'bcrypt, cost 10, one hash (peer: crypt(3) of libxcrypt)' 1.02 ms 'peers bcrypt' 'drive bcrypt-1'
row 'bcrypt, cost 10, per hash of 20 (peer: crypt(3) of libxcrypt)' 0.4 ms 'peers bcrypt' 'drive bcrypt-each'
row 'bcrypt, cost 10, one hash (peer: crate `bcrypt`)' - ms 'drive bcrypt-crate' 'drive bcrypt-1'
row 'SHA-256-crypt (peer: crypt(3) of libxcrypt)' 1 ms 'peers sha256-crypt' 'drive sha256-crypt'
row 'SHA-512-crypt (peer: crypt(3) of libxcrypt)' 1 ms 'peers sha512-crypt' 'drive sha512-crypt'
for scheme in sha1 apr1 bcrypt; do
    row "verify $scheme (peer: crate \`htpasswd-verify\`)" - ms "drive verify-crate-$scheme" "drive verify-$scheme"
done

# needs PROGRAM: prints the number of dynamic libraries that a program loads.
needs() { readelf -d "$1" | grep -c '(NEEDED)' || true; }
size() { stat -c '%s' "$1" | awk '{ print $1 / 1e6 }'; }
rounds=1
row 'size, ordinary build' 'MB<=2.2' MB "size $apache" "size $ours"
row 'size, static build' - MB "size $apache" "size $static"
row 'dynamic libraries, ordinary build' 'libraries<=1' libraries "needs $apache" "needs $ours"
row 'dynamic libraries, static build' 'libraries<=0' libraries "needs $apache" "needs $static"
exit "$missed"
