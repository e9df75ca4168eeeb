package io.github.fdistill.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.MadeFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./fdistill import}, and what is done with what it wrote. */
class ImportCommandTest {
  private static final Path MODELS =
      Path.of("src/test/resources/io/github/fdistill/imports").toAbsolutePath();

  @TempDir Path folder;
  private Workplace place;

  @BeforeEach
  void workplace() throws IOException {
    place = Workplace.create(folder);
  }

  private Workplace.Outcome imported(String source, String name, String... more) {
    String[] words = new String[more.length + 4];
    System.arraycopy(
        new String[] {"import", MODELS.resolve(source).toString(), "--name", name}, 0, words, 0, 4);
    System.arraycopy(more, 0, words, 4, more.length);
    return place.run(words);
  }

  private Path onnx(String name) throws IOException {
    Path packed = MODELS.resolveSibling("onnx").resolve(name + ".onnx.gz");
    Path file = folder.resolve(name + ".onnx");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, file);
    }
    return file;
  }

  @Test
  void aNetworkInOnnxGivesFeatures() throws IOException {
    String file = onnx("classifier-ts").toString();
    String[] words = {"import", file, "--features", "8x8", "--output", "features", "--name", "net"};
    place.run(words).misused("--pixels is needed");
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--pixels";
    all[words.length + 1] = "imagenet";
    String said = place.run(all).done();
    assertTrue(said.contains("8x8x3 to 6 features, features"), said);
    assertTrue(said.contains("--features savedmodels/net"), said);
    String record = place.read("savedmodels/net/1/assets.extra/record.json");
    assertTrue(record.contains("\"pixels\": \"imagenet\""), record);
    place.run("import", file, "--name", "other", "--pixels", "0..1").failed("--pixels");
    imported("sit-tiny.pt", "other", "--as", "sit", "--output", "x").failed("--output");
    String[] mapped = Arrays.copyOf(all, all.length + 2);
    mapped[all.length] = "--mapping";
    mapped[all.length + 1] = "a.pbtxt";
    place.run(mapped).failed("--mapping", "with --features");
  }

  @Test
  void aNetworkInOnnxIsCalledAsItsMappingSays() throws IOException {
    Path file = onnx("unet-ts");
    Path mapping = folder.resolve("unet.pbtxt");
    String text =
        "mapping { x: 'sample' layout: NCHW time: 'timestep' predicts: EPSILON ddpm { steps: 10 }"
            + " feature { height: 4 } }";
    Files.writeString(mapping, text);
    String said =
        place
            .run("import", file.toString(), "--name", "net", "--mapping", mapping.toString())
            .done();
    assertTrue(said.contains("ONNX, opset 20, written by pytorch"), said);
    assertTrue(said.contains("timestep [-1] DT_FLOAT"), said);
    String record = place.read("savedmodels/net/1/assets.extra/record.json");
    assertTrue(record.contains("\"model.conv_in.weight\": \"model.conv_in.weight\""), record);
    place.run("sample", "savedmodels/net", "--seeds", "0-1", "--steps", "2").done();
    place
        .run("import", file.toString(), "--name", "other", "--shape", "time=N")
        .failed("--shape", "sample");
    place.run("import", file.toString(), "--name", "other", "--as", "dit").failed("--as");
    Files.writeString(mapping, text.replace("layout: NCHW", "").replaceAll(" feature.*", " }"));
    String[] turned = {"import", file.toString(), "--name", "turned", "--mapping", "" + mapping};
    assertTrue(place.run(turned).done().contains("Note:     images "), "of the layout");
    String inspected = place.run("inspect", "savedmodels/turned").done();
    assertTrue(inspected.contains("are the channels first"), inspected);
    assertTrue(inspected.contains("import the model anew, or say it in its own assets.extra"));
    for (String wrong :
        new String[] {
          text.replace("mapping {", "mapping { output: 'nowhere' "),
          text.replace("height: 4", "height: 3"),
          text.replace("mapping {", "mapping { signature: 'other' "),
          "classes: 2"
        }) {
      Files.writeString(mapping, wrong);
      Workplace.Outcome refused =
          place.run("import", file.toString(), "--name", "other", "--mapping", mapping.toString());
      refused.failed("unet.pbtxt");
      assertFalse(refused.err().contains("savedmodels"), refused.err());
      assertFalse(Files.exists(place.path("savedmodels/other/1")), wrong);
    }
  }

  @Test
  void aNetworkOfLatentsInOnnxDrawsPicturesByAnAutoencoder() throws IOException {
    String file = onnx("dit-ts").toString();
    Path mapping = folder.resolve("dit.pbtxt");
    Files.writeString(
        mapping,
        "classes: 10 mapping { x: 'hidden_states' layout: NCHW time: 'timestep'"
            + " label: 'class_labels' predicts: EPSILON learned_variance: true"
            + " ddpm { steps: 1000 } }");
    String vae = MODELS.resolve("diffusers/sd/vae").toString();
    String[] words = {"import", file, "--name", "net", "--autoencoder", vae};
    place.run(words).failed("--autoencoder", "without --mapping");
    String[] mapped = Arrays.copyOf(words, words.length + 2);
    mapped[words.length] = "--mapping";
    mapped[words.length + 1] = mapping.toString();
    place.run(mapped).done();
    String record = place.read("savedmodels/net/1/assets.extra/record.json");
    assertTrue(record.contains("vae/diffusion_pytorch_model.safetensors\": \""), record);
    String[] draw = {"sample", "savedmodels/net", "--seeds", "0", "--class", "1", "--steps", "2"};
    place.run(draw).done();
    assertTrue(Files.exists(place.path("samples.png")));
  }

  @Test
  void aFolderBecomesATeacherThatIsDistilled() throws IOException {
    String said = imported("diffusers/unet-half", "ddpm").done();
    for (String part :
        new String[] {
          "Network:  UNet2DModel of diffusers",
          "Images:   8x8x1, noise from 0.006425 to 20290\n",
          "Licence:  not stated",
          "Note:     weights of the variant fp16",
          "Model:    savedmodels/ddpm/1",
        }) {
      assertTrue(said.contains(part), said);
    }
    String record = place.read("savedmodels/ddpm/1/assets.extra/record.json");
    assertTrue(record.contains("diffusion_pytorch_model.fp16.safetensors\": \""), record);
    assertTrue(record.contains("ddpm_unet {"), record);
    assertFalse(record.contains("\"" + MODELS), record);
    assertTrue(
        place.run("inspect", "savedmodels/ddpm").done().contains("as a teacher"), "a teacher");
    place.run("sample", "savedmodels/ddpm", "--seeds", "0-1", "--steps", "2").done();
    place
        .train("teacher=savedmodels/ddpm", "student_sigma=20", "discriminator.feature=features_4x4")
        .done();
    imported("diffusers/unet-half", "ddpm").failed("there already", "--name");
    place.pretrain("start=savedmodels/ddpm", "name=further").done();
    assertTrue(place.read("runs/further/network.pbtxt").contains("ddpm_unet {"));
  }

  @Test
  void weightsThatMayNotBeSoldAreNamedSo() {
    String said = imported("edm-ddpmpp.pkl", "edm").done();
    assertTrue(said.contains("of 5 classes"), said);
    assertTrue(said.contains("CC BY-NC-SA 4.0"), said);
  }

  /** Such a network would see a vector of zeros, which it never saw: wrong numbers, and no word. */
  @Test
  void guidanceNeedsANetworkThatHasLearntNoClass() throws IOException {
    String said = imported("edm-ddpmpp.pkl", "edm").done();
    assertTrue(said.contains("has not learnt \"no class\""), said);
    said = place.run("inspect", "savedmodels/edm").done();
    assertTrue(said.contains("5 classes (\"no class\" was not learnt)"), said);
    said = place.run("inspect", "savedmodels/edm", "--json").done();
    assertTrue(said.contains("\"learnt_no_class\": false"), said);
    place.drawn("edm", "--guidance", "2").failed("--guidance", "pretrain --set start=", "/edm");
    place.drawn("edm", "--class", "none").failed("--class", "has not learnt \"no class\"");
    colours();
    String[] train = {"teacher=savedmodels/edm", "dataset.path=rgb.npy", "guidance=2"};
    place.train(train).failed("field guidance", "2.0", "pretrain --set start=", "/edm");
  }

  /** Twenty images without anything in them, of five classes. */
  private void colours() throws IOException {
    Files.write(place.path("rgb.npy"), MadeFiles.npy("|u1", "20,8,8,3", new byte[20 * 8 * 8 * 3]));
    byte[] labels = new byte[20];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = (byte) (i % 5);
    }
    Files.write(place.path("rgb.labels.npy"), MadeFiles.npy("|u1", "20", labels));
  }

  @Test
  @Tag("trial")
  void noClassIsLearntFromThere() throws IOException {
    imported("edm-ddpmpp.pkl", "edm").done();
    colours();
    String[] further = {"start=savedmodels/edm", "dataset.path=rgb.npy", "name=edm-none"};
    place.pretrain(further).done();
    place.drawn("edm-none", "--guidance", "2").done();
    place.drawn("edm-none", "--class", "none").done();
    further[2] = "name=edm-still";
    place.pretrain(further[0], further[1], further[2], "label_dropout=0", "steps=1").done();
    place.drawn("edm-still", "--guidance", "2").failed("--guidance", "pretrain --set start=");

    imported("diffusers/unet-classes", "unet").done();
    place.drawn("unet", "--guidance", "2").failed("--guidance", "pretrain --set start=");
    imported("edm2-options.pkl", "edm2").done();
    place.drawn("edm2", "--guidance", "2").failed("--guidance", "pretrain --set start=");
    imported("diffusers/dit", "dit").done();
    place.drawn("dit", "--class", "1", "--guidance", "2", "--out", "a.npy").done();
  }

  @Test
  void latentsAreDrawnAsNumbers() throws IOException {
    imported("diffusers/dit", "dit").done();
    String[] draw = {"sample", "savedmodels/dit", "--seeds", "0", "--class", "1", "--steps", "2"};
    place.run(draw).failed("which are latents", "a .npy");
    String[] numbers = Arrays.copyOf(draw, draw.length + 2);
    numbers[draw.length] = "--out";
    numbers[draw.length + 1] = "latents.npy";
    String said = place.run(numbers).done();
    assertTrue(said.contains("Wrote 1 image: latents.npy"), said);
    assertTrue(said.contains("These are latents"), said);
    place.columnFeatures("features", Workplace.SIDE, "features");
    String measure = "evaluate savedmodels/dit --quiet --features features --against data";
    place.run(measure.split(" ")).failed("which the network", "import it with --autoencoder");
    String vae = MODELS.resolve("diffusers/sd/vae").toString();
    said = imported("diffusers/dit", "seen", "--autoencoder", vae).done();
    assertTrue(said.contains("encoder, decoder of images 16x16x3"), said);
    draw[1] = "savedmodels/seen";
    place.run(draw).done();
    place.run("inspect", "savedmodels/seen").done();
    imported("edm-ddpmpp.pkl", "edm", "--autoencoder", vae)
        .failed("with an autoencoder around them");
  }

  @Test
  void weightsAloneNeedADescription() throws IOException {
    imported("bad/ok.safetensors", "alone").failed("--like NETWORK.pbtxt");
    place.write("like.pbtxt", Workplace.unet(8, 3));
    imported("bad/ok.safetensors", "alone", "--like", "like.pbtxt")
        .failed("parameters without a tensor", "tensors without a parameter: a, b, empty, scalar");
    imported("sit-tiny.pt", "sit").failed("--as dit or --as sit");
  }

  @Test
  void whatIsRefusedLeavesNothing() {
    imported("bad/pickle-os-system.pkl", "bad").failed("system", "nothing was called");
    imported("absent", "bad").failed("not there");
    assertFalse(Files.exists(place.path("savedmodels/bad")));
    place.run("import", "x.pkl").misused("--name is needed");
    imported("edm-ddpmpp.pkl", "../up").failed("--name");
    imported("sit-tiny.pt", "sit", "--as", "vit").failed("dit or sit");
    imported("sit-tiny.pt", "sit", "--as", "sit", "--resize", "bicubic")
        .failed("--resize", "without --features");
    imported("sit-tiny.pt", "sit", "--as", "sit", "--like", "x.pbtxt").failed("--as", "--like");
    imported("diffusers/unet-half", "bad", "--as", "sit").failed("--as", "a folder");
    imported("edm-ddpmpp.pkl", "bad", "--as", "dit").failed("--as", "leave --as out");
    imported("edm-ddpmpp.pkl", "bad", "--variant", "fp16").failed("--variant", "one file");
  }
}
