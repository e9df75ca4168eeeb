package io.github.fdistill.data;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.fdistill.InputException;
import io.github.fdistill.condition.LabelRange;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.JsonWords;
import io.github.fdistill.files.Utf8;
import io.github.fdistill.files.WholeJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The labels of a set as EDM and StyleGAN lay it out: {@code {"labels": [["00000/img.png", 3],
 * ...]}}, or null where there are none. A label is a class, a row of one 1 among zeros, or, as
 * StyleGAN-T has it, a caption: texts are classes only where every one of them is a number.
 *
 * @param top the folder that names in the file begin at
 * @param told the pictures that it tells of, by their names in the set; of some of them, maybe,
 *     that there is no label
 * @param labels by the name of a picture in the set; empty where there are none
 * @param captions by the name of a picture in the set; empty where there are none
 */
record DatasetJson(
    String top,
    String where,
    Set<String> told,
    Map<String, Integer> labels,
    Map<String, List<String>> captions)
    implements PictureCaptions {
  static final String NAME = "dataset.json";

  /** In the place of a label, as Hugging Face's sets have it: there is none, or none is known. */
  static final int NO_LABEL = -1;

  /** Classes of a row, at most. */
  private static final int MOST_IN_ROW = 1 << 20;

  /** Of Java's memory, for what is told of a picture beside names and texts, in bytes. */
  private static final int HELD_FOR_PICTURE = 150;

  /**
   * That of the pictures in a folder. Other programs write files of that name too: one without
   * labels, or whose labels are told of no picture, is theirs.
   *
   * @param top the folder, with a / at its end; "" for the outermost
   * @return nothing where there is none, or it is of another kind
   * @throws InputException if it cannot be read
   */
  static Optional<DatasetJson> in(NamedFiles files, String top) {
    return read(files, top, told -> true);
  }

  /**
   * The same, where what cannot be read so is taken for another program's, and is none; but not
   * where it tells of a picture that is there before that.
   */
  static Optional<DatasetJson> readable(NamedFiles files, String top) {
    return read(
        files,
        top,
        told -> files.names().stream().filter(PictureNames::isOne).anyMatch(told::contains));
  }

  /** That of a folder above these pictures, if it tells of any of them. */
  static Optional<DatasetJson> above(List<String> pictures, NamedFiles files, String folder) {
    return readable(files, folder).filter(json -> pictures.stream().anyMatch(json.told::contains));
  }

  /**
   * @param isOurs whether a file that cannot be read is such a one, by the pictures that it tells
   *     of until then
   */
  private static Optional<DatasetJson> read(
      NamedFiles files, String top, Predicate<Set<String>> isOurs) {
    String name = top + NAME;
    if (!files.names().contains(name)) {
      return Optional.empty();
    }
    String where = files.where(name);
    Reading reading = new Reading(where);
    DatasetJson json =
        new DatasetJson(top, where, new HashSet<>(), new HashMap<>(), new HashMap<>());
    try {
      json.read(files, reading);
    } catch (InputException e) {
      if (isOurs.test(json.told)) {
        throw e;
      }
      e.lasting();
      return Optional.empty();
    }
    boolean ofPictures = json.told.stream().anyMatch(PictureNames::isOne);
    return Optional.of(json).filter(read -> ofPictures || reading.saysNone);
  }

  private void read(NamedFiles files, Reading reading) {
    byte[] bytes = files.read(name());
    try {
      Utf8.require(where, bytes);
      WholeJson.read(
          new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8),
          Strictness.LEGACY_STRICT,
          json -> {
            WholeJson.members(json, (key, in) -> readMember(key, in, reading));
            return this;
          });
    } catch (Utf8.Not e) {
      throw e.refusal();
    } catch (IOException | IllegalStateException | NumberFormatException e) {
      throw new InputException(
          where,
          "no labels that can be read: " + JsonWords.of(e),
          "{\"labels\": [[\"00000/img00000000.png\", 3], ...]}, as EDM and StyleGAN have it",
          "write it again, or rename it if it is of another kind",
          e);
    }
    take(reading.texts);
    takeOtherForms(files.names());
  }

  /** A picture, by its name there, and a text in the place of its label. */
  private record Told(String picture, String text) {
    boolean isNumber() {
      return text.matches("\\d{1,9}");
    }
  }

  /** What is kept while the file is read. */
  private static final class Reading {
    private final String where;
    private final List<Told> texts = new ArrayList<>();
    private boolean saysNone;
    private long held;

    Reading(String where) {
      this.where = where;
    }

    /** Asks for room before more is kept: a few letters become far more bytes. */
    void hold(long bytes) {
      held += bytes;
      Heap.require(where, "labels of so many pictures", held);
    }
  }

  private void readMember(String key, JsonReader in, Reading reading) throws IOException {
    if (!key.equals("labels")) {
      in.skipValue();
    } else if (in.peek() == JsonToken.NULL) {
      in.nextNull();
      reading.saysNone = true;
    } else {
      readLabels(in, reading);
    }
  }

  /** What is told of a name in another of Unicode's forms is told of the file. */
  private void takeOtherForms(List<String> names) {
    NameForms.found(where, told, names)
        .forEach(
            (written, file) -> {
              told.remove(written);
              told.add(file);
              if (captions.containsKey(written)) {
                captions.put(file, captions.remove(written));
              }
              if (labels.containsKey(written)) {
                labels.put(file, labels.remove(written));
              }
            });
  }

  private void readLabels(JsonReader in, Reading reading) throws IOException {
    if (in.peek() == JsonToken.BEGIN_OBJECT) {
      in.beginObject();
      while (in.hasNext()) {
        put(in.nextName(), in, reading);
      }
      in.endObject();
    } else {
      in.beginArray();
      while (in.hasNext()) {
        in.beginArray();
        put(in.nextString(), in, reading);
        in.endArray();
      }
      in.endArray();
    }
  }

  private void put(String name, JsonReader in, Reading reading) throws IOException {
    String picture = NameForms.plainly(name);
    String inSet = top + picture;
    reading.hold(HELD_FOR_PICTURE + Captions.held(inSet));
    told.add(inSet);
    if (in.peek() == JsonToken.STRING) {
      String text = in.nextString();
      reading.hold(Captions.held(picture) + 2 * Captions.held(text)); // Kept as told, and as taken.
      reading.texts.add(new Told(picture, text));
      return;
    }
    double label = in.peek() == JsonToken.BEGIN_ARRAY ? row(where, picture, in) : in.nextDouble();
    if (label != NO_LABEL) {
      putLabel(inSet, number(where, picture, label));
    }
  }

  /**
   * A label that is told as a number.
   *
   * @throws InputException if it is not whole, below 0, or beyond the classes that there may be
   */
  static int number(String where, String picture, double label) {
    if (!isClass(label)) {
      throw wrong(where, picture, "the label " + text(label));
    }
    return (int) label;
  }

  /** Whether a number is that of a class. */
  static boolean isClass(double label) {
    return label >= 0 && label < LabelRange.MOST_CLASSES && label == Math.rint(label);
  }

  /** A number as somebody wrote it who meant a label: -1, and not -1.0. */
  static String text(double label) {
    return label == (long) label ? Long.toString((long) label) : Double.toString(label);
  }

  /** All are read by now: among captions one such as "2019" is a caption too. */
  private void take(List<Told> texts) {
    boolean numbers = texts.stream().allMatch(told -> told.text.isBlank() || told.isNumber());
    for (Told told : texts) {
      if (numbers && told.isNumber()) {
        putLabel(top + told.picture, number(where, told.picture, Integer.parseInt(told.text)));
      } else {
        putCaption(told.picture, CaptionText.line(where, told.text));
      }
    }
  }

  private void putLabel(String picture, int label) {
    Integer before = labels.put(picture, label);
    if (before != null && before != label) {
      throw wrong(
          where, picture.substring(top.length()), "two labels, " + before + " and " + label);
    }
  }

  private void putCaption(String picture, String caption) {
    List<String> told = caption.isEmpty() ? List.of() : List.of(caption);
    List<String> before = captions.put(top + picture, told);
    if (before != null && !before.equals(told)) {
      throw new InputException(
          where, "two captions of " + picture, "one caption of each picture", "take one out");
    }
  }

  private static int row(String where, String picture, JsonReader in) throws IOException {
    int label = -1;
    int length = 0;
    in.beginArray();
    for (; in.hasNext() && length < MOST_IN_ROW; length++) {
      double value = in.nextDouble();
      if (value != 0) {
        label = value == 1 && label < 0 ? length : MOST_IN_ROW;
      }
    }
    if (label < 0 || label >= MOST_IN_ROW) {
      throw wrong(where, picture, "a row of numbers that are not one 1 and zeros");
    }
    in.endArray();
    return label;
  }

  /** Of the file, in the set. */
  String name() {
    return top + NAME;
  }

  @Override
  public boolean hasCaptions() {
    return !captions.isEmpty();
  }

  @Override
  public List<String> of(String picture) {
    return captions.getOrDefault(picture, List.of());
  }

  private static InputException wrong(String where, String picture, String found) {
    return new InputException(
        where,
        found + " of " + picture,
        "classes from 0 on, below " + LabelRange.MOST_CLASSES + ", one for each picture",
        "number the classes from 0");
  }

  /**
   * The labels of pictures; all 0 where the file has none, or tells of each of these that it has
   * none.
   *
   * @throws InputException if one has none otherwise
   */
  int[] of(List<String> pictures) {
    int[] found = new int[pictures.size()];
    if (told.containsAll(pictures) && pictures.stream().noneMatch(labels::containsKey)) {
      return found;
    }
    for (int i = 0; i < found.length && !labels.isEmpty(); i++) {
      Integer label = labels.get(pictures.get(i));
      if (label == null) {
        throw new InputException(
            where,
            "no label of " + pictures.get(i).substring(top.length()),
            "a label for each picture beside it",
            "add it, or take the picture out; without the file, folders are classes");
      }
      found[i] = label;
    }
    return found;
  }
}
