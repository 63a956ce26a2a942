"""What the peers in Python share: the words of a racer, and the input that all racers make for themselves (see bench/race, bench/ours)."""

import sys

import numpy as np


def serve(about, unit, need=0):
    """Does units; unit takes a number of threads and returns seconds and a number to compare."""
    print("ready", int(need), about, flush=True)
    for line in sys.stdin:
        seconds, result = unit(int(line))
        print(seconds, result, flush=True)


class Formula:
    """Makes tokens: the linear congruential generator of Numerical Recipes."""

    def __init__(self, seed=1):
        self.state = seed

    def tokens(self, n, vocab):
        out = []
        for _ in range(n):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            out.append((self.state >> 8) % vocab)
        return out


def small(rows, columns, period):
    """Quarters around zero that repeat after an odd number of them."""
    return ((np.arange(rows * columns) % period - period // 2) / 4).astype(np.float32).reshape(rows, columns)


# The parameters in the order of llm.c's file, with their shapes; those of one kind in all layers come together.
KINDS = [
    ("wte.weight", "VE"), ("wpe.weight", "BE"), ("ln1.weight", "LE"), ("ln1.bias", "LE"), ("qkv.weight", "L3E"), ("qkv.bias", "L3"),
    ("out.weight", "LEE"), ("out.bias", "LE"), ("ln2.weight", "LE"), ("ln2.bias", "LE"), ("up.weight", "L4E"), ("up.bias", "L4"),
    ("down.weight", "LE4"), ("down.bias", "LE"), ("ln.weight", "E"), ("ln.bias", "E"),
]


def read_weights(path):
    """The shape of a model as a dict, and its parameters by name: those of layers as layers.I.NAME, weights as [out, in]."""
    head = np.fromfile(path, dtype=np.int32, count=256)
    shape = dict(zip(["block", "vocab", "layers", "heads", "embed"], map(int, head[2:7])))
    size = {"V": int(head[7]), "B": shape["block"], "L": shape["layers"], "E": shape["embed"], "3": 3 * shape["embed"], "4": 4 * shape["embed"]}
    data, at, named = np.memmap(path, dtype=np.float32, mode="r"), 256, {}
    for name, dims in KINDS:
        sizes = [size[d] for d in dims]
        n = int(np.prod(sizes))
        part, at = data[at : at + n].reshape(sizes), at + n
        if name == "wte.weight":
            part = part[: shape["vocab"]]
        if dims.startswith("L"):
            named |= {f"layers.{i}.{name}": layer for i, layer in enumerate(part)}
        else:
            named[name] = part
    return shape, named
