"""Writes chat.json: conversations as transformers encodes them with templates of three forms, and which of the tokens its {% generation %} blocks mark for the loss.

usage: python makechat.py chatml.json llama3.json gemma.json (which the package's test writes into the folder -write; with transformers and jinja2)
"""
import json
import pathlib
import sys

import transformers


def template(header, content, end, behind="", begin="", assistant="assistant"):
    """header has a place for the role, which %s stands for."""
    before, after = header.split("%s")
    return ("{{ '" + begin + "' }}{% for message in messages %}{% set role = '" + assistant + "' if message['role'] == 'assistant' else message['role'] %}"
            "{{ '" + before + "' + role + '" + after + "' }}{% if message['role'] == 'assistant' %}{% generation %}{{ " + content + " + '" + end + "' }}{% endgeneration %}"
            "{% else %}{{ " + content + " + '" + end + "' }}{% endif %}{{ '" + behind + "' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '" + before + assistant + after + "' }}{% endif %}")


TEMPLATES = {
    "chatml": template("<|im_start|>%s\n", "message['content']", "<|im_end|>", "\n"),
    "llama3": template("<|start_header_id|>%s<|end_header_id|>\n\n", "message['content'] | trim", "<|eot_id|>", begin="<|begin_of_text|>"),
    "gemma": template("<start_of_turn>%s\n", "message['content'] | trim", "<end_of_turn>", "\n", "<bos>", "model"),
}
TALKS = [
    [("user", "What cures gout?"), ("assistant", "Colchicum.")],
    [("system", "Be brief."), ("user", "What cures the fever?"), ("assistant", "Quinine, or a night's sleep.")],
    [("user", "One?"), ("assistant", "Two."), ("user", "Three?"), ("assistant", "Four, and no more.")],
    [("user", ""), ("assistant", "Pardon?")],
    [("user", "Zwölf Äpfel"), ("assistant", "naïve ☃")],
    [("user", "blanks  "), ("assistant", "around \n")],
]


def row(tok, form, talk):
    messages = [{"role": r, "content": c} for r, c in talk]
    how = {"chat_template": TEMPLATES[form]}
    out = tok.apply_chat_template(messages, **how, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    text = tok.apply_chat_template(messages, **how, tokenize=False)
    prompt = tok.apply_chat_template(messages[:-1], **how, tokenize=True, return_dict=True, add_generation_prompt=True)
    return {"Form": form, "Messages": messages, "Text": text, "IDs": out["input_ids"], "Mask": [bool(m) for m in out["assistant_masks"]], "Prompt": prompt["input_ids"]}


rows = []
for file in sys.argv[1:]:
    form = pathlib.Path(file).stem
    tok = transformers.PreTrainedTokenizerFast(tokenizer_file=file)
    rows += [row(tok, form, talk) for talk in TALKS if form != "gemma" or talk[0][0] != "system"]
path = pathlib.Path(__file__).parent / "chat.json"
lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
path.write_text(f'{{"Versions": "transformers {transformers.__version__}", "Rows": [\n{lines}\n]}}\n')
