package io.github.fdistill.network;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.ClassNames;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.graph.NetworkFunction;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import io.github.fdistill.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/** A model outside any graph that can make images in one evaluation, or in a few. */
public sealed interface StudentModel permits DenoiserModel, GeneratorModel {
  /** Weights of a network times its images at once, at most, on a processor. */
  long MOST_WEIGHTS = 3_000_000_000L;

  /** Where it came from, for messages. */
  String origin();

  /** The network. */
  NetworkFunction function();

  /** Of its parameters. */
  Weights weights();

  /** Whether it has weights: what is a formula has none. */
  default boolean hasWeights() {
    return weights().parameters().size() > 0;
  }

  /** What else is known of it. */
  DenoiserInfo info();

  /** Whether it may be asked for no class, or no text: it takes none, or learnt what that is. */
  default boolean learntNoClass() {
    return info().getLearntNoClass() || conditioning().isEmpty();
  }

  /** What guidance draws away from, in words. */
  default String noneOfIts() {
    return conditioning().input(Conditioning.LABEL).isPresent()
        ? "\"no class\" beside its classes"
        : "\"no text\" beside its texts";
  }

  /** The static shape of an image, [H,W,C]. */
  Shape image();

  /** The static shape of its noise for an image, [h,w,c]. */
  Shape noise();

  /** What it takes beside noisy images and their levels, or beside noise. */
  Conditioning conditioning();

  /** How many images it takes at once, at most; many where it takes any number. */
  default int mostRows(int many) {
    int rows = info().getRows();
    return rows > 0 ? Math.min(rows, many) : many;
  }

  /**
   * How many images to draw at once: as many as it takes, and of large images fewer, so that they
   * are no more pixels (or positions of latents) than so many of 64x64. On a processor also fewer
   * by a large network: there many are no quicker than one after another, and take memory each.
   *
   * @param many images of 64x64
   */
  default int drawnAtOnce(int many) {
    return drawnAtOnce(many, image());
  }

  /**
   * The same where each is made an image of another size, as a decoder makes latents.
   *
   * @param shown [H,W,C]
   */
  default int drawnAtOnce(int many, Shape shown) {
    long pixels = Math.max(1, shown.get(0) * shown.get(1));
    long rows = Math.min(many, many * 64L * 64 / pixels);
    if (!Sessions.onGpu()) {
      rows = Math.min(rows, MOST_WEIGHTS / Math.max(1, weights().parameters().size()));
    }
    return mostRows((int) Math.max(1, rows));
  }

  /** The same model with other weights. */
  StudentModel with(Weights weights);

  /** The same model, said to come from elsewhere. */
  StudentModel from(String place);

  /** The same model with its number of classes, where it is conditional and does not say it. */
  StudentModel withClasses(int classes);

  /** What its classes are called. */
  default ClassNames classNames() {
    return new ClassNames(info().getClassNameList());
  }

  /** The same model with names of its classes, where it has none and they are as many. */
  default StudentModel named(List<String> classNames) {
    boolean fit = info().getClassNameCount() == 0 && classNames.size() == info().getClasses();
    return fit ? with(info().toBuilder().addAllClassName(classNames).build()) : this;
  }

  /** By which texts become its input {@code tokens}, where it takes texts. */
  Optional<Tokenizer> tokenizer();

  /** What stands around a network of latents. */
  default Optional<Pipeline> pipeline() {
    return Optional.empty();
  }

  /** Whether text encoders that stand around it read texts for it. */
  default boolean readsTexts() {
    return pipeline().filter(Pipeline::readsTexts).isPresent();
  }

  /** The same model, of which something else is said. */
  StudentModel with(DenoiserInfo said);

  /** The same model, a denoiser as a one-step student from a noise level; 0: as no student. */
  StudentModel asStudent(double sigma);

  /** The same model, a denoiser as a student of such steps. */
  default StudentModel asStudent(StudentSteps steps) {
    return this;
  }

