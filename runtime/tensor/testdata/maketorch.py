"""Writes torch.json: what PyTorch computes for operations on small tensors, and the gradients of their operands.

usage: python maketorch.py > torch.json

All is computed in float64 from numbers with few digits, which float32 operations must come close to. The gradient of result r is
cotangent(r). A row is {op, in: [{s: shape, v: values, i: true for integers}], args, out: [{s, v}], grad: [values or null]}.
"""
import json
import math
import random
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
INF, NAN = math.inf, math.nan
rng = random.Random(1)
rows = []


def draw(*shape, low=-2.0, high=2.0):
    """Numbers with two digits behind the point."""
    n = math.prod(shape)
    return torch.tensor([round(rng.uniform(low, high), 2) for _ in range(n)]).reshape(shape)


def pos(*shape):
    return draw(*shape, low=0.2, high=2.0)


def val(*values, shape=None):
    t = torch.tensor([float(v) for v in values])
    return t.reshape(shape) if shape is not None else t


def ints(*values, shape=None):
    t = torch.tensor(values, dtype=torch.int64)
    return t.reshape(shape) if shape is not None else t


def cotangent(i, shape):
    n = math.prod(shape)
    return torch.tensor([(((j + i) * 7) % 11 - 5) / 4 for j in range(n)]).reshape(shape)


def plain(v):
    if math.isnan(v):
        return "nan"
    if math.isinf(v):
        return "inf" if v > 0 else "-inf"
    if v == 0 and math.copysign(1, v) < 0:
        return v
    return int(v) if v == int(v) and abs(v) < 1e9 else float(f"{v:.9g}")


def record(t):
    r = {"s": list(t.shape), "v": [plain(v) for v in t.detach().double().reshape(-1).tolist()]}
    if not t.is_floating_point():
        r["i"] = True
    return r


def row(op, f, *operands, nograd=False, **args):
    """Adds a row for f(*operands, **args). Operands that are not floating point have no gradient."""
    operands = [o.clone().requires_grad_() if o.is_floating_point() and not nograd else o for o in operands]
    out = f(*operands)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    entry = {"op": op, "in": [record(o) for o in operands], "out": [record(o) for o in outs]}
    if args:
        entry["args"] = args
    flow = [(o, cotangent(i, o.shape)) for i, o in enumerate(outs) if o.requires_grad]
    if flow:
        torch.autograd.backward([o for o, _ in flow], [c for _, c in flow])
        entry["grad"] = [None if o.grad is None else record(o.grad)["v"] for o in operands]
    rows.append(entry)


# --- element by element ---------------------------------------------------------------------------------------------

EDGE = val(0, -0.0, 1, -1, 0.5, -0.5, 30, -30, INF, -INF, NAN)
UNARY = dict(neg=torch.neg, abs=torch.abs, sign=torch.sign, exp=torch.exp, log=torch.log, sqrt=torch.sqrt, square=torch.square,
             reciprocal=torch.reciprocal, sin=torch.sin, cos=torch.cos, tanh=torch.tanh, sigmoid=torch.sigmoid, relu=torch.relu, gelu=F.gelu,
             gelutanh=lambda x: F.gelu(x, approximate="tanh"), silu=F.silu, floor=torch.floor, ceil=torch.ceil, round=torch.round,
             log1p=torch.log1p, softplus=F.softplus)
for name, f in UNARY.items():
    positive = name in ("log", "sqrt", "log1p")
    row(name, f, pos(2, 3) if positive else draw(2, 3))
    row(name, f, pos() if positive else draw())
    row(name, f, draw(3, 0, 2))
    # F.softplus is linear from 20 on, where log(1 + e^x) differs from x by 2e-9.
    # The sign of NaN is NaN here and in NumPy, and the slope of relu at NaN is 0.
    row(name, f, EDGE[:-1] if name in ("abs", "sign", "relu") else EDGE, nograd=name in ("log", "sqrt", "sin", "cos", "gelu", "gelutanh", "silu", "log1p", "softplus"))
