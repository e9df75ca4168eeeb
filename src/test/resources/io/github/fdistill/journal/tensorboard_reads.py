"""Prints what TensorBoard reads in a folder of events; stops at a curve that is not clean.

    python3 -m venv venv && venv/bin/pip install tensorboard==2.21.0 'setuptools<81'
    venv/bin/python tensorboard_reads.py runs/NAME/events

Run by hand, on what EventLog wrote: it is no part of the build.
"""

import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.backend.event_processing.io_wrapper import ListDirectoryAbsolute

folder = sys.argv[1]
events = [e for path in sorted(ListDirectoryAbsolute(folder)) for e in EventFileLoader(path).Load()]
read = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0, "images": 0})
read.Reload()
tags = read.Tags()
print(len(events), "events;", {kind: found for kind, found in tags.items() if found})

for tag in tags["scalars"]:
    points = [(e.step, round(e.value, 6)) for e in read.Scalars(tag)]
    steps = [step for step, _ in points]
    assert steps == sorted(set(steps)), f"{tag}: a step stands there twice, or out of order"
    print("scalar", tag, len(points), "points:", points[:3], "...", points[-1])
for tag in tags["histograms"]:
    for e in read.Histograms(tag):
        h = e.histogram_value
        assert sum(h.bucket) == h.num, f"{tag}: buckets do not add up"
        print("histogram", tag, e.step, "min", h.min, "max", h.max, "num", h.num, "sum", h.sum)
for tag in tags["images"]:
    for e in read.Images(tag):
        assert e.encoded_image_string.startswith(b"\x89PNG"), f"{tag}: no PNG"
        print("image", tag, e.step, e.height, "x", e.width, len(e.encoded_image_string), "bytes")
