package io.github.fdistill.serving;

import io.github.fdistill.condition.Conditioning;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.network.DenoiserModel;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Drawable;
import io.github.fdistill.sampling.Samples;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** How to start TensorFlow Serving with a model, and how to ask it: requests that run. */
final class KitReadme {
  private static final String FILE = "kit.md";

  /** Numbers that a row is written out with, at most: a context has ten thousands. */
  private static final int MOST_WRITTEN = 64;

  private KitReadme() {}

  /**
   * The text.
   *
   * @param label of the version that was written last
   * @param version its number
   */
  static String text(String name, StudentModel student, Asked asked, String label, long version) {
    Conditioning conditioning = asked.conditioning();
    Conditioning network = student.conditioning();
    Shape noise = student.noise();
    return KitTemplates.text(FILE)
        .replace("@TEXTS@", KitTexts.section(asked, json(asked, withoutTexts(asked))))
        .replace("@NAME@", name)
        .replace("@STEPS@", student.steps() == 1 ? "one" : "" + student.steps())
        .replace("@EVALUATIONS@", StudentSteps.evaluations(student.steps()))
        .replace("@NOISE_HEIGHT@", noiseHeight(student))
        .replace("@FEWER@", fewer(student))
        .replace("@VERSION@", "savedmodels/" + name + "/" + version)
        .replace("@NOISE@", noise.get(0) + ", " + noise.get(1) + ", " + noise.get(2))
        .replace("@VALUES@", Long.toString(noise.size()))
        .replace("@CONDITION_TENSORS@", tensors(asked, conditioning))
        .replace("@NETWORK_TENSORS@", tensors(asked, network))
        .replace("@CONDITION_TENSORFLOW_JAVA@", tensorFlowJava(asked))
        .replace("@CONDITION_DJL@", djl(asked))
        .replace("@LABEL@", label)
        .replace("@LATENTS@", latents(student))
        .replace("@CLASSES@", classes(student))
        .replace("@CONDITION_SIGNATURE@", signature(conditioning))
        .replace("@NETWORK_SIGNATURE@", signature(network))
        .replace("@CONDITION_JSON@", json(asked, conditioning))
        .replace("@CONDITION_JAVA@", json(asked, conditioning).replace("\"", "\\\""))
        .replace("@CONDITION_PYTHON@", python(asked));
  }

  /** What is served in the place of pictures, where there are none: a paragraph of its own. */
  private static String latents(StudentModel student) {
    return Drawable.ofLatents(Samples.shown(student))
        ? "\nIts images are latents, and no decoder is beside it: `image` is float32, as `sample` is, and"
            + "\nthere is no `png`. Where this page asks for `png`, ask for `serving_default`.\n"
        : "";
  }

  /** The height of the noise beside that of images: "H", or of a student of two steps "2H". */
  private static String noiseHeight(StudentModel student) {
    long times = student.noise().get(0) / student.image().get(0);
    return student instanceof DenoiserModel && times > 1 ? times + "H" : "H";
  }

  /** The signatures of fewer steps: a row of the table. */
  private static String fewer(StudentModel student) {
    int all = student.steps();
    String each = " after each: `png" + StudentExport.inSteps("", 1) + "`, for instance";
    return all == 1
        ? ""
        : "\n| the first four with `_steps_1` to `_steps_"
            + all
            + "`"
            + each
            + " | the same | "
            + "the images after so many of the "
            + all
            + " steps: faster, and not as good |";
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

  /** One row for each input, a text or ones, such as ", \"label\": [1]". */
  private static String json(Asked asked, Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      text.append(", \"")
          .append(input.name())
          .append("\": [")
          .append(row(asked, input))
          .append(']');
    }
    return text.toString();
  }

  private static String row(Asked asked, Conditioning.Input input) {
    return KitTexts.row(asked, input).map(Object::toString).orElseGet(() -> ones(input, 0));
  }

  private static String ones(Conditioning.Input input, int axis) {
    if (axis == input.each().numDimensions()) {
      return "1";
    }
    String inner = ones(input, axis + 1);
    int size = Math.toIntExact(input.each().get(axis));
    return "[" + String.join(", ", Collections.nCopies(size, inner)) + "]";
  }

  private static String python(Asked asked) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      boolean whole = input.type() == DataType.DT_INT32;
      text.append("request.inputs[\"")
          .append(input.name())
          .append("\"].CopyFrom(tf.make_tensor_proto([")
          .append(row(asked, input))
          .append(whole ? "], tf.int32))\n" : "], tf.float32))\n");
    }
    return text.toString();
  }

  /** One row for each input, such as ", \"label\": tf.constant([1], tf.int32)". */
  private static String tensors(Asked asked, Conditioning conditioning) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : conditioning.inputs()) {
      String type = input.type() == DataType.DT_INT32 ? "tf.int32" : "tf.float32";
      boolean written = input.each().size() <= MOST_WRITTEN || input.type() == DataType.DT_INT32;
      String tensor =
          written
              ? "tf.constant([" + row(asked, input) + "], " + type + ")"
              : "tf.ones(" + Arrays.toString(input.each().prepend(1).asArray()) + ")";
      text.append(", \"" + input.name() + "\": " + tensor);
    }
    return text.toString();
  }

  /** The same as lines of Java. */
  private static String tensorFlowJava(Asked asked) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      boolean whole = input.type() == DataType.DT_INT32;
      String row = ("[" + row(asked, input) + "]").replace('[', '{').replace(']', '}');
      String array = (whole ? "int" : "float") + "[]".repeat(input.each().numDimensions() + 1);
      text.append("    inputs.put(\"" + input.name() + "\", ");
      text.append(whole ? "TInt32" : "TFloat32");
      text.append(".tensorOf(StdArrays.ndCopyOf(new " + array + " " + row + ")));\n");
    }
    return text.toString();
  }

  /** The same as arrays of DJL, further arguments of a list: the numbers, then their shape. */
  private static String djl(Asked asked) {
    StringBuilder text = new StringBuilder();
    for (Conditioning.Input input : asked.conditioning().inputs()) {
      String type = input.type() == DataType.DT_INT32 ? "int" : "float";
      String numbers = row(asked, input).replaceAll("[\\[\\]]", "");
      String shape = Arrays.toString(input.each().prepend(1).asArray()).replaceAll("[\\[\\]]", "");
      text.append(",\n              named(\"" + input.name() + "\", ");
      text.append("arrays.create(new " + type + "[] {" + numbers + "}, new Shape(" + shape + ")))");
    }
    return text.toString();
  }
}
