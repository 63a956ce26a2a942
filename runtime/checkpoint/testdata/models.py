"""Writes gpt2/, llama/ and others: tiny models of each form with random weights, and what PyTorch computes with them, the oracle of tests.

Each folder is a model as transformers saves it, config.json and model.safetensors, and oracle.safetensors beside it:

    input_ids   I64 [batch, time]
    logits      F32 [batch, time, vocab]          without dropout
    loss        F32 []                            mean cross-entropy of each next token
    hidden.N    F32 [batch, time, embed]          what enters layer N; the last one is what enters the head, behind the norm
    grad.NAME   F32                               the gradient of the loss for each weight, under its name in model.safetensors

It is computed in float64 and rounded once, except for what transformers always computes in float32: Llama's norms and
rotary angles, and the loss. Run it with a Python that has torch, transformers and safetensors:
    python models.py [NAME ...]
"""
import json
import os
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import (Gemma2Config, Gemma2ForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig, GemmaConfig, GemmaForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig,
                          LlamaForCausalLM, MistralConfig, MistralForCausalLM, Phi3Config, Phi3ForCausalLM, Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM,
                          SmolLM3Config, SmolLM3ForCausalLM)

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

SMALL = dict(vocab_size=37, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=24, rms_norm_eps=1e-5, bos_token_id=None, eos_token_id=1, pad_token_id=None)


def rope(kind, **more):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 40.0, **more}}


MODELS |= {
    # Short waves stay, long ones are stretched, one is between them; heads that do not make up the width, biases in attention alone.
    "llama3": (LlamaForCausalLM, LlamaConfig(**SMALL, head_dim=12, attention_bias=True, tie_word_embeddings=True, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=20))),
    "linear": (LlamaForCausalLM, LlamaConfig(**SMALL, attention_bias=True, mlp_bias=True, **rope("linear", factor=2.5))),
    "dynamic": (LlamaForCausalLM, LlamaConfig(**SMALL, **rope("dynamic", factor=4.0))),
    "yarn": (LlamaForCausalLM, LlamaConfig(**SMALL, head_dim=12, **rope("yarn", factor=3.0, beta_fast=2.0, original_max_position_embeddings=8))),
    "mistral": (MistralForCausalLM, MistralConfig(**SMALL, sliding_window=5, head_dim=6, **rope("default"))),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config(**SMALL, tie_word_embeddings=True, **rope("default"))),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config(**SMALL, head_dim=6, **rope("yarn", factor=2.0, original_max_position_embeddings=12))),
    "qwen2window": (Qwen2ForCausalLM, Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=4, max_window_layers=1, **rope("default"))),
    "smollm3": (SmolLM3ForCausalLM, SmolLM3Config(**SMALL | {"num_hidden_layers": 3}, no_rope_layers=[1, 0, 1], **rope("default"))),
    "phi3": (Phi3ForCausalLM, Phi3Config(**SMALL, sliding_window=6, **rope("default"))),
    "longrope": (Phi3ForCausalLM, Phi3Config(**SMALL | {"max_position_embeddings": 64}, original_max_position_embeddings=16, **rope(
        "longrope", short_factor=[1.1, 2.5], long_factor=[4.0, 5.0]))),
    "gemma2": (Gemma2ForCausalLM, Gemma2Config(**SMALL, head_dim=6, sliding_window=5, query_pre_attn_scalar=9, attn_logit_softcapping=1.5, final_logit_softcapping=4.0, **rope("default"))),
    "gemma3": (Gemma3ForCausalLM, Gemma3TextConfig(**SMALL | {"num_hidden_layers": 3}, head_dim=6, sliding_window=4, query_pre_attn_scalar=7, sliding_window_pattern=2, rope_parameters={
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 400.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 10.0}})),
    "gemma": (GemmaForCausalLM, GemmaConfig(**SMALL, head_dim=6, hidden_act="gelu_pytorch_tanh", **rope("default"))),
}


def randomize(model, generator):
    """Large enough that every part matters: norms away from 1, biases away from 0, attention away from uniform."""
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            p.copy_(torch.randn(p.shape, generator=generator) * (0.3 if p.dim() == 1 else 1.2 / p.shape[-1] ** 0.5))
            if p.dim() == 1 and name.endswith("weight") and not model.config.model_type.startswith("gemma"):  # whose norms add 1
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
    if len(sys.argv) == 1 or name in sys.argv[1:]:
        write(name, kind, config)
