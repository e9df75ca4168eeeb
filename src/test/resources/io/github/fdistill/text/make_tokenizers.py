"""Makes small tokenizers and the numbers that transformers gives odd texts, for TokenizerFilesTest.

Run in this folder, with transformers 5.24.0 and tokenizers 0.23.3: python make_tokenizers.py
With --clip VOCABULARY.txt.gz FOLDER it makes CLIP's own tokenizer of the vocabulary that packages of CLIP
have (MIT License), and the same texts' numbers, in another folder: for the trial.
"""

import gzip
import io
import json
import shutil
import sys
import zipfile
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers, Regex
from transformers import CLIPTokenizer, GPT2Tokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 16

PLAIN = """red apple, noto style|grinning face with big eyes, 3d style|a photo of a cat|Two dogs playing in the snow
it's the cat's tail|they're here, we've seen 'em|I'll say I'd do it; don't|'TIS 'twas 'Round|o'clock o’clock|rock'n'roll
2024|3.14159|1,000,000|x2y3z4|007|½ ¾ ² ³|Ⅷ ⅷ ①②|٣٤٥|१२३|１２３
"""
ODD = [
    "", " ", "   ", "\n", "\t\ta\tb", "a\r\nb\r\nc", "\u00a0a\u00a0b", "a\u2003b\u2009c", "a\u3000b", "a\u0085b", "a\u2028b\u2029c",
    "a\u200bb", "a\ufeffb", "\ufeffstart", "a\u00adb", "a\u001cb\u001fc", "\u180ea", "a\x00b", "\x01\x02\x7f", "a\x0bb\x0cc",
    "café", "cafe\u0301", "CAFÉ", "Å Å \u212b", "ﬁ ﬂ ﬃ", "straße STRASSE ẞ", "İstanbul ISTANBUL ı", "ΟΔΥΣΣΕΥΣ", "ὈΔΥΣΣΕΎΣ ς σ Σ", "Σ",
    "naïve coöperate", "Ångström", "Ñandú", "œuvre Œuvre", "Þórr", "Ǆ ǅ ǆ", "Ⅻ ⓐ Ⓐ", "ŉ", "ǰ", "ß",
    "Привет, мир", "ПРИВЕТ", "ёЁ", "שלום עולם", "مرحبا بالعالم", "سلام\u200cعلیکم", "नमस्ते दुनिया", "ภาษาไทย", "日本語の文", "東京 tower",
    "中文，标点。", "你好world你好", "한국어", "\u1112\u1161\u11ab", "ㅎㅏㄴ", "ქართული", "ᲥᲐᲠᲗᲣᲚᲘ", "Ꭰꭰ", "አማርኛ", "ᚠᚢᚦ", "𐐀𐐨", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "𝟘𝟙𝟚", "𠮷野家",
    "🍎", "🍎🍏", "red 🍎 apple", "👍🏽", "👨‍👩‍👧‍👦", "❤️", "❤", "🏳️‍🌈", "🇩🇪🇫🇷", "☃ snowman", "#️⃣1️⃣",
    "!", "!!", "?!", "...", "…", "--- — –", "a-b", "a--b", "a_b", "a/b\\c", "(a)", "[a]{b}<c>", "\"quoted\"", "“quoted”", "`code`", "~!@#$%^&*()_+",
    "<b>bold</b>", "&amp; &lt;", "a&b", "http://example.com/a?b=c&d=e#f", "mail@example.com", "#hashtag @name", "$5 €5 £5 ¥5", "50%", "C++ C# F#", "x = y + 1;",
    "'", "''", "'s", "'S", "'st", "s's's", "''s", "'ll'll", "don''t", "’s", "a 's b", "!'s", "'t't't", "'re're", "'VE", "'m'M", "it 'd be",
    START, END, "a" + END + "b", "a " + START + " b", END + END, "a<|EndOfText|>b", "<|ENDOFTEXT|>", "<|endoftext|", "<|endoftext|>s", "< |endoftext|>",
    "a <|StartOfText|> b", "</w>", "a</w>b", "the</w>", "<w>", "Ġa", "ĠĠ", "Ċ", "Ā", "ģ", "¡¢£", "«guillemets»", "·", "×÷", "°C", "µm μm", "¶§", "\u00a1\u00ac\u00ae",
    "hello hello hello", "HELLO", "HeLLo WoRLD", "antidisestablishmentarianism", "a" * 50, "ab" * 40, "a " * 40, "word " * 30, "! " * 20, "é" * 20, "🍎" * 12,
    " leading", "trailing ", "  two  blanks  ", "tab\tseparated", "line\nbreak", "a\n\nb", "\n a", " !", "! ", "a !", "a  !", "a   b", "a ,b", "a , b",
    "1a", "a1", "1 a", "1.a", "12:30", "12h30", "1st 2nd 3rd", "v1.2.3", "0x1F", "1e-5", "−5", "+5",
    "e\u0301\u0302\u0303", "a\u0300\u0316b", "\u0301", "a\u20dd", "क\u094d\u200dष", "Z\u0351\u0332algo", "\u202eabc\u202c", "\u2066a\u2069", "\ufffd", "\ue000", "\U000e0041", "\U0010fffd",
    "ÀÈÌÒÙ", "ÄÖÜäöü", "Ĳĳ", "ſ", "K", "Ω", "ﷺ", "㎏", "㈱", "ｆｕｌｌ ＷＩＤＴＨ", "ﾊﾝｶｸ",
    "a photo of a cat, a photo of a dog, a photo of a bird and of many other things that do not fit",
]


