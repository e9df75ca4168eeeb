package io.github.fdistill.serving;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.SeededNoise;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.network.Autoencoder;
import io.github.fdistill.network.ExportFrame;
import io.github.fdistill.network.PartModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;

/**
 * Writes a student as a SavedModel for TensorFlow Serving, with the signatures
 *
 * <pre>
 *   serving_default  seed [N] int64, condition            -> image [N,H,W,C] uint8
 *   png              seed [N] int64, condition            -> image_bytes [N] string
 *   generate         noise [N,H,W,C] float32, condition   -> sample [N,H,W,C] float32, in [-1,1]
 *   denoise          x, sigma, condition                  -> denoised, features
 * </pre>
 *
 * The condition is what the student takes, such as label [N] int32, and nothing of an unconditional
 * one; a label that the student does not know is refused, whatever program runs the graph. png
 * needs 1, 3 or 4 channels. A student of latents with a decoder gives images in the first two,
 * which are decoded in the graph, and latents in the others; without a decoder it gives latents in
 * serving_default too, as float32, and has no png. A generator that is no denoiser has no signature
 * denoise, and its own shape of noise.
 */
public final class StudentExport {
  private final SavedModelBuilder builder;
  private final Ops tf;
  private final StudentModel student;
  private final Generator generator;
  private final long rows;
  private final boolean png;
  private final boolean constants;

  private StudentExport(SavedModelBuilder builder, StudentModel student, ServedForm form) {
    this.builder = builder;
    this.tf = builder.tf();
    this.student = student;
    this.rows = form.rows();
    this.png = form.png();
    this.constants = form.constants();
    Map<String, Operand<TFloat32>> weights =
        constants ? builder.constants(student.weights()) : builder.variables(student.weights());
    this.generator = student.addTo(builder, weights, form.precision());
  }

  /**
   * Writes the student into a version folder that is not there yet: whole, or not at all. Before it
   * is moved into place it is loaded again and must give the expected images.
   *
   * @param expected what the student made before it was exported
   * @param more what else to put there
   */
  public static void write(
      StudentModel student, Path versionFolder, Expected expected, AtomicFolder.Content more)
      throws IOException {
    AtomicFolder.write(
        versionFolder,
        folder -> {
          write(student, ServedForm.PLAIN, folder);
          expected.check(folder);
          more.writeTo(folder);
        });
  }

  /** Writes the student's SavedModel into a folder that is there and empty. */
  static void write(StudentModel student, ServedForm form, Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      StudentExport export = new StudentExport(builder, student, form);
      export.addImages();
      export.addGenerate();
      builder.write(folder);
      student.writeInfo(folder);
    }
  }

  /** serving_default and png, from seeds. */
  private void addImages() {
    Shape image = Samples.shown(student);
    Ops scope = tf.withSubScope("serving_default");
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    Operand<TInt64> seed =
        scope.withName("seed").placeholder(TInt64.class, Placeholder.shape(Shape.of(rows)));
    inputs.put("seed", seed);
    ExportFrame frame = framed(scope, inputs);
    Shape noise = student.noise();
    Operand<TInt64> seeds = frame.inputs().get("seed").asOutput().expect(TInt64.class);
    Expr z = SeededNoise.normal(scope, seeds, noise.get(0), noise.get(1), noise.get(2));
    Expr drawn = decoded(sampled(frame, z));
    if (Drawable.ofLatents(image)) {
      builder.signature("serving_default", inputs, Map.of("image", frame.output(drawn)));
      return;
    }
    Operand<TUint8> bytes = bytes(drawn);
    builder.signature("serving_default", inputs, Map.of("image", frame.output(bytes)));
    if (png && (image.get(2) == 1 || image.get(2) == 3 || image.get(2) == 4)) {
      builder.signature("png", inputs, Map.of("image_bytes", frame.output(pngs(scope, bytes))));
    }
  }

  /**
   * Images as PNGs, [N]. TensorFlow before 2.13 encodes one image at a time, and refuses a whole
   * graph in which it sees that there are more; so it is not told here how many axes they have.
   */
  private static Operand<TString> pngs(Ops scope, Operand<TUint8> bytes) {
    Operand<TUint8> images = scope.placeholderWithDefault(bytes, Shape.unknown());
    Operand<TString> encoded = scope.image.encodePng(images);
    return scope.reshape(encoded, scope.constant(new int[] {-1}));
  }

  /** generate, from noise. */
  private void addGenerate() {
    Ops scope = tf.withSubScope("generate");
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    Operand<TFloat32> noise =
        scope
            .withName("noise")
            .placeholder(TFloat32.class, Placeholder.shape(student.noise().prepend(rows)));
    inputs.put("noise", noise);
    ExportFrame frame = framed(scope, inputs);
    Operand<TFloat32> z = frame.inputs().get("noise").asOutput().expect(TFloat32.class);
    Operand<TFloat32> sample = sampled(frame, Expr.of(scope, z)).value();
    Operand<TFloat32> image = Samples.areImages(student) ? frame.within(sample, -1, 1) : sample;
    builder.signature("generate", inputs, Map.of("sample", frame.output(image)));
  }

  /** Adds the inputs that are conditions, and what stands around the network. */
  private ExportFrame framed(Ops scope, Map<String, Operand<?>> inputs) {
    Condition condition = student.conditioning().placeholders(scope, rows);
    inputs.putAll(condition.tensors());
    return new ExportFrame(scope, student.conditioning(), inputs);
  }

  /** Images of latents, in float32, where the student has a decoder. */
  private Expr decoded(Expr sample) {
    Optional<PartModel> decoder =
        student.pipeline().filter(Pipeline::decodes).map(Pipeline::decoder);
    if (decoder.isEmpty()) {
      return sample;
    }
    Weights weights = decoder.get().weights();
    Map<String, Operand<TFloat32>> on =
        constants ? builder.constants(weights) : builder.variables(weights);
    Operand<?> images =
        decoder
            .get()
            .of(tf, Map.of(Autoencoder.LATENTS, sample.value()), on)
            .get(Autoencoder.IMAGES);
    return Expr.of(tf, images.asOutput().expect(TFloat32.class));
  }

  private Expr sampled(ExportFrame frame, Expr z) {
    return generator.sample(z, frame.condition(student.conditioning()));
  }

  /** Data units to bytes: -1 to 0, 1 to 255, rounded to the nearest. */
  private static Operand<TUint8> bytes(Expr image) {
    Expr scaled = image.times(127.5).plus(127.5).clip(0, 255).plus(0.5);
    return image.tf().dtypes.cast(scaled, TUint8.class);
  }
}
