package io.github.fdistill.client;

import io.github.fdistill.InputException;
import java.util.List;

/** A served student, over one of the two protocols. May be asked by several threads at once. */
public interface ModelClient extends AutoCloseable {

  /**
   * PNGs of the student, one for each seed.
   *
   * @param labels of each; null for a student without classes
   * @throws ServerError when the server refuses, fails or cannot be reached
   */
  List<byte[]> png(long[] seeds, int[] labels);

  @Override
  void close();

  /** An answer that is an error, or none. */
  final class ServerError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ServerError(String message, Throwable cause) {
      super(message, cause);
    }

    /** The same, as a user is told. */
    public InputException told(String server) {
      return new InputException(
          server,
          getMessage(),
          "a server that serves this model",
          "check --server and --model; ./fdistill serve MODEL starts one",
          this);
    }
  }
}
