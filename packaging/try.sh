#!/usr/bin/env bash
# Installs each file of a release as a new user would, from the file alone and without the network, and uses it:
#
#   packaging/try.sh OUTPUT
#
# The command writes a password file, and Apache's tool verifies it. The login service answers a right and a wrong
# login. The programs for ARM run under emulation. The script prints one sentence for each file, and removes everything
# that it installed.
#
# Needs root for the images, apache2-utils, curl, docker-registry, jq, npm, python3 with venv, qemu-user-static and skopeo, and
# for the program for Windows, a run of `.ci/windows.sh program`.
set -euo pipefail
output=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
scratch=$(mktemp -d)
chmod 755 "$scratch"
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; rm -rf "$scratch"' EXIT
export LC_ALL=C.UTF-8 HOME=$scratch/home
mkdir "$HOME"
apache=$(command -v htpasswd)
emulator=$(command -v qemu-aarch64-static)

# run_as ARCHITECTURE: sets `run` to the command before programs of this processor.
run_as() {
    case $1 in
        x86_64 | amd64 | x64) run=() ;;
        aarch64 | arm64) run=("$emulator") ;;
        *) echo "unknown processor: $1" && return 1 ;;
    esac
}

# makes_users COMMAND…: the command writes a password file, and Apache's tool verifies the user.
makes_users() {
    rm -rf "$scratch/work"
    mkdir "$scratch/work"
    (cd "$scratch/work" && "$@" -Bbc htpasswd.user dreamfish abc123) 2>"$scratch/log" || { cat "$scratch/log"; return 1; }
    "$apache" -vb "$scratch/work/htpasswd.user" dreamfish abc123 2>"$scratch/log" || { cat "$scratch/log"; return 1; }
}

# waits_for FILE: waits until the file exists, for at most 30 seconds.
waits_for() {
    for _ in $(seq 300); do
        [ ! -e "$1" ] || return 0
        sleep 0.1
    done
    echo "$1 does not exist after 30 seconds"
    return 1
}

# answers_logins FOLDER COMMAND…: the service answers on the socket FOLDER/socket. The command has no option yet.
answers_logins() {
    local folder=$1 inside=$1 code
    shift
    # In an image, the folder has another name.
    [ "$1" != chroot ] || inside=/data
    "$apache" -Bbc "$folder/users" dreamfish abc123 2>/dev/null
    chmod 644 "$folder/users"
    "$@" --listen "unix:$inside/socket" --socket-mode 0666 "$inside/users" 2>"$scratch/log" &
    servers+=($!)
    waits_for "$folder/socket" || { cat "$scratch/log"; return 1; }
    for login in 200=dreamfish:abc123 401=dreamfish:wrong; do
        code=$(curl --silent --output /dev/null --write-out '%{http_code}' --unix-socket "$folder/socket" \
            --header "X-Forwarded-For: 192.0.2.1" --user "${login#*=}" http://localhost/)
        [ "$code" = "${login%%=*}" ] || { echo "${login#*=}: $code"; cat "$scratch/log"; return 1; }
    done
    kill "${servers[-1]}"
    wait "${servers[-1]}"
}

# shows_pages FOLDER: man shows the pages of the command in this folder, without a warning.
shows_pages() {
    local page
    for page in man1/htpasswd.1 man7/htpasswd-formats.7 man7/htpasswd-servers.7; do
        man --warnings -l "$1/$page" 2>&1 >/dev/null | { ! grep .; } || return 1
    done
}

# try_programs FOLDER ARCHITECTURE: tries each program in a folder, and sets `tried` to their names.
try_programs() {
    run_as "$2"
    tried=htpasswd
    makes_users "${run[@]}" "$1/htpasswd"
    [ -e "$1/htpasswd-auth" ] || return 0
    tried+=", htpasswd-auth"
    mkdir -p "$scratch/service"
    rm -f "$scratch/service/"*
    answers_logins "$scratch/service" "${run[@]}" "$1/htpasswd-auth"
}

cd "$output"
sha256sum --check --quiet SHA256SUMS
[ "$(wc -l <SHA256SUMS)" = "$(find . -type f ! -name SHA256SUMS | wc -l)" ]
echo "SHA256SUMS: the sums of all other files are right"

for file in *.tar.gz; do
    architecture=${file%-linux.tar.gz}
    mkdir "$scratch/tarball"
    tar --extract --file "$file" --directory "$scratch/tarball" --strip-components 1
    try_programs "$scratch/tarball/bin" "${architecture##*-}"
    shows_pages "$scratch/tarball/share/man"
    [ -e "$scratch/tarball/share/doc/htpasswd/README.md" ] && [ -e "$scratch/tarball/share/doc/htpasswd/docs/reference.md" ]
    rm -r "$scratch/tarball"
    echo "$file: after tar, these programs work: $tried"
done

for file in *.deb; do
    run_as "$(dpkg-deb --field "$file" Architecture)"
    root=$scratch/debian
    if [ "$(dpkg-deb --field "$file" Package)" = htpasswd-auth ]; then
        # The package makes a user of the system, so only its files are tried.
        dpkg-deb --extract "$file" "$root"
        mkdir "$root/service"
        answers_logins "$root/service" "${run[@]}" "$root/usr/bin/htpasswd-auth"
        rm -r "$root"
        echo "$file: after dpkg-deb --extract, htpasswd-auth works"
        continue
    fi
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/usr/bin"
    touch "$root/var/lib/dpkg/status"
    [ -z "$(dpkg-deb --field "$file" Depends)" ] || { echo "$file: the static program needs a package"; exit 1; }
    dpkg --root="$root" --force-architecture --force-script-chrootless --no-triggers --install "$file" >"$scratch/log" 2>&1 ||
        { cat "$scratch/log"; exit 1; }
    makes_users "${run[@]}" "$root/usr/bin/htpasswd"
    rm -r "$root"
    echo "$file: after dpkg --install, htpasswd works and needs no other package"
done

python3 -m venv "$scratch/venv"
for file in *.whl; do
    case $file in
        *x86_64.whl)
            "$scratch/venv/bin/pip" install --quiet --no-index "./$file"
            run_as x86_64
            makes_users "${run[@]}" "$scratch/venv/bin/htpasswd"
            shows_pages "$scratch/venv/share/man"
            ;;
        *aarch64.whl)
            # pip installs a wheel of another processor only into a folder.
            for platform in manylinux2014 musllinux_1_1; do
                "$scratch/venv/bin/pip" install --quiet --no-index --only-binary=:all: --upgrade \
                    --platform "${platform}_aarch64" --target "$scratch/wheel" "./$file"
            done
            run_as aarch64
            makes_users "${run[@]}" "$scratch/wheel/bin/htpasswd"
            ;;
    esac
    echo "$file: after pip install, htpasswd works"
