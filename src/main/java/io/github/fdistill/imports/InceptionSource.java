package io.github.fdistill.imports;

import io.github.fdistill.InputException;
import io.github.fdistill.graph.Parameters.Parameter;
import io.github.fdistill.network.Inception;
import io.github.fdistill.network.Inception.Kind;
import io.github.fdistill.network.Resizing;
import io.github.fdistill.tensors.NamedTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.ndarray.Shape;

/**
 * Weights of Inception v3 in a file, as torchvision lays them out: its own, or those of 2015 that
 * FID is published with ({@code pt_inception-2015-12-05}), which know 1008 classes.
 *
 * @param kind which of the two
 * @param resizing that images go through
 * @param model the network, whose weights stay in the file
 * @param weighed what there is to say of the file
 */
public record InceptionSource(Kind kind, Resizing resizing, Inception model, Weighed weighed) {
  /**
   * A file of weights.
   *
   * @param files that it is, or names
   * @param tensors how many they hold
   * @param leftOut those that are not needed, each with the reason
   */
  public record Weighed(List<Path> files, int tensors, Map<String, String> leftOut) {}

  private static final String LAST = "Mixed_7c.branch_pool.conv.weight";
  private static final int CLASSES_OF_2015 = 1008;
  private static final Map<String, String> NORM =
      Map.of(
          "scale", "bn.weight",
          "offset", "bn.bias",
          "mean", "bn.running_mean",
          "variance", "bn.running_var");

  /** Whether weights are of Inception v3. */
  static boolean looksLike(Tensors tensors) {
    return tensors.has(LAST);
  }

  /**
   * Reads the weights.
   *
   * @param image [H,W,3] that the features are to be of
   * @param said how images are resized; by default as the reference of the weights does
   * @throws InputException when they are of another network, or damaged
   */
  public static InceptionSource read(Path file, Shape image, Optional<Resizing> said) {
    Tensors tensors = WeightFiles.read(file);
    if (!looksLike(tensors) || !tensors.has("fc.weight")) {
      throw new InputException(
          file.toString(),
          "no " + (looksLike(tensors) ? "fc.weight" : LAST),
          "weights of Inception v3 as torchvision names them",
          "bring pt_inception-2015-12-05 or torchvision's inception_v3");
    }
    long classes = tensors.get("fc.weight").shape()[0];
    Kind kind = classes == CLASSES_OF_2015 ? Kind.OF_2015 : Kind.TORCHVISION;
    for (String tensor : tensors.names()) {
      if (tensor.startsWith("fc.") || tensor.startsWith("AuxLogits.")) {
        tensors.leaveOut(tensor, "of its classes alone");
      } else if (tensor.endsWith(".num_batches_tracked")) {
        tensors.leaveOut(tensor, "of its own training alone");
      }
    }
    Resizing resizing = said.orElse(kind == Kind.OF_2015 ? Resizing.TF1 : Resizing.ANTIALIASED);
    Inception built = Inception.build(kind, resizing, image);
    ImportedWeights weights =
        Coverage.of(built.function().parameters(), tensors, InceptionSource::tensors);
    Weighed weighed = new Weighed(tensors.files(), tensors.count(), tensors.leftOut());
    return new InceptionSource(kind, resizing, built.with(weights), weighed);
  }

  private static List<NamedTensor> tensors(Parameter parameter, Tensors tensors) {
    String part = Names.part(parameter);
    String layer = Names.layer(parameter);
    String block = layer.substring(0, layer.lastIndexOf('.') + 1);
    String name = NORM.containsKey(part) ? block + NORM.get(part) : layer + ".weight";
    return tensors.use(name).map(t -> List.of(Names.turned(t))).orElse(List.of());
  }
}
