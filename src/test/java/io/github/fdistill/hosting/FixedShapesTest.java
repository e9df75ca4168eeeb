package io.github.fdistill.hosting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.fdistill.journal.TfRecord;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.ModelSpec;
import io.github.fdistill.wire.PredictLog;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictionLog;
import io.github.fdistill.wire.TensorProtos;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TUint8;

/** A graph was looked at for the shapes that its signature says: it runs on no others. */
class FixedShapesTest {
  private static final long MOST_BYTES = 1 << 20;

  @TempDir Path folder;

  private static HostTensor of(int rows) {
    return HostTensor.of(DataType.DT_UINT8, Shape.of(rows, 3), new byte[rows * 3]);
  }

  private void write() throws IOException {
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TUint8> x = tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(2, 3)));
      builder.signature("run", Map.of("x", x), Map.of("y", tf.identity(x)));
      builder.write(folder);
    }
  }

  @Test
  void aRunHasTheRowsThatTheSignatureFixes() throws Exception {
    write();
    String refusal = "input x has shape [1, 3], expected [2, 3]";
    try (ModelHere model = ModelHere.load(folder, MOST_BYTES)) {
      Map<String, HostTensor> answer = run(model, 2);
      assertEquals(Shape.of(2, 3), answer.get("y").shape());
      assertEquals(refusal, assertThrows(ApiException.class, () -> run(model, 1)).getMessage());
      PredictRequest.Builder request = PredictRequest.newBuilder();
      request.setModelSpec(ModelSpec.newBuilder().setSignatureName("run"));
      request.putInputs("x", TensorProtos.write(of(1)));
      PredictLog log = PredictLog.newBuilder().setRequest(request).build();
      byte[] record = PredictionLog.newBuilder().setPredictLog(log).build().toByteArray();
      Path extra = Files.createDirectories(folder.resolve("assets.extra"));
      Files.write(extra.resolve("tf_serving_warmup_requests"), TfRecord.of(record));
      assertEquals(1, WarmUp.replay(folder, model, MOST_BYTES), "filled up, as a client's is");
      Exception large = assertThrows(ApiException.class, () -> WarmUp.replay(folder, model, 8));
      assertEquals(refusal, large.getMessage(), "two rows are counted as 16 bytes");
      anInterruptEndsIt(() -> WarmUp.replay(folder, model, MOST_BYTES));
    }
    anInterruptEndsIt(() -> ModelHere.load(folder, MOST_BYTES));
  }

  private static void anInterruptEndsIt(Executable loading) {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, loading);
    assertFalse(Thread.interrupted());
  }

  private static Map<String, HostTensor> run(ModelHere model, int rows) {
    return model.run("run", Map.of("x", of(rows)), List.of("y"), Duration.ofMinutes(1));
  }
}
