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
  private static final String SEE = "see what that worker says of itself, and start all again: ";

  /** What the others are told. */
  Message message() {
    return Message.of(again ? Message.Kind.FAILED : Message.Kind.UNFIT, why);
  }

  /**
   * What another worker tells of: of a refusal all of it, so that it can be mended wherever it is
   * read; of what may not come again where it was and what was found there.
   *
   * @param from who sends the message
   * @param then what comes of it when all are started again: see {@link Crew.Terms}
   */
  static Loss of(Message message, String from, String then) {
    InputException told = message.why(from);
    return message.kind() == Message.Kind.FAILED
        ? gone(told.where(), told.found(), then)
        : new Loss(told, false);
  }

  /** Of a worker that is lost. */
  static Loss gone(String worker, String why, String then) {
    return new Loss(new InputException(worker, why, "all workers", SEE + then), true);
  }
}
