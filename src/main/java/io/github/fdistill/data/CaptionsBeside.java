package io.github.fdistill.data;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import io.github.fdistill.InputException;
import io.github.fdistill.files.JsonWords;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;

/**
 * Captions in files beside the pictures: of {@code a/b.jpg} the text {@code a/b.txt}, or without it
 * {@code a/b.json} with an entry {@code caption} or {@code text}, as img2dataset writes both. They
 * are read when they are asked for. In shards a picture {@code a.img.jpg} has {@code a.txt} too.
 *
 * @param beside the files that pictures have beside them, by the name that they should have: the
 *     letters may be in another of Unicode's forms, and the ending in capital letters
 * @param used those files, as they are called
 */
record CaptionsBeside(NamedFiles files, Map<String, String> beside, Set<String> used)
    implements PictureCaptions {
  private static final int MOST_BYTES = 1 << 20;

  /** Files that are read to see whether any holds a caption. */
  private static final int MOST_ASKED = 1000;

  /** Those of a set; none where no picture has such a file. */
  static PictureCaptions of(NamedFiles files, List<String> pictures) {
    Map<String, String> beside = new HashMap<>();
    for (String ending : List.of(".txt", ".json")) {
      List<String> wanted =
          pictures.stream()
              .flatMap(picture -> stems(files, picture))
              .map(stem -> stem + ending)
              .toList();
      Map<String, String> there = withEnding(files, ending);
      wanted.stream().filter(there::containsKey).forEach(name -> beside.put(name, there.get(name)));
      NameForms.found(files.path().toString(), wanted, there.keySet())
          .forEach((name, other) -> beside.put(name, there.get(other)));
    }
    CaptionsBeside captions = new CaptionsBeside(files, beside, Set.copyOf(beside.values()));
    boolean texts = beside.keySet().stream().anyMatch(name -> name.endsWith(".txt"));
    return texts || captions.hasOne() ? captions : NONE;
  }

  /**
   * Files with an ending, in small letters or capital ones, as pictures may have theirs.
   *
   * @return how each is called, by its name with the ending in small letters; of two those win
   */
  private static Map<String, String> withEnding(NamedFiles files, String ending) {
    Map<String, String> there = new HashMap<>();
    for (String name : files.names()) {
      if (name.toLowerCase(Locale.ROOT).endsWith(ending)) {
        String stem = name.substring(0, name.length() - ending.length());
        there.merge(stem + ending, name, BinaryOperator.maxBy(Comparator.naturalOrder()));
      }
    }
    return there;
  }

  /** Files .json may be of any kind: one of the first that has a caption tells. */
  private boolean hasOne() {
    Set<String> stray = Set.copyOf(files.strayLinks());
    return used.stream()
        .filter(name -> !stray.contains(name))
        .sorted()
        .limit(MOST_ASKED)
        .anyMatch(
            name -> {
              try {
                return !json(name).isEmpty();
              } catch (InputException e) {
                e.lasting();
                return false;
              }
            });
  }

  /** What they may be called but for the ending: as the picture is, or by its key. */
  private static Stream<String> stems(NamedFiles files, String picture) {
    return Stream.of(picture.substring(0, picture.lastIndexOf('.')), files.key(picture)).distinct();
  }

  private Optional<String> file(String picture, String ending) {
    return stems(files, picture)
        .flatMap(stem -> Optional.ofNullable(beside.get(stem + ending)).stream())
        .findFirst();
  }

  @Override
  public boolean hasCaptions() {
    return true;
  }

  @Override
  public boolean isFile(String name) {
    return used.contains(name);
  }

  @Override
  public List<String> of(String picture) {
    Optional<String> text = file(picture, ".txt");
    if (text.isPresent()) {
      String caption = CaptionText.line(files.where(text.get()), read(text.get()));
      return caption.isEmpty() ? List.of() : List.of(caption);
    }
    return file(picture, ".json").map(this::json).orElse(List.of());
  }

  private String read(String name) {
    byte[] bytes = files.start(name, MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new InputException(
          files.where(name), "more than 1 MiB", "captions of less", "shorten it");
    }
    return CaptionText.utf8(files.where(name), bytes);
  }

  private List<String> json(String name) {
    String where = files.where(name);
    List<String> captions = new ArrayList<>();
    try {
      return WholeJson.read(
          new StringReader(read(name)),
          Strictness.LEGACY_STRICT,
          json -> {
            WholeJson.members(json, (key, in) -> readMember(where, key, in, captions));
            return captions;
          });
    } catch (IOException | IllegalStateException e) {
      throw new InputException(
          where,
          "no caption that can be read: " + JsonWords.of(e),
          "{\"caption\": \"what the picture shows\", ...}",
          "write it again, or take the picture out",
          e);
    }
  }

  private static void readMember(String where, String key, JsonReader in, List<String> captions)
      throws IOException {
    if (key.equals("caption") || (key.equals("text") && captions.isEmpty())) {
      List<String> said = CaptionText.read(where, in);
      if (!said.isEmpty()) { // An empty caption takes no text away.
        captions.clear();
        captions.addAll(said);
      }
    } else {
      in.skipValue();
    }
  }
}
