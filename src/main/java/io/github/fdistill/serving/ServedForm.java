package io.github.fdistill.serving;

import io.github.fdistill.config.Precision;

/**
 * How a student is served.
 *
 * @param precision of its convolutions and matrix products; {@code denoise} is float32 always
 * @param constants whether its weights are constants of the graph instead of variables
 * @param rows that every batch has; {@link #ANY_ROWS}: any number
 * @param png whether there is a signature that gives PNGs
 * @param texts whether a pipeline's text encoders are in the graph: it is asked with tokens
 */
public record ServedForm(
    Precision precision, boolean constants, int rows, boolean png, boolean texts) {
  /** Batches of any number of rows. */
  public static final int ANY_ROWS = -1;

  /** A number of rows in words. */
  static String rows(long rows) {
    return rows < 0 ? "any number of rows" : "just " + rows + (rows == 1 ? " row" : " rows");
  }

  /** As training writes it. */
  static final ServedForm PLAIN = new ServedForm(Precision.FLOAT32, false, ANY_ROWS, true, true);
}
