package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.Trials;
import io.github.fdistill.config.Configs;
import io.github.fdistill.files.AtomicFolder;
import io.github.fdistill.savedmodel.SavedModel;
import io.github.fdistill.wire.ModelServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The command {@code export}, killed 40 times and on 40 disks that fill up. Whatever happened, each
 * version under its number is whole, the settings for servers name none but those, and the same
 * command goes on.
 */
@Tag("trial")
class ExportTrialTest {
  private static final long SEED = 3;
  private static final int TIMES = 40;

  /** A tmpfs of no size at all would be one without bounds. */
  private static final long PAGE = 4096;

  private static final String[] EXPORT = {"export", "savedmodels/student/1", "--name", "served"};
  private static final String WEIGHTS = "variables/variables.data-00000-of-00001";

  @TempDir static Path folder;
  private static Workplace place;
  private static Set<String> files;
  private static byte[] weights;
  private static long bytes;

  @BeforeAll
  static void once() throws IOException {
    place = Workplace.withUnet(Files.createDirectory(folder.resolve("place")));
    place.pretrain().done();
    place.train().done();
    place.run(EXPORT).done();
    Path whole = place.path("savedmodels/served/1");
    files = files(whole);
    weights = Files.readAllBytes(whole.resolve(WEIGHTS));
    for (String file : files(place.path("savedmodels/served"))) {
      bytes += Files.size(place.path("savedmodels/served").resolve(file));
    }
    AtomicFolder.delete(place.path("savedmodels/served"));
  }

  @BeforeEach
  void nothingYet() throws IOException {
    AtomicFolder.delete(place.path("savedmodels/served"));
  }

  @Test
  void killed() throws Exception {
    Random random = new Random(SEED);
    int finished = 0;
    int writing = 0;
    int versions = 0;
    for (int kills = 0; kills < TIMES; ) {
      boolean onceItWrites = kills % 2 == 0;
      OptionalLong left = kill(onceItWrites, random.nextInt(onceItWrites ? 400 : 5_000));
      if (left.isEmpty()) {
        finished++;
        continue;
      }
      kills++;
      writing += left.getAsLong() > 0 ? 1 : 0;
      versions = requireWhole();
    }
    place.run(EXPORT).done();
    assertEquals(versions + 1, requireWhole());
    assertEquals(0, temporaries());
    String page =
        "%d kills of export, %d of them left something half-written beside the versions; %d exports"
            + " came to their end between; %d versions, each whole; nothing half-written in the"
            + " end.%n";
    Trials.write("export-kills.md", page.formatted(TIMES, writing, finished + 1, requireWhole()));
  }

  /** How much it left half-written; nothing where it came to its end before. */
  private static OptionalLong kill(boolean onceItWrites, int millis) throws Exception {
    Path phase = folder.resolve("phase");
    WatchedProgram.prepare(phase);
    Object[] words =
        Stream.concat(Stream.of(place.root(), phase), Stream.of(EXPORT)).toArray(Object[]::new);
    try (ChildJvm child =
        ChildJvm.start(Map.of("TF_CPP_MIN_LOG_LEVEL", "3"), WatchedProgram.class, words)) {
      while (onceItWrites && temporaries("" + child.pid()) == 0 && !child.hasEnded()) {
        Thread.sleep(1);
      }
      Thread.sleep(millis);
      if (child.hasEnded()) {
        child.assertExitCode(0);
        return OptionalLong.empty();
      }
      child.kill();
      String said = child.rest();
      assertFalse(said.matches("(?s).*(damaged|remedy|Exception).*"), said);
      return OptionalLong.of(temporaries("" + child.pid()));
    }
  }

  @Test
  void onADiskThatFills() throws Exception {
    StringBuilder page = new StringBuilder("| bytes left | came of it |\n|---:|---|\n");
    try (SmallDisk disk = SmallDisk.under(place.path("savedmodels/served"))) {
      int whole = 0;
      for (int i = 0; i < TIMES; i++) {
        long left = PAGE + bytes * i * 5 / (4 * (TIMES - 1));
        disk.leave(left);
        Workplace.Outcome outcome = place.run(EXPORT);
        if (outcome.code() != 0) {
          outcome.failed("No space left on device", "needed: ", "remedy: ");
        } else {
          whole++;
        }
        String told = place.withoutRoot(outcome.err()).strip();
        String first = outcome.code() == 0 ? "a version" : told.lines().findFirst().orElse("");
        page.append(String.format(Locale.ROOT, "| %d | %s |%n", left, first));
        assertEquals(0, temporaries(), told + left());
        disk.makeRoom();
        boolean besideIt = told.contains("savedmodels/served/") && !told.contains("served/1");
        assertEquals(outcome.code() == 0 || besideIt ? 1 : 0, requireWhole(), told);
        place.run(EXPORT).done();
        requireWhole();
        try (Stream<Path> all = Files.list(place.path("savedmodels/served"))) {
          for (Path path : all.toList()) {
            AtomicFolder.delete(path);
          }
        }
      }
      assertTrue(whole > 0 && whole < TIMES / 2, "both ends were seen: " + whole);
    }
    Trials.write("export-disks.md", page.toString());
  }

  /** Each version is, and what servers are told of; returns how many there are. */
  private static int requireWhole() throws IOException {
    Path model = place.path("savedmodels/served");
    if (!Files.exists(model)) {
      return 0;
    }
    Set<Long> versions = new TreeSet<>();
    try (Stream<Path> inside = Files.list(model)) {
      for (Path path : inside.filter(p -> p.getFileName().toString().matches("\\d+")).toList()) {
        assertEquals(files, files(path));
        assertArrayEquals(weights, Files.readAllBytes(path.resolve(WEIGHTS)));
        assertTrue(SavedModel.read(path).signatures().contains("serving_default"));
        versions.add(Long.parseLong(path.getFileName().toString()));
      }
    }
    Path settings = model.resolve("models.config");
    if (Files.exists(settings)) {
      Configs.read(settings, ModelServerConfig.getDefaultInstance(), List.of())
          .getModelConfigList()
          .getConfig(0)
          .getVersionLabelsMap()
          .values()
          .forEach(version -> assertTrue(versions.contains(version), versions + " " + version));
    }
    return versions.size();
  }

  private static Set<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return new TreeSet<>(
          all.filter(Files::isRegularFile).map(p -> folder.relativize(p).toString()).toList());
    }
  }

  private static String left() throws IOException {
    return "\n" + files(place.path("savedmodels"));
  }

  private static long temporaries() throws IOException {
    return temporaries("");
  }

  private static long temporaries(String process) throws IOException {
    Path savedModels = place.path("savedmodels");
    try (Stream<Path> all = Files.walk(savedModels, 2)) {
      return all.filter(p -> p.getFileName().toString().contains(".tmp-" + process)).count();
    } catch (java.io.UncheckedIOException e) {
      return 0; // It changes while it is looked through.
    }
  }
}
