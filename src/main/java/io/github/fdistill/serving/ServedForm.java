package io.github.fdistill.serving;

import io.github.fdistill.config.Precision;

/**
 * How a student is served.
 *
 * @param precision of its convolutions and matrix products; {@code denoise} is float32 always
 * @param constants whether its weights are constants of the graph instead of variables
 * @param rows that every batch has; -1: any number
 */
public record ServedForm(Precision precision, boolean constants, int rows) {
  /** As training writes it. */
  static final ServedForm PLAIN = new ServedForm(Precision.FLOAT32, false, -1);
}
