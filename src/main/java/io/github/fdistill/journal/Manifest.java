package io.github.fdistill.journal;

import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import java.io.File;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The file {@code MANIFEST} of a checkpoint, by which damage is found:
 *
 * <pre>{@code
 * step 1234, 2 files
 * HASH        BYTES  NAME
 * HASH        BYTES  NAME
 * }</pre>
 *
 * The hash is SHA-256 in hex, the name relative to the checkpoint's folder.
 */
record Manifest(long step, List<Entry> files) {
  static final String FILE = "MANIFEST";

  private static final Pattern HEAD = Pattern.compile("step (\\d{1,18}), (\\d{1,9}) files");
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) +(\\d{1,18})  (.+)");

  /** One file: its name below the folder, its size, its hash. */
  record Entry(String name, long bytes, String sha256) {}

  /** Measures and hashes every file below {@code folder}. */
  static Manifest of(long step, Path folder) throws IOException {
    List<Entry> files = new ArrayList<>();
    try (Stream<Path> inside = Files.walk(folder)) {
      for (Path file : inside.filter(Files::isRegularFile).sorted().toList()) {
        String name = folder.relativize(file).toString().replace(File.separatorChar, '/');
        files.add(new Entry(name, Files.size(file), Sha256.of(file)));
      }
    }
    return new Manifest(step, files);
  }

  /** The text of the file. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append(String.format(Locale.ROOT, "step %d, %d files\n", step, files.size()));
    for (Entry file : files) {
      text.append(String.format(Locale.ROOT, "%s %12d  %s\n", file.sha256, file.bytes, file.name));
    }
    return text.toString();
  }

  /** Reads the manifest of {@code folder}; empty where it is missing, cut short or garbled. */
  static Optional<Manifest> read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return parse(RegularFile.text(file, FileKind.NOTE).lines().toList());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static Optional<Manifest> parse(List<String> lines) {
    Matcher head = HEAD.matcher(lines.isEmpty() ? "" : lines.get(0));
    if (!head.matches() || Integer.parseInt(head.group(2)) != lines.size() - 1) {
      return Optional.empty();
    }
    List<Entry> files = new ArrayList<>();
    for (String text : lines.subList(1, lines.size())) {
      Matcher line = LINE.matcher(text);
      if (!line.matches() || !isInside(line.group(3))) {
        return Optional.empty();
      }
      files.add(new Entry(line.group(3), Long.parseLong(line.group(2)), line.group(1)));
    }
    return Optional.of(new Manifest(Long.parseLong(head.group(1)), files));
  }

  /** Whether a name is one of a file below a folder. */
  private static boolean isInside(String name) {
    try {
      Path path = Path.of(name).normalize();
      return !path.isAbsolute() && !path.startsWith("..");
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** The first file below {@code folder} that is missing or of another size, and how. */
  Optional<String> wrongSize(Path folder) throws IOException {
    for (Entry file : files) {
      Path path = folder.resolve(file.name);
      if (!Files.isRegularFile(path)) {
        return Optional.of(file.name + " is missing");
      }
      if (Files.size(path) != file.bytes) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%s has %d bytes instead of %d",
                file.name,
                Files.size(path),
                file.bytes));
      }
    }
    return Optional.empty();
  }

  /** The first file whose contents are not those that were written, and how. */
  Optional<String> wrongContents(Path folder) throws IOException {
    for (Entry file : files) {
      if (!Sha256.of(folder.resolve(file.name)).equals(file.sha256)) {
        return Optional.of(file.name + " has other contents than were written (SHA-256)");
      }
    }
    return Optional.empty();
  }
}
