package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.journal.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong input is refused before work starts: what, where, what would do, and an exit code. */
class WrongInputTest {
  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void aTeacher() throws IOException {
    place = Workplace.create(folder);
    teacher("savedmodels/teacher", "denoise", Workplace.SIDE, Workplace.CLASSES);
  }

  private void teacher(String name, String signature, int side, int classes) throws IOException {
    ForeignModel.write(place.path(name + "/1"), signature, side, classes, false);
    place.write(name + "/1/assets.extra/denoiser.pbtxt", "classes: " + classes);
  }

  @Test
  void commandsAndFlags() {
    place.run("distil").misused("no command 'distil'", "train", "sample");
    place.run("train", "--frobnicate").misused("--frobnicate", "fdistill train --help");
    place.run("train", "--config").misused("remedy: --config FILE\n", "fdistill train --help");
    place.run("train", "--conf", "distill.pbtxt").misused("did you mean --config?");
    place.run("train", "--steps", "50").misused("no flag --steps", "remedy: --set steps=50\n");
    place.run("train", "--batch-size=8").misused("no flag --batch-size\n", "--set batch_size=8\n");
    place.run("train", "--step", "5").misused("did you mean --set steps=5?");
    place.run("train", "--learning_rate").misused("--set optimiser.learning_rate=VALUE or");
    place.run("sample", "a", "--seed", "7").misused("did you mean --seeds?");
    place.run("init", "a", "--minute", "3").misused("did you mean --minutes?");
    place
        .run("train", "distill.pbtxt")
        .misused("unexpected argument 'distill.pbtxt'", "remedy: --config distill.pbtxt");
    place.run("sample").misused("one MODEL is needed");
    place.run("sample", "a", "b").misused("one MODEL is needed", "[a, b]");
    place.run("serve").misused("at least one MODEL is needed");
    assertEquals(2, place.run().code());
    assertEquals(0, place.run("--help").code());
  }

  @Test
  void aStackTraceOnlyWithDebug() {
    Workplace.Outcome outcome = place.run("train", "--config", "nowhere.pbtxt", "--debug");
    assertEquals(1, outcome.code());
    assertTrue(outcome.err().contains("\tat io.github.fdistill"), outcome.err());
  }

  @Test
  void configs() throws IOException {
    place.run("train").failed("distill.pbtxt", "no other is named", "--config FILE");
    place
        .run("train", "--config", "distil.pbtxt")
        .failed("distil.pbtxt: no such file", "distill.pbtxt");
    place.run("train", "--config", "teacher").failed("teacher: a folder", "network.pbtxt");
    place.write("bad.pbtxt", "name: \"a\"\n  stepz: 4\n");
    place
        .run("train", "--config", "bad.pbtxt")
        .failed("bad.pbtxt:2:3", "unknown field `stepz`", "batch_size", "steps");
    place.write("bad.pbtxt", "name: \"a\"\ndivergence: KL\n");
    place
        .run("train", "--config", "bad.pbtxt")
        .failed("bad.pbtxt:2:13", "found `KL`", "REVERSE_KL", "JENSEN_SHANNON");
    place.train("optimiser.learning_rat=1").failed("learning_rat", "optimiser.learning_rate");
    place.train("x.".repeat(60) + "batch_size=1").failed("no field `x`", "choose one of these");
    place.train("steps=many").failed("--set steps", "found `many`");
    place.train("steps").failed("--set steps", "no `=`");
  }

