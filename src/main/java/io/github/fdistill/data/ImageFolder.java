package io.github.fdistill.data;

import io.github.fdistill.InputException;
import io.github.fdistill.files.Sha256;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * The pictures in a folder or an archive, or in its folders of classes, each decoded when it is
 * copied.
 */
public final class ImageFolder implements ImageSource {
  /** Pictures that are decoded for a note; of most sets the first is enough. */
  private static final long MOST_DECODED = 100;

  private final PictureNames pictures;
  private final PictureReading reading;
  private final PackRemedy remedy;

  /** Pictures that were left out, and why. */
  private final Map<String, String> skipped;

  private final PictureSize size;
  private final int classes;

  /** By name, what the {@link #fingerprint} says of pictures that could not be read. */
  private final Map<String, String> unread = new TreeMap<>();

  private String fingerprint;

  private ImageFolder(
      PictureNames pictures,
      PictureReading reading,
      PackRemedy remedy,
      Map<String, String> skipped) {
    this.pictures = pictures;
    this.reading = reading;
    this.remedy = remedy;
    this.skipped = skipped;
    this.size = reading.size(read(0));
    int greatest = Arrays.stream(pictures.labels()).max().orElseThrow();
    this.classes = Math.max(1 + greatest, pictures.classNames().size());
  }

  /**
   * Opens a folder as {@link PictureNames} lists it, of pictures as they are.
   *
   * @throws InputException if there is no picture, or it is not clear what class each is of; later,
   *     from {@link #copy}, if a picture is damaged or of another size
   */
  public static ImageFolder open(Path folder) {
    return open(FolderFiles.of(folder), Split.TRAIN, PictureReading.STRICT);
  }

  /**
   * Opens files as {@link PictureNames} lists them. The first picture sets height, width and
   * channels; it alone is read here, but where damaged ones are to be left out, all are decoded.
   * The fingerprint is {@link NamedFiles#fingerprint}.
   *
   * @throws InputException if there is no picture, or it is not clear what class each is of; later,
   *     from {@link #copy}, if a picture is damaged or of another size
   */
  static ImageFolder open(NamedFiles files, Split split, PictureReading reading) {
    PictureNames pictures = PictureNames.in(files, split);
    Map<String, String> damaged = Map.of();
    if (reading.skipDamaged()) {
      Survey survey = SurveyCache.survey(pictures, reading, Survey.Depth.PIXELS, done -> {});
      if (survey.passing().isPresent()) {
        throw survey.passing().get();
      }
      damaged = survey.unread();
      pictures = pictures.without(damaged.keySet());
      if (pictures.names().isEmpty()) {
        throw new InputException(
            files.path().toString(),
            "none of " + damaged.size() + " pictures can be read: " + Listing.firstOf(damaged),
            "at least one that can",
            Survey.MENDED);
      }
    }
    Split part = split == Split.TEST && PictureParts.has(files) ? split : Split.TRAIN;
    PackRemedy remedy = new PackRemedy(files.path(), part, reading.ofPictures());
    try {
      return new ImageFolder(pictures, reading, remedy, damaged);
    } catch (InputException e) { // The first: of the others as much is to be told.
      Survey survey = SurveyCache.survey(pictures, reading, Survey.Depth.HEADERS, done -> {});
      survey.require(files, remedy, false);
      throw e;
    }
  }

  /**
   * Looks at all pictures, not at their pixels alone.
   *
   * @param done is told how many are looked at
   */
  public Survey survey(Survey.Depth depth, LongConsumer done) {
    return SurveyCache.survey(pictures, reading, depth, done);
  }

  /**
   * Refuses pictures that cannot be read as they are.
   *
   * @param survey of these
   * @param ofOneSize whether they have to be of one size and kind, too
   * @throws InputException with what to do
   */
  public void require(Survey survey, boolean ofOneSize) {
    survey.require(files(), remedy, ofOneSize);
  }

  /** Refuses pictures that cannot be brought to this size as they are. */
  public void require(Survey survey, AskedSize asked) {
    require(survey, false);
    survey.requireColours(files(), asked, size.channels());
  }

  /**
   * The command that makes pictures of several sizes those of one; nothing where they are of one.
   */
  public Optional<String> toOneSize(Survey survey) {
    return survey.toOneSize(remedy);
  }

  private NamedFiles files() {
    return pictures.files();
  }

