"""SavedModels that Python's TensorFlow made, and what Python says of them.

    python python_models.py FOLDER        # FOLDER/nested/, FOLDER/nested.properties, ...

Made with TensorFlow 2.21.0. The properties hold, for inputs x, sigma and label that are written
there too: the signature's output, the gradient by x of loss = sum(denoised * weight), with weight
= cos(0, 1, 2, ...), and for each variable, in the order of their sizes and values, its number of
elements, the sum of gradient * value, and the sum of squares of the gradient.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf


class Nested(tf.Module):
    """Functions within functions, swish with its custom gradient, a gather from a variable."""

    def __init__(self):
        super().__init__()
        self.first = tf.Variable(tf.random.stateless_normal([3, 3, 1, 8], [1, 2]) * 0.3)
        self.last = tf.Variable(tf.random.stateless_normal([3, 3, 8, 1], [1, 3]) * 0.2)
        self.embedding = tf.Variable(tf.random.stateless_normal([4, 8], [1, 4]) * 0.5)
        self.gain = tf.Variable([0.5, 1.5], name="gain")

    @tf.function
    def convolution(self, x, kernel):
        return tf.nn.conv2d(x, kernel, 1, "SAME")

    @tf.function
    def halves(self, h):
        return tf.split(h, 2, axis=-1)

    @tf.function
    def body(self, x, noise, label):
        h = self.convolution(x, self.first) + tf.gather(self.embedding, label)[:, None, None, :]
        a, b = self.halves(h + noise)
        h = tf.concat([tf.nn.silu(b) * self.gain[1], tf.ensure_shape(tf.tanh(a), [None, 8, 8, 4])], -1)
        return self.convolution(h, self.last) * self.gain[0]

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 8, 8, 1], tf.float32, name="x"),
            tf.TensorSpec([None], tf.float32, name="sigma"),
            tf.TensorSpec([None], tf.int32, name="label"),
        ]
    )
    def denoise(self, x, sigma, label):
        s = sigma[:, None, None, None]
        f = self.body(x / tf.sqrt(s**2 + 0.25), tf.math.log(s) / 4, label)
        if tf.constant(True):
            f = f + tf.round(f) * 0.0
        return {"denoised": x * 0.25 / (s**2 + 0.25) + f * s * 0.5 / tf.sqrt(s**2 + 0.25)}


def record(model, file):
    random = np.random.default_rng(5)
    x = tf.constant(random.normal(size=[3, 8, 8, 1]).astype(np.float32))
    sigma = tf.constant([0.1, 1.0, 7.0])
    label = tf.constant([2, 0, 3])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        denoised = model.denoise(x, sigma, label)["denoised"]
        weight = tf.reshape(tf.cos(tf.range(tf.size(denoised), dtype=tf.float32)), denoised.shape)
        loss = tf.reduce_sum(denoised * weight)
    lines = {"x": x, "sigma": sigma, "label": label, "denoised": denoised, "x_gradient": tape.gradient(loss, x)}
    variables = []
    for variable in model.trainable_variables:
        g = tf.convert_to_tensor(tape.gradient(loss, variable))
        variables.append([tf.size(variable).numpy(), tf.reduce_sum(g * variable).numpy(), tf.reduce_sum(g * g).numpy()])
    variables.sort()
    with open(file, "w") as out:
        out.write(f"# python_models.py with TensorFlow {tf.__version__}\n")
        for name, value in lines.items():
            out.write(f"{name}={' '.join(repr(float(v)) for v in np.ravel(value))}\n")
        out.write(f"variables={' '.join(repr(float(v)) for row in variables for v in row)}\n")


def main(folder):
    for name, model in {"nested": Nested()}.items():
        version = os.path.join(folder, name, "1")
        tf.saved_model.save(model, version, signatures={"denoise": model.denoise})
        record(model, os.path.join(folder, name + ".properties"))


if __name__ == "__main__":
    main(sys.argv[1])
