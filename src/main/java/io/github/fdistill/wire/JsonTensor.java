package io.github.fdistill.wire;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.ByteString;
import io.github.fdistill.files.NonFinite;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/**
 * A tensor that is read from JSON: a value, or lists in lists. What comes first says how many
 * dimensions there are and how large; the rest must be like it.
 */
final class JsonTensor {
  /** What all tensors of one request take together, as {@link HostTensor#held} counts. */
  static final class Room {
    /** An empty one has three letters, and is an object here. */
    private static final int MOST_STRINGS = 1 << 20;

    private final long most;
    private long bytes;
    private int strings;

    Room(long most) {
      this.most = most;
    }

    private void take(long more) {
      bytes += more;
      if (bytes > most) {
        throw ApiException.invalid(
            "JSON Value: the tensors take more than " + most + " bytes (serve --max-megabytes)");
      }
    }

    private ByteString taken(ByteString string) {
      if (++strings > MOST_STRINGS) {
        throw ApiException.invalid("more than " + MOST_STRINGS + " strings");
      }
      take(Long.BYTES + string.size());
      return string;
    }
  }

  private final DataType type;
  private final Room room;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final List<ByteString> strings = new ArrayList<>();

  /** The size of each level's lists; -1 until the first list of that level has ended. */
  private final List<Integer> sizes = new ArrayList<>();

  /** Dimensions; -1 until the first value, or the first empty list, is read. */
  private int rank = -1;

  private int instances;

  JsonTensor(DataType type, Room room) {
    HostTensor.width(type);
    this.type = type;
    this.room = room;
  }

  boolean ofStrings() {
    return type == DataType.DT_STRING;
  }

  /** Reads the value that comes next, and adds it to those read before. */
  void read(JsonReader json) throws IOException {
    read(json, 0);
    instances++;
  }

  private void read(JsonReader json, int level) throws IOException {
    if (json.peek() != JsonToken.BEGIN_ARRAY) {
      rank = rank < 0 ? level : rank;
      if (level != rank) {
        throw ApiException.invalid(
            "JSON Value: "
                + shown(json)
                + " found at incorrect level: "
                + (level + 1)
                + " in the JSON DOM. Expected at level: "
                + rank);
      }
      readValue(json);
      return;
    }
    if (rank >= 0 && level >= rank) {
      throw ApiException.invalid(
          "Encountered list at unexpected level: " + level + " expected < " + rank);
    }
    if (level == sizes.size()) {
      sizes.add(-1);
    }
    int size = 0;
    json.beginArray();
    for (; json.hasNext(); size++) {
      read(json, level + 1);
    }
    json.endArray();
    endList(level, size);
  }

  private void endList(int level, int size) {
    if (sizes.get(level) < 0) {
      sizes.set(level, size);
      rank = rank < 0 ? level + 1 : rank;
    } else if (sizes.get(level) != size) {
      throw ApiException.invalid(
          "Encountered list at unexpected size: "
              + size
              + " at level: "
              + level
              + " expected size: "
              + sizes.get(level));
    }
  }

  private void readValue(JsonReader json) throws IOException {
    if (type == DataType.DT_STRING) {
      strings.add(room.taken(string(json)));
      return;
    }
    JsonToken token = json.peek();
    if (type == DataType.DT_BOOL ? token != JsonToken.BOOLEAN : token != JsonToken.NUMBER) {
      throw wrongType(json);
    }
    room.take(HostTensor.width(type));
    if (type == DataType.DT_BOOL) {
      bytes.write(json.nextBoolean() ? 1 : 0);
    } else {
      number(json.nextString());
    }
  }

  private void number(String text) {
    try {
      switch (type) {
        case DT_FLOAT ->
            little(
                Float.floatToRawIntBits((float) decimal(text, "float", Float::parseFloat)),
                Float.BYTES);
        case DT_DOUBLE ->
            little(
                Double.doubleToRawLongBits(decimal(text, "double", Double::parseDouble)),
                Double.BYTES);
        case DT_INT32 -> little(Integer.parseInt(text), Integer.BYTES);
        case DT_INT64 -> little(Long.parseLong(text), Long.BYTES);
        case DT_UINT64 -> little(Long.parseUnsignedLong(text), Long.BYTES);
        case DT_UINT32 -> little(bounded(text, 0, 0xffffffffL), Integer.BYTES);
        case DT_INT16 -> little(bounded(text, Short.MIN_VALUE, Short.MAX_VALUE), Short.BYTES);
        case DT_UINT16 -> little(bounded(text, 0, 0xffff), Short.BYTES);
        case DT_INT8 -> little(bounded(text, Byte.MIN_VALUE, Byte.MAX_VALUE), Byte.BYTES);
        case DT_UINT8 -> little(bounded(text, 0, 0xff), Byte.BYTES);
        default ->
            throw new ApiException(
                io.grpc.Status.Code.UNIMPLEMENTED,
                "Conversion of JSON Value: " + text + " to type: " + name(type));
      }
    } catch (NumberFormatException e) {
      throw wrongType(NonFinite.shown(text), "Number");
    }
  }

