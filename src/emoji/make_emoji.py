"""Makes datasets/emoji from packages of the npm registry.

    python3 -m venv target/emoji && target/emoji/bin/pip install -r src/emoji/requirements.txt
    target/emoji/bin/python src/emoji/make_emoji.py datasets/emoji

Needs Python 3.10 or later and npm. The packages go to target/emoji-packages, and are checked against the
SHA-256 that stand here. --sheet FILE.png draws some of the pictures, each thing in all styles.
"""

import argparse
import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import resvg_py
from PIL import Image

SIZE = 32
BACKGROUND = "white"
HELD_OUT_PER_STYLE = 50
MOST_KEYWORDS = 5
FORMAT, ENDING, SAVING = "WEBP", "webp", {"lossless": True, "quality": 100, "method": 6}

# Name and version of a package, and the SHA-256 of the archive that `npm pack` leaves.
GOOGLE = ("emoji-datasource-google@16.0.0", "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438")
TWITTER = ("emoji-datasource-twitter@16.0.0", "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877")
FLAT = ("@lobehub/fluent-emoji-flat@1.1.0", "8f9113c027c7c20eced0070354715a4093a459b8bef6332b91d45f38c9bdb147")
SOLID = ("@lobehub/fluent-emoji-3d@1.1.0", "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58")
NAMES = ("unicode-emoji-json@0.9.0", "ae7efacb55533385bf8767d613dbd36c71226669759d95919a6e9059f5e4c401")
KEYWORDS = ("emojilib@4.0.3", "7f9a6b43cff31d18985b7d65d11faba5bd971cbcc60020cf6d09322fbaaaf303")

# Styles as captions call them, and where their pictures are.
STYLES = {
    "noto": (GOOGLE, "img/google/64/"),
    "twemoji": (TWITTER, "img/twitter/64/"),
    "fluent": (FLAT, "assets/"),
    "3d": (SOLID, "assets/"),
}

# The flags of countries and regions: their captions do not say what they look like.
LEFT_OUT = {"country-flag", "subdivision-flag"}

# Families by their members, which most styles draw as one and the same sign.
ALIKE = "family "


def package(folder: Path, name: str, sha256: str) -> dict[str, bytes]:
    """The files of a package, by name."""
    archive = folder / (name.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha256:
        raise SystemExit(f"{archive}: SHA-256 {found}, needed: {sha256}")
    files = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and "/sheets" not in member.name:
                files[member.name.removeprefix("package/")] = tar.extractfile(member).read()
    return files


def code(text: str) -> str:
    """Code points in hex with hyphens between, without leading zeros and variation selectors."""
    return "-".join(p.lstrip("0") for p in text.lower().split("-") if p != "fe0f")


def pictures(files: dict[str, bytes], folder: str) -> dict[str, bytes]:
    """The pictures of a style by code."""
    inside = {name.removeprefix(folder): data for name, data in files.items() if name.startswith(folder)}
    return {code(name.rsplit(".", 1)[0]): data for name, data in inside.items()}


def drawn(data: bytes) -> Image.Image:
    """A picture of the dataset: laid on the background in its own size, then each of the 32x32 areas averaged."""
    if data.lstrip()[:4] in (b"<svg", b"<?xm"):
        data = bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), width=8 * SIZE, height=8 * SIZE))
    picture = Image.open(io.BytesIO(data)).convert("RGBA")
    ground = Image.new("RGBA", picture.size, BACKGROUND)
    ground.alpha_composite(picture)
    return ground.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BOX)


def things(packages: dict) -> list[dict]:
    """What is drawn: emoji without skin tones, in Unicode's order, each with its name, keywords and groups."""
    names = json.loads(packages[NAMES]["data-by-emoji.json"])
    keywords = json.loads(packages[KEYWORDS]["dist/emoji-en-US.json"])
    subgroups = {code(e["unified"]): e["subcategory"] for e in json.loads(packages[GOOGLE]["emoji.json"])}
    found = []
    for emoji, about in names.items():
        key = code("-".join(f"{ord(c):x}" for c in emoji))
        subgroup = subgroups.get(key)  # None: newer than all pictures
        if subgroup and subgroup not in LEFT_OUT and not about["name"].startswith(ALIKE):
            found.append({
                "code": key,
                "emoji": emoji,
                "name": plain(about["name"]),
                "keywords": chosen(keywords.get(emoji, [])[1:]),
                "group": about["group"],
                "subgroup": subgroup,
            })
    return found


