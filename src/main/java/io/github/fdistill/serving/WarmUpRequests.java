package io.github.fdistill.serving;

import io.github.fdistill.condition.ConditionRows;
import io.github.fdistill.data.Tokenizers;
import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictLog;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto.Dim;

/**
 * The requests that a server replays before it says that a version is there: each signature that is
 * usual with each size of batches.
 */
final class WarmUpRequests {
  static final String FILE = "tf_serving_warmup_requests";

  /**
   * What is usual. Fewer steps and what is for programs that lack ops are rarely asked of a server;
   * of a large student of several steps, its other names and all of them would take many times as
   * long.
   */
  static final Set<String> SIGNATURES =
      Set.of("serving_default", "png", "generate", DenoiserModel.SIGNATURE);

  private WarmUpRequests() {}

  /**
   * Writes them where TensorFlow Serving looks for them in a version's folder.
   *
   * @param signatures all that the version has
   * @param conditions of images, whose texts are asked for
   */
  static void write(
      Path version,
      String model,
      Map<String, SignatureDef> signatures,
      List<Integer> sizes,
      ConditionRows conditions)
      throws IOException {
    Map<String, SignatureDef> usual = new TreeMap<>(signatures);
    usual.keySet().retainAll(SIGNATURES);
    Path file = Files.createDirectories(version.resolve("assets.extra")).resolve(FILE);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (Map.Entry<String, SignatureDef> signature : usual.entrySet()) {
        for (int rows : sizes) {
          PredictRequest.Builder request =
              request(model, signature.getKey(), signature.getValue(), rows);
          texts(signature.getValue(), conditions, rows).forEach(request::putInputs);
          PredictLog log = PredictLog.newBuilder().setRequest(request).build();
          out.write(
              TfRecord.of(PredictionLog.newBuilder().setPredictLog(log).build().toByteArray()));
        }
      }
    }
  }

  private static PredictRequest.Builder request(
      String model, String name, SignatureDef signature, int rows) {
    PredictRequest.Builder request =
        PredictRequest.newBuilder()
            .setModelSpec(ModelSpec.newBuilder().setName(model).setSignatureName(name));
    new TreeMap<>(signature.getInputsMap())
        .forEach((key, info) -> request.putInputs(key, same(info, rows)));
    return request;
  }

  /** The texts of as many images, where the signature takes some. */
  private static Map<String, TensorProto> texts(
      SignatureDef signature, ConditionRows conditions, int rows) {
    int[] which = IntStream.range(0, rows).map(i -> i % conditions.count()).toArray();
    Map<String, TensorProto> tensors = new TreeMap<>();
    for (String name : Tokenizers.INPUTS) {
      TensorInfo info = signature.getInputsMap().get(name);
      if (info != null
          && conditions.rows(which).columns().get(name) instanceof ConditionRows.Ints ints) {
        TensorProto.Builder tensor = same(info, rows).toBuilder().clearIntVal();
        Arrays.stream(ints.values()).forEach(tensor::addIntVal);
        tensors.put(name, tensor.build());
      }
    }
    return tensors;
  }

  /** A tensor of one value throughout, which is written once: 1, a level of noise that exists. */
  private static TensorProto same(TensorInfo info, int rows) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDtype(info.getDtype());
    for (int i = 0; i < info.getTensorShape().getDimCount(); i++) {
      long size = i == 0 ? rows : info.getTensorShape().getDim(i).getSize();
      tensor.getTensorShapeBuilder().addDim(Dim.newBuilder().setSize(size));
    }
    switch (info.getDtype()) {
      case DT_FLOAT -> tensor.addFloatVal(1);
      case DT_INT64 -> tensor.addInt64Val(1);
      default -> tensor.addIntVal(0); // A class that every model has.
    }
    return tensor.build();
  }
}
