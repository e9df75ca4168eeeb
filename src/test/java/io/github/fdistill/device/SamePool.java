package io.github.fdistill.device;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * TensorFlow's threads for ops are as many as the first session of a process asks for, and sums are
 * rounded by how many there are. Tests compare what one process computes with what others do, so
 * the first session of a process with tests asks for as many as that of a training run.
 */
public final class SamePool implements BeforeAllCallback {
  private static boolean asked;

  @Override
  public void beforeAll(ExtensionContext context) {
    if (!asked) {
      asked = true;
      Sessions.devices();
    }
  }
}
