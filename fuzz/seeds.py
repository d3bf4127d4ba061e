#!/usr/bin/env python3
"""Makes fuzz/seeds/ from the vectors of the tests and from cases that are written here.

The name of a seed is the start of its SHA-1, so the same input is there once.
"""

import base64
import hashlib
import pathlib
import shutil

FUZZ = pathlib.Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "tests" / "data" / "vectors"

# How many vectors of each file: every so many, so that there are some of all kinds.
PER_FILE = 60


def vectors(per_file=PER_FILE):
    """Password and hash of some lines of each file."""
    for path in sorted(VECTORS.glob("*.tsv")):
        lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        for line in lines[:: max(1, len(lines) // per_file)]:
            expect, password, text, _ = line.split("\t")
            password = base64.b64decode(password)
            text = base64.b64decode(text[4:]) if text.startswith("b64:") else text.encode()
            if len(password) <= 512 and len(text) <= 200 and b"\0" not in password:
                yield path.stem, expect, password, text


FILES = [
    b"",
    b"bob:x\n",
    b"# staff\nbob:x:Bob Smith\r\n\n  carol:y\n",
    b"bob:x\nbob:y\ncarol:z\nbob:x\n",
    b"bob:x\r\ncarol:y",
    b"bob:x\ncarol:y\r",
    b"\xef\xbb\xbfbob:x\ncarol:y\n",
    b"bob:x\n\xef\xbb\xbfcarol:y\n\xef\xbb\xbfbob:z\n",
    b"bob:x\0junk:a\ncarol:y\n",
    b"no colon\n#bob:x\n ; note\n:empty\nbob::\n",
    b"bob:a:b\ncarol:a:b:Carol\n",
    b"a\\\nbob:x\nbob:x\n",
    b"\t\x0b\x0c bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=:more\n\xff:x\nd e:y \n",
]
# Verb, who, what: see document.rs.
SCRIPTS = [
    b"", b"\0\0\0", b"\0\0\3", b"\0\4\4\0\4\2", b"\1\0\0", b"\1\0\0\1\4\0", b"\2\0\1", b"\3\0\1", b"\4\0\0",
    b"\0\1\3\0\1\3\4\0\0", b"\5\0\0\0\2\5", b"\3\4\4\2\4\3\1\4\0",
]
CREDENTIALS = [
    b"Aladdin:open sesame", b"test:123\xc2\xa3", b"u:", b":p", b"no colon", b"a:b:c", b"u:\0", b"u\n:p", b"u:\x7f",
    b"\xff:x", "ü:pässwörd 密码".encode(), b"u" * 255 + b":" + b"p" * 512, b"u:" + b"p" * 513, b"u" * 300 + b":p",
]


def document():
    for script in SCRIPTS:
        for file in FILES:
            yield bytes([len(script)]) + script + file


def hash_():
    for _, _, password, text in vectors():
        yield password + b"\0" + text
    for choice in range(8):
        yield b"pass" + b"\0" + bytes([choice, 7])


def basic():
    for pair in CREDENTIALS:
        yield pair
        encoded = base64.b64encode(pair)
        yield from (b"Basic " + encoded, b"bASIC   " + encoded, b"Basic " + encoded.rstrip(b"="), b"Basic" + encoded)
    yield from (b"Bearer abc", b"Basic", b"Basic ", b"Basic YTpi\t", b"Basic YTp=", b"Basic A" * 200)


def differential():
    for file, _, password, text in vectors(30):
        if file in ("bcrypt", "md5crypt", "sha256crypt", "sha512crypt", "des"):
            yield password + b"\0" + text
    for choice in range(11):
        yield b"pass\xff" + b"\0" + bytes([choice]) + b"saltsaltsaltsaltsaltsa"


TARGETS = {"differential": differential, "document": document, "hash": hash_, "basic": basic}


def main():
    seeds = FUZZ / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    for target, make in TARGETS.items():
        (seeds / target).mkdir(parents=True)
        for data in make():
            (seeds / target / hashlib.sha1(data).hexdigest()[:12]).write_bytes(data)


if __name__ == "__main__":
    main()
