"""Makes the files of this folder with Hugging Face's tokenizers, the oracle of hf_test.go.

usage: python make.py    (pip install tokenizers==0.23.3; run where this file is)

Tokenizers of kinds that this project reads but does not make, and saved-*.json, which `go test -run TestSaved -update`
wrote; for each the ids of the texts in texts.json, and what they decode to; and the merges that training on Opticks finds.
"""

import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).parent
corpus = (here / "../../../opticks.txt").read_text()
texts = json.loads((here / "texts.json").read_text())
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())


def llama2():
    """A character BPE with bytes for what is unknown, one piece, a mark for each blank."""
    t = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"]
    # Lines, so that training has words; the tokenizer itself has one piece.
    t.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="never")
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=700, special_tokens=special + [f"<0x{b:02X}>" for b in range(256)]))
    f = json.loads(t.to_str())
    f["pre_tokenizer"] = None
    f["added_tokens"] = f["added_tokens"][:3]
    t = Tokenizer.from_str(json.dumps(f))
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return t


def metaspace():
    """Words that begin with the mark for a blank; the first one only at the beginning of a text."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    t.normalizer = normalizers.NFC()
    t.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first")
    t.decoder = decoders.Metaspace("▁", prepend_scheme="first")
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=400, special_tokens=["<unk>", "<s>"]))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True), AddedToken("<end>", rstrip=True)])
    return t


def llama3():
    """Llama 3's pieces, whole pieces before merges, an added token that is not special."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet))
    f = json.loads(t.to_str())
    for word in ["Ġprism", "Ġtelescope"]:  # tokens that no merges lead to
        f["model"]["vocab"][word] = len(f["model"]["vocab"])
    t = Tokenizer.from_str(json.dumps(f))
    t.add_special_tokens(["<|begin_of_text|>"])
    t.add_tokens(["   "])
    t.post_processor = processors.Sequence([
        processors.ByteLevel(), processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 602)])])
    return t


def digits():
    """GPT-2's way with a blank before the text, digits one by one, and a pattern that is not one of the common ones."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[A-Z]?[a-z]+|\s+(?!\S)|\s+"), "isolated"), pre_tokenizers.Split("(", "isolated"),
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet))
    return t


def qwen2():
    """Qwen2's pieces: a digit at a time; composed characters; chat's tokens, two of which are not special."""
    t = Tokenizer(models.BPE())
    t.normalizer = normalizers.NFC()
    pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder, t.post_processor = decoders.ByteLevel(), processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet))
    t.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    t.add_tokens([AddedToken("<tool_call>", normalized=False), AddedToken("</tool_call>", normalized=False)])
    return t


def smollm2():
    """SmolLM2's pieces: digits one by one, then GPT-2's way."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet))
    t.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    return t


def nemo():
    """Mistral Nemo's pieces, which begin where small letters follow capitals."""
    t = Tokenizer(models.BPE(ignore_merges=True))
    upper, lower = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
    pattern = (rf"[^\r\n\p{{L}}\p{{N}}]?{upper}*{lower}+|[^\r\n\p{{L}}\p{{N}}]?{upper}+{lower}*"
               r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(pattern), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet))
    t.add_special_tokens(["<s>", "[INST]"])
    return t


def characters(vocab_size, special):
    """The vocabulary of a BPE of characters with bytes for what is unknown, and its merges."""
    t = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    t.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="never")
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=special + [f"<0x{b:02X}>" for b in range(256)]))
    f = json.loads(t.to_str())
    f["pre_tokenizer"], f["added_tokens"] = None, f["added_tokens"][:len(special)]
    return Tokenizer.from_str(json.dumps(f))


def gemma():
    """Gemma's way: a mark for each blank, none before the text; the cut behind blanks finds none."""
    t = characters(450, ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"])
    t.normalizer = normalizers.Replace(" ", "▁")
    t.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    t.add_tokens([AddedToken("\n\n", normalized=False), AddedToken("▁▁", normalized=False)])
    t.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return t


def mistral():
    """Mistral's newer files: Llama 2's way in other words."""
    t = characters(450, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"])
    t.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return t


def merged():
    """Pieces that end behind their matches."""
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(r"[ ,.]"), "merged_with_previous"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=330, initial_alphabet=alphabet))
    return t


def rows(t):
    encoded = [t.encode(text, add_special_tokens=False).ids for text in texts]
    return [{"text": text, "ids": ids, "decoded": t.decode(ids, skip_special_tokens=False)} for text, ids in zip(texts, encoded)]


def write(name, value):
    lines = ",\n".join(json.dumps(v, ensure_ascii=False) for v in value)
    (here / name).write_text(f"[\n{lines}\n]\n")


for make in [llama2, metaspace, llama3, digits, qwen2, smollm2, nemo, gemma, mistral, merged]:
    make().save(str(here / f"{make.__name__}.json"))
for path in here.glob("*.json"):
    if path.name != "texts.json" and not path.name.endswith(".rows.json"):
        write(f"{path.stem}.rows.json", rows(Tokenizer.from_file(str(path))))

t = Tokenizer(models.BPE())
t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
t.train_from_iterator([corpus], trainers.BpeTrainer(vocab_size=1000, min_frequency=2, initial_alphabet=alphabet))
merges = json.loads(t.to_str())["model"]["merges"]
(here / "trained.txt").write_text("".join(" ".join(m) + "\n" for m in merges))
