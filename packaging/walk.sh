#!/usr/bin/env bash
# Walks the way of an administrator from the two Debian packages to a login: installs them, starts the service with the
# packaged configuration, logs in, and purges the service. Then walks each page of docs/tutorials/ with blocks in sh: runs
# them, and compares what a block prints with the block in text after it. tests/recipes runs the other tutorials.
#   packaging/walk.sh HTPASSWD.deb HTPASSWD-AUTH.deb
#
# Each walk has a file system of its own, whose changes are discarded, and a network of its own. systemd does not run in
# it: a script in place of systemctl starts the service as the unit says. Needs root, overlayfs, nginx, Caddy and
# Python, and Traefik from .ci/proxies.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

# The parts of a walk: this script calls itself in new namespaces, and in the file system of the walk.
case ${1:-} in
--isolated)
    mount -t tmpfs walk "$2"
    mkdir "$2"/{upper,work,root}
    mount -t overlay -o "lowerdir=/,upperdir=$2/upper,workdir=$2/work" walk "$2/root"
    root=$2/root
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs run "$root/run"
    mkdir -p "$root/root/walk"
    cp "${@:3}" "$root/root/walk"
    mv "$root/root/walk/traefik" "$root/root/walk/systemctl" "$root/root/walk/sudo" "$root/usr/local/bin"
    echo 'APT::Get::Assume-Yes "true";' >"$root/etc/apt/apt.conf.d/walk"
    ip link set lo up
    exec env --chdir=/ HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$root" bash -c 'cd /root/walk && exec bash -Eeuo pipefail ./script'
    ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[ $# = 2 ] || { echo "usage: packaging/walk.sh HTPASSWD.deb HTPASSWD-AUTH.deb"; exit 2; }
packages=("$@")
.ci/proxies

cat >"$scratch/sudo" <<'SUDO'
#!/bin/bash
# Everything runs as root already.
if [ "$1" = -u ]; then exec runuser -u "$2" -- "${@:3}"; else exec "$@"; fi
SUDO

cat >"$scratch/systemctl" <<'SYSTEMCTL'
#!/bin/bash
# Starts, stops and reloads a service in place of systemd, with the lines of its unit.
set -euo pipefail
action=$1 service=${!#}
unit=/usr/lib/systemd/system/$service.service log=/var/log/$service.log pid=/run/$service.pid
setting() { sed -n "s/^$1=//p" "$unit"; }
start() {
    install -d -o "$(setting User)" -g "$(setting Group)" "/run/$service"
    # shellcheck disable=SC2046  # the words of the command
    setpriv --reuid="$(setting User)" --regid="$(setting Group)" --clear-groups --no-new-privs \
        --bounding-set=-all $(setting ExecStart) >>"$log" 2>&1 </dev/null &
    echo $! >"$pid"
    for _ in $(seq 300); do
        if grep -qsE ' ready|serving initial configuration' "$log"; then return; fi
        kill -0 "$(cat "$pid")" && sleep 0.1
    done
    cat "$log" >&2
    exit 1
}
case $service/$action in
nginx/reload) if [ -s /run/nginx.pid ]; then nginx -s reload; else nginx; fi ;;
caddy/reload) start ;;
*/enable | */start) start ;;
*/reload) kill -HUP "$(cat "$pid")" ;;
*/stop) kill "$(cat "$pid")" && tail --pid "$(cat "$pid")" -f /dev/null ;;
*) echo "no stand-in for systemctl $*" >&2 && exit 1 ;;
esac
SYSTEMCTL
chmod 755 "$scratch/sudo" "$scratch/systemctl"

# walk NAME: runs the commands on standard input, and prints their output.
walk() {
    {
        # shellcheck disable=SC2016  # the walk expands this
        echo 'trap "echo \"not as expected: \$BASH_COMMAND\"" ERR'
        cat
    } >"$scratch/script"
    mkdir -p "$scratch/$1"
    unshare --mount --net --pid --fork --kill-child "$PWD/packaging/walk.sh" --isolated "$scratch/$1" \
        "${packages[@]}" target/proxies/bin/traefik "$scratch/systemctl" "$scratch/sudo" "$scratch/script"
}

