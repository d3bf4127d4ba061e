"""Draws the pictures of the documents: `python3 docs/pictures [--check]`. Needs only Python 3.11 or later.

With `--check`, the script writes nothing. It exits with 1 if a picture is not up to date.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True

import architecture
import performance

ROOT = Path(__file__).resolve().parents[2]
PICTURES = {"architecture": architecture.draw, "performance": performance.draw}


def main(words: list[str]) -> int:
    if words not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = 0
    for name, draw in PICTURES.items():
        path, drawn = ROOT / "docs" / f"{name}.svg", draw(ROOT)
        if not words:
            path.write_text(drawn, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != drawn:
            print(f"docs/{name}.svg is not up to date: run python3 docs/pictures", file=sys.stderr)
            stale += 1
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
