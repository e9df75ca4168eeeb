package io.github.fdistill.cli;

import io.github.fdistill.device.NodeNames;
import io.github.fdistill.savedmodel.Bundles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SaverDef;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TString;

/**
 * A SavedModel as another program would write it: a stack of convolutions with resource variables,
 * keys in the checkpoint that are not the variables' names, a saver of its own, no assets. Only its
 * signature {@code denoise} follows the contract.
 */
final class ForeignModel {
  private final Ops tf;
  private final Random random = new Random(3);
  private final List<VarHandleOp> handles = new ArrayList<>();
  private final Map<String, Bundles.Entry> values = new LinkedHashMap<>();
  private final SignatureDef.Builder signature =
      SignatureDef.newBuilder().setMethodName("tensorflow/serving/predict");

  private ForeignModel(Ops tf) {
    this.tf = tf;
  }

  /**
   * Writes one.
   *
   * @param side of its images, which are square and grey
   * @param classes 0: no label
   * @param feature whether it gives a feature map, made with a variable that nothing else needs
   */
  static void write(Path folder, String name, int side, int classes, boolean feature)
      throws IOException {
    try (Graph graph = new Graph()) {
      ForeignModel model = new ForeignModel(NodeNames.ops(graph));
      model.network(side, classes, feature);
      SaverDef saver = model.saver();
      MetaGraphDef.MetaInfoDef tags =
          MetaGraphDef.MetaInfoDef.newBuilder().addTags("serve").build();
      MetaGraphDef metaGraph =
          MetaGraphDef.newBuilder()
              .setMetaInfoDef(tags)
              .setGraphDef(graph.toGraphDef())
              .setSaverDef(saver)
              .putSignatureDef(name, model.signature.build())
              .build();
      Files.createDirectories(folder.resolve("variables"));
      Bundles.write(folder.resolve("variables/variables"), model.values);
      byte[] bytes =
          org.tensorflow.proto.SavedModel.newBuilder()
              .setSavedModelSchemaVersion(1)
              .addMetaGraphs(metaGraph)
              .build()
              .toByteArray();
      Files.write(folder.resolve("saved_model.pb"), bytes);
    }
  }

  /** denoised = (x + conv(silu(conv(x / (1 + sigma)) + label))) / (1 + sigma). */
  private void network(int side, int classes, boolean feature) {
    Placeholder<TFloat32> x = input("x", TFloat32.class, Shape.of(-1, side, side, 1));
    Placeholder<TFloat32> sigma = input("sigma", TFloat32.class, Shape.of(-1));
    Operand<TFloat32> level =
        tf.math.add(tf.reshape(sigma, tf.constant(new int[] {-1, 1, 1, 1})), tf.constant(1f));
    Operand<TFloat32> h = conv("stem", tf.math.div(x, level), 1, 6);
    if (classes > 0) {
      Placeholder<TInt32> label = input("label", TInt32.class, Shape.of(-1));
      Operand<TFloat32> oneHot =
          tf.oneHot(label, tf.constant(classes), tf.constant(1f), tf.constant(0f));
      Operand<TFloat32> shift = tf.linalg.matMul(oneHot, variable("by_class", classes, 6));
      h = tf.math.add(h, tf.reshape(shift, tf.constant(new int[] {-1, 1, 1, 6})));
    }
    h = tf.math.mul(h, tf.math.sigmoid(h));
    Operand<TFloat32> y = tf.math.div(tf.math.add(x, conv("head", h, 6, 1)), level);
    signature.putOutputs("denoised", info(y.asOutput()));
    if (feature) {
      signature.putOutputs("seen", info(conv("eye", h, 6, 4).asOutput()));
    }
  }

  private <T extends org.tensorflow.types.family.TType> Placeholder<T> input(
      String name, Class<T> type, Shape shape) {
    Placeholder<T> input = tf.withName("fed_" + name).placeholder(type, Placeholder.shape(shape));
    signature.putInputs(name, info(input.asOutput()));
    return input;
  }

  private Operand<TFloat32> conv(String name, Operand<TFloat32> x, long in, long out) {
    Operand<TFloat32> kernel = variable(name + "_kernel", 3, 3, in, out);
    return tf.nn.biasAdd(
        tf.nn.conv2d(x, kernel, List.of(1L, 1L, 1L, 1L), "SAME"), variable(name + "_bias", out));
  }

  private Operand<TFloat32> variable(String name, long... dims) {
    Shape shape = Shape.of(dims);
    float[] numbers = new float[(int) shape.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 0.2f * (float) random.nextGaussian();
    }
    VarHandleOp handle =
        tf.withName(name).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName("v/" + name));
    handles.add(handle);
    values.put("layer_with_weights-" + handles.size() + "/.VALUE", entry(shape, numbers));
    return tf.readVariableOp(handle, TFloat32.class);
  }

  private static Bundles.Entry entry(Shape shape, float[] numbers) {
    return new Bundles.Entry(shape, numbers);
  }

  private SaverDef saver() {
    Placeholder<TString> file = tf.placeholder(TString.class, Placeholder.shape(Shape.scalar()));
    String[] keys = values.keySet().toArray(String[]::new);
    String[] slices = new String[keys.length];
    java.util.Arrays.fill(slices, "");
    List<Class<? extends org.tensorflow.types.family.TType>> types = new ArrayList<>();
    handles.forEach(h -> types.add(TFloat32.class));
    Operand<TString> names = tf.constant(StdArrays.ndCopyOf(keys));
    Operand<TString> whole = tf.constant(StdArrays.ndCopyOf(slices));
    List<Output<?>> restored = tf.train.restore(file, names, whole, types).tensors();
    List<Op> assigned = new ArrayList<>();
    List<Operand<?>> reads = new ArrayList<>();
    for (VarHandleOp handle : handles) {
      Operand<TFloat32> value = restored.get(assigned.size()).expect(TFloat32.class);
      assigned.add(tf.assignVariableOp(handle, tf.identity(value)));
      reads.add(tf.readVariableOp(handle, TFloat32.class));
    }
    Op save = tf.train.save(file, names, whole, reads);
    Operand<TString> saved = tf.withControlDependencies(List.of(save)).identity(file);
    Op restore = tf.withControlDependencies(assigned).noOp();
    return SaverDef.newBuilder()
        .setFilenameTensorName(file.op().name() + ":0")
        .setSaveTensorName(saved.op().name() + ":0")
        .setRestoreOpName(restore.op().name())
        .setVersion(SaverDef.CheckpointFormatVersion.V2)
        .build();
  }

  private static TensorInfo info(Output<?> tensor) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long size : tensor.shape().asArray()) {
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
    }
    return TensorInfo.newBuilder()
        .setName(tensor.op().name() + ":" + tensor.index())
        .setDtype(tensor.dataType())
        .setTensorShape(shape)
        .build();
  }
}
