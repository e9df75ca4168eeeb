package io.github.fdistill.tensors;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import io.github.fdistill.InputException;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.NonFinite;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.WholeJson;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * JSON that other programs wrote, as maps, lists, texts, truth values, Long where a number is whole
 * and has no exponent, and Double. No key may stand twice, and nothing may be deeper than 255.
 */
public final class JsonFile {
  /** Values in all, whatever Java's heap has room for. */
  private static final int MOST_VALUES = 2_000_000;

  private final String where;
  private int values;

  private JsonFile(String where) {
    this.where = where;
  }

  /**
   * Reads a file of one object, of no more than 16 MB, in which NaN, Infinity and -Infinity may
   * stand, as Python writes them.
   *
   * @throws InputException when it is none, or would take more memory than there is for it
   */
  public static Map<String, Object> read(Path path) {
    Bytes bytes = Bytes.of(path);
    long most = FileKind.FOREIGN_JSON.mostBytes();
    if (bytes.size() > most) {
      throw new InputException(
          path.toString(),
          bytes.size() + " bytes",
          "JSON of no more than " + most + " bytes",
          "name another file");
    }
    return object(bytes, path.toString(), FileKind.FOREIGN_JSON);
  }

  /** The same of a file that need not be there. */
  public static Optional<Map<String, Object>> ifThere(Path path) {
    return RegularFile.isThere(path) ? Optional.of(read(path)) : Optional.empty();
  }

  /**
   * Reads an object.
   *
   * @param where it stands, for messages
   * @param kind what may take so much memory, which is asked before any is taken
   * @throws InputException when it is none, or would take more
   */
  static Map<String, Object> object(Bytes bytes, String where, FileKind kind) {
    kind.requireRoom(where, bytes.size());
    JsonFile file = new JsonFile(where);
    var utf8 =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    try {
      Reader text =
          kind == FileKind.FOREIGN_JSON
              ? new StringReader(NonFinite.asNumbers(whole(bytes, utf8)))
              : new InputStreamReader(bytes.stream(), utf8);
      return WholeJson.read(text, Strictness.STRICT, file::object);
    } catch (CharacterCodingException e) {
      throw file.wrong("bytes that are no UTF-8", e);
    } catch (EOFException e) {
      throw file.wrong("JSON that ends too early", e);
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw file.wrong("no JSON object" + place(e), e);
    }
  }

  private static String whole(Bytes bytes, CharsetDecoder utf8) throws CharacterCodingException {
    return utf8.decode(ByteBuffer.wrap(bytes.array(0, (int) bytes.size()))).toString();
  }

  /** Where the reader stopped, which is all of its words that a user is to see. */
  private static String place(Exception e) {
    String said = String.valueOf(e.getMessage());
    int at = said.indexOf(" at line ");
    return at < 0 ? "" : said.substring(at).lines().findFirst().orElse("");
  }

  private InputException wrong(String found, Exception cause) {
    return new InputException(
        where,
        found,
        "one JSON object in UTF-8, without a key that stands twice",
        "download or copy the file again",
        cause);
  }

  private Map<String, Object> object(JsonReader json) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    json.beginObject();
    while (json.hasNext()) {
      String key = json.nextName();
      if (object.containsKey(key)) {
        throw wrong("the key '" + key + "' twice", null);
      }
      object.put(key, value(json));
    }
    json.endObject();
    return object;
  }

  private Object value(JsonReader json) throws IOException {
    if (++values > MOST_VALUES) {
      throw wrong("more than " + MOST_VALUES + " values", null);
    }
    return switch (json.peek()) {
      case BEGIN_OBJECT -> object(json);
      case BEGIN_ARRAY -> list(json);
      case STRING -> json.nextString();
      case BOOLEAN -> json.nextBoolean();
      case NUMBER -> number(json.nextString());
      case NULL -> {
        json.nextNull();
        yield null;
      }
      default -> throw wrong("no value at " + json.getPath(), null);
    };
  }

  private List<Object> list(JsonReader json) throws IOException {
    List<Object> list = new ArrayList<>();
    json.beginArray();
    while (json.hasNext()) {
      list.add(value(json));
    }
    json.endArray();
    return list;
  }

  private static Object number(String text) {
    if (text.matches("-?[0-9]{1,18}")) {
      return Long.valueOf(text);
    }
    Double named = NonFinite.value(text);
    return named == null ? Double.valueOf(text) : named;
  }
}
