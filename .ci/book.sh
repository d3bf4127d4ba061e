#!/usr/bin/env bash
# Builds the book of docs/SUMMARY.md in target/book/html, and checks each link and anchor in it, and its search. With the
# folder of `cargo doc`, the book contains it as api/. Only the installation of mdbook needs the network.
#   .ci/book.sh [target/doc]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export LC_ALL=C.UTF-8
api=${1:-}

say "the book"
tool mdbook 0.5.4 --no-default-features --features search
book=target/book
rm -rf "$book"
mkdir -p "$book/src"
# The sources have the folders of the repository, so a link between two pages is right in both. Only the table of contents
# moves, because mdBook needs it at the root.
git ls-files -z '*.md' docs LICENSE-MIT LICENSE-APACHE packaging/prometheus packaging/systemd tests/mutants.txt |
    grep -zvE '^docs/(api|pictures|generator/[^R])/?|SUMMARY|book\.toml' | xargs -0 cp --parents --target-directory "$book/src"
sed -E 's|\]\(|](docs/|; s|\(docs/\.\./|(|' docs/SUMMARY.md >"$book/src/SUMMARY.md"
for page in docs/man/*.[1-8]; do
    name=$(basename "$page")
    title="${name%.*}(${name##*.})"
    # mandoc prints each bold letter twice, with a backspace in between.
    printf '# %s\n\n```text\n%s\n```\n' "$title" "$(mandoc -T utf8 "$page" | sed 's/.\x08//g')" >"$book/src/$page.md"
    sed -i "/comparison\.md/a - [$title]($page.md)" "$book/src/SUMMARY.md"
done
cp docs/book.toml "$book/"
mdbook build "$book" >"$book/log" 2>&1 || { cat "$book/log"; exit 1; }
if grep -E 'WARN|ERROR' "$book/log"; then exit 1; fi
[ -z "$api" ] || cp -r "$api" "$book/html/api"
python3 .ci/links.py "$book/html"

say "the search of the book, without a server"
page=$(chromium --headless --no-sandbox --disable-gpu --virtual-time-budget=10000 --dump-dom \
    "file://$PWD/$book/html/index.html?search=quarantined" 2>/dev/null)
grep -o "[1-9][0-9]* search results for 'quarantined'" <<<"$page"
say "end of book.sh"
