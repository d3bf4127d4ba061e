#!/usr/bin/env bash
# Makes all files of a release in the folder OUTPUT, which must not exist yet:
#
#   packaging/release.sh OUTPUT
#
# Two runs at the same commit write the same bytes, in any folder. docs/release.md describes each file, and how to try
# and check them. With a folder of programs as in packaging/programs.sh, the script builds no program, and packs those:
#
#   packaging/release.sh --programs FOLDER OUTPUT
#
# Needs git, python3, the tools of packaging/programs.sh and packaging/deb.sh, and cargo-cyclonedx. The script publishes
# nothing, and writes only to OUTPUT and the target folder.
set -euo pipefail
programs=
if [ "$1" = --programs ]; then
    programs=$(realpath "$2")
    shift 2
fi
mkdir "$1"
output=$(realpath "$1")
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 022
export LC_ALL=C.UTF-8 TZ=UTC

# The only source of the version is Cargo.toml. All times are the time of the last commit.
version=$(cargo pkgid --package htpasswd-cli)
version=${version##*[@#]}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

if [ -z "$programs" ]; then
    programs=$scratch/programs
    packaging/programs.sh "$programs"
fi

# archive FILE FOLDER: writes the entries of FOLDER to a tar file, which is compressed if its name ends with gz.
archive() {
    local compress=cat
    case $1 in *gz) compress='gzip -9n' ;; esac
    (
        cd "$2"
        tar --create --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
            --mtime="@$SOURCE_DATE_EPOCH" -- *
    ) | $compress >"$1"
}

# program ARCHITECTURE NAME: the path of a program, or nothing if the folder of programs does not have it.
program() { find "$programs" -path "$programs/$1/$2"; }

for architecture in x86_64 aarch64; do
    htpasswd=$(program "$architecture" htpasswd)
    auth=$(program "$architecture" htpasswd-auth)
    [ -n "$htpasswd" ] || continue

    # The archive has the layout of /usr/local.
    name=htpasswd-$version-$architecture-linux
    root=$scratch/$architecture/$name
    share=$root/share
    install -D "$htpasswd" ${auth:+"$auth"} -t "$root/bin"
    for program in "$root/bin/"*; do
        program=${program##*/}
        # The pages of section 7 describe what the command htpasswd reads and writes.
        case $program in htpasswd) pages=(docs/man/htpasswd.1 docs/man/*.7) ;; *) pages=(docs/man/"$program".8) ;; esac
        for page in "${pages[@]}"; do install -Dm 644 "$page" -t "$share/man/man${page##*.}"; done
        [ -e "completions/_$program" ] || continue
        install -Dm 644 "completions/$program.bash" "$share/bash-completion/completions/$program"
        install -Dm 644 "completions/_$program" -t "$share/zsh/site-functions"
        install -Dm 644 "completions/$program.fish" -t "$share/fish/vendor_completions.d"
    done
    install -Dm 644 README.md CHANGELOG.md SECURITY.md LICENSE-APACHE LICENSE-MIT packaging/debian/copyright -t "$share/doc/htpasswd"
    # The documents are Markdown, which needs no browser and is small. The index is README.md. The sources of pictures and
    # the recorded interfaces are for developers only.
    git ls-files -z docs ':!docs/pictures' ':!docs/man' ':!docs/api' | xargs -0 cp --parents --target-directory "$share/doc/htpasswd"
    [ -z "$auth" ] || cp -r packaging/*.toml packaging/systemd packaging/fail2ban packaging/prometheus "$share/doc/htpasswd"
    archive "$output/$name.tar.gz" "$scratch/$architecture"

    # cargo-deb takes programs from a target folder.
    triple=$architecture-unknown-linux-musl
    install -D "$htpasswd" -t "$scratch/target/$triple/release"
    [ -z "$auth" ] || install -D "$auth" -t "$scratch/target/$triple/server"
    packaging/deb.sh --pack "$triple" "$scratch/target" "$output"

    python3 packaging/release/pack.py wheel "$output" "$version" "$PWD" "$architecture" "$htpasswd"

    # node has its own names for processors.
    case $architecture in x86_64) processor=x64 ;; aarch64) processor=arm64 ;; esac
    install -D "$htpasswd" -t "$scratch/npm/package/programs/$processor"
done

htpasswd=$(program x86_64 htpasswd.exe)
[ -z "$htpasswd" ] || python3 packaging/release/pack.py windows "$output" "$version" "$PWD" "$htpasswd"

install -Dm 644 docs/man/htpasswd.1 docs/man/*.7 -t "$scratch/npm/package/man"
cp packaging/release/npm/htpasswd.js packaging/release/README.md LICENSE-APACHE LICENSE-MIT packaging/debian/copyright "$scratch/npm/package"
chmod 755 "$scratch/npm/package/htpasswd.js"
sed "s/@VERSION@/$version/" packaging/release/npm/package.json >"$scratch/npm/package/package.json"
archive "$output/htpasswd-cli-$version.tgz" "$scratch/npm"

for name in htpasswd htpasswd-auth; do
    arguments=()
    for architecture in x86_64 aarch64; do
        path=$(program "$architecture" "$name")
        [ -z "$path" ] || arguments+=("$architecture=$path")
    done
    [ ${#arguments[@]} -gt 0 ] || continue
    python3 packaging/release/pack.py image "$scratch/image" "$version" "$SOURCE_DATE_EPOCH" "$name" "${arguments[@]}"
    archive "$output/$name-$version-image.tar" "$scratch/image"
    rm -r "$scratch/image"
done

# cargo-cyclonedx writes beside each Cargo.toml, so it runs in a copy of the sources. Its references contain the path of
# the copy, and its addresses of packages have relative paths. sed removes both.
mkdir "$scratch/sources"
git ls-files -z | xargs -0 cp --parents --target-directory "$scratch/sources"
for name in htpasswd-cli htpasswd-auth; do
    folder=$scratch/sources/crates/$name
    cargo cyclonedx --quiet --manifest-path "$folder/Cargo.toml" --format json --spec-version 1.5 --target x86_64-unknown-linux-musl
    sed -e "s|$scratch/sources/||g" -e 's|?download_url=file:[^"#]*||g' "$folder/$name.cdx.json" >"$output/${name%-cli}-$version.cdx.json"
done

(cd "$output" && sha256sum -- * >"$scratch/sums" && mv "$scratch/sums" SHA256SUMS)
(cd "$output" && stat -c '%9s bytes  %n' -- *)
