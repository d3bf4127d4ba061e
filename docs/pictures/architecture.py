"""Draws the crates, their dependencies, and the layers of the library. Fails if the tables do not match the code."""

import re
from pathlib import Path

from svg import Picture

# The file with the table of the layers of the library.
RULES = "tests/repository/architecture.rs"

# The modules of the crates that use the library, in the order in which data passes through them.
COMMAND = [
    ["args", "stdio"],
    ["commands", "progress"],
    ["password", "import"],
    ["target", "export"],
    ["report", "output"],
]
LAYER = [["layer"], ["future"], ["challenge"]]

# The crates of the workspace, each with the crates of the workspace that it uses. The picture has no test-support,
# because only tests use it.
CRATES = {
    "htpasswd-cli": {"htpasswd", "secret-manifest"},
    "tower-htpasswd": {"htpasswd"},
    "htpasswd": {"bcrypt-lanes"},
    "secret-manifest": set(),
    "bcrypt-lanes": set(),
    "test-support": set(),
    "xtask": {"htpasswd"},
}


def layers(root: Path) -> list[list[str]]:
    """The layers of the library, the highest first."""
    table = re.search(r"^const LIBRARY_LAYERS.*?^\];$", (root / RULES).read_text(), re.M | re.S)
    rows = re.findall(r"^    &\[(.*)\],$", table[0], re.M) if table else []
    return [re.findall(r'"(\w+)"', row) for row in reversed(rows)]


def faults(root: Path) -> list[str]:
    """The differences between the tables and the code."""
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
    library = root / "crates/htpasswd/src"
    modules = re.findall(r"^mod (\w+);", (library / "lib.rs").read_text(), re.M)
    if sorted(modules) != sorted(module for layer in layers(root) for module in layer):
        found.append(f"the modules of the library are {sorted(modules)}")
    for crate, columns in (("htpasswd-cli", COMMAND), ("tower-htpasswd", LAYER)):
        for module in (module for column in columns for module in column):
            if not (root / "crates" / crate / "src" / f"{module}.rs").is_file():
                found.append(f"{crate} has no module {module}")
    return found


def draw(root: Path) -> str:
    wrong = faults(root)
    if wrong:
        raise SystemExit("docs/pictures/architecture.py: " + "; ".join(wrong))
    picture = Picture(
        880,
        650,
        "The crates of htpasswd and the layers of its library",
        "The command htpasswd-cli and the tower layer tower-htpasswd use the library htpasswd, which uses "
        "bcrypt-lanes. The command uses secret-manifest, too. Inside the library, a module uses only those in the "
        "layers below its own: " + "; ".join(", ".join(layer) for layer in layers(root)) + ".",
    )
    crate(picture, 20, 20, 530, 130, "htpasswd-cli", "arguments → command → library → report")
    modules(picture, 34, 78, 90, COMMAND, 12)
    crate(picture, 570, 20, 290, 130, "tower-htpasswd", "request → verdict → response")
    modules(picture, 582, 78, 84, LAYER, 7)

    crate(picture, 190, 205, 500, 340, "htpasswd", "the library: a module uses those below it")
    for row, layer in enumerate(layers(root)):
        width = 105
        left = 190 + (500 - len(layer) * width - (len(layer) - 1) * 12) / 2
        for place, name in enumerate(layer):
            module(picture, left + place * (width + 12), 262 + row * 46, width, name)
    crate(picture, 20, 582, 250, 52, "secret-manifest", "edits one value of a Secret")
    crate(picture, 315, 582, 250, 52, "bcrypt-lanes", "bcrypt, up to four interleaved")
    crate(picture, 610, 582, 250, 52, "xtask", "man page and completions")

    picture.line(370, 150, 370, 203, "arrow")
    picture.line(640, 150, 640, 203, "arrow")
    picture.line(90, 150, 90, 580, "arrow")
    picture.line(440, 545, 440, 580, "arrow")
    picture.line(735, 582, 692, 500, "arrow")
    picture.text(380, 182, "edits, hashes", "note")
    picture.text(650, 182, "credentials", "note")
    picture.text(100, 370, "manifests", "note")
    return str(picture)


def crate(picture: Picture, x: float, y: float, width: float, height: float, name: str, note: str) -> None:
    picture.box(x, y, width, height, "crate", 8)
    picture.text(x + 14, y + 22, name, "head")
    picture.text(x + 14, y + 41, note, "note")


def module(picture: Picture, x: float, y: float, width: float, name: str) -> None:
    picture.box(x, y, width, 30, "module")
    picture.text(x + width / 2, y + 19, name, "name", "middle")


def modules(picture: Picture, x: float, y: float, width: float, columns: list[list[str]], gap: float) -> None:
    for number, column in enumerate(columns):
        for row, name in enumerate(column):
            module(picture, x + number * (width + gap), y + row * 34, width, name)
