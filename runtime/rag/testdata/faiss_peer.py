"""Times Faiss on the vectors of a safetensors file: a line for each index, with its name, milliseconds for a question, and recall@10.

    pip install faiss-cpu numpy; python faiss_peer.py vectors.safetensors
"""

import json
import struct
import sys
import time

import faiss
import numpy

with open(sys.argv[1], "rb") as f:
    header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
    data = f.read()


def matrix(name):
    begin, end = header[name]["data_offsets"]
    return numpy.frombuffer(data[begin:end], dtype="<f4").reshape(header[name]["shape"])


rows, asked = matrix("rows"), matrix("asked")
flat = faiss.IndexFlatIP(rows.shape[1])
flat.add(rows)
graph = faiss.IndexHNSWFlat(rows.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
graph.hnsw.efConstruction = 100
graph.add(rows)
_, right = flat.search(asked, 10)


def measure(index):
    times, found = [], 0
    for q in range(len(asked)):
        begun = time.perf_counter()
        _, ids = index.search(asked[q : q + 1], 10)
        times.append(time.perf_counter() - begun)
        found += len(set(ids[0]) & set(right[q]))
    return sorted(times)[len(times) // 2] * 1000, found / right.size


print("flat", *measure(flat))
for depth in (16, 64, 256, 1024):
    graph.hnsw.efSearch = depth
    print(f"hnsw{depth}", *measure(graph))
