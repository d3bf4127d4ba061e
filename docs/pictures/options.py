"""Draws which option does what, as a tree. The script fails if an option is not in the table of options."""

import re
from pathlib import Path

from svg import Picture

TABLE = "crates/htpasswd-cli/src/args/options.rs"
# The question, and its answers: a task, and the command for it.
TREE = [
    (
        ["Change", "one user"],
        [
            ("add, or set the password", "htpasswd --for SERVER FILE USER"),
            ("the same, in a script that may run often", "htpasswd --ensure --for SERVER FILE USER"),
            ("with a random password", "htpasswd --generate --for SERVER FILE USER"),
            ("lock out for a while", "htpasswd --disable FILE USER"),
            ("delete", "htpasswd -D FILE USER"),
        ],
    ),
    (
        ["Change", "many users"],
        [
            ("add or update the users of a list", "htpasswd --import --for SERVER FILE USERS"),
            ("keep only the users of the list", "htpasswd --import --prune FILE USERS"),
        ],
    ),
    (
        ["Look into", "the file"],
        [
            ("is this the password?", "htpasswd -v FILE USER"),
            ("why can a user not log in?", "htpasswd --check --for SERVER FILE USER"),
            ("who is in the file?", "htpasswd --list FILE"),
        ],
    ),
    (
        ["Print, and", "write no file"],
        [
            ("one new record", "htpasswd -n --for SERVER USER"),
            ("for Compose, Traefik, HAProxy, …", "htpasswd -n --format FORMAT USER"),
            ("all records of a file", "htpasswd --list --format FORMAT FILE"),
        ],
    ),
    (
        ["Kubernetes", "Secret"],
        [("any command above, without FILE", "htpasswd --secret MANIFEST … USER")],
    ),
]
GROUP, LEAF, WIDTH, HIGH = 16, 150, 356, 50


def draw(root: Path) -> str:
    table = (root / TABLE).read_text()
    commands = [command for _, answers in TREE for _, command in answers]
    words = {word for command in commands for word in command.split() if word.startswith("-")}
    known = {f"--{name}" for name in re.findall(r'"([a-z0-9-]+)"', table)}
    known |= {f"-{letter}" for letter in re.findall(r"Some\('(.)'\)", table)}
    if words - known:
        raise SystemExit(f"docs/pictures/options.py: unknown options {sorted(words - known)}")
    count = len(commands)
    picture = Picture(
        LEAF + WIDTH + 16,
        64 + HIGH * count + 12 * len(TREE),
        "Which option do I want?",
        " ".join(f"{' '.join(question)}: {task}: {command}." for question, answers in TREE for task, command in answers),
    )
    picture.text(GROUP, 32, "Which option do I want?", "head")
    y = 54
    for question, answers in TREE:
        middle = y + (HIGH * len(answers) - 8) / 2
        picture.box(GROUP, middle - 24, 106, 48, "module", 8)
        picture.texts(GROUP + 53, middle - 3, question, "", "middle")
        fork = GROUP + 106 + 14
        picture.line(GROUP + 106, middle, fork, middle, "branch")
        last = y + HIGH * (len(answers) - 1) + (HIGH - 8) / 2
        picture.line(fork, y + (HIGH - 8) / 2, fork, last, "branch")
        for task, command in answers:
            picture.line(fork, y + (HIGH - 8) / 2, LEAF, y + (HIGH - 8) / 2, "branch")
            picture.box(LEAF, y, WIDTH, HIGH - 8, "crate")
            picture.text(LEAF + 10, y + 17, task, "note")
            picture.text(LEAF + 10, y + 34, command, "name")
            y += HIGH
        y += 12
    return str(picture)
