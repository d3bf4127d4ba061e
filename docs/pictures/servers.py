"""Draws which server reads which scheme, from `docs/pictures/servers.json`, which `cargo xtask generate` writes."""

import json
from pathlib import Path

from svg import Picture

# The columns, from strong to weak.
SCHEMES = [
    "argon2id", "bcrypt", "sha512-crypt", "sha256-crypt", "apr1", "md5-crypt", "{SSHA}", "{SHA}", "des-crypt", "plain",
]  # fmt: skip
# No picture needs these: htpasswd creates no such hash.
LEFT_OUT = {"argon2i", "argon2d"}
LEFT, TOP, WIDE, HIGH = 146, 160, 31, 22


def draw(root: Path) -> str:
    servers = json.loads((root / "docs/pictures/servers.json").read_text())
    unknown = {scheme for server in servers for scheme in server["reads"]} - set(SCHEMES) - LEFT_OUT
    if unknown:
        raise SystemExit(f"docs/pictures/servers.py: no column for {sorted(unknown)}")
    bottom = TOP + HIGH * len(servers)
    picture = Picture(
        LEFT + WIDE * len(SCHEMES) + 16,
        bottom + 108,
        "The schemes that each server reads",
        "; ".join(f"{server['name']} reads {', '.join(server['reads'])}" for server in servers) + ".",
    )
    picture.text(16, 30, "Which server reads which hash?", "head")
    for column, scheme in enumerate(SCHEMES):
        picture.rotated(LEFT + WIDE * column + WIDE / 2 + 5, TOP - 8, scheme, "name")
    for row, server in enumerate(servers):
        y = TOP + HIGH * row
        picture.text(LEFT - 8, y + 15, server["name"] + ("" if server["file"] else " *"), "name", "end")
        for column, scheme in enumerate(SCHEMES):
            x = LEFT + WIDE * column
            is_read, is_chosen = scheme in server["reads"], scheme == server["chosen"]
            picture.box(x, y, WIDE - 2, HIGH - 2, "best" if is_chosen else "cell" if is_read else "empty", 3)
            if is_read:
                sign = "★" if is_chosen else "(✓)" if scheme == "argon2id" else "✓"
                picture.text(x + WIDE / 2 - 1, y + 15, sign, "onbest" if is_chosen else "", "middle")
    notes = ["★ read, and chosen by --for", "✓ read", "(✓) read with a setting or a recent version"]
    picture.texts(16, bottom + 26, [*notes, "* no password file: records are printed for its configuration"], "note", step=21)
    return str(picture)
