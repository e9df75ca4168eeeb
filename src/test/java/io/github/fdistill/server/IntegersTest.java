package io.github.fdistill.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.github.fdistill.savedmodel.SavedModelBuilder;
import io.github.fdistill.wire.PredictRequest;
import io.github.fdistill.wire.PredictResponse;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/** Whole numbers of types that TensorFlow Java has no class of are served like any others. */
class IntegersTest {
  private static final List<DataType> TYPES =
      List.of(DataType.DT_INT8, DataType.DT_INT16, DataType.DT_UINT32, DataType.DT_UINT64);

  @TempDir static Path folder;
  private static Asked asked;

  /** Of each type x [N] and x + x, and what no version of the API has in JSON. */
  @BeforeAll
  static void start() throws IOException {
    Path version = Files.createDirectories(folder.resolve("numbers/1"));
    try (SavedModelBuilder builder = new SavedModelBuilder()) {
      for (DataType type : TYPES) {
        Operand<?> x = placeholder(builder.tf(), type);
        builder.signature(name(type), Map.of("x", x), Map.of("x", x, "twice", twice(builder, x)));
      }
      Operand<?> x = placeholder(builder.tf(), DataType.DT_COMPLEX64);
      builder.signature("complex64", Map.of("x", x), Map.of("x", x));
      builder.write(version);
    }
    asked = new Asked(folder.resolve("numbers"));
  }

  private static Operand<?> placeholder(Ops tf, DataType type) {
    Scope scope = tf.scope();
    return scope
        .env()
        .opBuilder("Placeholder", name(type), scope)
        .setAttr("dtype", type)
        .setAttr("shape", Shape.of(Shape.UNKNOWN_SIZE))
        .build()
        .output(0);
  }

  private static Operand<?> twice(SavedModelBuilder builder, Operand<?> x) {
    Scope scope = builder.tf().scope();
    Output<?> value = x.asOutput();
    return scope
        .env()
        .opBuilder("AddV2", "twice_" + name(value.dataType()), scope)
        .addInput(value)
        .addInput(value)
        .build()
        .output(0);
  }

  private static String name(DataType type) {
    return type.name().substring(3).toLowerCase(java.util.Locale.ROOT);
  }

  @AfterAll
  static void end() {
    asked.close();
  }

  private static HttpResponse<String> predict(String signature, String values) throws Exception {
    return asked.post(
        "/v1/models/numbers:predict",
        "{\"signature_name\": \"" + signature + "\", \"inputs\": " + values + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int8 | [-128,0,63] | [0,0,126]",
        "int16 | [-32768,0,5] | [0,0,10]",
        "uint32 | [4294967295,0,2147483647] | [4294967294,0,4294967294]",
        "uint64 | [18446744073709551615,0,7] | [18446744073709551614,0,14]"
      })
  void json(String type, String values, String twice) throws Exception {
    HttpResponse<String> answer = predict(type, values);
    assertEquals(200, answer.statusCode(), answer.body());
    JsonElement outputs = JsonParser.parseString(answer.body()).getAsJsonObject().get("outputs");
    assertEquals(values, "" + outputs.getAsJsonObject().get("x"));
    assertEquals(twice, "" + outputs.getAsJsonObject().get("twice"));
  }

  @ParameterizedTest
  @CsvSource({
    "int8,128",
    "int8,-129",
    "int16,32768",
    "uint32,-1",
    "uint32,4294967296",
    "uint64,-1",
    "uint64,18446744073709551616",
    "int8,1.5",
    "uint64,1e3"
  })
  void whatIsOutOfItsRangeIsRefused(String type, String value) throws Exception {
    HttpResponse<String> answer = predict(type, "[" + value + "]");
    assertEquals(400, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("is not of expected type: " + type), answer.body());
  }

  @Test
  void protobuf() {
    Map<DataType, TensorProto.Builder> sent = new LinkedHashMap<>();
    TYPES.forEach(type -> sent.put(type, TensorProto.newBuilder().setDtype(type)));
    sent.get(DataType.DT_INT8).addIntVal(-3);
    sent.get(DataType.DT_INT16).addIntVal(-300);
    sent.get(DataType.DT_UINT32).addUint32Val(-1);
    sent.get(DataType.DT_UINT64).addUint64Val(-1);
    sent.forEach(
        (type, tensor) -> {
          tensor.setTensorShape(
              TensorShapeProto.newBuilder().addDim(TensorShapeProto.Dim.newBuilder().setSize(1)));
          PredictRequest.Builder request = PredictRequest.newBuilder();
          request.getModelSpecBuilder().setName("numbers").setSignatureName(name(type));
          PredictResponse answer = asked.predict(request.putInputs("x", tensor.build()).build());
          assertEquals(tensor.build(), answer.getOutputsOrThrow("x"));
        });
  }

  @Test
  void otherTypesAreRefusedByName() throws Exception {
    HttpResponse<String> answer = predict("complex64", "[1]");
    assertEquals(501, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("tensors of DT_COMPLEX64 are not served"), answer.body());
  }
}
