"""Makes the files beside it with Pillow and NumPy, an independent record of what they mean.

    pip install numpy==2.4.6 pillow==13.0.0 && python make_pictures.py

One picture of 7 x 9 pixels is written in many formats. NAME.npy holds the levels, [1,7,9,C] uint8,
that Pillow reads from NAME, where ours may differ (JPEG) or where the file is not made from the
picture as it is. resized-*.npy hold it resized by Pillow in floating point, in data units.
"""

import struct
import zlib

import numpy as np
from PIL import Image

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
    resized(COLOUR)
    arrays(COLOUR, GREY)
