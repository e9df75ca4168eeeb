package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** A {@link Survey} while it is made, by several threads. */
final class SurveyTally {
  /** Of a large set, the first bytes of each file are read, and more where its header is longer. */
  private static final int START_BYTES = 1 << 16;

  private final NamedFiles files;
  private final PictureReading reading;
  private final Survey.Depth depth;
  private final boolean whole;
  private final Map<PictureSize, Integer> sizes = new TreeMap<>(PictureSize.ORDER);
  private final Map<PictureNeed, Integer> needs = new EnumMap<>(PictureNeed.class);
  private final Map<PictureNeed, String> firsts = new EnumMap<>(PictureNeed.class);
  private final Map<String, String> unread = new TreeMap<>();

  /** Of these, those that may be whole. */
  private final NavigableSet<String> passing = new TreeSet<>();

  /** Why the first of them could not be read. */
  private Optional<InputException> why = Optional.empty();

  private int several;

  SurveyTally(PictureNames pictures, PictureReading reading, Survey.Depth depth) {
    this.files = pictures.files();
    this.reading = reading;
    this.depth = depth;
    this.whole = depth == Survey.Depth.PIXELS || files.isSmall(pictures.names());
  }

  /** Looks at one picture. */
  void look(String name) {
    try {
      Picture picture = whole ? Picture.of(files.where(name), files.read(name)) : start(name);
      EnumSet<PictureNeed> lacks = reading.lacks(picture);
      boolean decoded = depth == Survey.Depth.PIXELS || picture.hasAlpha() || !picture.hasEnd();
      if (decoded && picture.pixels().isTransparent() && reading.background().isEmpty()) {
        lacks.add(PictureNeed.TRANSPARENT);
      }
      add(name, reading.size(picture), lacks, picture.frames());
    } catch (InputException e) {
      add(name, e);
    }
  }

  /** Begins with what is known of those that could be read. */
  void take(Survey known) {
    sizes.putAll(known.sizes());
    needs.putAll(known.needs());
    firsts.putAll(known.firsts());
    several += known.several();
  }

  /** Looks again, at one after another: for several beside each other the memory may not do. */
  void lookAgain() {
    List<String> again = List.copyOf(passing);
    passing.clear();
    why = Optional.empty();
    again.forEach(unread::remove);
    again.forEach(this::look);
  }

  /** A picture of whose file no more is read than has to be. */
  private Picture start(String name) {
    String where = files.where(name);
    byte[] start = files.start(name, START_BYTES);
    if (start.length < START_BYTES) {
      return Picture.of(where, start);
    }
    try {
      if (JpegPicture.isOne(start)) {
        return JpegPicture.of(where, start).ofStart();
      } else if (PngPicture.isOne(start) && !PngPicture.of(where, start, false).hasAlpha()) {
        return PngPicture.of(where, start, false);
      }
    } catch (InputException e) {
      // The header may be longer: the whole file tells.
    }
    return Picture.of(where, files.read(name));
  }

  private synchronized void add(
      String name, PictureSize size, EnumSet<PictureNeed> lacks, int frames) {
    sizes.merge(size, 1, Integer::sum);
    several += frames > 1 ? 1 : 0;
    for (PictureNeed need : lacks) {
      needs.merge(need, 1, Integer::sum);
      firsts.merge(need, name, (a, b) -> a.compareTo(b) < 0 ? a : b);
    }
  }

  private synchronized void add(String name, InputException e) {
    String text = e.getMessage().lines().findFirst().orElse("");
    String where = files.where(name) + ": ";
    if (e.isPassing()) {
      passing.add(name);
      why = passing.first().equals(name) ? Optional.of(e) : why;
    }
    unread.put(name, text.startsWith(where) ? text.substring(where.length()) : text);
  }

  /** What was found. */
  synchronized Survey survey() {
    return new Survey(sizes, needs, firsts, unread, why, several);
  }
}
