package io.github.fdistill.cli;

import io.github.fdistill.Shown;
import io.github.fdistill.data.Captions;
import io.github.fdistill.data.ClassCounts;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.data.Survey;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What images there are, in words. */
final class DataText {
  /** Lines of classes, at most. */
  private static final int MOST_CLASSES = 1000;

  private static final int MOST_CAPTIONS = 3;

  private DataText() {}

  /**
   * How many there are, of what size, how many of each class, and what is to be known of them.
   *
   * @param survey of pictures in their own sizes
   */
  static String of(String text, ImageSource images, Optional<Survey> survey) {
    StringBuilder lines = new StringBuilder();
    String size = images.height() + "x" + images.width() + "x" + images.channels();
    lines.append(text).append(": ").append(Quantities.images(images.size())).append(" of ");
    lines.append(survey.filter(s -> s.sizes().size() > 1).map(Survey::sizesInWords).orElse(size));
    ClassCounts counts = ClassCounts.of(images);
    lines.append(", ").append(images.classesInWords()).append("\n");
    if (images.saysClasses()) {
      append(lines, counts, images.classNames());
    }
    if (images.hasCaptions()) {
      append(lines, Captions.of(images));
    }
    survey.ifPresent(s -> s.notes().forEach(note -> append(lines, note)));
    images.notes().forEach(note -> append(lines, note));
    return lines.toString();
  }

  /** How many prompts there are, without images, and the first few. */
  static String of(String text, List<String> prompts) {
    StringBuilder lines = new StringBuilder();
    int count = prompts.size();
    lines.append(text).append(": ").append(count).append(count == 1 ? " prompt" : " prompts");
    lines.append(", of which a student learns without images (docs/import.md, Prompts alone)\n");
    appendFirst(lines, prompts);
    return lines.toString();
  }

  private static void append(StringBuilder lines, ClassCounts counts, List<String> names) {
    int shown = 0;
    for (Map.Entry<Integer, Long> entry : counts.images().entrySet()) {
      if (shown++ == MOST_CLASSES) {
        lines.append("     ... and ").append(counts.images().size() - MOST_CLASSES);
        lines.append(" more classes\n");
        break;
      }
      String name = names.isEmpty() ? "" : "  " + Shown.name(names.get(entry.getKey()));
      lines.append(
          String.format(Locale.ROOT, "%6d: %d%s%n", entry.getKey(), entry.getValue(), name));
    }
  }

  /** How many there are, the first few, and of which images there is none. */
  private static void append(StringBuilder lines, Captions captions) {
    lines.append("Captions: ").append(captions).append('\n');
    appendFirst(lines, captions.texts());
    captions.without().entrySet().stream()
        .limit(MOST_CAPTIONS)
        .forEach(entry -> append(lines, entry.getKey() + ": " + entry.getValue()));
  }

  private static void appendFirst(StringBuilder lines, List<String> texts) {
    texts.stream()
        .limit(MOST_CAPTIONS)
        .forEach(text -> lines.append("    ").append(Shown.line(text)).append('\n'));
  }

  private static void append(StringBuilder lines, String note) {
    lines.append("Note: ").append(Shown.line(note)).append('\n');
  }
}
