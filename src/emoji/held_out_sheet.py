"""Draws the held-out pictures of datasets/emoji beside what models make of their captions.

    python3 src/emoji/held_out_sheet.py --captions held-out.txt
    ./fdistill sample savedmodels/emoji-teacher --prompts held-out.txt --seeds 0 --guidance 2 --out teacher/
    ./fdistill sample savedmodels/emoji-student --prompts held-out.txt --seeds 0 --out student/
    python3 src/emoji/held_out_sheet.py --folders teacher student --out results/emoji-held-out.png

Needs Pillow 10.1 or newer. A cell has the picture itself and one of each folder, over the caption.
"""

import argparse
import io
import json
import zipfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = 32
ACROSS = 6
TEXT = 11
GAP = 4
MOST_LETTERS = 24


def held_out(archive):
    """Caption and picture of each line of the archive's test part."""
    lines = archive.read("test/metadata.jsonl").decode().splitlines()
    for line in map(json.loads, lines):
        yield line["text"], Image.open(io.BytesIO(archive.read("test/" + line["file_name"]))).convert("RGB")


def short(caption):
    """A caption that fits under its pictures: without the word "style"."""
    text = caption.removesuffix(" style")
    name, style = text.rsplit(", ", 1)
    room = MOST_LETTERS - len(style) - 2
    return (name if len(name) <= room else name[: room - 1] + ".") + ", " + style


def sheet(pictures, folders):
    """The sheet, cell after cell, row by row."""
    width = (1 + len(folders)) * SIZE + GAP
    height = SIZE + TEXT + GAP
    rows = -(-len(pictures) // ACROSS)
    whole = Image.new("RGB", (ACROSS * max(width, 5 * MOST_LETTERS + GAP), rows * height), "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=9)
    cell = whole.width // ACROSS
    for i, (caption, picture) in enumerate(pictures):
        x, y = i % ACROSS * cell, i // ACROSS * height
        made = [Image.open(Path(folder) / f"prompt-{i + 1}-seed-0.png") for folder in folders]
        for k, each in enumerate([picture, *made]):
            whole.paste(each, (x + k * SIZE, y))
        draw.text((x, y + SIZE), short(caption), "black", font)
    return whole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default="datasets/emoji/emoji.zip")
    parser.add_argument("--captions", help="a file to write the captions to, one on each line")
    parser.add_argument("--folders", nargs="*", default=[], help="pictures of the captions, by sample --out FOLDER/")
    parser.add_argument("--out", help="the sheet")
    asked = parser.parse_args()
    with zipfile.ZipFile(asked.data) as archive:
        pictures = list(held_out(archive))
    if asked.captions:
        lines = "".join(caption + "\n" for caption, _ in pictures)
        Path(asked.captions).write_text(lines, encoding="utf-8")
    if asked.out:
        sheet(pictures, asked.folders).save(asked.out, optimize=True)


if __name__ == "__main__":
    main()
