"""How much images vary within their class, beside the training images of Fashion-MNIST.

For each class, the principal components of its training images; along them, the variance of the
given images over that of the training images, summed over bands of components. Means over classes.

    ./fdistill sample savedmodels/fashion-mnist-student --seeds 0-199 --out student.npy
    python results/fashion-mnist/variance.py student.npy
"""

import gzip
import sys

import numpy as np

BANDS = [(0, 3), (3, 8), (8, 20), (20, 50), (50, 120), (120, 784)]


def idx(path, header):
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def bands(images, labels, real, real_labels):
    shares = []
    for label in range(10):
        of_class = real[real_labels == label]
        variances, components = np.linalg.eigh(np.cov(of_class.T))
        variances, components = variances[::-1], components[:, ::-1]
        mine = np.var((images[labels == label] @ components), axis=0, ddof=1)
        shares.append([mine[a:b].sum() / variances[a:b].sum() for a, b in BANDS])
    return np.mean(shares, axis=0)


def main():
    folder = "datasets/fashion-mnist/train-"
    real = idx(folder + "images-idx3-ubyte.gz", 16).reshape(-1, 784) / 127.5 - 1
    real_labels = idx(folder + "labels-idx1-ubyte.gz", 8)
    print("components", *(f"{a + 1}-{b}" for a, b in BANDS))
    for path in sys.argv[1:]:
        images = np.load(path).reshape(-1, 784)
        labels = np.load(path.removesuffix(".npy") + ".labels.npy")
        print(path, *(f"{share:.2f}" for share in bands(images, labels, real, real_labels)))


main()
