package io.github.fdistill.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

class JsonRequestTest {
  private static Map<String, TensorInfo> inputs(Object... namesAndTypes) {
    Map<String, TensorInfo> inputs = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      TensorInfo info = TensorInfo.newBuilder().setDtype((DataType) namesAndTypes[i + 1]).build();
      inputs.put((String) namesAndTypes[i], info);
    }
    return inputs;
  }

  private static final Map<String, TensorInfo> STUDENT =
      inputs("label", DataType.DT_INT32, "seed", DataType.DT_INT64);

  private static JsonRequest read(String text, Map<String, TensorInfo> inputs) {
    return JsonRequest.read(text, 1 << 10, (name, given) -> inputs);
  }

  private static long[] longs(HostTensor tensor) {
    long[] values = new long[tensor.bytes().length / Long.BYTES];
    ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values);
    return values;
  }

  private static int[] ints(HostTensor tensor) {
    int[] values = new int[tensor.bytes().length / Integer.BYTES];
    ByteBuffer.wrap(tensor.bytes()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    return values;
  }

  @Test
  void rowsAndColumnsSayTheSame() {
    JsonRequest rows =
        read(
            "{\"instances\": [{\"seed\": 7, \"label\": 8}, {\"label\": 9, \"seed\": -7}]}",
            STUDENT);
    JsonRequest columns = read("{\"inputs\": {\"seed\": [7, -7], \"label\": [8, 9]}}", STUDENT);
    for (JsonRequest request : new JsonRequest[] {rows, columns}) {
      assertArrayEquals(new long[] {7, -7}, longs(request.inputs().get("seed")));
      assertArrayEquals(new int[] {8, 9}, ints(request.inputs().get("label")));
      assertEquals(Shape.of(2), request.inputs().get("seed").shape());
    }
    assertTrue(rows.byRows());
    assertTrue(!columns.byRows());
  }

  /** As RapidJSON finds members. */
  @Test
  void ofKeysThatComeTwiceTheFirstCounts() {
    for (String body :
        new String[] {
          "{\"inputs\": {\"seed\": [7, -7], \"label\": [8, 9]}, \"inputs\": 1} \n",
          "{\"inputs\": {\"seed\": [7, -7], \"seed\": [\"x\"], \"label\": [8, 9]}}"
        }) {
      JsonRequest request = read(body, STUDENT);
      assertArrayEquals(new long[] {7, -7}, longs(request.inputs().get("seed")));
      assertArrayEquals(new int[] {8, 9}, ints(request.inputs().get("label")));
    }
    assertEquals(
        "png",
        JsonRequest.signatureOfExamples(
            "{\"signature_name\": \"png\", \"examples\": [{}], \"signature_name\": \"x\"}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|'examples' is expected and was not found",
        "{\"examples\": {}}|Expecting 'examples' value to be an list/array",
        "{\"examples\": []}|'examples' value is an empty array",
        "{\"examples\": [{}, 1]}|Example must be JSON object but got JSON Number",
        "{\"examples\": [true]}|Example must be JSON object but got JSON True",
        "{\"examples\": [[]]}|Example must be JSON object but got JSON Array"
      })
  void examplesAreAListOfObjects(String body, String says) {
    String said =
        assertThrows(ApiException.class, () -> JsonRequest.signatureOfExamples(body)).getMessage();
    assertTrue(said.contains(says), said);
  }

  @Test
  void theSignatureMayStandAfterTheValues() {
    String[] asked = {null};
    JsonRequest.read(
        "{\"inputs\": {\"seed\": [1], \"label\": [2]}, \"signature_name\": \"png\"}",
        1 << 10,
        (name, given) -> {
          asked[0] = name + " " + new TreeSet<>(given);
          return STUDENT;
        });
    assertEquals("png [label, seed]", asked[0]);
  }

  @Test
  void itsTensorsAndNamesAreBounded() {
    String ones = "1,".repeat(84) + "1";
    String body = "{\"inputs\": {\"seed\": [" + ones + "], \"label\": [" + ones + "]}}";
    assertEquals(85, read(body, STUDENT).inputs().get("label").rows()); // 85 (8 + 4) = 1020
    String text = "b".repeat(1_016);
    Map<String, TensorInfo> texts = inputs("text", DataType.DT_STRING);
    String lone = "{\"instances\": [{\"b64\": \"" + text + "\"}]}";
    assertEquals(1, read(lone, texts).inputs().get("text").rows());
    refused(body.replaceFirst("]", ",1]"), STUDENT, "the tensors take more than 1024 bytes");
    refused(lone.replace("]", ", \"" + text + "\"]"), texts, "take more than 1024 bytes");
    refused(lone.replace(text, text.repeat(2)), texts, "take more than 1024 bytes");
    String names = "\"a\": 1, ".repeat(3) + "\"b\": 1";
    for (int i = 0; i < 1_024; i++) {
      names += ", \"" + i + "\": 1";
    }
    refused("{\"inputs\": {" + names + "}}", STUDENT, "more than 1024 named inputs");
  }

  private static void refused(String body, Map<String, TensorInfo> inputs, String says) {
    String said = assertThrows(ApiException.class, () -> read(body, inputs)).getMessage();
    assertTrue(said.contains(says), said);
  }

  @Test
  void listsInListsAreDimensions() {
    Map<String, TensorInfo> x = inputs("x", DataType.DT_FLOAT);
    HostTensor columns = read("{\"inputs\": [[1, 2.5, -3e2], [4, 5, 6]]}", x).inputs().get("x");
    assertEquals(Shape.of(2, 3), columns.shape());
    HostTensor rows = read("{\"instances\": [[[1, 2]], [[3, 4]], [[5, 6]]]}", x).inputs().get("x");
    assertEquals(Shape.of(3, 1, 2), rows.shape());
    float[] values = new float[6];
    ByteBuffer.wrap(columns.bytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    assertArrayEquals(new float[] {1, 2.5f, -300, 4, 5, 6}, values);
    assertEquals(Shape.of(2, 0), read("{\"inputs\": [[], []]}", x).inputs().get("x").shape());
    assertEquals(Shape.scalar(), read("{\"inputs\": 3}", x).inputs().get("x").shape());
  }

  /** One without inputs gives what it holds; a value would be of nothing. */
  @Test
  void aSignatureWithoutInputsTakesNoValue() {
    assertEquals(Map.of(), read("{\"inputs\": {}}", Map.of()).inputs());
    for (String body :
        new String[] {
          "{\"inputs\": 1}", "{\"inputs\": [1]}", "{\"instances\": [1]}", "{\"instances\": [[]]}"
        }) {
      ApiException refused = assertThrows(ApiException.class, () -> read(body, Map.of()));
      assertEquals(Status.Code.INVALID_ARGUMENT, refused.code());
      assertTrue(refused.getMessage().contains("takes no inputs"), refused.getMessage());
    }
  }

  @Test
  void stringsArePlainOrInBase64() {
    Map<String, TensorInfo> text = inputs("text", DataType.DT_STRING);
    for (String body :
        new String[] {
          "{\"instances\": [\"hi\", {\"b64\": \"aGk=\"}]}",
          "{\"inputs\": [\"hi\", {\"b64\": \"aGk=\"}]}"
        }) {
      HostTensor tensor = read(body, text).inputs().get("text");
      assertEquals(Shape.of(2), tensor.shape());
      tensor.strings().forEach(s -> assertEquals("hi", s.toStringUtf8()));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|The document is empty",
        "{|JSON Parse error",
        "[1]|Is not object",
        "{\"inputs\": {\"seed\": [1], \"label\": [1]}} x|text after the end of the document at line 1",
        "{\"inputs\": {\"seed\": [1], \"label\": [1]}}{}|JSON Parse error: text after the end",
        "{\"inputs\": {\"seed\": [1], \"label\": [1]}}NaN|JSON Parse error: text after the end",
        "{'inputs': 1}|JSON Parse error",
        "{\"signature_name\": 3, \"inputs\": 1}|must be a string value",
        "{}|Missing 'inputs' or 'instances' key",
        "{\"instances\": [1], \"inputs\": 1}|expecting only one of",
        "{\"instances\": {\"seed\": 1}}|to be an list/array",
        "{\"instances\": []}|No values in 'instances'",
        "{\"instances\": [1, 2]}|expecting list of objects",
        "{\"instances\": [{\"seed\": 1, \"label\": 1}, 2]}|Expecting object but got list at item 1",
        "{\"instances\": [{\"seed\": 1}]}|Missing named input: label",
        "{\"instances\": [{\"seed\": 1, \"label\": 1, \"x\": 1}]}|does not have named input: x",
        "{\"instances\": [{\"seed\": 1, \"seed\": 1}]}|two values for the input: seed",
        "{\"inputs\": [1]}|expecting an object",
        "{\"inputs\": {\"seed\": [1.5], \"label\": [1]}}|not of expected type: int64",
        "{\"inputs\": {\"seed\": [\"1\"], \"label\": [1]}}|\"1\" Type: String is not of expected type",
        "{\"inputs\": {\"seed\": [null], \"label\": [1]}}|Type: Null",
        "{\"inputs\": {\"seed\": [true], \"label\": [1]}}|Type: Bool",
        "{\"inputs\": {\"seed\": [{}], \"label\": [1]}}|Type: Object",
        "{\"inputs\": {\"seed\": [9223372036854775808], \"label\": [1]}}|not of expected type: int64",
        "{\"inputs\": {\"seed\": [1], \"label\": [2147483648]}}|not of expected type: int32",
        "{\"inputs\": {\"seed\": [1, [2]], \"label\": [1]}}|Encountered list at unexpected level",
        "{\"inputs\": {\"seed\": [[1], 2], \"label\": [1]}}|found at incorrect level",
        "{\"inputs\": {\"seed\": [[1], [2, 3]], \"label\": [1]}}|unexpected size: 2 at level: 1",
        "{\"inputs\": {\"seed\": [NaN], \"label\": [1]}}|NaN Type: Number is not of expected type",
        "{\"inputs\": {\"seed\": [nan], \"label\": [1]}}|JSON Parse error",
      })
  void whatIsMalformedIsToldWithWhatIsWrong(String body, String part) {
    String text = body == null ? "" : body;
    ApiException e = assertThrows(ApiException.class, () -> read(text, STUDENT));
    assertEquals(Status.Code.INVALID_ARGUMENT, e.code());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"b64\": 3}", "{\"b64\": \"?\"}", "{\"b64\": \"\", \"x\": 1}", "{}"})
  void base64ThatIsNone(String object) {
    assertThrows(
        ApiException.class,
        () -> read("{\"inputs\": [" + object + "]}", inputs("text", DataType.DT_STRING)));
  }

  @Test
  void aLoneStringMayBeNamed() {
    Map<String, TensorInfo> text = inputs("s", DataType.DT_STRING);
    for (String body :
        new String[] {
          "{\"instances\": [{\"s\": {\"b64\": \"aGk=\"}}, {\"s\": \"hi\"}]}",
          "{\"inputs\": {\"s\": [{\"b64\": \"aGk=\"}, \"hi\"]}}",
          "{\"instances\": [{\"b64\": \"aGk=\"}, {\"s\": \"hi\"}]}",
          "{\"inputs\": [{\"b64\": \"a\\nG\\r\\n k=\"}, \"hi\"]}"
        }) {
      HostTensor tensor = read(body, text).inputs().get("s");
      assertEquals(Shape.of(2), tensor.shape());
      tensor.strings().forEach(s -> assertEquals("hi", s.toStringUtf8()));
    }
    HostTensor one = read("{\"inputs\": {\"b64\": \"aGk=\"}}", text).inputs().get("s");
    assertEquals(Shape.scalar(), one.shape());
    Map<String, TensorInfo> b64 = inputs("b64", DataType.DT_STRING);
    HostTensor named = read("{\"inputs\": {\"b64\": [\"hi\"]}}", b64).inputs().get("b64");
    assertEquals(Shape.of(1), named.shape());
  }

  @Test
  void whatNoInputIsCalledIsPassedOverInColumns() {
    String body =
        "{\"inputs\": {\"other\": {\"x\": [1]}, \"seed\": [1], \"label\": [2], \"y\": 3}}";
    assertEquals(Set.of("seed", "label"), read(body, STUDENT).inputs().keySet());
  }

  @Test
  void numbersThatJsonHasNoWordsForAreTaken() {
    for (DataType type : new DataType[] {DataType.DT_FLOAT, DataType.DT_DOUBLE}) {
      Map<String, TensorInfo> x = inputs("x", type);
      byte[] bytes =
          read("{\"instances\": [NaN, Infinity,-Infinity, -Inf ,1]}", x).inputs().get("x").bytes();
      ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      double[] found = new double[5];
      for (int i = 0; i < found.length; i++) {
        found[i] = type == DataType.DT_FLOAT ? values.getFloat() : values.getDouble();
      }
      double infinite = Double.POSITIVE_INFINITY;
      assertArrayEquals(new double[] {Double.NaN, infinite, -infinite, -infinite, 1}, found);
    }
    Map<String, TensorInfo> text = inputs("s", DataType.DT_STRING);
    String body = "{\"inputs\": [\"NaN\", \"a\\\" NaN -Inf\"]}";
    List<ByteString> strings = read(body, text).inputs().get("s").strings();
    assertEquals(
        List.of("NaN", "a\" NaN -Inf"), strings.stream().map(ByteString::toStringUtf8).toList());
    assertThrows(ApiException.class, () -> read("{\"inputs\": [NaN]}", text));
    assertThrows(
        ApiException.class, () -> read("{\"inputs\": [\"NaN\"]}", inputs("x", DataType.DT_FLOAT)));
  }

  @ParameterizedTest
  @CsvSource({"1e39, DT_FLOAT, float", "-1e400, DT_DOUBLE, double"})
  void aNumberThatItsTypeDoesNotHoldIsRefused(String number, DataType type, String name) {
    String body = "{\"inputs\": [" + number + "]}";
    String told =
        assertThrows(ApiException.class, () -> read(body, inputs("x", type))).getMessage();
    assertTrue(told.contains(number + " to " + name + " without loss of precision"), told);
  }

  @Test
  void soIsWhatIsNoPrediction() {
    String body = "{\"examples\": [{}]}";
    assertEquals("", JsonRequest.signatureOfExamples(body + " \n"));
    assertThrows(ApiException.class, () -> JsonRequest.signatureOfExamples(body + "]"));
  }

  @Test
  void nestingHasABottom() {
    String deep = "{\"inputs\": " + "[".repeat(100_000);
    assertThrows(ApiException.class, () -> read(deep, inputs("x", DataType.DT_FLOAT)));
  }
}
