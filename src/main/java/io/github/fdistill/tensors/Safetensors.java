package io.github.fdistill.tensors;

import io.github.fdistill.InputException;
import io.github.fdistill.files.FileKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file: 8 bytes with the length of a header in JSON, the header, which says of each
 * tensor its type, shape and where its bytes begin and end, and the bytes, without gap or overlap.
 */
final class Safetensors {
  private static final String METADATA = "__metadata__";
  private static final Set<String> KEYS = Set.of("dtype", "shape", "data_offsets");

  private final Path path;
  private final Bytes file;

  private Safetensors(Path path) {
    this.path = path;
    this.file = Bytes.of(path);
  }

  /** A tensor and the place of its bytes behind the header. */
  private record Placed(NamedTensor tensor, long begin, long end) {}

  /**
   * Reads the header; the numbers stay in the file.
   *
   * @throws InputException when it is no such file, or damaged
   */
  static TensorSet read(Path path) {
    return new Safetensors(path).read();
  }

  private TensorSet read() {
    FileLooks.require(file, "a safetensors file");
    long header = file.size() < 8 ? -1 : file.longAt(0);
    long most = FileKind.TENSOR_HEADER.mostBytes();
    if (header < 2 || header > most || header > file.size() - 8) {
      throw wrong(
          file.size() < 8
              ? file.size() + " bytes"
              : "a header of " + Long.toUnsignedString(header) + " bytes in " + file.size(),
          "a safetensors file, whose header lies within it");
    }
    Map<String, Object> entries =
        JsonFile.object(file.slice(8, header), path + ", its header", FileKind.TENSOR_HEADER);
    Bytes data = file.slice(8 + header, file.size() - 8 - header);
    List<Placed> placed = new ArrayList<>();
    entries.forEach(
        (name, entry) -> {
          if (name.equals(METADATA)) {
            requireTexts(entry);
          } else {
            placed.add(tensor(name, entry, data));
          }
        });
    requireGapless(placed, data.size());
    return TensorSet.of(path, placed.stream().map(Placed::tensor).toList());
  }

  private Placed tensor(String name, Object entry, Bytes data) {
    if (!(entry instanceof Map<?, ?> fields) || !fields.keySet().equals(KEYS)) {
      throw wrong(
          "tensor " + name + ": " + (entry instanceof Map<?, ?> f ? f.keySet() : "no object"),
          "dtype, shape and data_offsets of each tensor");
    }
    NumberType type = type(name, fields.get("dtype"));
    long[] shape = numbers(name, "shape", fields.get("shape"));
    long[] offsets = numbers(name, "data_offsets", fields.get("data_offsets"));
    boolean inside = offsets.length == 2 && offsets[0] <= offsets[1] && offsets[1] <= data.size();
    if (!inside) {
      throw wrong(
          "tensor " + name + " at " + fields.get("data_offsets") + " of " + data.size() + " bytes",
          "a begin and an end within the file");
    }
    Bytes bytes = data.slice(offsets[0], offsets[1] - offsets[0]);
    return new Placed(NamedTensor.whole(name, type, bytes, shape), offsets[0], offsets[1]);
  }

  private NumberType type(String name, Object dtype) {
    return NumberType.named(String.valueOf(dtype))
        .orElseThrow(
            () ->
                new InputException(
                    path + ", tensor " + name,
                    "numbers of type " + dtype,
                    "F32, F16, BF16 or F64",
                    "save the weights in one of those types: of 8-bit floats, and of quantised"
                        + " weights, the scales are not in the file"));
  }

  private long[] numbers(String name, String key, Object value) {
    boolean whole =
        value instanceof List<?> list
            && list.size() <= 8
            && list.stream().allMatch(one -> one instanceof Long number && number >= 0);
    if (!whole) {
      throw wrong(
          "tensor " + name + ": " + key + " is " + shortened(value), "a list of whole numbers");
    }
    return ((List<?>) value).stream().mapToLong(one -> (Long) one).toArray();
  }

  private static String shortened(Object value) {
    boolean large = value instanceof List<?> list && list.size() > 8 || value instanceof Map<?, ?>;
    return large ? "something else" : String.valueOf(value);
  }

  private void requireTexts(Object metadata) {
    boolean texts =
        metadata instanceof Map<?, ?> map
            && map.values().stream().allMatch(value -> value instanceof String);
    if (!texts) {
      throw wrong(METADATA + " that is no object of texts", "texts under " + METADATA);
    }
  }

  private void requireGapless(List<Placed> placed, long size) {
    List<Placed> inOrder = new ArrayList<>(placed);
    Collections.sort(
        inOrder, Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
    long end = 0;
    for (Placed next : inOrder) {
      if (next.begin != end) {
        String name = next.tensor.name();
        throw wrong(
            next.begin < end
                ? "tensor " + name + " overlaps the one before it"
                : next.begin - end + " bytes before tensor " + name + " that belong to none",
            "tensors one after another");
      }
      end = next.end;
    }
    if (end != size) {
      throw wrong(size - end + " bytes behind the last tensor", "tensors up to the file's end");
    }
  }

  private InputException wrong(String found, String needed) {
    return new InputException(
        path.toString(), found, needed, "the file is damaged: download or copy it again");
  }
}
