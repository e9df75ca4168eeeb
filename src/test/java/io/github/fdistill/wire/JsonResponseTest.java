package io.github.fdistill.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorInfo;

/** What a response says can be asked for again: requests and responses are written alike. */
class JsonResponseTest {
  private static final int ROWS = 3;

  /** The least and the greatest of the type, and 1: [ROWS] times {@code values}, over and over. */
  private static HostTensor tensor(DataType type, int values) {
    int count = ROWS * values;
    ByteBuffer bytes =
        ByteBuffer.allocate(count * HostTensor.width(type)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (type) {
        case DT_FLOAT -> bytes.putFloat(new float[] {-Float.MAX_VALUE, 1e-45f, 0.1f}[i % 3]);
        case DT_DOUBLE -> bytes.putDouble(new double[] {-Double.MAX_VALUE, 5e-324, 0.1}[i % 3]);
        case DT_INT32 -> bytes.putInt(new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE, 1}[i % 3]);
        case DT_INT64 -> bytes.putLong(new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 1}[i % 3]);
        case DT_UINT16 -> bytes.putShort(new short[] {0, -1, 1}[i % 3]);
        case DT_UINT8 -> bytes.put(new byte[] {0, -1, 1}[i % 3]);
        case DT_UINT32 -> bytes.putInt(new int[] {0, -1, 1}[i % 3]);
        case DT_UINT64 -> bytes.putLong(new long[] {0, -1, 1}[i % 3]);
        case DT_INT8 -> bytes.put(new byte[] {Byte.MIN_VALUE, Byte.MAX_VALUE, 1}[i % 3]);
        case DT_INT16 -> bytes.putShort(new short[] {Short.MIN_VALUE, Short.MAX_VALUE, 1}[i % 3]);
        default -> bytes.put(new byte[] {0, 1, 1}[i % 3]);
      }
    }
    Shape shape = values == 1 ? Shape.of(ROWS) : Shape.of(ROWS, values);
    return HostTensor.of(type, shape, bytes.array());
  }

  /** Asks for what a response gave. */
  private static Map<String, HostTensor> askedAgain(Map<String, HostTensor> given, boolean byRows) {
    Map<String, TensorInfo> inputs = new LinkedHashMap<>();
    given.forEach(
        (name, tensor) ->
            inputs.put(name, TensorInfo.newBuilder().setDtype(tensor.type()).build()));
    String response = JsonResponse.of(given, byRows);
    String request =
        byRows
            ? response.replaceFirst("\"predictions\"", "\"instances\"")
            : response.replaceFirst("\"outputs\"", "\"inputs\"");
    return JsonRequest.read(request, 1 << 20, (signature, names) -> inputs).inputs();
  }

  private static void assertSame(Map<String, HostTensor> expected, Map<String, HostTensor> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (name, tensor) -> {
          assertEquals(tensor.shape(), found.get(name).shape(), name);
          assertArrayEquals(tensor.bytes(), found.get(name).bytes(), name);
          assertEquals(tensor.strings(), found.get(name).strings(), name);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "DT_FLOAT",
    "DT_DOUBLE",
    "DT_INT32",
    "DT_INT64",
    "DT_UINT8",
    "DT_UINT16",
    "DT_BOOL",
    "DT_INT8",
    "DT_INT16",
    "DT_UINT32",
    "DT_UINT64"
  })
  void everyNumberIsReadAsItWasWritten(DataType type) {
    for (boolean byRows : new boolean[] {true, false}) {
      Map<String, HostTensor> one = Map.of("x", tensor(type, 2));
      assertSame(one, askedAgain(one, byRows));
      Map<String, HostTensor> two = Map.of("x", tensor(type, 2), "y", tensor(DataType.DT_INT32, 1));
      assertSame(two, askedAgain(two, byRows));
    }
  }

  /** As text where they are text, in Base64 where the name says that they are bytes. */
  @Test
  void everyStringIsReadAsItWasWritten() {
    ByteString bytes = ByteString.copyFrom(new byte[] {(byte) 0x89, 'P', 0, (byte) 0xff});
    List<ByteString> texts =
        List.of(
            ByteString.copyFromUtf8("\"\\\n"), ByteString.copyFromUtf8("größer"), ByteString.EMPTY);
    for (boolean byRows : new boolean[] {true, false}) {
      Map<String, HostTensor> text = Map.of("text", HostTensor.of(Shape.of(3), texts));
      assertSame(text, askedAgain(text, byRows));
      Map<String, HostTensor> image =
          Map.of("image_bytes", HostTensor.of(Shape.of(1), List.of(bytes)));
      assertSame(image, askedAgain(image, byRows));
    }
  }

  @Test
  void outputsWithoutTheSameRowsHaveNoneToBeSaidBy() {
    Map<String, HostTensor> uneven = new LinkedHashMap<>();
    uneven.put("x", tensor(DataType.DT_FLOAT, 2));
    uneven.put("y", HostTensor.of(DataType.DT_UINT8, Shape.of(2), new byte[2]));
    String told =
        assertThrows(ApiException.class, () -> JsonResponse.of(uneven, true)).getMessage();
    assertTrue(told.contains("y has inconsistent batch size: 2 expecting: 3"), told);
    assertSame(uneven, askedAgain(uneven, false));
    Map<String, HostTensor> scalar =
        Map.of("x", HostTensor.of(DataType.DT_UINT8, Shape.scalar(), new byte[1]));
    assertThrows(ApiException.class, () -> JsonResponse.of(scalar, true));
    assertSame(scalar, askedAgain(scalar, false));
  }

  @Test
  void anErrorIsJsonWhateverItTells() {
    String told = "'{\"a\": \\' \n is \u0007 wrong";
    assertEquals(
        told,
        JsonParser.parseString(JsonResponse.error(told))
            .getAsJsonObject()
            .get("error")
            .getAsString());
  }
}
