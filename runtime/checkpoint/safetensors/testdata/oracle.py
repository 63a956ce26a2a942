"""Says what the reference implementation makes of files, for the tests of this folder.

usage: oracle.py FOLDER    reads FOLDER/*.bin; for each it writes a line to FOLDER/verdicts.json: null when the file is
refused, else its tensors; and, when all types can be written from Python, the file written again as NAME.bin.out
"""
import json
import pathlib
import sys

import numpy as np
from safetensors import SafetensorError, TensorSpec, deserialize, serialize

WRITABLE = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "F8_E5M2": "float8_e5m2", "F8_E4M3": "float8_e4m3fn", "I16": "int16",
    "U16": "uint16", "F16": "float16", "BF16": "bfloat16", "I32": "int32", "U32": "uint32", "F32": "float32",
    "C64": "complex64", "F64": "float64", "I64": "int64", "U64": "uint64",
}


def rewrite(tensors, metadata):
    buffers = [np.frombuffer(bytes(t["data"]) + b"\0", dtype=np.uint8) for _, t in tensors]
    specs = {name: TensorSpec(dtype=WRITABLE[t["dtype"]], shape=t["shape"], data_ptr=b.ctypes.data, data_len=len(t["data"]))
             for (name, t), b in zip(tensors, buffers)}
    return bytes(serialize(specs, metadata))


verdicts = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.bin")):
    data = path.read_bytes()
    try:
        tensors = deserialize(data)
    except SafetensorError:
        verdicts[path.name] = None
        continue
    verdicts[path.name] = [{"name": n, "dtype": t["dtype"], "shape": t["shape"], "data": bytes(t["data"]).hex()}
                           for n, t in tensors]
    if all(t["dtype"] in WRITABLE for _, t in tensors):
        size = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8:8 + size]).get("__metadata__")
        path.with_name(path.name + ".out").write_bytes(rewrite(tensors, metadata))
(pathlib.Path(sys.argv[1]) / "verdicts.json").write_text(json.dumps(verdicts))
