"""A U-Net of diffusers as onnx2tf writes it: a frozen SavedModel of a fixed batch, images NHWC.

    python onnx2tf_unet.py FOLDER     # FOLDER/onnx2tf.zip, FOLDER/onnx2tf.properties

Made with onnx2tf 1.29.24 and what it pins (TensorFlow 2.19.0, Keras 3.15.1, onnx 1.19.1, NumPy 1.26.4), of
../../onnx/unet-ts.onnx.gz, which torch exported of a UNet2DModel of diffusers (../../onnx/make.py). Of a batch
left open onnx2tf fails at attention, so it is fixed at two rows. What it wrote is packed as it is, since names
of nodes are most of it. The properties are those of python_models.py.
"""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[0] = os.path.join(HERE, "..")  # Beside this file lies a folder jax/, which Keras would import.

import numpy as np
import python_models
import tensorflow as tf

SOURCE = os.path.join(HERE, "..", "..", "onnx", "unet-ts.onnx.gz")
SHAPES = ["sample:2,3,8,8", "timestep:2"]


class Converted:
    """What onnx2tf wrote, two rows at a time."""

    signature, output, image = "serving_default", "output_0", "sample"
    trainable_variables = ()

    def __init__(self, folder):
        self.model = tf.saved_model.load(folder)
        self.call = self.model.signatures[self.signature]

    def inputs(self):
        x = np.random.default_rng(5).normal(size=[3, 8, 8, 3]).astype(np.float32)
        return {"sample": tf.constant(x), "timestep": tf.constant([0.1, 1, 7], tf.float32)}

    def __call__(self, inputs):
        outputs = []
        for rows in ([0, 1], [2, 2]):
            two = {name: tf.stack([value[row] for row in rows]) for name, value in inputs.items()}
            outputs.append(self.call(**two)[self.output])
        return {self.output: tf.concat(outputs, 0)[:3]}


def main(folder):
    target = os.path.join(folder, "onnx2tf")
    with tempfile.TemporaryDirectory() as scratch:
        file = os.path.join(scratch, "unet.onnx")
        with gzip.open(SOURCE) as packed:
            Path(file).write_bytes(packed.read())
        made = os.path.join(scratch, "made")
        subprocess.run(["onnx2tf", "-i", file, "-o", made, "-osd", "-n", "-ois", *SHAPES], check=True)
        for lite in Path(made).glob("*.tflite"):
            lite.unlink()
        python_models.record(Converted(made), target + ".properties")
        shutil.make_archive(target, "zip", made)


if __name__ == "__main__":
    main(sys.argv[1])
