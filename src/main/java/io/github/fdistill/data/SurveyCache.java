package io.github.fdistill.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * What was found when the pictures of a large set were last looked at, kept in {@code
 * ~/.cache/fdistill/pictures} (or below XDG_CACHE_HOME): it holds until a size, time or name
 * changes, but for pictures that could not be read: a whole copy may have the size and time of a
 * damaged one. Where nothing can be kept, or a picture could not be read and yet may be whole, all
 * are looked at again.
 */
final class SurveyCache {
  private SurveyCache() {}

  /** As {@link Survey#of}, or what is known already. */
  static Survey survey(
      PictureNames pictures, PictureReading reading, Survey.Depth depth, LongConsumer done) {
    if (depth == Survey.Depth.HEADERS && pictures.files().isSmall(pictures.names())) {
      return Survey.of(pictures, reading, depth, done);
    }
    Optional<Path> file = folder().map(f -> f.resolve(key(pictures, reading, depth) + ".json"));
    Optional<Survey> known = file.flatMap(SurveyCache::read).filter(look -> isOf(look, pictures));
    Survey survey =
        known.isPresent()
            ? Survey.again(known.get(), pictures, reading, depth)
            : Survey.of(pictures, reading, depth, done);
    if (survey.passing().isEmpty() && !known.equals(Optional.of(survey))) {
      file.ifPresent(f -> write(f, survey));
    }
    return survey;
  }

  private static boolean isOf(Survey look, PictureNames pictures) {
    return look.unread().isEmpty()
        || Set.copyOf(pictures.names()).containsAll(look.unread().keySet());
  }

  /** Of the reading only background and convert change what a look finds. */
  private static String key(PictureNames pictures, PictureReading reading, Survey.Depth depth) {
    Path path = pictures.files().path().toAbsolutePath().normalize();
    return Sha256.ofText(
        "6 "
            + ImageSource.PIXELS
            + " "
            + depth
            + " background "
            + reading.background()
            + " convert "
            + reading.convert()
            + " "
            + path
            + " "
            + pictures.files().stamp(pictures.names()));
  }

  private static Optional<Path> folder() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home");
    if (xdg != null && !xdg.isEmpty()) {
      return Optional.of(Path.of(xdg, "fdistill", "pictures"));
    }
    return Optional.ofNullable(home).map(h -> Path.of(h, ".cache", "fdistill", "pictures"));
  }

  private static void write(Path file, Survey survey) {
    JsonObject json = new JsonObject();
    JsonObject sizes = new JsonObject();
    survey
        .sizes()
        .forEach(
            (size, count) ->
                sizes.addProperty(
                    size.height() + "x" + size.width() + "x" + size.channels(), count));
    json.add("sizes", sizes);
    JsonObject needs = new JsonObject();
    JsonObject firsts = new JsonObject();
    survey.needs().forEach((need, count) -> needs.addProperty(need.name(), count));
    survey.firsts().forEach((need, name) -> firsts.addProperty(need.name(), name));
    json.add("needs", needs);
    json.add("firsts", firsts);
    JsonObject unread = new JsonObject();
    survey.unread().forEach(unread::addProperty);
    json.add("unread", unread);
    json.addProperty("several", survey.several());
    try {
      AtomicFile.write(file, json.toString());
    } catch (IOException | RuntimeException e) {
      // They are looked at again the next time.
    }
  }

  static Optional<Survey> read(Path file) {
    try {
      String text = RegularFile.text(file, FileKind.SURVEY);
      return Optional.of(parsed(WholeJson.tree(text).getAsJsonObject()));
    } catch (IOException
        | RuntimeException e) { // What Gson throws of other JSON is not documented.
      return Optional.empty(); // Written by another version, or damaged.
    }
  }

  private static Survey parsed(JsonObject json) {
    Map<PictureSize, Integer> sizes = new TreeMap<>(PictureSize.ORDER);
    for (Map.Entry<String, JsonElement> entry : json.getAsJsonObject("sizes").entrySet()) {
      String[] parts = entry.getKey().split("x");
      sizes.put(
          new PictureSize(
              Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2])),
          entry.getValue().getAsInt());
    }
    Map<PictureNeed, Integer> needs = new EnumMap<>(PictureNeed.class);
    Map<PictureNeed, String> firsts = new EnumMap<>(PictureNeed.class);
    Map<String, String> unread = new TreeMap<>();
    json.getAsJsonObject("needs")
        .entrySet()
        .forEach(e -> needs.put(PictureNeed.valueOf(e.getKey()), e.getValue().getAsInt()));
    json.getAsJsonObject("firsts")
        .entrySet()
        .forEach(e -> firsts.put(PictureNeed.valueOf(e.getKey()), e.getValue().getAsString()));
    json.getAsJsonObject("unread")
        .entrySet()
        .forEach(e -> unread.put(e.getKey(), e.getValue().getAsString()));
    return new Survey(
        sizes, needs, firsts, unread, Optional.empty(), json.get("several").getAsInt());
  }
}
