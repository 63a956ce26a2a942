"""Writes what wordllama computes with the static embedding that its package ships, for published_test.go.

usage: published.py FOLDER: texts.json in it is a list of texts. It gets model.safetensors and tokenizer.json, links to the package's files,
and vectors.json: for each text its tokens and its vector.
"""

import json
import os
import sys
from pathlib import Path

import wordllama
from tokenizers import Tokenizer
from wordllama.inference import WordLlamaInference
from safetensors.numpy import load_file

folder, package = Path(sys.argv[1]), Path(wordllama.__file__).parent
weights = package / "weights" / "l2_supercat_256.safetensors"
tokens = package / "tokenizers" / "l2_supercat_tokenizer_config.json"
os.symlink(weights, folder / "model.safetensors")
os.symlink(tokens, folder / "tokenizer.json")

model = WordLlamaInference(load_file(weights)["embedding.weight"], Tokenizer.from_file(str(tokens)))
texts = json.loads((folder / "texts.json").read_text())
vectors = model.embed(texts, norm=True)
ids = [Tokenizer.from_file(str(tokens)).encode(t, add_special_tokens=False).ids for t in texts]
(folder / "vectors.json").write_text(json.dumps([{"ids": i, "vector": v.tolist()} for i, v in zip(ids, vectors)]))
