"""PyTorch on the same work as bench/gpu, in the same form: NAME <tab> VALUE <tab> UNIT <tab> NOTE.

usage: peers.py [--small] PART...     parts: gemm train decode

train is GPT-2 as nanoGPT trains it: bf16 autocast, scaled_dot_product_attention (flash), torch.compile, fused AdamW, clipping, vocabulary
padded to 50304, TF32 allowed for what is left in f32. decode is one token after the other with a static cache in bf16: eager, and compiled
with mode="reduce-overhead", which makes CUDA graphs. Each token is read before the next is asked for, as a program does that shows them; "unread" is
compiled without that, the least that PyTorch could take for it.
"""
import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

SMALL = "--small" in sys.argv
CUDA = torch.cuda.is_available()
DEV = "cuda" if CUDA else "cpu"
SIZE = dict(vocab=1088, block=64, layers=2, heads=2, embed=64) if SMALL else dict(vocab=50304, block=1024, layers=12, heads=12, embed=768)
BATCH, TOKENS, STEPS = (2, 32, 2) if SMALL else (16, 1024, 20)


def wait():
    if CUDA:
        torch.cuda.synchronize()


def row(name, value, unit, note=""):
    print(f"{name}\t{value:.5g}\t{unit}\t{note}", flush=True)


def median(n, f):
    for _ in range(5):
        f()
    wait()
    times = []
    for _ in range(n):
        begin = time.perf_counter()
        f()
        wait()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def gemm():
    for dtype, name in ((torch.bfloat16, "bf16"), (torch.float32, "f32")):
        for n in (64,) if SMALL else (1024, 4096, 8192):
            a, b = (torch.randn(n, n, device=DEV, dtype=dtype) for _ in range(2))
            dst = torch.empty(n, n, device=DEV, dtype=dtype)

            def run():
                for _ in range(20):
                    torch.mm(a, b, out=dst)

            row(f"gemm {name} {n}", 40 * n**3 / median(5, run) / 1e12, "TFLOP/s")


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        e = c["embed"]
        self.heads = c["heads"]
        self.norm1, self.norm2 = nn.LayerNorm(e), nn.LayerNorm(e)
        self.qkv, self.out, self.up, self.down = nn.Linear(e, 3 * e), nn.Linear(e, e), nn.Linear(e, 4 * e), nn.Linear(4 * e, e)

    def split(self, x):
        b, t, e = x.shape
        return (p.view(b, t, self.heads, e // self.heads).transpose(1, 2) for p in self.qkv(self.norm1(x)).split(e, dim=2))

    def rest(self, x, y):
        b, t, e = x.shape
        x = x + self.out(y.transpose(1, 2).reshape(b, t, e))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    def forward(self, x):
        q, k, v = self.split(x)
        return self.rest(x, F.scaled_dot_product_attention(q, k, v, is_causal=True))

    def decode(self, x, at, mask):
        q, k, v = self.split(x)
        self.keys.index_copy_(2, at, k)
        self.values.index_copy_(2, at, v)
        return self.rest(x, F.scaled_dot_product_attention(q, self.keys, self.values, attn_mask=mask))


class GPT(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.wte, self.wpe = nn.Embedding(c["vocab"], c["embed"]), nn.Embedding(c["block"], c["embed"])
        self.blocks = nn.ModuleList(Block(c) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(c["embed"])
        self.head = nn.Linear(c["embed"], c["vocab"], bias=False)
        self.head.weight = self.wte.weight
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))

    def decode(self, ids, at):
        x = self.wte(ids) + self.wpe(at)
        mask = (torch.arange(self.c["block"], device=ids.device) <= at).view(1, 1, 1, -1)
        for block in self.blocks:
            x = block.decode(x, at, mask)
        return self.head(self.norm(x))[:, -1].argmax(-1, keepdim=True)


def train():
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = True
    model = GPT(SIZE).to(DEV)
    decay = [p for p in model.parameters() if p.dim() > 1]
    other = [p for p in model.parameters() if p.dim() <= 1]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": other, "weight_decay": 0.0}], lr=3e-4, fused=CUDA)
    compiled = model if SMALL else torch.compile(model)
    x = torch.randint(0, 50257 if not SMALL else 1000, (BATCH, TOKENS), device=DEV)
    y = torch.roll(x, -1, 1)

    def step(autocast=True):
        with torch.autocast(DEV, dtype=torch.bfloat16, enabled=autocast):
            loss = compiled(x, y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad(set_to_none=True)

    took = median(STEPS, step)
    row("train bf16", took * 1e3, "ms/step", f"torch.compile, flash, {BATCH} x {TOKENS} tokens, {BATCH * TOKENS / took:.0f} tokens/s")
    if CUDA:
        row("train bf16 memory", torch.cuda.max_memory_allocated() / 1e9, "GB")


def decode():
    model = GPT(SIZE).to(DEV).to(torch.bfloat16).eval()
    c = SIZE
    n = c["block"] // 2

    def fresh():  # buffers of the model, so that CUDA graphs may write to them
        shape = (1, c["heads"], c["block"], c["embed"] // c["heads"])
        for block in model.blocks:
            for name in ("keys", "values"):
                block.register_buffer(name, torch.randn(shape, device=DEV, dtype=torch.bfloat16))

    compiled = model.decode if SMALL else torch.compile(model.decode, mode="reduce-overhead")
    for name, step, read in (("eager", model.decode, True), ("compiled", compiled, True), ("compiled, unread", compiled, False)):
        if SMALL and name != "eager":
            continue
        fresh()
        ids, at = torch.zeros(1, 1, dtype=torch.long, device=DEV), torch.tensor([n], device=DEV)
        with torch.inference_mode():
            count = 8 if SMALL else 200
            for timed in (False, True):
                wait()
                begin = time.perf_counter()
                at.fill_(n)
                for _ in range(count):
                    ids = step(ids, at).clone()
                    if read:
                        ids.item()  # a text that is shown needs each token
                    at.add_(1)
                wait()
            row(f"decode bf16 {name}", (time.perf_counter() - begin) / count * 1e3, "ms/token", f"static cache, after {n} tokens")


print(f"# PyTorch {torch.__version__} on {torch.cuda.get_device_name() if CUDA else 'cpu'}")
for part in sys.argv[1:]:
    if not part.startswith("--"):
        {"gemm": gemm, "train": train, "decode": decode}[part]()
