package io.github.fdistill.onnx;

import org.tensorflow.proto.DataType;

/** A tensor of ONNX: numbers that are known already, or numbers that flow when the network runs. */
sealed interface Value permits Known, Flow {

  DataType type();

  /** Its sizes. What is negative grows with the batch: -c is c times the number of images. */
  long[] shape();

  default int rank() {
    return shape().length;
  }
}
