"""Draws the way of a login through an authenticator, and its four answers. docs/servers.md describes the steps."""

import re
from pathlib import Path

from svg import Picture

VERDICT = "crates/htpasswd/src/auth"
# The question, the answer that ends the way, and the verdict: its status and a kind of box.
STEPS = [
    (["Is the header valid", "Basic authentication?"], "no", "401"),
    (["Too many wrong passwords for this", "user from this address?"], "yes", "429"),
    (["Is the same login in the cache?"], "yes", "200"),
    (["Too many wrong passwords", "from this address?"], "yes", "429"),
    (["Is there room in the queue,", "and a thread in time?"], "no", "503"),
    (["Does the password match the hash?", "(unknown user: a dummy hash)"], "no", "401"),
]
VERDICTS = {
    "200": ("accepted", "yes"),
    "401": ("rejected", "no"),
    "429": ("too many attempts", "wait"),
    "503": ("busy", "wait"),
}
LEFT, WIDTH, TOP, STEP, RIGHT = 16, 268, 62, 78, 340


def draw(root: Path) -> str:
    source = "".join(path.read_text() for path in sorted((root / VERDICT).rglob("*.rs")))
    missing = [status for status in VERDICTS if status != "200" and not re.search(rf"\b{status}\b", source)]
    if missing:
        raise SystemExit(f"docs/pictures/login.py: no status {missing} in {VERDICT}")
    picture = Picture(
        RIGHT + 166,
        TOP + STEP * len(STEPS) + 62,
        "The steps of a login, and its four answers",
        " ".join(f"{' '.join(text)} If {answer}: {status}, {VERDICTS[status][0]}." for text, answer, status in STEPS)
        + " Otherwise: 200, accepted.",
    )
    picture.text(LEFT, 32, "A login has four answers", "head")
    for number, (text, answer, status) in enumerate(STEPS):
        y = TOP + STEP * number
        picture.box(LEFT, y, WIDTH, 50, "crate", 8)
        picture.texts(LEFT + WIDTH / 2, y + (30 if len(text) == 1 else 21), text, "", "middle")
        picture.line(LEFT + WIDTH, y + 25, RIGHT - 2, y + 25, "arrow")
        picture.text(LEFT + WIDTH + 24, y + 19, answer, "note", "middle")
        verdict(picture, RIGHT, y, status)
        picture.line(LEFT + WIDTH / 2, y + 50, LEFT + WIDTH / 2, y + STEP - 2, "arrow")
        picture.text(LEFT + WIDTH / 2 + 8, y + 68, "yes" if answer == "no" else "no", "note")
    verdict(picture, LEFT + WIDTH / 2 - 75, TOP + STEP * len(STEPS), "200")
    return str(picture)


def verdict(picture: Picture, x: float, y: float, status: str) -> None:
    text, kind = VERDICTS[status]
    picture.box(x, y + 3, 150, 44, kind, 8)
    picture.text(x + 75, y + 21, status, "head", "middle")
    picture.text(x + 75, y + 38, text, "", "middle")