row("round", torch.round, val(0.5, 1.5, 2.5, -0.5, -1.5, 2.4999))
row("sqrt", torch.sqrt, val(0, 4))
row("log1p", torch.log1p, val(0, 1e-9, -0.5, 1e-5, 1e9, -1))
row("softplus", F.softplus, val(-40, -20, -1, 0, 1, 19))
for v in (0, 1, 2, 3, 0.5, -1, -0.5):
    row("powscalar", lambda x: x ** v, pos(4), v=v)
    row("powscalar", lambda x: x ** v, val(0, 1, 2), v=v)
row("powscalar", lambda x: x ** 3, draw(2, 2), v=3)
row("powscalar", lambda x: x ** 0.5, val(-1, -2), v=0.5)
row("scale", lambda x: x * -1.5, draw(2, 3), v=-1.5)
row("addscalar", lambda x: x + 2.5, draw(2, 3), v=2.5)
row("leakyrelu", lambda x: F.leaky_relu(x, 0.1), val(-2, -1, 0, 1, 2), v=0.1)
for low, high in ((-1, 1), (0, INF), (-INF, 0.5)):
    row("clamp", lambda x: x.clamp(low, high), val(-2, -1, -0.5, 0, 0.5, 1, 2, NAN), low=plain(low), high=plain(high))

