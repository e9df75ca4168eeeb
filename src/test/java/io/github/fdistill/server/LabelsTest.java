package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.wire.ApiException;
import io.github.fdistill.wire.HostTensor;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.TensorProtos;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/** Labels out of range, asked of a server: of our exports, and of a model that does not look. */
class LabelsTest {
  private static final String RANGE = "expected 0 to 2, or 3 for no class";

  @TempDir static Path folder;
  private static Asked asked;

  @BeforeAll
  static void serve() throws IOException {
    TinyStudent.write(folder.resolve("tiny/1"), 1);
    FrontPageTest.writeTeacher(folder.resolve("teacher/1"));
    writeOther(folder.resolve("other/1"));
    asked = new Asked(folder.resolve("tiny"), folder.resolve("teacher"), folder.resolve("other"));
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  /** A one-hot vector of a label, of another's making: it says nothing to a label out of range. */
  private static void writeOther(Path version) throws IOException {
    Files.createDirectories(version.resolve("assets.extra"));
    Files.writeString(version.resolve("assets.extra/denoiser.pbtxt"), "classes: 3");
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      Ops tf = builder.tf();
      Operand<TInt32> label = tf.placeholder(TInt32.class, Placeholder.shape(Shape.of(-1)));
      Operand<TFloat32> row = tf.oneHot(label, tf.constant(4), tf.constant(1f), tf.constant(0f));
      builder.signature(
          "serving_default", java.util.Map.of("label", label), java.util.Map.of("row", row));
      Operand<TUint8> narrow = tf.placeholder(TUint8.class, Placeholder.shape(Shape.of(-1)));
      builder.signature(
          "narrow",
          java.util.Map.of("label", narrow),
          java.util.Map.of("same", tf.identity(narrow)));
      builder.write(version);
    }
  }

  /** Of a network that never learnt "no class" that is refused as well. */
  @Test
  void noClassIsForThoseThatLearntIt() {
    Signature signature = Signature.of("serving_default", SignatureDef.getDefaultInstance());
    DenoiserInfo knows = DenoiserInfo.newBuilder().setClasses(3).build();
    DenoiserInfo not = knows.toBuilder().setLearntNoClass(false).build();
    byte[] labels = {2, 3};
    var inputs = java.util.Map.of("label", HostTensor.of(DataType.DT_UINT8, Shape.of(2), labels));
    LabelCheck.require(knows, signature, inputs);
    String said =
        assertThrows(ApiException.class, () -> LabelCheck.require(not, signature, inputs))
            .getMessage();
    assertTrue(said.contains("3") && said.contains("expected 0 to 2"), said);
    assertFalse(said.contains("no class"), said);
  }

  /** Of whatever width their numbers are. */
  @Test
  void labelsOfOneByteToo() throws Exception {
    String asks = "{\"signature_name\": \"narrow\", \"inputs\": {\"label\": [2, %d]}}";
    assertEquals(200, asked.post("/v1/models/other:predict", asks.formatted(3)).statusCode());
    refused(asked.post("/v1/models/other:predict", asks.formatted(200)), 200);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 99, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void bothProtocolsAndThePageRefuseThem(int label) throws Exception {
    for (String body :
        new String[] {
          "{\"inputs\": {\"seed\": [1, 2], \"label\": [0, " + label + "]}}",
          "{\"instances\": [{\"seed\": 1, \"label\": " + label + "}]}",
          "{\"signature_name\": \"png\", \"inputs\": {\"seed\": [1], \"label\": [" + label + "]}}",
        }) {
      refused(asked.post("/v1/models/tiny:predict", body), label);
    }
    refused(
        asked.post("/v1/models/other:predict", "{\"inputs\": {\"label\": [" + label + "]}}"),
        label);
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(label).array();
    PredictRequest request =
        Asked.request("tiny", 0, 1).toBuilder()
            .putInputs(
                "label", TensorProtos.write(HostTensor.of(DataType.DT_INT32, Shape.of(1), bytes)))
            .build();
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> asked.predict(request));
    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
    assertTrue(e.getMessage().contains("holds " + label + ", " + RANGE), e.getMessage());
    for (String model : new String[] {"tiny", "teacher"}) {
      refused(asked.get("/page/images?model=" + model + "&seed=1&count=1&class=" + label), label);
    }
  }

  private static void refused(HttpResponse<String> response, int label) {
    assertEquals(400, response.statusCode(), response.body());
    assertTrue(response.body().contains("" + label), response.body());
    assertTrue(response.body().contains(RANGE), response.body());
  }

  @Test
  void noClassIsItsLabelOrInWords() throws Exception {
    String number = asked.get("/page/images?model=tiny&seed=1&count=1&class=3").body();
    String words = asked.get("/page/images?model=tiny&seed=1&count=1&class=none").body();
    assertTrue(number.contains("\"images\":[\""), number);
    assertEquals(number.substring(0, number.indexOf(']')), words.substring(0, words.indexOf(']')));
    String body = "{\"inputs\": {\"seed\": [1], \"label\": [3]}}";
    assertEquals(200, asked.post("/v1/models/tiny:predict", body).statusCode());
  }
}
