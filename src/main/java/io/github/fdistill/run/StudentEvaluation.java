package io.github.fdistill.run;

import io.github.fdistill.config.Averages;
import io.github.fdistill.config.DistillConfig;
import io.github.fdistill.config.Measured;
import io.github.fdistill.config.Precision;
import io.github.fdistill.data.ImageSource;
import io.github.fdistill.diffusion.StudentSteps;
import io.github.fdistill.evaluation.Evaluation;
import io.github.fdistill.network.StudentModel;
import io.github.fdistill.sampling.Sampler;
import io.github.fdistill.training.Distillation;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Measures a student while it trains, with every average of its weights.
 *
 * @param by compares images
 */
public record StudentEvaluation(DistillConfig config, RunEvaluation by) implements AutoCloseable {

  /**
   * Loads the features network.
   *
   * @throws io.github.fdistill.InputException when it cannot be used with these images, or there
   *     are too few
   */
  public static StudentEvaluation open(RunOrder order, DistillConfig config, ImageSource images) {
    String dataset = config.getDataset().getPath();
    return new StudentEvaluation(
        config, RunEvaluation.open(order, config.getEvaluation(), dataset, images));
  }

  /**
   * Measures the student as it is now and offers what is best of it to be kept.
   *
   * @param session of which the look is
   * @return {@code average_0/fid} and so on; nothing of an average whose images are no numbers
   */
  Map<String, Double> measure(
      RunSession session, Distillation training, long step, BestStudent best) throws IOException {
    Map<String, Double> all = new LinkedHashMap<>();
    BestStudent.Candidate top = null;
    int averages = Averages.of(config).size();
    for (int average = config.getExportAverage() < 0 ? -1 : 0; average < averages; average++) {
      String name = Averages.name(average);
      StudentModel student = training.result(average);
      Sampler sampler = session.onTheWay(Sampler.ofStudent(student, Precision.FLOAT32));
      String how = StudentSteps.evaluations(student.steps());
      Optional<Evaluation.Result> result =
          by.measure(step, name + " of the student", student, sampler, how);
      if (result.isPresent()) {
        for (Map.Entry<String, Double> each : result.get().numbers().entrySet()) {
          all.put(Averages.measure(average, each.getKey()), each.getValue());
        }
        Measured.Builder measured = result.get().measured().setImages(name + ", step " + step);
        BestStudent.Candidate candidate =
            new BestStudent.Candidate(step, student, measured.build());
        top = top == null || candidate.isBetterThan(top.measured()) ? candidate : top;
      }
    }
    if (top != null) {
      best.offer(top);
    }
    return all;
  }

  @Override
  public void close() {
    by.close();
  }
}
