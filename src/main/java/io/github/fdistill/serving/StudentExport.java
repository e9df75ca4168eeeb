package io.github.fdistill.serving;

import io.github.fdistill.condition.Condition;
import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.Generator;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.expr.PortableNoise;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
 *   generate_seeded  seed [N] int64, condition            -> image [N,H,W,C] uint8
 *   generate         noise [N,H,W,C] float32, condition   -> sample [N,H,W,C] float32, in [-1,1]
 *   denoise          x, sigma, condition                  -> denoised, features
 * </pre>
 *
 * The condition is what the student takes, such as label [N] int32, and nothing of an unconditional
 * one; one with text encoders around it takes tokens [N,T] int32 in the first three in the place of
 * what they make, unless the form leaves them out; a label that the student does not know is
 * refused, whatever program runs the graph. png needs 1, 3 or 4 channels. generate_seeded gives
 * what serving_default does, of ops that other runtimes have too. A student of latents with a
 * decoder gives images in the first three, which are decoded in the graph, and latents in the
 * others; without a decoder it gives latents in all, as float32, and has no png. A student of K
 * steps has noise of its own shape, and each of the first four also with {@code _steps_1} to {@code
 * _steps_K} after its name: its images after so many of its steps, with the noise that all of them
 * take. A generator that is no denoiser has no signature denoise, and its own shape of noise.
 */
public final class StudentExport {
  private static final String SEEDED = "generate_seeded";

  private final SavedModelBuilder builder;
  private final Ops tf;
  private final StudentModel student;
  private final Generator generator;
  private final long rows;
  private final boolean png;
  private final Asked asked;
  private final List<Map<String, Operand<TFloat32>>> textWeights;
  private final Optional<PartModel> decoder;
  private final Map<String, Operand<TFloat32>> decoderWeights;

  private StudentExport(
      SavedModelBuilder builder, StudentModel student, ServedForm form, Asked asked) {
    this.builder = builder;
    this.tf = builder.tf();
    this.student = student;
    this.rows = form.rows();
    this.png = hasPng(student, form);
    this.decoder = student.pipeline().filter(Pipeline::decodes).map(Pipeline::decoder);
    boolean constants = form.constants();
    Map<String, Operand<TFloat32>> weights =
        constants ? builder.constants(student.weights()) : builder.variables(student.weights());
    this.asked = asked;
    this.textWeights =
        asked.texts().map(t -> t.weights(w -> around(w, constants))).orElseGet(List::of);
    this.decoderWeights = decoder.map(part -> around(part.weights(), constants)).orElseGet(Map::of);
    this.generator = student.addTo(builder, weights, form.precision());
  }

  /** Bytes of all weights that are put into the graph, the text encoders' and the decoder's too. */
  static long bytes(StudentModel student, ServedForm form) {
    List<Weights> all = new ArrayList<>(List.of(student.weights()));
    Asked.of(student, form)
        .texts()
        .ifPresent(
            texts ->
                texts.weights(
                    weights -> {
                      all.add(weights);
                      return Map.of();
                    }));
    student
        .pipeline()
        .filter(Pipeline::decodes)
        .ifPresent(pipeline -> all.add(pipeline.decoder().weights()));
    return all.stream().mapToLong(w -> Float.BYTES * w.parameters().size()).sum();
  }