def plain(text: str) -> str:
    return " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())


def chosen(keywords: list[str]) -> list[str]:
    """The first few that are words."""
    words = [plain(word) for word in keywords]
    return [word for word in words if word.replace("-", "").replace(" ", "").isalpha()][:MOST_KEYWORDS]


def captions(thing: dict, style: str) -> list[str]:
    made = [f"{thing['name']}, {style} style"]
    if thing["keywords"]:
        made.append(f"{', '.join(thing['keywords'])}, {style} style")
    return made


def held_out(rows: list[dict]) -> set[str]:
    """So many pictures of each style, each of a thing of its own that is known in two other styles at least."""
    styles = {}
    for row in rows:
        styles.setdefault(row["code"], set()).add(row["style"])
    order = sorted(rows, key=lambda row: hashlib.sha256(f"held out: {row['file']}".encode()).digest())
    chosen_files, taken, left = set(), set(), dict.fromkeys(STYLES, HELD_OUT_PER_STYLE)
    for row in order:
        if row["code"] not in taken and len(styles[row["code"]]) >= 3 and left[row["style"]] > 0:
            taken.add(row["code"])
            left[row["style"]] -= 1
            chosen_files.add(row["file"])
    return chosen_files


def write_zip(path: Path, rows: list[dict], test: set[str]) -> None:
    with zipfile.ZipFile(path, "w") as out:
        for part in ("train", "test"):
            lines = []
            for row in rows:
                if (row["file"] in test) == (part == "test"):
                    data = io.BytesIO()
                    row["picture"].save(data, FORMAT, **SAVING)
                    add(out, f"{part}/{row['file']}", data.getvalue(), zipfile.ZIP_STORED)
                    lines.append(json.dumps(line(row, part), ensure_ascii=False) + "\n")
            add(out, f"{part}/metadata.jsonl", "".join(lines).encode(), zipfile.ZIP_DEFLATED)


def line(row: dict, part: str) -> dict:
    """What metadata.jsonl says of a picture; test pictures have the caption by name alone."""
    return {
        "file_name": row["file"],
        "text": row["captions"] if part == "train" else row["captions"][0],
        "label": row["subgroup"],
        "group": row["group"],
        "emoji": row["emoji"],
        "style": row["style"],
    }


def add(out: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    """Adds a file without the time of day, so that the same packages give the same archive."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.external_attr = 0o644 << 16
    out.writestr(info, data, method, 9)


def sheet(path: Path, rows: list[dict], columns: int) -> None:
    """Every so many a thing, a row of styles each, so many things beside one another."""
    by_thing = {}
    for row in rows:
        by_thing.setdefault(row["code"], {})[row["style"]] = row["picture"]
    shown = list(by_thing.values())[:: max(1, len(by_thing) // (columns * 25))]
    lines = -(-len(shown) // columns)
    width = len(STYLES) * (SIZE + 1) + 6
    picture = Image.new("RGB", (columns * width, lines * (SIZE + 2)), "grey")
    for i, styles in enumerate(shown):
        for s, style in enumerate(STYLES):
            if style in styles:
                picture.paste(styles[style], (i % columns * width + s * (SIZE + 1), i // columns * (SIZE + 2)))
    picture.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--packages", type=Path, default=Path("target/emoji-packages"))
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    packages = {}
    for name, sha256 in (GOOGLE, TWITTER, FLAT, SOLID, NAMES, KEYWORDS):
        packages[name, sha256] = package(args.packages, name, sha256)
    drawings = {style: pictures(packages[where], folder) for style, (where, folder) in STYLES.items()}
    rows = []
    for thing in things(packages):
        for style in STYLES:
            if thing["code"] in drawings[style]:
                rows.append(thing | {
                    "style": style,
                    "file": f"{thing['code']}-{style}.{ENDING}",
                    "captions": captions(thing, style),
                    "picture": drawn(drawings[style][thing["code"]]),
                })
    test = held_out(rows)
    args.out.mkdir(parents=True, exist_ok=True)
    write_zip(args.out / "emoji.zip", rows, test)
    if args.sheet:
        sheet(args.sheet, rows, 6)
    print(len(rows), "pictures,", len(test), "of them held out;",
          len({row["code"] for row in rows}), "things;",
          len({row["subgroup"] for row in rows}), "subgroups;",
          {style: sum(row["style"] == style for row in rows) for style in STYLES})


if __name__ == "__main__":
    main()
