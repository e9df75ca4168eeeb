package io.github.fdistill.hosting;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** A version of a model that is loaded, and computes. Several calls may go on at a time. */
public interface HostedModel extends AutoCloseable {
  /** What it takes and gives, and what it says of itself. */
  LoadedModel loaded();

  /**
   * One run of its session.
   *
   * @param signature by name; there is one of this name, and the inputs are as it wants them
   * @param within TensorFlow ends it between two ops, soon after this
   * @return the outputs that were asked for
   * @throws ApiException when it cannot be computed, or is not in time
   */
  Map<String, HostTensor> run(
      String signature,
      Map<String, HostTensor> inputs,
      Collection<String> outputs,
      Duration within);

  /**
   * Images of a denoiser, by Heun's method from the noise that a student begins at.
   *
   * @param guidance 1: none
   * @param within it is ended as a run is, soon after this; not while its network is read or built,
   *     as for the first images and for each guidance
   * @return a PNG for each seed
   * @throws ApiException when it cannot be computed, or not with this guidance, or is not in time
   */
  List<byte[]> draw(long[] seeds, ConditionRows conditions, double guidance, Duration within);

  /** Whether it can be asked now: not while its process has ended, and is started again. */
  boolean running();

  /** Lets go of it, when no call is open any more. */
  @Override
  void close();

  /** Ends what is being computed, where that can be done; {@link #close} then does not wait. */
  void kill();
}
