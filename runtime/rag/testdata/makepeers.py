"""Writes peers.json: what bm25s scores, and the loss and gradients of PyTorch for a batch of texts that belong together.

    pip install bm25s torch; python makepeers.py
"""

import json
import math
import pathlib

import bm25s
import numpy
import torch
import torch.nn.functional as F

documents = [
    "the light of the sun is white",
    "a prism divides white light into colours",
    "colours of thin plates depend on their thickness, and thin plates on the light",
    "the moon has no light of its own",
    "water",
    "the the the the",
]
questions = ["white light", "the moon", "thin colours of water", "light light light sun", "nothing here", "the"]

words = [d.replace(",", "").split() for d in documents]
bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numpy")
bm25.index(words, show_progress=False)
# Lucene's formula in bm25s leaves out the constant factor k1 + 1, as ours does.
scores = []
for q in questions:
    # Each word of a question counts once.
    row = numpy.zeros(len(documents))
    for w in sorted(set(q.split())):
        if any(w in d for d in words):
            row += bm25.get_scores([w])
    scores.append([round(float(s), 6) for s in row])

rows, width, temperature = 12, 5, 0.1
table = torch.tensor([[math.sin(1 + 7 * i + 3 * j) for j in range(width)] for i in range(rows)], dtype=torch.float64, requires_grad=True)
x = [[0, 1, 2, -1], [3, -1, -1, -1], [4, 5, 5, 6]]
y = [[7, 1, -1, -1], [8, 9, 3, -1], [10, 11, -1, -1]]


def pool(ids):
    sums = torch.stack([table[[i for i in row if i >= 0]].mean(0) for row in ids])
    return F.normalize(sums, dim=1)


logits = pool(x) @ pool(y).T / temperature
own = torch.arange(len(x))
loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
loss.backward()

out = {
    "versions": f"bm25s {bm25s.__version__}, torch {torch.__version__}",
    "documents": documents,
    "questions": questions,
    "scores": scores,
    "contrast": {"rows": rows, "width": width, "temperature": temperature, "x": x, "y": y, "loss": loss.item(), "grad": table.grad.flatten().tolist()},
}
pathlib.Path(__file__).with_name("peers.json").write_text(json.dumps(out, indent=1) + "\n")
