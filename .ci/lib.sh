# Functions and settings that the scripts of this folder share. The scripts source this file.
export CARGO_TERM_COLOR=never
# The scripts compile most code once, so data for the next compilation would only fill the disk.
export CARGO_INCREMENTAL=0

# The nightly compiler, for features that no stable compiler has. If the installed toolchain `nightly` has this
# date, the scripts use it under that name and download nothing.
nightly=nightly-2026-05-19
case $(rustup run nightly rustc --version 2>/dev/null) in
    *" ${nightly#nightly-})") nightly=nightly ;;
esac

# say STEP…: prints the duration of the last step and the name of the next one.
say() {
    [ -z "${step:-}" ] || printf -- '-- %s: %ss\n' "$step" "$((SECONDS - began))"
    step=$*
    began=$SECONDS
    printf '\n== %s\n' "$step"
}

# toolchain NAME [COMPONENT…]: installs this Rust toolchain with these components, if they are missing.
toolchain() {
    local name=$1
    shift
    rustup which --toolchain "$name" rustc >/dev/null 2>&1 ||
        rustup toolchain install "$name" --profile minimal --no-self-update >&2 ||
        { echo "Rust $name is not installed, and rustup cannot install it" >&2; return 1; }
    [ $# = 0 ] || rustup component add --toolchain "$name" "$@" >&2
}

# tool NAME VERSION [OPTION…]: installs this version of a cargo subcommand, if it is missing, with these options of cargo.
tool() {
    # The variable avoids a pipe: grep -q exits early, and then pipefail reports a failure of the writing program.
    local installed
    installed=$(cargo install --list)
    grep -qx "$1 v$2:" <<<"$installed" && return
    # The scripts run these tools only a few times, so a fast build matters more than fast tools.
    CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        cargo install --quiet --locked "$1@$2" "${@:3}" || { echo "$1 $2 cannot be built" >&2; return 1; }
}

# discard FOLDER…: deletes folders that no later step needs, because all of them together do not fit on a small disk. On
# a machine of a developer the folders stay, because they make the next run faster.
discard() { [ "${CI:-}" != true ] || rm -rf "$@"; }
