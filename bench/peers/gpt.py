"""GPT-2 in PyTorch, as its users write it, trained or decoding as a racer (see bench/race).

usage: gpt.py train FILE BATCH TOKENS [--compile]
       gpt.py adapt FILE BATCH TOKENS RANK
       gpt.py decode FILE PROMPT TOKENS
"""

import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from racer import Formula, read_weights, serve, small


class Layer(nn.Module):
    def __init__(self, embed, heads):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(embed), nn.LayerNorm(embed)
        self.qkv, self.out = nn.Linear(embed, 3 * embed), nn.Linear(embed, embed)
        self.up, self.down = nn.Linear(embed, 4 * embed), nn.Linear(4 * embed, embed)

    def forward(self, x, cache=None):
        b, t, e = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(b, t, 3, self.heads, e // self.heads).permute(2, 0, 3, 1, 4)
        if cache is not None:
            k, v = cache.add(k, v)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, e))
        return x + self.down(F.gelu(self.up(self.ln2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, block, vocab, layers, heads, embed):
        super().__init__()
        self.shape = (1, heads, block, embed // heads)
        self.wte, self.wpe = nn.Embedding(vocab, embed), nn.Embedding(block, embed)
        self.layers = nn.ModuleList(Layer(embed, heads) for _ in range(layers))
        self.ln = nn.LayerNorm(embed)

    def forward(self, ids, targets=None, caches=None):
        past = caches[0].used if caches else 0
        x = self.wte(ids) + self.wpe.weight[past : past + ids.shape[1]]
        for i, layer in enumerate(self.layers):
            x = layer(x, caches[i] if caches else None)
        if targets is None:
            return F.linear(self.ln(x[:, -1]), self.wte.weight)
        return F.cross_entropy(F.linear(self.ln(x), self.wte.weight).flatten(0, 1), targets.flatten())


class Cache:
    """Keys and values of a layer, in memory that is there from the start."""

    def __init__(self, shape):
        self.k, self.v, self.used = torch.zeros(shape), torch.zeros(shape), 0

    def add(self, k, v):
        at, self.used = self.used, self.used + k.shape[2]
        self.k[:, :, at : self.used], self.v[:, :, at : self.used] = k, v
        return self.k[:, :, : self.used], self.v[:, :, : self.used]


class Adapted(nn.Module):
    """A linear layer with a product of low rank beside it, as Hugging Face's PEFT computes it; only that is trained."""

    def __init__(self, base, rank):
        super().__init__()
        self.base = base.requires_grad_(False)
        out, width = base.weight.shape
        self.a = nn.Parameter(torch.tensor(small(rank, width, 7)) * 0.05)
        self.b = nn.Parameter(torch.zeros(out, rank))

    def forward(self, x):
        return self.base(x) + F.linear(F.linear(x, self.a), self.b)


def load(path):
    shape, weights = read_weights(path)
    model = GPT(**shape)
    model.load_state_dict({name: torch.tensor(w) for name, w in weights.items()})
    return model, shape["vocab"]


def train(path, batch, length, compiled, rank=0):
    model, vocab = load(path)
    if rank:
        model.requires_grad_(False)
        for layer in model.layers:
            for name in ("qkv", "out", "up", "down"):
                setattr(layer, name, Adapted(getattr(layer, name), rank))
    opt = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4, weight_decay=0, fused=True)
    step, formula, n = torch.compile(model) if compiled else model, Formula(), batch * length

    def unit(threads):
        torch.set_num_threads(threads)
        tokens = torch.tensor(formula.tokens(n + 1, vocab))
        ids, targets = tokens[:-1].view(batch, length), tokens[1:].view(batch, length)
        begun = time.perf_counter()
        opt.zero_grad(set_to_none=True)
        loss = step(ids, targets)
        loss.backward()
        opt.step()
        result = loss.item()
        return time.perf_counter() - begun, result

    serve(f"PyTorch {torch.__version__}, {'torch.compile' if compiled else 'eager'}, fused AdamW, f32", unit)


def decode(path, prompt, count):
    model, vocab = load(path)
    tokens = torch.tensor([Formula().tokens(prompt + count, vocab)])
    caches = [Cache(model.shape) for _ in model.layers]

    @torch.inference_mode()
    def unit(threads):
        torch.set_num_threads(threads)
        for c in caches:
            c.used = 0
        model(tokens[:, :prompt], caches=caches)
        begun = time.perf_counter()
        for i in range(prompt, prompt + count):
            result = model(tokens[:, i : i + 1], caches=caches).max().item()
        return (time.perf_counter() - begun) / count, result

    serve(f"PyTorch {torch.__version__}, eager, f32 weights and cache", unit)


torch.set_num_interop_threads(1)
what, path, compiled = sys.argv[1], sys.argv[2], "--compile" in sys.argv
numbers = [int(n) for n in sys.argv[3:] if n != "--compile"]
if what == "decode":
    decode(path, *numbers)
else:
    train(path, *numbers[:2], compiled, *numbers[2:])
