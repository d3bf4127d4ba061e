#!/usr/bin/env python3
"""Generates fuzz/target/seeds/ from the test vectors and from the cases in this file. run.sh calls it.

Each argument is a folder with vectors/vectors.json, vectors/parse_cases.json and oracle/cases.json; their cases are added
to fuzz/corpus/.

The name of a seed is the start of its SHA-1, so that equal inputs are stored once.
"""

import base64
import hashlib
import json
import pathlib
import shutil
import sys

FUZZ = pathlib.Path(__file__).resolve().parent
VECTORS = FUZZ.parent / "tests" / "data" / "vectors"

# The number of vectors from each file, spread evenly so that every kind is included.
PER_FILE = 32


def vectors(per_file=PER_FILE):
    """Yields the file, the expected result, the password and the hash of some vectors of each file."""
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
# Each edit is three bytes: the verb, the user and the hash. See document.rs.
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
    for choice in range(9):
        yield b"pass" + b"\0" + bytes([choice, 7])


def basic():
    for pair in CREDENTIALS:
        yield pair
        encoded = base64.b64encode(pair)
        yield from (b"Basic " + encoded, b"bASIC   " + encoded, b"Basic " + encoded.rstrip(b"="), b"Basic" + encoded)
    yield from (b"Bearer abc", b"Basic", b"Basic ", b"Basic YTpi\t", b"Basic YTp=", b"Basic A" * 200)


def differential():
    for file, _, password, text in vectors(24):
        if file in ("bcrypt", "md5crypt", "sha256crypt", "sha512crypt", "des", "libxcrypt"):
            yield password + b"\0" + text
    for choice in range(24):
        yield b"pass\xff" + b"\0" + bytes([choice]) + b"saltsaltsaltsaltsaltsa"


ARGV = [
    "", "-b|f|u|p", "-nb|u|p", "-nbB|u|p", "-nbBC5|u|p", "-nbC4B|u|p", "-C=5|u", "-C|--|u", "-n|-r|1000|-5|u", "-cB|f|u",
    "-D|f|u", "-v|f|u", "-vb|f|u|p", "-Db|f|u|p", "-nn|u", "-cn|u", "-i|f|u", "-bi|f|u", "-ib|f|u|p", "-nb-|x", "-|u",
    "--|-f|u", "-nb|--|-u|p", "---", "--help", "--version", "--bcrypt|-n|u", "--cost=12|-nB|u", "--cost|12|-nB|u",
    "--stdout|u", "--bcrypt=5", "--bcrpyt", "--rounds=999|-n2|u", "-nBC18|u", "-nBC3|u", "-nBC4294967300|u", "-nBC0|u",
    "-nBC-5|u", "-vC0|f|u", "-DC0|f|u", "-vC99999999999|f|u", "-bvr1|f|u|p", "-Dr x|f|u", "-nBC +05|u", "-np|u", "-nd|u", "-nsC9|u", "-nmr99999999999999999999|u", "-x", "-\xff", "-n|a:b", "-n|#u",
    "-n| u", "-n|", "f|#u", "f|", "-D|f|", "-v|f|a\x1bb", "f|a\nb", "--ensure|-B|f|u", "--import|-B|f|users",
    "--import|--hashed|--prune|f", "--check|--fix|--json|f", "--list|--format=env|f", "--for=nginx|-n|u", "--for|help",
    "--secret=m|--secret-key=k|-B|u", "--generate=20|-nB|u", "--generate|f|u", "--mode=640|-c|f|u", "--lock-timeout=1.5|f|u",
    "--password-file=p|f|u", "--password-fd=3|f|u", "--password-env=X|f|u", "--strict|-p|f|u", "--no-clobber|-c|f|u",
    "--dry-run|--ensure|f|u", "--format=k8s-secret|-n|u", "--keep-going|--import-format=csv|--import|f|u", "--secret-name=A|u",
]


def argv():
    for line in ARGV:
        yield line.replace("|", "\0").encode("latin-1")
    for user in (b"u" * 255, b"u" * 256):
        yield b"-nb\0" + user + b"\0p"
    for password in (b"p" * 255, b"p" * 256):
        yield b"-b\0f\0u\0" + password
    yield b"-i\0" + b"f" * 4096 + b"\0u"


OLD = b"alice:x\nbob:yy\ncarol:z\n"


