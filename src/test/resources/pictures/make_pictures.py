"""Makes the files beside it with Pillow and NumPy, an independent record of what they mean.

    pip install numpy==2.4.6 pillow==13.0.0 && python make_pictures.py

One picture of 7 x 9 pixels is written in many formats. NAME.npy holds the levels, [1,7,9,C] uint8,
that Pillow reads from NAME, where ours may differ (JPEG) or where the file is not made from the
picture as it is. resized-*.npy hold it resized by Pillow in floating point, in data units. forms/ has it in forms that
are read, changed/ what has to be turned, laid on white or converted first, and what Pillow makes of
it.
"""

import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

HEIGHT, WIDTH = 7, 9


def picture():
    """Smooth ramps with some noise: the corners are black, red, green and white."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = 255 * x / (WIDTH - 1)
    green = 255 * y / (HEIGHT - 1)
    blue = np.minimum(red, green)
    noise = np.random.default_rng(7).integers(-40, 41, (HEIGHT, WIDTH, 3))
    return np.clip(np.stack([red, green, blue], -1) + noise, 0, 255).round().astype(np.uint8)


def save_levels(name, levels):
    np.save(name + ".npy", levels.reshape(1, HEIGHT, WIDTH, -1))


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(header_depth, colour_type, rows, *extra):
    """A PNG by hand, for what Pillow does not write; rows hold packed samples."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, header_depth, colour_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(extra)
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def grey_of_four_bits(levels):
    """Levels in steps of 17, two samples in a byte."""
    nibbles = levels // 17
    padded = np.pad(nibbles, ((0, 0), (0, WIDTH % 2)))
    return [bytes(row[0::2] << 4 | row[1::2]) for row in padded]


def without(data, marker):
    """A JPEG without its segments of that marker."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0] + 2
        if data[at + 1] != marker:
            out += data[at : at + length]
        at += length
    return out + data[at:]


def pngs(colour, grey):
    Image.fromarray(colour).save("colour.png")
    Image.fromarray(grey).save("grey.png")
    # A gamma that a reader must not apply.
    gamma = chunk(b"gAMA", struct.pack(">I", 100000))
    open("gamma.png", "wb").write(png(8, 0, [bytes(row) for row in grey], gamma))
    palette = Image.fromarray(colour).quantize(16)
    palette.save("palette.png", bits=4)
    save_levels("palette.png", np.asarray(palette.convert("RGB")))
    black_white = Image.fromarray(grey).convert("1")
    black_white.save("black-white.png")
    save_levels("black-white.png", np.asarray(black_white.convert("L")))
    open("four-bits.png", "wb").write(png(4, 0, grey_of_four_bits(grey)))
    save_levels("four-bits.png", grey // 17 * 17)
    Image.fromarray(grey.astype(np.uint16) * 257).save("sixteen-bits.png")
    opaque = np.full((HEIGHT, WIDTH, 1), 255, np.uint8)
    Image.fromarray(np.concatenate([colour, opaque], -1)).save("alpha.png")
    Image.fromarray(np.concatenate([grey[..., None], opaque], -1)).save("grey-alpha.png")
    open("grey-key.png", "wb").write(
        png(8, 0, [bytes(row) for row in grey], chunk(b"tRNS", struct.pack(">H", 3))))


def jpegs(colour, grey):
    image = Image.fromarray(colour)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save("turned.jpg", quality=95, exif=exif)
    exif.endian = "<"
    image.save("turned.png", exif=exif)
    exif[0x0112] = 1
    image.save("upright.jpg", quality=95, exif=exif)
    image.save("subsampled.jpg", quality=95, subsampling="4:2:0")
    image.save("progressive.jpeg", quality=95, subsampling="4:4:4", progressive=True)
    image.save("rgb.jpg", quality=95, keep_rgb=True)
    Image.fromarray(grey).save("grey.jpg", quality=95)
    image.convert("CMYK").save("cmyk.jpg", quality=95)
    # Neither JFIF nor Adobe says what the channels are: libjpeg takes them for YCbCr.
    whole = open("progressive.jpeg", "rb").read()
    open("bare.jpg", "wb").write(without(whole, 0xE0))
    for name in ["upright.jpg", "subsampled.jpg", "progressive.jpeg", "rgb.jpg", "grey.jpg",
                 "bare.jpg"]:
        save_levels(name, np.asarray(Image.open(name)))


def with_extra_samples(data, what):
    """A TIFF of Pillow's whose fourth sample is said to be another: 0 unspecified, 1 multiplied."""
    said = struct.pack("<HHIHH", 338, 3, 1, 2, 0)
    assert data.count(said) == 1
    return data.replace(said, struct.pack("<HHIHH", 338, 3, 1, what, 0))