done

for file in *.tgz; do
    mkdir "$scratch/npm"
    echo '{}' >"$scratch/npm/package.json"
    (cd "$scratch/npm" && npm install --silent --offline --no-audit --no-fund "$output/$file" >/dev/null)
    installed=$scratch/npm/node_modules/htpasswd-cli
    makes_users npx --offline --package "$output/$file" htpasswd
    makes_users "$scratch/npm/node_modules/.bin/htpasswd"
    for page in $(jq --raw-output '.man[]' "$installed/package.json"); do
        man --warnings -l "$installed/$page" 2>&1 >/dev/null | { ! grep .; }
    done
    code=0
    "$scratch/npm/node_modules/.bin/htpasswd" -vb "$scratch/work/htpasswd.user" dreamfish wrong 2>/dev/null || code=$?
    [ "$code" = 3 ] || { echo "$file: exit code $code"; exit 1; }
    processors=
    for processor in "$installed"/programs/*; do
        run_as "${processor##*/}"
        makes_users "${run[@]}" "$processor/htpasswd"
        processors+=" ${processor##*/}"
    done
    echo "$file: with npx and after npm install, htpasswd works; it has programs for:$processors"
done

# A release may lack the program for Windows. Under wine, it needs the runner that .ci/windows.sh makes.
windows=$(find . -name '*-windows.zip')
if [ -n "$windows" ]; then
    runner=$(realpath "$here/../target/wine/run")
    mkdir "$scratch/windows"
    (cd "$scratch/windows" && python3 -m zipfile -e "$output/$windows" .)
    makes_users "$runner" "$scratch"/windows/*/htpasswd.exe
    echo "${windows#./}: after unzip, htpasswd.exe works under wine"
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$scratch/registry.yml" <<EOF
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $scratch/registry}}
http: {addr: "127.0.0.1:$port"}
EOF
docker-registry serve "$scratch/registry.yml" >"$scratch/registry.log" 2>&1 &
servers+=($!)
curl --silent --fail --retry 50 --retry-delay 1 --retry-connrefused "http://127.0.0.1:$port/v2/" >/dev/null

for file in *-image.tar; do
    name=${file%-image.tar}
    version=${name##*-}
    name=${name%-*}
    registry=docker://127.0.0.1:$port/$name:$version
    skopeo copy --quiet --all --dest-tls-verify=false "oci-archive:$file:$version" "$registry"
    processors=
    for processor in $(skopeo inspect --raw --tls-verify=false "$registry" | jq --raw-output '.manifests[].platform.architecture'); do
        skopeo copy --quiet --override-arch "$processor" --src-tls-verify=false "$registry" "dir:$scratch/pulled"
        root=$scratch/root
        mkdir "$root"
        for layer in $(jq --raw-output '.layers[].digest' "$scratch/pulled/manifest.json"); do
            tar --extract --gzip --same-owner --file "$scratch/pulled/${layer#sha256:}" --directory "$root"
        done
        config=$scratch/pulled/$(jq --raw-output '.config.digest | ltrimstr("sha256:")' "$scratch/pulled/manifest.json")
        user=$(jq --raw-output .config.User "$config")
        [ "$(ls "$root")" = "$(printf 'data\n%s' "$name")" ]
        run_as "$processor"
        alone=(chroot --userspec="$user" "$root")
        # The emulator is a static program too.
        if [ ${#run[@]} -gt 0 ]; then
            cp "$emulator" "$root/"
            alone+=("/${emulator##*/}")
        fi
        alone+=("$(jq --raw-output '.config.Entrypoint[0]' "$config")")
        case $name in
            htpasswd)
                "${alone[@]}" -Bbc /data/htpasswd.user dreamfish abc123 2>/dev/null
                "$apache" -vb "$root/data/htpasswd.user" dreamfish abc123 2>/dev/null
                ;;
            htpasswd-auth) answers_logins "$root/data" "${alone[@]}" ;;
        esac
        rm -r "$root" "$scratch/pulled"
        processors+=" $processor"
    done
    echo "$file: after a registry, $name works as user $user in its image, for:$processors"
done

for file in *.cdx.json; do
    count=$(jq '.components | length' "$file")
    [ "$(jq --raw-output .bomFormat "$file")" = CycloneDX ]
    [ "$count" -ge 50 ]
    ! grep --quiet --extended-regexp 'file:///|/tmp/' "$file" || { echo "$file has a path of the build"; exit 1; }
    echo "$file: $count components"
done
