package io.github.fdistill.network;

import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Processor;
import io.github.fdistill.device.Sessions;
import java.io.IOException;
import java.nio.file.Path;

/** The precision that a network runs in, where that was left to the machine. */
public final class ChosenPrecision {
  private ChosenPrecision() {}

  /**
   * What was asked for; of AUTO bfloat16 on a GPU and on a processor that multiplies in it by
   * itself, else float32: a processor that emulates bfloat16 is several times slower in it.
   */
  public static Precision of(Precision asked) {
    if (asked != Precision.AUTO) {
      return asked;
    }
    return Sessions.onGpu() || processorHasBfloat16() ? Precision.BFLOAT16 : Precision.FLOAT32;
  }

  private static boolean processorHasBfloat16() {
    try {
      return Processor.read(Path.of("/")).filter(Processor::hasBfloat16).isPresent();
    } catch (IOException e) {
      return false;
    }
  }
}
