package io.github.fdistill.run;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.OptimiserConfig;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.training.Holdings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What there is to say of {@code offload}, in the settings of a run. */
final class Offload {
  private static final String FIELD = ".offload";

  private Offload() {}

  /** Where it is asked for and changes nothing, so: without a GPU. */
  static Optional<String> note(Message config) {
    return Sessions.onGpu() ? Optional.empty() : withoutGpu(config);
  }

  static Optional<String> withoutGpu(Message config) {
    List<String> asked = those(config, true);
    return asked.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.join(", ", asked)
                + " without effect: there is no GPU here, and all lies in the same memory");
  }

  /** Where not all that could be is in the host's memory: what would be less on the GPU then. */
  static Optional<Saving> saving(Message config, Holdings holdings) {
    List<String> left = those(config, false);
    long bytes = holdings.slots() + holdings.averages();
    return left.isEmpty() || bytes == 0
        ? Optional.empty()
        : Optional.of(
            Saving.of(
                "--set "
                    + left.get(0)
                    + "=true"
                    + (left.size() == 1
                        ? ""
                        : ", and so " + String.join(" and ", left.subList(1, left.size()))),
                bytes));
  }

  private static List<String> those(Message config, boolean asked) {
    return optimisers(config).entrySet().stream()
        .filter(entry -> entry.getValue().getOffload() == asked)
        .map(entry -> entry.getKey() + FIELD)
        .toList();
  }

  /** Settings of a run's optimisers, by their names. */
  static Map<String, OptimiserConfig> optimisers(Message config) {
    Map<String, OptimiserConfig> all = new LinkedHashMap<>();
    FieldDescriptor own = config.getDescriptorForType().findFieldByName("optimiser");
    all.put(own.getName(), (OptimiserConfig) config.getField(own));
    if (config instanceof DistillConfig distill) {
      all.put("fake_score.optimiser", distill.getFakeScore().getOptimiser());
      all.put("discriminator.optimiser", distill.getDiscriminator().getOptimiser());
    }
    return all;
  }
}
