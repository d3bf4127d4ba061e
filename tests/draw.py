#!/usr/bin/env python3
"""Draws sentences and names of this repository at random, to be read as a stranger would read them.

Usage: tests/draw.py [--users] SEED [NUMBER]

The same seed draws the same sentences from the same commit. Sentences come from comments, docstrings, messages (string
literals with blanks) and documents; names are those of functions, types, constants and tests. With --users, sentences
come only from what users read: README.md, the pages of the book, the man pages, the help and the messages.
CONTRIBUTING.md, "Style", says what to do with the result.
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
# The source files with the help and the messages.
MESSAGES = re.compile(r"^crates/[^/]+/src/.*(error|warning|options|flag|finding|advice|message|line|reason|cures)[^/]*\.rs$")
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
        is_text = line.strip() and not fenced and not line.startswith(("#", "|", "```", "<", "!["))
        item = re.match(r"\s*(?:[-*]|\d+\.)\s+", line)
        if paragraph and (item or not is_text):
            sentences += [(path, start, sentence) for sentence in split(" ".join(paragraph))]
            paragraph, start = [], 0
        if is_text:
            start = start or number
            paragraph.append(line[item.end():] if item else line)
    return sentences


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


def for_users():
    sentences = []
    for path in tracked():
        text = (ROOT / path).read_text(errors="replace") if path.endswith((".md", ".rs", ".in", ".txt", ".8")) else ""
        if path == "README.md" or re.match(r"docs/.*\.md$", path):
            sentences += of_document(path, text)
        elif path == "docs/man/options.txt":
            sentences += of_document(path, text)
        elif re.match(r"docs/man/.*(\.in|\.8)$", path):
            sentences += of_manual(path, text)
        elif MESSAGES.match(path):
            code = "\n".join(line for line in text.split("#[cfg(test)]")[0].splitlines() if "//" not in line)
            sentences += of_code(path, code)[0]
    return sentences


def main():
    words = sys.argv[1:]
    is_for_users = words[:1] == ["--users"]
    words = words[is_for_users:]
    if len(words) not in (1, 2):
        sys.exit(__doc__)
    number = int(words[1]) if len(words) == 2 else 40
    draw = random.Random(int(words[0]))
    if is_for_users:
        sentences = for_users()
        print(f"{number} of {len(sentences)} sentences")
        for path, line, sentence in sorted(draw.sample(sentences, number)):
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
    print(f"{number} of {len(sentences)} sentences")
    for path, line, sentence in sorted(draw.sample(sentences, number)):
        print(f"{path}:{line}: {sentence}")
    print(f"\n{number} of {len(names)} names")
    for path, line, name in sorted(draw.sample(names, number)):
        print(f"{path}:{line}: {name}")


if __name__ == "__main__":
    main()
