package io.github.fdistill.network;

import static io.github.fdistill.network.TestNetworks.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.condition.Condition;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.NetworkConfig;
import io.github.fdistill.config.Precision;
import io.github.fdistill.device.NodeNames;
import io.github.fdistill.device.Sessions;
import io.github.fdistill.expr.Expr;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.savedmodel.WeightArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

class DenoiserModelTest {
  @TempDir Path folder;
  private DenoiserModel written;

  @BeforeEach
  void write() throws IOException {
    DenoiserModel built = Networks.denoiser(TestNetworks.config().build(), 1);
    written = built.with(TestNetworks.random(built, 3, 0.2));
    write(written, folder);
  }

  private static void write(DenoiserModel model, Path folder) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      model.addTo(builder);
      builder.write(folder);
      model.writeInfo(folder);
    }
  }

  @Test
  void whatIsWrittenReadsBack() {
    DenoiserModel read = DenoiserModel.read(folder);
    assertEquals(written.image(), read.image());
    assertEquals(written.info(), read.info());
    assertEquals(written.featureShapes(), read.featureShapes());
    assertEquals(written.function().parameters(), read.function().parameters());
    assertArrayEquals(WeightArrays.of(written.weights()), WeightArrays.of(read.weights()));
    float[] x = random(4, 2 * 128, 1);
    double[] sigma = {0.1, 3};
    assertArrayEquals(
        TestNetworks.denoised(
            written.function(), WeightArrays.of(written.weights()), x, sigma, 0, 3),
        TestNetworks.denoised(read.function(), WeightArrays.of(read.weights()), x, sigma, 0, 3),
        1e-5f);
  }

  /** A student is a teacher for the next: what is read can be written and read again. */
  @Test
  void whatIsReadCanBeWrittenAgain(@TempDir Path second) throws IOException {
    write(DenoiserModel.read(folder), second);
    DenoiserModel again = DenoiserModel.read(second);
    assertEquals(written.function().parameters(), again.function().parameters());
    assertArrayEquals(WeightArrays.of(written.weights()), WeightArrays.of(again.weights()));
  }

  /** Of 2304 tokens some ask at a time, after those before. */
  @Test
  void whatDrawsHasAttentionInSlicesOneAfterAnother() {
    NetworkConfig config =
        Configs.of(
            "image { height: 48 width: 48 channels: 1 }"
                + " dit { patch: 1 width: 8 blocks: 1 heads: 2 hidden: 8 }",
            NetworkConfig.getDefaultInstance());
    DenoiserModel model = Networks.denoiser(config, 1).asStudent(2);
    try (Graph graph = Sessions.graph()) {
      Ops tf = NodeNames.ops(graph);
      Shape all = Shape.of(model.weights().parameters().length());
      Expr weights = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(all)));
      Shape images = Shape.of(-1, 48, 48, 1);
      Expr z = Expr.of(tf, tf.placeholder(TFloat32.class, Placeholder.shape(images)));
      model.generator(tf, "model", weights, Precision.FLOAT32).sample(z, Condition.NONE);
      int last = 0;
      for (var ops = graph.operations(); ops.hasNext(); ) {
        last += ops.next().name().matches("model/.*/slices/2/taken") ? 1 : 0;
      }
      assertEquals(1, last, "of three slices the last");
    }
  }

  private void change(Consumer<SignatureDef.Builder> change) throws IOException {
    Path file = folder.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    var metaGraph = saved.getMetaGraphsBuilder(0);
    SignatureDef.Builder signature = metaGraph.getSignatureDefOrThrow("denoise").toBuilder();
    change.accept(signature);
    metaGraph.putSignatureDef("denoise", signature.build());
    Files.write(file, saved.build().toByteArray());
  }

  private void assertRefused(String... parts) {
    String message =
        assertThrows(InputException.class, () -> DenoiserModel.read(folder)).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), "'" + part + "' in: " + message);
    }
  }

  private void changeInput(String name, Consumer<TensorInfo.Builder> change) throws IOException {
    change(
        signature -> {
          TensorInfo.Builder info = signature.getInputsOrThrow(name).toBuilder();
          change.accept(info);
          signature.putInputs(name, info.build());
        });
  }

  @Test
  void aModelWithoutTheSignature() throws IOException {
    Path file = folder.resolve("saved_model.pb");
    var saved = org.tensorflow.proto.SavedModel.parseFrom(Files.readAllBytes(file)).toBuilder();
    var metaGraph = saved.getMetaGraphsBuilder(0);
    metaGraph.putSignatureDef("predict", metaGraph.getSignatureDefOrThrow("denoise"));
    metaGraph.removeSignatureDef("denoise");
    Files.write(file, saved.build().toByteArray());
    assertRefused("no signature 'denoise'; it has [predict]");
  }

  @Test
  void aSignatureWithoutSigma() throws IOException {
    change(signature -> signature.removeInputs("sigma"));
    assertRefused("no input 'sigma'; it has [", "label", "sigma [N] DT_FLOAT");
  }

  @Test
  void labelsOfInt64() throws IOException {
    changeInput("label", label -> label.setDtype(DataType.DT_INT64));
    assertRefused("the input 'label' is DT_INT64", "label [N] DT_INT32");
  }

  @Test
  void noiseLevelsAndLabelsOfAnotherShape() throws IOException {
    var one = TensorShapeProto.Dim.newBuilder().setSize(1).build();
    changeInput("sigma", sigma -> sigma.getTensorShapeBuilder().addDim(one));
    assertRefused("the input 'sigma' has shape [-1, 1]", "sigma [N] DT_FLOAT", "docs/models.md");
    changeInput("sigma", sigma -> sigma.getTensorShapeBuilder().clearDim());
    assertRefused("the input 'sigma' has shape []");
    changeInput("sigma", sigma -> sigma.getTensorShapeBuilder().setUnknownRank(true));
    DenoiserModel.read(folder);
    changeInput("label", label -> label.getTensorShapeBuilder().setDim(0, one));
    assertRefused("the input 'label' has shape [1]", "label [N] DT_INT32");
  }

  /** Outputs of other shapes or types are no features, and no reason to refuse a model. */
  @Test
  void furtherOutputsOfAnyKind(@TempDir Path second) throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      var tf = builder.tf();
      var x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 4, 4, 2)));
      var sigma = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
      var any = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Map<String, Operand<?>> out = new LinkedHashMap<>();
      out.put("denoised", tf.identity(x));
      out.put("map", tf.math.square(x));
      out.put("rows", tf.shape(x));
      out.put("vector", tf.math.square(sigma));
      out.put("free", tf.reshape(x, any));
      builder.signature("denoise", Map.of("x", x, "sigma", sigma, "shape", any), out);
      builder.write(second);
    }
    assertEquals(Map.of("map", Shape.of(4, 4, 2)), DenoiserModel.read(second).featureShapes());
  }

  @Test
  void denoisedImagesOfAnotherSize() throws IOException {
    change(
        signature -> {
          TensorInfo.Builder info = signature.getOutputsOrThrow("denoised").toBuilder();
          var five = TensorShapeProto.Dim.newBuilder().setSize(5).build();
          info.getTensorShapeBuilder().setDim(1, five);
          signature.putOutputs("denoised", info.build());
        });
    assertRefused("the output 'denoised' has shape [-1, 5, 8, 2]", "of x's shape");
  }

  @Test
  void imagesWithoutAFixedSize() throws IOException {
    changeInput(
        "x",
        x ->
            x.getTensorShapeBuilder()
                .setDim(1, TensorShapeProto.Dim.newBuilder().setSize(-1).build()));
    assertRefused("x has shape [-1, -1, 8, 2]", "any batch size, the rest fixed");
    changeInput("x", x -> x.getTensorShapeBuilder().clearDim().setUnknownRank(true));
    assertRefused("x has shape unknown", "height and width (docs/models.md)");
  }

  private void info(String text) throws IOException {
    Files.writeString(folder.resolve("assets.extra/denoiser.pbtxt"), text);
  }

  @Test
  void impossibleAssets() throws IOException {
    info("classes: -2");
    assertRefused("denoiser.pbtxt: classes: -2", "the number of classes");
    info("classes: 3 sigma_data: 0");
    assertRefused("denoiser.pbtxt: sigma_data: 0.0", "above 0");
    info("classes: 3 sigma_min: 90");
    assertRefused("sigma_min, sigma_max: 90.0, 80.0", "0 < sigma_min < sigma_max");
    info("classes: 3 sigma_max: inf");
    assertRefused("sigma_min, sigma_max: 0.002, Infinity");
    info("classes: 3 sampled_from: 0.001");
    assertRefused("sampled_from: 0.001", "above sigma_min, 0.002");
    info("classes: 3 student_sigma: nan");
    assertRefused("student_sigma: NaN");
    info("classes: 3 student_sigma: 2 student_level: 2");
    assertRefused("denoiser.pbtxt: student_level", "[2.0, 2.0]", "below the last");
    info("classes: 3 student_level: 1");
    assertRefused("denoiser.pbtxt: student_level", "[0.0, 1.0]");
    info("classes: 3 student_sigma: 20 student_level: [19, 18, 17, 16, 15, 14, 13, 12]");
    assertRefused("denoiser.pbtxt: student_level", "1 to 8");
    info("classes: 3");
    change(signature -> signature.removeInputs("label"));
    assertRefused("denoiser.pbtxt: classes: 3, of a signature without the input label");
  }

  /** "0 classes" is said of models without a label; silence of one with a label is no number. */
  @Test
  void aLabelWithoutANumberOfClasses() throws IOException {
    info("sigma_data: 0.7");
    DenoiserModel read = DenoiserModel.read(folder);
    assertEquals(DenoiserModel.UNKNOWN_CLASSES, read.info().getClasses());
    assertEquals(0.7, read.info().getSigmaData());
    assertEquals(5, read.withClasses(5).info().getClasses());
    Path said = folder.resolve("assets.extra/denoiser.pbtxt");
    Files.delete(said);
    assertEquals(DenoiserModel.UNKNOWN_CLASSES, DenoiserModel.read(folder).info().getClasses());
    Files.createSymbolicLink(said, Path.of("gone"));
    assertRefused("denoiser.pbtxt: cannot be read: a link to nothing");
  }

  @Test
  void aFixedBatchSize() throws IOException {
    changeInput(
        "x",
        x ->
            x.getTensorShapeBuilder()
                .setDim(0, TensorShapeProto.Dim.newBuilder().setSize(16).build()));
    assertRefused("x has shape [16, 8, 8, 2]", "free batch size", "rows");
  }

  @Test
  void noDenoisedImagesOrOfAnotherType() throws IOException {
    TensorInfo[] denoised = new TensorInfo[1];
    change(
        signature -> {
          denoised[0] = signature.getOutputsOrThrow("denoised");
          signature.removeOutputs("denoised");
        });
    assertRefused("no output 'denoised'; it has [", "features_8x8");
    change(
        signature ->
            signature.putOutputs(
                "denoised", denoised[0].toBuilder().setDtype(DataType.DT_HALF).build()));
    assertRefused("the output 'denoised' is DT_HALF");
  }
}
