"""Compares tensor operations that are carried out one by one with PyTorch's, in turns, and prints a table.

usage: python bench/eager.py [ROUNDS]

The Python needs torch. Both use as many threads as GOMAXPROCS says (by default all processors). A figure is the median of the rounds, in
microseconds; the ratio, PyTorch's time by ours, is the median of the ratios within a round.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import torch
import torch.nn.functional as F

BUDGET = 0.1  # seconds for one figure in one round


def operations():
    """What BenchmarkEager does, under the same names."""
    torch.manual_seed(1)
    x, y, dy = torch.randn(64, 64), torch.randn(64, 64), torch.randn(64, 64)
    w, bias = torch.randn(64, 64, requires_grad=True), torch.randn(64, requires_grad=True)
    image, label = torch.randn(64, 784), torch.randint(0, 10, (64,))
    params = [(torch.randn(256, 784) * 0.03), torch.zeros(256), torch.randn(10, 256) * 0.06, torch.zeros(10)]
    for p in params:
        p.requires_grad_()
        p.grad = torch.zeros_like(p)

    def step():
        for p in params:
            p.grad.zero_()
        loss = F.cross_entropy(F.linear(F.relu(F.linear(image, params[0], params[1])), params[2], params[3]), label)
        loss.backward()
        with torch.no_grad():
            for p in params:
                p.sub_(p.grad * 0.01)

    return {
        "zeros": lambda: torch.zeros(64, 64),
        "transpose": lambda: x.T,
        "add": lambda: x + y,
        "add-row": lambda: x + bias,
        "exp": lambda: x.exp(),
        "sum": lambda: x.sum(),
        "softmax": lambda: x.softmax(-1),
        "matmul": lambda: x @ y,
        "add-backward": lambda: (w + x).backward(dy),
        "matmul-backward": lambda: (x @ w).backward(dy),
        "layer-backward": lambda: F.gelu(F.linear(x, w, bias)).backward(dy),
        "mlp-step": step,
    }


def ours(binary):
    out = subprocess.run([binary, "-test.run=^$", "-test.bench=^BenchmarkEager$", f"-test.benchtime={BUDGET}s"],
                         check=True, capture_output=True, text=True, cwd="runtime/tensor").stdout
    found = re.findall(r"^BenchmarkEager/(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op.*?(\d+) allocs/op", out, re.M)
    return {name: (float(ns) / 1e3, int(allocs)) for name, ns, allocs in found}


def theirs(operation):
    operation()
    n, start = 0, time.perf_counter()
    while time.perf_counter() - start < BUDGET:
        for _ in range(20):
            operation()
        n += 20
    return (time.perf_counter() - start) / n * 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    torch.set_num_threads(int(os.environ.get("GOMAXPROCS", os.cpu_count())))
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    with tempfile.TemporaryDirectory() as work:
        binary = os.path.join(work, "tensor.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./runtime/tensor"], check=True)
        peers = operations()
        mine, peer = {name: [] for name in peers}, {name: [] for name in peers}
        allocations = {}
        for _ in range(rounds):
            for name, (us, allocs) in ours(binary).items():
                mine[name].append(us)
                allocations[name] = allocs
            for name, operation in peers.items():
                peer[name].append(theirs(operation))
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    print(f"{'64x64':<16}{'ours µs':>10}{'torch µs':>10}{'ratio':>8}{'allocs':>8}")
    for name in peers:
        ratio = statistics.median(t / o for o, t in zip(mine[name], peer[name]))
        print(f"{name:<16}{statistics.median(mine[name]):>10.1f}{statistics.median(peer[name]):>10.1f}{ratio:>8.2f}{allocations[name]:>8}")


main()
