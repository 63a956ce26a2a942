"""The lesson training-vs-inference-gpt.md as a notebook for nbgrader, in Python: the same exercises, the same tests, visible and hidden.

There are two of it. LESSON is the lesson as it is: a GPT of the same size, trained for the same 500 steps of 16 windows (by PyTorch; of single characters, which spares
it the training of a tokenizer; on one thread, since two wait for each other where other programs run), because hidden tests compare with the model. EXERCISES is what would be left without the model: five answers and their
tests, and nothing else that a notebook of this course would do.
"""

HIDDEN = "### BEGIN HIDDEN TESTS"
END = "### END HIDDEN TESTS"

MODEL = [
    """import math, os, sys
sys.path.append(os.environ['GRADING_TORCH'])
import torch
from torch import nn
from torch.nn import functional as F
torch.set_num_threads(1)
text = open(os.environ['GRADING_TEXT'], encoding='utf-8', errors='replace').read().lower()
book = torch.tensor([min(ord(c), 127) for c in text])
study, exam = book[: len(book) * 9 // 10], book[len(book) * 9 // 10 :]""",
    """class Block(nn.Module):
    def __init__(self, embed, heads):
        super().__init__()
        self.heads, self.one, self.two = heads, nn.LayerNorm(embed), nn.LayerNorm(embed)
        self.qkv, self.out = nn.Linear(embed, 3 * embed), nn.Linear(embed, embed)
        self.up, self.down = nn.Linear(embed, 4 * embed), nn.Linear(4 * embed, embed)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (a.view(b, t, self.heads, -1).transpose(1, 2) for a in self.qkv(self.one(x)).split(c, 2))
        x = x + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.two(x))))

class GPT(nn.Module):
    def __init__(self, vocab=512, block=64, layers=2, heads=4, embed=64):
        super().__init__()
        self.block, self.tokens, self.places = block, nn.Embedding(vocab, embed), nn.Embedding(block, embed)
        self.blocks, self.last = nn.Sequential(*(Block(embed, heads) for _ in range(layers))), nn.LayerNorm(embed)

    def forward(self, ids):
        x = self.tokens(ids) + self.places(torch.arange(ids.shape[1]))
        return self.last(self.blocks(x)) @ self.tokens.weight.T

def windows(ids):
    at = torch.randint(len(ids) - 65, (16,))
    return torch.stack([ids[a : a + 64] for a in at]), torch.stack([ids[a + 1 : a + 65] for a in at])

def loss(x, y):
    return F.cross_entropy(model(x).flatten(0, 1), y.flatten())

torch.manual_seed(1)
model = GPT()""",
    """x, y = windows(study)
loss(x, y).backward()
weight = model.blocks[0].up.weight
was, slope = weight[3, 5].item(), weight.grad[3, 5].item()
torch.optim.SGD(model.parameters(), lr=0.5).step()
now = weight[3, 5].item()""",
    """optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, betas=(0.9, 0.99), weight_decay=0.1)
for step in range(500):
    for group in optimizer.param_groups:
        group['lr'] = 3e-4 + (6e-3 - 3e-4) * (1 + math.cos(math.pi * step / 500)) / 2
    optimizer.zero_grad()
    loss(*windows(study)).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1)
    optimizer.step()
print(loss(*windows(exam)).item())""",
    """@torch.no_grad()
def logits(prompt):
    ids = torch.tensor([[min(ord(c), 127) for c in prompt.lower()[-64:]]])
    return model(ids)[0, -1].tolist()

def say(prompt, length):
    for _ in range(length):
        scores = logits(prompt)
        prompt += chr(scores.index(max(scores)))
    return prompt

long = say('the colours of', 90)""",
]

# Of each exercise: what is visible of its test, what is hidden, and what of that needs the model.
TESTS = {
    "descend": (
        """legs = [1, -2, 0.5]
descend(legs, [0.5, -1, 0], 0.1)
assert all(abs(a - b) < 1e-12 for a, b in zip(legs, [0.95, -1.9, 0.5])), legs
ball = [-5]
for _ in range(100):
    descend(ball, [2 * (ball[0] - 3)], 0.1)
assert abs(ball[0] - 3) < 1e-6, ball""",
        "",
        """one = [was]
descend(one, [slope], 0.5)
assert abs(one[0] - now) < 1e-6, one""",
    ),
    "seal": (
        """assert seal([0.25, -1, 3]) == seal([0.25, -1, 3])
assert seal([0.25, -1, 3]) != seal([0.25, -1, 3.0000002384185791])""",
        """assert seal([-1, 0.25, 3]) != seal([0.25, -1, 3])
assert seal([0.25, -1, 3, 0]) != seal([0.25, -1, 3])
assert seal([0.5, -1, 2.75]) != seal([0.25, -1, 3])""",
        "",
    ),
    "soften": (
        """scores = [2, 1, 0]
warm = soften(scores, 1)
assert all(abs(a - b) < 1e-9 for a, b in zip(warm, [0.6652409558, 0.2447284711, 0.0900305732])), warm
assert soften(scores, 0.5)[0] > warm[0]
assert soften(scores, 0)[0] == 1""",
        """assert scores == [2, 1, 0]
hot = soften([1000, 999], 1)
assert abs(hot[0] - 0.7310585786) < 1e-9, hot""",
        """wide = logits('the colours of')
theirs = torch.softmax(torch.tensor(wide, dtype=torch.float64) / 0.7, 0).tolist()
assert all(abs(a - b) < 1e-9 for a, b in zip(soften(wide, 0.7), theirs))""",
    ),
    "nucleus": (
        """dice = [0.1, 0.5, 0.15, 0.25]
for top, want in [(0.5, [0, 1, 0, 0]), (0.7, [0, 2 / 3, 0, 1 / 3]), (1, dice)]:
    got = nucleus(dice, top)
    assert len(got) == 4 and all(abs(a - b) < 1e-9 for a, b in zip(got, want)), got""",
        """assert nucleus(dice, 0.0001)[1] == 1
assert dice == [0.1, 0.5, 0.15, 0.25]""",
        """p = torch.softmax(torch.tensor(logits('if a'), dtype=torch.float64), 0)
order = torch.argsort(p, descending=True)
count = int((torch.cumsum(p[order], 0) < 0.9).sum()) + 1
kept = torch.zeros_like(p)
kept[order[:count]] = p[order[:count]] / p[order[:count]].sum()
assert all(abs(a - b) < 1e-9 for a, b in zip(nucleus(p.tolist(), 0.9), kept.tolist()))""",
    ),
    "halt": (
        """assert halt('light. And dark, too', ['.', ',']) == 'light'
assert halt('no end in sight', ['#']) == 'no end in sight'""",
        """assert halt('light. And dark, too', [',', '.']) == 'light'
assert halt('abc', ['']) == 'abc'""",
        """assert halt(long, ['.', ',']) == min((long.split(s)[0] for s in '.,'), key=len)""",
    ),
}


def cells(with_model):
    """The cells of the source notebook: (name or None, kind, text)."""
    if with_model:
        for text in MODEL:
            yield None, "given", text
    for name, (visible, hidden, model) in TESTS.items():
        yield name, "answer", None
        secret = "\n".join(t for t in (hidden, model if with_model else "") if t)
        yield "test-" + name, "test", visible + (f"\n{HIDDEN}\n{secret}\n{END}" if secret else "")
