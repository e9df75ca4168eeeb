package io.github.fdistill.journal;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Folders;
import io.github.fdistill.files.GrowingFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.tensorflow.proto.Event;
import org.tensorflow.proto.SessionLog;
import org.tensorflow.proto.Summary;

/**
 * The curves, histograms and pictures of a run, for TensorBoard. A resumed run writes each step
 * once: what it will come to again is dropped when the folder is opened.
 *
 * <p>Each session writes a file of its own, {@code events.out.tfevents.00000001} and so on:
 * TensorBoard, where it is running, keeps hold of the files it knows, and would never see what is
 * written to one that was put in another's place. The first two events of a file give the format's
 * version and say that a session starts at its resume step, upon which a running TensorBoard
 * forgets what it had read of the steps from there on. But for the times in them, two runs that are
 * given the same leave the same. For one thread at a time.
 */
public final class EventLog implements AutoCloseable {
  private static final String VERSION = "brain.Event:2";
  private static final SessionLog START =
      SessionLog.newBuilder().setStatus(SessionLog.SessionStatus.START).build();

  private final long firstStep;
  private final GrowingFile out;
  private final Summaries summaries;

  /**
   * Opens the folder, creating it where it is missing. Events of steps from {@code resumeStep} on
   * are dropped; so is one that a crash cut short or that is damaged, with what follows it in its
   * file. Files of other names are left alone.
   *
   * @param folder for events of this run only
   * @param resumeStep the first step that will be written; 0 for a run that starts
   * @throws InputException if the folder cannot be written
   */
  public EventLog(Path folder, long resumeStep) throws IOException {
    Folders.requireWritable(folder);
    EventFiles files = new EventFiles(folder);
    files.keepBefore(resumeStep);
    firstStep = resumeStep;
    out = GrowingFile.open(files.next());
    try {
      write(event(resumeStep).setFileVersion(VERSION));
      write(event(resumeStep).setSessionLog(START));
      summaries = new Summaries();
    } catch (IOException | RuntimeException e) {
      out.close();
      throw e;
    }
  }

  /**
   * Writes a point of each curve, and hands them to the system before returning; nothing where
   * there is none.
   *
   * @param step the training step
   * @param values by tag, in the map's order; kept as float32, NaN and infinities as they are
   * @throws IllegalArgumentException if the step lies before the session's first
   */
  public void scalars(long step, Map<String, ? extends Number> values) throws IOException {
    if (!values.isEmpty()) {
      write(step, summaries.scalars(values));
    }
  }

  /**
   * Writes how values are distributed, and hands it to the system before returning. NaN and the
   * infinities are left out, uncounted; where no other value is, nothing is written.
   *
   * @param step the training step
   * @param tag its name
   * @param values any number of them
   * @throws IllegalArgumentException if the step lies before the session's first
   */
  public void histogram(long step, String tag, float[] values) throws IOException {
    float[] finite = finite(values);
    if (finite.length > 0) {
      write(step, summaries.histogram(tag, finite));
    }
  }

  /**
   * Writes a picture as a PNG, and hands it to the system before returning. TensorBoard shows it as
   * {@code TAG/image}.
   *
   * @param step the training step
   * @param tag its name
   * @param pixels levels [height, width, channels] uint8, in C order
   * @param channels 1 for grey, 3 for colour, 4 for colour and opacity
   * @throws IllegalArgumentException if there are other channels, or more or fewer pixels than the
   *     sides say; or if the step lies before the session's first
   */
  public void image(long step, String tag, byte[] pixels, int height, int width, int channels)
      throws IOException {
    if (height < 1 || width < 1 || (long) height * width * channels != pixels.length) {
      throw new IllegalArgumentException(
          pixels.length + " levels for " + height + " x " + width + " x " + channels);
    }
    write(step, summaries.image(tag, pixels, height, width, channels));
  }

  /** Makes the events so far last, whatever happens to the machine. */
  void sync() throws IOException {
    out.sync();
  }

  @Override
  public void close() throws IOException {
    try (summaries) {
      out.close();
    }
  }

  private void write(long step, Summary summary) throws IOException {
    if (step < firstStep) {
      throw new IllegalArgumentException(
          "step " + step + " of a session from " + firstStep + " on");
    }
    write(event(step).setSummary(summary));
  }

  private void write(Event.Builder event) throws IOException {
    out.write(TfRecord.of(event.build().toByteArray()));
  }

  private static Event.Builder event(long step) {
    return Event.newBuilder().setWallTime(System.currentTimeMillis() / 1e3).setStep(step);
  }

  private static float[] finite(float[] values) {
    float[] finite = new float[values.length];
    int count = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        finite[count++] = value;
      }
    }
    return Arrays.copyOf(finite, count);
  }
}