  @Test
  void settings() throws IOException {
    place.train("batch_size=0").failed("--set batch_size=", "found 0", "1 or more");
    place.train("batch_size=-3").failed("batch_size", "found -3");
    place.train("ratio.bins=10001").failed("ratio.bins", "found 10001", "0 to 10000");
    place.train("steps=0").failed("steps", "found 0");
    place.train("name=").failed("name", "found nothing");
    place.train("name=a/b").failed("field name", "'a/b'", "letters");
    settingsAlone();
    place.train("export_average=1").failed("export_average", "found 1", "0 to 0");
    place.train("noise.sigma_min=90").failed("noise.sigma_min", "found 90", "sigma_max (");
    place.train("discriminator.channels=1").failed("discriminator.channels", "found 1");
    place.train("discriminator.channels=9000").failed("discriminator.channels", "4 to 8192");
    place.train("discriminator.feature=f").failed("discriminator.feature", "'f'");
    place.train("optimiser.learning_rate=-1").failed("optimiser.learning_rate", "found -1");
    place
        .pretrain("optimiser.schedule=COSINE", "optimiser.warmup_steps=2")
        .failed("--set optimiser.warmup_steps=", "found 2", "fewer than steps (2)");
    place.train("optimiser.warmup_steps=-1").failed("optimiser.warmup_steps", "found -1");
    place
        .train("optimiser.sharded=true", "optimiser.state=FACTORED")
        .failed("--set optimiser.sharded=", "optimiser.state FACTORED", "FLOAT32");
    place
        .train("fake_score.optimiser.schedule=COSINE", "fake_score.optimiser.final_rate=1")
        .failed("fake_score.optimiser.final_rate", "found 1.0", "learning_rate (1.0E-4)");
    place.train("batch_size=2000000000").failed("--set batch_size=", "at most 33554431");
    place.pretrain("batch_size=2000000000").failed("--set batch_size=", "at most");
    place.train("average[0].decay=1").failed("average[0].decay", "found 1.0", "from 0 to below 1");
    place.train("optimiser.beta2=0.99999999").failed("optimiser.beta2", "at most 0.9999999");
    place
        .train("alpha=8", "divergence=ALPHA", "ratio.max=1e5", "ratio.decay=0.5")
        .failed("alpha", "powers that float32 holds");
    place.train("alpha=9", "divergence=ALPHA").failed("alpha", "found 9.0", "-8 to 8");
    assertFalse(Files.exists(place.path("savedmodels/student")), "nothing was begun");
  }

  /** The remedy names the flag where this command has it, as this command has it. */
  @Test
  void whereASettingIsChanged() throws IOException {
    String there = "remedy: change it there, or on the command line with --set ";
    String config = place.read("distill.pbtxt");
    place.write("graphs/wrong/distill.pbtxt", config + "export_average: 9\n");
    place.write("graphs/wrong/network.pbtxt", Workplace.network(8, 3));
    String[] bench = {"bench", "--graphs", "graphs/wrong"};
    place.run(bench).failed(there + "distill.export_average=...");
    place
        .run(bench[0], bench[1], bench[2], "--sweep", "distill.export_average=-1,7")
        .failed("--sweep distill.export_average=-1,7: found 7");
    place
        .run("train", "--config", "graphs/wrong/distill.pbtxt")
        .failed("distill.pbtxt: export_average", there + "export_average=...");
    place.write("net.pbtxt", Workplace.unet(8, 3).replace("unet {", "unet { dropout: nan"));
    place.pretrain("--network=net.pbtxt").failed("net.pbtxt: unet.dropout", "change it there\n");
  }

  /** Before a teacher is read, and what it encodes of images. */
  private void settingsAlone() throws IOException {
    String[] gone = {"teacher=gone", "dataset.path=gone"};
    place.train(gone[0], gone[1], "name=a/b").failed("field name", "'a/b'");
    place.pretrain(gone[1], "name=a/b").failed("field name", "'a/b'");
    place.write("features.pbtxt", "steps: 1 batch_size: 4");
    place.features(gone[1], "name=a/b").failed("field name", "'a/b'");
    String[] measured = {"evaluation.every_steps=1", "evaluation.features=savedmodels/eyes"};
    place.train(gone[0], gone[1], measured[0], measured[1]).failed("savedmodels/eyes: no such");
    place.pretrain(gone[1], measured[0], measured[1]).failed("savedmodels/eyes: no such");
    String[] stages = {"images=8", "stage[0].steps=2"};
    place.train(gone[0], gone[1], stages[0], stages[1]).failed("--set images=", "beside stages");
  }

