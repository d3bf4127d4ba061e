#!/usr/bin/env bash
# Builds the page as a folder of static files: docs/generator/build.sh [FOLDER]. The default is target/generator. The tool
# wasm-bindgen must have the version of the crate in Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-target/generator}
target=wasm32-unknown-unknown
crate=htpasswd_wasm

# The compiled library names source files in messages of panics. The names must not depend on the machine.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PWD=/source"
cargo build --quiet --release --locked --target "$target" -p htpasswd-wasm
glue=$(mktemp -d)
trap 'rm -rf "$glue"' EXIT
wasm-bindgen --target no-modules --no-typescript --remove-producers-section --out-dir "$glue" "${CARGO_TARGET_DIR:-target}/$target/release/$crate.wasm"

mkdir -p "$folder"
cp docs/generator/{index.html,style.css,page.js,library.js} "$folder"
# The page embeds the worker and the library, because its policy allows no connection that could load them.
python3 - "$glue/$crate.js" docs/generator/worker.js "$glue/${crate}_bg.wasm" >"$folder/htpasswd.js" <<'EOF'
import base64, json, pathlib, sys

glue, worker, wasm = map(pathlib.Path, sys.argv[1:])
text = json.dumps(glue.read_text() + worker.read_text())
print("// docs/generator/build.sh makes this file: the text of the worker, and the compiled library in Base64.")
print(f'const HTPASSWD = {{\nworker: {text},\nwasm: "{base64.b64encode(wasm.read_bytes()).decode()}",\n}};')
EOF
echo "$folder: $(cat "$folder"/* | wc -c) bytes"
