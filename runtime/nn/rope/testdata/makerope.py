"""Writes rope.json: the frequencies and the magnitude that transformers computes for kinds of scaled rotary positions.

usage: python makerope.py    (with torch and transformers)
"""
import json
import pathlib

import transformers
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

ROWS = [
    (64, {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}),
    (64, {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}),
    (16, {"rope_type": "llama3", "rope_theta": 10.0, "factor": 1.0, "low_freq_factor": 0.5, "high_freq_factor": 2.0, "original_max_position_embeddings": 16}),
    (128, {"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0, "original_max_position_embeddings": 32768}),
    (64, {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 8.0, "original_max_position_embeddings": 2048, "beta_fast": 16.0, "beta_slow": 2.0, "truncate": False}),
    (32, {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 2.0, "original_max_position_embeddings": 4, "attention_factor": 1.25}),
    (8, {"rope_type": "longrope", "rope_theta": 100.0, "factor": 32.0, "original_max_position_embeddings": 4096, "short_factor": [1.0, 1.1, 1.75, 3.0], "long_factor": [1.0, 5.0, 20.0, 60.0]}),
    (4, {"rope_type": "longrope", "rope_theta": 100.0, "factor": 2.0, "original_max_position_embeddings": 512, "attention_factor": 1.5, "short_factor": [1.0, 2.0], "long_factor": [3.0, 4.0]}),
]
rows = []
for d, rope in ROWS:
    config = LlamaConfig(hidden_size=d, num_attention_heads=1, rope_parameters=dict(rope))
    frequencies, magnitude = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config)
    rows.append({"D": d, "Rope": rope, "Frequencies": frequencies.tolist(), "Magnitude": magnitude})
lines = ",\n".join(json.dumps(r) for r in rows)
(pathlib.Path(__file__).parent / "rope.json").write_text(f'{{"Versions": "transformers {transformers.__version__}", "Rows": [\n{lines}\n]}}\n')
