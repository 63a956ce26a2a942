"""Writes torch.json: how Hugging Face's GPT-2 and Llama are trained for ten steps by PyTorch.

It computes in float64, so that the numbers are nobody's rounding errors: at this learning rate, float32 in the same program
gives losses that differ by at most 4e-6. Weights and tokens come from a formula (class Formula), so that the file holds
results alone.

usage: python maketorch.py > torch.json
"""
import json
import sys
import torch
import torch.nn.functional as F
import transformers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

STEPS, BATCH, LR, BETAS, DECAY, CLIP = 10, (3, 24), 1e-3, (0.9, 0.95), 0.1, 1.0


class Formula:
    """The linear congruential generator of Numerical Recipes. A number is the upper 24 bits of the state."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8

    def weights(self, *shape):
        """Uniform between -1/8 and 1/8, exact in float32."""
        n = 1
        for d in shape:
            n *= d
        return (torch.tensor([self.next() - 2**23 for _ in range(n)], dtype=torch.float64) / 2**26).float().reshape(shape)

    def tokens(self, vocab, *shape):
        return torch.tensor([self.next() % vocab for _ in range(shape[0] * shape[1])]).reshape(shape)


def gpt2(c):
    m = GPT2LMHeadModel(GPT2Config(
        vocab_size=c["VocabSize"], n_positions=c["BlockSize"], n_embd=c["Embed"], n_layer=c["Layers"], n_head=c["Heads"],
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, layer_norm_epsilon=1e-5, tie_word_embeddings=True))
    t = m.transformer
    parts = [("embed.weight", t.wte.weight, None), ("position.weight", t.wpe.weight, None)]
    for i, b in enumerate(t.h):
        for ours, theirs in [("norm1", b.ln_1), ("attn.qkv", b.attn.c_attn), ("attn.out", b.attn.c_proj), ("norm2", b.ln_2),
                             ("mlp.up", b.mlp.c_fc), ("mlp.down", b.mlp.c_proj)]:
            # Its linear layers keep their matrices the other way round.
            parts += [(f"layers.{i}.{ours}.weight", theirs.weight, "T" if theirs.weight.dim() > 1 else None),
                      (f"layers.{i}.{ours}.bias", theirs.bias, None)]
    return m, parts + [("norm.weight", t.ln_f.weight, None), ("norm.bias", t.ln_f.bias, None)]


def llama(c):
    m = LlamaForCausalLM(LlamaConfig(
        vocab_size=c["VocabSize"], max_position_embeddings=c["BlockSize"], hidden_size=c["Embed"], intermediate_size=c["Hidden"],
        num_hidden_layers=c["Layers"], num_attention_heads=c["Heads"], num_key_value_heads=c["KVHeads"], rms_norm_eps=1e-5,
        attention_bias=False, mlp_bias=False, tie_word_embeddings=False, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}))
    parts = [("embed.weight", m.model.embed_tokens.weight, None)]
    for i, b in enumerate(m.model.layers):
        at = f"layers.{i}."
        parts += [(at + "norm1.weight", b.input_layernorm.weight, None),
                  (at + "attn.qkv.weight", [b.self_attn.q_proj.weight, b.self_attn.k_proj.weight, b.self_attn.v_proj.weight], None),
                  (at + "attn.out.weight", b.self_attn.o_proj.weight, None),
                  (at + "norm2.weight", b.post_attention_layernorm.weight, None),
                  (at + "mlp.gate.weight", b.mlp.gate_proj.weight, None), (at + "mlp.up.weight", b.mlp.up_proj.weight, None),
                  (at + "mlp.down.weight", b.mlp.down_proj.weight, None)]
    return m, parts + [("norm.weight", m.model.norm.weight, None), ("head.weight", m.lm_head.weight, None)]


def gather(part, kind, of):
    """A parameter, or its gradient, as ours is shaped."""
    t = torch.cat([of(p) for p in part]) if isinstance(part, list) else of(part)
    return t.T if kind == "T" else t


def fill(parts, formula):
    """Norms' weights are around 1."""
    for name, part, kind in parts:
        w = formula.weights(*gather(part, kind, lambda p: p).shape)
        if name.endswith(("norm1.weight", "norm2.weight")) or name == "norm.weight":
            w += 1
        with torch.no_grad():
            if isinstance(part, list):
                for p, v in zip(part, w.split([len(p) for p in part])):
                    p.copy_(v)
            else:
                part.copy_(w.T if kind == "T" else w)


def run(make, config):
    m, parts = make(config)
    formula = Formula(1)
    fill(parts, formula)
    m.double()
    assert sum(p.numel() for p in m.parameters()) == sum(gather(q, k, lambda p: p).numel() for _, q, k in parts)
    flat = [p for _, q, _ in parts for p in (q if isinstance(q, list) else [q])]
    opt = torch.optim.AdamW([{"params": [p for p in flat if p.dim() > 1], "weight_decay": DECAY},
                             {"params": [p for p in flat if p.dim() == 1], "weight_decay": 0}], lr=LR, betas=BETAS, eps=1e-8)
    batches = [[formula.tokens(config["VocabSize"], *BATCH) for _ in range(2)] for _ in range(2)]
    losses, norms, grads, last = [], [], [], None
    for step in range(STEPS + 1):
        ids, targets = batches[step % 2]
        targets[:, ::5] = -1
        opt.zero_grad()
        logits = m(ids).logits
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            last = logits[0, -1].tolist()
            probe = Formula(2)
            for name, part, kind in parts:
                g = gather(part, kind, lambda p: p.grad)
                grads.append({"Name": name, "Norm": g.norm().item(), "Probe": (g * probe.weights(*g.shape).double()).sum().item()})
        norms.append(torch.nn.utils.clip_grad_norm_(m.parameters(), CLIP).item())
        opt.step()
    return {"Config": config, "Losses": losses, "Norms": norms, "Logits": last, "Grads": grads}


small = dict(VocabSize=65, BlockSize=32, Layers=2, Heads=4, Embed=48)
LLAMA = dict(Heads=6, KVHeads=2, Hidden=128, RMSNorm=True, Rotary=True, SwiGLU=True, NoBias=True, Untied=True)

if __name__ == "__main__":
    torch.set_num_threads(1)
    json.dump({
        "Versions": f"torch {torch.__version__}, transformers {transformers.__version__}",
        "Batch": BATCH, "LR": LR, "Betas": BETAS, "Decay": DECAY, "Clip": CLIP,
        "Models": {
            "gpt-2": run(gpt2, small),
            "llama": run(llama, small | LLAMA),
        }}, sys.stdout, indent=1)
