package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.Heap;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Utf8;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Prompts alone, without images: a text file of one a line. */
public final class Prompts {
  /** What examples ask for, of different lengths: every tokenizer can say it. */
  public static final List<String> EXAMPLES =
      List.of("red apple", "car", "smiling face with sunglasses", "");

  private static final String OTHERS = "write some, or name another";

  private Prompts() {}

  /**
   * Reads prompts. Runs of blanks are one blank; empty lines are passed over.
   *
   * @throws InputException if there is none, or the file cannot be read
   */
  public static List<String> read(Path file) {
    List<String> prompts = new ArrayList<>();
    AtomicLong held = new AtomicLong();
    try {
      RegularFile.lines(
          file,
          FileKind.PROMPTS,
          (number, line) -> {
            String prompt = CaptionText.line(file + ":" + number, line);
            if (!prompt.isEmpty()) {
              long bytes = held.addAndGet(Captions.held(prompt));
              Heap.require(file.toString(), "so many prompts", bytes);
              prompts.add(prompt);
            }
          });
    } catch (Utf8.Not e) {
      throw wrong(file, e.why(), "save it again in UTF-8", e);
    } catch (IOException e) {
      throw wrong(file, "cannot be read: " + DiskRefusal.reason(e), OTHERS, e);
    }
    if (prompts.isEmpty()) {
      throw wrong(file, "no prompt", OTHERS, null);
    }
    return prompts;
  }

  private static InputException wrong(Path file, String found, String remedy, IOException cause) {
    return new InputException(file.toString(), found, "a prompt a line, in UTF-8", remedy, cause);
  }
}
