"""Writes gpt2/ and llama/: tiny models with random weights, and what PyTorch computes with them, the oracle of tests.

Each folder is a model as transformers saves it, config.json and model.safetensors, and oracle.safetensors beside it:

    input_ids   I64 [batch, time]
    logits      F32 [batch, time, vocab]          without dropout
    loss        F32 []                            mean cross-entropy of each next token
    hidden.N    F32 [batch, time, embed]          what enters layer N; the last one is what enters the head, behind the norm
    grad.NAME   F32                               the gradient of the loss for each weight, under its name in model.safetensors

It is computed in float64 and rounded once, except for what transformers always computes in float32: Llama's norms and
rotary angles, and the loss. Run it with a Python that has torch, transformers and safetensors:
    python models.py
"""
import json
import os
import pathlib

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent

MODELS = {
    "gpt2": (GPT2LMHeadModel, GPT2Config(
        vocab_size=61, n_positions=20, n_embd=24, n_layer=2, n_head=3, n_inner=None, bos_token_id=60, eos_token_id=60)),
    # Grouped heads: four of queries, two of keys and values. Width and base of the rotary positions are not the defaults.
    "llama": (LlamaForCausalLM, LlamaConfig(
        vocab_size=53, hidden_size=32, intermediate_size=44, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=24, rope_parameters={"rope_type": "default", "rope_theta": 500.0}, rms_norm_eps=1e-5,
        bos_token_id=51, eos_token_id=[50, 52])),
}


def randomize(model, generator):
    """Large enough that every part matters: norms away from 1, biases away from 0, attention away from uniform."""
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            p.copy_(torch.randn(p.shape, generator=generator) * (0.3 if p.dim() == 1 else 1.2 / p.shape[-1] ** 0.5))
            if p.dim() == 1 and name.endswith("weight"):
                p.add_(1)


def write(name, kind, config):
    generator = torch.Generator().manual_seed(len(name))
    model = kind(config).eval()
    randomize(model, generator)
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)

    model = model.double()
    ids = torch.randint(0, config.vocab_size, (2, 15), generator=generator)
    out = model(ids, labels=ids, output_hidden_states=True)
    out.loss.backward()
    oracle = {"input_ids": ids, "logits": out.logits, "loss": out.loss}
    oracle |= {f"hidden.{i}": h for i, h in enumerate(out.hidden_states)}
    oracle |= {f"grad.{n}": p.grad for n, p in model.named_parameters()}
    save_file({n: (t if t.dtype == torch.int64 else t.detach().float()).contiguous() for n, t in oracle.items()},
              folder / "oracle.safetensors")
    for file in folder.iterdir():
        os.chmod(file, 0o644)
    print(name, json.dumps({f.name: f.stat().st_size for f in sorted(folder.iterdir())}), "loss", out.loss.item())


for name, (kind, config) in MODELS.items():
    write(name, kind, config)
