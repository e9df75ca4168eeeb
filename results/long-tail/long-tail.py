# The long-tailed set: of class k the first 6000 / 100^(k/9) images, 6000 T-shirts to 60 ankle boots.
# Run beside datasets/, after the two commands of the page; needs numpy.
import numpy as np

images = np.load("datasets/fashion-mnist-14.npy")
labels = np.load("datasets/fashion-mnist-14.labels.npy")
kept = np.sort(np.concatenate(
    [np.flatnonzero(labels == k)[: round(6000 / 100 ** (k / 9))] for k in range(10)]))
np.save("datasets/long-tail.npy", images[kept])
np.save("datasets/long-tail.labels.npy", labels[kept])
