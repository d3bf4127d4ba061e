#!/usr/bin/env python3
"""Draws sentences and names of this repository at random, to be read as a stranger would read them.

Usage: tests/draw.py SEED [NUMBER]

The same seed draws the same sentences from the same commit. Sentences come from comments, docstrings, messages (string
literals with blanks) and documents; names are those of functions, types, constants and tests. CONTRIBUTING.md, "Style",
says what to do with the result.
"""

import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = {
    "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/testing.md",
    "docs/reliability.md",
}  # fmt: skip
# Generated code, recorded interfaces and tables of digits contain no sentences that the project wrote.
LEFT_OUT = re.compile(r"^(fuzz/regressions|docs/api|tests/data)/|/pi\.rs$|Cargo\.lock$")
NAME = re.compile(r"\b(?:fn|struct|enum|trait|type|const|static|mod)\s+([A-Za-z_][A-Za-z0-9_]{2,})")
ABBREVIATIONS = re.compile(r"\b(?:e\.g|i\.e|etc|vs)\.$")


def tracked():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.splitlines() if not LEFT_OUT.search(path)]


def split(text):
    """The sentences of a paragraph that have at least four words."""
    parts = re.split(r"(?<=[.!?:])\s+(?=[A-Z`\"'(\[])", " ".join(text.split()))
    return [part for part in parts if len(part.split()) >= 4 and not ABBREVIATIONS.search(part)]


def of_code(path, text):
    sentences, names, block = [], [], []
    fenced = False
    for number, line in enumerate(text.splitlines() + [""], 1):
        stripped = line.strip()
        comment = re.match(r"(?://[/!]?|#)(?!\[|!)\s?(.*)", stripped)
        if comment:
            body = comment[1]
            fenced ^= body.startswith("```")
            table_or_code = fenced or body.startswith(("```", "|", "#", "  "))
            if not table_or_code and body:
                block.append((number, body))
                continue
        if block:
            found = split(" ".join(body for _, body in block))
            sentences += [(path, block[0][0], sentence) for sentence in found]
            block = []
        if not comment and path.endswith(".rs"):
            names += [(path, number, name) for name in NAME.findall(stripped)]
            # A message: a literal with at least four words.
            for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', stripped):
                if len(re.findall(r"[a-z]{2,}", literal)) >= 4 and " " in literal:
                    sentences.append((path, number, literal))
    return sentences, names


def of_document(path, text):
    sentences, paragraph, start, fenced = [], [], 0, False
    for number, line in enumerate(text.splitlines() + [""], 1):
        if line.startswith("```"):
            fenced = not fenced
        is_text = line.strip() and not fenced and not line.startswith(("#", "|", "```", "<"))
        if is_text:
            start = start or number
            paragraph.append(re.sub(r"^\s*(?:[-*]|\d+\.)\s+", "", line))
        elif paragraph:
            sentences += [(path, start, sentence) for sentence in split(" ".join(paragraph))]
            paragraph, start = [], 0
    return sentences


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    number = int(sys.argv[2]) if len(sys.argv) == 3 else 40
    sentences, names = [], []
    for path in tracked():
        if path.endswith((".rs", ".sh", ".py", ".toml", ".in")) or path.startswith(".ci/"):
            text = (ROOT / path).read_text(errors="replace")
            found, named = of_code(path, text)
            sentences, names = sentences + found, names + named
        elif path in DOCUMENTS:
            sentences += of_document(path, (ROOT / path).read_text())
    draw = random.Random(int(sys.argv[1]))
    print(f"{number} of {len(sentences)} sentences")
    for path, line, sentence in sorted(draw.sample(sentences, number)):
        print(f"{path}:{line}: {sentence}")
    print(f"\n{number} of {len(names)} names")
    for path, line, name in sorted(draw.sample(names, number)):
        print(f"{path}:{line}: {name}")


if __name__ == "__main__":
    main()
