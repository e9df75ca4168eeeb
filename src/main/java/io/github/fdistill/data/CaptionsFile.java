package io.github.fdistill.data;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import io.github.fdistill.InputException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Utf8;
import io.github.fdistill.files.WholeJson;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The captions beside a .npy file of images, NAME.captions.jsonl: a line for each image in the
 * order of the array, which is a text of JSON, or a list of them.
 */
final class CaptionsFile {
  private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

  private CaptionsFile() {}

  /** Where the captions of an array are, if it has any. */
  static Path beside(Path npy) {
    String name = npy.getFileName().toString();
    return npy.resolveSibling(name.replaceFirst("(?i)(\\.npy)?$", ".captions.jsonl"));
  }

  /**
   * Reads them.
   *
   * @param count of the images
   * @return nothing where there is no such file
   * @throws InputException if it has not so many lines, or one is no caption
   */
  static List<List<String>> read(Path npy, long count) {
    Path file = beside(npy);
    List<List<String>> captions = new ArrayList<>();
    AtomicLong held = new AtomicLong();
    if (!RegularFile.isThere(file)) {
      return captions;
    }
    try {
      RegularFile.lines(
          file,
          FileKind.CAPTIONS,
          (number, line) -> {
            String where = file + ":" + number;
            long bytes = held.addAndGet(2 * Captions.held(line)); // A list and what it holds.
            Heap.require(file.toString(), "so many captions", bytes);
            try {
              captions.add(
                  WholeJson.read(
                      new StringReader(line),
                      Strictness.LEGACY_STRICT,
                      in -> CaptionText.read(where, in)));
            } catch (IllegalStateException | IOException e) {
              throw wrong(where, "no text of JSON", e);
            }
          });
    } catch (Utf8.Not e) {
      throw e.refusal();
    } catch (IOException e) {
      throw wrong(file.toString(), "cannot be read: " + DiskRefusal.reason(e), e);
    }
    if (captions.size() != count) {
      throw wrong(file.toString(), captions.size() + " lines for " + count + " images", null);
    }
    return captions;
  }

  private static InputException wrong(String where, String found, Exception cause) {
    return new InputException(
        where,
        found,
        "\"what the image shows\" for each image, on a line of its own",
        "put images and captions of the same set there, or remove the captions",
        cause);
  }

  /** What the file of a set holds; a caption that is damaged is none. */
  static AtomicFile.Content of(ImageSource source) {
    return out -> {
      for (long i = 0; i < source.size(); i++) {
        List<String> texts = readable(source, i);
        String line = JSON.toJson(texts.size() == 1 ? texts.get(0) : texts) + "\n";
        out.write(line.getBytes(StandardCharsets.UTF_8));
      }
    };
  }

  private static List<String> readable(ImageSource source, long index) {
    try {
      return source.captions(index);
    } catch (InputException e) {
      e.lasting();
      return List.of();
    }
  }
}