  /**
   * The same model as a distillation leaves it: a student of such steps. The class or the text of
   * each image is told it in training, so that it never learns to draw without one.
   */
  default StudentModel distilled(StudentSteps steps) {
    StudentModel student = asStudent(steps);
    return conditioning().isEmpty()
        ? student
        : student.with(student.info().toBuilder().setLearntNoClass(false).build());
  }

  /** The evaluations that it makes for an image: of a denoiser that is a student, as it says. */
  default int steps() {
    return 1 + info().getStudentLevelCount();
  }

  /**
   * The same student, which makes no more than the first of its steps.
   *
   * @param name of the value, for messages
   * @throws InputException when it was not trained for so many
   */
  default StudentModel inSteps(int count, String name) {
    int most = steps();
    if (count < 1 || count > most) {
      throw StudentSteps.refused(name, count, most);
    }
    return count == most ? this : asStudent(StudentSteps.of(info()).first(count));
  }

  /**
   * The model in a graph, to draw with it.
   *
   * @param name prefix of its nodes, not yet used in the graph
   * @param vector all its weights, one after another
   */
  default Generator generator(Ops tf, String name, Expr vector, Precision precision) {
    Map<String, Operand<TFloat32>> weights =
        function().parameters().split(tf.withSubScope(name), vector);
    return generator(tf, name, weights, precision);
  }

  /**
   * The same on weights that lie anywhere.
   *
   * @param weights a tensor for each of the function's parameters
   */
  default Generator generator(
      Ops tf, String name, Map<String, Operand<TFloat32>> weights, Precision precision) {
    return generator(tf, name, weights, function -> forDrawing(function, precision));
  }

  /**
   * The same on a network as it is to run there.
   *
   * @param form makes that of the network with the outputs that are needed
   */
  Generator generator(
      Ops tf,
      String name,
      Map<String, Operand<TFloat32>> weights,
      UnaryOperator<NetworkFunction> form);

  /**
   * The same model by a function that takes more parameters, such as adapters, which have no values
   * here: it is for graphs that give it tensors for them.
   */
  StudentModel by(NetworkFunction rewritten);

  /**
   * Adds the model to a SavedModel in the making: a denoiser's signature, in float32.
   *
   * @param weights of its parameters, by their names
   * @param precision of what is returned
   * @return it on these weights, to build further signatures with
   */
  Generator addTo(
      SavedModelBuilder builder, Map<String, Operand<TFloat32>> weights, Precision precision);

  /** The same with weights that are variables, which begin as they are here. */
  default Generator addTo(SavedModelBuilder builder) {
    return addTo(builder, builder.variables(weights()), Precision.FLOAT32);
  }

  /** The network as it is to run, with these outputs alone. */
  static NetworkFunction inPrecision(NetworkFunction function, Precision precision) {
    return ChosenPrecision.of(precision) == Precision.BFLOAT16 ? function.inBfloat16() : function;
  }

  /**
   * The same where images are drawn here: with attention over many tokens slice after slice, and on
   * a CPU with fewer passes over large tensors.
   */
  static NetworkFunction forDrawing(NetworkFunction function, Precision precision) {
    NetworkFunction precise = inPrecision(function.withSlicedAttention(), precision);
    return Sessions.onGpu() ? precise : precise.forDrawing();
  }

  /** The same where something is trained, and on a CPU with fewer passes over large tensors. */
  static NetworkFunction forTraining(NetworkFunction function, Precision precision) {
    NetworkFunction precise = inPrecision(function.withSlicedAttention(), precision);
    return Sessions.onGpu() ? precise : precise.forTraining();
  }

  /** Writes what the signatures cannot say beside a SavedModel's graph. */
  default void writeInfo(Path folder) throws IOException {
    new ModelInfo(info(), origin()).write(folder);
    ModelTokenizer.write(this, folder);
    if (pipeline().isPresent()) {
      pipeline().get().copyTo(folder);
    }
  }
}
