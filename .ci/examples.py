#!/usr/bin/env python3
"""Checks that each public item has an example: `.ci/examples.py target/api/doc/*.json`.

The files are the JSON output of rustdoc, one file per crate:

    RUSTC_BOOTSTRAP=1 cargo rustdoc -q -p CRATE --lib --target-dir target/api -- \
        -Zunstable-options --output-format json

Each crate and each public function, method, type, trait and macro needs a code block in its own docs that
`cargo test` runs: a fenced block of Rust without `ignore`, `no_run`, `compile_fail` or `should_panic`. There are three
exceptions:

- Items of trait impls, fields and variants. The docs of the trait or the type describe them.
- Methods whose name is in a block of their type that `cargo test` runs. That block is their example.
- Methods that take only `self`. Their call has one form, and the example of the type has a value to call it on.
"""

import json
import re
import sys

KINDS = {
    "function": "fn",
    "struct": "struct",
    "enum": "enum",
    "union": "union",
    "type_alias": "type",
    "trait": "trait",
    "macro": "macro",
}
FENCE = re.compile(r"^\s*(`{3,}|~{3,})(.*)$")
RUNS = {"rust", "edition2024"}


def example(docs: str | None) -> str:
    """Returns the lines of the fenced blocks that the tests run."""
    closing, runs, lines = None, False, []
    for line in (docs or "").splitlines():
        fence = FENCE.match(line)
        if closing is None:
            if fence:
                closing = fence[1]
                runs = set(re.split(r"[\s,]+", fence[2].strip())) - {""} <= RUNS
        elif fence and fence[1].startswith(closing) and not fence[2].strip():
            closing = None
        elif runs:
            lines.append(line)
    return "\n".join(lines)


def is_used_in(block: str, name: str) -> bool:
    return re.search(rf"(\.|::){name}\b", block) is not None


def takes_only_self(kind: str, inner: dict) -> bool:
    return kind == "function" and [name for name, _ in inner["sig"]["inputs"]] == ["self"]


def items(crate: dict):
    """The items that need an example, each with its kind and name and the type or trait that it belongs to."""
    index = crate["index"]
    of_traits = set()
    owners = {}
    ids = {}
    for item in index.values():
        kind, inner = next(iter(item["inner"].items()))
        if kind == "impl":
            if inner["trait"] is not None:
                of_traits.update(inner["items"])
            else:
                path = inner["for"].get("resolved_path", {})
                owners.update((child, path.get("path", "?")) for child in inner["items"])
                ids.update((child, path.get("id")) for child in inner["items"])
        elif kind == "trait":
            owners.update((child, item["name"]) for child in inner["items"])
    yield "crate", index[str(crate["root"])], None
    for item in index.values():
        kind, inner = next(iter(item["inner"].items()))
        ours = item["crate_id"] == 0 and item["visibility"] in ("public", "default")
        if kind in KINDS and ours and item["id"] not in of_traits and not takes_only_self(kind, inner):
            owner = owners.get(item["id"])
            yield f"{KINDS[kind]} {owner + '::' if owner else ''}{item['name']}", item, index.get(str(ids.get(item["id"])))


def main(paths: list[str]) -> int:
    if not paths:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    missing = checked = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            crate = json.load(file)
        for name, item, owner in sorted(items(crate), key=lambda found: place(found[1])):
            checked += 1
            if not example(item["docs"]) and not (owner and is_used_in(example(owner["docs"]), item["name"])):
                missing += 1
                print(f"{':'.join(map(str, place(item)))}: {name} has no example that runs")
    print(f"{checked - missing} of {checked} public items have an example", file=sys.stderr)
    return 1 if missing else 0


def place(item: dict) -> tuple[str, int]:
    span = item["span"]
    return (span["filename"], span["begin"][0]) if span else ("?", 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
