package io.github.fdistill.savedmodel;

import java.util.List;
import java.util.Map;
import org.tensorflow.proto.SavedObjectGraphOuterClass.FunctionSpec;
import org.tensorflow.proto.Struct.DictValue;
import org.tensorflow.proto.Struct.ListValue;
import org.tensorflow.proto.Struct.NamedTupleValue;
import org.tensorflow.proto.Struct.NoneValue;
import org.tensorflow.proto.Struct.PairValue;
import org.tensorflow.proto.Struct.StructuredValue;
import org.tensorflow.proto.Struct.TensorSpecProto;
import org.tensorflow.proto.Struct.TupleValue;
import org.tensorflow.proto.TensorInfo;

/** Python's values, as a SavedModel says what a function takes and gives. */
final class Structures {
  private static final StructuredValue NONE =
      StructuredValue.newBuilder().setNoneValue(NoneValue.getDefaultInstance()).build();

  private Structures() {}

  /** A dictionary of tensors. */
  static StructuredValue tensors(Map<String, TensorInfo> tensors) {
    DictValue.Builder dictionary = DictValue.newBuilder();
    tensors.forEach(
        (key, tensor) ->
            dictionary.putFields(
                key,
                StructuredValue.newBuilder()
                    .setTensorSpecValue(
                        TensorSpecProto.newBuilder()
                            .setName(key)
                            .setDtype(tensor.getDtype())
                            .setShape(tensor.getTensorShape()))
                    .build()));
    return StructuredValue.newBuilder().setDictValue(dictionary).build();
  }

  /** What a function is called with: arguments by place, then by name. */
  static StructuredValue call(List<StructuredValue> places, StructuredValue names) {
    return tuple(List.of(tuple(places), names));
  }

  static StructuredValue tuple(List<StructuredValue> values) {
    return StructuredValue.newBuilder()
        .setTupleValue(TupleValue.newBuilder().addAllValues(values))
        .build();
  }

  /** Of a function of one argument, {@code inputs}. */
  static FunctionSpec specification(StructuredValue inputs) {
    NamedTupleValue.Builder arguments = NamedTupleValue.newBuilder().setName("FullArgSpec");
    StructuredValue inputsByName = StructuredValue.newBuilder().setStringValue("inputs").build();
    arguments.addValues(pair("args", list(List.of(inputsByName))));
    arguments.addValues(pair("varargs", NONE));
    arguments.addValues(pair("varkw", NONE));
    arguments.addValues(pair("defaults", NONE));
    arguments.addValues(pair("kwonlyargs", list(List.of())));
    arguments.addValues(pair("kwonlydefaults", NONE));
    arguments.addValues(pair("annotations", tensors(Map.of())));
    return FunctionSpec.newBuilder()
        .setFullargspec(StructuredValue.newBuilder().setNamedTupleValue(arguments))
        .setInputSignature(tuple(List.of(inputs)))
        .build();
  }

  private static StructuredValue list(List<StructuredValue> values) {
    return StructuredValue.newBuilder()
        .setListValue(ListValue.newBuilder().addAllValues(values))
        .build();
  }

  private static PairValue pair(String key, StructuredValue value) {
    return PairValue.newBuilder().setKey(key).setValue(value).build();
  }
}
