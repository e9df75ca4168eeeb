package io.github.fdistill.journal;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.fdistill.files.AtomicFile;
import io.github.fdistill.files.RegularFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tensorflow.proto.Event;

/**
 * The event files that a folder had when it was looked into, {@code events.out.tfevents.00000001}
 * and so on, one for each session of a run.
 */
final class EventFiles {
  private static final Pattern NAME = Pattern.compile("events\\.out\\.tfevents\\.(\\d{8})");
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path folder;
  private final SortedMap<Integer, Path> byNumber = new TreeMap<>();

  /** Looks into the folder, which exists; files of other names are nobody's business here. */
  EventFiles(Path folder) throws IOException {
    this.folder = folder;
    try (Stream<Path> inside = Files.list(folder)) {
      for (Path path : inside.toList()) {
        Matcher name = NAME.matcher(path.getFileName().toString());
        if (name.matches()) {
          byNumber.put(Integer.parseInt(name.group(1)), path);
        }
      }
    }
  }

  /** A name that none of them has or had, and that sorts after theirs. */
  Path next() {
    int number = byNumber.isEmpty() ? 1 : byNumber.lastKey() + 1;
    return folder.resolve(String.format(Locale.ROOT, "events.out.tfevents.%08d", number));
  }

  /**
   * Leaves in each file the events of steps before this one, up to the first record that is cut
   * short, damaged or no event. A file with nothing to drop is not touched. One with nothing to
   * keep is left empty, and deleted the next time: a running TensorBoard that was reading it looks
   * for it once more before it goes on to the next.
   */
  void keepBefore(long step) throws IOException {
    for (Path file : byNumber.values()) {
      long size = Files.size(file);
      if (size == 0) {
        Files.delete(file);
      } else if (copyBefore(step, file, OutputStream.nullOutputStream()) < size) {
        AtomicFile.write(file, copy -> copyBefore(step, file, copy));
      }
    }
  }

  /** One record after the other, so a file may be of any size. Returns the bytes copied. */
  private static long copyBefore(long step, Path file, OutputStream copy) throws IOException {
    long copied = 0;
    try (InputStream in = new BufferedInputStream(RegularFile.open(file), BUFFER_BYTES)) {
      Optional<byte[]> data = TfRecord.read(in);
      while (data.isPresent()) {
        if (TfRecord.message(data.get(), Event.getDefaultInstance()).getStep() < step) {
          byte[] record = TfRecord.of(data.get());
          copy.write(record);
          copied += record.length;
        }
        data = TfRecord.read(in);
      }
    } catch (InvalidProtocolBufferException | TfRecord.TooLarge e) {
      // A whole record of something else: this class did not write it, nor what follows.
    }
    return copied;
  }
}