def save_read(name):
    """What Pillow reads, as levels."""
    image = Image.open(name)
    save_levels(name, np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB")))


def forms(colour, grey):
    """Forms beside PNG and JPEG, in every kind that holds the picture as it is."""
    os.makedirs("forms", exist_ok=True)
    image, dark = Image.fromarray(colour), Image.fromarray(grey)
    palette = image.quantize(16)
    opaque = np.dstack([colour, np.full((HEIGHT, WIDTH, 1), 255, np.uint8)])
    made = {
        "lossless.webp": (image, dict(lossless=True)),
        "lossy.webp": (image, dict(quality=90)),
        "opaque.webp": (Image.fromarray(opaque), dict(lossless=True, exact=True)),
        "colours.gif": (palette, {}),
        "grey.gif": (dark, {}),
        "colour.bmp": (image, {}),
        "grey.bmp": (dark, {}),
        "palette.bmp": (palette, {}),
        "black-white.bmp": (dark.convert("1"), {}),
        "colour.tif": (image, {}),
        "grey.tif": (dark, dict(compression="tiff_lzw")),
        "deflated.tiff": (image, dict(compression="tiff_adobe_deflate")),
        "palette.tif": (palette, {}),
        "black-white.tif": (dark.convert("1"), dict(compression="group4")),
        "opaque.tif": (Image.fromarray(opaque), {}),
    }
    for name, (picture, how) in made.items():
        picture.save("forms/" + name, **how)
        save_read("forms/" + name)
    plain = open("forms/opaque.tif", "rb").read()
    assert plain.count(opaque.tobytes()) == 1
    more = np.dstack([colour, grey]).tobytes()
    open("forms/more.tif", "wb").write(
        with_extra_samples(plain.replace(opaque.tobytes(), more), 0))
    save_read("forms/more.tif")
    frames = [image.quantize(16), image.rotate(180).quantize(16)]
    frames[0].save("forms/two-frames.gif", save_all=True, append_images=frames[1:])
    save_read("forms/two-frames.gif")


def tiff_note(order, kind, value):
    """Exif with an orientation and nothing else; kind 1 is BYTE, 3 SHORT, 4 LONG."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    field = {1: "B3x", 3: "H2x", 4: "I"}[kind]
    entry = struct.pack(order + "HHI" + field, 0x0112, kind, 1, value)
    return start + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def with_segment(data, marker, body):
    return data[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + data[2:]


def changed(colour, grey):
    """What is not read as it is, and what Pillow makes of it."""
    os.makedirs("changed", exist_ok=True)
    image = Image.fromarray(colour)

    def save_upright(name):
        save = np.asarray(ImageOps.exif_transpose(Image.open("changed/" + name)))
        np.save("changed/" + name + ".npy", save.reshape(1, *save.shape[:2], -1))

    # Each orientation, in a PNG; and 6 wherever it may stand.
    for number in range(2, 9):
        name = f"turned-{number}.png"
        image.save("changed/" + name, exif=tiff_note(">", 3, number))
        save_upright(name)
    plain = open("upright.jpg", "rb").read()
    plain = without(plain, 0xE1)
    for order in "<>":
        for kind in (1, 3, 4):
            name = f"turned-{'little' if order == '<' else 'big'}-{kind}.jpg"
            note = b"Exif\0\0" + tiff_note(order, kind, 6)
            open("changed/" + name, "wb").write(with_segment(plain, 0xE1, note))
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    open("changed/turned-xmp.jpg", "wb").write(with_segment(plain, 0xE1, packet))
    profile = tiff_note(">", 3, 6)
    digits = (b"Exif\0\0" + profile).hex()
    text = f"\nexif\n{len(profile) + 6:8d}\n{digits}\n".encode()
    raw = b"Raw profile type exif\0"
    rows = [row.tobytes() for row in colour]
    for name, part in {
        "turned-text.png": chunk(b"tEXt", raw + text),
        "turned-ztext.png": chunk(b"zTXt", raw + b"\0" + zlib.compress(text)),
        "turned-itext.png": chunk(b"iTXt", raw + b"\1\0\0\0" + zlib.compress(text)),
        "turned-xmp.png": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
    }.items():
        open("changed/" + name, "wb").write(png(8, 2, rows, part))
    image.save("changed/turned.webp", lossless=True, exif=tiff_note("<", 3, 6))
    image.save("changed/turned.tif", tiffinfo={274: 6})
    # 16 bits, CMYK, and what is seen through, on white.
    np.save("changed/sixteen-bits.npy", grey.reshape(1, HEIGHT, WIDTH, 1))
    cmyk = Image.open("cmyk.jpg").convert("RGB")
    np.save("changed/cmyk.npy", np.asarray(cmyk)[None])
    inks = open("cmyk.jpg", "rb").read()
    adobe = inks.index(b"Adobe") + 11
    open("changed/adobe-1.jpg", "wb").write(inks[:adobe] + b"\1" + inks[adobe + 1 :])
    other = Image.open("changed/adobe-1.jpg").convert("RGB")
    np.save("changed/adobe-1.npy", np.asarray(other)[None])
    Image.fromarray(np.dstack([colour, grey]), "CMYK").save("changed/inks.tif")
    save_levels("changed/inks.tif", np.asarray(Image.open("changed/inks.tif").convert("RGB")))
    alpha = np.linspace(0, 255, HEIGHT * WIDTH).round().astype(np.uint8).reshape(HEIGHT, WIDTH, 1)
    for name, levels in {"rgba": np.dstack([colour, alpha]),
                         "grey-alpha": np.concatenate([grey[..., None], alpha], -1)}.items():
        Image.fromarray(levels).save(f"changed/{name}.png")
    Image.fromarray(np.dstack([colour, alpha])).save("changed/rgba.webp", lossless=True, exact=True)
    Image.fromarray(np.dstack([colour, alpha])).save("changed/rgba.tif")
    multiplied = (colour * (alpha / 255)).round().astype(np.uint8)
    Image.fromarray(np.dstack([multiplied, alpha])).save("changed/multiplied.tif")
    plain = open("changed/multiplied.tif", "rb").read()
    open("changed/multiplied.tif", "wb").write(with_extra_samples(plain, 1))
    sixteen = np.dstack([colour, alpha]).astype(">u2") * 257
    open("changed/rgba-16.png", "wb").write(png(16, 6, [r.tobytes() for r in sixteen]))
    rows = [row.tobytes() for row in grey]
    key = chunk(b"tRNS", struct.pack(">H", int(grey[3, 4])))
    open("changed/key.png", "wb").write(png(8, 0, rows, key))
    nibbles = chunk(b"tRNS", struct.pack(">H", int(grey[3, 4] // 17)))
    open("changed/key-4.png", "wb").write(png(4, 0, grey_of_four_bits(grey), nibbles))
    image.quantize(16).save("changed/palette.png", transparency=3)
    image.quantize(16).save("changed/palette.gif", transparency=3)
    for name in ["rgba.png", "grey-alpha.png", "rgba.webp", "rgba.tif", "multiplied.tif",
                 "key.png", "palette.png", "palette.gif"]:
        on_white = Image.new("RGBA", (WIDTH, HEIGHT), "white")
        on_white.alpha_composite(Image.open("changed/" + name).convert("RGBA"))
        shade = name in ("grey-alpha.png", "key.png")
        save_levels("changed/" + name, np.asarray(on_white.convert("RGB"))[..., :1 if shade else 3])


def bmp_of_five_bits(colour, green=5):
    """A BMP of 16 bits a pixel, by hand: 5 for red and blue, 5 or 6 for green, which masks say."""
    red, greens, blue = np.moveaxis(colour[::-1].astype("<u2"), -1, 0)
    rows = (red // 8) << (5 + green) | (greens >> (8 - green)) << 5 | blue // 8
    data = b"".join(row.tobytes() + bytes(-len(row.tobytes()) % 4) for row in rows)
    masks = struct.pack("<III", 0xF800, 0x7E0, 0x1F) if green == 6 else b""
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 16, 3 if masks else 0, len(data),
                         0, 0, 0, 0) + masks
    start = 14 + len(header)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + data


def tiff(bits, kind, data, *entries):
    """A TIFF by hand, of one sample a pixel: kind 1 is grey, 3 a palette."""
    entries = [(256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 1, bits), (259, 3, 1, 1),
               (262, 3, 1, kind), (273, 4, 1, 8), (278, 4, 1, HEIGHT), (279, 4, 1, len(data)),
               *entries]
    end = 8 + len(data)
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\0" + struct.pack("<I", end) + data
            + struct.pack("<H", len(entries)) + table + bytes(4))


def few_bits(colour, grey):
    """Of fewer than 8 bits a pixel, or of 16 that may be below 0."""
    rows = np.packbits(grey > 127, axis=1).tobytes()
    colours = np.array([200, 10, 30, 250, 60, 5], "<u2") * 256  # Reds, greens, blues of two.
    at = 8 + len(rows)  # The palette follows the pixels, and the directory that.
    open("forms/two-colours.tif", "wb").write(
        tiff(1, 3, rows + colours.tobytes(), (320, 3, 6, at)))
    open("forms/grey-4.tif", "wb").write(tiff(4, 1, b"".join(grey_of_four_bits(grey))))
    open("forms/five-bits.bmp", "wb").write(bmp_of_five_bits(colour))
    open("forms/five-six-five.bmp", "wb").write(bmp_of_five_bits(colour, 6))
    for name in ["two-colours.tif", "grey-4.tif", "five-bits.bmp", "five-six-five.bmp"]:
        save_read("forms/" + name)
    signed = (grey.astype("<i2") - 128) * 256
    open("changed/signed.tif", "wb").write(tiff(16, 1, signed.tobytes(), (339, 3, 1, 2)))


def odd_jpegs(colour):
    """What says nothing of the pixels is odd; Pillow reads them all."""
    os.makedirs("odd", exist_ok=True)
    plain = open("subsampled.jpg", "rb").read()
    icc = b"ICC_PROFILE\0" + bytes([1, 2]) + bytes(20)
    odd = {
        "icc-of-two.jpg": with_segment(plain, 0xE2, icc),
        "bytes-before-end.jpg": plain[:-2] + b"\x11\x22" + plain[-2:],
        "bytes-after-end.jpg": plain + b"more",
        "bytes-between.jpg": plain[:20] + b"\0\x11" + plain[20:],
        "fill-bytes.jpg": plain[:2] + b"\xff\xff" + plain[2:],
        "empty-app.jpg": with_segment(plain, 0xEB, b""),
        "short-exif.jpg": with_segment(plain, 0xE1, b"Exif\0\0MM"),
        "two-jfif.jpg": with_segment(plain, 0xE0, plain[6:20]),
        "bad-jfxx.jpg": with_segment(plain, 0xE0, b"JFXX\0\x10bad"),
        "two-pictures.jpg": plain + plain,
    }
    scan = plain.index(b"\xff\xda")
    odd["scan-of-none.jpg"] = plain[: scan + 11] + bytes(3) + plain[scan + 14 :]
    odd["jfif-2.jpg"] = plain[:11] + b"\2" + plain[12:]
    for code in (2, 255):
        adobe = b"Adobe\0\x64\0\0\0\0" + bytes([code])
        odd[f"adobe-{code}.jpg"] = with_segment(without(plain, 0xE0), 0xEE, adobe)
    for name, data in odd.items():
        open("odd/" + name, "wb").write(data)
        read = np.asarray(Image.open("odd/" + name))
        assert (read == np.asarray(Image.open("subsampled.jpg"))).all(), name


def resized(colour):
    """Each channel by itself as float32, which Pillow neither rounds nor clips."""
    def resize(plane, height, width):
        image = Image.fromarray((plane / np.float32(127.5) - 1).astype(np.float32))
        return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))
    for height, width in [(3, 4), (20, 31), (4, 30), (7, 5)]:
        planes = [resize(colour[..., c].astype(np.float32), height, width) for c in range(3)]
        np.save(f"resized-{height}x{width}.npy", np.stack(planes, -1)[None])


def arrays(colour, grey):
    """How NumPy itself writes what is read and what is refused."""
    units = (colour / np.float32(127.5) - 1).astype(np.float32)[None]
    np.save("array-float32.npy", units)
    with open("array-version-2.npy", "wb") as file:
        np.lib.format.write_array(file, grey[None], version=(2, 0))
    np.save("array-fortran.npy", np.asfortranarray(units))
    np.save("array-big-endian.npy", units.astype(">f4"))
    np.save("array-float64.npy", units.astype(np.float64))
    np.save("array-int64.npy", grey[None].astype(np.int64))
    np.save("array-structured.npy", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
    np.savez("array.npz", units)


if __name__ == "__main__":
    COLOUR = picture()
    GREY = np.ascontiguousarray(COLOUR[..., 1])
    np.save("colour.npy", COLOUR[None])
    np.save("grey.npy", GREY[None, ..., None])
    pngs(COLOUR, GREY)
    jpegs(COLOUR, GREY)
    forms(COLOUR, GREY)
    changed(COLOUR, GREY)
    few_bits(COLOUR, GREY)
    odd_jpegs(COLOUR)
    resized(COLOUR)
    arrays(COLOUR, GREY)