  @Test
  void datasets() throws IOException {
    place.train("dataset.path=nowhere").failed("nowhere: no such folder", "data");
    Path images = place.path("data/train-images-idx3-ubyte");
    byte[] whole = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(whole, 100));
    place.train().failed("train-images-idx3-ubyte", "cut short", "84 bytes");
    whole[3] = 1;
    Files.write(images, whole);
    place.train().failed("train-images-idx3-ubyte", "magic number", "this is a label file");
    Files.move(images, place.path("data/train-images-idx3-ubyte.gz"));
    place.train().failed("train-images-idx3-ubyte.gz", "not gzip data");
    place.write("data/SHA256SUMS", "0".repeat(64) + "  train-images-idx3-ubyte.gz\n");
    place.train().failed("train-images-idx3-ubyte.gz", "SHA-256 is", "0".repeat(64));
  }

  @Test
  void labelsOfAnotherSet() throws IOException {
    Path labels = place.path("data/train-labels-idx1-ubyte");
    byte[] fewer = Arrays.copyOf(Files.readAllBytes(labels), 8 + 5);
    fewer[7] = 5;
    Files.write(labels, fewer);
    place.pretrain().failed("train-labels-idx1-ubyte", "5 labels", "24, one for each image");
  }

  @Test
  void models() throws IOException {
    place.train("teacher=savedmodels/nobody").failed("nobody: no such folder", "[teacher]");
    place.train("teacher=data").failed("not a SavedModel", "saved_model.pb");
    place
        .train("teacher=distill.pbtxt")
        .failed("distill.pbtxt:1:1", "another command reads, DistillConfig");
    place
        .train("teacher=teacher/network.pbtxt")
        .failed("network.pbtxt", "a network that is not trained", "a mixture");
    place.write("savedmodels/garbled/1/saved_model.pb", "not a protobuf");
    place.train("teacher=savedmodels/garbled").failed("garbled/1/saved_model.pb", "cannot be read");
    teacher("savedmodels/classifier", "serving_default", Workplace.SIDE, Workplace.CLASSES);
    place
        .train("teacher=savedmodels/classifier")
        .failed("classifier/1", "no signature 'denoise'", "serving_default");
    Files.delete(place.path("savedmodels/teacher/1/variables/variables.index"));
    place.train().failed("variables.index", "no such file");
  }

  @Test
  void modelsThatDoNotFit() throws IOException {
    teacher("large", "denoise", 16, Workplace.CLASSES);
    place.train("teacher=large").failed("field teacher", "16x16x1", "8x8x1, as the dataset has");
    place.train("student=large").failed("field student", "16x16x1", "8x8x1");
    teacher("more", "denoise", Workplace.SIDE, 5);
    place.train("teacher=more").failed("field teacher", "5 classes", "3 classes");
    place.train("student=more").failed("field student", "5 classes", "3 classes");
    teacher("fewer", "denoise", Workplace.SIDE, 2);
    place.train("teacher=fewer").failed("field teacher", "2 classes", "3 classes");
    teacher("unlabelled", "denoise", Workplace.SIDE, 0);
    place.train("student=unlabelled").failed("field student", "without a label", "with a label");
  }

  @Test
  void noiseThatTheTeacherDoesNotKnow() throws IOException {
    place.write(
        "savedmodels/teacher/1/assets.extra/denoiser.pbtxt",
        "classes: 3 sigma_min: 0.01 sigma_max: 20");
    place
        .train("student_sigma=80")
        .failed("--set student_sigma=", "found 80.0", "up to 20.0", "teacher/1");
    place.train("noise.sigma_max=21").failed("noise.sigma_max", "found 21.0", "up to 20.0");
    place.train("noise.sigma_min=0.002").failed("noise.sigma_min", "found 0.002", "0.01 or more");
    String stage = "stage[0].set=noise.sigma_max=50";
    place.train("stage[0].steps=2", stage).failed("noise.sigma_max", "found 50.0", "up to 20.0");
    // What is not said is what the teacher knows.
    place.train("name=b", "noise.distribution=LOG_NORMAL").done();
    String resolved = place.read("runs/b/config.pbtxt");
    for (String level :
        new String[] {"student_sigma: 20", "sigma_max: 20", "sigma_min: 0.01", "clip_max: 20"}) {
      assertTrue(resolved.contains(level), resolved);
    }
  }

  @Test
  void foldersThatCannotBeWritten() throws IOException {
    place.write("runs", "a file in the way");
    place.train().failed("runs/student", "cannot be written", "is not a folder");
    Files.delete(place.path("runs"));
    place.write("savedmodels/student", "a file in the way");
    place.train().failed("savedmodels/student", "cannot be written", "is not a folder");
    Files.createDirectories(place.path("runs/blocked/config.pbtxt"));
    place
        .train("name=blocked")
        .failed("runs/blocked/config.pbtxt: cannot be read: a folder", "put the file itself there");
  }

  @Test
  void aSecondRunWhereOneGoesOn() throws IOException {
    try (RunFolder held = RunFolder.open(place.path("runs/student"))) {
      assertTrue(Files.exists(held.path()));
      place.train().failed("runs/student", "already going on there", "process ");
    }
    place.train().done();
  }

  @Test
  void aRunThatWasBegunOtherwise() throws IOException {
    place.train("steps=1").done();
    String record = place.read("runs/student/record.json");
    place
        .train("seed=4")
        .failed("runs/student/config.pbtxt", "'seed: 1' then, 'seed: 4' now", "--set name=");
    ForeignModel.write(place.path("savedmodels/teacher/2"), "denoise", Workplace.SIDE, 3, true);
    place.train().failed("runs/student/inputs", "'teacher ", "same SHA-256");
    assertEquals(record, place.read("runs/student/record.json"));
    place.train("teacher=savedmodels/teacher/1").failed("config.pbtxt", "teacher:");
  }

  @Test
  void whatToSample() throws IOException {
    String model = "savedmodels/teacher";
    for (String seeds : List.of("x", "", "3-1", "1,,2", "0-99999999999")) {
      place
          .run("sample", model, "--seeds", seeds)
          .failed("--seeds", "'" + seeds + "'", "1,5,20-29");
    }
    place.run("sample", model, "--class", "1,0-2").failed("--class", "'1,0-2'", "each class once");
    teacher("savedmodels/wide", "denoise", 32, Workplace.CLASSES);
    place.run("sample", "savedmodels/wide", "--seeds", "0-999999").failed("--seeds", "at most");
    place.run("sample", model, "--class", "4").failed("--class", "'4'", "0 to 2");
    place.run("sample", model, "--class=-1").failed("--class", "'-1'", "0 to 2");
    place.run("sample", model, "--steps", "1").failed("--steps", "'1'", "2 to 1000");
    place.run("sample", model, "--steps", "ten").failed("--steps", "'ten'");
    place.run("sample", model, "--guidance", "much").failed("--guidance", "'much'");
    place.run("sample", "nowhere").failed("nowhere: no such folder");
    place.run("sample", "wide").failed("wide: no such folder", "lies in: savedmodels/wide");
  }

  @Test
  void whereToPutSamples() throws IOException {
    String model = "savedmodels/teacher";
    place.run("sample", model, "--out", "a.jpeg").failed("--out", "'a.jpeg'", ".png or .npy");
    place
        .run("sample", model, "--seeds", "0-999999")
        .failed("--out", "a .png of 3000000 images", "a .npy or a folder");
    place.write("file", "in the way");
    place.run("sample", model, "--out", "file").failed("file", "cannot be written");
    place.run("sample", model, "--out", "file/a.png").failed("file", "cannot be written");
  }
}
