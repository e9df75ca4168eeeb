package io.github.fdistill.run;

import com.google.protobuf.TextFormat;
import io.github.fdistill.InputException;
import io.github.fdistill.evaluation.PrincipalComponents;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The settings of networks and runs that fit some images, as the texts of their files.
 *
 * @param name of the model: its runs are NAME-teacher, NAME-student and NAME-features
 * @param shape of an image
 * @param classes 0: none
 * @param dataset path of the training images
 * @param testDataset path of the test images; empty: those of the dataset
 * @param flip whether mirrored images are images too
 * @param batch images of a batch in pretraining
 */
record InitPlan(
    String name,
    Size shape,
    int classes,
    String dataset,
    String testDataset,
    boolean flip,
    int batch) {
  /** A first level of half the image's height: patches of 2 x 2 pixels become channels. */
  private static final int PATCH = 2;

  /** At the last level attention sees so many places at the most. */
  private static final int LAST_LEVEL = 8;

  /** Height, width and channels of an image. */
  record Size(int height, int width, int channels) {
    /**
     * What images of any size are cut and resized to: a square that the network's levels divide.
     */
    static Size square(int side, int channels) {
      return new Size(side, side, channels);
    }

    /** Whether a network can have levels for it. */
    boolean fits() {
      return height % (2 * PATCH) == 0 && width % (2 * PATCH) == 0 && levels() > 0;
    }

    /** Levels down to a last one of no more than {@link #LAST_LEVEL}; 0: none of whole pixels. */
    int levels() {
      int level = Math.max(height, width) / PATCH;
      int factor = PATCH;
      int count = 1;
      while (level > LAST_LEVEL) {
        level /= 2;
        factor *= 2;
        count++;
      }
      return height % factor == 0 && width % factor == 0 ? count : 0;
    }

    int lastLevel() {
      return height / (PATCH << (levels() - 1));
    }

    @Override
    public String toString() {
      return height + "x" + width + "x" + channels;
    }
  }

  InitPlan {
    if (!shape.fits()) {
      throw new InputException(
          dataset,
          "images of " + shape,
          "a height and width that halve to whole numbers, down to " + LAST_LEVEL,
          "have them cut and resized: --size 32x32");
    }
  }

  private String multipliers() {
    List<String> all = new ArrayList<>(Collections.nCopies(shape.levels(), "2"));
    all.set(0, "1");
    return String.join(", ", all);
  }

  String network() {
    return head("The U-Net of " + name + "'s teacher and student.", "network", "NetworkConfig")
        + ("image { height: " + shape.height + " width: " + shape.width)
        + (" channels: " + shape.channels + " }\n")
        + ("classes: " + classes + "\nsigma_data: 0.5\n")
        + ("unet {\n  patch: " + PATCH + "\n  channels: 64\n")
        + ("  multiplier: [" + multipliers() + "]\n  blocks: 1\n")
        + ("  attention_resolution: " + shape.lastLevel() + "\n}\n");
  }

  private String images() {
    String flipped = flip ? " flip: true" : "";
    String comment =
        flip ? "# Few images: mirrored ones are images too. Not for digits or letters.\n" : "";
    return comment + "dataset { path: " + quoted(dataset) + flipped + " }\n";
  }

  String pretrain(long steps) {
    return head("Pretraining of a teacher.", "pretrain", "PretrainConfig")
        + ("name: \"" + name + "-teacher\"\n" + images())
        + ("steps: " + steps + "\nbatch_size: " + batch + "\n")
        + "# More of what is decided where there is much noise, such as the class, than of details: the\n"
        + "# default, -1.2 and 1.2, follows classes only after many more steps than an hour has.\n"
        + "noise { distribution: LOG_NORMAL mean: -0.4 std: 1.4 }\n"
        + "optimiser {\n  learning_rate: 1e-3\n  schedule: COSINE\n"
        + ("  warmup_steps: " + Math.min(200, steps / 10) + "\n  weight_decay: 0\n}\n")
        + ("average { decay: " + decay(steps) + " }\n" + looks(steps));
  }

  String distill(long steps) {
    return head("Distillation of the teacher into a one-step student.", "distill", "DistillConfig")
        + ("name: \"" + name + "-student\"\nteacher: \"savedmodels/" + name + "-teacher\"\n")
        + ("teacher_source: \"./fdistill pretrain --config graphs/" + name)
        + "/pretrain.pbtxt, to its end\"\n"
        + (images() + "steps: " + steps + "\nbatch_size: 16\n")
        + "divergence: JENSEN_SHANNON\nstudent_sigma: 2.5\n"
        + "noise { distribution: LOG_NORMAL mean: -0.2 std: 1.5 }\n"
        + "optimiser { learning_rate: 2e-4 schedule: COSINE final_rate: 2e-5 }\n"
        + "discriminator {\n  gan_weight: 0.03\n  optimiser { learning_rate: 2e-4 }\n}\n"
        + "fake_score {\n  weighting: EDM\n  optimiser { learning_rate: 4e-4 }\n}\n"
        + "schedule { kind: ALTERNATE critic_steps: 2 }\n"
        + ("average { decay: " + Math.min(0.998, decay(steps)) + " }\n" + looks(steps));
  }

  /**
   * @param images to train on: a FID needs more of them than there are features
   */
  String features(long steps, long images) {
    String test =
        testDataset.isEmpty() ? "" : "test_dataset { path: " + quoted(testDataset) + " }\n";
    return head(
            "The classifier whose features images are compared by.", "features", "FeaturesConfig")
        + ("name: \"" + name + "-features\"\ndataset { path: " + quoted(dataset) + " }\n" + test)
        + ("steps: " + steps + "\nbatch_size: " + Math.min(128, batch) + "\n")
        + "classifier {\n  level { channels: 32 blocks: 1 }\n  level { channels: 64 blocks: 2 }\n"
        + "  level { channels: 128 blocks: 2 }\n"
        + ("  features: " + numbers(images) + "\n}\n")
        + ("augmentation { shift: " + Math.max(1, shape.height / 28) + " flip: " + flip + " }\n")
        + "optimiser {\n  learning_rate: 2e-3\n  schedule: COSINE\n"
        + ("  warmup_steps: " + Math.min(200, steps / 10) + "\n  weight_decay: 0.05\n}\n")
        + "average { decay: 0.99 }\ncheckpoint { every_steps: 500 }\n";
  }

  private static long numbers(long images) {
    return Math.max(4, Math.min(64, Long.highestOneBit(images / 4)));
  }

  /**
   * Features that need no classes; none where the images are too large or too few for them.
   *
   * @param images to train on: a FID needs more of them than there are features
   */
  Optional<String> pixelFeatures(long images) {
    long values = (long) shape.height * shape.width * shape.channels;
    long components = Math.min(numbers(images), values);
    if (values > PrincipalComponents.MOST_VALUES || components >= images) {
      return Optional.empty();
    }
    String what = "Principal components of pixels, by which images without classes are compared.";
    return Optional.of(
        head(what, "features", "FeaturesConfig")
            + ("name: \"" + name + "-features\"\ndataset { path: " + quoted(dataset) + " }\n")
            + ("principal_components: " + components + "\n"));
  }

  /** An average over about a fifteenth of the run. */
  private static double decay(long steps) {
    double decay = Math.max(0.9, Math.min(0.9995, 1 - 15.0 / steps));
    return Double.parseDouble(String.format(Locale.ROOT, "%.4f", decay));
  }

  /** A checkpoint and a picture now and then. */
  private static String looks(long steps) {
    long every = Math.max(1, Math.min(500, steps / 8));
    return "checkpoint { every_steps: " + every + " }\npicture_every_steps: " + every + "\n";
  }

  private static String quoted(String path) {
    return "\"" + TextFormat.escapeDoubleQuotesAndBackslashes(path) + "\"";
  }

  private static String head(String what, String proto, String message) {
    return "# "
        + what
        + " Written by ./fdistill init.\n# proto-file: src/main/proto/"
        + proto
        + ".proto\n# proto-message: "
        + message
        + "\n";
  }
}
