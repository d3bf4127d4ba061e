"""Draws five rows of the table in docs/performance.md as bars: the time of htpasswd as a part of the time of its peer."""

import re
from pathlib import Path

from svg import Picture

ROW = re.compile(r"^\| (.+?) \| ([\d.e+]+) ms \| ([\d.e+]+) ms \| ([\d.]+) \|", re.M)
# The beginning of the row in the table, the text beside the bar, and the peer.
ROWS = [
    ("update the last user of 1,000,000", "Change a password among 1,000,000 users", "Apache's htpasswd"),
    ("verify the last user of 1,000,000", "Verify a password among 1,000,000 users", "Apache's htpasswd"),
    ("import 1,000 users, -B -C 5", "Add 1,000 users with bcrypt", "1,000 calls of Apache's htpasswd"),
    ("parse and index, per 100,000 lines", "Read a file of 100,000 users", "passlib"),
    ("-nbB -C 10 u p", "Create one bcrypt hash of cost 10", "Apache's htpasswd"),
]
LEFT, WIDTH, TOP, STEP = 16, 448, 96, 62


def rows(root: Path) -> list[tuple[str, str, str, str]]:
    """The text of each bar, the peer's name, and the times of the peer and of htpasswd in milliseconds."""
    table = (root / "docs/performance.md").read_text().split("## The table")[1].split("\n## ")[0]
    measured = {what.replace("`", ""): (peer, ours) for what, peer, ours, _ in ROW.findall(table)}
    found = []
    for beginning, text, name in ROWS:
        times = [times for what, times in measured.items() if what.startswith(beginning)]
        if not times:
            raise SystemExit(f"docs/pictures/performance.py: docs/performance.md has no row {beginning}")
        found.append((text, name, *times[0]))
    return found


def draw(root: Path) -> str:
    measured = rows(root)
    picture = Picture(
        WIDTH + 2 * LEFT,
        TOP + STEP * len(measured),
        "Time of five tasks, compared with other programs",
        "; ".join(f"{text}: {ours} ms, {name} {peer} ms" for text, name, peer, ours in measured) + ".",
    )
    picture.text(LEFT, 30, "Time of five tasks", "head")
    picture.text(LEFT, 52, "Green: htpasswd. Grey: the other program. A shorter bar is faster.", "note")
    for number, (text, name, peer, ours) in enumerate(measured):
        y = TOP + STEP * number
        picture.text(LEFT, y, text)
        picture.box(LEFT, y + 7, WIDTH, 14, "other", 2)
        picture.box(LEFT, y + 7, max(round(WIDTH * min(float(ours) / float(peer), 1), 1), 2), 14, "faster", 2)
        picture.text(LEFT, y + 37, f"{float(ours):.3g} ms; {name}: {float(peer):.4g} ms", "note")
    return str(picture)
