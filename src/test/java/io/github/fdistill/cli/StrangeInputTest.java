package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.ChildJvm;
import io.github.fdistill.data.NpyFile;
import io.github.fdistill.savedmodel.SavedModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers send, and machines as they are: told in words, with a place, and shown safely. */
@Timeout(180)
class StrangeInputTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void create() throws IOException {
    place = Workplace.create(folder);
  }

  private void model(String name) throws IOException {
    Path version = Files.createDirectories(place.path(name + "/1"));
    try (InputStream in = SavedModel.class.getResourceAsStream("attacks/" + name + ".pb")) {
      Files.copy(in, version.resolve("saved_model.pb"));
    }
  }

  @Test
  void whatFailsWhenItRunsIsToldWithNodeOpAndSignature() throws IOException {
    model("divzero");
    place
        .run("sample", "divzero", "--steps", "2", "--seeds", "1")
        .failed(
            "divzero/1, signature denoise, node dv/value: the op FloorDiv fails: Integer division"
                + " by zero\n");
  }

  /** 2^50 zeros, for which TensorFlow would wait a minute. */
  @Test
  void memoryThatNoMachineHasIsRefusedBeforeItIsAskedFor() throws IOException {
    model("fill");
    place
        .run("sample", "fill", "--steps", "2", "--seeds", "1")
        .failed(
            "fill/1/saved_model.pb, signature denoise, node fill: the op Fill, which gives the shape",
            "needed: shapes of at most 1099511627776 values",
            "smaller tensors");
  }

  @Test
  void aGraphThatIsNotWholeIsToldWithItsPlace() throws IOException {
    model("negwidth");
    place.run("inspect", "negwidth").failed("negwidth/1/saved_model.pb, ", "a whole graph");
    model("noinput");
    place.run("serve", "noinput", "--port", "0", "--rest-port", "0").failed("noinput", "restore");
  }

  @Test
  void aNameClearsNoTerminal() throws IOException {
    model("escapes");
    Workplace.Outcome outcome = place.run("sample", "escapes", "--steps", "2", "--seeds", "1");
    outcome.failed("node \\u001b[2J\\u001b[31mEVIL\\u0007\\u000d\\u000a: the op");
    assertShown(outcome);
    assertShown(place.run("inspect", "escapes"));
    place.write("a\u001b[2J\u202e.pbtxt", "stepz: 1");
    assertShown(place.run("train", "--config", "a\u001b[2J\u202e.pbtxt"));
  }

  @Test
  void namesOfClassesAndPicturesClearNone() throws IOException {
    picture("pictures/a\u001b[2J\nb/a.png");
    picture("pictures/\u009b31m/b.png");
    Workplace.Outcome outcome = place.run("data", "pictures");
    outcome.done();
    assertShown(outcome);
    assertTrue(outcome.out().contains("a\\u001b[2J\\u000ab"), outcome.out());
    place.write("broken/a\u001b]0;evil\u0007.png", "none");
    assertShown(place.run("data", "broken"));
  }

  private void picture(String name) throws IOException {
    Files.createDirectories(place.path(name).getParent());
    BufferedImage picture = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
    ImageIO.write(picture, "png", place.path(name).toFile());
  }

  /** Nothing but letters and line breaks. */
  private static void assertShown(Workplace.Outcome outcome) {
    String all = outcome.out() + outcome.err();
    assertFalse(all.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n'), all);
    assertFalse(all.contains("\u202e"), all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"step\":1,\"odd key/ä\\u001b\":1}\n",
        "{\"step\":1,\"a\":1}\n{\"step\":\"NaN\",\"a\":1}\n{\"step\":1e999,\"a\":1}\n",
        "{\"step\":2,\"a\":1}\n{\"step\":1,\"a\":\"Infinity\"}\nnull\n[]\n\u0000\n{\n",
        "{\"step\":1,\"a/b\":1,\"a-b\":1,\"A-b\":1e308}\n{\"step\":2,\"A-b\":-1e308,\"a/b\":1e-300}\n",
        "{\"step\":1,\"\":1,\"/\":2,\"../x\":3}\n"
      })
  void aReportIsMadeOfWhateverNumbersThereAre(String metrics) throws IOException {
    place.write("run/metrics.jsonl", metrics);
    place.run("report", "run").done();
    String page = place.read("run/report.html");
    assertFalse(page.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n'));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "null", "[]", "{\"a\":1}", "{\"step\":\"x\",\"a\":1}", "\u0000", "{{"})
  void orItIsSaidThatThereAreNone(String metrics) throws IOException {
    place.write("run/metrics.jsonl", metrics);
    place.run("report", "run").failed("run/metrics.jsonl: it holds no step");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "null", "[]", "{}", "{\"program\":1}", "\ufeff{\"program\":\"a\"}", "{"})
  void recordsThatAreNone(String record) throws IOException {
    place.write("record.json", record);
    place.run("rerun", "record.json").failed("record.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a b:1",
        "http://[::1:8",
        "a b:1",
        "http://127.0.0.1:99999",
        "x:99999",
        "http://",
        ":1",
        "http://a:-1",
        "\u001b:1"
      })
  void addressesThatAreNone(String address) {
    place.run("request", "m", "--server", address).failed("--server", "HOST:PORT");
  }

  @Test
  void placesThatAreNoModels() {
    place.run("serve", "/", "--port", "0", "--rest-port", "0").failed("/: no folder in it");
    for (String command : new String[] {"sample", "inspect", "export", "data", "report", "rerun"}) {
      place.run(command, "/").failed("/");
      place.run(command, "").failed("needed: ");
    }
  }

  @Test
  void namesThatNoFileCanHave() {
    place.run("data", "a\0b").failed("'a\\u0000b': no name of a file");
    place.run("sample", "a\0b").failed("'a\\u0000b'");
    place.run("train", "--config", "a\0b").failed("'a\\u0000b'");
    place.run("report", "x".repeat(5000)).failed("x");
  }

  @Test
  void labelsThatNobodyCountsAreRefusedByName() throws IOException {
    picture("many/class-999999999-seed-1.png");
    place.run("data", "many").failed("class-999999999-seed-1.png: the label 999999999", "1000000");
    place.write("teacher/network.pbtxt", Workplace.network(8, 2_000_000_000));
    place.pretrain().failed("classes", "2000000000");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void nothingButAFileIsReadAsOne() throws Exception {
    pipe("a.npy");
    place.run("data", "a.npy").failed("a.npy: cannot be read: a pipe");
    place.run("train", "--config", place.path("pipe.pbtxt").toString()).failed("no such file");
    pipe("pipe.pbtxt");
    place.run("train", "--config", "pipe.pbtxt").failed("pipe.pbtxt: cannot be read: a pipe");
    for (String beside : new String[] {"b.labels.npy", "c.npy.sha256"}) {
      String array = beside.charAt(0) + ".npy";
      NpyFile.writeFloat32(place.path(array), new long[] {2, 1, 2, 1}, new float[] {-1, 1, 1, -1});
      pipe(beside);
      place.run("data", array).failed(beside + ": cannot be read: a pipe");
    }
    pipe("data/SHA256SUMS");
    place.run("data", "data").failed("SHA256SUMS: cannot be read: a pipe");
    pipe("run/metrics.jsonl");
    place.run("report", "run").failed("metrics.jsonl: cannot be read: a pipe");
    pipe("record.json");
    place.run("rerun", "record.json").failed("record.json: not a file");
    place.run("data", "/dev/zero").failed("/dev/zero");
    for (String archive : new String[] {"a.zip", "a.npz", "a.tar", "a.tar.gz"}) {
      pipe(archive);
      place.run("data", archive).failed(archive + ": cannot be read: a pipe");
    }
  }

  private void pipe(String name) throws IOException, InterruptedException {
    Path pipe = place.path(name);
    Files.createDirectories(pipe.getParent());
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start();
    assertEquals(0, made.waitFor());
  }

  /** Byte order marks, too, and lines as Windows ends them. */
  @Test
  void pathsInAConfigAreFoundBesideIt() throws IOException {
    Files.createDirectories(place.path("far/away"));
    Files.move(place.path("data"), place.path("far/away/images"));
    Files.move(place.path("teacher"), place.path("far/away/teacher"));
    String config = place.read("far/away/teacher/pretrain.pbtxt");
    place.write(
        "far/away/teacher/pretrain.pbtxt", "\ufeff" + config.replace("data\"", "../images\""));
    String network = place.read("far/away/teacher/network.pbtxt");
    place.write("far/away/teacher/network.pbtxt", "\ufeff" + network.replace("\n", "\r\n"));
    String said =
        place
            .run("pretrain", "--config", "far/away/teacher/pretrain.pbtxt", "--dry-run", "--quiet")
            .done();
    assertTrue(said.contains("far/away/images"), said);
  }

  /** The folder Käse/, in a system whose language is C. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void lettersOfEveryLanguageWhereTheLanguageIsC() throws Exception {
    picture("classes/Brot/a.png");
    String script = "cp -r \"$0/Brot\" \"$0/$(printf 'K\\303\\244se')\"";
    new ProcessBuilder("sh", "-c", script, place.path("classes").toString()).start().waitFor();
    try (ChildJvm data =
        ChildJvm.start(Map.of("LC_ALL", "C"), Main.class, "data", place.path("classes"))) {
      String said = data.rest();
      data.assertExitCode(0);
      assertTrue(said.contains("2 classes") && said.contains("1  Käse"), said);
    }
  }
}
