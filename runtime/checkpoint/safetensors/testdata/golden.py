"""Writes the golden files of this folder with the reference implementation, the oracle of the tests.

Run it with a Python that has safetensors, torch and huggingface_hub:  python golden.py
"""
import json
import math
import pathlib
import shutil
import struct

import numpy as np
import torch
from huggingface_hub import split_torch_state_dict_into_shards
from safetensors import deserialize, numpy as st_numpy, torch as st_torch

HERE = pathlib.Path(__file__).parent
torch.manual_seed(1)


def values(dtype, *shape):
    n = math.prod(shape)
    if dtype.is_complex:
        return torch.complex(torch.randn(n), torch.randn(n)).to(dtype).reshape(shape)
    if dtype.is_floating_point:
        return torch.rand(n).add(0.25).to(dtype).reshape(shape)
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).to(dtype)
    return torch.randint(0, 120, shape, dtype=torch.int64).to(dtype)


DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.float8_e5m2, torch.float8_e4m3fn, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz,
    torch.float8_e8m0fnu, torch.int16, torch.uint16, torch.float16, torch.bfloat16, torch.int32, torch.uint32, torch.float32,
    torch.complex64, torch.float64, torch.int64, torch.uint64,
]


def write_dtypes():
    tensors = {str(d).removeprefix("torch."): values(d, 2, 3) for d in DTYPES}
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(3, 0, 2, dtype=torch.float16)
    st_torch.save_file(tensors, HERE / "dtypes.safetensors", metadata={"format": "pt"})


def write_names():
    names = ["", "a", "A", "a.b", "a\"b\\c/", "tab\tline\nreturn\r", "\b\f\x00\x1f\x7f", "größe", "重み", "🙂", "\u2028<&>"]
    tensors = {n: np.array([i], dtype=np.float32) for i, n in enumerate(names)}
    st_numpy.save_file(tensors, HERE / "names.safetensors", metadata={"say \"why\"\n": "é\u2029\t"})


def bits(*numbers):
    return [struct.unpack("<f", struct.pack("<I", n))[0] for n in numbers]


def write_rounding():
    """x and what torch makes of it in the other types: specials, edges of half precision, ties, and random bits."""
    r = np.random.default_rng(7)
    x = bits(0, 1 << 31, 0x7F800000, 0xFF800000, 1, 0x007FFFFF, 0x7F7FFFFF)
    x += [65504.0, 65519.996, 65520.0, -65520.0, 2**-14, 2**-24, 2**-25, 2**-25 * 1.0001, 3 * 2**-25, 1 / 3]
    x += bits(*(0x3F800000 + (k << 12) for k in range(8)), *(0x3F800000 + (k << 15) for k in range(8)))
    x += bits(*(int(b) for b in r.integers(0x38000000, 0x48000000, 100)), *(int(b) for b in r.integers(0x32000000, 0x39000000, 60)))
    t = torch.tensor(x, dtype=torch.float32)
    wide = torch.tensor([1 + 2**-24, 1 + 2**-24 + 2**-50, 1 + 3 * 2**-24, 1e300, -1e-46, 2**-149 * 0.5, 2**-149 * 0.51, 0.1],
                        dtype=torch.float64)
    st_torch.save_file({
        "x": t, "x.f16": t.to(torch.float16), "x.bf16": t.to(torch.bfloat16), "x.f64": t.to(torch.float64),
        "wide": wide, "wide.f32": wide.to(torch.float32),
    }, HERE / "rounding.safetensors")


def write_shards():
    folder = HERE / "sharded"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    state = {
        "embed.weight": values(torch.float32, 9, 4), "layers.0.up": values(torch.float32, 8, 4),
        "layers.0.norm": values(torch.bfloat16, 4), "layers.0.down": values(torch.float32, 4, 8),
        "layers.1.up": values(torch.float32, 8, 4), "steps": torch.tensor(12), "head": values(torch.float32, 9, 4),
    }
    cut = split_torch_state_dict_into_shards(state, max_shard_size=300)
    for name, tensors in cut.filename_to_tensors.items():
        st_torch.save_file({t: state[t] for t in tensors}, folder / name, metadata={"format": "pt"})
    total = sum(t.numel() for t in state.values())
    index = {"metadata": {"total_parameters": total, **cut.metadata}, "weight_map": cut.tensor_to_filename}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
    return list(state)


def describe(path):
    return [{"name": n, "dtype": t["dtype"], "shape": t["shape"], "data": bytes(t["data"]).hex()}
            for n, t in sorted(deserialize(path.read_bytes()))]


write_dtypes()
write_names()
write_rounding()
st_numpy.save_file({}, HERE / "empty.safetensors")
order = write_shards()
golden = {str(p.relative_to(HERE)): describe(p) for p in sorted(HERE.rglob("*.safetensors"))}
files = ",\n".join(f'"{name}": [\n ' + ",\n ".join(json.dumps(t, ensure_ascii=False) for t in tensors) + "]"
                   for name, tensors in golden.items())
(HERE / "golden.json").write_text(f'{{"sharded_order": {json.dumps(order)}, "files": {{\n{files}}}}}\n')