PAIRS = [((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (3,)), ((2, 3), ()), ((), (2,)), ((4, 1, 2), (3, 1)), ((2, 0), (1,)), ((1,), (1, 1))]
BINARY = dict(add=torch.add, sub=torch.sub, mul=torch.mul, div=torch.div, pow=torch.pow, maximum=torch.maximum, minimum=torch.minimum)
COMPARE = dict(eq=torch.eq, ne=torch.ne, lt=torch.lt, le=torch.le, gt=torch.gt, ge=torch.ge)
for name, f in BINARY.items():
    for a, b in PAIRS:
        row(name, f, pos(*a), pos(*b)) if name in ("pow", "div") else row(name, f, draw(*a), draw(*b))
for name in ("maximum", "minimum"):
    row(name, BINARY[name], val(1, 2, 3, NAN, 1, -0.0, INF), val(1, 3, 2, 1, NAN, 0, INF))
row("pow", torch.pow, val(0, 0, 0, 2, -2, -2, 1), val(0, 1, 2, 0, 2, 3, 5), nograd=True)
row("pow", torch.pow, val(0, 0, 0, 2), val(0, 1, 2, 0))
row("pow", torch.pow, val(0, 0, 2), val(-1, -0.5, -1))
row("div", torch.div, val(1, -1, 0), val(0, 0, 0), nograd=True)
for name, f in COMPARE.items():
    row(name, lambda x, y: f(x, y).double(), val(1, 2, 3, NAN, INF, 0), val(1, 3, 2, NAN, INF, -0.0), nograd=True)
    row(name, lambda x, y: f(x, y).double(), draw(2, 1).round(), draw(3).round(), nograd=True)
    row(name, lambda x, y: f(x, y).double(), ints(1, 2, 3), val(1, 2.5, 2), nograd=True)
for name in ("add", "sub", "mul", "maximum", "minimum"):
    row(name, BINARY[name], ints(1, -2, 3), ints(4, 5, -6, shape=(3, 1)))
    row(name, BINARY[name], ints(1, -2, 3), draw(2, 3))
row("div", torch.div, draw(3), ints(4, 5, -6))
row("div", lambda x, y: torch.div(x, y, rounding_mode="trunc"), ints(7, -7, 7, -7), ints(2, 2, -2, -2))
for c, a, b in (((2, 3), (2, 3), (2, 3)), ((3,), (2, 1), ()), ((2, 1), (), (3,))):
    mask = (draw(*c) > 0).long()
    row("where", lambda m, x, y: torch.where(m != 0, x, y), mask, draw(*a), draw(*b))
row("where", lambda m, x, y: torch.where(m != 0, x, y), ints(1, 0, -3), val(NAN, 1, INF), val(2, NAN, NAN))
row("maskedfill", lambda x, m: x.masked_fill(m != 0, -INF), draw(2, 3), ints(1, 0, 1), v="-inf")
row("isnan", lambda x: x.isnan().double(), EDGE, nograd=True)
row("isinf", lambda x: x.isinf().double(), EDGE, nograd=True)
row("isfinite", lambda x: x.isfinite().double(), EDGE, nograd=True)

# --- shapes ---------------------------------------------------------------------------------------------------------

row("reshape", lambda x: x.reshape(3, -1), draw(2, 3), dims=[3, -1])
row("reshape", lambda x: x.reshape(()), draw(1, 1), dims=[])
row("reshape", lambda x: x.reshape(0, 5), draw(3, 0), dims=[0, 5])
row("transpose", lambda x: x.transpose(0, -1), draw(2, 1, 3), dims=[0, -1])
row("permute", lambda x: x.permute(2, 0, 1), draw(2, 1, 3), dims=[2, 0, 1])
row("movedim", lambda x: x.movedim(0, 2), draw(2, 1, 3), dims=[0, 2])
row("movedim", lambda x: x.movedim(-1, 0), draw(2, 1, 3), dims=[-1, 0])
for d in (0, 1, -1, 2):
    row("unsqueeze", lambda x: x.unsqueeze(d), draw(2, 3), dim=d)
row("squeeze", lambda x: x.squeeze(1), draw(2, 1, 3), dim=1)
row("expand", lambda x: x.expand(4, 2, 3), draw(2, 1), dims=[4, 2, 3])
row("expand", lambda x: x.expand(2, 0, 3), draw(1, 3), dims=[2, 0, 3])
row("slice", lambda x: x[:, 1:3], draw(2, 4), dims=[1, 1, 3, 1])
row("slice", lambda x: x[-2:-1], draw(4, 2), dims=[0, -2, -1, 1])
row("slice", lambda x: x[:, 0:5:2], draw(2, 5), dims=[1, 0, 5, 2])
row("slice", lambda x: x[:, 1:5:3], draw(2, 5), dims=[1, 1, 5, 3])
row("index", lambda x: x[:, -1], draw(2, 4), dims=[1, -1])
row("flip", lambda x: x.flip(0, 1), draw(2, 3), dims=[0, 1])
row("flip", lambda x: x.flip(-1), draw(2, 3), dims=[-1])
for n in (1, -1, 5, 0, -7):
    row("roll", lambda x: x.roll(n, 1), draw(2, 3), dims=[1, n])
row("repeat", lambda x: x.repeat(2, 1, 3), draw(2, 2), dims=[2, 1, 3])
row("repeat", lambda x: x.repeat(0, 2), draw(2, 2), dims=[0, 2])
for k in (0, 1, -1, 2, -2):
    row("diagonal", lambda x: x.diagonal(k, -2, -1), draw(2, 3), k=k)
    row("tril", lambda x: x.tril(k), draw(2, 3), k=k)
    row("triu", lambda x: x.triu(k), draw(2, 2, 3), k=k)
    row("diag", lambda x: x.diag(k), draw(3), k=k)
row("diagonal", lambda x: x.diagonal(0, -2, -1), draw(2, 2, 3), k=0)
row("concat", lambda x, y, z: torch.cat((x, y, z), 1), draw(2, 1), draw(2, 3), draw(2, 0), dim=1)
row("concat", lambda x, y: torch.cat((x, y), -2), draw(1, 2, 2), draw(1, 1, 2), dim=-2)
row("concat", lambda x, y: torch.cat((x, y), 0), ints(1, 2), draw(3), dim=0)
for d in (0, 1, -1):
    row("stack", lambda x, y: torch.stack((x, y), d), draw(2, 3), draw(2, 3), dim=d)
row("split", lambda x: x.split((1, 0, 3), 1), draw(2, 4), dims=[1, 1, 0, 3])
row("chunk", lambda x: x.chunk(2, 0), draw(4, 2), dims=[0, 2])

# --- indices --------------------------------------------------------------------------------------------------------

row("rows", lambda x, i: x[i], draw(3, 2), ints(0, 2, 2, 1, shape=(2, 2)))
row("rows", lambda x, i: F.embedding(i, x), draw(3, 2), ints(2))
row("pick", lambda x, i: x.gather(-1, i.unsqueeze(-1)).squeeze(-1), draw(2, 2, 3), ints(0, 2, 1, 1, shape=(2, 2)))
row("gather", lambda x, i: x.gather(1, i), draw(2, 3), ints(0, 2, 1, 1, 0, 0, 2, 2, shape=(2, 4)), dim=1)
row("gather", lambda x, i: x.gather(0, i), draw(3, 3), ints(0, 2, 2, 1, shape=(2, 2)), dim=0)
row("gather", lambda x, i: x.gather(-2, i), draw(2, 2, 3), ints(0, 1, 1, 0, 0, 1, shape=(1, 2, 3)), dim=-2)
row("takealong", lambda x, i: torch.take_along_dim(x, i, 1), draw(2, 3), ints(2, 0, shape=(2, 1)), dim=1)
row("scatteradd", lambda x, i, s: x.scatter_add(1, i, s), draw(2, 3), ints(0, 0, 2, 1, shape=(2, 2)), draw(2, 2), dim=1)
row("scatteradd", lambda x, i, s: x.scatter_add(0, i, s), draw(3, 2), ints(2, 2, shape=(1, 2)), draw(1, 2), dim=0)
row("indexselect", lambda x, i: x.index_select(1, i), draw(2, 3, 2), ints(2, 2, 0), dim=1)
row("indexadd", lambda x, i, s: x.index_add(0, i, s), draw(3, 2), ints(1, 1), draw(2, 2), dim=0)
row("indexadd", lambda x, i, s: x.index_add(-1, i, s), draw(2, 3), ints(0, 2, 0, 1), draw(2, 4), dim=-1)
row("nonzero", lambda x: x.nonzero(), val(0, 1, NAN, 0, -2, 0, shape=(2, 3)), nograd=True)
row("nonzero", lambda x: x.nonzero(), val(0, 0), nograd=True)
row("maskedselect", lambda x, m: x.masked_select(m != 0), draw(2, 3), ints(1, 0, 1))
row("onehot", lambda i: F.one_hot(i, 4).double(), ints(0, 3, 1, shape=(3, 1)), k=4)
for descending in (False, True):
    row("sort", lambda x: x.sort(dim=-1, descending=descending, stable=True), draw(2, 5), dim=-1, k=int(descending))
    row("sort", lambda x: x.sort(dim=0, descending=descending, stable=True), val(2, 1, 2, INF, 1, NAN, -INF, 2, shape=(4, 2)), dim=0, k=int(descending))
    row("argsort", lambda x: x.argsort(dim=1, descending=descending, stable=True), ints(3, 1, 3, 2, 2, 2, shape=(2, 3)), dim=1, k=int(descending))
row("topk", lambda x: x.topk(2, -1), draw(2, 5), dim=-1, k=2)
row("topk", lambda x: x.topk(3, 0), draw(4, 2), dim=0, k=3)
row("topk", lambda x: x.topk(0, 0), draw(4, 2), dim=0, k=0)

# --- reductions -----------------------------------------------------------------------------------------------------

for dims in ([], [0], [-1], [0, 2], [1, -1]):
    args = {"dims": dims}
    over = dims or list(range(3))
    x = draw(2, 2, 3)
    row("sum", lambda x: x.sum(over), x, **args)
    row("sumkeep", lambda x: x.sum(over, keepdim=True), x, **args)
    row("mean", lambda x: x.mean(over), x, **args)
    row("norm", lambda x: torch.linalg.vector_norm(x, dim=over), x, **args)
    row("max", lambda x: x.amax(over), x.round(), **args)
    row("min", lambda x: x.amin(over), x.round(), **args)
    for c in (0, 1):
        row("var", lambda x: x.var(over, correction=c), x, k=c, **args)
        row("std", lambda x: x.std(over, correction=c), x, k=c, **args)
row("sum", lambda x: x.sum(1), draw(2, 0, 3), dims=[1])
row("sum", lambda x: x.sum(), ints(1, 2, 3), dims=[])
row("mean", lambda x: x.mean(1), draw(2, 0), dims=[1])
row("prod", lambda x: x.prod(1), draw(2, 0), dims=[1])
row("prod", lambda x: x.prod(), draw(4), dims=[])
row("prod", lambda x: x.prod(1), draw(2, 3), dims=[1])
row("prod", lambda x: x.prod(1), val(0, 2, 3, 0, 0, 5, 1, -2, 4, shape=(3, 3)), dims=[1])
row("max", lambda x: x.amax(1), val(1, 3, 3, NAN, 1, 2, -INF, -INF, -INF, shape=(3, 3)), dims=[1], nograd=True)
row("min", lambda x: x.amin(1), val(1, 3, 3, NAN, 1, 2, INF, INF, INF, shape=(3, 3)), dims=[1], nograd=True)
row("max", lambda x: x.max(), val(1, NAN, 3, NAN), dims=[])
row("max", lambda x: x.max(), ints(3, -5, 3), dims=[])
row("norm", lambda x: x.norm(), val(0, 0, 0), dims=[])
row("norm", lambda x: x.norm(dim=1), val(0, 0, 3, 4, shape=(2, 2)), dims=[1])
row("std", lambda x: x.std(1, correction=0), val(2, 2, 2, 1, 2, 3, shape=(2, 3)), dims=[1], k=0)
for d in (0, 1, -1):
    row("argmax", lambda x: x.argmax(d), val(1, 3, 3, 7, 7, -1, shape=(2, 3)), dim=d)
    row("argmin", lambda x: x.argmin(d), val(1, 3, 1, -1, 7, -1, shape=(2, 3)), dim=d)
row("argmax", lambda x: x.argmax(1), val(1, NAN, 3, NAN, NAN, INF, shape=(2, 3)), dim=1)
row("argmin", lambda x: x.argmin(1), val(1, NAN, 3, NAN, NAN, -INF, shape=(2, 3)), dim=1)
for d in (0, 1):
    row("logsumexp", lambda x: x.logsumexp(d), draw(2, 3), dim=d)
    row("cumsum", lambda x: x.cumsum(d), draw(3, 5), dim=d)
row("cumsum", lambda x: x.cumsum(0), ints(1, 2, 3, 4, 5, 6, 7), dim=0)
row("cumsum", lambda x: x.cumsum(1), draw(2, 0), dim=1)
row("logsumexp", lambda x: x.logsumexp(1), val(-INF, 1, 2, -INF, -INF, -INF, INF, 1, 2, 900, 901, 902, shape=(4, 3)), dim=1, nograd=True)
row("logsumexp", lambda x: x.logsumexp(1), val(-INF, 1, 2, 900, 901, 902, shape=(2, 3)), dim=1)

row("logsumexp", lambda x: x.logsumexp(1), draw(2, 0), dim=1)
row("logsumexp", lambda x: x.logsumexp(0), draw(2, 0), dim=0)

# --- products -------------------------------------------------------------------------------------------------------

for a, b in (((2, 3), (3, 2)), ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)), ((2, 2, 3), (2, 3, 1)), ((2, 2, 3), (3, 2)),
             ((2, 3), (2, 3, 2)), ((2, 1, 2, 3), (2, 3, 1)), ((1, 2, 2), (3, 2, 1)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 2, 0), (0, 2)), ((0, 2, 3), (3, 2))):
    row("matmul", torch.matmul, draw(*a), draw(*b))
