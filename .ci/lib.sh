# What the scripts of this folder share; they source it.
export CARGO_TERM_COLOR=never

# The nightly compiler for what no stable one offers. If the toolchain called `nightly` was built on that day, CI uses it
# under that name and downloads nothing.
nightly=nightly-2026-05-19
case $(rustup run nightly rustc --version 2>/dev/null) in
    *" ${nightly#nightly-})") nightly=nightly ;;
esac

# say STEP…: the last step's time, and the name of the next.
say() {
    [ -z "${step:-}" ] || printf -- '-- %s: %ss\n' "$step" "$((SECONDS - began))"
    step=$*
    began=$SECONDS
    printf '\n== %s\n' "$step"
}

# toolchain NAME [COMPONENT…]: there is this Rust, with these parts.
toolchain() {
    local name=$1
    shift
    rustup which --toolchain "$name" rustc >/dev/null 2>&1 ||
        rustup toolchain install "$name" --profile minimal --no-self-update >&2 ||
        { echo "Rust $name is not installed, and rustup cannot install it" >&2; return 1; }
    [ $# = 0 ] || rustup component add --toolchain "$name" "$@" >&2
}

# tool NAME VERSION: there is this cargo subcommand, in this version.
tool() {
    # Read whole before it is searched: what grep -q leaves unread counts as a failure of who writes it.
    local installed
    installed=$(cargo install --list)
    grep -qx "$1 v$2:" <<<"$installed" && return
    # They are run a few times: what counts is how long they take to build.
    CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        cargo install --quiet --locked "$1@$2" || { echo "$1 $2 cannot be built" >&2; return 1; }
}
