package io.github.fdistill.inspect;

import io.github.fdistill.Shown;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.StudentSampler;
import io.github.fdistill.graph.FunctionTree;
import io.github.fdistill.graph.Obstacle;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.graph.WholeAttention;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * An inspection for people.
 *
 * @param all whether every variable, function, candidate and obstacle is listed, or the first ones
 */
public record InspectionText(Inspection inspection, boolean all) {
  private static final int FEW = 8;

  /** Lines, each with a line break. */
  public String lines() {
    StringBuilder text = new StringBuilder();
    text.append(Shown.name(inspection.folder().toString())).append("\n");
    String by = inspection.writtenBy();
    line(
        text,
        0,
        "written with",
        by.isEmpty() ? "an unnamed TensorFlow" : "TensorFlow " + Shown.name(by));
    line(text, 0, "tags", Shown.name(String.join(", ", inspection.tags())));
    line(text, 0, "denoiser", denoiser());
    if (!inspection.parts().isEmpty()) {
      line(text, 0, "pipeline", Shown.text(String.join("\n", inspection.parts())));
    }
    inspection.notes().forEach(note -> line(text, 0, "note", note));
    inspection.signatures().forEach(signature -> signature(text, signature));
    functions(text);
    return text.toString();
  }

  private static void line(StringBuilder text, int level, String label, String value) {
    String indent = "  ".repeat(level);
    String wrapped = value.strip().replace("\n", "\n" + " ".repeat(16));
    text.append(
        String.format(
            Locale.ROOT, "%s%-" + (16 - indent.length()) + "s%s%n", indent, label, wrapped));
  }

  private String denoiser() {
    if (inspection.denoiser().isEmpty()) {
      return "no: " + inspection.notDenoiser();
    }
    DenoiserInfo info = inspection.denoiser().get();
    int classes = info.getClasses();
    String some = classes > 0 ? classes + " classes" : classes == 0 ? "no label" : "a label";
    String none = classes == 0 ? "no text" : "no class";
    String labels = info.getLearntNoClass() ? some : some + " (\"" + none + "\" was not learnt)";
    String noise =
        String.format(
            Locale.ROOT,
            "%s, sigma_data %s, noise from %s to %s",
            labels,
            info.getSigmaData(),
            info.getSigmaMin(),
            info.getSigmaMax());
    return info.getStudentSigma() > 0 ? "yes, " + student(info) + ": " + noise : "yes: " + noise;
  }

  private static String student(DenoiserInfo info) {
    int more = info.getStudentLevelCount();
    String from = "-step student from sigma " + info.getStudentSigma();
    if (more == 0) {
      return "a one" + from;
    }
    List<String> levels = info.getStudentLevelList().stream().map(Object::toString).toList();
    boolean renoised = info.getStudentSampler() == StudentSampler.RENOISE;
    return "a "
        + (more + 1)
        + from
        + ", then "
        + String.join(", ", levels)
        + (renoised ? ", renoised" : ", deterministic");
  }

  private void signature(StringBuilder text, SignatureReport signature) {
    text.append("\nsignature ").append(Shown.name(signature.name())).append("\n");
    line(text, 1, "in", tensors(signature.inputs()));
    line(text, 1, "out", tensors(signature.outputs()));
    signature
        .network()
        .ifPresentOrElse(
            network -> network(text, network, signature.inputs()),
            () -> line(text, 1, "not trainable", signature.refusal()));
  }

  private static String tensors(List<TensorLine> lines) {
    return String.join("\n", lines.stream().map(TensorLine::toString).toList());
  }

  private void network(StringBuilder text, NetworkReport network, List<TensorLine> inputs) {
    long parameters = network.parameters().size();
    line(
        text,
        1,
        "parameters",
        String.format(
            Locale.ROOT,
            "%,d in %,d variables, %s",
            parameters,
            network.parameters().list().size(),
            bytes(4 * parameters)));
    line(text, 1, "FLOP an image", operations(network));
    PossibleRoles roles = PossibleRoles.of(network, inputs, all);
    line(text, 1, "as a teacher", roles.teacher());
    line(text, 1, "as a student", roles.student());
    if (!network.frozen().isEmpty()) {
      List<String> names = network.frozen().stream().sorted().map(Shown::name).toList();
      line(text, 1, "not trained", listed(names, all));
    }
    if (!network.whole().isEmpty()) {
      List<String> whole = network.whole().stream().map(a -> Shown.line(a.toString())).toList();
      String held =
          "in one piece over more than "
              + WholeAttention.MANY
              + " tokens ("
              + WholeAttention.needed()
              + "):\n";
      line(text, 1, "attention", held + listed(whole, all));
    }
    features(text, network.candidates());
    variables(text, network);
  }

