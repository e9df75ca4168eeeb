package io.github.fdistill.data;

import io.github.fdistill.InputException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/**
 * What the pictures of a set are like, each looked at before any is used.
 *
 * @param sizes how many there are of each, as they are read
 * @param needs how many need what has not been asked for
 * @param firsts the first picture of each of these
 * @param unread why a picture cannot be read, by its name
 * @param passing why the first of these cannot be read that may be whole: rights, a disk or the
 *     memory stood in the way
 * @param several how many hold more than one picture
 */
public record Survey(
    Map<PictureSize, Integer> sizes,
    Map<PictureNeed, Integer> needs,
    Map<PictureNeed, String> firsts,
    Map<String, String> unread,
    Optional<InputException> passing,
    int several) {

  /** How closely pictures are looked at. */
  public enum Depth {
    /**
     * The header, and every checksum where the fingerprint reads the files too; the pixels where
     * the header leaves open whether they are all there, or can be seen through.
     */
    HEADERS,
    /** Every pixel. */
    PIXELS
  }

  /** What helps pictures that cannot be read, some damaged and others not. */
  static final String MENDED = "copy damaged files again, convert others to PNG";

  private static final int MOST_NAMED = 10;

  /**
   * Looks at all pictures, several at once.
   *
   * @param done is told how many are looked at
   */
  static Survey of(PictureNames pictures, PictureReading reading, Depth depth, LongConsumer done) {
    SurveyTally tally = new SurveyTally(pictures, reading, depth);
    List<String> names =
        IntStream.range(0, pictures.names().size()).mapToObj(pictures::name).toList();
    return looked(tally, names, done);
  }

  private static Survey looked(SurveyTally tally, List<String> names, LongConsumer done) {
    AtomicLong count = new AtomicLong();
    IntStream.range(0, names.size())
        .parallel()
        .forEach(
            i -> {
              tally.look(names.get(i));
              done.accept(count.incrementAndGet());
            });
    tally.lookAgain();
    return tally.survey();
  }

  /**
   * What is known, with another look at the pictures that could not be read.
   *
   * @param known of these pictures
   */
  static Survey again(Survey known, PictureNames pictures, PictureReading reading, Depth depth) {
    if (known.unread().isEmpty()) {
      return known;
    }
    SurveyTally tally = new SurveyTally(pictures, reading, depth);
    tally.take(known);
    return looked(tally, List.copyOf(known.unread().keySet()), done -> {});
  }

  /** The size that most pictures have. */
  Optional<PictureSize> usual() {
    return sizes.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
  }

  /**
   * Refuses pictures that cannot be read as they are.
   *
   * @param ofOneSize whether they have to be of one size and kind, too
   */
  void require(NamedFiles files, PackRemedy remedy, boolean ofOneSize) {
    if (!unread.isEmpty()) {
      throw unread(files, remedy);
    }
    boolean sized = ofOneSize && sizes.size() > 1;
    if (!needs.isEmpty() || sized) {
      throw new InputException(
          files.path().toString(),
          lacking(sized),
          needs.isEmpty()
              ? "pictures of one size"
              : String.join("; ", needs.keySet().stream().map(need -> need.needed).toList()),
          remedy.of(needed(), resized()));
    }
  }

  /**
   * Refuses pictures in colour of a set that becomes grey because its first picture is.
   *
   * @param channels of the first picture
   */
  void requireColours(NamedFiles files, AskedSize asked, int channels) {
    if (asked.channels().isEmpty() && channels() > channels) {
      throw new InputException(
          files.path().toString(),
          "pictures in colour, where the first is grey: " + sizesInWords(),
          "pictures of one kind, or word which they become",
          "say so: resize: \""
              + asked.inColour()
              + "\" in a config's dataset, or data --resize "
              + asked.inColour());
    }
  }

  private String lacking(boolean sized) {
    List<String> parts = new ArrayList<>();
    needs.forEach((need, count) -> parts.add(need.many(count) + " (" + firsts.get(need) + ")"));
    if (sized) {
      parts.add("pictures of " + sizesInWords());
    }
    return String.join(", ", parts);
  }

  /** How pictures of several sizes become of one; nothing where they are of one. */
  Optional<String> toOneSize(PackRemedy remedy) {
    return resized().map(size -> remedy.command(needed(), Optional.of(size)));
  }

  private EnumSet<PictureNeed> needed() {
    EnumSet<PictureNeed> needed = EnumSet.noneOf(PictureNeed.class);
    needed.addAll(needs.keySet());
    return needed;
  }

  /** The usual size, in colour where any picture is; nothing where all have it. */
  private Optional<PictureSize> resized() {
    if (sizes.size() < 2) {
      return Optional.empty();
    }
    return usual().map(size -> new PictureSize(size.height(), size.width(), channels()));
  }

  /** 3 where any picture that can be read is in colour; 1 where all are grey. */
  public int channels() {
    return sizes.keySet().stream().mapToInt(PictureSize::channels).max().orElse(1);
  }

  /** As "2 sizes (12 of 24x40x3, 4 of 23x39x3)". */
  public String sizesInWords() {
    List<String> words =
        sizes.entrySet().stream()
            .sorted(Map.Entry.<PictureSize, Integer>comparingByValue().reversed())
            .limit(MOST_NAMED)
            .map(entry -> entry.getValue() + " of " + entry.getKey().text())
            .toList();
    String more = sizes.size() > MOST_NAMED ? ", ..." : "";
    return sizes.size() + " sizes (" + String.join(", ", words) + more + ")";
  }

  private InputException unread(NamedFiles files, PackRemedy remedy) {
    Map.Entry<String, String> first = unread.entrySet().iterator().next();
    if (passing.isPresent() && unread.size() == 1) {
      return passing.get();
    }
    String way =
        passing.isPresent()
            ? "" // What may be whole is not left out.
            : "; to go without, skip_damaged: true in a config's dataset, or "
                + remedy.skipping().command(needed(), resized());
    if (unread.size() == 1) {
      return new InputException(
          files.where(first.getKey()),
          first.getValue(),
          "a picture that can be read",
          mended(first.getValue()) + ", or take it out" + way);
    }
    return new InputException(
        files.path().toString(),
        unread.size() + " pictures cannot be read: " + Listing.firstOf(unread),
        "pictures that can be read",
        MENDED + ", or take them out" + way);
  }

  /** What helps a picture that cannot be read: of one that is whole, no other copy. */
  private static String mended(String why) {
    boolean copy = why.startsWith("damaged") || why.matches("(an empty file|no picture|cannot).*");
    return copy ? "copy the file again" : "convert it to PNG";
  }

  /** What is to be known of pictures that can be read, a line each. */
  public List<String> notes() {
    String held = several == 1 ? "1 file holds" : several + " files hold";
    return several == 0
        ? List.of()
        : List.of(held + " several pictures: the first of each is read");
  }
}