def texts() -> list[str]:
    return [text for line in PLAIN.strip().split("\n") for text in line.split("|")] + ODD


def corpus() -> list[str]:
    here = Path(__file__).resolve()
    archive = next(p for p in here.parents if (p / "datasets").is_dir()) / "datasets/emoji/emoji.zip"
    lines = zipfile.ZipFile(archive).read("train/metadata.jsonl").decode().splitlines()
    return [caption for line in lines[::4] for caption in json.loads(line)["text"]]


def settings(folder: Path, name: str, pad: str, cleaned: bool, length: int) -> None:
    def token(text):
        return {"content": text, "lstrip": False, "normalized": cleaned, "rstrip": False, "single_word": False}

    special = {"bos_token": token(START), "eos_token": token(END), "unk_token": token(END), "pad_token": pad}
    config = {k: v if isinstance(v, str) else {"__type": "AddedToken"} | v for k, v in special.items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"model_max_length": length, "tokenizer_class": name}, indent=1) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=1) + "\n")


def write(folder: Path, vocabulary: list[str], merges: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {token: i for i, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbers, ensure_ascii=False, indent=0) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")


def trained(clip: bool, size: int) -> tuple[list[str], list[str]]:
    """Pairs as tokenizers finds them, in the order of CLIP's or GPT-2's vocabularies."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>" if clip else ""))
    if clip:
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
        split = pre_tokenizers.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), behavior="removed", invert=True)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, end_of_word_suffix="</w>" if clip else "",
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(corpus(), trainer)
    merges = [m if isinstance(m, str) else " ".join(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    alphabet = letters + [letter + "</w>" for letter in letters] if clip else letters
    joined = dict.fromkeys(m.replace(" ", "") for m in merges)
    return alphabet + list(joined), merges


def numbers(tokenizer) -> list:
    rows = [tokenizer(t, padding="max_length", truncation=True) for t in texts()]
    return [{"ids": row.input_ids, "used": sum(row.attention_mask)} for row in rows]


def main() -> None:
    if sys.argv[1:2] == ["--clip"]:
        merges = gzip.open(sys.argv[2]).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
        vocabulary = trained(True, 300)[0][:512] + ["".join(m.split()) for m in merges] + [START, END]
        folder, length = Path(sys.argv[3]), 77
        write(folder / "clip", vocabulary, merges)
    else:
        folder, length = Path("."), LENGTH
        vocabulary, merges = trained(True, 700)
        write(folder / "clip", vocabulary + [START, END], merges)
        vocabulary, merges = trained(False, 450)
        write(folder / "gpt2", vocabulary + [END], merges)
        (folder / "gpt2/tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "GPT2Tokenizer", "model_max_length": length}) + "\n")
    settings(folder / "clip", "CLIPTokenizer", END, True, length)
    settings(folder / "padded", "CLIPTokenizer", "!", True, length)
    found = {"texts": texts()}
    for name in ("clip", "padded"):
        if name == "padded":
            for file in ("vocab.json", "merges.txt"):
                shutil.copy(folder / "clip" / file, folder / name / file)
        found[name] = numbers(CLIPTokenizer.from_pretrained(folder / name))
    CLIPTokenizer.from_pretrained(folder / "padded").save_pretrained(folder / "whole")
    for file in ("vocab.json", "merges.txt"):
        (folder / "padded" / file).unlink()
    if (folder / "gpt2").exists():
        gpt2 = GPT2Tokenizer.from_pretrained(folder / "gpt2")
        found["gpt2"] = [gpt2(t).input_ids for t in texts()]
    (folder / "texts.json").write_text(json.dumps(found, separators=(",", ":")).replace('{"ids', '\n{"ids') + "\n")
    print(len(texts()), "texts")


if __name__ == "__main__":
    main()
