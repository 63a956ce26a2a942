"""Writes chat.json: conversations as transformers encodes them with a ChatML template, and which of the tokens its {% generation %} blocks mark for the loss.

usage: python makechat.py tokenizer.json (which the package's test writes with -write; with transformers and jinja2)
"""
import json
import pathlib
import sys

import transformers

TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
            "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
            "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
TALKS = [
    [("user", "What cures gout?"), ("assistant", "Colchicum.")],
    [("system", "Be brief."), ("user", "What cures the fever?"), ("assistant", "Quinine, or a night's sleep.")],
    [("user", "One?"), ("assistant", "Two."), ("user", "Three?"), ("assistant", "Four, and no more.")],
    [("user", ""), ("assistant", "Pardon?")],
    [("user", "Zwölf Äpfel"), ("assistant", "naïve ☃")],
]
tok = transformers.PreTrainedTokenizerFast(tokenizer_file=sys.argv[1])
rows = []
for talk in TALKS:
    messages = [{"role": r, "content": c} for r, c in talk]
    out = tok.apply_chat_template(messages, chat_template=TEMPLATE, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    text = tok.apply_chat_template(messages, chat_template=TEMPLATE, tokenize=False)
    prompt = tok.apply_chat_template(messages[:-1], chat_template=TEMPLATE, tokenize=True, return_dict=True, add_generation_prompt=True)
    rows.append({"Messages": messages, "Text": text, "IDs": out["input_ids"], "Mask": [bool(m) for m in out["assistant_masks"]], "Prompt": prompt["input_ids"]})
path = pathlib.Path(__file__).parent / "chat.json"
path.write_text(json.dumps({"Versions": f"transformers {transformers.__version__}", "Rows": rows}, ensure_ascii=False) + "\n")
