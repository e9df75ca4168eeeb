package io.github.fdistill.cli;

import io.github.fdistill.journal.Checkpoints;
import io.github.fdistill.journal.RunLog;
import io.github.fdistill.run.BestStudent;
import io.github.fdistill.run.RunPictures;
import io.github.fdistill.run.RunSession;
import io.github.fdistill.run.StudentEvaluation;
import io.github.fdistill.training.TrainingLoop;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;

/** What a run is doing, as the stacks of its threads have it; of two at once the first. */
enum Phase {
  START("starting: the JVM, TensorFlow, the inputs, the graph"),
  CHECKPOINT("writing a checkpoint", Checkpoints.class, "save"),
  BEST("keeping the best student", BestStudent.class, "offer"),
  EVALUATION("an evaluation", StudentEvaluation.class, "measure"),
  PICTURE("drawing a picture and its events", RunPictures.class, ""),
  LOG("writing metrics.jsonl and events", RunLog.class, ""),
  EXPORT("the export", RunSession.class, "export"),
  STEPS("training steps", TrainingLoop.class, "step"),
  END("what follows the last step, before and after the export");

  final String text;
  private final String type;
  private final String method;

  Phase(String text) {
    this.text = text;
    type = "";
    method = "";
  }

  /**
   * @param method in which it is so; empty: in any of the type
   */
  Phase(String text, Class<?> type, String method) {
    this.text = text;
    this.type = type.getName();
    this.method = method;
    boolean known =
        Arrays.stream(type.getDeclaredMethods()).map(Method::getName).anyMatch(this::is);
    if (!known) {
      throw new AssertionError(type + " has no method " + method);
    }
  }

  private boolean is(String name) {
    return method.isEmpty() || name.equals(method);
  }

  /**
   * The phase of a moment: what is written, measured or trained; where that is nothing, how far the
   * run has come.
   *
   * @param before the phase of the moment before
   */
  static Phase of(Collection<StackTraceElement[]> stacks, Phase before) {
    for (Phase phase : values()) {
      if (phase.isIn(stacks)) {
        return phase;
      }
    }
    boolean began = before != START;
    return !began ? START : isTraining(stacks) ? STEPS : END;
  }

  private boolean isIn(Collection<StackTraceElement[]> stacks) {
    return stacks.stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(type) && is(frame.getMethodName()));
  }

  private static boolean isTraining(Collection<StackTraceElement[]> stacks) {
    return stacks.stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(TrainingLoop.class.getName()));
  }
}
