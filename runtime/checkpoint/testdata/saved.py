"""Compares what Save writes with what was read: transformers must compute the same logits with both.

usage: go test ./runtime/checkpoint -run TestSave -saved FOLDER; python runtime/checkpoint/testdata/saved.py FOLDER
"""
import pathlib
import sys

from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    oracle = load_file(here / folder.name / "oracle.safetensors")
    model, loading = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
    ids = oracle["input_ids"][:, : model.config.max_position_embeddings]
    logits = model.double()(ids).logits.float()
    off = ((logits - oracle["logits"][:, : ids.shape[1]]).abs().max() / oracle["logits"].abs().max()).item()
    wrong = {k: v for k, v in loading.items() if v}
    print(f"{folder.name}: {type(model).__name__}, logits differ by {off:.2g}", wrong or "")
    if off > 2e-6 or wrong:
        sys.exit(f"{folder.name}: {off} {wrong}")
