#!/usr/bin/env python3
"""Draws sentences and names of this repository at random, to be read as a stranger would read them.

Usage: tests/draw.py SEED [NUMBER]
       tests/draw.py --texts SEED [NUMBER]

The same seed draws the same sentences from the same commit. Sentences come from comments, docstrings, messages (string
literals with blanks) and documents; names are those of functions, types, constants and tests. CONTRIBUTING.md, "Style",
says what to do with the result.

With `--texts`, the sentences are only those that users meet in the program: the help, the man page, and the messages of
errors and warnings.
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


# The files with the help, the texts of the man page, and the messages of errors and warnings.
TEXTS = re.compile(r"^crates/[^/]+/src/(.*/)?(error|warning|options)\.rs$|^docs/man/(options\.txt|.*\.in)$")


def of_manual(path, text):
    """The sentences of a man page, without its requests."""
    sentences, paragraph, start = [], [], 0
    for number, line in enumerate(text.splitlines() + [".PP"], 1):
        request, _, rest = line.partition(" ")
        if request in (".B", ".I"):
            line = rest
        elif re.fullmatch(r"\.(B|I|R)(B|I|R)", request):
            line = "".join(part.strip('"') for part in re.findall(r'"[^"]*"|\S+', rest))
        if line.startswith(".") and line != rest:
            sentences += [(path, start, sentence) for sentence in split(" ".join(paragraph))]
            paragraph, start = [], 0
        elif not line.startswith("$"):
            start = start or number
            paragraph.append(re.sub(r"\\f.|\\&", "", line).replace("\\-", "-").replace("\\(aq", "'"))
    return sentences


def of_texts(path, text):
    """The messages in a source file, or the sentences of a man page."""
    if path.endswith(".txt"):
        return [(path, number, line) for number, line in enumerate(text.splitlines(), 1) if len(line.split()) >= 4]
    if path.endswith(".in"):
        return of_manual(path, text)
    code = [(number, line) for number, line in enumerate(text.splitlines(), 1) if not line.strip().startswith("//")]
    literals = ((number, literal) for number, line in code for literal in re.findall(r'"((?:[^"\\]|\\.)*)"', line))
    return [(path, number, literal) for number, literal in literals if len(re.findall(r"[a-z]{2,}", literal)) >= 3]


def main():
    words = sys.argv[1:]
    is_texts = "--texts" in words
    words = [word for word in words if word != "--texts"]
    if len(words) not in (1, 2):
        sys.exit(__doc__)
    number = int(words[1]) if len(words) == 2 else 40
    if is_texts:
        paths = [path for path in tracked() if TEXTS.search(path)]
        sentences = [found for path in paths for found in of_texts(path, (ROOT / path).read_text())]
        print(f"{number} of {len(sentences)} sentences")
        for path, line, sentence in sorted(random.Random(int(words[0])).sample(sentences, number)):
            print(f"{path}:{line}: {sentence}")
        return
    sentences, names = [], []
    for path in tracked():
        if path.endswith((".rs", ".sh", ".py", ".toml", ".in")) or path.startswith(".ci/"):
            text = (ROOT / path).read_text(errors="replace")
            found, named = of_code(path, text)
            sentences, names = sentences + found, names + named
        elif path in DOCUMENTS:
            sentences += of_document(path, (ROOT / path).read_text())
    draw = random.Random(int(words[0]))
    print(f"{number} of {len(sentences)} sentences")
    for path, line, sentence in sorted(draw.sample(sentences, number)):
        print(f"{path}:{line}: {sentence}")
    print(f"\n{number} of {len(names)} names")
    for path, line, name in sorted(draw.sample(names, number)):
        print(f"{path}:{line}: {name}")


if __name__ == "__main__":
    main()
