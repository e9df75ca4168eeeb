package io.github.fdistill.cli;

import io.github.fdistill.device.Sessions;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.evaluation.EvaluationText;
import io.github.fdistill.evaluation.FeatureNetwork;
import io.github.fdistill.evaluation.ImageSet;
import io.github.fdistill.evaluation.ImageSets;
import io.github.fdistill.journal.Progress;
import io.github.fdistill.run.Workspace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/** {@code fdistill evaluate}: how close images come to others. */
final class EvaluateCommand implements Command {
  private static final String AGAINST = "datasets/fashion-mnist";
  static final String FEATURES = "savedmodels/fashion-mnist-features";
  static final int SAMPLES = 10_000;
  static final int MOST_SAMPLES = 1_000_000;

  @Override
  public String name() {
    return "evaluate";
  }

  @Override
  public String summary() {
    return "measures images against others: FID, KID, precision, recall, density, coverage";
  }

  @Override
  public Arguments arguments() {
    return Arguments.one("IMAGES");
  }

  @Override
  public Options options() {
    return SamplingFlags.addTo(new Options())
        .addOption(
            Flags.valued(
                "against",
                "IMAGES",
                "the reference; both are a SavedModel, a dataset's folder (its\n"
                    + "training images; NAME:test for the others), a folder of\n"
                    + "pictures or a .npy (default "
                    + AGAINST
                    + ")"))
        .addOption(
            Flags.valued(
                "features",
                "MODEL",
                "SavedModel with the signature features: images [N,H,W,C]\n"
                    + "uint8 -> features [N,d] float32 (default\n"
                    + FEATURES
                    + ")"))
        .addOption(Flags.valued("samples", "N", "images of each seed (default " + SAMPLES + ")"))
        .addOption(Flags.valued("repeats", "R", "sets of N images, for the interval (default 1)"))
        .addOption(
            Flags.valued("references", "N", "images of the reference (default: all of them)"))
        .addOption(Flags.plain("resize", "resize images to the size that the features take"))
        .addOption(Flags.valued("json", "FILE", "write the numbers as JSON too"))
        .addOption(Flags.plain("quiet", "no progress"));
  }

  @Override
  public List<String> examples() {
    return List.of(
        "./fdistill evaluate savedmodels/fashion-mnist-student",
        "./fdistill evaluate savedmodels/fashion-mnist-teacher --steps 9 --bfloat16 --samples 2000",
        "./fdistill evaluate savedmodels/fashion-mnist-student --repeats 3 --json student.json",
        "./fdistill evaluate datasets/fashion-mnist:test");
  }

  @Override
  public void run(CommandLine line, List<String> words, Workspace workspace) throws IOException {
    Sessions.prepare();
    Progress.Options how = Progress.Options.of(Progress.Display.choose(line.hasOption("quiet")));
    int repeats = Flags.whole(line, "repeats", 1, 1, 100);
    try (FeatureNetwork network =
        FeatureNetwork.load(workspace.path(line.getOptionValue("features", FEATURES)))) {
      ImageSets sets = sets(line, workspace, network);
      try (ImageSet images = sets.open(line.getArgList().get(0));
          ImageSet against = sets.open(line.getOptionValue("against", AGAINST))) {
        int samples = count(line, "samples", images, SAMPLES, repeats);
        int references =
            count(line, "references", against, against.size().orElse((long) samples).intValue(), 1);
        workspace.out().println(Evaluation.memory(references, samples, network.dimension()));
        Evaluation evaluation =
            Evaluation.against(
                against,
                references,
                network,
                sets.preprocessing(),
                workspace.path(Evaluation.CACHE),
                how);
        List<Evaluation.Result> results = new ArrayList<>();
        for (int repeat = 0; repeat < repeats; repeat++) {
          results.add(evaluation.measure(images, (long) repeat * samples, samples));
        }
        EvaluationText text = new EvaluationText(images, against, references, results);
        workspace.out().print(text.table());
        if (line.hasOption("json")) {
          text.record(words).write(workspace.path(line.getOptionValue("json")));
        }
      }
    }
  }

  private static ImageSets sets(CommandLine line, Workspace workspace, FeatureNetwork network) {
    return new ImageSets(
        workspace.root(),
        network,
        SamplingFlags.of(line),
        SamplingFlags.said(line, workspace),
        line.hasOption("resize"));
  }

  /** How many images to take, of which there may be fewer than asked for. */
  private static int count(
      CommandLine line, String flag, ImageSet images, int standard, int repeats) {
    long there = images.size().orElse((long) Integer.MAX_VALUE);
    int most = (int) Math.min(there / repeats, MOST_SAMPLES);
    if (most < 1) {
      throw Flags.bad("repeats", "" + repeats, "at most " + there + ", of so many images");
    }
    return Flags.whole(line, flag, Math.min(standard, most), 1, most);
  }
}