def journal():
    whole = b"htpasswd journal" + b"\2".ljust(8, b"\0") + bytes([156]).ljust(16, b"\0") + b"\7".ljust(96, b"\0")
    for data in (b"", whole, whole + hashlib.sha1(whole).digest()):
        yield b"\0" + data + b"---\n" + OLD
    # The numbers are the inode, the old length, the new length, the offset, the number of replaced bytes and the number
    # of new bytes in their place. See journal.rs.
    for numbers, data in (((0, 24, 22, 8, 6, 4), b"bob:yyb:z\ncarol:z\n\n\n"), ((0, 24, 24, 12, 2, 2), b"yyzz"),
                          ((0, 24, 26, 24, 0, 2), b"x\n"), ((0, 255, 255, 255, 0, 0), b"")):
        for other in (0, 7):
            for file in (OLD, OLD[:12] + b"zz" + OLD[14:], OLD + b"x", OLD + b"\0\0"):
                yield b"\1" + bytes([0, *numbers[1:], other]) + data + b"---\n" + file
    for start, end, new in ((0, 8, b""), (12, 14, b"zz"), (24, 24, b"dave:w\n"), (8, 15, b"b:c\n"), (0, 24, b"")):
        for cut in (0, 13, 30, 70):
            for kind in (0, 1, 2, 3, 4, 4 + 32 * 7, 8, 11):
                yield b"\2" + bytes([start, end, cut, kind]) + new + b"---\n" + OLD
    for choice in range(0, 32):
        yield b"\3" + bytes([choice]) + OLD


# Values of `htpasswd:` in stringData (TEXTS) and in data (CODES).
TEXTS = [
    '"bob:x\\ncarol:y\\n"', "'bob:x'", "bob:x", "|\n    bob:x\n    carol:y", "|-\n    bob:x", "|+\n    bob:x\n\n", "|2\n      bob:x",
    ">\n    bob:x\n\n    carol:y", "", "~", "&a bob:x", "*a", "!!str bob:x", "bob:x # note", '"bob\\\n    :x"', "[a]", "|  # why\n    bob:x",
]
CODES = ["Ym9iOngK", '"Ym9iOngK"', "'Ym9iOngK'", "|\n    Ym9i\n    OngK", ">-\n    Ym9iOngK", "", "!!binary Ym9iOngK", "Ym9i OngK"]
MANIFESTS = [
    "kind: Secret\n", "kind: Secret", "kind: Secret\ndata:\n", "kind: Secret\ndata: {}\n", "kind: Secret\nstringData: {}\n",
    "kind: Secret\ndata: {htpasswd: Ym9iOngK, a: eA==}\n", '{"kind":"Secret","data":{"htpasswd":"Ym9iOngK"}}',
    '{"kind": "List", "items": [{"kind": "Secret", "stringData": {"auth": "bob:x\\n"}}]}', "kind: Secret\ndata:\n  a: eA==\n",
    "kind: List\nitems:\n- kind: Secret\n  data:\n    auth: Ym9iOngK\n- kind: Secret\n", "---\n...\n---\nkind: Secret\n",
    "kind: Secret\r\ndata:\r\n  htpasswd: Ym9iOngK\r\n", "kind: Secret\ndata:\n  htpasswd: a\n  htpasswd: b\n", "%YAML 1.2\n---\nkind: Secret\n",
    "kind: Secret\ndata:\n  eva: e1NIQX15\nstringData:\n  max: '$2y$10$x'\n  bob: |-\n    {SHA}x\n", "kind: Secret\nstringData: {bob: '{SHA}x', eva: '{SHA}y'}\n",
    "\ufeffkind: Secret\ndata:\n  htpasswd: Ym9iOngK\n", "? kind\n: Secret\n? data\n: ? htpasswd\n  : Ym9iOngK\n",
]


def secret():
    for text in TEXTS:
        yield f"kind: Secret\nstringData:\n  htpasswd: {text}\n  z: last\n".encode()
    for text in CODES:
        yield f"kind: Secret  # it\nmetadata: {{name: it}}\ndata:\n  a: eA==\n  auth: {text}\n---\nx: y\n".encode()
    for text in MANIFESTS:
        yield text.encode()
    for choice in range(20):
        for field in range(4):
            yield bytes([choice, choice, field]) + b"bob:x\ncarol:y\n"


CONFIGS = [
    "", "[sites.a]\nfile = 'f'\n", "listen = '0.0.0.0:80'\n[sites.a]\nfile = 'f'\n", "x = 1\n", "[sites.a]\nfil = 'f'\n",
    "listen = ['127.0.0.1:1', 'unix:/s']\ntrusted-proxy = ['10.0.0.0/8', '::1']\nsocket-mode = '0600'\n[sites]\na = { file = 'f' }\n",
    "cache = 0\nqueue-timeout = 0.5\nthreads = 2\nfailures-per-user = 1\nfailures-per-address = 1\nconnections = 1\nstop-timeout = 1\n"
    "log-format = 'json'\nlog-level = 'debug'\nmetrics-listen = '127.0.0.1:9'\nsocket-group = 'g'\n[sites.a]\nfile = 'f'\n",
    "tls-certificate = 'c'\ntls-key = 'k'\ntls-client-ca = 'a'\n[sites.a]\nfile = 'f'\nrealm = 'R'\nproxy = 'nginx'\n",
    "tls-key = 'k'\n[sites.a]\nfile = 'f'\n", "connections = 9223372036854775807\n[sites.a]\nfile = 'f'\n",
    "address-header = 'X-Real-IP'\n[sites.a]\nfile = 'f'\nusers = ['u']\ngroups = ['g']\ngroup-file = 'h'\n[sites.b-c_1]\nfile = 'g'\n",
    "[sites.a]\nfile = ''\n", "[sites.'a b']\nfile = 'f'\n", "listen = \"a\\u001b\\n\\u202e\"\n", "[sites.a]\nrealm = \"a\\nb\"\nfile = 'f'\n",
    "threads = 99999999\nqueue-timeout = nan\ncache = -1\n", "a = [[[[[[[[\n", "[sites.\x1b]\nfile = 1\n", "x = '" + "y" * 3000 + "'\n",
]


