package io.github.fdistill.imports;

import java.util.List;

/** Names of the classes of datasets that models are trained on. */
final class KnownClasses {
  static final List<String> CIFAR_10 =
      List.of(
          "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

  private KnownClasses() {}
}