  /** Looks at all headers; pictures have to be of one size, or are brought to one. */
  @Override
  public void check() {
    require(survey(Survey.Depth.HEADERS, done -> {}));
  }

  private void require(Survey survey) {
    reading.size().ifPresentOrElse(asked -> require(survey, asked), () -> require(survey, true));
  }

  /** Decodes all pictures; where damaged ones are left out, they have been. */
  @Override
  public void checkPixels(LongConsumer done) {
    if (!reading.skipDamaged()) {
      require(survey(Survey.Depth.PIXELS, done));
    }
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>(pictures.notes());
    if (!skipped.isEmpty()) {
      boolean one = skipped.size() == 1;
      notes.add(
          (one ? "1 picture" : skipped.size() + " pictures")
              + " that cannot be read "
              + (one ? "is" : "are")
              + " skipped: "
              + Listing.firstOf(new TreeMap<>(skipped)));
    }
    notes.addAll(ImageSource.super.notes());
    black().ifPresent(notes::add);
    return notes;
  }

  /** Of pictures that cannot be read, whoever reads them is told. */
  private Optional<String> black() {
    try {
      return AllBlack.note(this, MOST_DECODED, () -> AllBlack.AS_AN_ARRAY);
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  @Override
  public long size() {
    return pictures.labels().length;
  }

  @Override
  public int height() {
    return size.height();
  }

  @Override
  public int width() {
    return size.width();
  }

  @Override
  public int channels() {
    return size.channels();
  }

  @Override
  public int classes() {
    return classes;
  }

  @Override
  public List<String> classNames() {
    return pictures.classNames();
  }

  @Override
  public int label(long index) {
    return pictures.labels()[Math.toIntExact(index)];
  }

  @Override
  public List<String> captions(long index) {
    return pictures.captions().of(pictures.name(index));
  }

  @Override
  public boolean hasCaptions() {
    return pictures.captions().hasCaptions();
  }

  @Override
  public String where(long index) {
    return files().where(pictures.name(index));
  }

  @Override
  public void copy(long index, float[] into, int offset) {
    Picture picture = picture(index);
    PictureSize own = reading.size(picture);
    if (!own.equals(size)) {
      throw new InputException(
          picture.where(),
          own.toString(),
          size + ", as " + pictures.name(0) + ", the first here",
          remedy.of(EnumSet.noneOf(PictureNeed.class), Optional.of(size)));
    }
    Images.toDataUnits(levels(index, picture), 0, size.values(), into, offset);
  }

  /** A picture in its own size. */
  @Override
  public SizedImage stored(long index) {
    Picture picture = picture(index);
    PictureSize own = reading.size(picture);
    float[] values = new float[own.values()];
    Images.toDataUnits(levels(index, picture), 0, values.length, values, 0);
    return new SizedImage(picture.where(), values, own.height(), own.width(), own.channels());
  }

  private Picture picture(long index) {
    try {
      return read(index);
    } catch (InputException e) {
      throw noted(pictures.name(index), e);
    }
  }

  private Picture read(long index) {
    String name = pictures.name(index);
    return Picture.of(files().where(name), files().read(name));
  }

  private byte[] levels(long index, Picture picture) {
    try {
      return reading.levels(picture, remedy);
    } catch (InputException e) {
      throw noted(pictures.name(index), e);
    }
  }

  /** Keeps in mind which picture could not be read: it has not been used. */
  private InputException noted(String name, InputException e) {
    synchronized (unread) {
      unread.computeIfAbsent(name, key -> files().line(pictures.all(), key));
    }
    return e;
  }

  @Override
  public Map<String, String> unread() {
    synchronized (unread) {
      return new TreeMap<>(unread);
    }
  }

  @Override
  public String fingerprintWith(Map<String, String> others) {
    return files().fingerprint(pictures.all(), others);
  }

  /** On which colour transparent pictures are laid, and which damaged ones are left out. */
  @Override
  public String readAs() {
    String on = reading.background().map(colour -> " background " + colour).orElse("");
    String without = String.join("\n", new TreeSet<>(skipped.keySet()));
    return on + (skipped.isEmpty() ? "" : " without " + Sha256.ofText(without));
  }

  /** Computed when it is first asked for. */
  @Override
  public synchronized String fingerprint() {
    if (fingerprint == null) {
      fingerprint = fingerprintWith(Map.of());
    }
    return fingerprint;
  }
}
