"""Draws the pictures of the documents: `python3 docs/pictures [--check] [PROGRAM]`. Needs only Python 3.11 or later.

With `--check`, the script writes nothing. It exits with 1 if a picture is not up to date. With PROGRAM, the release build
of htpasswd, the script also runs the commands of docs/demo.svg; this needs docker and docker-registry.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

import architecture
import demo
import login
import options
import performance
import safe_write
import servers

ROOT = Path(__file__).resolve().parents[2]
PICTURES = {
    "architecture": architecture.draw,
    "demo": demo.draw,
    "login": login.draw,
    "options": options.draw,
    "performance": performance.draw,
    "safe-write": safe_write.draw,
    "servers": servers.draw,
}


def main(words: list[str]) -> int:
    is_check = "--check" in words
    programs = [word for word in words if word != "--check"]
    if len(programs) > 1 or any(word.startswith("-") for word in programs):
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0

    def update(name: str, text: str) -> None:
        nonlocal stale
        path = ROOT / name
        if not is_check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            print(f"{name} is not up to date: run python3 docs/pictures {' '.join(programs)}", file=sys.stderr)
            stale += 1

    if programs:
        update(demo.RECORDING, demo.record(programs[0]))
    for name, draw in PICTURES.items():
        update(f"docs/{name}.svg", draw(ROOT))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
