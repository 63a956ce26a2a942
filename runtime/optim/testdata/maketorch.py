"""Writes torch.json: parameters after each of some steps of PyTorch's optimizers, on a loss whose gradient is easy to compute.

usage: python maketorch.py > torch.json
"""
import json
import torch

ROWS = [
    ("adamw", dict(lr=0.1, weight_decay=0.0)),
    ("adamw", dict(lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.3)),
    ("sgd", dict(lr=0.1)),
    ("sgd", dict(lr=0.05, momentum=0.9, weight_decay=0.1)),
    ("sgd", dict(lr=0.05, momentum=0.9, nesterov=True)),
]
CLIP = 0.5

out = []
for name, args in ROWS:
    for clip in (False, True):
        p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float32))
        opt = (torch.optim.AdamW if name == "adamw" else torch.optim.SGD)([p], **args)
        steps = []
        for i in range(5):
            opt.zero_grad()
            ((p - 0.25 * i) ** 2 * torch.tensor([1.0, 2.0, 0.1, 0.5])).sum().backward()
            if clip:
                torch.nn.utils.clip_grad_norm_([p], CLIP)
            opt.step()
            steps.append([float(v) for v in p.detach()])
        out.append(dict(method=name, args=args, clip=clip, steps=steps))
json.dump(dict(torch=torch.__version__, clip=CLIP, rows=out), __import__("sys").stdout, indent=1)
