"""Writes eval.json: multiple choice, perplexity, calibration and exact match by PyTorch and plain Python, for the GPT-2 of ../../nn/testdata/maketorch.py
with bytes as tokens. The formulas are those of the papers that the package names, written down again.

usage: python makeeval.py (with torch and transformers)
"""
import json
import math
import pathlib
import re
import string
import sys

import torch

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "nn" / "testdata"))
from maketorch import Formula, fill, gpt2

CONFIG = {"VocabSize": 256, "BlockSize": 32, "Layers": 2, "Heads": 4, "Embed": 48}
WORDS = "light red violet of the a prism glass water air dark seen by an eye".split()
ANSWERS = [("The Red!", "red"), ("a  red\tLight", "Red light."), ("violet", "red"), ("an eye, the eye", "eye eye"), ("theatre", "atre"), ("", "the"), ("x+y", "xy"), ("Élan", "élan")]

torch.set_num_threads(1)
model, parts = gpt2(CONFIG)
fill(parts, Formula(1))
model.double().eval()


@torch.no_grad()
def log_prob(ids, begin):
    ids = ids[-(CONFIG["BlockSize"] + 1):] if len(ids) > CONFIG["BlockSize"] + 1 else ids
    n = begin  # tokens at the end that count
    logs = model(torch.tensor([ids[:-1]])).logits[0].log_softmax(-1)
    picked = logs.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    greedy = bool((logs.argmax(-1)[-n:] == torch.tensor(ids[1:])[-n:]).all())
    return picked[-n:].sum().item(), greedy


def stderr(values):
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1)) / math.sqrt(len(values))


draw = Formula(5)
questions, logs = [], []
for i in range(24):
    say = lambda n: " ".join(WORDS[draw.next() % len(WORDS)] for _ in range(n))
    q = {"prompt": say(2 + i % 5), "options": [" " + say(1 + draw.next() % 3) for _ in range(2 + i % 3)], "answer": draw.next() % (2 + i % 3)}
    questions.append(q)
    logs.append([log_prob(list((q["prompt"] + o).encode()), len(o.encode()))[0] for o in q["options"]])
acc = [float(max(range(len(l)), key=l.__getitem__) == q["answer"]) for q, l in zip(questions, logs)]
norm = [[x / len(o.strip()) for x, o in zip(l, q["options"])] for q, l in zip(questions, logs)]
acc_norm = [float(max(range(len(l)), key=l.__getitem__) == q["answer"]) for q, l in zip(questions, norm)]
sure = [max(torch.tensor(l, dtype=torch.float64).softmax(0)).item() for l in logs]
ece = 0.0
for b in range(10):
    some = [(s, a) for s, a in zip(sure, acc) if b / 10 < s <= (b + 1) / 10]
    if some:
        ece += len(some) / len(sure) * abs(sum(a for _, a in some) / len(some) - sum(s for s, _ in some) / len(some))

text = " ".join(WORDS[draw.next() % len(WORDS)] for _ in range(40))
ids = list(text.encode())
rolling = {}
for stride in (32, 8, 1):
    total = 0.0
    for at in range(1, len(ids)):  # where the window of the token number at begins
        begin = 0 if at <= 32 else max(0, min(len(ids), 33 + math.ceil((at - 32) / stride) * stride) - 33)
        total += log_prob(ids[begin:at + 1], 1)[0]
    rolling[stride] = total


def normalise(s):  # SQuAD's
    s = "".join(ch for ch in s.lower() if ch not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())


(HERE / "eval.json").write_text(json.dumps({
    "Versions": f"torch {torch.__version__}", "Config": CONFIG, "Questions": questions, "LogProbs": logs,
    "Acc": [sum(acc) / 24, stderr(acc)], "AccNorm": [sum(acc_norm) / 24, stderr(acc_norm)], "ECE": ece,
    "Brier": sum((s - a) ** 2 for s, a in zip(sure, acc)) / 24, "Text": text, "Rolling": rolling,
    "Answers": [{"Answer": a, "Accepted": b, "Match": normalise(a) == normalise(b)} for a, b in ANSWERS]}, ensure_ascii=False) + "\n")
