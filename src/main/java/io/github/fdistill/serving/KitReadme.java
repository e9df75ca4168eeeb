package io.github.fdistill.serving;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.Pipeline;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.ndarray.Shape;

/** How to start TensorFlow Serving with a model, and how to ask it: requests that run. */
final class KitReadme {
  private static final String FILE = "kit.md";

  private static final String ASK_PNG = "\"signature_name\": \"png\", ";
  private static final String PNG_ROW =
      "| `png` (images of 1, 3 or 4 channels) | `seed` [N] int64@CONDITION_SIGNATURE@ |"
          + " `image_bytes` [N] string, a PNG each |\n";
  private static final String DENOISE_ROW =
      "| `denoise` | `x`, `sigma`@NETWORK_SIGNATURE@ | `denoised`: the network, to go on with |\n";
  private static final String PNG_PYTHON =
      """
          png = base64.b64decode(json.load(response)["outputs"][0]["b64"])
      with open("image.png", "wb") as file:
          file.write(png)
      """;
  private static final String IMAGE_PYTHON =
      """
          image = json.load(response)["outputs"][0]
      print(image)
      """;
  private static final String PNG_JAVA =
      """
          Matcher png = Pattern.compile("\\"b64\\": *\\"([^\\"]*)\\"").matcher(answer);
          if (!png.find()) {
            throw new IllegalStateException(answer);
          }
          Files.write(Path.of("image.png"), Base64.getDecoder().decode(png.group(1)));
      """;
  private static final String IMAGE_JAVA =
      """
          System.out.println(answer);
      """;
  private static final String CONSTANTS =
      "\nThis version was exported with `--constants`: it has no variables and no functions such as"
          + " `model.serve`.\nOf what follows the programs in Java run with it.\n";
  private static final String PNG_IMPORTS =
      "import java.nio.file.*;\nimport java.util.Base64;\nimport java.util.regex.*;\n";

  private KitReadme() {}

  /**
   * The text.
   *
   * @param form in which the version that was written last is served
   * @param label of that version
   * @param version its number
   * @param patience with servers
   */
  static String text(
      String name,
      StudentModel student,
      Asked asked,
      ServedForm form,
      String label,
      long version,
      Patience patience) {
    Conditioning conditioning = asked.conditioning();
    Conditioning network = student.conditioning();
    Shape noise = student.noise();
    KitRows rows = KitRows.of(asked, form);
    boolean png = StudentExport.hasPng(student, form);
    boolean denoises = student instanceof DenoiserModel;
    return KitTemplates.text(FILE)
        .replace(
            "@TEXTS@",
            KitTexts.section(student, asked, curl(rows, png, withoutTexts(asked), prompt())))
        .replace("@CURL@", curl(rows, png, conditioning, ""))
        .replace("@PNG_ROW@", png ? PNG_ROW : "")
        .replace("@PNG_NEEDS@", png ? "; `png` needs 2.13" : "")
        .replace("@NOR_PNG@", png ? "` and `png` do" : "` does")
        .replace("@ASK_PYTHON@", png ? ASK_PNG : "")
        .replace("@ASK_JAVA@", png ? ASK_PNG.replace("\"", "\\\"") : "")
        .replace("@ANSWER_PYTHON@", png ? PNG_PYTHON : IMAGE_PYTHON)
        .replace("@ANSWER_JAVA@", png ? PNG_JAVA : IMAGE_JAVA)
        .replace("@BASE64@", png ? "base64, " : "")
        .replace("@CONSTANTS@", form.constants() ? CONSTANTS : "")
        .replace("@IMPORTS_JAVA@", png ? PNG_IMPORTS : "")
        .replace("@ROWS@", rows(form))
        .replace("@SERVE_FLAGS@", patience.serveFlags())
        .replace("@SECONDS@", Long.toString(patience.answer()))
        .replace("@MILLISECONDS@", Long.toString(1000 * patience.answer()))
        .replace("@NAME@", name)
        .replace("@STEPS@", student.steps() == 1 ? "one" : "" + student.steps())
        .replace("@EVALUATIONS@", StudentSteps.evaluations(student.steps()))
        .replace("@NOISE_SHAPE@", noiseShape(student))
        .replace("@DENOISE_ROW@", denoises ? DENOISE_ROW : "")
        .replace("@DENOISE@", denoises ? " `denoise` is the network." : "")
        .replace("@AROUND@", around(student, asked))
        .replace("@FEWER@", fewer(student, png))
        .replace("@VERSION@", "savedmodels/" + name + "/" + version)
        .replace("@NOISE@", noise.get(0) + ", " + noise.get(1) + ", " + noise.get(2))
        .replace("@VALUES@", Long.toString(noise.size()))
        .replace("@BATCH@", Integer.toString(rows.rows()))
        .replace("@SEED_TENSOR@", rows.seedTensor())
        .replace("@SEEDS_JAVA@", rows.seedsInJava())
        .replace("@CONDITION_TENSORS@", rows.tensors(conditioning))
        .replace("@NETWORK_TENSORS@", rows.tensors(network))
        .replace("@CONDITION_TENSORFLOW_JAVA@", rows.tensorFlowJava())
        .replace("@CONDITION_DJL@", rows.djl())
        .replace("@LABEL@", label)
        .replace("@SAMPLE_RANGE@", Samples.areImages(student) ? ", in [-1, 1]" : "")
        .replace("@IMAGE_TYPE@", Drawable.ofLatents(Samples.shown(student)) ? "float32" : "uint8")
        .replace("@LATENTS@", latents(student))
        .replace("@CLASSES@", classes(student))
        .replace("@CONDITION_SIGNATURE@", signature(conditioning))
        .replace("@NETWORK_SIGNATURE@", signature(network))
        .replace("@CONDITION_JSON@", rows.json(conditioning))
        .replace("@CONDITION_JAVA@", rows.jsonInJava())
        .replace("@CONDITION_PYTHON@", rows.python());
  }

