"""Writes dpo.json: the loss of direct preference optimisation and its gradients, by PyTorch, for the GPT-2 of ../../nn/testdata/maketorch.py.

usage: python makedpo.py (with torch and transformers)
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "nn" / "testdata"))
from maketorch import Formula, fill, gather, gpt2, small

BETA = 0.3


def log_probs(model, ids, targets):
    picked = model(ids).logits.log_softmax(-1).gather(2, targets.clamp(min=0)[..., None])[..., 0]
    return (picked * (targets >= 0)).sum(1)


torch.set_num_threads(1)
model, parts = gpt2(small)
fill(parts, Formula(1))
reference, others = gpt2(small)
fill(others, Formula(7))
model.double(), reference.double()
formula = Formula(3)
ids, targets = formula.tokens(small["VocabSize"], 6, 12), formula.tokens(small["VocabSize"], 6, 12)
targets[:, :5] = -1
targets[1, 8:] = -1
with torch.no_grad():
    base = log_probs(reference, ids, targets)
own = log_probs(model, ids, targets)
gain = (own - base).reshape(-1, 2)
margins = gain[:, 0] - gain[:, 1]
loss = -F.logsigmoid(BETA * margins).mean()
anchored = loss + 0.2 * (-own / (targets >= 0).sum(1))[::2].mean()
loss.backward()
(HERE / "dpo.json").write_text(json.dumps({
    "Versions": f"torch {torch.__version__}", "Config": small, "Beta": BETA, "IDs": ids.flatten().tolist(), "Targets": targets.flatten().tolist(),
    "Loss": loss.item(), "Anchored": anchored.item(), "Margins": margins.tolist(),
    "Grads": {name: gather(part, kind, lambda p: p.grad).norm().item() for name, part, kind in parts}}) + "\n")
