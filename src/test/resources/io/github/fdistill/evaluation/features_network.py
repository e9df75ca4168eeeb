"""Writes the SavedModel features-network/ and prints what it gives for the images of `images`.

    TF_USE_LEGACY_KERAS=1 python features_network.py > features-network.properties

with the packages that measures.py names. It is as TensorFlow exports a model: resource variables,
and a signature that calls functions which call functions. One layer has the name Init, which
TensorFlow Java takes for an initialiser where it imports graphs.
"""

import os
import shutil

import numpy as np
import tensorflow as tf

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "features-network")
H, W, C, D, K = 6, 5, 3, 4, 3


class Network(tf.Module):
    def __init__(self):
        super().__init__()
        grid = np.sin(np.arange(3 * 3 * C * D, dtype=np.float64)).reshape(3, 3, C, D)
        head = np.cos(np.arange(D * K, dtype=np.float64)).reshape(D, K)
        self.kernel = tf.Variable(grid.astype(np.float32), name="InitialConv/kernel")
        self.head = tf.Variable(head.astype(np.float32), name="head")

    @tf.function
    def convolved(self, x):
        return tf.nn.relu(tf.nn.conv2d(x, self.kernel, 1, "SAME", name="InitialConv"))

    @tf.function(input_signature=[tf.TensorSpec([None, H, W, C], tf.uint8, name="images")])
    def features(self, images):
        x = tf.cast(images, tf.float32) / 127.5 - 1
        features = tf.reduce_mean(self.convolved(x), [1, 2])
        return {"features": features, "logits": features @ self.head}


def images(n):
    """Byte i of all is 37 i^2 + 11 i mod 256."""
    i = np.arange(n * H * W * C, dtype=np.int64)
    return (((37 * i * i + 11 * i) % 256).astype(np.uint8)).reshape(n, H, W, C)


network = Network()
shutil.rmtree(FOLDER, ignore_errors=True)
tf.saved_model.save(network, FOLDER, signatures={"features": network.features})
seen = network.features(images(3))
for name, values in seen.items():
    print(name + "=" + " ".join(repr(float(v)) for v in values.numpy().ravel()))
