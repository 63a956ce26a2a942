"""Writes lora.json: how Hugging Face's PEFT trains adapters of the models of maketorch.py, and those adapters as PEFT saves them, for package checkpoint.

usage: python makelora.py (with torch, transformers and peft)
"""
import json
import pathlib

import peft
import torch
import torch.nn.functional as F
from maketorch import BATCH, BETAS, DECAY, LLAMA, LR, STEPS, Formula, fill, gather, gpt2, llama, small

HERE = pathlib.Path(__file__).parent
RANK, ALPHA = 4, 12.0


def adapt(model, names):
    return peft.get_peft_model(model, peft.LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0, target_modules=names, task_type="CAUSAL_LM"))


def modules(model, layers):
    """The adapted modules, in the order of our parameters."""
    return [m for layer in layers(model.base_model.model) for m in layer]


def run(make, config, ours, names, layers):
    m, parts = make(config)
    formula = Formula(1)
    fill(parts, formula)
    m = adapt(m, names).double()
    low = [w for a in modules(m, layers) for w in (a.lora_A["default"].weight, a.lora_B["default"].weight)]
    with torch.no_grad():
        for w in low:
            w.copy_(formula.weights(*w.shape))
    opt = torch.optim.AdamW(low, weight_decay=DECAY, lr=LR, betas=BETAS, eps=1e-8)
    batches = [[formula.tokens(config["VocabSize"], *BATCH) for _ in range(2)] for _ in range(2)]
    losses, grads, first = [], [], None
    for step in range(STEPS + 1):
        ids, targets = batches[step % 2]
        opt.zero_grad()
        logits = m(ids).logits
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            first = logits[0, -1].tolist()
            grads = [w.grad.norm().item() for w in low]
        opt.step()
    return {"Config": config, "Targets": ours, "Losses": losses, "Logits": first, "Grads": grads}


def save(name, make, config, names):
    """An adapter as PEFT writes it, and the logits of the model with it after a sequence."""
    m, parts = make(config)
    formula = Formula(1)
    fill(parts, formula)
    m = adapt(m, names)
    with torch.no_grad():
        for n, p in sorted(m.named_parameters()):
            if "lora_" in n:
                p.copy_(formula.weights(*p.shape))
    folder = HERE.parent.parent / "checkpoint" / "testdata" / name
    m.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    ids = formula.tokens(config["VocabSize"], 1, 24)
    logits = m.double()(ids).logits[0, -1].tolist()
    (folder / "expected.json").write_text(json.dumps({"Versions": versions, "Config": config, "IDs": ids[0].tolist(), "Logits": logits}) + "\n")


torch.set_num_threads(1)
versions = f"torch {torch.__version__}, peft {peft.__version__}"
gpt2_layers = lambda m: [[b.attn.c_attn, b.attn.c_proj, b.mlp.c_fc, b.mlp.c_proj] for b in m.transformer.h]
llama_layers = lambda m: [[b.self_attn.o_proj, b.mlp.gate_proj, b.mlp.up_proj, b.mlp.down_proj] for b in m.model.layers]
(HERE / "lora.json").write_text(json.dumps({
    "Versions": versions, "Batch": BATCH, "LR": LR, "Betas": BETAS, "Decay": DECAY, "Rank": RANK, "Alpha": ALPHA,
    "Models": {
        "gpt-2": run(gpt2, small, ["attn.qkv", "attn.out", "mlp.up", "mlp.down"], ["c_attn", "c_proj", "c_fc"], gpt2_layers),
        "llama": run(llama, small | LLAMA, ["attn.out", "mlp.gate", "mlp.up", "mlp.down"], ["o_proj", "gate_proj", "up_proj", "down_proj"], llama_layers),
    }}, indent=1) + "\n")
save("peft-gpt2", gpt2, small, ["c_attn", "mlp.c_proj"])
save("peft-llama", llama, small | LLAMA, ["q_proj", "v_proj", "down_proj"])
