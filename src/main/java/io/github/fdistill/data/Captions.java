package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Heap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * All captions of a set, each with the image that it is of: an image with several is here as often.
 * They are read at once, so that what is wrong with one is told before any is used.
 *
 * @param texts in the order of the images
 * @param images the number of each one's image
 * @param without why images have none, by what they are called
 */
public record Captions(List<String> texts, int[] images, Map<String, String> without) {
  /** Where they may stand, in words. */
  public static final String PLACES =
      "in NAME.txt or NAME.json beside NAME.jpg, in metadata.jsonl under text or caption, or in"
          + " dataset.json";

  /** Of Java's memory, for a text beside its letters. */
  private static final int HELD_FOR_TEXT = 64;

  /**
   * Reads those of a set, several images at once.
   *
   * @throws InputException if one cannot be read in passing, or all need more memory than there is
   */
  public static Captions of(ImageSource source) {
    int size = Math.toIntExact(source.size());
    List<List<String>> found = new ArrayList<>(Collections.nCopies(size, List.of()));
    Map<String, String> without = new TreeMap<>();
    AtomicLong held = new AtomicLong();
    IntStream.range(0, size)
        .parallel()
        .forEach(
            i -> {
              String why = "no caption";
              try {
                List<String> texts = source.captions(i);
                long bytes = held.addAndGet(texts.stream().mapToLong(Captions::held).sum());
                Heap.require("captions", "so many letters", bytes);
                found.set(i, texts);
              } catch (InputException e) {
                why = e.lasting().found();
              }
              if (found.get(i).isEmpty()) {
                synchronized (without) {
                  without.put(source.where(i), why);
                }
              }
            });
    int[] images =
        IntStream.range(0, size)
            .flatMap(i -> IntStream.range(0, found.get(i).size()).map(j -> i))
            .toArray();
    List<String> texts = found.stream().flatMap(List::stream).toList();
    return new Captions(texts, images, without);
  }

  /** What a text takes of Java's memory, in bytes. */
  static long held(String text) {
    return HELD_FOR_TEXT + 2L * text.length();
  }

  /** How many images have captions. */
  public long described() {
    return Arrays.stream(images).distinct().count();
  }

  /**
   * Refuses a set of which an image has none.
   *
   * @param skip whether such images are left out; one at least has to have a caption then
   * @throws InputException naming the first few
   */
  public void require(ImageSource source, boolean skip) {
    if (texts.isEmpty() || (!skip && !without.isEmpty())) {
      throw new InputException(
          "captions",
          "images without: "
              + without.size()
              + " of "
              + source.size()
              + ": "
              + Listing.firstOf(without),
          "a caption for each: " + PLACES,
          "write them, or take the images out; to go without, skip_damaged: true in a config's"
              + " dataset");
    }
  }

  /** Such as "12354, of 6180 images; images without: 3". */
  @Override
  public String toString() {
    return texts.size()
        + ", of "
        + described()
        + (described() == 1 ? " image" : " images")
        + (without.isEmpty() ? "" : "; images without: " + without.size());
  }
}
