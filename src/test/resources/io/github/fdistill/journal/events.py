"""Writes events.tfrecord: what TensorFlow's own writer and summary ops leave for a small run.

    python3 -m venv venv && venv/bin/pip install tensorflow-cpu==2.21.0 && venv/bin/python events.py

EventLogTest writes the same with EventLog. The events have no times, which alone may differ.
"""

import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event, SessionLog

SCALARS = {
    "loss/student": 0.1,
    "loss/gan": -2.5e-7,
    "ratio/mean": float("nan"),
    "grösse": float("inf"),
}
HISTOGRAM = [-1.0, 0.0, 0.0, 2.0, 3.0]


def summary_event(step, summary):
    event = Event(step=step)
    event.summary.ParseFromString(summary.numpy())
    return event


with tf.io.TFRecordWriter("events.tfrecord") as writer:
    for event in (
        Event(file_version="brain.Event:2"),
        Event(session_log=SessionLog(status=SessionLog.START)),
        summary_event(
            7, tf.raw_ops.ScalarSummary(tags=list(SCALARS), values=list(SCALARS.values()))
        ),
        summary_event(1 << 40, tf.raw_ops.HistogramSummary(tag="ratio", values=HISTOGRAM)),
    ):
        writer.write(event.SerializeToString(deterministic=True))
