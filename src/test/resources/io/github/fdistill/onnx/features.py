"""Records in features.npz what ONNX Runtime's features of classifier-ts.onnx are of pictures of bytes.

python features.py: torch 2.15.0, onnxruntime 1.32.0, numpy 2.4. "own" is of the network's own size, its
pixels by ImageNet's means and deviations; "larger" is resized to it by PyTorch with antialiasing, from
-1 to 1. Pictures are [N,H,W,C], numbers from 0 to 255.
"""

import gzip, os
import numpy as np
import onnxruntime, torch

HERE = os.path.dirname(os.path.abspath(__file__))
with gzip.open(os.path.join(HERE, "classifier-ts.onnx.gz")) as file:
    session = onnxruntime.InferenceSession(file.read())
random = np.random.default_rng(0)


def features(x):
    return session.run(["features"], {session.get_inputs()[0].name: x.astype(np.float32)})[0]


own = random.integers(0, 256, (2, 32, 32, 3)).astype(np.float32)
larger = random.integers(0, 256, (2, 44, 40, 3)).astype(np.float32)
first = (own / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
second = torch.nn.functional.interpolate(
    torch.from_numpy(larger.transpose(0, 3, 1, 2)), size=(32, 32), mode="bilinear", antialias=True).numpy()
np.savez_compressed(
    os.path.join(HERE, "features.npz"),
    **{"own": own, "own.features": features(first.transpose(0, 3, 1, 2)),
       "larger": larger, "larger.features": features(second / 127.5 - 1)})
