"""Draws the crates, their dependencies, and the layers of the command and of the library.

`faults` compares the tables of this script with the code.
"""

import re
from pathlib import Path

from svg import Picture

# Has the tables of the layers, and checks them against the code.
RULES = "tests/repository/architecture.rs"

# The modules of the tower layer, in the order in which a request passes them.
LAYER = [["layer", "service", "future"], ["rules", "rejection", "authenticated"]]

# crate: the crates of ours that it uses. test-support is not drawn: only tests use it.
CRATES = {
    "htpasswd-cli": {"htpasswd", "secret-manifest"},
    "htpasswd-auth": {"htpasswd"},
    "htpasswd-wasm": {"htpasswd", "secret-manifest"},
    "tower-htpasswd": {"htpasswd"},
    "htpasswd": {"crypt-lanes"},
    "secret-manifest": set(),
    "crypt-lanes": set(),
    "test-support": set(),
    "xtask": {"htpasswd"},
}


def layers(root: Path, name: str) -> list[list[str]]:
    """The layers of a crate, the highest first."""
    table = re.search(rf"^const {name}_LAYERS.*?^\];$", (root / RULES).read_text(), re.M | re.S)
    rows = re.findall(r"^    &\[(.*)\],$", table[0], re.M) if table else []
    return [re.findall(r'"(\w+)"', row) for row in reversed(rows)]


def faults(root: Path) -> list[str]:
    """Returns the differences between the tables and the code."""
    found = []
    names = sorted(path.name for path in (root / "crates").iterdir() if (path / "Cargo.toml").is_file())
    if names != sorted(CRATES):
        found.append(f"the crates are {names}")
    for crate in names:
        manifest = (root / "crates" / crate / "Cargo.toml").read_text()
        table = re.search(r"^\[dependencies\]\n(.*?)(?=^\[|\Z)", manifest, re.M | re.S)
        used = set(re.findall(r"^([\w-]+)", table[1] if table else "", re.M)) & set(CRATES)
        if used != CRATES.get(crate):
            found.append(f"{crate} uses {sorted(used)}")
    for crate, start, name in (("htpasswd", "lib", "LIBRARY"), ("htpasswd-cli", "main", "COMMAND")):
        text = (root / "crates" / crate / "src" / f"{start}.rs").read_text()
        modules = re.findall(r"^(?:pub )?mod (\w+);", text, re.M)
        if sorted(modules) != sorted(module for layer in layers(root, name) for module in layer):
            found.append(f"the modules of {crate} are {sorted(modules)}")
    for module in (module for column in LAYER for module in column):
        if not (root / "crates/tower-htpasswd/src" / f"{module}.rs").is_file():
            found.append(f"tower-htpasswd has no module {module}")
    return found


def draw(root: Path) -> str:
    wrong = faults(root)
    if wrong:
        raise SystemExit("docs/pictures/architecture.py: " + "; ".join(wrong))
    library, command = layers(root, "LIBRARY"), layers(root, "COMMAND")
    names = ["; ".join(", ".join(layer) for layer in table) for table in (command, library)]
    picture = Picture(
        880,
        970,
        "The crates of htpasswd, and the layers of its command and library",
        "The command htpasswd-cli, the login service htpasswd-auth, the tower layer tower-htpasswd and htpasswd-wasm, the "
        "library in a browser, use the library htpasswd, which uses crypt-lanes. The command and htpasswd-wasm also use "
        "secret-manifest. A module uses only lower layers. The layers of "
        f"the command, the highest first: {names[0]}. The layers of the library: {names[1]}.",
    )
    crate(picture, 20, 20, 500, 450, "htpasswd-cli", "the command: a module uses lower layers only")
    stack(picture, 20, 78, 500, command)
    crate(picture, 540, 20, 320, 176, "tower-htpasswd", "a request, its verdict, a response")
    modules(picture, 554, 78, 140, LAYER, 12)

    crate(picture, 660, 240, 200, 52, "htpasswd-wasm", "the library in a browser")
    crate(picture, 660, 400, 200, 52, "htpasswd-auth", "logins for proxies")

    crate(picture, 190, 525, 500, 340, "htpasswd", "the library: a module uses lower layers only")
    stack(picture, 190, 582, 500, library)
    crate(picture, 20, 902, 250, 52, "secret-manifest", "one value of a Secret, in its text")
    crate(picture, 315, 902, 250, 52, "crypt-lanes", "several hashes at a time on one core")
    crate(picture, 610, 902, 250, 52, "xtask", "man pages and completions")

    picture.line(370, 470, 370, 523, "arrow")
    picture.line(620, 196, 620, 523, "arrow")
    picture.line(660, 272, 645, 523, "arrow")
    picture.line(676, 452, 676, 523, "arrow")
    picture.line(90, 470, 90, 900, "arrow")
    picture.line(440, 865, 440, 900, "arrow")
    picture.line(735, 902, 692, 820, "arrow")
    picture.text(380, 502, "edits, hashes", "note")
    picture.text(630, 222, "credentials", "note")
    picture.text(100, 690, "manifests", "note")
    return str(picture)


def stack(picture: Picture, x: float, y: float, width: float, table: list[list[str]]) -> None:
    """One row of modules per layer, in the middle of the crate."""
    for row, layer in enumerate(table):
        left = x + (width - len(layer) * 105 - (len(layer) - 1) * 12) / 2
        for place, name in enumerate(layer):
            module(picture, left + place * 117, y + row * 46, 105, name)


def crate(picture: Picture, x: float, y: float, width: float, height: float, name: str, says: str) -> None:
    picture.box(x, y, width, height, "crate", 8)
    picture.text(x + 14, y + 22, name, "head")
    picture.text(x + 14, y + 41, says, "note")


def module(picture: Picture, x: float, y: float, width: float, name: str) -> None:
    picture.box(x, y, width, 30, "module")
    picture.text(x + width / 2, y + 19, name, "name", "middle")


def modules(picture: Picture, x: float, y: float, width: float, columns: list[list[str]], gap: float) -> None:
    for number, column in enumerate(columns):
        for row, name in enumerate(column):
            module(picture, x + number * (width + gap), y + row * 34, width, name)