row("dot", torch.dot, draw(4), draw(4))
row("outer", torch.outer, draw(2), draw(3))
row("linear", F.linear, draw(2, 2, 3), draw(4, 3), draw(4))
row("linear", F.linear, draw(3), draw(2, 3))
for spec, shapes in (("ij,jk->ik", ((2, 3), (3, 2))), ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("bqhd,bkhd->bhqk", ((1, 2, 2, 3), (1, 3, 2, 3))), ("ii->i", ((3, 3),)),
                     ("ij->ji", ((2, 3),)), ("ba", ((2, 3),)), ("ij,jk", ((2, 3), (3, 2))), ("i,j->ij", ((2,), (3,))), ("ij,ij->", ((2, 3), (2, 3))),
                     ("ij,jk,kl->il", ((2, 3), (3, 2), (2, 2))), ("ii", ((3, 3),)), ("ij,k->j", ((2, 3), (2,)))):
    row("einsum", lambda *t: torch.einsum(spec, *t), *(draw(*s) for s in shapes), spec=spec)

# --- models ---------------------------------------------------------------------------------------------------------

MASKED = val(1, -INF, 2, -INF, -INF, 0, 700, 701, -700, shape=(3, 3))
for name, f in (("softmax", F.softmax), ("logsoftmax", F.log_softmax)):
    for d in (0, 1, -1):
        row(name, lambda x: f(x, d), draw(2, 3), dim=d)
    row(name, lambda x: f(x, -1), MASKED, dim=-1, nograd=name == "logsoftmax")
    row(name, lambda x: f(x, -1), val(-INF, -INF, INF, 1, NAN, 1, shape=(3, 2)), dim=-1, nograd=True)
    row(name, lambda x: f(x, -1), draw(2, 0), dim=-1)
