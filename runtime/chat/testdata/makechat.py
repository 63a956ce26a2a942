"""Writes chat.json: conversations as transformers encodes them with templates of all forms, and which of the tokens its {% generation %} blocks mark for the loss.

usage: python makechat.py FOLDER (into which the package's test writes tokenizers: go test ./runtime/chat -write FOLDER; with transformers and jinja2)

The templates are written anew here, with such blocks. With llama_cpp beside them those of Mistral are compared with the published ones.
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
    "phi3": template("<|%s|>\n", "message['content']", "<|end|>", "\n") + "{% if not add_generation_prompt %}{{ '<|endoftext|>' }}{% endif %}",
    "zephyr": template("<|%s|>\n", "message['content']", "</s>", "\n"),
    "gemma3": "{% set first = messages[0]['content'] + '\n\n' if messages[0]['role'] == 'system' else '' %}{% set rest = messages[1:] if first else messages %}{{ '<bos>' }}{% for message in rest %}"
              "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\n' }}{% if loop.first %}{{ first }}{% endif %}{% if message['role'] == 'assistant' %}{% generation %}"
              "{{ message['content'] | trim + '<end_of_turn>' }}{% endgeneration %}{% else %}{{ message['content'] | trim + '<end_of_turn>' }}{% endif %}{{ '\n' }}{% endfor %}"
              "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
    "llama2": "{% set system = messages[0]['content'] if messages[0]['role'] == 'system' else '' %}{% set rest = messages[1:] if system else messages %}{% for message in rest %}"
              "{% if message['role'] == 'assistant' %}{% generation %}{{ ' ' + message['content'].strip() + ' </s>' }}{% endgeneration %}{% else %}"
              "{% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'] if loop.first and system else message['content'] %}{{ '<s>[INST] ' + content.strip() + ' [/INST]' }}"
              "{% endif %}{% endfor %}",
    "mistral": "{{ '<s>' }}{% for message in messages %}{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '</s>' }}{% endgeneration %}{% else %}"
               "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% endif %}{% endfor %}",
}
TEMPLATES["mistral-v1"] = TEMPLATES["mistral"].replace("{% endgeneration %}", "{% endgeneration %}{{ ' ' }}")
TEMPLATES["qwen3"] = TEMPLATES["qwen3-fast"] = (
    "{% set ns = namespace(last=messages | length - 1) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% set fast = enable_thinking is defined and not enable_thinking %}{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role != 'assistant' %}{{ m.content + '<|im_end|>' }}{% else %}"
    "{% set parts = m.content.split('</think>') %}{% set thoughts = parts[0].rstrip('\n').split('<think>')[-1].strip('\n') if parts | length > 1 else '' %}"
    "{% set said = parts[-1].lstrip('\n') if parts | length > 1 else m.content %}{% set block = loop.index0 > ns.last and (loop.last or thoughts) %}"
    "{% if block and fast and not thoughts %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{% generation %}"
    "{% if block and not (fast and not thoughts) %}{{ '<think>\n' + thoughts + '\n</think>\n\n' }}{% endif %}{{ (said.lstrip('\n') if block else said) + '<|im_end|>' }}{% endgeneration %}"
    "{% endif %}{{ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% if fast %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{% endif %}")

SILENT = {"gemma", "mistral", "mistral-v1"}  # without a role system
TALKS = [
    [("user", "What cures gout?"), ("assistant", "Colchicum.")],
    [("system", "Be brief."), ("user", "What cures the fever?"), ("assistant", "Quinine, or a night's sleep.")],
    [("user", "One?"), ("assistant", "Two."), ("user", "Three?"), ("assistant", "Four, and no more.")],
    [("user", ""), ("assistant", "Pardon?")],
    [("user", "Zwölf Äpfel"), ("assistant", "naïve ☃")],
    [("user", "blanks  "), ("assistant", "around \n")],
    [("system", "Think."), ("user", "One?"), ("assistant", "<think>\nOne and one.\n</think>\n\nTwo."), ("user", "Three?"), ("assistant", "<think>\nAnd one.\n\n</think>\nFour.")],
]


def row(tok, form, talk):
    messages = [{"role": r, "content": c} for r, c in talk]
    how = {"chat_template": TEMPLATES[form]}
    if form == "qwen3-fast":
        how["enable_thinking"] = False
    out = tok.apply_chat_template(messages, **how, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
    text = tok.apply_chat_template(messages, **how, tokenize=False)
    prompt = tok.apply_chat_template(messages[:-1], **how, tokenize=True, return_dict=True, add_generation_prompt=True)
    return {"Form": form, "Messages": messages, "Text": text, "IDs": out["input_ids"], "Mask": [bool(m) for m in out["assistant_masks"]], "Prompt": prompt["input_ids"]}


def load(file, form):
    """Phi-3's tokens take the blanks behind them."""
    text = json.loads(file.read_text())
    for token in text["added_tokens"]:
        token["rstrip"] = form == "phi3" and token["content"] != "<|endoftext|>"
    file.write_text(json.dumps(text))
    return transformers.PreTrainedTokenizerFast(tokenizer_file=str(file), bos_token="<s>", eos_token="</s>")


def check(tok, form, talk):
    try:
        from llama_cpp import llama_chat_format as published
    except ImportError:
        return
    theirs = {"mistral": published.MIXTRAL_INSTRUCT_CHAT_TEMPLATE, "mistral-v1": published.MISTRAL_INSTRUCT_CHAT_TEMPLATE}.get(form)
    if theirs:
        messages = [{"role": r, "content": c} for r, c in talk]
        texts = [tok.apply_chat_template(messages, chat_template=t, tokenize=False) for t in (theirs, TEMPLATES[form])]
        assert texts[0] == texts[1], texts


rows = []
for form in TEMPLATES:
    tok = load(pathlib.Path(sys.argv[1]) / f"{form}.json", form)
    for talk in TALKS:
        if form not in SILENT or talk[0][0] != "system":
            check(tok, form, talk)
            rows.append(row(tok, form, talk))
path = pathlib.Path(__file__).parent / "chat.json"
lines = ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
path.write_text(f'{{"Versions": "transformers {transformers.__version__}", "Rows": [\n{lines}\n]}}\n')
