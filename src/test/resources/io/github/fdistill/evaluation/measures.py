"""Writes measures.properties: what published programs find for two sets of vectors.

    python3 -m venv venv
    venv/bin/pip install tensorflow-cpu==2.21.0 scipy==1.17.1 scikit-learn==1.9.1
    venv/bin/pip install --no-deps prdc==0.2 tensorflow-gan==2.1.0 \\
        tensorflow-probability tensorflow-hub tf-keras dm-tree decorator
    TF_USE_LEGACY_KERAS=1 venv/bin/python measures.py > measures.properties

FID and KID: TF-GAN (Apache-2.0) and, beside it, scipy's matrix square root and scikit-learn's
polynomial kernel. Precision, recall, density, coverage: prdc (MIT), by the authors of density and
coverage. The vectors are made by `vectors`, which Recorded.java repeats bit by bit.
"""

import contextlib
import sys

import numpy as np
import scipy.linalg
import scipy.stats
import sklearn.metrics.pairwise
import tensorflow as tf
from prdc import compute_prdc


class Absent(type):
    """TF-GAN is older than TensorFlow 2.21, and asks for tf.estimator where it is imported."""

    def __getattr__(cls, name):
        return Absent(name, (object,), {})


tf.estimator = tf.compat.v1.estimator = Absent("estimator", (object,), {})
import tensorflow_gan as tfgan  # noqa: E402


def vectors(seed, n, d, scale, offset):
    """Correlated vectors from the generator state = 48271 state mod 2^31 - 1; float32 [n,d]."""
    state = seed
    rows = np.zeros([n, d], np.float32)
    for i in range(n):
        value = 0.0
        for j in range(d):
            total = 0.0
            for _ in range(4):
                state = state * 48271 % 2147483647
                total += state / 2147483647.0
            value = 0.6 * value + (total - 2.0)
            rows[i, j] = offset + scale * value
    return rows


def frechet(a, b):
    """By scipy's square root of the product of the covariances."""
    s, t = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(s @ t).real
    delta = a.mean(axis=0) - b.mean(axis=0)
    return delta @ delta + np.trace(s) + np.trace(t) - 2 * np.trace(root)


def kernel(x, y):
    """The unbiased MMD^2 with scikit-learn's kernel, which is (x.y / d + 1)^3 by default."""
    k = sklearn.metrics.pairwise.polynomial_kernel
    m = len(x)
    off = ~np.eye(m, dtype=bool)
    return k(x, x)[off].mean() + k(y, y)[off].mean() - 2 * k(x, y).mean()


def main():
    reference = vectors(1, 400, 16, 1.0, 0.0)
    samples = vectors(2, 250, 16, 0.9, 0.2)
    x, y = reference.astype(np.float64), samples.astype(np.float64)
    a, b = tf.constant(x), tf.constant(y)
    found = {
        "frechet.tfgan": float(tfgan.eval.frechet_classifier_distance_from_activations(a, b)),
        "frechet.scipy": frechet(x, y),
        "kernel.tfgan": float(
            tfgan.eval.kernel_classifier_distance_from_activations(a[:250], b, max_block_size=250)
        ),
        "kernel.sklearn": kernel(x[:250], y),
    }
    for k in (3, 5):
        with contextlib.redirect_stdout(sys.stderr):
            prdc = compute_prdc(reference, samples, nearest_k=k)
        found.update({f"{name}.{k}": value for name, value in prdc.items()})
    for freedom in (1, 2, 3, 4, 9, 10, 30, 99):
        found[f"student.{freedom}"] = float(scipy.stats.t.ppf(0.975, freedom))
    for name, value in found.items():
        print(f"{name}={float(value)!r}")


main()
