#!/usr/bin/env python3
"""Checks the links of a folder of HTML: `.ci/links.py FOLDER`.

Each link and each picture must lead to a file of the folder, and each anchor to an element with this id. The script
needs no network, so it does not check links to other sites; it counts them. rustdoc checks the links between its pages
in api/, so the script checks only those links of api/ that lead to the book.
"""

import pathlib
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self, path: pathlib.Path):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and tag != "base":
                self.links.append(value or "")
            elif name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value or "")


def main(folder: pathlib.Path) -> int:
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    local = other = 0
    errors = []
    for path, page in pages.items():
        inside = path.relative_to(folder)
        # 404.html is shown at any address, so its links begin at the address of the site.
        if inside.name == "404.html":
            continue
        is_api = inside.parts[0] == "api"
        for link in page.links:
            if is_api and not link.startswith("../../docs/"):
                continue
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                other += 1
                continue
            local += 1
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                errors.append(f"{inside}: no file for {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                errors.append(f"{inside}: no anchor for {link}")
    for error in sorted(set(errors)):
        print(error)
    print(f"{len(pages)} pages, {local} links and pictures checked, {other} links to other sites not checked", file=sys.stderr)
    return 1 if errors or local < 1000 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