for shape in ((2, 4), (2, 1, 3), (3,)):
    n = shape[-1]
    for eps in (1e-5, 0.1):
        row("layernorm", lambda x, w, b: F.layer_norm(x, (n,), w, b, eps), draw(*shape), draw(n), draw(n), v=eps)
        row("rmsnorm", lambda x, w: F.rms_norm(x, (n,), w, eps), draw(*shape), draw(n), v=eps)
row("layernorm", lambda x: F.layer_norm(x, (3,), eps=1e-5), val(1, 1, 1, 1, 2, 3, shape=(2, 3)), v=1e-5)
row("rmsnorm", lambda x: F.rms_norm(x, (3,), eps=1e-5), val(0, 0, 0, 1, 2, 3, shape=(2, 3)), v=1e-5)
row("crossentropy", F.cross_entropy, draw(3, 4), ints(0, 3, 1))
row("crossentropy", lambda x, y: F.cross_entropy(x, y, ignore_index=-1), draw(3, 4), ints(0, -1, 1))
row("crossentropy", lambda x, y: F.cross_entropy(x.reshape(-1, 4), y.reshape(-1), ignore_index=-100), draw(2, 2, 4), ints(0, -100, 1, 3, shape=(2, 2)))
row("crossentropy", F.cross_entropy, val(1, 2, 3), ints(1, shape=()))
row("crossentropy", F.cross_entropy, val(800, -800, 0, 5, 1, -INF, shape=(2, 3)), ints(0, 1))
for shape in ((0, 3), (3, 0, 2)):
    n = shape[-1]
    row("layernorm", lambda x, w, b: F.layer_norm(x, (n,), w, b, 1e-5), draw(*shape), val(*range(n)), val(*range(n)), v=1e-5)
    row("rmsnorm", lambda x, w: F.rms_norm(x, (n,), w, 1e-5), draw(*shape), val(*range(n)), v=1e-5)
    row("softmax", lambda x: F.softmax(x, 0), draw(*shape), dim=0)
