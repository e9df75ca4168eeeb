package io.github.fdistill.workers;

import io.github.fdistill.InputException;

/**
 * Why workers end before they are through.
 *
 * @param why for the user
 * @param again whether it may help to start all again as they were: not where one has refused what
 *     it is to do, or what it found
 */
public record Loss(InputException why, boolean again) {
  private static final String MEND = "mend what that worker says, and start all again: ";

  private static final String SEE = "see what that worker says of itself, and start all again: ";

  /** What the others are told. */
  Message message() {
    Message.Kind kind = again ? Message.Kind.FAILED : Message.Kind.UNFIT;
    return Message.of(kind, why.where() + "\n" + why.found());
  }

  /**
   * What another worker tells of: where, and what was found there.
   *
   * @param then what comes of it when all are started again: see {@link Crew.Terms}
   */
  static Loss of(Message message, String then) {
    String[] lines = message.text().split("\n", 2);
    boolean again = message.kind() == Message.Kind.FAILED;
    String found = lines.length > 1 ? lines[1] : "it has failed";
    return new Loss(
        new InputException(lines[0], found, "all workers", (again ? SEE : MEND) + then), again);
  }

  /** Of a worker that is lost. */
  static Loss gone(String worker, String why, String then) {
    return new Loss(new InputException(worker, why, "all workers", SEE + then), true);
  }
}