  /** A request by curl; where rows are filled, of a file that Python writes. */
  private static String curl(KitRows rows, boolean png, Conditioning conditioning, String more) {
    String inputs = "\"inputs\": {\"seed\": [7]" + rows.json(conditioning) + more + "}}";
    String body = "{" + (png ? ASK_PNG : "") + inputs;
    String ask = "    curl -s http://127.0.0.1:8501/v1/models/@NAME@:predict";
    return rows.areWritten(conditioning)
        ? ask + " \\\n        -d '" + body + "'"
        : "    python3 -c 'import json; print(json.dumps("
            + body
            + "))' > body.json\n"
            + ask
            + " -d @body.json";
  }

  private static String prompt() {
    return ", \"prompt\": [\"" + Asked.PROMPT + "\"]";
  }

  /** How programs are to ask a version whose batches are of one size: a paragraph of its own. */
  private static String rows(ServedForm form) {
    return form.rows() <= 1
        ? ""
        : "\nEvery batch has "
            + ServedForm.rows(form.rows())
            + ". A server that is started as above, or fdistill's, fills up requests of\nfewer;"
            + " one without batching, as of `kserve.yaml`, and programs without a server give all "
            + form.rows()
            + ".\n";
  }

  /** What is served in the place of pictures, where there are none: a paragraph of its own. */
  private static String latents(StudentModel student) {
    Shape shown = Samples.shown(student);
    if (Drawable.ofLatents(shown)) {
      return "\nIts images are latents, and no decoder is beside it: `image` is float32, as `sample`"
          + " is, and\nthere is no `png`.\n";
    }
    return Drawable.ofPoints(shown)
        ? "\nIts images are points. `image` holds bytes: coordinates below -1 are 0 there, those"
            + " above 1 are 255.\nAsk `generate` for the coordinates themselves.\n"
        : "";
  }

  /** What stands around the network in the graph, which who trains on does not change. */
  private static String around(StudentModel student, Asked asked) {
    List<String> parts = new ArrayList<>();
    asked.texts().ifPresent(texts -> parts.add("its text encoders"));
    student.pipeline().filter(Pipeline::decodes).ifPresent(decodes -> parts.add("its decoder"));
    return parts.isEmpty()
        ? ""
        : " `generate` and `trainable_variables`\nare of the network alone; "
            + String.join(" and ", parts)
            + (asked.texts().isPresent() ? " do" : " does")
            + " not change.";
  }

  /**
   * The noise of an image beside that: "H,W,C", or of a student of two steps "2H,W,C"; that of a
   * generator in numbers.
   */
  private static String noiseShape(StudentModel student) {
    Shape noise = student.noise();
    if (!(student instanceof DenoiserModel)) {
      return noise.get(0) + "," + noise.get(1) + "," + noise.get(2);
    }
    long times = noise.get(0) / student.image().get(0);
    return (times > 1 ? times + "H" : "H") + ",W,C";
  }

  /** The signatures of fewer steps: a row of the table. */
  private static String fewer(StudentModel student, boolean png) {
    int all = student.steps();
    String one = StudentExport.inSteps(png ? "png" : "generate", 1);
    String each = " after each: `" + one + "`, for instance";
    return all == 1
        ? ""
        : "| the first "
            + (png ? "four" : "three")
            + " with `_steps_1` to `_steps_"
            + all
            + "`"
            + each
            + " | the same | "
            + "the images after so many of the "
            + all
            + " steps: faster, and not as good |\n";
  }

  /** What the labels mean, where that is known: a paragraph of its own. */
  private static String classes(StudentModel student) {
    int known = student.info().getClasses();
    if (known < 1 || student.conditioning().input(Conditioning.LABEL).isEmpty()) {
      return "";
    }
    List<String> names = student.classNames().names();
    StringBuilder text = new StringBuilder("\n`label` is a class from 0 to " + (known - 1));
    for (int label = 0; label < names.size(); label++) {
      text.append(label == 0 ? ": " : ", ").append(label + " " + plain(names.get(label)));
    }
    return text.append(".\n").toString();
  }

  /** A name from elsewhere: no markup. */
  private static String plain(String name) {
    return name.replaceAll("[\\p{Cntrl}`*_\\[\\]<>|\\\\]", " ");
  }

  /** Such as ", `label` [N] int32". */
  private static String signature(Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      String told = input.toString();
      text.append(", `")
          .append(input.name())
          .append('`')
          .append(told, told.indexOf(' '), told.length());
    }
    return text.toString();
  }

  private static Conditioning withoutTexts(Asked asked) {
    return new Conditioning(
        asked.conditioning().inputs().stream()
            .filter(input -> KitTexts.row(asked, input).isEmpty())
            .toList());
  }
}
