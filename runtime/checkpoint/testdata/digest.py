"""Digests written from the package's documentation with Python's standard library, the oracle of the tests.

usage: python3 digest.py > digest.json
"""
import hashlib
import json
import struct


def number(n):
    return struct.pack("<Q", n)


def text(s):
    return number(len(s.encode())) + s.encode()


def tensor(name, dtype, shape, data):
    parts = text("resident tensor 1"), text(name), text(dtype), number(len(shape)), *map(number, shape), data
    return hashlib.sha256(b"".join(parts)).digest()


def root(digests):
    return hashlib.sha256(text("resident root 1") + number(len(digests)) + b"".join(d for _, d in sorted(digests.items()))).digest()


MODELS = {
    "nothing": [],
    "a scalar": [("a", "F32", [], struct.pack("<f", 1.5))],
    "some": [
        ("b", "BF16", [2, 3], bytes(range(12))),
        ("a", "I64", [1], struct.pack("<q", -2)),
        ("größe", "BOOL", [0, 4], b""),
        ("B", "F8_E4M3", [3], b"\x01\x02\xff"),
    ],
}
print(json.dumps([{
    "name": name,
    "tensors": [{"name": n, "dtype": d, "shape": s, "data": b.hex(), "digest": tensor(n, d, s, b).hex()} for n, d, s, b in model],
    "root": root({n.encode(): tensor(n, d, s, b) for n, d, s, b in model}).hex(),
} for name, model in MODELS.items()], indent=1, ensure_ascii=False))
