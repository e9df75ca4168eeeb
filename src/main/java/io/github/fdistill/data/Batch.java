package io.github.fdistill.data;

import io.github.fdistill.condition.ConditionRows;

/**
 * Images of one training step.
 *
 * @param images [B, height, width, channels] in C order, in data units
 * @param conditions what each image is of, B rows
 */
public record Batch(float[] images, ConditionRows conditions) {
  /** What images and conditions take on the heap: each number 4 bytes. */
  long bytes() {
    long numbers = images.length;
    for (ConditionRows.Column column : conditions.columns().values()) {
      numbers += column.length();
    }
    return Float.BYTES * numbers;
  }
}
