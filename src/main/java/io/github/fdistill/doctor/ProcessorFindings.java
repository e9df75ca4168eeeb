package io.github.fdistill.doctor;

import io.github.fdistill.device.OneDnn;
import io.github.fdistill.device.Processor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the processor can do that matters here. */
record ProcessorFindings(Processor processor) {
  /** What oneDNN, TensorFlow's library for matrices and convolutions, chooses its code by. */
  private static final List<String> FEATURES =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16");

  /** Of those that oneDNN has code for, the ones that it has. */
  Finding features(String architecture) {
    String has =
        FEATURES.stream()
            .filter(processor.flags()::contains)
            .map(flag -> flag.toUpperCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    String text = (processor.name().isEmpty() ? architecture : processor.name()) + ": " + has;
    return architecture.endsWith("x86_64") && !processor.flags().contains("avx2")
        ? Finding.warning(
            "processor",
            text + (has.isEmpty() ? "not even AVX2" : ""),
            "expect slow training; virtual machines can hide what their host has")
        : Finding.found("processor", text);
  }

  /** Whether it multiplies in bfloat16 by itself. */
  Finding bfloat16() {
    return Finding.found(
        "bfloat16",
        processor.hasBfloat16()
            ? "native on this processor: trainings take it"
            : "emulated on this processor: trainings on it take float32, which is faster");
  }

  /** Whether TensorFlow takes oneDNN; nothing where it has none, as for ARM and without AVX2. */
  Optional<Finding> oneDnn(Map<String, String> environment) {
    if (!processor.flags().contains("avx2")) {
      return Optional.empty();
    }
    String found = OneDnn.VARIABLE + "=" + environment.get(OneDnn.VARIABLE);
    return Optional.of(
        OneDnn.isTaken(processor, environment)
            ? Finding.found("oneDNN", "TensorFlow takes its convolutions and products")
            : Finding.warning(
                "oneDNN",
                environment.containsKey(OneDnn.VARIABLE) ? found : "left out by TensorFlow",
                "export " + OneDnn.VARIABLE + "=" + OneDnn.ON + ", or training is slower"));
  }
}