  static String bytes(long bytes) {
    return bytes < 1_000_000
        ? String.format(Locale.ROOT, "%.1f KB", bytes / 1e3)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  private static String operations(NetworkReport network) {
    List<String> parts = new ArrayList<>();
    network.operations().byType().forEach((type, count) -> parts.add(type + " " + flops(count)));
    int unknown = network.operations().unknown().size();
    return flops(network.operations().total())
        + (parts.size() > 1 ? " (" + String.join(", ", parts) + ")" : "")
        + (unknown > 0 ? ", without " + unknown + " products of unknown shape" : "");
  }

  private static String flops(long count) {
    if (count < 1_000_000) {
      return String.format(Locale.ROOT, "%,d", count);
    }
    return count < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f million", count / 1e6)
        : String.format(Locale.ROOT, "%.1f billion", count / 1e9);
  }

  /** The last of each height on the way down; or, on request, every one. */
  private void features(StringBuilder text, List<FeatureCandidate> candidates) {
    List<String> lines = new ArrayList<>();
    for (FeatureCandidate c : candidates) {
      if (all || c.last()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%dx%dx%d %s",
                c.height(),
                c.width(),
                c.channels(),
                Shown.name(c.tensor())));
      }
    }
    if (lines.size() < candidates.size()) {
      lines.add("and " + (candidates.size() - lines.size()) + " more (--all)");
    }
    if (!lines.isEmpty()) {
      line(text, 1, "features", String.join("\n", lines));
    }
  }

  private void variables(StringBuilder text, NetworkReport network) {
    List<Parameter> list = new ArrayList<>(network.parameters().list());
    if (!all) {
      list.sort(Comparator.comparingLong((Parameter p) -> -p.shape().size()));
    }
    int shown = all ? list.size() : Math.min(FEW, list.size());
    List<String> lines = new ArrayList<>();
    for (Parameter p : list.subList(0, shown)) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-32s %s %,d%s",
              Shown.name(p.name()),
              java.util.Arrays.toString(p.shape().asArray()).replace(" ", ""),
              p.shape().size(),
              network.layers().contains(p.name()) ? ", a layer for lora" : ""));
    }
    if (shown < list.size()) {
      lines.add("and " + (list.size() - shown) + " smaller ones (--all)");
    }
    if (!lines.isEmpty()) {
      line(text, 1, "variables", String.join("\n", lines));
    }
  }

  private void functions(StringBuilder text) {
    List<String> lines = new ArrayList<>();
    inspection.functions().calls().forEach(call -> tree(call, 1, lines));
    if (lines.isEmpty()) {
      return;
    }
    int shown = all ? lines.size() : Math.min(2 * FEW, lines.size());
    text.append("\nfunctions\n");
    lines.subList(0, shown).forEach(line -> text.append(line).append("\n"));
    if (shown < lines.size()) {
      text.append("  and ").append(lines.size() - shown).append(" more (--all)\n");
    }
  }

  private static void tree(FunctionTree function, int level, List<String> lines) {
    lines.add(
        "  ".repeat(level)
            + Shown.name(function.name())
            + " ("
            + function.nodes()
            + " nodes)"
            + (function.times() > 1 ? " x " + function.times() : "")
            + (function.listed() ? ", whose calls are listed above" : ""));
    function.calls().forEach(call -> tree(call, level + 1, lines));
  }

  /** What stops a gradient; the first few, or all. */
  static String text(List<Obstacle> obstacles, boolean all) {
    return listed(obstacles.stream().map(o -> Shown.name(o.toString())).toList(), all);
  }

  /** A line each; the first few, and how many there are besides, or all. */
  private static String listed(List<String> each, boolean all) {
    List<String> lines = new ArrayList<>(all ? each : each.subList(0, Math.min(FEW, each.size())));
    if (lines.size() < each.size()) {
      lines.add("and " + (each.size() - lines.size()) + " more (--all)");
    }
    return String.join("\n", lines);
  }
}
