package io.github.fdistill.journal;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.fdistill.InputException;
import io.github.fdistill.files.DiskRefusal;
import io.github.fdistill.files.FileKind;
import io.github.fdistill.files.RegularFile;
import io.github.fdistill.savedmodel.SavedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What {@link RunRecord} wrote into a file. */
public final class RecordFile {
  private static final String PROGRAM = "program";

  private static final Pattern EVERY_STEPS =
      Pattern.compile("(?m)^checkpoint \\{\n(?:  .*\n)*?  every_steps: (\\d+)");
  private static final Pattern PARTS = Pattern.compile("(?m)^accumulation_steps: (\\d+)");

  private final Path file;
  private final JsonObject entries;

  private RecordFile(Path file, JsonObject entries) {
    this.file = file;
    this.entries = entries;
  }

  /**
   * Reads a record.
   *
   * @throws InputException when there is no such file, or it is not the record of a run
   */
  public static RecordFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw refused(file, Files.exists(file) ? "not a file" : "no such file", null);
    }
    String text;
    try {
      text = RegularFile.text(file, FileKind.RECORD);
    } catch (IOException e) {
      throw refused(file, "cannot be read as text (" + DiskRefusal.reason(e) + ")", e);
    }
    Optional<JsonObject> object = Json.object(text);
    if (object.isEmpty()) {
      throw refused(file, "not JSON, or no JSON object", null);
    }
    if (!object.get().has(PROGRAM)) {
      throw refused(file, "JSON without an entry \"" + PROGRAM + "\"", null);
    }
    return new RecordFile(file, object.get());
  }

  /**
   * The record of a model's newest version, or of a run.
   *
   * @param folder the model's or its version's, or the run's
   * @return none where there is none, or a file of another program's
   */
  public static Optional<RecordFile> of(Path folder) {
    Path version = SavedModel.versionIn(folder);
    return Stream.of(RunFiles.recordOf(version), new RunFiles(folder).record())
        .filter(Files::isRegularFile)
        .findFirst()
        .flatMap(RecordFile::readIfOne);
  }

  private static Optional<RecordFile> readIfOne(Path file) {
    try {
      return Optional.of(read(file));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  private static InputException refused(Path file, String found, IOException cause) {
    return new InputException(
        file.toString(),
        found,
        "the record of a run, as a run writes it",
        "name a record.json, of the folder runs/NAME or of a model's assets.extra/",
        cause);
  }

  /** Where it lies. */
  public Path file() {
    return file;
  }

  /** Which run this is, see {@link RunRecord#run}; nothing where the record does not say. */
  public Optional<String> run() {
    return find(RunRecord.RUN);
  }

  /** How many steps the run was to have, session by session, each number once. */
  public List<Long> stepsPlanned() {
    return numbers(RunRecord.STEPS_PLANNED);
  }

  /** How many steps lay between its checkpoints, at first and after each change. */
  public List<Long> savedEvery() {
    return numbers(RunRecord.SAVED_EVERY, EVERY_STEPS);
  }

  /** In how many parts it computed a batch, at first and after each change. */
  public List<Long> parts() {
    return numbers(RunRecord.PARTS, PARTS);
  }

  /** The same of a record that has no such list: what its own settings say. */
  private List<Long> numbers(String list, Pattern setting) {
    List<Long> numbers = numbers(list);
    Matcher said = setting.matcher(find("config").orElse(""));
    return numbers.isEmpty() && said.find() ? List.of(Long.valueOf(said.group(1))) : numbers;
  }

  /** When the run's first session began; nothing where the record does not say. */
  public Optional<String> begun() {
    return find(RunRecord.BEGUN).or(() -> find(RunRecord.STARTED));
  }

  /** What the run's sessions computed with and on, in order, each once; the last one's is last. */
  public List<Circumstances> circumstances() {
    Set<Circumstances> all = new LinkedHashSet<>();
    elements(RunRecord.EARLIER)
        .filter(JsonElement::isJsonObject)
        .map(e -> earlier(e.getAsJsonObject()))
        .forEach(all::add);
    Circumstances last = Circumstances.of(this);
    all.remove(last);
    all.add(last);
    return List.copyOf(all);
  }

  private static Circumstances earlier(JsonObject object) {
    Map<String, String> entries = new LinkedHashMap<>();
    Circumstances.NAMES.forEach(
        name -> text(object, name).ifPresent(value -> entries.put(name, value)));
    return new Circumstances(entries);
  }

  /** All of it as text, an entry a line, but for some. */
  public String without(String... names) {
    JsonObject rest = entries.deepCopy();
    List.of(names).forEach(rest::remove);
    return Json.pretty(rest);
  }

  /** A text; nothing where the record has none of that name. */
  public Optional<String> find(String name) {
    return text(entries, name);
  }

  /**
   * A text that the record must have.
   *
   * @throws InputException where it has none
   */
  public String text(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new InputException(
                    file.toString(),
                    "no entry \"" + name + "\": written by " + find(PROGRAM).orElse("?"),
                    "the record of a run of train, pretrain or features, by this program",
                    "run the command itself, with the settings that the record does tell of"));
  }

  /** A number; nothing where the record has none of that name. */
  public Optional<Double> number(String name) {
    return Optional.ofNullable(entries.get(name))
        .filter(RecordFile::isNumber)
        .map(JsonElement::getAsDouble);
  }

  /** A text in an object that the record holds; nothing where there is none. */
  public Optional<String> find(String object, String name) {
    return entries.get(object) instanceof JsonObject inside ? text(inside, name) : Optional.empty();
  }

  /** The texts of a list, in order; none where the record has no such list. */
  public List<String> texts(String list) {
    return elements(list).filter(RecordFile::isText).map(JsonElement::getAsString).toList();
  }

  /** The whole numbers of a list, in order; none where the record has no such list. */
  public List<Long> numbers(String list) {
    return elements(list).filter(RecordFile::isNumber).map(JsonElement::getAsLong).toList();
  }

  /** The numbers of each object in a list, by name; none where the record has no such list. */
  public List<Map<String, Double>> table(String list) {
    return elements(list)
        .filter(JsonElement::isJsonObject)
        .map(element -> doubles(element.getAsJsonObject()))
        .toList();
  }

  private static Map<String, Double> doubles(JsonObject object) {
    Map<String, Double> all = new LinkedHashMap<>();
    object.entrySet().stream()
        .filter(e -> isNumber(e.getValue()))
        .forEach(e -> all.put(e.getKey(), e.getValue().getAsDouble()));
    return all;
  }

  /** The whole numbers of an object that the record holds, by name; none where there is none. */
  public Map<String, Long> wholeNumbers(String object) {
    Map<String, Long> all = new LinkedHashMap<>();
    if (entries.get(object) instanceof JsonObject inside) {
      doubles(inside).forEach((name, number) -> all.put(name, number.longValue()));
    }
    return all;
  }

  /** A text of each object in a list, in order; none where the record has no such list. */
  public List<String> texts(String list, String name) {
    return elements(list)
        .filter(JsonElement::isJsonObject)
        .flatMap(e -> text(e.getAsJsonObject(), name).stream())
        .toList();
  }

  private Stream<JsonElement> elements(String list) {
    return entries.get(list) instanceof JsonArray array ? array.asList().stream() : Stream.empty();
  }

  private static Optional<String> text(JsonObject from, String name) {
    return Optional.ofNullable(from.get(name))
        .filter(RecordFile::isText)
        .map(JsonElement::getAsString);
  }

  private static boolean isNumber(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber();
  }

  private static boolean isText(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
  }
}
