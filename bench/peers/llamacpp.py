"""Decodes by llama.cpp (ggml), through llama-cpp-python, as a racer (see bench/race). The model becomes a GGUF file next to FILE first.

usage: llamacpp.py FILE F32|F16|Q8_0 PROMPT TOKENS
"""

import ctypes
import os
import sys
import time

import gguf
import llama_cpp as llama
import numpy as np
from gguf.quants import quantize

from racer import Formula, read_weights, serve

# llama.cpp's names, of a layer's parts and outside of them.
OUTSIDE = {"wte.weight": "token_embd.weight", "wpe.weight": "position_embd.weight"}
PARTS = {"ln1": "attn_norm", "qkv": "attn_qkv", "out": "attn_output", "ln2": "ffn_norm", "up": "ffn_up", "down": "ffn_down"}


def gguf_name(name):
    if name in OUTSIDE:
        return OUTSIDE[name]
    if name.startswith("ln."):
        return "output_norm" + name[2:]
    _, layer, part, kind = name.split(".")
    return f"blk.{layer}.{PARTS[part]}.{kind}"


def convert(path, to, kind):
    """Writes a GGUF file whose matrices are of a kind; biases, norms and positions stay in float32, as llama.cpp's own converter has it."""
    shape, weights = read_weights(path)
    w = gguf.GGUFWriter(to, "gpt2")
    w.add_context_length(shape["block"])
    w.add_embedding_length(shape["embed"])
    w.add_block_count(shape["layers"])
    w.add_head_count(shape["heads"])
    w.add_feed_forward_length(4 * shape["embed"])
    w.add_layer_norm_eps(1e-5)
    w.add_vocab_size(shape["vocab"])
    w.add_tokenizer_model("none")
    kind = gguf.GGMLQuantizationType[kind]
    for name, t in weights.items():
        here = kind if t.ndim == 2 and name != "wpe.weight" else gguf.GGMLQuantizationType.F32
        w.add_tensor(gguf_name(name), quantize(np.array(t), here), raw_dtype=here)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def array(tokens):
    return (llama.llama_token * len(tokens))(*tokens), len(tokens)


@llama.llama_log_callback
def quiet(level, text, data):
    pass


def open_context(path):
    llama.llama_log_set(quiet, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
    params = llama.llama_context_default_params()
    params.n_ctx = llama.llama_model_n_ctx_train(model)
    return model, llama.llama_init_from_model(model, params)


def decode(path, kind, prompt, count):
    file = f"{path}.{kind}.gguf"
    if not os.path.exists(file):
        if os.fork() == 0:  # so that the memory of writing is not counted
            convert(path, file + ".part", kind)
            os.rename(file + ".part", file)
            os._exit(0)
        os.wait()
    model, context = open_context(file)
    vocab = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    tokens = Formula().tokens(prompt + count, vocab)
    first, rest = array(tokens[:prompt]), [array([t]) for t in tokens[prompt:]]

    def step(tokens, n):
        if llama.llama_decode(context, llama.llama_batch_get_one(tokens, n)) != 0:
            raise RuntimeError("llama_decode failed")
        return np.ctypeslib.as_array(llama.llama_get_logits_ith(context, -1), (vocab,)).max()

    def unit(threads):
        llama.llama_set_n_threads(context, threads, threads)
        llama.llama_memory_clear(llama.llama_get_memory(context), True)
        step(*first)
        begun = time.perf_counter()
        for t in rest:
            result = step(*t)
        return (time.perf_counter() - begun) / count, float(result)

    serve(f"llama.cpp by llama-cpp-python {llama.__version__}, {kind} weights, F16 cache, {llama.llama_print_system_info().decode().strip()}", unit)


decode(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
