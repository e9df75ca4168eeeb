"""Writes what a TensorFlow knows of some ops: a line for each, with its attributes.

    python tensorflow_ops.py OP... > tensorflow-2.6.txt
"""

import sys

from tensorflow.python.framework import op_def_registry

for name in sorted(sys.argv[1:]):
    op = op_def_registry.get(name)
    if op is not None:
        print(" ".join([name] + [a.name for a in op.attr]))