row("mse", F.mse_loss, draw(2, 3), draw(2, 3))
row("bce", F.binary_cross_entropy_with_logits, draw(2, 3), draw(2, 3, low=0, high=1))
row("bce", F.binary_cross_entropy_with_logits, val(500, -500, 0), val(1, 1, 0.5))


def attention(q, k, v, causal):
    """Ours has the heads behind the positions, and query i sees key j up to i + s - t."""
    t, s, groups = q.shape[1], k.shape[1], q.shape[2] // k.shape[2]
    q, k, v = (x.transpose(1, 2) for x in (q, k.repeat_interleave(groups, 2), v.repeat_interleave(groups, 2)))
    mask = torch.ones(t, s, dtype=torch.bool).tril(s - t) if causal else None
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2)


for t, s, heads, kv, causal in ((3, 3, 1, 1, False), (3, 3, 2, 2, True), (2, 4, 2, 1, True), (1, 3, 2, 2, True), (2, 3, 4, 2, False)):
    row("attention", lambda q, k, v: attention(q, k, v, causal), draw(1, t, heads, 2), draw(1, s, kv, 2), draw(1, s, kv, 2), k=int(causal))
row("attention", lambda q, k, v: attention(q, k, v, True), val(1, 2, shape=(1, 1, 1, 2)), val(3, 4, shape=(1, 1, 1, 2)), val(5, 6, shape=(1, 1, 1, 2)), k=1)
for t, s in ((0, 2), (2, 0)):
    row("attention", lambda q, k, v: attention(q, k, v, False), draw(0, t, 1, 2), draw(0, s, 1, 2), draw(0, s, 1, 2), k=0)


