package io.github.fdistill.wire;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import io.github.fdistill.files.NonFinite;
import io.github.fdistill.files.WholeJson;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.tensorflow.proto.TensorInfo;

/**
 * The body of a REST predict request:
 *
 * <pre>
 *   {"signature_name": NAME, "instances": [ROW, ...]}    a row is a value, or {INPUT: value, ...}
 *   {"signature_name": NAME, "inputs": ...}              a value, or {INPUT: value, ...}
 * </pre>
 *
 * @param signature empty: the default one
 * @param inputs by name
 * @param byRows whether it came as "instances", and is to be answered so
 */
public record JsonRequest(String signature, Map<String, HostTensor> inputs, boolean byRows) {

  private static final String SIGNATURE = "signature_name";
  private static final String INSTANCES = "instances";
  private static final String INPUTS = "inputs";
  private static final String EXAMPLES = "examples";

  /** Of others nothing is kept, however many there are. */
  private static final Set<String> KEYS = Set.of(SIGNATURE, INSTANCES, INPUTS, EXAMPLES);

  /** No signature has as many inputs. */
  private static final int MOST_NAMES = 1 << 10;

  /** What reads the value of one of the keys, when it comes first. */
  @FunctionalInterface
  private interface Part {
    void read(String key, JsonReader json) throws IOException;
  }

