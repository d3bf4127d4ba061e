"""Draws the table of docs/performance.md as bars: the time of each row, relative to its peer."""

import math
import re
from pathlib import Path

from svg import Picture

ROW = re.compile(r"^\| (.+?) \| ([\d.e+]+) ms \| ([\d.e+]+) ms \| ([\d.]+) \|", re.M)
LEFT, RIGHT, TOP, STEP = 470, 800, 92, 24
FASTEST, SLOWEST = 1 / 64, 4


def rows(root: Path) -> list[tuple[str, str, str, float]]:
    """The name of each row, the peer's time and the time of htpasswd in milliseconds, and their ratio."""
    table = (root / "docs/performance.md").read_text().split("## The table")[1].split("\n## ")[0]
    return [(what.replace("`", ""), peer, ours, float(ratio)) for what, peer, ours, ratio in ROW.findall(table)]


def draw(root: Path) -> str:
    measured = rows(root)
    if not measured:
        raise SystemExit("docs/pictures/performance.py: docs/performance.md has no rows with times")
    bottom = TOP + STEP * len(measured)
    picture = Picture(
        1030,
        bottom + 48,
        "Time of each row of the table, relative to its peer",
        "; ".join(f"{what}: {ours} ms, the peer {peer} ms" for what, peer, ours, _ in measured) + ".",
    )
    picture.text(20, 32, "Time relative to the peer", "head")
    legend = "Bars to the left of 1 are faster. The default peer is Apache's htpasswd. The scale is logarithmic."
    picture.text(20, 54, legend, "note")
    for power in range(round(math.log2(FASTEST)), round(math.log2(SLOWEST)) + 1):
        x = place(2.0**power)
        picture.line(x, TOP - 6, x, bottom, "one" if power == 0 else "grid")
        picture.text(x, bottom + 20, f"1/{2**-power}" if power < 0 else str(2**power), "note", "middle")
    for number, (what, peer, ours, ratio) in enumerate(measured):
        y = TOP + STEP * number
        start, end = sorted((place(ratio), place(1)))
        picture.text(LEFT - 12, y + 12, what, "note", "end")
        picture.box(start, y + 2, max(end - start, 1.5), 13, "faster" if ratio <= 1 else "slower", 2)
        picture.text(RIGHT + 14, y + 12, f"{ours} ms, peer {peer} ms", "note")
    return str(picture)


def place(ratio: float) -> float:
    ratio = min(max(ratio, FASTEST), SLOWEST)
    return round(LEFT + (RIGHT - LEFT) * math.log(ratio / FASTEST) / math.log(SLOWEST / FASTEST), 1)