  /** A number; one that is larger than any of its type is refused. */
  private static double decimal(String text, String type, ToDoubleFunction<String> parse) {
    Double named = NonFinite.value(text);
    if (named != null) {
      return named;
    }
    double value = parse.applyAsDouble(text);
    if (Double.isInfinite(value)) {
      throw ApiException.invalid(
          "Cannot convert JSON value: " + text + " to " + type + " without loss of precision.");
    }
    return value;
  }

  private static long bounded(String text, long least, long most) {
    long value = Long.parseLong(text);
    if (value < least || value > most) {
      throw new NumberFormatException(text);
    }
    return value;
  }

  private void little(long value, int width) {
    for (int i = 0; i < width; i++) {
      bytes.write((int) (value >>> (8 * i)));
    }
  }

  private static ByteString utf8(String text) {
    try {
      return ByteString.copyFrom(StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text)));
    } catch (CharacterCodingException e) {
      throw ApiException.invalid("JSON Value: a string holds half of a surrogate pair");
    }
  }

  /** A string, or an object {"b64": "..."} with one in Base64. */
  private ByteString string(JsonReader json) throws IOException {
    if (json.peek() == JsonToken.STRING) {
      return utf8(json.nextString());
    }
    if (json.peek() != JsonToken.BEGIN_OBJECT) {
      throw wrongType(json);
    }
    json.beginObject();
    boolean named = json.hasNext() && json.nextName().equals("b64");
    if (!named || json.peek() != JsonToken.STRING) {
      throw ApiException.invalid("JSON Value: Object not formatted correctly for base64 data");
    }
    String text = json.nextString();
    if (json.hasNext()) {
      throw ApiException.invalid("JSON Value: Object not formatted correctly for base64 data");
    }
    json.endObject();
    return decoded(text);
  }

  /** As TensorFlow Serving decodes: white space is passed over. */
  private static ByteString decoded(String text) {
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(text.replaceAll("\\s", "")));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Unable to base64 decode");
    }
  }

  /** Adds a string in Base64 that has been read already, as the next value. */
  void addBase64(String text) {
    rank = rank < 0 ? 0 : rank;
    if (rank != 0) {
      throw ApiException.invalid("JSON Value: {...} found at incorrect level: 1 in the JSON DOM");
    }
    strings.add(room.taken(decoded(text)));
    instances++;
  }

  /** All that was read as one tensor, of the shape of the one value that was read. */
  HostTensor whole() {
    return tensor(Shape.of(dimensions()));
  }

  /** All that was read as rows, one for each value that was read. */
  HostTensor rows() {
    return tensor(Shape.of(dimensions()).prepend(instances));
  }

  private long[] dimensions() {
    return sizes.stream().mapToLong(Integer::longValue).toArray();
  }

  private HostTensor tensor(Shape shape) {
    return type == DataType.DT_STRING
        ? HostTensor.of(shape, List.copyOf(strings))
        : HostTensor.of(type, shape, bytes.toByteArray());
  }

  private ApiException wrongType(JsonReader json) throws IOException {
    String kind =
        switch (json.peek()) {
          case BEGIN_OBJECT -> "Object";
          case STRING -> "String";
          case NUMBER -> "Number";
          case BOOLEAN -> "Bool";
          case NULL -> "Null";
          default -> "Array";
        };
    return wrongType(shown(json), kind);
  }

  private ApiException wrongType(String value, String kind) {
    return ApiException.invalid(
        "JSON Value: " + value + " Type: " + kind + " is not of expected type: " + name(type));
  }

  /** What comes next, at most the beginning of it. */
  private static String shown(JsonReader json) throws IOException {
    return switch (json.peek()) {
      case STRING -> '"' + cut(json.nextString()) + '"';
      case NUMBER -> cut(NonFinite.shown(json.nextString()));
      case BOOLEAN -> "" + json.nextBoolean();
      case NULL -> "null";
      case BEGIN_OBJECT -> "{...}";
      default -> "[...]";
    };
  }

  private static String cut(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** TensorFlow's short name of a type: int64 for DT_INT64. */
  static String name(DataType type) {
    return type.name().substring(3).toLowerCase(java.util.Locale.ROOT);
  }
}