def auth_config():
    for text in CONFIGS:
        yield text.encode()
    yield b"[sites.a]\nfile = '\xff'\n"


def auth_request():
    def login(pair):
        return b"Authorization: Basic " + base64.b64encode(pair.encode()) + b"\r\n"

    ips = [b"", b"X-Real-IP: 192.0.2.1\r\n", b"X-Forwarded-For: 203.0.113.9, 192.0.2.1, 10.0.0.7\r\n"]
    pairs = ("alice:a", "bob:b", "alice:z", "j,\u00fc%:\u00f6", "alice:wrong", "no colon")
    logins = [b"", *map(login, pairs), login("alice:a") * 2, b"Authorization: Bearer x\r\n"]
    for target in (b"/auth/wiki", b"/auth/registry/v2/?x", b"/auth/notes", b"/auth/registry/../wiki", b"/auth/x", b"/"):
        for ip in ips:
            for line in logins:
                head = b" HTTP/1.1\r\nHost: auth\r\n" + ip + line
                # The first byte chooses the peer and the kind of input: a trusted proxy sends these bytes.
                yield b"\0GET " + target + head + b"\r\n"
                yield b"\4GET " + target + head + b"\r\n"
        head = b" HTTP/1.1\r\nHost: auth\r\n" + ips[1] + ips[2] + logins[1]
        for method in (b"POST ", b"CONNECT ", b"HEAD "):
            yield b"\2" + method + target + head + b"Content-Length: 3\r\n\r\nabcGET /auth/notes" + head + b"\r\n"
        yield b"\0POST " + target + head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET " + target + head + b"\r\n"
        yield b"\0GET " + target + head + b"X: a\r\n b\r\nConnection: close\r\n\r\n"
    # Described requests: the values are read from the bytes, so each count of bytes gives others.
    for number in range(32):
        yield bytes([1]) + hashlib.sha256(bytes([number])).digest() * (1 + number % 4)


def forwarded():
    for number in range(64):
        yield hashlib.sha256(bytes([number])).digest() * (1 + number % 4)
    for text in (b"[fe80::1%0]:80", b"192.0.2.1:00080", b"::ffff:10.0.0.1", b"unknown"):
        yield bytes(8) + text * 3 + bytes(16)


TARGETS = {"auth_config": auth_config, "auth_request": auth_request, "forwarded": forwarded, "secret": secret, "journal": journal, "argv": argv, "differential": differential, "document": document, "hash": hash_, "basic": basic}


def kits(folder):
    """Yields a target and an input for each usable case in the folder."""

    def load(path):
        path = folder / path
        return json.loads(path.read_text()) if path.exists() else []

    def raw(text):
        if isinstance(text, str):
            return text.encode()
        if "cat" in text:
            return b"".join(map(raw, text["cat"]))
        return base64.b64decode(text["b64"]) if "b64" in text else raw(text["repeat"]) * text["n"]

    for vector in load("vectors/vectors.json"):
        password, text = raw(vector["password"]), raw(vector["hash"])
        if b"\0" not in password:
            yield "hash", password + b"\0" + text
            yield "differential", password + b"\0" + text
    for case in load("vectors/parse_cases.json"):
        for script in SCRIPTS if case.get("input") else ():
            yield "document", bytes([len(script)]) + script + base64.b64decode(case["input"])
    for case in (load("oracle/cases.json") or {"cases": []})["cases"]:
        if "argv" in case:
            yield "argv", b"\0".join(raw(word) for word in case["argv"])


def write(folder, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(data).hexdigest()[:12]).write_bytes(data)


def main():
    seeds = FUZZ / "target" / "seeds"
    shutil.rmtree(seeds, ignore_errors=True)
    for target, make in TARGETS.items():
        for data in make():
            write(seeds / target, data)
    for folder in sys.argv[1:]:
        for target, data in kits(pathlib.Path(folder)):
            write(FUZZ / "corpus" / target, data)


if __name__ == "__main__":
    main()
