package io.github.fdistill.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.TensorProto;

class TensorProtosTest {
  private static final long MOST = 1 << 20;

  private static HostTensor random(DataType type, Shape shape) {
    byte[] bytes = new byte[(int) shape.size() * HostTensor.width(type)];
    new Random(1).nextBytes(bytes);
    if (type == DataType.DT_BOOL) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] &= 1;
      }
    }
    return HostTensor.of(type, shape, bytes);
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {
        "DT_FLOAT",
        "DT_DOUBLE",
        "DT_INT32",
        "DT_INT64",
        "DT_UINT8",
        "DT_UINT16",
        "DT_INT8",
        "DT_INT16",
        "DT_UINT32",
        "DT_UINT64",
        "DT_HALF",
        "DT_BFLOAT16",
        "DT_BOOL"
      })
  void valuesSurviveEveryWay(DataType type) {
    HostTensor tensor = random(type, Shape.of(3, 5));
    HostTensor listed = TensorProtos.read("x", TensorProtos.write(tensor), MOST);
    TensorProto raw =
        TensorProto.newBuilder()
            .setDtype(type)
            .setTensorShape(TensorProtos.shape(tensor.shape()))
            .setTensorContent(ByteString.copyFrom(tensor.bytes()))
            .build();
    HostTensor packed = TensorProtos.read("x", raw, MOST);
    try (Tensor there = NativeTensors.toNative(tensor)) {
      assertEquals(NativeTensors.readable(type), there.dataType());
      HostTensor back = NativeTensors.toHost(there, type);
      for (HostTensor same : List.of(listed, packed, back)) {
        assertEquals(tensor.shape(), same.shape());
        assertEquals(type, same.type());
        if (type != DataType.DT_FLOAT && type != DataType.DT_DOUBLE) { // NaNs may be made quiet.
          assertArrayEquals(tensor.bytes(), same.bytes());
        }
      }
    }
  }

  @Test
  void stringsToo() {
    HostTensor tensor =
        HostTensor.of(
            Shape.of(2), List.of(ByteString.copyFrom(new byte[] {0, -1}), ByteString.EMPTY));
    assertEquals(
        tensor.strings(), TensorProtos.read("x", TensorProtos.write(tensor), 99).strings());
    try (Tensor there = NativeTensors.toNative(tensor)) {
      assertEquals(tensor.strings(), NativeTensors.toHost(there, DataType.DT_STRING).strings());
    }
  }

  private static TensorProto ints(String shape, int... values) {
    TensorProto.Builder proto = TensorProto.newBuilder().setDtype(DataType.DT_INT32);
    for (String size : shape.split(",")) {
      proto.getTensorShapeBuilder().addDimBuilder().setSize(Long.parseLong(size));
    }
    for (int value : values) {
      proto.addIntVal(value);
    }
    return proto.build();
  }

  @Test
  void theLastValueOfAShortListStandsForTheRest() {
    assertArrayEquals(
        new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0},
        TensorProtos.read("x", ints("3", 1, 2), MOST).bytes());
    assertArrayEquals(new byte[8], TensorProtos.read("x", ints("2"), MOST).bytes());
  }

  @Test
  void whatCannotBeIsRefused() {
    List<TensorProto> wrong =
        List.of(
            ints("1", 1, 2),
            ints("-1", 1),
            ints("9223372036854775807", 1),
            ints("4294967296,4294967296", 1),
            ints("1048576", 1),
            ints("1000,1000,1000", 1),
            ints("1").toBuilder().setTensorContent(ByteString.copyFrom(new byte[3])).build(),
            ints("1").toBuilder().setDtype(DataType.DT_RESOURCE).build(),
            ints("1").toBuilder().setDtypeValue(12345).build(),
            TensorProto.getDefaultInstance());
    for (TensorProto proto : wrong) {
      assertThrows(ApiException.class, () -> TensorProtos.read("x", proto, MOST));
    }
    TensorProto noArray = // Whatever memory there is.
        ints("2147483648").toBuilder().setDtype(DataType.DT_BOOL).build();
    assertThrows(ApiException.class, () -> TensorProtos.read("x", noArray, Long.MAX_VALUE));
  }

  @Test
  void aTruthValueIsOneOfTwo() {
    TensorProto.Builder proto = ints("3").toBuilder().setDtype(DataType.DT_BOOL);
    proto.setTensorContent(ByteString.copyFrom(new byte[] {0, 2, -1}));
    assertArrayEquals(new byte[] {0, 1, 1}, TensorProtos.read("x", proto.build(), MOST).bytes());
  }

  /** Strings too, each as often as it is repeated. */
  @Test
  void theTensorsOfAMessageShareItsRoom() {
    TensorProto.Builder texts = ints("64").toBuilder().setDtype(DataType.DT_STRING);
    texts.addStringVal(ByteString.copyFrom(new byte[1000]));
    Map<String, TensorProto> all =
        Map.of("a", ints("100", 1), "b", ints("10,10"), "c", texts.build());
    long room = 2 * 400 + 64 * 1008;
    assertEquals(all.keySet(), TensorProtos.read(all, room).keySet());
    assertThrows(ApiException.class, () -> TensorProtos.read(all, room - 1));
  }

  @Test
  void rowsPutTogetherAndTakenApartAreTheSame() {
    HostTensor all = random(DataType.DT_FLOAT, Shape.of(7, 2, 3));
    HostTensor again = HostTensor.concat(List.of(all.rows(0, 2), all.rows(2, 3), all.rows(3, 7)));
    assertEquals(all.shape(), again.shape());
    assertArrayEquals(all.bytes(), again.bytes());
  }

  @Test
  void jsonHasEveryRowOnceAndBytesInBase64() {
    HostTensor image = HostTensor.of(DataType.DT_UINT8, Shape.of(2, 2), new byte[] {0, -1, 1, 2});
    HostTensor png =
        HostTensor.of(Shape.of(2), List.of(ByteString.copyFromUtf8("hi"), ByteString.EMPTY));
    assertEquals(
        "{\"predictions\": [\n[0, 255],\n[1, 2]\n]\n}\n",
        JsonResponse.of(java.util.Map.of("image", image), true));
    assertEquals(
        "{\"outputs\": [{ \"b64\": \"aGk=\" }, { \"b64\": \"\" }]\n}\n",
        JsonResponse.of(java.util.Map.of("image_bytes", png), false));
    assertEquals(
        "{\"predictions\": [\n"
            + "{\"a\": [0, 255],\"b\": \"hi\"},\n"
            + "{\"a\": [1, 2],\"b\": \"\"}\n"
            + "]\n"
            + "}\n",
        JsonResponse.of(new java.util.TreeMap<>(java.util.Map.of("a", image, "b", png)), true));
  }
}
