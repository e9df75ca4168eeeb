package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.KeptOpen;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.files.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Images in a .npy file, each read when it is copied: from a disk, that is ten times as fast as a
 * mapping of the file, of which the system reads far more around. Their labels are in the file
 * beside that {@link NpyLabels} names; without it all have the label 0. What the classes are called
 * is in another, {@link ClassesFile}, and what images are said to show in a third, {@link
 * CaptionsFile}.
 */
public final class NpyImages implements ImageSource {
  private final NpyArray array;
  private final Optional<NpyLabels> labels;
  private final List<String> classNames;

  /** Of each image; empty where there are none. */
  private final List<List<String>> captions;

  /** What stands beside the images in their file and is not read, a line each. */
  private final List<String> beside;

  /** Makes another array of this one, as is said of it. */
  private final PackRemedy remedy;

  /** Found out when it is first asked for. */
  private final Supplier<String> sum;

  private String fingerprint;

  /**
   * @param beside what stands beside the images in their file and is not read, a line each
   * @param remedy makes another array of this one, as is said of it
   * @param sum finds out the fingerprint
   */
  NpyImages(
      NpyArray array,
      Optional<NpyLabels> labels,
      List<String> beside,
      PackRemedy remedy,
      Supplier<String> sum) {
    this(
        array,
        labels,
        beside,
        remedy,
        sum,
        labels.map(NpyLabels::names).orElse(List.of()),
        List.of());
  }

  private NpyImages(
      NpyArray array,
      Optional<NpyLabels> labels,
      List<String> beside,
      PackRemedy remedy,
      Supplier<String> sum,
      List<String> classNames,
      List<List<String>> captions) {
    this.array = array;
    this.beside = beside;
    this.remedy = remedy;
    this.labels = labels;
    this.classNames = classNames;
    this.captions = captions;
    this.sum = sum;
  }

  /** Opens an array of data units or bytes as it is. */
  public static NpyImages open(Path npy) {
    return open(npy, PictureReading.STRICT);
  }

  /**
   * Opens an array [N,H,W,C], or [N,H,W] of one channel: uint8 from 0 to 255, or floating point in
   * data units, from -1 to 1. Samples may go a little beyond -1 and 1; they are not clipped here.
   * Whole numbers of two or four channels are pictures with alpha: laid on the background that is
   * told, or else opaque, and alpha is dropped. Of these and of floating point every value is read
   * once here, of others none.
   *
   * <p>The fingerprint is the file's SHA-256, or where there are labels that of what {@code
   * sha256sum} prints for both files; {@link Checksums#known} says when the images are read for it.
   *
   * @param npy version 1.0 to 3.0; it must not change while in use
   * @param reading says what of arrays in other units or in another order is to be made
   * @throws InputException if it is of another format, damaged, its values are no data units, or
   *     its labels do not belong to it
   */
  static NpyImages open(Path npy, PictureReading reading) {
    NpyHeader header = NpyHeader.read(npy);
    try {
      return KeptOpen.by(
          RegularFile.channel(npy),
          channel -> of(npy, header, NpyValues.of(npy, channel), reading));
    } catch (IOException e) {
      throw DiskRefusal.unreadable(npy, e);
    }
  }

  private static NpyImages of(Path npy, NpyHeader header, NpyValues values, PictureReading reading)
      throws IOException {
    PackRemedy remedy = new PackRemedy(npy, reading.ofArray());
    NpyArray array = NpyArray.of(header, values, reading, remedy);
    Optional<NpyLabels> labels = NpyLabels.beside(npy, array.count());
    NpyImages images =
        new NpyImages(
            array,
            labels,
            List.of(),
            remedy,
            () -> sum(npy, labels),
            names(npy, labels),
            CaptionsFile.read(npy, array.count()));
    images.requireUnits(remedy);
    return images;
  }

  /** Refuses floating point that is not finite, or no data units where nothing is said of it. */
  void requireUnits(PackRemedy remedy) {
    if (array.isFloat() && array.levels().isEmpty()) {
      DataUnits.check(array.path(), this, remedy);
    } else if (array.isFloat()) {
      DataUnits.range(array.path(), this);
    }
  }

  /** Those that the labels are, or those in the file beside. */
  private static List<String> names(Path npy, Optional<NpyLabels> labels) {
    return labels
        .map(
            known ->
                known.names().isEmpty()
                    ? ClassesFile.read(ClassesFile.beside(npy), known.classes())
                    : known.names())
        .orElse(List.of());
  }

  private static String sum(Path npy, Optional<NpyLabels> labels) {
    String sum = Checksums.known(npy).orElseGet(() -> Checksums.sha256(npy));
    return labels
        .map(NpyLabels::path)
        .map(l -> Checksums.line(npy, sum) + Checksums.line(l, Checksums.sha256(l)))
        .map(Sha256::ofText)
        .orElse(sum);
  }

  /** Whether pictures with alpha stand there. */
  public boolean hasAlpha() {
    return array.alpha().isPresent();
  }

  @Override
  public long size() {
    return array.count();
  }

  @Override
  public int height() {
    return array.height();
  }

  @Override
  public int width() {
    return array.width();
  }

  @Override
  public int channels() {
    return array.channels();
  }

  @Override
  public int classes() {
    return Math.max(labels.map(NpyLabels::classes).orElse(1), classNames.size());
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(long index) {
    return labels.isPresent() ? labels.get().labels()[Math.toIntExact(index)] : 0;
  }

  @Override
  public List<String> captions(long index) {
    return captions.isEmpty() ? List.of() : captions.get(Math.toIntExact(index));
  }

  @Override
  public boolean hasCaptions() {
    return !captions.isEmpty();
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>(ImageSource.super.notes());
    notes.addAll(beside);
    if (array.isOfLevels()) {
      Supplier<String> levels = () -> remedy.ofLevels(new LevelRange(0, 1));
      AllBlack.note(this, size(), levels).ifPresent(notes::add);
    }
    return notes;
  }

  @Override
  public void copy(long index, float[] into, int to) {
    array.copy(index, into, to);
  }

  @Override
  public String readAs() {
    return array.readAs();
  }

  /** Where the channels are told to be first, of that too. */
  @Override
  public synchronized String fingerprint() {
    if (fingerprint == null) {
      fingerprint = array.toldFirst() ? Sha256.ofText(sum.get() + " NCHW") : sum.get();
    }
    return fingerprint;
  }
}
