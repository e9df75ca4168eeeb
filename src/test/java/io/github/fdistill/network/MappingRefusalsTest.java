package io.github.fdistill.network;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.fdistill.InputException;
import io.github.fdistill.config.Configs;
import io.github.fdistill.config.DenoiserInfo;
import io.github.fdistill.diffusion.Betas;
import io.github.fdistill.diffusion.Convention;
import io.github.fdistill.diffusion.Disguise;
import io.github.fdistill.diffusion.NoiseSchedule;
import io.github.fdistill.diffusion.Prediction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mappings that do not fit their model: each is refused with the place and what there is. */
class MappingRefusalsTest {
  private static final String UNET =
      """
      classes: 3
      mapping {
        signature: "predict" x: "pixels" layout: NCHW time: "t" label: "c" output: "eps"
        predicts: EPSILON learned_variance: true ddpm { steps: 1000 }
      }
      """;
  private static final String DISGUISED =
      """
      mapping {
        x: "sample" time: "timestep" output: "prediction"
        constant { input: "training" flag: false }
        constant { input: "strength" number: 1 }
        predicts: EPSILON ddpm { steps: 10 }
      }
      """;
  private static final String GENERATOR =
      """
      classes: 3
      generator {
        signature: "make" noise: "latent" label: "digit" layout: NCHW range { low: 0 high: 255 }
      }
      """;

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    ForeignModels.writeUnet(folder.resolve("unet"), 8, 3);
    ForeignModels.writeGenerator(folder.resolve("generator"), 8, 3);
    NoiseSchedule steps = new NoiseSchedule.Steps(Betas.linear(10, 1e-4, 0.02), false);
    Disguise disguise =
        new Disguise(Disguise.wide(), new Convention(steps, Prediction.EPSILON, -1, 1));
    ForeignModels.writeDisguised(folder.resolve("disguised"), disguise, false, false, 1);
  }

  private static void refused(String model, String text, String... parts) {
    DenoiserInfo info =
        Configs.parse(Path.of("said.pbtxt"), text, DenoiserInfo.getDefaultInstance());
    Optional<ModelInfo> said = Optional.of(new ModelInfo(info, "said.pbtxt"));
    String message =
        assertThrows(
                InputException.class, () -> NamedModel.readStudent(folder.resolve(model), said))
            .getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "no '" + part + "' in:\n" + message);
    }
  }

  private static void unet(String old, String changed, String... parts) {
    assertTrue(UNET.contains(old));
    refused("unet", UNET.replace(old, changed), parts);
  }

  @Test
  void namesThatAreNotThere() {
    unet("\"predict\"", "\"serving_default\"", "mapping.signature: 'serving_default'", "[predict]");
    unet(
        "\"pixels\"",
        "\"image\"",
        "said.pbtxt: mapping.x: 'image'",
        "an input of signature 'predict': c [-1, 3] DT_FLOAT; pixels [-1, 1, 8, 8] DT_FLOAT; t [-1]"
            + " DT_INT64");
    unet("time: \"t\"", "time: \"sigma\"", "mapping.time: 'sigma'", "t [-1] DT_INT64");
    unet("label: \"c\"", "label: \"y\"", "mapping.label: 'y'");
    unet(
        "output: \"eps\"",
        "",
        "mapping.output: nothing",
        "eps [-1, 2, 8, 8] DT_FLOAT; smallest [-1, 4, 4, 4] DT_FLOAT");
    unet("output: \"eps\"", "output: \"out\"", "mapping.output: 'out'", "name one of them");
  }

  @Test
  void aFunctionThatIsNotThere() {
    unet(
        "signature: \"predict\"",
        "function: \"call\"",
        "said.pbtxt: mapping.function: 'call': no such function",
        "one of [predict]");
  }

  @Test
  void whatDoesNotFitTheInput() {
    unet(
        "x: \"pixels\"",
        "x: \"t\"",
        "mapping.x: the input t [-1] DT_INT64",
        "needed: one of [DT_FLOAT, ");
    unet("x: \"pixels\"", "x: \"c\"", "'c' has shape [-1, 3]", "[-1, channels, height, width]");
    unet("time: \"t\"", "time: \"c\"", "mapping.time: the input 'c' has shape [-1, 3]", "[-1]");
    unet("classes: 3", "classes: 7", "mapping.label", "[-1, 3]", "one-hot vector for 7 classes");
    unet("label: \"c\"", "label: \"t\"", "mapping.label: the input 't', which is taken already");
    unet("label: \"c\"", "", "classes: 3, of a signature without the input label");
    refused(
        "disguised",
        DISGUISED.replace("\"timestep\"", "\"training\""),
        "mapping.time: the input training [] DT_BOOL",
        "one of [DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64, DT_BFLOAT16, DT_HALF]");
    refused(
        "disguised",
        DISGUISED.replace("output: \"prediction\"", "output: \"rows\""),
        "the output rows [4] DT_INT32");
  }

  @Test
  void theOutputIsOfAnotherShape() {
    unet(
        "learned_variance: true",
        "",
        "'eps' has shape [-1, 2, 8, 8]",
        "[-1, 1, 8, 8]",
        "say learned_variance");
    unet("output: \"eps\"", "output: \"smallest\"", "'smallest' has shape [-1, 4, 4, 4]");
    unet("layout: NCHW", "", "mapping.output: 'eps' has shape [-1, 2, 8, 8]", "[-1, 1, 8, 16]");
  }

  @Test
  void inputsWithoutAValue() {
    unet(
        "label: \"c\"",
        "constant { input: \"c\" number: 0.5 }",
        "classes: 3, of a signature without");
    refused(
        "unet",
        UNET.replace("classes: 3", "").replace("label: \"c\"", ""),
        "mapping: nothing for c [-1, 3] DT_FLOAT",
        "constant { input: \"c\" number: ... }");
    refused(
        "disguised",
        DISGUISED.replace("flag: false", "flag: true"),
        "mapping.constant for training [] DT_BOOL: flag: true",
        "leave the constant out");
    refused(
        "disguised",
        DISGUISED.replace("flag: false", "number: 0"),
        "mapping.constant for training [] DT_BOOL: number: 0.0",
        "flag: true or flag: false");
    refused(
        "disguised",
        DISGUISED.replace("number: 1", ""),
        "mapping.constant for strength [-1] DT_FLOAT: no value");
    refused(
        "disguised",
        DISGUISED.replace("input: \"strength\"", "input: \"scale\""),
        "mapping.constant: 'scale'",
        "strength [-1] DT_FLOAT");
  }

  @Test
  void schedulesThatAreNone() {
    unet("steps: 1000", "", "mapping.ddpm.steps: nothing", "such as 1000");
    unet("steps: 1000", "steps: 1", "mapping.ddpm.steps: 1\n");
    unet("steps: 1000", "steps: 10 last: 2", "mapping.ddpm: beta of step 5: 1.", "below 1");
    unet("ddpm { steps: 1000 }", "", "mapping: no schedule", "edm { }, ddpm { steps: ... }");
    unet("predicts: EPSILON", "", "mapping.predicts: nothing", "DENOISED, EPSILON, V or VELOCITY");
    unet("predicts: EPSILON", "predicts: VELOCITY", "mapping: a network that predicts VELOCITY");
    unet("ddpm { steps: 1000 }", "flow { }", "mapping.time: the input 't' takes whole numbers");
    unet("layout: NCHW", "layout: NCHW time_scale: 2", "takes whole numbers", "time_scale 1");
    unet("layout: NCHW", "layout: NCHW range { low: 1 }", "mapping: from 1.0 to 1.0", "low < high");
    unet(
        "classes: 3",
        "classes: 3 sigma_min: 200 sigma_max: 300",
        "mapping: noise levels from 0.0100",
        "sigma_min 200.0 and sigma_max 300.0");
    refused(
        "disguised",
        DISGUISED.replace("predicts", "time_scale: 0 predicts"),
        "mapping.time_scale: 0.0");
  }

  @Test
  void featuresThatAreNotThere() {
    String[] there = {"height 4: middle/Mul:0", "height 8: Mul_1:0"};
    unet("steps: 1000 }", "steps: 9 } feature { height: 5 }", "feature[0]: height 5", there[0]);
    unet(
        "steps: 1000 }",
        "steps: 9 } feature { height: 4 } feature { tensor: \"block/out\" }",
        "feature[1]: 'block/out'",
        there[0],
        there[1]);
    unet("steps: 1000 }", "steps: 9 } feature { tensor: \"fed_t\" }", "feature[0]: 'fed_t'");
    unet("steps: 1000 }", "steps: 9 } feature { }", "feature[0]: ''", there[1]);
  }

  private static void generator(String old, String changed, String... parts) {
    assertTrue(GENERATOR.contains(old));
    refused("generator", GENERATOR.replace(old, changed), parts);
  }

  @Test
  void generators() {
    generator("\"make\"", "\"generate\"", "generator.signature: 'generate'", "[make]");
    generator(
        "\"latent\"",
        "\"z\"",
        "generator.noise: 'z'",
        "digit [-1, 1] DT_INT32; latent [-1, 5] DT_FLOAT");
    generator("label: \"digit\"", "label: \"latent\"", "latent', which is taken already");
    generator("low: 0", "low: 255", "generator.range: from 255.0 to 255.0");
    refused(
        "generator",
        "generator { signature: \"make\" noise: \"latent\" }",
        "generator: nothing for digit [-1, 1] DT_INT32");
    DenoiserInfo info =
        Configs.parse(Path.of("said.pbtxt"), GENERATOR, DenoiserInfo.getDefaultInstance());
    String message =
        assertThrows(
                InputException.class,
                () ->
                    DenoiserModel.read(
                        folder.resolve("generator"),
                        Optional.of(new ModelInfo(info, "said.pbtxt"))))
            .getMessage();
    assertTrue(message.contains("said.pbtxt: generator: a one-step generator"), message);
  }
}
