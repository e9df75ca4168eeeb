package io.github.fdistill.data;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.JsonWords;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@code metadata.jsonl} says of pictures, as Hugging Face's image folders have it: a line of
 * JSON each, with {@code file_name}, {@code text} (or {@code caption}; one or a list of them) and
 * {@code label}, a number (-1 is none) or a name. Several lines of one picture are several captions
 * of it. Other entries mean nothing here.
 *
 * @param name of the file
 * @param labels by the pictures' names: an Integer, or a String, which is a name; empty where there
 *     are none
 * @param entries that its lines have beside {@code file_name}
 */
record PictureTable(
    NamedFiles files,
    String name,
    Map<String, List<String>> captions,
    Map<String, Object> labels,
    Set<String> entries)
    implements PictureCaptions {
  static final String NAME = "metadata.jsonl";

  /** Entries that mean something here. */
  private static final Set<String> READ = Set.of("text", "caption", "label");

  /** Of Java's memory, for each byte of the file: the smallest line has a dozen letters. */
  private static final int HELD_FOR_BYTE = 20;

  /** Whether there is one in a folder, which has a / at its end. */
  static boolean isIn(NamedFiles files, String folder) {
    return files.names().contains(folder + NAME);
  }

  /**
   * The one that lies in a folder.
   *
   * @throws InputException if it is no such file
   */
  static PictureTable read(NamedFiles files, String folder) {
    PictureTable table =
        new PictureTable(files, folder + NAME, new HashMap<>(), new HashMap<>(), new TreeSet<>());
    table.read(folder);
    table.takeOtherForms();
    return table;
  }

  private void read(String folder) {
    byte[] bytes = files.read(name);
    Heap.require(files.where(name), bytes.length + " bytes", (long) HELD_FOR_BYTE * bytes.length);
    String[] lines = CaptionText.utf8(files.where(name), bytes).split("\n");
    for (int i = 0; i < lines.length; i++) {
      if (!lines[i].isBlank()) {
        String where = files.where(name) + ":" + (i + 1);
        try {
          Line line =
              WholeJson.read(
                  new StringReader(lines[i]), Strictness.LEGACY_STRICT, in -> Line.read(where, in));
          take(where, folder, line);
        } catch (IOException | IllegalStateException | NumberFormatException e) {
          throw wrong(where, JsonWords.of(e), e);
        }
      }
    }
  }

  /**
   * What it says of a part of the pictures: no labels where none of these has one. They stay where
   * it does not tell of all of these, but of others that are not there: its names of these may be
   * wrong, which is to be told.
   */
  PictureTable of(List<String> part) {
    boolean stays = part.stream().anyMatch(labels::containsKey) || mayBeWrong(part);
    return stays ? this : new PictureTable(files, name, captions, Map.of(), entries);
  }

  private boolean mayBeWrong(List<String> part) {
    return !captions.keySet().containsAll(part)
        && !new HashSet<>(files.names()).containsAll(captions.keySet());
  }

  /** What is told of a name in another of Unicode's forms is told of the file. */
  private void takeOtherForms() {
    NameForms.found(files.where(name), captions.keySet(), files.names())
        .forEach(
            (written, file) -> {
              captions.put(file, captions.remove(written));
              if (labels.containsKey(written)) {
                labels.put(file, labels.remove(written));
              }
            });
  }

  /** One of them: what stands for nothing is null, or empty. */
  private static final class Line {
    private String picture;
    private List<String> texts = List.of();
    private Object label;
    private final Set<String> entries = new HashSet<>();

    static Line read(String where, JsonReader json) throws IOException {
      Line line = new Line();
      WholeJson.members(json, (key, in) -> line.read(where, key, in));
      return line;
    }

    private void read(String where, String key, JsonReader in) throws IOException {
      entries.add(key);
      if (in.peek() == JsonToken.NULL) {
        in.nextNull();
      } else if (key.equals("file_name")) {
        picture = NameForms.plainly(in.nextString());
      } else if (key.equals("text") || (key.equals("caption") && texts.isEmpty())) {
        List<String> said = CaptionText.read(where, in);
        texts = said.isEmpty() ? texts : said; // An empty text takes no caption away.
      } else if (key.equals("label") && in.peek() != JsonToken.BEGIN_ARRAY) {
        label = label(where, in);
      } else {
        in.skipValue();
      }
    }
  }

  private static Object label(String where, JsonReader in) throws IOException {
    return switch (in.peek()) {
      case NUMBER -> in.nextDouble();
      case STRING -> in.nextString();
      default ->
          throw new InputException(
              where,
              "a label that is neither a number nor a text",
              "a whole number from 0, -1 for none, or a name",
              "write 0 and 1 for false and true, or names as texts, \"label\": \"yes\"");
    };
  }

  private void take(String where, String folder, Line line) {
    if (line.picture == null) {
      throw wrong(where, "a line without file_name", null);
    }
    line.entries.stream().filter(key -> !key.equals("file_name")).forEach(entries::add);
    String picture = folder + line.picture;
    captions.computeIfAbsent(picture, key -> new ArrayList<>()).addAll(line.texts);
    if (line.label instanceof String name) {
      put(where, picture, name);
    } else if (line.label instanceof Double number && number != DatasetJson.NO_LABEL) {
      put(where, picture, DatasetJson.number(where, line.picture, number));
    }
  }

  private void put(String where, String picture, Object label) {
    Object before = labels.put(picture, label);
    if (before != null && !before.equals(label)) {
      throw wrong(where, "two labels of " + picture + ", " + before + " and " + label, null);
    }
  }

  private static InputException wrong(String where, String found, Exception cause) {
    return new InputException(
        where,
        found,
        "{\"file_name\": \"a.jpg\", \"text\": \"what it shows\"}, a line for each picture",
        "write it again, or rename the file if it is of another kind",
        cause);
  }

  /** That no line says anything, where it is so: captions may stand in entries of other names. */
  Optional<String> silence() {
    return entries.stream().anyMatch(READ::contains)
        ? Optional.empty()
        : Optional.of(
            name
                + ": no line has text, caption or label"
                + (entries.isEmpty()
                    ? ""
                    : "; not read: " + Listing.first(List.copyOf(entries), ", ")));
  }

  @Override
  public boolean hasCaptions() {
    return captions.values().stream().anyMatch(texts -> !texts.isEmpty());
  }

  @Override
  public List<String> of(String picture) {
    return captions.getOrDefault(picture, List.of());
  }

  /**
   * The names of the classes, in the order of their letters; empty where labels are numbers, or
   * there are none. Texts are numbers only where every one of them is.
   *
   * @throws InputException if some labels are numbers and others names
   */
  List<String> classNames() {
    List<String> texts =
        labels.values().stream().filter(String.class::isInstance).map(String.class::cast).toList();
    Optional<String> name = texts.stream().filter(text -> !text.matches("\\d{1,9}")).findFirst();
    if (name.isPresent() && texts.size() < labels.size()) {
      throw new InputException(
          files.where(this.name),
          "labels that are numbers, and the label '" + name.get() + "'",
          "numbers from 0 on, or names, for all pictures",
          "write names as texts, \"label\": \"10\", or number all classes from 0");
    }
    return name.isEmpty()
        ? List.of()
        : ClassesFile.checked(files.where(this.name), List.copyOf(new TreeSet<>(texts)));
  }

  /**
   * The labels of pictures; all 0 where the file has none.
   *
   * @throws InputException if one has none, and others have
   */
  int[] labels(List<String> pictures) {
    int[] found = new int[pictures.size()];
    Map<String, Integer> numbers = new HashMap<>();
    classNames().forEach(name -> numbers.put(name, numbers.size()));
    for (int i = 0; i < found.length && !labels.isEmpty(); i++) {
      Object label = labels.get(pictures.get(i));
      if (label == null) {
        throw new InputException(
            files.where(name),
            "no label of " + pictures.get(i) + ", and of others",
            "a label of each picture, or of none; -1 is none",
            "add it, or take the picture out");
      }
      found[i] =
          numbers.isEmpty()
              ? DatasetJson.number(
                  files.where(name), pictures.get(i), Integer.parseInt(label.toString()))
              : numbers.get(label);
    }
    return found;
  }
}
