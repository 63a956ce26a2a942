"""Writes model2vec/: a model with weights and with fewer vectors than tokens, as model2vec saves it, and what model2vec makes of some texts.

    pip install model2vec; python makemodel2vec.py
"""

import json
import pathlib

import numpy
from model2vec import StaticModel
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

text = "the light of the sun is white and a prism divides white light into colours of which the moon has none " * 5
texts = ["white light", "the moon has no light", "a prism", "colours, colours, colours!", "Of water 123"]

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator([text], trainers.BpeTrainer(vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))

random = numpy.random.default_rng(7)
tokens, rows, width = tokenizer.get_vocab_size(), 40, 16
model = StaticModel(
    vectors=random.normal(size=(rows, width)).astype(numpy.float32), tokenizer=tokenizer, normalize=True,
    weights=random.uniform(0.1, 2, size=tokens).astype(numpy.float32), token_mapping=random.integers(0, rows, size=tokens),
)
folder = pathlib.Path(__file__).parent / "model2vec"
model.save_pretrained(folder)
for other in ("README.md", "config.json", "modules.json"):
    (folder / other).unlink(missing_ok=True)
vectors = [[round(float(x), 7) for x in v] for v in model.encode(texts)]
(folder / "expected.json").write_text(json.dumps({"texts": texts, "vectors": vectors}) + "\n")
