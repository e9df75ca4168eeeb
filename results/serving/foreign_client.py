"""Asks a server through TensorFlow Serving's own Python client, and holds its images against those
that Python's TensorFlow computes from the same SavedModel.

    pip install tensorflow-cpu tensorflow-serving-api
    python foreign_client.py savedmodels/fashion-mnist-student/2 fashion-mnist-student
"""
import json
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

PATH, MODEL = sys.argv[1:3]
GRPC, REST = "127.0.0.1:8500", "http://127.0.0.1:8501"
COUNT = 256

seeds = np.arange(COUNT, dtype=np.int64)
labels = (seeds % 10).astype(np.int32)
default = tf.saved_model.load(PATH).signatures["serving_default"]
expected = default(seed=tf.constant(seeds), label=tf.constant(labels))["image"].numpy()

channel = grpc.insecure_channel(GRPC)
predictions = prediction_service_pb2_grpc.PredictionServiceStub(channel)


def request(rows, signature=""):
    asked = predict_pb2.PredictRequest()
    asked.model_spec.name = MODEL
    asked.model_spec.signature_name = signature
    asked.inputs["seed"].CopyFrom(tf.make_tensor_proto(seeds[rows]))
    asked.inputs["label"].CopyFrom(tf.make_tensor_proto(labels[rows]))
    return asked


def by_grpc(rows):
    return rows, tf.make_ndarray(predictions.Predict(request(rows), 60).outputs["image"])


def by_rest(rows):
    body = {"inputs": {"seed": seeds[rows].tolist(), "label": labels[rows].tolist()}}
    url = f"{REST}/v1/models/{MODEL}:predict"
    with urllib.request.urlopen(url, json.dumps(body).encode()) as answer:
        return rows, np.array(json.load(answer)["outputs"], np.uint8)


def by_png(rows):
    pngs = tf.make_ndarray(predictions.Predict(request(rows, "png"), 60).outputs["image_bytes"])
    return rows, np.stack([tf.io.decode_png(png).numpy() for png in pngs])


for name, ask in (("gRPC", by_grpc), ("REST", by_rest), ("gRPC, PNG", by_png)):
    rows, first = [], 0
    while first < COUNT:
        rows.append(slice(first, min(COUNT, first + 1 + len(rows) % 7)))
        first = rows[-1].stop
    with ThreadPoolExecutor(16) as clients:
        differences = [
            np.abs(image.astype(int) - expected[r].astype(int)) for r, image in clients.map(ask, rows)
        ]
    differences = np.concatenate(differences)
    print(
        f"{name}: {len(rows)} requests, {len(differences)} images, "
        f"{np.count_nonzero(differences)} of {differences.size} bytes differ, by {differences.max()} at most"
    )

metadata = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=["signature_def"])
metadata.model_spec.name = MODEL
signatures = get_model_metadata_pb2.SignatureDefMap()
predictions.GetModelMetadata(metadata, 10).metadata["signature_def"].Unpack(signatures)
print("signatures:", ", ".join(sorted(signatures.signature_def)))

status = get_model_status_pb2.GetModelStatusRequest()
status.model_spec.name = MODEL
for version in model_service_pb2_grpc.ModelServiceStub(channel).GetModelStatus(status, 10).model_version_status:
    print("version", version.version, get_model_status_pb2.ModelVersionStatus.State.Name(version.state))

wrong = request(slice(0, 1))
wrong.inputs["seed"].CopyFrom(tf.make_tensor_proto(np.zeros(1, np.float32)))
nowhere = request(slice(0, 1))
nowhere.model_spec.name = "nowhere"
for asked in (wrong, nowhere, request(slice(0, 1), "none")):
    try:
        predictions.Predict(asked, 10)
        raise SystemExit("an error was expected")
    except grpc.RpcError as error:
        print(error.code().name + ":", error.details())
