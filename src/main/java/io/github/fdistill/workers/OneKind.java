package io.github.fdistill.workers;

import io.github.fdistill.InputException;
import java.util.function.Consumer;

/**
 * Devices of workers that share out images, of which each has the same bits wherever it is drawn
 * only where all compute alike.
 */
public final class OneKind {
  private OneKind() {}

  /**
   * Makes sure that all have a GPU or none has; the first worker hears of others that differ.
   *
   * @param device what this one computes on: {@code GPU} or {@code CPU}, and after a colon which
   * @param note hears, on the first worker, of each whose device is another of the same kind
   * @throws InputException on all, where one has a GPU and the first has none, or the other way
   */
  public static void require(Crew crew, String device, Consumer<String> note) {
    crew.otherTexts(device)
        .forEach(
            (worker, theirs) -> {
              if (!kind(theirs).equals(kind(device))) {
                crew.refuse(
                    new InputException(
                        crew.name(worker),
                        "it computes on a "
                            + kind(theirs)
                            + " where worker 0 has a "
                            + kind(device),
                        "devices of one kind: on others the last bits of an image are others",
                        "start all with --device cpu, or take machines that all have a GPU"));
              }
              note.accept(
                  "The last bits of images may differ from those that one worker would draw: "
                      + crew.name(worker)
                      + " computes on "
                      + theirs
                      + ", worker 0 on "
                      + device);
            });
  }

  private static String kind(String device) {
    return device.split(":", 2)[0];
  }
}
