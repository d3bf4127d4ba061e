"""peers.py PIECE [FILE | PASSWORD]: prints the median milliseconds of one operation of a peer."""

import ctypes
import statistics
import sys
import time

PASSWORD = b"correct horse battery staple"
SETTINGS = {
    "bcrypt": b"$2b$10$CCCCCCCCCCCCCCCCCCCCC.",
    "md5-crypt": b"$1$saltsalt",
    "sha256-crypt": b"$5$sixteencharacter",
    "sha512-crypt": b"$6$sixteencharacter",
}


def libxcrypt(setting, password):
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.argtypes, crypt.restype = [ctypes.c_char_p] * 2, ctypes.c_char_p
    assert crypt(password, setting).startswith(setting)
    return lambda: crypt(password, setting)


def passlib(path):
    from passlib.apache import HtpasswdFile

    with open(path, "rb") as file:
        text = file.read()
    assert len(HtpasswdFile.from_string(text).users()) == text.count(b"\n")
    return lambda: HtpasswdFile.from_string(text)


piece = sys.argv[1]
password = sys.argv[2].encode() if len(sys.argv) > 2 else PASSWORD
operation = passlib(sys.argv[2]) if piece == "passlib" else libxcrypt(SETTINGS[piece], password)
times, begin = [], time.perf_counter()
while len(times) < 3 or time.perf_counter() - begin < 0.4:
    start = time.perf_counter()
    operation()
    times.append(time.perf_counter() - start)
print(f"{statistics.median(times) * 1000:.6f}")