cat >"$scratch/packaged.sh" <<'SCRIPT'
dpkg --install ./htpasswd_*.deb ./htpasswd-auth_*.deb >install.log 2>&1 || { cat install.log; exit 1; }
[ "$(stat -c '%U %G %a' /etc/htpasswd-auth/auth.toml)" = 'root root 644' ]
getent passwd htpasswd-auth | grep -q ':/usr/sbin/nologin$'
systemd-analyze verify /usr/lib/systemd/system/htpasswd-auth.service 2>&1 | grep htpasswd-auth && exit 1
# The comment in the configuration has this command.
command=$(sed -n 's/^# *\(htpasswd -B.*\)/\1/p' /etc/htpasswd-auth/auth.toml)
echo secret | eval "${command/-Bc/-iBc}"
[ "$(stat -c '%G %a' /etc/htpasswd-auth/htpasswd)" = 'htpasswd-auth 640' ]
systemctl enable --now htpasswd-auth
ask() {
    curl -s -o /dev/null -w '%{http_code} ' -H 'X-Forwarded-For: 192.0.2.1' "$@" http://127.0.0.1:8181/auth/wiki
}
[ "$(ask; ask -u alice:wrong; ask -u alice:secret; ask -u root:secret)" = '401 401 200 401 ' ]
[ "$(stat -c %U "/proc/$(cat /run/htpasswd-auth.pid)")" = htpasswd-auth ]
sed -i 's/Wiki/Our wiki/' /etc/htpasswd-auth/auth.toml
systemctl reload htpasswd-auth
until curl -si http://127.0.0.1:8181/auth/wiki -H 'X-Forwarded-For: 192.0.2.1' | grep -q 'realm="Our wiki"'; do sleep 0.1; done
man -w htpasswd-auth >/dev/null
# An upgrade keeps the changed configuration.
dpkg --install ./htpasswd-auth_*.deb >install.log 2>&1 || { cat install.log; exit 1; }
grep -q 'Our wiki' /etc/htpasswd-auth/auth.toml
systemctl stop htpasswd-auth
dpkg --purge htpasswd-auth >purge.log 2>&1 || { cat purge.log; exit 1; }
[ "$(ls /etc/htpasswd-auth)" = htpasswd ]
[ -z "$(find /usr /etc/systemd /var/lib/systemd -name '*htpasswd-auth*' -not -path '*/share/doc/*' -print -quit)" ]
SCRIPT
walk packaged <"$scratch/packaged.sh"
echo "installed: the service answers logins with the packaged configuration; a purge leaves the password file"

pages=$(grep -l '^```sh$' docs/tutorials/*.md)
for page in $pages; do
    name=$(basename "$page" .md)
    # Marks around each block say which output belongs to it.
    awk '/^```sh$/ { print "printf \"== %d\\n\" " ++block; inside = 1; next } /^```$/ { inside = 0 } inside' "$page" |
        walk "$name" >"$scratch/$name.output" 2>"$scratch/$name.errors" ||
        { echo "$page:"; cat "$scratch/$name.output" "$scratch/$name.errors"; exit 1; }
    # The output of a block without text after it is not compared.
    awk '/^```sh$/ { block++ } /^```text$/ { inside = 1; print "== " block; next } /^```$/ { inside = 0 } inside' "$page" \
        >"$scratch/$name.wanted"
    awk 'NR == FNR { if (/^== /) wanted[$0] = 1; next } /^== / { inside = $0 in wanted } inside' \
        "$scratch/$name.wanted" "$scratch/$name.output" >"$scratch/$name.printed"
    grep -q '^== ' "$scratch/$name.wanted"
    diff "$scratch/$name.wanted" "$scratch/$name.printed" || { echo "$page: other output"; exit 1; }
    echo "$page: each command works, and prints what the page says"
done