def rotary(x, start, base):
    """The rotation of Llama's models in transformers: rotate_half."""
    d, t = x.shape[-1], x.shape[1]
    angle = torch.arange(start, start + t).double()[:, None] * base ** (-torch.arange(0, d, 2).double() / d)
    angle = torch.cat((angle, angle), -1)[None, :, None, :]
    half = torch.cat((-x[..., d // 2:], x[..., : d // 2]), -1)
    return x * angle.cos() + half * angle.sin()


row("rotary", lambda x: rotary(x, 0, 10000.0), draw(1, 3, 2, 4), k=0, v=10000)
row("rotary", lambda x: rotary(x, 5, 100.0), draw(2, 2, 1, 2), k=5, v=100)

# --- windows, and other later rows: what is drawn above stays as it was --------------------------------------------

for d, size, step, shape in ((0, 3, 1, (7,)), (1, 2, 1, (2, 5)), (-1, 2, 3, (2, 8)), (0, 2, 2, (5, 2)), (1, 4, 1, (2, 4, 2)), (0, 1, 1, (3,))):
    row("unfold", lambda x: x.unfold(d, size, step), draw(*shape), dims=[d, size, step])
row("pad", lambda x: F.pad(x, (2, 1), value=0.5), draw(2, 3), dims=[-1, 2, 1], v=0.5)
row("pad", lambda x: F.pad(x, (0, 0, 1, 0), value=-INF), draw(2, 3), dims=[0, 1, 0], v="-inf")
row("pad", lambda x: F.pad(x, (1, 1), value=7), ints(1, 2), dims=[0, 1, 1], v=7)
row("pad", lambda x: F.pad(x, (1, 2), value=1), draw(2, 0), dims=[1, 1, 2], v=1)
row("conv", lambda x, w: F.conv2d(x, w, padding=1), draw(2, 3, 5, 4), draw(4, 3, 3, 3), dims=[1, 1])
row("conv", lambda x, w: F.conv2d(x, w, stride=2), draw(1, 2, 6, 5), draw(3, 2, 2, 2), dims=[0, 2])
row("maxpool", lambda x: F.max_pool2d(x, 2), val(*rng.sample(range(80), 80), shape=(2, 2, 5, 4)), k=2)  # no two are equal: ours would share the gradient
row("logsigmoid", F.logsigmoid, draw(2, 3))
row("logsigmoid", F.logsigmoid, val(-800, -20, 0, 20, 800, -INF, INF))
row("crossentropy", F.cross_entropy, draw(3, 4), draw(3, 4).softmax(-1))
row("crossentropy", lambda x, p: F.cross_entropy(x.reshape(-1, 3), p.reshape(-1, 3)), draw(2, 2, 3), val(1, 0, 0, 0, 0.5, 0.5, 0.2, 0.3, 0.5, 0, 0, 1, shape=(2, 2, 3)))

sys.stdout.write(json.dumps({"torch": torch.__version__})[:-1] + ', "rows": [\n')
sys.stdout.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in rows))
sys.stdout.write("\n]}\n")
print(len(rows), "rows", file=sys.stderr)