  /** Of what stands around the network: no gradient of generate reaches it. */
  private Map<String, Operand<TFloat32>> around(Weights weights, boolean constants) {
    return constants ? builder.constants(weights) : builder.keptVariables(weights);
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
          expected.check(student, folder);
          more.writeTo(folder);
        });
  }

  /** Writes the student's SavedModel into a folder that is there and empty. */
  static void write(StudentModel student, ServedForm form, Path folder) throws IOException {
    write(student, form, Asked.of(student, form), folder);
  }

  /**
   * The same.
   *
   * @param asked what it is to be asked with in this form
   */
  static void write(StudentModel student, ServedForm form, Asked asked, Path folder)
      throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      StudentExport export = new StudentExport(builder, student, form, asked);
      export.addImages();
      export.addSeeded();
      export.addGenerate();
      builder.write(folder);
      student.writeInfo(folder);
    }
  }

  /** Whether there is a signature png in this form: of images alone, with channels as PNGs have. */
  static boolean hasPng(StudentModel student, ServedForm form) {
    Shape image = Samples.shown(student);
    return form.png() && !Drawable.ofLatents(image) && List.of(1L, 3L, 4L).contains(image.get(2));
  }

  /** serving_default and png, from seeds. */
  private void addImages() {
    Shape image = Samples.shown(student);
    Ops scope = tf.withSubScope("serving_default");
    Drawn drawn = drawn("serving_default", scope, SeededNoise::normal);
    List<Operand<?>> shown = drawn.signatures(builder, "serving_default", image);
    if (png) {
      for (int n = 1; n <= shown.size(); n++) {
        Operand<TString> pngs = pngs(scope, shown.get(n - 1).asOutput().expect(TUint8.class));
        for (String name : names("png", n, shown.size())) {
          drawn.signature(builder, name, "image_bytes", pngs);
        }
      }
    }
  }

  /** generate_seeded: serving_default for programs that lack some of its ops. */
  private void addSeeded() {
    drawn(SEEDED, tf.withSubScope(SEEDED), PortableNoise::normal)
        .signatures(builder, SEEDED, Samples.shown(student));
  }

  /** N(0, 1) of seeds [N], for images. */
  private interface Noise {
    Expr normal(Ops tf, Operand<TInt64> seeds, long height, long width, long channels);
  }

  /** Images [N,H,W,C] that are drawn of seeds, after each step of the student, and what of. */
  private record Drawn(Map<String, Operand<?>> inputs, ExportFrame frame, List<Expr> images) {
    void signature(SavedModelBuilder builder, String name, String output, Operand<?> of) {
      builder.signature(name, inputs, Map.of(output, frame.output(of)));
    }

    /** Gives them: bytes of images, latents as they are. */
    List<Operand<?>> signatures(SavedModelBuilder builder, String name, Shape image) {
      List<Operand<?>> all = new ArrayList<>();
      for (int n = 1; n <= images.size(); n++) {
        Expr each = images.get(n - 1);
        Operand<?> shown = Drawable.ofLatents(image) ? each.value() : bytes(each);
        for (String one : names(name, n, images.size())) {
          signature(builder, one, "image", shown);
        }
        all.add(shown);
      }
      return all;
    }
  }

  private Drawn drawn(String name, Ops scope, Noise noise) {
    Map<String, Operand<?>> inputs = new LinkedHashMap<>();
    Operand<TInt64> seed =
        scope.withName("seed").placeholder(TInt64.class, Placeholder.shape(Shape.of(rows)));
    inputs.put("seed", seed);
    ExportFrame frame = framed(scope, asked.conditioning(), inputs);
    Operand<TInt64> seeds = frame.inputs().get("seed").asOutput().expect(TInt64.class);
    Shape z = student.noise();
    Expr drawn = noise.normal(scope, seeds, z.get(0), z.get(1), z.get(2));
    List<Expr> samples = generator.samples(drawn, condition(name, scope, frame));
    List<Expr> images = new ArrayList<>();
    for (int n = 1; n <= samples.size(); n++) {
      images.add(decoded(names(name, n, samples.size()).get(0), samples.get(n - 1)));
    }
    return new Drawn(inputs, frame, images);
  }

  /** The signature of a student's images after so many of its steps. */
  public static String inSteps(String signature, int steps) {
    return signature + "_steps_" + steps;
  }

  /** All that a signature of n of K steps is called. */
  private static List<String> names(String signature, int n, int all) {
    String one = n < all ? inSteps(signature, n) : signature;
    return n == all && all > 1 ? List.of(one, inSteps(signature, n)) : List.of(one);
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
    ExportFrame frame = framed(scope, student.conditioning(), inputs);
    Operand<TFloat32> z = frame.inputs().get("noise").asOutput().expect(TFloat32.class);
    Condition condition = frame.condition(student.conditioning());
    List<Expr> samples = generator.samples(Expr.of(scope, z), condition);
    for (int n = 1; n <= samples.size(); n++) {
      Operand<TFloat32> sample = samples.get(n - 1).value();
      Operand<TFloat32> image = Samples.areImages(student) ? frame.within(sample, -1, 1) : sample;
      for (String name : names("generate", n, samples.size())) {
        builder.signature(name, inputs, Map.of("sample", frame.output(image)));
      }
    }
  }

  /** Adds the inputs that are conditions, and what stands around the network. */
  private ExportFrame framed(Ops scope, Conditioning conditioning, Map<String, Operand<?>> inputs) {
    inputs.putAll(conditioning.placeholders(scope, rows).tensors());
    return new ExportFrame(scope, conditioning, student.learntNoClass(), inputs);
  }

  /** Images of latents, in float32, where the student has a decoder. */
  private Expr decoded(String name, Expr sample) {
    if (decoder.isEmpty()) {
      return sample;
    }
    Operand<?> images =
        decoder
            .get()
            .under(
                name + "/decoder", tf, Map.of(Autoencoder.LATENTS, sample.value()), decoderWeights)
            .get(Autoencoder.IMAGES);
    return Expr.of(tf, images.asOutput().expect(TFloat32.class));
  }

  /** What the network is told: what the text encoders make of tokens, where they are here. */
  private Condition condition(String name, Ops scope, ExportFrame frame) {
    Map<String, Operand<?>> all = new LinkedHashMap<>(frame.inputs());
    asked
        .texts()
        .ifPresent(texts -> all.putAll(texts.made(name, scope, frame.inputs(), textWeights)));
    all.keySet().retainAll(student.conditioning().names());
    return new Condition(all);
  }

  /** Data units to bytes: -1 to 0, 1 to 255, rounded to the nearest. */
  private static Operand<TUint8> bytes(Expr image) {
    // Not a clip, which TensorFlow Lite lacks.
    Expr scaled = image.times(127.5).plus(127.5).max(0).min(255).plus(0.5);
    return image.tf().dtypes.cast(scaled, TUint8.class);
  }
}
