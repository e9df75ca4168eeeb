"""A tiny CLIP of random weights, as the library transformers saves it, and what it gives.

Made with Python 3.11, torch 2.15.0, transformers 5.24, numpy 2.4.6, pillow:
    python clip.py
"""

import json
import pathlib
import shutil

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "clip"
MEAN = [0.48145466, 0.4578275, 0.40821073]
STD = [0.26862954, 0.26130258, 0.27577711]
SIDE = 12
#: Byte pairs of a few words, in the form of CLIP's.
MERGES = ["a p", "ap p", "l e</w>", "app le</w>", "r e", "re d</w>", "c a", "ca t</w>"]


def letters():
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    more = [n for n in range(256) if n not in plain]
    names = {n: chr(n) for n in plain} | {n: chr(256 + i) for i, n in enumerate(more)}
    return [names[n] for n in plain + more]


def tokenizer(folder):
    symbols = letters()
    symbols = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in MERGES]
    symbols += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({s: i for i, s in enumerate(symbols)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")


def model():
    torch.manual_seed(1)
    config = CLIPConfig(
        text_config=dict(vocab_size=522, hidden_size=8, intermediate_size=16, num_hidden_layers=2,
                         num_attention_heads=2, max_position_embeddings=7, hidden_act="quick_gelu",
                         bos_token_id=520, eos_token_id=521),
        vision_config=dict(hidden_size=12, intermediate_size=20, num_hidden_layers=2,
                           num_attention_heads=3, image_size=SIDE, patch_size=4,
                           hidden_act="gelu"),
        projection_dim=6,
    )
    made = CLIPModel(config).eval()
    with torch.no_grad():
        for p in made.parameters():
            p.add_(torch.randn_like(p) * 0.1)
            p.copy_(p.half().float())  # Saved as half, and the same in float.
    return made


def resized(pixels, side):
    """The shorter side becomes side, by Pillow's bicubic filter; then the middle."""
    image = Image.fromarray(pixels)
    short = min(image.size)
    width, height = (int(side * s / short) for s in image.size)
    image = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    top, left = (height - side) // 2, (width - side) // 2
    return image[top:top + side, left:left + side]


def features(made, pixels):
    x = (torch.from_numpy(pixels.astype(np.float32) / 255) - torch.tensor(MEAN)) / torch.tensor(STD)
    with torch.no_grad():
        pooled = made.vision_model(pixel_values=x.permute(0, 3, 1, 2)).pooler_output
        return made.visual_projection(pooled).numpy()


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    made = model()
    made.half().save_pretrained(FOLDER)
    made.float()
    tokenizer(FOLDER)
    (FOLDER / "preprocessor_config.json").write_text(json.dumps(
        {"image_mean": MEAN, "image_std": STD, "size": {"shortest_edge": SIDE}, "resample": 3}))
    rng = np.random.default_rng(2)
    own = rng.integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    smooth = np.stack([np.asarray(Image.fromarray(
        rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)).resize((28, 20), Image.Resampling.BICUBIC))
        for _ in range(3)])
    # "red apple" and "cat".
    tokens = np.array([[520, 517, 515, 521, 521, 521, 521], [520, 519, 521, 521, 521, 521, 521]])
    with torch.no_grad():
        texts = made.text_projection(
            made.text_model(input_ids=torch.from_numpy(tokens)).pooler_output).numpy()
    np.savez_compressed(
        HERE / "clip.npz", images=own.astype(np.float32), features=features(made, own),
        wide=smooth.astype(np.float32),
        wide_features=features(made, np.stack([resized(p, SIDE) for p in smooth])),
        tokens=tokens.astype(np.float32), texts=texts)


if __name__ == "__main__":
    main()
