package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import io.github.fdistill.hosting.Signature;
import io.github.fdistill.wire.ApiException;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorProto;

/** A signature that has values for inputs that a request leaves out. */
class SignatureDefaultsTest {
  private static final TensorInfo BYTE =
      TensorInfo.newBuilder().setDtype(DataType.DT_UINT8).build();

  private static final SignatureDef DEFINITION =
      SignatureDef.newBuilder()
          .putInputs("x", BYTE)
          .putInputs("scale", BYTE)
          .putDefaults("scale", scalar(7))
          .build();

  private static TensorProto scalar(int value) {
    return TensorProto.newBuilder()
        .setDtype(DataType.DT_UINT8)
        .setTensorContent(ByteString.copyFrom(new byte[] {(byte) value}))
        .build();
  }

  private static byte scale(Map<String, TensorProto> sent) {
    Signature signature = Signature.of("s", DEFINITION);
    return signature.read(sent, signature.inputs().keySet(), 2).get("scale").bytes()[0];
  }

  @Test
  void whatIsLeftOutHasItsDefaultAndNothingElseMayBeLeftOut() {
    assertEquals(7, scale(Map.of("x", scalar(1))));
    assertEquals(8, scale(Map.of("x", scalar(1), "scale", scalar(8))));
    String missing =
        assertThrows(ApiException.class, () -> scale(Map.of("scale", scalar(8)))).getMessage();
    assertTrue(missing.contains("Missing but required: {x}"), missing);
    // A text may stand in the place of an input: its default does not stand beside it.
    Signature signature = Signature.of("s", DEFINITION);
    assertEquals(Set.of("x"), signature.read(Map.of("x", scalar(1)), Set.of("x"), 2).keySet());
  }

  @Test
  void metadataHaveThemAsJson() {
    TensorProto numbers =
        TensorProto.newBuilder().addFloatVal(0.5f).addFloatVal(Float.NEGATIVE_INFINITY).build();
    SignatureDef definition = DEFINITION.toBuilder().putDefaults("numbers", numbers).build();
    JsonObject defaults =
        JsonParser.parseString(ProtoJson.text(definition))
            .getAsJsonObject()
            .getAsJsonObject("defaults");
    assertEquals("Bw==", defaults.getAsJsonObject("scale").get("tensor_content").getAsString());
    assertEquals(
        "[0.5,\"-Infinity\"]", defaults.getAsJsonObject("numbers").get("float_val").toString());
  }
}
