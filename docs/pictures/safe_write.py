"""Draws the write of a password file over time: the file, its journal, and the result of a crash at each moment.

docs/reliability.md describes the steps.
"""

from pathlib import Path

from svg import Picture

# The step, the content of the file and of the journal, what a reader sees, and the file after a crash and the next run.
STEPS = [
    ("1 Lock the file", "old", "", "old file", "old file"),
    ("2 Write the journal", "old", "part", "old file", "old file; the journal is removed"),
    ("3 Flush the journal", "old", "full", "old file", "old file; the journal is removed"),
    ("4 Write the file", "both", "full", "old or new at the change", "new file: the next run finishes"),
    ("5 Flush the file", "new", "full", "new file", "new file; the journal is removed"),
    ("6 Remove the journal", "new", "gone", "new file", "new file"),
    ("7 Unlock the file", "new", "", "new file", "new file"),
]
FILES = {"old": ("old", "wait"), "both": ("old + new", "wait"), "new": ("new", "yes")}
JOURNALS = {"part": ("incomplete", "empty"), "gone": ("empty", "empty"), "full": ("complete", "module")}
TOP, STEP, FILE, JOURNAL, RIGHT = 92, 52, 172, 266, 376


def draw(root: Path) -> str:
    page = (root / "docs/reliability.md").read_text()
    if not all(text in page for text in ("Write the journal", "finishes the write", "Open and lock")):
        raise SystemExit("docs/pictures/safe_write.py: docs/reliability.md has other steps")
    picture = Picture(
        RIGHT + 226,
        TOP + STEP * len(STEPS) + 48,
        "A safe write over time: the file, the journal, readers and crashes",
        " ".join(
            f"{step}: the file is {FILES[file][0]}, the journal is {JOURNALS[journal][0] if journal else 'absent'}; "
            f"a reader sees: {reader}; after a crash: {crash}."
            for step, file, journal, reader, crash in STEPS
        ),
    )
    picture.text(16, 32, "A safe write, step by step", "head")
    for x, text in ((FILE + 43, "file"), (JOURNAL + 48, "journal")):
        picture.text(x, TOP - 14, text, "note", "middle")
    picture.text(RIGHT, TOP - 30, "a reader sees", "note")
    picture.text(RIGHT, TOP - 14, "→ after a crash and the next run", "note")
    for number, (step, file, journal, reader, crash) in enumerate(STEPS):
        y = TOP + STEP * number
        picture.text(16, y + 27, step)
        text, kind = FILES[file]
        picture.box(FILE, y, 86, STEP - 4, kind, 4)
        picture.text(FILE + 43, y + 28, text, "", "middle")
        if journal:
            text, kind = JOURNALS[journal]
            picture.box(JOURNAL, y, 96, STEP - 4, kind, 4)
            picture.text(JOURNAL + 48, y + 28, text, "", "middle")
        picture.text(RIGHT, y + 20, reader)
        picture.text(RIGHT, y + 38, f"→ {crash}", "note")
    bottom = TOP + STEP * len(STEPS)
    picture.text(16, bottom + 14, "Time runs downwards. Each flush reaches the disk before the next step.", "note")
    picture.text(16, bottom + 32, "A later edit by another program is never undone: the journal is then quarantined.", "note")
    return str(picture)
