package io.github.fdistill.cli;

import io.github.fdistill.device.Placement;
import io.github.fdistill.run.DryRun;
import io.github.fdistill.run.OnGpu;
import io.github.fdistill.training.Holdings;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.tensorflow.proto.DataType;

/** {@code --explain-placement}: where a GPU would compute a step. */
record PlacementText(PrintStream out) {

  /** Names what would stay on the CPU, what would be copied between the memories, and lie there. */
  static void tell(PrintStream out, OnGpu told) {
    PlacementText text = new PlacementText(out);
    Placement placement = told.placement();
    int ops = placement.onGpu().values().stream().mapToInt(Integer::intValue).sum();
    text.line(
        "GPU:",
        ops
            + " ops of "
            + placement.onGpu().size()
            + " types have a kernel for a GPU in this TensorFlow");
    text.tellOnCpu(placement.onCpu());
    text.tellCopies(
        "fed to it", placement.copies().stream().filter(Placement.Copies::fed).toList());
    text.tellCopies("copied within a step", placement.copiesWithin());
    text.tellHeld(told.holdings());
  }

  private void line(String name, String text) {
    out.printf("%-9s %s%n", name, text);
  }

  private void tellHeld(Holdings held) {
    line(
        "",
        "held on the GPU: "
            + DryRun.mb(held.all())
            + " MB, and gradients of "
            + DryRun.mb(held.gradients())
            + " MB; by the host: "
            + DryRun.mb(held.onHost().all())
            + " MB");
  }

  private void tellOnCpu(List<Placement.OnCpu> all) {
    for (Placement.OnCpu ops : all) {
      String types = ops.types().stream().map(PlacementText::name).collect(Collectors.joining(","));
      row("on the CPU", ops.count(), ops.type() + " (" + types + ")", ops.example());
    }
  }

  private void tellCopies(String what, List<Placement.Copies> copies) {
    int count = copies.stream().mapToInt(Placement.Copies::count).sum();
    long bytes = copies.stream().mapToLong(Placement.Copies::bytes).sum();
    line("", String.format(Locale.ROOT, "%s: %d tensors, %,d bytes", what, count, bytes));
    copies.stream()
        .sorted(Comparator.comparingLong(Placement.Copies::bytes).reversed())
        .forEach(
            c ->
                row(
                    c.toGpu() ? "to the GPU" : "to the host",
                    c.count(),
                    c.from() + " (" + name(c.type()) + ") for " + c.to(),
                    c.example()));
  }

  private void row(String where, int count, String what, String example) {
    line("", String.format(Locale.ROOT, "  %-11s %5d %-40s as %s", where, count, what, example));
  }

  private static String name(DataType type) {
    return type.name().substring("DT_".length()).toLowerCase(Locale.ROOT);
  }
}