  /**
   * Reads it.
   *
   * @param mostBytes what all its tensors together may take in memory, see {@link HostTensor#held}
   * @param inputsOf what a signature of this name takes in, where inputs of these names are given;
   *     throws when there is none
   * @throws ApiException with TensorFlow Serving's words where it is malformed; or when its tensors
   *     take more
   */
  public static JsonRequest read(
      String body,
      long mostBytes,
      BiFunction<String, Set<String>, Map<String, TensorInfo>> inputsOf) {
    if (body.isBlank()) {
      throw ApiException.invalid("JSON Parse error: The document is empty");
    }
    String text = NonFinite.asNumbers(body);
    // Twice: the signature, which says what types to expect, may stand after the values.
    Set<String> keys = new HashSet<>();
    Set<String> given = new HashSet<>();
    String signature = signature(text, keys, given);
    boolean byRows = keys.contains(INSTANCES);
    if (byRows && keys.contains(INPUTS)) {
      throw ApiException.invalid(
          "JSON Value: Not formatted correctly expecting only one of 'inputs' or 'instances' keys"
              + " to exist");
    }
    Map<String, JsonTensor> tensors = tensors(inputsOf.apply(signature, given), mostBytes);
    if (!byRows && !keys.contains(INPUTS)) {
      throw ApiException.invalid("Missing 'inputs' or 'instances' key");
    }
    parse(
        text,
        (key, json) -> {
          switch (key) {
            case INSTANCES -> instances(json, tensors);
            case INPUTS -> columns(json, tensors);
            default -> json.skipValue();
          }
        });
    Map<String, HostTensor> inputs = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> inputs.put(name, byRows ? tensor.rows() : tensor.whole()));
    return new JsonRequest(signature, inputs, byRows);
  }

  /**
   * The signature of a request that is no prediction: its examples are to be a list of objects,
   * whose features are not read.
   *
   * @throws ApiException with TensorFlow Serving's words where it is malformed
   */
  public static String signatureOfExamples(String body) {
    if (body.isBlank()) {
      throw ApiException.invalid("JSON Parse error: The document is empty");
    }
    String text = NonFinite.asNumbers(body);
    Set<String> keys = new HashSet<>();
    String signature = signature(text, keys, new HashSet<>());
    if (!keys.contains(EXAMPLES)) {
      throw ApiException.invalid(
          "JSON Value: When method is classify, key 'examples' is expected and was not found");
    }
    parse(
        text,
        (key, json) -> {
          if (key.equals(EXAMPLES)) {
            examples(json);
          } else {
            json.skipValue();
          }
        });
    return signature;
  }

  private static void examples(JsonReader json) throws IOException {
    if (json.peek() != JsonToken.BEGIN_ARRAY) {
      throw ApiException.invalid("JSON Value: Expecting 'examples' value to be an list/array");
    }
    json.beginArray();
    if (!json.hasNext()) {
      throw ApiException.invalid("JSON Value: 'examples' value is an empty array");
    }
    while (json.hasNext()) {
      if (json.peek() != JsonToken.BEGIN_OBJECT) {
        throw ApiException.invalid("Example must be JSON object but got JSON " + type(json));
      }
      json.skipValue();
    }
    json.endArray();
  }

  /** A value's type, as TensorFlow Serving calls it. */
  private static String type(JsonReader json) throws IOException {
    return switch (json.peek()) {
      case BEGIN_ARRAY -> "Array";
      case STRING -> "String";
      case NULL -> "Null";
      case BOOLEAN -> json.nextBoolean() ? "True" : "False";
      default -> "Number";
    };
  }

  /**
   * The signature's name; empty where there is none.
   *
   * @param keys are added to these
   * @param given names of inputs, of the first row alone, are added to these
   */
  private static String signature(String text, Set<String> keys, Set<String> given) {
    String[] signature = {""};
    parse(
        text,
        (key, json) -> {
          keys.add(key);
          if (key.equals(INPUTS) || key.equals(INSTANCES)) {
            names(json, given);
          } else if (!key.equals(SIGNATURE)) {
            json.skipValue();
          } else if (json.peek() == JsonToken.STRING) {
            signature[0] = json.nextString();
          } else {
            throw ApiException.invalid(
                "JSON Value: not formatted correctly. 'signature_name' key must be a string value.");
          }
        });
    return signature[0];
  }

  /** The names within an object, or the first of a list, which is passed over. */
  private static void names(JsonReader json, Set<String> names) throws IOException {
    if (json.peek() == JsonToken.BEGIN_ARRAY) {
      json.beginArray();
      if (json.hasNext() && json.peek() == JsonToken.BEGIN_OBJECT) {
        names(json, names);
      }
      while (json.hasNext()) {
        json.skipValue();
      }
      json.endArray();
    } else if (json.peek() == JsonToken.BEGIN_OBJECT) {
      json.beginObject();
      while (json.hasNext()) {
        if (names.size() == MOST_NAMES) {
          throw ApiException.invalid("JSON Value: more than " + MOST_NAMES + " named inputs");
        }
        names.add(json.nextName());
        json.skipValue();
      }
      json.endObject();
    } else {
      json.skipValue();
    }
  }

  private static Map<String, JsonTensor> tensors(Map<String, TensorInfo> inputs, long mostBytes) {
    Map<String, JsonTensor> tensors = new LinkedHashMap<>();
    JsonTensor.Room room = new JsonTensor.Room(mostBytes);
    inputs.forEach((name, info) -> tensors.put(name, new JsonTensor(info.getDtype(), room)));
    return tensors;
  }

  private static void parse(String text, Part member) {
    try {
      WholeJson.read(
          new StringReader(text),
          Strictness.STRICT,
          json -> {
            parse(json, member);
            return text;
          });
    } catch (EOFException e) {
      throw ApiException.invalid("JSON Parse error: the document is cut short");
    } catch (MalformedJsonException | IllegalStateException | NumberFormatException e) {
      throw ApiException.invalid("JSON Parse error: " + firstLine(e.getMessage()));
    } catch (IOException e) {
      throw ApiException.invalid("JSON Parse error: " + e.getMessage());
    }
  }

  /** Of keys that come twice the first counts. */
  private static void parse(JsonReader json, Part member) throws IOException {
    if (json.peek() != JsonToken.BEGIN_OBJECT) {
      throw ApiException.invalid("JSON Value: " + json.peek() + " Is not object");
    }
    json.beginObject();
    Set<String> read = new HashSet<>();
    while (json.hasNext()) {
      String key = json.nextName();
      if (KEYS.contains(key) && read.add(key)) {
        member.read(key, json);
      } else {
        json.skipValue();
      }
    }
    json.endObject();
  }

  private static String firstLine(String message) {
    String first = message.lines().findFirst().orElse("");
    // Gson tells its caller which method to call; what matters here is where.
    return first.startsWith("Use JsonReader") ? "Invalid value" + place(first) : first;
  }

  private static String place(String message) {
    int at = message.indexOf(" at line ");
    return at < 0 ? "." : message.substring(at);
  }

  private static void instances(JsonReader json, Map<String, JsonTensor> tensors)
      throws IOException {
    if (json.peek() != JsonToken.BEGIN_ARRAY) {
      throw ApiException.invalid("JSON Value: Excepting 'instances' to be an list/array");
    }
    json.beginArray();
    if (!json.hasNext()) {
      throw ApiException.invalid("JSON Value: No values in 'instances' array");
    }
    boolean objects = json.peek() == JsonToken.BEGIN_OBJECT && !loneString(tensors.values());
    if (!objects && tensors.size() > 1) {
      throw ApiException.invalid(
          "instances is a plain list, but expecting list of objects as multiple input tensors"
              + " required as per tensorinfo_map");
    }
    for (int item = 0; json.hasNext(); item++) {
      instance(json, tensors, objects, item);
    }
    json.endArray();
  }

  private static void instance(
      JsonReader json, Map<String, JsonTensor> tensors, boolean objects, int item)
      throws IOException {
    boolean object = json.peek() == JsonToken.BEGIN_OBJECT;
    if (objects && !object) {
      throw ApiException.invalid(
          "Expecting object but got list at item " + item + " of input list");
    }
    try {
      if (objects) {
        json.beginObject();
        members(json, tensors, "", true);
      } else if (object && loneString(tensors.values())) {
        loneObject(json, tensors, true);
      } else {
        only(tensors).read(json);
      }
    } catch (ApiException e) {
      throw new ApiException(
          e.code(),
          "Failed to process element: " + item + " of 'instances' list. Error: " + e.getMessage());
    }
  }

  /** Of a single input of strings an object is a string in Base64, or names the input. */
  private static boolean loneString(Collection<JsonTensor> tensors) {
    return tensors.size() == 1 && tensors.iterator().next().ofStrings();
  }

  private static void loneObject(JsonReader json, Map<String, JsonTensor> tensors, boolean strict)
      throws IOException {
    json.beginObject();
    String first = json.hasNext() ? json.nextName() : "";
    if (!first.equals("b64") || json.peek() != JsonToken.STRING) {
      members(json, tensors, first, strict);
      return;
    }
    String text = json.nextString();
    if (json.hasNext()) {
      throw ApiException.invalid("JSON Value: Object not formatted correctly for base64 data");
    }
    json.endObject();
    tensors.values().iterator().next().addBase64(text);
  }

  private static void columns(JsonReader json, Map<String, JsonTensor> tensors) throws IOException {
    if (json.peek() == JsonToken.BEGIN_OBJECT && loneString(tensors.values())) {
      loneObject(json, tensors, false);
    } else if (json.peek() == JsonToken.BEGIN_OBJECT) {
      json.beginObject();
      members(json, tensors, "", false);
    } else if (tensors.size() > 1) {
      throw ApiException.invalid(
          "inputs is a plain value/list, but expecting an object as multiple input tensors"
              + " required as per tensorinfo_map");
    } else {
      only(tensors).read(json);
    }
  }

  /** The one input that a value without a name is of. */
  private static JsonTensor only(Map<String, JsonTensor> tensors) {
    return tensors.values().stream()
        .findFirst()
        .orElseThrow(
            () -> ApiException.invalid("a value is given, and the signature takes no inputs"));
  }

  /**
   * The members of an object that has begun: every input once, in a row; else the first counts.
   *
   * @param first the name that has been read already; empty: none
   * @param strict whether other members are refused; else they are passed over
   */
  private static void members(
      JsonReader json, Map<String, JsonTensor> tensors, String first, boolean strict)
      throws IOException {
    Set<String> missing = new TreeSet<>(tensors.keySet());
    String read = first;
    while (!read.isEmpty() || json.hasNext()) {
      String name = read.isEmpty() ? json.nextName() : read;
      read = "";
      if (tensors.containsKey(name)) {
        if (missing.remove(name)) {
          tensors.get(name).read(json);
        } else if (strict) {
          throw ApiException.invalid("JSON object: two values for the input: " + name);
        } else {
          json.skipValue();
        }
      } else if (strict) {
        throw ApiException.invalid("JSON object: does not have named input: " + name);
      } else {
        json.skipValue();
      }
    }
    json.endObject();
    if (!missing.isEmpty()) {
      throw ApiException.invalid("Missing named input: " + String.join(", ", missing));
    }
  }
}
